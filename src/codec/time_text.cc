#include "codec/time_text.h"

#include "base/ascii.h"
#include "base/check.h"
#include "codec/field_list.h"
#include "codec/json.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <optional>

namespace tandem::codec {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr Instant kFirst = sys_days{std::chrono::year{1} / 1 / 1};
constexpr Instant kAfterLast = sys_days{std::chrono::year{10'000} / 1 / 1};

std::unexpected<Error> wrong(std::string_view why) {
    return fail(ErrorCode::kBadRequest, "time: " + std::string{why});
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Takes the text apart from its front.
class Cursor {
public:
    explicit Cursor(std::string_view text) : rest_{text} {}

    /// Exactly `count` digits, as a number.
    std::optional<int> number(std::size_t count) {
        if (rest_.size() < count) return {};
        int out = 0;
        for (const char c : rest_.substr(0, count)) {
            if (!is_digit(c)) return {};
            out = out * 10 + (c - '0');
        }
        rest_.remove_prefix(count);
        return out;
    }

    /// Whether one of `any` comes next; if so, it is taken.
    bool take(std::string_view any) {
        if (rest_.empty() || !any.contains(rest_.front())) return false;
        rest_.remove_prefix(1);
        return true;
    }

    /// Digits of a fraction of a second, one at least; those beyond microseconds are dropped.
    std::optional<Duration> fraction() {
        if (rest_.empty() || !is_digit(rest_.front())) return {};
        std::int64_t out = 0;
        std::int64_t unit = 100'000;
        while (!rest_.empty() && is_digit(rest_.front())) {
            out += (rest_.front() - '0') * unit;
            unit /= 10;
            rest_.remove_prefix(1);
        }
        return Duration{out};
    }

    [[nodiscard]] bool done() const { return rest_.empty(); }

private:
    std::string_view rest_;
};

std::optional<sys_days> read_date(Cursor& at) {
    const auto year = at.number(4);
    if (!year || !at.take("-")) return {};
    const auto month = at.number(2);
    if (!month || !at.take("-")) return {};
    const auto day = at.number(2);
    if (!day) return {};
    const year_month_day date{std::chrono::year{*year},
                              std::chrono::month{static_cast<unsigned>(*month)},
                              std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok()) return {};
    return sys_days{date};
}

struct TimeOfDay {
    Duration since_midnight{};
    bool leap = false;  ///< The second is 60.
};

std::optional<TimeOfDay> read_time(Cursor& at, bool seconds_needed) {
    const auto hour = at.number(2);
    if (!hour || *hour > 23 || !at.take(":")) return {};
    const auto minute = at.number(2);
    if (!minute || *minute > 59) return {};
    TimeOfDay time{.since_midnight = std::chrono::hours{*hour} + std::chrono::minutes{*minute}};
    if (!at.take(":")) return seconds_needed ? std::nullopt : std::optional{time};
    const auto second = at.number(2);
    if (!second || *second > 60) return {};
    time.since_midnight += std::chrono::seconds{*second};
    time.leap = *second == 60;
    if (!at.take(".")) return time;
    const auto fraction = at.fraction();
    if (!fraction) return {};
    time.since_midnight += *fraction;
    return time;
}

enum class Colon : std::uint8_t { kNeeded, kOptional };

std::optional<Duration> read_offset(Cursor& at, Colon colon) {
    if (at.take("Zz")) return Duration{};
    const bool west = at.take("-");
    if (!west && !at.take("+")) return {};
    const auto hours = at.number(2);
    if (!hours || *hours > 23) return {};
    if (!at.take(":") && colon == Colon::kNeeded) return {};
    const auto minutes = at.number(2);
    if (!minutes || *minutes > 59) return {};
    const Duration offset = std::chrono::hours{*hours} + std::chrono::minutes{*minutes};
    return west ? -offset : offset;
}

/// Whether `instant` is in the first second of a month: where second 60 of the day before ends up.
bool starts_month(Instant instant) {
    const sys_days day = std::chrono::floor<days>(instant);
    return instant - day < 1s && year_month_day{day}.day() == std::chrono::day{1};
}

constexpr std::string_view kNoDate = "a date such as 2026-03-01 is expected first";
constexpr std::string_view kNotThoseYears = "not of the years 1 to 9999";

Result<Instant> within_years(Instant instant) {
    if (instant < kFirst || instant >= kAfterLast) return wrong(kNotThoseYears);
    return instant;
}

enum class Between : std::uint8_t { kT, kTOrSpace };

Result<Instant> read_rfc3339(std::string_view text, Between between) {
    Cursor at{text};
    const auto date = read_date(at);
    if (!date) return wrong(kNoDate);
    const bool strict = between == Between::kT;
    if (!at.take(strict ? "Tt" : "Tt ")) {
        return wrong(strict ? "a \"T\" is expected after the date"
                            : "a \"T\" or a space is expected after the date");
    }
    const auto time = read_time(at, true);
    if (!time) {
        return wrong(strict ? "a time of day such as 12:00:00 is expected after the \"T\""
                            : "a time of day such as 12:00:00 is expected after the date");
    }
    const auto offset = read_offset(at, Colon::kNeeded);
    if (!offset)
        return wrong("\"Z\" or an offset such as +01:00 is expected after the time of day");
    if (!at.done()) return wrong("nothing is expected after the offset");
    const Instant instant = *date + time->since_midnight - *offset;
    if (time->leap && !starts_month(instant)) return wrong("no leap second can be there");
    return within_years(instant);
}

}  // namespace

Result<Instant> parse_rfc3339(std::string_view text) {
    return read_rfc3339(text, Between::kT);
}

std::string rfc3339(Instant instant) {
    check(instant >= kFirst && instant < kAfterLast);
    const sys_days day = std::chrono::floor<days>(instant);
    const year_month_day date{day};
    const std::chrono::hh_mm_ss time{instant - day};
    std::string out =
        fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    time.hours().count(), time.minutes().count(), time.seconds().count());
    if (time.subseconds().count() != 0) {
        out += fmt::format(".{:06}", time.subseconds().count());
        out.erase(out.find_last_not_of('0') + 1);
    }
    return out + "Z";
}

Result<Instant> instant_from_ms(double ms) {
    constexpr auto kFirstMs = static_cast<double>(kFirst.time_since_epoch() / 1ms);
    constexpr auto kAfterLastMs = static_cast<double>(kAfterLast.time_since_epoch() / 1ms);
    // NaN is within no bounds.
    const bool within = ms >= kFirstMs && ms < kAfterLastMs;
    if (!within) return wrong(kNotThoseYears);
    // Apart, because the product of all of it and 1000 is more than a double can hold exactly.
    const double whole = std::floor(ms);
    const auto microseconds = std::llround((ms - whole) * 1'000);
    return Instant{Duration{static_cast<std::int64_t>(whole) * 1'000 + microseconds}};
}

Result<LocalTime> parse_local_time(std::string_view text) {
    Cursor at{text};
    const auto date = read_date(at);
    if (!date) return wrong(kNoDate);
    if (!at.take("Tt ")) return wrong("a space or a \"T\" is expected after the date");
    const auto time = read_time(at, false);
    if (!time || time->leap) {
        return wrong("a time of day such as 12:00 or 12:00:00 is expected after the date");
    }
    if (!at.done()) return wrong("nothing is expected after the time of day");
    const Instant as_utc = *date + time->since_midnight;
    if (as_utc < kFirst) return wrong(kNotThoseYears);
    return LocalTime{as_utc.time_since_epoch()};
}

Result<Duration> parse_offset(std::string_view text) {
    Cursor at{text};
    const auto offset = read_offset(at, Colon::kOptional);
    if (!offset || !at.done()) {
        return fail(ErrorCode::kBadRequest, "offset: \"Z\", +02:00 or +0200 is expected");
    }
    return *offset;
}

Result<Instant> read_time_cell(std::string_view cell, const TimeZone& zone) {
    const std::string_view text = trimmed(cell);
    // What no date is without: a colon, a "T" or a space.
    if (text.find_first_not_of("0123456789.+-eE") == std::string_view::npos) {
        const auto number = parse_json(text);
        if (number && number->is_number()) return instant_from_ms(number->as_double());
    }
    if (const auto local = parse_local_time(text)) return within_years(zone.from_local(*local));
    return read_rfc3339(text, Between::kTOrSpace);
}

}  // namespace tandem::codec
