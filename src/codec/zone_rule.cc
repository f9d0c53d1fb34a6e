#include "codec/zone_rule.h"

#include <algorithm>
#include <array>
#include <compare>
#include <string>

namespace tandem::codec {
namespace {

using std::chrono::days;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::year;

// The calendar, weekdays included, repeats itself after 400 years.
constexpr seconds kCycle = days{146'097};
constexpr sys_seconds kCycleBegin = sys_days{year{2000} / 1 / 1};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

class RuleReader {
public:
    explicit RuleReader(std::string_view text) : text_{text} {}

    Result<ZoneRule> read() {
        if (!name()) return wrong("a name of three letters or more is expected");
        const auto standard = clock(24);
        if (!standard) return wrong("an offset from UTC is expected");
        // POSIX counts westwards.
        if (done()) return ZoneRule{-*standard, std::nullopt};
        if (!name()) return wrong("a name of three letters or more is expected");
        ZoneRule::Daylight summer{.offset = -*standard + std::chrono::hours{1}};
        if (!done() && peek() != ',') {
            const auto offset = clock(24);
            if (!offset) return wrong("an offset from UTC is expected");
            summer.offset = -*offset;
        }
        for (ZoneRule::Change* change : {&summer.begin, &summer.end}) {
            if (!take(',')) return wrong("a comma and the day of a change are expected");
            if (!read_change(*change)) return wrong("not a day or a time of a change");
        }
        if (!done()) return wrong("nothing is expected after the rule");
        return ZoneRule{-*standard, summer};
    }

private:
    [[nodiscard]] std::unexpected<Error> wrong(std::string_view why) const {
        return fail(ErrorCode::kMalformedBody,
                    "zone rule, byte " + std::to_string(at_) + ": " + std::string{why});
    }
    [[nodiscard]] bool done() const { return at_ == text_.size(); }
    [[nodiscard]] char peek() const { return done() ? '\0' : text_[at_]; }

    bool take(char c) {
        if (peek() != c) return false;
        ++at_;
        return true;
    }

    bool name() {
        const bool bracketed = take('<');
        const std::size_t begin = at_;
        while (is_letter(peek()) ||
               (bracketed && (is_digit(peek()) || peek() == '+' || peek() == '-')))
            ++at_;
        return at_ - begin >= 3 && (!bracketed || take('>'));
    }

    std::optional<int> number(int max) {
        int out = 0;
        const std::size_t begin = at_;
        while (is_digit(peek()) && at_ - begin < 3)
            out = out * 10 + (text_[at_++] - '0');
        if (at_ == begin || out > max) return {};
        return out;
    }

    /// `[+-]hh[:mm[:ss]]`
    std::optional<seconds> clock(int hours_max) {
        const bool negative = take('-');
        if (!negative) take('+');
        const auto hours = number(hours_max);
        if (!hours) return {};
        seconds out = std::chrono::hours{*hours};
        for (const seconds unit : {seconds{60}, seconds{1}}) {
            if (!take(':')) break;
            const auto part = number(59);
            if (!part) return {};
            out += *part * unit;
        }
        return negative ? -out : out;
    }

    std::optional<ZoneRule::Day> day() {
        using Kind = ZoneRule::Day::Kind;
        if (take('M')) return day_of_month();
        const bool no_leap_day = take('J');
        const auto number_of_day = number(365);
        if (!number_of_day || (no_leap_day && *number_of_day == 0)) return {};
        return ZoneRule::Day{.kind = no_leap_day ? Kind::kNoLeapDay : Kind::kOfYear,
                             .day = *number_of_day};
    }

    std::optional<ZoneRule::Day> day_of_month() {
        const auto month = number(12);
        if (!month || *month == 0 || !take('.')) return {};
        const auto week = number(5);
        if (!week || *week == 0 || !take('.')) return {};
        const auto weekday = number(6);
        if (!weekday) return {};
        return ZoneRule::Day{
            .kind = ZoneRule::Day::Kind::kOfMonth, .day = *weekday, .month = *month, .week = *week};
    }

    bool read_change(ZoneRule::Change& change) {
        const auto of_year = day();
        if (!of_year) return false;
        change = {.day = *of_year, .time = std::chrono::hours{2}};
        if (!take('/')) return true;
        const auto time = clock(167);
        if (!time) return false;
        change.time = *time;
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

sys_days day_in(const ZoneRule::Day& day, year of) {
    const sys_days first = of / 1 / 1;
    switch (day.kind) {
        case ZoneRule::Day::Kind::kOfYear:
            return first + days{day.day};
        case ZoneRule::Day::Kind::kNoLeapDay:
            return first + days{day.day - 1 + (of.is_leap() && day.day >= 60 ? 1 : 0)};
        case ZoneRule::Day::Kind::kOfMonth:
            break;
    }
    const std::chrono::month month{static_cast<unsigned>(day.month)};
    const std::chrono::weekday weekday{static_cast<unsigned>(day.day)};
    if (day.week == 5) return of / month / weekday[std::chrono::last];
    return of / month / weekday[static_cast<unsigned>(day.week)];
}

}  // namespace

ZoneSpan ZoneRule::at(sys_seconds time) const {
    if (!daylight_) return {.offset = standard_};
    const seconds since = time - kCycleBegin;
    const seconds cycles = kCycle * ((since - (since % kCycle + kCycle) % kCycle) / kCycle);
    const sys_seconds now = time - cycles;

    struct Moment {
        sys_seconds at;
        std::size_t order = 0;
        seconds offset{};
        auto operator<=>(const Moment&) const = default;
    };
    // Changes may be a week before or after the year that they belong to: two years either way are
    // enough for one before `now` and one after.
    std::array<Moment, 10> moments{};
    const year middle = std::chrono::year_month_day{std::chrono::floor<days>(now)}.year();
    std::size_t count = 0;
    for (year of = middle - std::chrono::years{2}; of <= middle + std::chrono::years{2}; ++of) {
        const auto& [offset, begin, end] = *daylight_;
        moments.at(count) = {
            .at = day_in(begin.day, of) + begin.time - standard_, .order = count, .offset = offset};
        ++count;
        moments.at(count) = {
            .at = day_in(end.day, of) + end.time - offset, .order = count, .offset = standard_};
        ++count;
    }
    // The order counts for daylight time all year: it ends at the moment at which the next begins.
    std::ranges::sort(moments);
    const auto next = std::ranges::upper_bound(moments, now, {}, &Moment::at);
    const auto last = std::prev(next);
    return {.offset = last->offset, .end = next->at + cycles};
}

Result<ZoneRule> parse_zone_rule(std::string_view text) {
    return RuleReader{text}.read();
}

}  // namespace tandem::codec
