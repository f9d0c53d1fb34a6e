#include "base/metric.h"

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
    std::string out;
    for (const auto& [name, family] : families_) {
        if (!family.says.empty()) out += "# HELP " + name + " " + family.says + "\n";
        out += "# TYPE " + name + (family.type == Type::kCounter ? " counter\n" : " gauge\n");
        for (const auto& [labels, metric] : family.by_labels) {
            out += name + (labels.empty() ? "" : "{" + labels + "}") + " " +
                   std::to_string(metric->value()) + "\n";
        }
    }
    return out;
}

}  // namespace tandem
