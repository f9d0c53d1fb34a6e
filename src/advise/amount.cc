#include "advise/amount.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <span>
#include <string_view>

namespace tandem::advise {
namespace {

struct Unit {
    double size;
    std::string_view name;
};

// Three digits that matter, none after the point where there are three before it.
std::string digits(double number) {
    if (number >= 100) return fmt::format("{:.0f}", number);
    if (number >= 10) return fmt::format("{:.1f}", number);
    return fmt::format("{:.2f}", number);
}

std::string in_units(double amount, std::span<const Unit> units) {
    const Unit* chosen = units.data();
    for (const Unit& unit : units) {
        if (amount >= unit.size) chosen = &unit;
    }
    std::string text = digits(amount / chosen->size);
    if (text.find('.') != std::string::npos) {
        while (text.ends_with('0'))
            text.pop_back();
        if (text.ends_with('.')) text.pop_back();
    }
    return text + " " + std::string{chosen->name};
}

}  // namespace

double seconds(Duration span) {
    return static_cast<double>(span.count()) / 1e6;
}

std::string bytes_text(double bytes) {
    constexpr std::array units{Unit{1, "B"}, Unit{1e3, "kB"}, Unit{1e6, "MB"}, Unit{1e9, "GB"},
                               Unit{1e12, "TB"}};
    return in_units(bytes, units);
}

std::string seconds_text(double seconds) {
    constexpr std::array units{Unit{1e-6, "µs"}, Unit{1e-3, "ms"}, Unit{1, "s"},
                               Unit{60, "min"},  Unit{3'600, "h"}, Unit{86'400, "d"}};
    return in_units(seconds, units);
}

std::string count_text(double count) {
    if (count >= 1e6) return digits(count / 1e6) + " million";
    if (count < 100 && count > 0) return fmt::format("{:.3g}", count);
    const auto whole = std::llround(count);
    if (whole < 1'000) return std::to_string(whole);
    return fmt::format("{},{:03}", whole / 1'000, whole % 1'000);
}

std::string joules_text(double joules) {
    constexpr std::array units{Unit{1e-3, "mJ"}, Unit{1, "J"}, Unit{1e3, "kJ"}, Unit{1e6, "MJ"}};
    return in_units(joules, units);
}

}  // namespace tandem::advise
