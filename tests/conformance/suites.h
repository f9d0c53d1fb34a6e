#pragma once

#include "conformance/fixture.h"

namespace tandem::conformance {

// What every engine promises, one suite per port. Each is the body of a test case: it makes a
// fresh store for each of its subcases.

void registry_suite(const MakeEngine& make);
void policy_suite(const MakeEngine& make);
void dashboard_suite(const MakeEngine& make);
void oauth_suite(const MakeEngine& make);
void telemetry_suite(const MakeEngine& make);
void event_log_suite(const MakeEngine& make);
void figures_suite(const MakeEngine& make);

}  // namespace tandem::conformance
