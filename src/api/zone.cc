#include "api/zone.h"

#include "codec/time_text.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

namespace tandem::api {
namespace {

using Days = std::chrono::local_days;
constexpr Duration kDay = 24h;

/// Days of a zone, so many together.
class Calendar {
public:
    Calendar(codec::TimeZone zone, std::int64_t days)
        : zone_{std::move(zone)},
          days_{days},
          // 1970-01-01 was a Thursday.
          first_{days % 7 == 0 ? std::chrono::days{-3} : std::chrono::days{0}} {}

    [[nodiscard]] TimeRange span_of(Instant time) const {
        const auto local =
            codec::LocalTime{time.time_since_epoch() + zone_.offset_at(time)} - Days{first_};
        auto index = std::chrono::floor<std::chrono::days>(local).count();
        index = (index >= 0 ? index : index - days_ + 1) / days_;
        // Where clocks go back over midnight a day's last minutes come after it.
        while (start_of(index + 1) <= time)
            ++index;
        while (start_of(index) > time)
            --index;
        return {.from = start_of(index), .to = start_of(index + 1)};
    }

private:
    [[nodiscard]] Instant start_of(std::int64_t index) const {
        return zone_.from_local(Days{first_ + std::chrono::days{index * days_}});
    }

    codec::TimeZone zone_;
    std::int64_t days_;
    std::chrono::days first_;
};

TimeRange part_of(const TimeRange& day, Duration step, Instant time) {
    const Instant from = day.from + (time - day.from) / step * step;
    return {.from = from, .to = std::min(from + step, day.to)};
}

}  // namespace

Result<codec::TimeZone> zone_named(const World& world, const std::string& name) {
    if (name == "UTC") return codec::TimeZone::fixed(Duration{0});
    if (auto offset = codec::parse_offset(name)) return codec::TimeZone::fixed(*offset);
    if (auto zone = world.hub().zone_named(name)) return zone;
    return fail_field("#query/tz",
                      "a name of the IANA time zone database that this machine has, or an offset "
                      "such as +02:00 is expected");
}

Result<Buckets> buckets_in(codec::TimeZone zone, Duration step) {
    if (step > kDay && step % kDay != Duration{0}) {
        return fail_field("#query/step",
                          "in a zone a step is a day at most, or a whole number of days");
    }
    auto calendar =
        std::make_shared<const Calendar>(std::move(zone), std::max<std::int64_t>(1, step / kDay));
    return Buckets{[calendar = std::move(calendar), step](Instant time) {
        const TimeRange days = calendar->span_of(time);
        return step < kDay ? part_of(days, step, time) : days;
    }};
}

}  // namespace tandem::api
