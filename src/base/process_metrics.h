#pragma once

#include <string>

namespace tandem {

/// What this process has taken since it started, of all its threads, in Prometheus' text format,
/// by the names that Prometheus' own clients use. Any thread.
[[nodiscard]] std::string process_metrics();

}  // namespace tandem
