#include "advise/workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace tandem::advise {
namespace {

struct Unit {
    std::string_view name;
    double microseconds;
};
constexpr std::array kUnits{Unit{"d", 86'400e6}, Unit{"h", 3'600e6}, Unit{"m", 60e6},
                            Unit{"s", 1e6},      Unit{"ms", 1e3},    Unit{"us", 1}};
constexpr double kYear = 366.0 * 86'400e6;

constexpr std::array<std::string_view, 2> kPowers{"mains", "battery"};
constexpr std::array<std::string_view, 2> kFormats{"json", "cbor"};
constexpr std::array<std::string_view, 4> kKinds{"ethernet", "wifi", "lte-m", "nb-iot"};

bool parse_number(std::string_view text, double& number) {
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    return error == std::errc{} && rest == end && std::isfinite(number);
}

// ---- One kind of value each: how it is read, within which bounds, and how it is written.

bool set_number(double& field, std::string_view text, double least, double most) {
    double number = 0;
    if (!parse_number(text, number) || number < least || number > most) return false;
    field = number;
    return true;
}

bool set_span(Duration& field, std::string_view text, Duration least, Duration most) {
    Duration span{0};
    if (!parse_span(text, span) || span < least || span > most) return false;
    field = span;
    return true;
}

bool set_whole(std::int64_t& field, std::string_view text, std::int64_t least, std::int64_t most) {
    double number = 0;
    if (!parse_number(text, number) || std::trunc(number) < number || number < std::trunc(number)) {
        return false;
    }
    if (number < static_cast<double>(least) || number > static_cast<double>(most)) return false;
    field = std::llround(number);
    return true;
}

bool set_switch(bool& field, std::string_view text) {
    if (text != "true" && text != "false") return false;
    field = text == "true";
    return true;
}

template <typename Enum, std::size_t N>
bool set_word(Enum& field, std::string_view text, const std::array<std::string_view, N>& words) {
    const auto* found = std::ranges::find(words, text);
    if (found == words.end()) return false;
    field = static_cast<Enum>(found - words.begin());
    return true;
}

std::string number_text(double number) {
    return fmt::format("{}", number);
}
std::string switch_text(bool on) {
    return on ? "true" : "false";
}

constexpr Duration kDay = 24h;

using W = Workload;
using Text = std::string_view;

constexpr std::array kFields{
    WorkloadField{.key = "name",
                  .flag = "name",
                  .accepts = "a text of 1 to 100 characters",
                  .says = "What the workload is called",
                  .set =
                      [](W& w, Text text) {
                          w.name = text;
                          const auto plain = [](unsigned char c) { return c >= ' ' && c != 127; };
                          return !text.empty() && text.size() <= 100 &&
                                 std::ranges::all_of(text, plain);
                      },
                  .get = [](const W& w) { return w.name; }},
    WorkloadField{.key = "devices",
                  .flag = "devices",
                  .accepts = "a whole number from 1 to 100000000",
                  .says = "How many devices there are",
                  .set = [](W& w, Text text) { return set_whole(w.devices, text, 1, 100'000'000); },
                  .get = [](const W& w) { return std::to_string(w.devices); }},
    WorkloadField{.key = "power",
                  .flag = "power",
                  .accepts = "mains or battery",
                  .says = "Where a device has its power from",
                  .set = [](W& w, Text text) { return set_word(w.power, text, kPowers); },
                  .get = [](const W& w) { return std::string{name_of(w.power)}; }},
    WorkloadField{.key = "battery_wh",
                  .flag = "battery-wh",
                  .accepts = "a number from 0.01 to 1000000",
                  .says = "What can be used of the battery, in watt hours",
                  .set = [](W& w, Text text) { return set_number(w.battery_wh, text, 0.01, 1e6); },
                  .get = [](const W& w) { return number_text(w.battery_wh); }},

    WorkloadField{
        .key = "readings.every",
        .flag = "every",
        .accepts = "a span from 1ms to 30d, such as 5s",
        .says = "A device has a reading so often",
        .set = [](W& w, Text text) { return set_span(w.readings.every, text, 1ms, 30 * kDay); },
        .get = [](const W& w) { return span_text(w.readings.every); }},
    WorkloadField{.key = "readings.jitter",
                  .flag = "jitter",
                  .accepts = "a share from 0 to 1",
                  .says = "By which share of that a reading may come early or late",
                  .set = [](W& w, Text text) { return set_number(w.readings.jitter, text, 0, 1); },
                  .get = [](const W& w) { return number_text(w.readings.jitter); }},
    WorkloadField{.key = "readings.series",
                  .flag = "series",
                  .accepts = "a whole number from 1 to 500",
                  .says = "Values in one reading",
                  .set = [](W& w, Text text) { return set_whole(w.readings.series, text, 1, 500); },
                  .get = [](const W& w) { return std::to_string(w.readings.series); }},
    WorkloadField{
        .key = "readings.payload",
        .flag = "payload",
        .accepts = "bytes from 2 to 1000000",
        .says = "Bytes of one reading, written in JSON",
        .set = [](W& w, Text text) { return set_whole(w.readings.payload, text, 2, 1'000'000); },
        .get = [](const W& w) { return std::to_string(w.readings.payload); }},
    WorkloadField{
        .key = "readings.format",
        .flag = "readings-format",
        .accepts = "json or cbor",
        .says = "What the device can write; cbor: that too",
        .set = [](W& w, Text text) { return set_word(w.readings.format, text, kFormats); },
        .get = [](const W& w) { return std::string{name_of(w.readings.format)}; }},
    WorkloadField{
        .key = "readings.batch",
        .flag = "batch",
        .accepts = "a whole number from 0 to 10000",
        .says = "Readings in one message; 0: as many as --may-wait allows",
        .set = [](W& w, Text text) { return set_whole(w.readings.batch, text, 0, 10'000); },
        .get = [](const W& w) { return std::to_string(w.readings.batch); }},
    WorkloadField{
        .key = "readings.may_wait",
        .flag = "may-wait",
        .accepts = "a span from 0s to 30d",
        .says = "How long a reading may wait for others",
        .set = [](W& w, Text text) { return set_span(w.readings.may_wait, text, 0s, 30 * kDay); },
        .get = [](const W& w) { return span_text(w.readings.may_wait); }},
    WorkloadField{
        .key = "readings.latency",
        .flag = "reading-latency",
        .accepts = "a span from 0s to 30d; 0s: not said",
        .says = "How soon the hub must have a reading",
        .set = [](W& w, Text text) { return set_span(w.readings.latency, text, 0s, 30 * kDay); },
        .get = [](const W& w) { return span_text(w.readings.latency); }},

    WorkloadField{
        .key = "commands.per_day",
        .flag = "commands-per-day",
        .accepts = "a number from 0 to 10000000",
        .says = "Commands for each device",
        .set = [](W& w, Text text) { return set_number(w.commands.per_day, text, 0, 1e7); },
        .get = [](const W& w) { return number_text(w.commands.per_day); }},
    WorkloadField{
        .key = "commands.latency",
        .flag = "latency",
        .accepts = "a span from 0s to 30d; 0s: not said",
        .says = "How soon a device must have a command",
        .set = [](W& w, Text text) { return set_span(w.commands.latency, text, 0s, 30 * kDay); },
        .get = [](const W& w) { return span_text(w.commands.latency); }},
    WorkloadField{
        .key = "commands.payload",
        .flag = "command-payload",
        .accepts = "bytes from 0 to 100000",
        .says = "Bytes of a command's parameters",
        .set = [](W& w, Text text) { return set_whole(w.commands.payload, text, 0, 100'000); },
        .get = [](const W& w) { return std::to_string(w.commands.payload); }},

    WorkloadField{
        .key = "configuration.reads_per_day",
        .flag = "config-reads-per-day",
        .accepts = "a number from 0 to 10000000",
        .says = "How often a device's configuration is looked at",
        .set = [](W& w,
                  Text text) { return set_number(w.configuration.reads_per_day, text, 0, 1e7); },
        .get = [](const W& w) { return number_text(w.configuration.reads_per_day); }},
    WorkloadField{
        .key = "configuration.changes_per_day",
        .flag = "config-changes-per-day",
        .accepts = "a number from 0 to 10000000",
        .says = "How often it changes",
        .set = [](W& w,
                  Text text) { return set_number(w.configuration.changes_per_day, text, 0, 1e7); },
        .get = [](const W& w) { return number_text(w.configuration.changes_per_day); }},
    WorkloadField{
        .key = "configuration.payload",
        .flag = "config-payload",
        .accepts = "bytes from 2 to 1000000",
        .says = "Bytes of a configuration",
        .set = [](W& w,
                  Text text) { return set_whole(w.configuration.payload, text, 2, 1'000'000); },
        .get = [](const W& w) { return std::to_string(w.configuration.payload); }},

    WorkloadField{
        .key = "dashboards.watching",
        .flag = "dashboards",
        .accepts = "a whole number from 0 to 1000000",
        .says = "How many dashboards there are",
        .set = [](W& w, Text text) { return set_whole(w.dashboards.watching, text, 0, 1'000'000); },
        .get = [](const W& w) { return std::to_string(w.dashboards.watching); }},
    WorkloadField{
        .key = "dashboards.hours_per_day",
        .flag = "dashboard-hours",
        .accepts = "hours from 0 to 24",
        .says = "How long a day one is open",
        .set = [](W& w, Text text) { return set_number(w.dashboards.hours_per_day, text, 0, 24); },
        .get = [](const W& w) { return number_text(w.dashboards.hours_per_day); }},
    WorkloadField{
        .key = "dashboards.latency",
        .flag = "dashboard-latency",
        .accepts = "a span from 10ms to 1d",
        .says = "How old what it shows may be",
        .set = [](W& w, Text text) { return set_span(w.dashboards.latency, text, 10ms, kDay); },
        .get = [](const W& w) { return span_text(w.dashboards.latency); }},
    WorkloadField{
        .key = "dashboards.devices",
        .flag = "dashboard-devices",
        .accepts = "a whole number from 0 to 100000000; 0: all",
        .says = "How many devices one shows",
        .set = [](W& w,
                  Text text) { return set_whole(w.dashboards.devices, text, 0, 100'000'000); },
        .get = [](const W& w) { return std::to_string(w.dashboards.devices); }},
    WorkloadField{
        .key = "dashboards.clicks_per_hour",
        .flag = "clicks-per-hour",
        .accepts = "a number from 0 to 100000",
        .says = "Commands that are given on one",
        .set = [](W& w,
                  Text text) { return set_number(w.dashboards.clicks_per_hour, text, 0, 1e5); },
        .get = [](const W& w) { return number_text(w.dashboards.clicks_per_hour); }},

    WorkloadField{.key = "network.kind",
                  .flag = "network",
                  .accepts = "ethernet, wifi, lte-m or nb-iot",
                  .says = "What the devices are connected with",
                  .set = [](W& w, Text text) { return set_word(w.network.kind, text, kKinds); },
                  .get = [](const W& w) { return std::string{name_of(w.network.kind)}; }},
    WorkloadField{.key = "network.rtt",
                  .flag = "rtt",
                  .accepts = "a span from 0s to 1m",
                  .says = "The round trip to the hub",
                  .set = [](W& w, Text text) { return set_span(w.network.rtt, text, 0s, 1min); },
                  .get = [](const W& w) { return span_text(w.network.rtt); }},
    WorkloadField{
        .key = "network.kbit_per_second",
        .flag = "kbit",
        .accepts = "a number from 0 to 100000000; 0: what is usual",
        .says = "Upwards, in kbit/s",
        .set = [](W& w, Text text) { return set_number(w.network.kbit_per_second, text, 0, 1e8); },
        .get = [](const W& w) { return number_text(w.network.kbit_per_second); }},
    WorkloadField{.key = "network.loss",
                  .flag = "loss",
                  .accepts = "a share from 0 to 0.5",
                  .says = "Share of packets that are lost",
                  .set = [](W& w, Text text) { return set_number(w.network.loss, text, 0, 0.5); },
                  .get = [](const W& w) { return number_text(w.network.loss); }},
    WorkloadField{
        .key = "network.idle_cut",
        .flag = "idle-cut",
        .accepts = "a span from 10s to 30d",
        .says = "After such a silence a router forgets a connection",
        .set = [](W& w, Text text) { return set_span(w.network.idle_cut, text, 10s, 30 * kDay); },
        .get = [](const W& w) { return span_text(w.network.idle_cut); }},
    WorkloadField{.key = "network.tls",
                  .flag = "tls",
                  .accepts = "true or false",
                  .says = "Whether connections are encrypted",
                  .is_switch = true,
                  .set = [](W& w, Text text) { return set_switch(w.network.tls, text); },
                  .get = [](const W& w) { return switch_text(w.network.tls); }},
    WorkloadField{.key = "network.resumption",
                  .flag = "resumption",
                  .accepts = "true or false",
                  .says = "Whether a device keeps TLS tickets for its next connection",
                  .is_switch = true,
                  .set = [](W& w, Text text) { return set_switch(w.network.resumption, text); },
                  .get = [](const W& w) { return switch_text(w.network.resumption); }},
    WorkloadField{
        .key = "network.connection_life",
        .flag = "connection-life",
        .accepts = "a span from 1s to 30d",
        .says = "How long a connection lasts before the network ends it",
        .set = [](W& w,
                  Text text) { return set_span(w.network.connection_life, text, 1s, 30 * kDay); },
        .get = [](const W& w) { return span_text(w.network.connection_life); }},
};

}  // namespace

std::unexpected<Error> wrong(std::string_view key, const std::string& why) {
    auto failure = fail_field(std::string{key}, why);
    failure.error().detail = std::string{key} + ": " + why;
    return failure;
}

std::string_view name_of(Power power) {
    return kPowers.at(static_cast<std::size_t>(power));
}
std::string_view name_of(Format format) {
    return kFormats.at(static_cast<std::size_t>(format));
}
std::string_view name_of(NetworkKind kind) {
    return kKinds.at(static_cast<std::size_t>(kind));
}

double Workload::readings_per_day() const {
    return 86'400e6 / static_cast<double>(readings.every.count());
}

std::span<const WorkloadField> workload_fields() {
    return kFields;
}

Result<void> set_field(Workload& workload, std::string_view key, std::string_view text) {
    const auto* found = std::ranges::find(kFields, key, &WorkloadField::key);
    if (found == kFields.end()) return wrong(key, "a workload has no such field");
    if (!found->set(workload, text)) {
        return wrong(key, "\"" + std::string{text} + "\" is not accepted, but " +
                              std::string{found->accepts});
    }
    return {};
}

Result<void> validate(const Workload& workload) {
    const auto& readings = workload.readings;
    const std::int64_t bytes = std::max<std::int64_t>(readings.batch, 1) * readings.payload;
    if (bytes > 16 * 1'024 * 1'024) {
        return wrong("readings.batch", fmt::format("a message of {} readings has {} bytes; the hub "
                                                   "takes 16 MiB",
                                                   readings.batch, bytes));
    }
    const Duration filled = readings.every * std::max<std::int64_t>(readings.batch - 1, 0);
    if (readings.latency > Duration{0} && filled > readings.latency) {
        return wrong("readings.batch", "so many readings take " + span_text(filled) +
                                           " to gather, and the hub must have them after " +
                                           span_text(readings.latency));
    }
    return {};
}

bool parse_span(std::string_view text, Duration& span) {
    double number = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || !std::isfinite(number) || number < 0) return false;
    std::string_view unit{rest, end};
    if (unit.empty()) unit = "s";
    if (unit == "min") unit = "m";
    const auto* found = std::ranges::find(kUnits, unit, &Unit::name);
    if (found == kUnits.end() || number * found->microseconds > kYear) return false;
    span = Duration{std::llround(number * found->microseconds)};
    return true;
}

std::string span_text(Duration span) {
    const std::int64_t count = span.count();
    if (count == 0) return "0s";
    for (const Unit& unit : kUnits) {
        const std::int64_t size = std::llround(unit.microseconds);
        if (count % size == 0) return fmt::format("{}{}", count / size, unit.name);
    }
    return fmt::format("{}us", count);
}

}  // namespace tandem::advise
