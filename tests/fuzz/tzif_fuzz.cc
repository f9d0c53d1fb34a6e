// Whatever bytes come: a refusal that says where, or a zone whose two ways, from UTC to local time
// and back, agree. The first four bytes are a time.
#include "base/check.h"
#include "codec/time_zone.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

using namespace tandem;
using namespace tandem::codec;

namespace {

void check_time(const TimeZone& zone, Instant utc) {
    const Duration offset = zone.offset_at(utc);
    check(offset > -25h);
    check(offset < 26h);
    // The same moment, or an earlier one that shows the same on the wall.
    const LocalTime wall{utc.time_since_epoch() + offset};
    const Instant back = zone.from_local(wall);
    check(back <= utc);
    check(back + zone.offset_at(back) == utc + offset);
    // A time that may not be there.
    const LocalTime any{utc.time_since_epoch()};
    const Instant moment = zone.from_local(any);
    check(any.time_since_epoch() - moment.time_since_epoch() > -25h);
    check(any.time_since_epoch() - moment.time_since_epoch() < 26h);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::int32_t time = 0;
    if (size < sizeof time) return 0;
    std::memcpy(&time, data, sizeof time);
    const std::string_view input{reinterpret_cast<const char*>(data) + sizeof time,
                                 size - sizeof time};
    // What follows the time is also tried as the rule alone, which is easier to find.
    const auto rule = parse_zone_rule(input);
    if (rule) {
        const ZoneSpan span = rule->at(std::chrono::sys_seconds{std::chrono::seconds{time}});
        check(span.end > std::chrono::sys_seconds{std::chrono::seconds{time}});
    }
    const auto zone = parse_tzif(input);
    if (!zone) {
        check(zone.error().code == ErrorCode::kMalformedBody);
        check(zone.error().detail.starts_with("TZif, byte "));
        return 0;
    }
    const Instant near{std::chrono::seconds{time}};
    for (const Instant utc : {near, near + std::chrono::days{36'500}})
        check_time(*zone, utc);
    return 0;
}
