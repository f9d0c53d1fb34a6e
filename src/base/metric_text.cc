#include "base/metric_text.h"

#include <fmt/format.h>

namespace tandem {
namespace {

std::string_view name_of(MetricText::Type type) {
    switch (type) {
        case MetricText::Type::kCounter:
            return "counter";
        case MetricText::Type::kHistogram:
            return "histogram";
        case MetricText::Type::kGauge:
            break;
    }
    return "gauge";
}

}  // namespace

void MetricText::family(Type type, std::string_view name, std::string_view says) {
    name_ = name;
    if (!says.empty()) out_ += fmt::format("# HELP {} {}\n", name, says);
    out_ += fmt::format("# TYPE {} {}\n", name, name_of(type));
}

void MetricText::sample(std::int64_t value, std::string_view labels) {
    line("", labels, fmt::format("{}", value));
}

void MetricText::sample(std::uint64_t value, std::string_view labels) {
    line("", labels, fmt::format("{}", value));
}

void MetricText::sample(double value, std::string_view labels) {
    line("", labels, fmt::format("{}", value));
}

void MetricText::samples(const Histogram::Counts& counts, std::string_view labels) {
    const std::string before = labels.empty() ? "" : std::string{labels} + ",";
    std::uint64_t so_far = 0;
    for (std::size_t at = 0; at < counts.bounds.size(); ++at) {
        so_far += counts.counts[at];
        line("_bucket", fmt::format("{}le=\"{}\"", before, counts.bounds[at]),
             fmt::format("{}", so_far));
    }
    const std::string total = fmt::format("{}", counts.total());
    line("_bucket", before + "le=\"+Inf\"", total);
    line("_sum", labels, fmt::format("{}", counts.sum));
    line("_count", labels, total);
}

void MetricText::line(std::string_view ending, std::string_view labels, std::string_view value) {
    out_ += name_;
    out_ += ending;
    if (!labels.empty()) out_ += fmt::format("{{{}}}", labels);
    out_ += fmt::format(" {}\n", value);
}

}  // namespace tandem
