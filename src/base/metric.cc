#include "base/metric.h"

#include "base/metric_text.h"

namespace tandem {

Metric& Metrics::get(Type type, std::string_view name, std::string_view labels) {
    const std::lock_guard lock{mutex_};
    Family& family = families_[std::string{name}];
    family.type = type;
    Metric*& metric = family.by_labels[std::string{labels}];
    if (metric == nullptr) metric = &metrics_.emplace_back();
    return *metric;
}

void Metrics::describe(std::string_view name, std::string_view says) {
    const std::lock_guard lock{mutex_};
    families_[std::string{name}].says = says;
}

std::string Metrics::text() const {
    const std::lock_guard lock{mutex_};
    MetricText out;
    for (const auto& [name, family] : families_) {
        const bool counts = family.type == Type::kCounter;
        out.family(counts ? MetricText::Type::kCounter : MetricText::Type::kGauge, name,
                   family.says);
        for (const auto& [labels, metric] : family.by_labels)
            out.sample(metric->value(), labels);
    }
    return std::move(out).take();
}

}  // namespace tandem
