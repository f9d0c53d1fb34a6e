#pragma once

#include "advise/advice.h"
#include "measure/bench.h"

#include <string>
#include <string_view>

namespace tandem::measure {

/// Where it ran, for whoever reads it later.
struct Machine {
    std::string processor;
    std::string system;
    std::size_t cores = 0;
    std::string version;  ///< of Tandem
    std::string hub;      ///< `embedded` or a URL
    std::string made;     ///< RFC 3339
};

/// A figure of a way with its interval, and the same way beside the part's reference.
struct Row {
    std::string figure;
    Interval value;
    Comparison beside;
};
/// The way that the others of a part are compared with: REST kept alive, long poll.
[[nodiscard]] std::size_t reference_of(const BenchResult& result, Part part);
/// Each figure of a way. The same result gives the same rows.
[[nodiscard]] std::vector<Row> rows_of(const BenchResult& result, const WayResult& way);

/// A way of the hub beside a peer that does nothing with the same messages: what is left is the
/// hub's own.
struct Floor {
    const WayResult* hub = nullptr;
    const WayResult* peer = nullptr;

    /// Of a figure that both have: the hub's median less the peer's.
    [[nodiscard]] double own(const std::string& figure) const;
};
/// Empty where no peer was measured. `result` outlives them.
[[nodiscard]] std::vector<Floor> floors_of(const BenchResult& result);

/// Of the hub for a message; a dash where the hub runs elsewhere and nobody knows.
[[nodiscard]] std::string hub_cpu_text(const WayResult& way);
/// What the messages went over, in words.
[[nodiscard]] std::string network_of(const BenchResult& result);

/// As one object: docs/reference/cli.md.
[[nodiscard]] Value report_value(const BenchResult& result, const Machine& machine);
/// What a connection of a kind takes, as a line. 0 bytes: nothing was seen.
[[nodiscard]] std::string memory_text(std::string_view kind, double bytes);
/// As tables for a terminal.
[[nodiscard]] std::string report_text(const BenchResult& result);
/// As one page that needs nothing else: charts are drawn in it. With what is advised for the same
/// workload.
[[nodiscard]] std::string report_html(const BenchResult& result,
                                      const Machine& machine,
                                      const advise::Advice& advice);

/// Constants of the cost model as they were measured, for `--constants`. Empty where the hub runs
/// elsewhere.
[[nodiscard]] Value calibration_of(const BenchResult& result, const Machine& machine);

}  // namespace tandem::measure
