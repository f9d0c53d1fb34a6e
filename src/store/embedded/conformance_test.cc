#include "conformance/suites.h"
#include "store/embedded/test_store.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::conformance;

namespace {

// A store in a directory of its own.
MakeEngine in(const store::TemporaryDirectory& directory) {
    return [&] { return store::open_store(directory.path()); };
}

}  // namespace

TEST_CASE("registry on disk") {
    const store::TemporaryDirectory directory;
    registry_suite(in(directory));
}
TEST_CASE("who may do what, on disk") {
    const store::TemporaryDirectory directory;
    policy_suite(in(directory));
}
TEST_CASE("dashboards on disk") {
    const store::TemporaryDirectory directory;
    dashboard_suite(in(directory));
}
TEST_CASE("records of OAuth, on disk") {
    const store::TemporaryDirectory directory;
    oauth_suite(in(directory));
}
TEST_CASE("telemetry on disk") {
    const store::TemporaryDirectory directory;
    telemetry_suite(in(directory));
}
TEST_CASE("event log on disk") {
    const store::TemporaryDirectory directory;
    event_log_suite(in(directory));
}
TEST_CASE("figures on disk") {
    const store::TemporaryDirectory directory;
    figures_suite(in(directory));
}
