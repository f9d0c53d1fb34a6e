#pragma once

#include "domain/store_figures.h"

#include <string>

namespace tandem::api {

/// The figures as `tandem_store_…` in Prometheus' text format: docs/reference/metrics.md.
[[nodiscard]] std::string store_metrics(const StoreFigures& figures);

}  // namespace tandem::api
