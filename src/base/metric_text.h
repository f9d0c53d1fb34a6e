#pragma once

#include "base/histogram.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tandem {

/// Writes figures in Prometheus' text format (0.0.4): a family, then its samples.
class MetricText {
public:
    enum class Type : std::uint8_t { kCounter, kGauge, kHistogram };

    /// The samples that follow are of `name`. `says`: one sentence for `# HELP`, without line
    /// breaks; none where it is empty.
    void family(Type type, std::string_view name, std::string_view says);
    /// `labels` as they are shown, `door="ws",op="telemetry.write"`.
    void sample(std::int64_t value, std::string_view labels = {});
    void sample(std::uint64_t value, std::string_view labels = {});
    void sample(double value, std::string_view labels = {});
    /// All samples of a histogram.
    void samples(const Histogram::Counts& counts, std::string_view labels = {});

    [[nodiscard]] std::string take() && { return std::move(out_); }

private:
    void line(std::string_view ending, std::string_view labels, std::string_view value);

    std::string name_;
    std::string out_;
};

}  // namespace tandem
