#pragma once

#include "base/checked.h"
#include "domain/ports.h"
#include "options.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>

namespace tandem::bench {

// As much of InfluxDB's line protocol as store.cc writes:
// `sensor,device=NAME name=1.5,name=3i,name=t,name="text" NANOSECONDS`.

/// What is before the next `end`, which is taken away with it.
inline std::string_view take_until(std::string_view& left, char end) {
    const std::size_t at = left.find(end);
    if (at == std::string_view::npos) give_up("a line is not as it must be");
    const std::string_view part = left.substr(0, at);
    left.remove_prefix(at + 1);
    return part;
}

template <typename Number>
Number number_in(std::string_view text) {
    Number number{};
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || stop != text.data() + text.size()) give_up("no number in a line");
    return number;
}

/// Takes a value and the comma or blank behind it.
inline Value take_value(std::string_view& left) {
    if (left.front() == '"') {
        left.remove_prefix(1);
        Value text{take_until(left, '"')};
        left.remove_prefix(1);
        return text;
    }
    const std::size_t end = left.find_first_of(", ");
    const std::string_view text = left.substr(0, end);
    left.remove_prefix(end + 1);
    if (text == "t" || text == "f") return text == "t";
    if (text.back() == 'i') return number_in<std::int64_t>(text.substr(0, text.size() - 1));
    return number_in<double>(text);
}

inline DeviceReadings read_line(std::string_view line) {
    take_until(line, '=');
    const std::string_view device = take_until(line, ' ');
    const std::size_t last = line.rfind(' ');
    if (last == std::string_view::npos) give_up("a line has no time");
    const Instant time{Duration{number_in<std::int64_t>(line.substr(last + 1)) / 1'000}};
    DeviceReadings readings{
        .device = {.tenant = TenantId{"main"}, .id = DeviceId{std::string{device}}},
        .readings = {}};
    readings.readings.reserve(static_cast<std::size_t>(std::ranges::count(line, '=')) - 1);
    for (std::string_view left = line.substr(0, last + 1); !left.empty();) {
        std::string name{take_until(left, '=')};
        readings.readings.push_back(
            {.series = std::move(name), .time = time, .value = take_value(left)});
    }
    return readings;
}

}  // namespace tandem::bench
