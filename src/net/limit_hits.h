#pragma once

#include "base/metric.h"

#include <string>
#include <string_view>

namespace tandem::net {

/// Counts that `limit` was hit. `limit` is a name of this program, never a client's text. Does
/// nothing without `metrics` (a client's connection).
inline void count_limit_hit(Metrics* metrics, std::string_view limit) {
    if (metrics == nullptr || limit.empty()) return;
    metrics->counter("tandem_limit_hits_total", "limit=\"" + std::string{limit} + "\"").add();
}

}  // namespace tandem::net
