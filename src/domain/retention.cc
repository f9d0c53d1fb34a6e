#include "domain/retention.h"

#include "base/checked.h"

#include <algorithm>

namespace tandem {

std::optional<Duration> retention_of(const RetentionRules& rules,
                                     const Labels& labels,
                                     const Series* series) {
    if (series != nullptr && series->retention) return series->retention;
    std::optional<Duration> shortest;
    for (const RetentionRules::OfLabel& each : rules.labels) {
        const auto found = labels.find(each.name);
        if (found == labels.end() || found->second != each.value) continue;
        shortest = shortest ? std::min(*shortest, each.span) : each.span;
    }
    return shortest ? shortest : rules.all;
}

Instant kept_from(std::optional<Duration> retention, Instant now) {
    // Before 1970 there is nothing to count from.
    if (!retention || *retention > now.time_since_epoch()) return Instant::min();
    return now - *retention;
}

Instant erased_before(Duration retention, Instant now) {
    const Instant edge = kept_from(retention, now);
    if (edge == Instant::min()) return edge;
    const Duration step = std::clamp<Duration>(retention / 16, 1h, 24h);
    return Instant{edge.time_since_epoch() / step * step};
}

std::optional<Error> refuse_old(const Reading& reading,
                                std::optional<Duration> retention,
                                Instant now) {
    if (reading.time >= kept_from(retention, now)) return {};
    const auto hours = std::chrono::floor<std::chrono::hours>(checked(retention));
    return fail_field("/" + reading.series,
                      "the time is older than readings of this series are kept: " +
                          std::to_string(hours.count()) + " h")
        .error();
}

}  // namespace tandem
