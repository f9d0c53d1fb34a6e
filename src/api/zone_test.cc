#include "api/zone.h"

#include "codec/time_text.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace tandem;

namespace {

constexpr Duration kDay = 24h;

std::string big_endian(std::int64_t number, std::size_t width) {
    std::string out;
    for (std::size_t at = width; at > 0; --at)
        out += static_cast<char>(number >> ((at - 1) * 8));
    return out;
}

/// A zone with a rule of POSIX for all times, as a TZif file without changes.
codec::TimeZone zone(const std::string& rule) {
    const auto part = [](std::size_t width) {
        std::string out = "TZif3" + std::string(15, '\0');
        for (const std::int64_t count : {0, 0, 0, 0, 1, 4})
            out += big_endian(count, 4);
        return out + std::string(width * 0, '\0') + big_endian(0, 4) + std::string(2, '\0') +
               std::string("UTC\0", 4);
    };
    auto made = codec::parse_tzif(part(4) + part(8) + "\n" + rule + "\n");
    REQUIRE_MESSAGE(made.has_value(), rule);
    return std::move(*made);
}
codec::TimeZone berlin() {
    return zone("CET-1CEST,M3.5.0,M10.5.0/3");
}

Instant at(std::string_view text) {
    return *codec::parse_rfc3339(text);
}

/// The bucket of a time, as "from/to".
std::string bucket(const codec::TimeZone& zone, Duration step, std::string_view time) {
    auto buckets = api::buckets_in(zone, step);
    REQUIRE(buckets);
    const TimeRange span = buckets->span_of(at(time));
    return codec::rfc3339(span.from) + "/" + codec::rfc3339(span.to);
}

}  // namespace

TEST_CASE("a day of a zone begins at its midnight, and is longer or shorter where clocks change") {
    CHECK(bucket(berlin(), kDay, "2026-01-15T22:59:59Z") ==
          "2026-01-14T23:00:00Z/2026-01-15T23:00:00Z");
    CHECK(bucket(berlin(), kDay, "2026-01-15T23:00:00Z") ==
          "2026-01-15T23:00:00Z/2026-01-16T23:00:00Z");
    CHECK(bucket(berlin(), kDay, "2026-03-29T12:00:00Z") ==
          "2026-03-28T23:00:00Z/2026-03-29T22:00:00Z");
    CHECK(bucket(berlin(), kDay, "2026-10-25T12:00:00Z") ==
          "2026-10-24T22:00:00Z/2026-10-25T23:00:00Z");
    CHECK(bucket(codec::TimeZone::fixed(-210min), kDay, "2026-01-15T03:29:59Z") ==
          "2026-01-14T03:30:00Z/2026-01-15T03:30:00Z");
}

TEST_CASE("weeks begin on Mondays, other days count from 1970") {
    CHECK(bucket(berlin(), 7 * kDay, "2026-11-27T12:00:00Z") ==
          "2026-11-22T23:00:00Z/2026-11-29T23:00:00Z");
    CHECK(bucket(codec::TimeZone::fixed(0min), 2 * kDay, "1970-01-02T12:00:00Z") ==
          "1970-01-01T00:00:00Z/1970-01-03T00:00:00Z");
    CHECK(bucket(codec::TimeZone::fixed(0min), 2 * kDay, "1969-12-31T12:00:00Z") ==
          "1969-12-30T00:00:00Z/1970-01-01T00:00:00Z");
}

TEST_CASE("parts of a day are counted from midnight as time passes, and the last may be cut") {
    CHECK(bucket(berlin(), 6h, "2026-10-25T22:30:00Z") ==
          "2026-10-25T22:00:00Z/2026-10-25T23:00:00Z");
    CHECK(bucket(berlin(), 6h, "2026-10-25T03:59:00Z") ==
          "2026-10-24T22:00:00Z/2026-10-25T04:00:00Z");
    CHECK(bucket(berlin(), 15min, "2026-03-29T01:10:00Z") ==
          "2026-03-29T01:00:00Z/2026-03-29T01:15:00Z");
}

TEST_CASE("buckets of any zone follow one another without a gap, whatever its clocks do") {
    // The last: clocks go back over midnight, from 00:01 to 23:01, as Newfoundland's did.
    for (const char* rule : {"CET-1CEST,M3.5.0,M10.5.0/3", "<-03>3<-02>,M10.3.0/0,M2.3.0/0",
                             "NST3:30NDT,M4.1.0/0:01,M10.5.0/0:01", "<+1245>-12:45"}) {
        CAPTURE(rule);
        for (const Duration step : {Duration{5h}, kDay, 3 * kDay, 7 * kDay}) {
            CAPTURE(step / 1h);
            auto buckets = api::buckets_in(zone(rule), step);
            REQUIRE(buckets);
            const Instant end = at("2027-01-01T00:00:00Z");
            TimeRange span = buckets->span_of(at("2025-12-31T00:00:00Z"));
            while (span.from < end) {
                REQUIRE(span.from < span.to);
                for (const Instant time :
                     {span.from, span.from + (span.to - span.from) / 2, span.to - Duration{1}}) {
                    const TimeRange same = buckets->span_of(time);
                    REQUIRE(same.from == span.from);
                    REQUIRE(same.to == span.to);
                }
                const TimeRange next = buckets->span_of(span.to);
                REQUIRE(next.from == span.to);
                span = next;
            }
        }
    }
}

TEST_CASE("steps that no calendar has are refused") {
    const auto refused = api::buckets_in(berlin(), 36h);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().fields.front().pointer == "#query/step");
}
