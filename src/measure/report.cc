#include "measure/report.h"

#include "advise/amount.h"
#include "base/checked.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace tandem::measure {
namespace {

constexpr std::array kParts{Part::kUp, Part::kDown, Part::kFanOut};
constexpr std::uint64_t kSeed = 1;

Value number(double value) {
    if (!std::isfinite(value) || std::abs(value) < 1e-9) return Value{0.0};
    const double scale = std::pow(10, 5 - std::floor(std::log10(std::abs(value))));
    return Value{std::round(value * scale) / scale};
}

Value interval_value(const Interval& interval) {
    return Value::Object{{"value", number(interval.value)},
                         {"low", number(interval.low)},
                         {"high", number(interval.high)}};
}

Value latency_value(const Latency& latency) {
    return Value::Object{{"p50", number(latency.p50)},   {"p90", number(latency.p90)},
                         {"p99", number(latency.p99)},   {"p99_9", number(latency.p999)},
                         {"most", number(latency.most)}, {"count", std::uint64_t{latency.count}}};
}

Value way_value(const BenchResult& result, const WayResult& way) {
    Value figures = Value::Object{};
    for (const Row& row : rows_of(result, way)) {
        Value one = interval_value(row.value);
        one.set("ratio", interval_value(row.beside.ratio));
        one.set("real", row.beside.real());
        figures.set(row.figure, std::move(one));
    }
    return Value::Object{{"part", std::string{name_of(way.part)}},
                         {"way", way.way},
                         {"door", std::string{advise::name_of(way.door)}},
                         {"peer", way.peer},
                         {"answered", way.answered},
                         {"lost", way.lost},
                         {"latency_us", latency_value(latency_of(way.latencies))},
                         {"figures", std::move(figures)}};
}

constexpr std::array kFloorFigures{"p50_us",  "p99_us",        "hub_cpu_us",         "bytes",
                                   "packets", "client_cpu_us", "flat_out_per_second"};

Value floor_value(const Floor& floor) {
    Value made = Value::Object{{"way", floor.hub->way}, {"peer", floor.peer->way}};
    Value figures = Value::Object{};
    SeededRandom random{kSeed};
    for (const char* figure : kFloorFigures) {
        const auto hub = floor.hub->rounds.find(figure);
        const auto peer = floor.peer->rounds.find(figure);
        if (hub == floor.hub->rounds.end() || peer == floor.peer->rounds.end()) continue;
        const Comparison beside = compare(hub->second, peer->second, random);
        figures.set(figure, Value::Object{{"hub", number(floor.hub->mean(figure))},
                                          {"peer", number(floor.peer->mean(figure))},
                                          {"own", number(floor.own(figure))},
                                          {"ratio", interval_value(beside.ratio)},
                                          {"real", beside.real()}});
    }
    made.set("figures", std::move(figures));
    return made;
}

Value peers_value(const BenchPlan& plan) {
    Value made = Value::Object{};
    for (const auto& [door, peer] :
         {std::pair{"rest", &plan.peer_rest}, {"ws", &plan.peer_socket}}) {
        if (!peer->has_value()) continue;
        const Peer& there = checked(*peer);
        made.set(door, Value::Object{{"url", there.url},
                                     {"processes", static_cast<std::int64_t>(there.pids.size())}});
    }
    return made;
}

void floors_table(std::string& out, const BenchResult& result) {
    const auto floors = floors_of(result);
    if (floors.empty()) return;
    out += "What is the hub's own: less what a server takes that does nothing with the message\n";
    out += fmt::format("  {:<40}{:>9}{:>9}{:>9}{:>10}{:>9}{:>9}\n", "", "p50", "peer's", "own",
                       "CPU", "peer's", "own");
    const auto us = [](double value) {
        return (value < 0 ? "-" : "") + advise::seconds_text(std::abs(value) / 1e6);
    };
    for (const Floor& floor : floors) {
        const bool known =
            floor.hub->rounds.contains("hub_cpu_us") && floor.peer->rounds.contains("hub_cpu_us");
        out += fmt::format("  {:<40}{:>9}{:>9}{:>9}{:>10}{:>9}{:>9}\n", floor.hub->way,
                           us(floor.hub->mean("p50_us")), us(floor.peer->mean("p50_us")),
                           us(floor.own("p50_us")), hub_cpu_text(*floor.hub),
                           hub_cpu_text(*floor.peer), known ? us(floor.own("hub_cpu_us")) : "–");
    }
    out += "\n";
}

std::string title_of(Part part, const BenchResult& result) {
    switch (part) {
        case Part::kUp:
            return fmt::format(
                "Readings up: {} devices, {:.0f} messages a second; {} readings in "
                "a batch",
                result.devices, result.per_second, result.batch);
        case Part::kDown:
            return "Commands down: from the caller's request until the device has them";
        case Part::kFanOut:
            return "Events to eight dashboards: from the reading until each has it";
    }
    return {};
}

std::string ratio_text(const Comparison& comparison) {
    const Interval& ratio = comparison.ratio;
    if (ratio.value <= 0) return "";
    return fmt::format("{:.2f}{}", ratio.value, comparison.real() ? "" : " ~");
}

void table(std::string& out, const BenchResult& result, Part part) {
    out += title_of(part, result) + "\n";
    out += fmt::format("  {:<40}{:>9}{:>9}{:>9}{:>9}{:>9}{:>8}{:>9}{:>7}{:>9}{:>9}\n", "", "p50",
                       "p90", "p99", "p99.9", "bytes", "packets", "hub CPU", "", "own CPU",
                       part == Part::kUp ? "most/s" : "");
    const WayResult& reference = result.ways[reference_of(result, part)];
    for (const WayResult& way : result.ways) {
        if (way.part != part) continue;
        const Latency latency = latency_of(way.latencies);
        const auto us = [](double value) { return advise::seconds_text(value / 1e6); };
        const auto rows = rows_of(result, way);
        const auto cpu = std::ranges::find(rows, "hub_cpu_us", &Row::figure);
        const double most = way.mean("flat_out_per_second");
        out += fmt::format(
            "  {:<40}{:>9}{:>9}{:>9}{:>9}{:>9}{:>8.1f}{:>9}{:>7}{:>9}{:>9}\n", way.way,
            us(latency.p50), us(latency.p90), us(latency.p99), us(latency.p999),
            advise::bytes_text(way.mean("bytes")), way.mean("packets"), hub_cpu_text(way),
            cpu == rows.end() || &way == &reference ? "" : ratio_text(cpu->beside),
            us(way.mean("client_cpu_us")), most > 0 ? advise::count_text(std::round(most)) : "");
    }
    out += "\n";
}

const WayResult* find_way(const BenchResult& result, std::string_view name) {
    const auto found = std::ranges::find(result.ways, name, &WayResult::way);
    return found == result.ways.end() ? nullptr : &*found;
}

// To what share a batch is compressed; 0 where it was not. Around both messages is the same.
double deflated_share(const BenchResult& result) {
    const WayResult* plain = find_way(result, "WebSocket, batched");
    const WayResult* small = find_way(result, "WebSocket, batched, deflate");
    if (plain == nullptr || small == nullptr || plain->mean("payload_bytes") <= 0) return 0;
    const double saved = plain->mean("framing_bytes") - small->mean("framing_bytes");
    return saved > 0 ? 1 - saved / plain->mean("payload_bytes") : 0;
}

}  // namespace

std::string memory_text(std::string_view kind, double bytes) {
    return fmt::format("Memory of the hub for a connection, {}: {}", kind,
                       bytes > 0 ? advise::bytes_text(bytes) : "too few of them to tell");
}

std::size_t reference_of(const BenchResult& result, Part part) {
    const std::string_view wanted = part == Part::kUp ? "REST, kept alive" : "long poll";
    std::size_t first = 0;
    bool any = false;
    for (std::size_t at = 0; at < result.ways.size(); ++at) {
        if (result.ways[at].part != part) continue;
        if (result.ways[at].way == wanted) return at;
        if (!any) first = at;
        any = true;
    }
    return first;
}

std::vector<Row> rows_of(const BenchResult& result, const WayResult& way) {
    SeededRandom random{kSeed};
    std::vector<Row> rows;
    const WayResult& reference = result.ways[reference_of(result, way.part)];
    for (const auto& [figure, values] : way.rounds) {
        Row row{.figure = figure, .value = bootstrap(values, random)};
        if (const auto found = reference.rounds.find(figure); found != reference.rounds.end()) {
            row.beside = compare(values, found->second, random);
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

std::string hub_cpu_text(const WayResult& way) {
    if (!way.rounds.contains("hub_cpu_us")) return "–";
    return advise::seconds_text(way.mean("hub_cpu_us") / 1e6);
}

std::string network_of(const BenchResult& result) {
    if (result.plan.relay_port != 0) return result.plan.network;
    return result.plan.pid == 0 ? "what lies between here and the hub"
                                : "loopback, nothing delayed";
}

Value report_value(const BenchResult& result, const Machine& machine) {
    Value::Array ways;
    for (const WayResult& way : result.ways)
        ways.push_back(way_value(result, way));
    Value::Array floors;
    for (const Floor& floor : floors_of(result))
        floors.push_back(floor_value(floor));
    Value::Array checks;
    for (const Check& check : result.checks) {
        checks.push_back(
            Value::Object{{"name", check.name}, {"good", check.good}, {"says", check.says}});
    }
    Value workload = Value::Object{};
    for (const advise::WorkloadField& field : advise::workload_fields())
        workload.set(field.key, field.get(result.plan.workload));
    Value memory = Value::Object{};
    for (const auto& [kind, bytes] : result.memory)
        memory.set(kind, number(bytes));
    return Value::Object{
        {"kind", "bench"},
        {"sound", result.sound()},
        {"checks", std::move(checks)},
        {"ways", std::move(ways)},
        {"peers", peers_value(result.plan)},
        {"floors", std::move(floors)},
        {"memory_bytes", std::move(memory)},
        {"wire", Value::Object{{"connections", static_cast<std::int64_t>(result.wire.connections)},
                               {"packets", number(result.wire.packets())},
                               {"bytes", number(result.wire.total())}}},
        {"rounds", result.plan.rounds},
        {"devices", static_cast<std::int64_t>(result.devices)},
        {"per_second", number(result.per_second)},
        {"batch", result.batch},
        {"seconds", number(result.seconds)},
        {"network", network_of(result)},
        {"machine", Value::Object{{"processor", machine.processor},
                                  {"system", machine.system},
                                  {"cores", static_cast<std::int64_t>(machine.cores)},
                                  {"version", machine.version},
                                  {"hub", machine.hub},
                                  {"made", machine.made}}},
        {"workload", std::move(workload)},
        {"constants", calibration_of(result, machine).find("constants") == nullptr
                          ? Value{}
                          : *calibration_of(result, machine).find("constants")}};
}

std::string report_text(const BenchResult& result) {
    std::string out;
    for (const Part part : kParts)
        table(out, result, part);
    floors_table(out, result);
    out +=
        "The number behind the hub's CPU is the ratio to REST kept alive, or to long poll; ~: "
        "the difference may be noise.\nBytes and packets are those of both directions, for each "
        "message.\n";
    for (const auto& [kind, bytes] : result.memory) {
        out += memory_text(kind, bytes) + "\n";
    }
    out += "\n";
    for (const Check& check : result.checks)
        out += fmt::format("  {} {:<12} {}\n", check.good ? "ok " : "NOT", check.name, check.says);
    out +=
        result.sound() ? "\n" : "\nThese figures do not say what the doors cost: see NOT above.\n";
    return out;
}

Value calibration_of(const BenchResult& result, const Machine& machine) {
    if (result.plan.pid == 0) return Value::Object{};
    Value constants = Value::Object{};
    const auto put = [&](advise::Constant id, double value) {
        if (value > 0) constants.set(advise::row(id).name, number(value));
    };
    using advise::Constant;
    const auto cpu = [&](std::string_view name) {
        const WayResult* way = find_way(result, name);
        return way == nullptr ? 0 : way->mean("hub_cpu_us");
    };
    const double rest = cpu("REST, kept alive");
    const double socket = cpu("WebSocket, JSON");
    put(Constant::kCpuRest, rest);
    put(Constant::kCpuSocket, socket);
    const double more = static_cast<double>(result.batch - 1);
    if (more > 0) put(Constant::kCpuRestReading, (cpu("REST, batched") - rest) / more);
    if (more > 0) put(Constant::kCpuSocketReading, (cpu("WebSocket, batched") - socket) / more);
    if (result.deflate) {
        put(Constant::kCpuDeflate, cpu("WebSocket, batched, deflate") - cpu("WebSocket, batched"));
        put(Constant::kDeflateBatch, deflated_share(result));
    }
    const double opening = cpu("REST, a connection per request") - rest;
    // What opening a connection costs; with TLS its handshake, which is a whole one.
    if (result.plan.hub.tls == nullptr) {
        put(Constant::kCpuConnect, opening);
    } else {
        put(Constant::kCpuTlsFull, opening - advise::row(Constant::kCpuConnect).value);
    }
    const auto memory = [&](const char* kind) {
        const auto found = result.memory.find(kind);
        const double tls =
            result.plan.hub.tls == nullptr ? 0 : advise::row(Constant::kMemoryTls).value;
        return found == result.memory.end() ? 0 : found->second - tls;
    };
    put(Constant::kMemoryHttp, memory("rest"));
    put(Constant::kMemorySocket, memory("ws"));
    return Value::Object{{"kind", "calibration"},
                         {"made", machine.made},
                         {"processor", machine.processor},
                         {"constants", std::move(constants)}};
}

}  // namespace tandem::measure
