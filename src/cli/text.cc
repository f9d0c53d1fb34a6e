#include "cli/text.h"

#include "codec/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace tandem::cli {
namespace {

struct Unit {
    std::string_view name;
    double seconds;
};
constexpr std::array kUnits{Unit{"ms", 1e-3}, Unit{"s", 1},     Unit{"", 1},
                            Unit{"m", 60},    Unit{"h", 3'600}, Unit{"d", 86'400}};
// A year: longer is a mistake, and far from where microseconds overflow.
constexpr double kSecondsMax = 366.0 * 86'400;

void indent(std::string& out, int depth) {
    out += '\n';
    out.append(static_cast<std::size_t>(depth) * 2, ' ');
}

void write_pretty(std::string& out, const Value& value, int depth) {
    const auto* items = value.get<Value::Array>();
    const auto* members = value.get<Value::Object>();
    if (items != nullptr && !items->empty()) {
        out += '[';
        for (const Value& item : *items) {
            if (&item != items->data()) out += ',';
            indent(out, depth + 1);
            write_pretty(out, item, depth + 1);
        }
        indent(out, depth);
        out += ']';
    } else if (members != nullptr && !members->empty()) {
        out += '{';
        for (const auto& member : *members) {
            if (&member != members->data()) out += ',';
            indent(out, depth + 1);
            out += codec::to_json(member.first) + ": ";
            write_pretty(out, member.second, depth + 1);
        }
        indent(out, depth);
        out += '}';
    } else {
        out += codec::to_json(value);
    }
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string_view rest{end, text.data() + text.size()};
    const auto* unit = std::ranges::find(kUnits, rest, &Unit::name);
    const bool good = error == std::errc{} && unit != kUnits.end() && std::isfinite(number);
    if (!good || number < 0 || number * unit->seconds > kSecondsMax) {
        return fail_field("/duration", "\"" + std::string{text} +
                                           "\" is no span of time; expected is one like 500ms, "
                                           "30s, 5m, 2h or 1d");
    }
    return Duration{std::llround(number * unit->seconds * 1e6)};
}

Result<std::pair<std::string, std::string>> parse_pair(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) {
        return fail_field("/pair", "\"" + std::string{text} + "\" is not NAME=VALUE");
    }
    return std::pair{std::string{text.substr(0, equals)}, std::string{text.substr(equals + 1)}};
}

Value parse_word(const std::string& word) {
    auto read = codec::parse_json(word);
    return read ? *std::move(read) : Value{word};
}

std::string pretty_json(const Value& value) {
    std::string out;
    write_pretty(out, value, 0);
    out += '\n';
    return out;
}

std::string bytes_text(double bytes) {
    constexpr std::array units{"KiB", "MiB", "GiB", "TiB"};
    if (bytes < 1'024) return fmt::format("{:.0f} B", bytes);
    std::size_t at = 0;
    for (bytes /= 1'024; bytes >= 1'024 && at + 1 < units.size(); ++at)
        bytes /= 1'024;
    return fmt::format("{:.1f} {}", bytes, units[at]);
}

std::string count_text(std::uint64_t count) {
    std::string out = std::to_string(count);
    for (std::size_t at = out.size(); at > 3; at -= 3)
        out.insert(at - 3, ",");
    return out;
}

std::string span_text(Duration span) {
    const std::int64_t seconds = span / 1s;
    const std::int64_t minutes = seconds / 60;
    const std::int64_t hours = minutes / 60;
    if (minutes == 0) return fmt::format("{} s", seconds);
    if (hours == 0) return fmt::format("{} min {} s", minutes, seconds % 60);
    if (hours < 24) return fmt::format("{} h {} min", hours, minutes % 60);
    return fmt::format("{} d {} h", hours / 24, hours % 24);
}

std::string time_of_day(double ms) {
    constexpr double kDay = 86'400'000;
    const double of_day = ms - std::floor(ms / kDay) * kDay;
    const auto whole = static_cast<std::int64_t>(of_day);
    return fmt::format("{:02}:{:02}:{:02}.{:03}", whole / 3'600'000, whole / 60'000 % 60,
                       whole / 1'000 % 60, whole % 1'000);
}

std::string printable(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        const auto after = at + 1 < text.size() ? static_cast<unsigned char>(text[at + 1]) : 0U;
        // U+0080 to U+009F are control characters as well.
        const bool c1 = byte == 0xC2 && after >= 0x80 && after < 0xA0;
        if (c1) ++at;
        out += byte < 0x20 || byte == 0x7F || c1 ? '?' : text[at];
    }
    return out;
}

}  // namespace tandem::cli
