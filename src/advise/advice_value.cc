#include "advise/advice.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace tandem::advise {
namespace {

constexpr double kDaysOfYear = 365;
constexpr double kJoulesOfWh = 3'600;

// Nine digits: what a model gives has fewer, and the last ones of a sum differ between compilers.
Value number(double value) {
    if (std::abs(value) < 1e-12) return Value{0.0};
    const double scale = std::pow(10, 8 - std::floor(std::log10(std::abs(value))));
    return Value{std::round(value * scale) / scale};
}

Value bytes_value(const Bytes& bytes) {
    return Value::Object{{"payload", number(bytes.payload)},
                         {"framing", number(bytes.framing)},
                         {"tls", number(bytes.tls)},
                         {"tcp_ip", number(bytes.tcp)},
                         {"total", number(bytes.total())}};
}

Value cost_value(const Cost& cost) {
    return Value::Object{{"bytes", bytes_value(cost.bytes)},
                         {"bytes_up", number(cost.bytes_up)},
                         {"packets", number(cost.packets)},
                         {"messages", number(cost.messages)},
                         {"round_trips", number(cost.round_trips)},
                         {"connections", number(cost.connections)},
                         {"hub_cpu_s", number(cost.hub_cpu)},
                         {"client_cpu_s", number(cost.client_cpu)},
                         {"hub_memory_bytes", number(cost.hub_memory)},
                         {"radio_on_s", number(cost.radio_on)},
                         {"energy_j", number(cost.energy)},
                         {"price_usd", number(cost.price)}};
}

Value way_value(const Estimate& estimate) {
    return Value::Object{{"way", text_of(estimate.plan)},
                         {"door", std::string{name_of(estimate.plan.door())}},
                         {"meets", estimate.meets},
                         {"batch", estimate.batch},
                         {"kept", estimate.kept},
                         {"reach", std::string{name_of(estimate.reach)}},
                         {"reading_latency_s", number(estimate.reading_latency)},
                         {"command_latency_s", number(estimate.command_latency)},
                         {"day", cost_value(estimate.cost)}};
}

Value watched_value(const std::vector<Watching>& watched) {
    Value::Array out;
    for (const Watching& each : watched) {
        out.push_back(Value::Object{{"door", std::string{name_of(each.door)}},
                                    {"meets", each.meets},
                                    {"latency_s", number(each.latency)},
                                    {"day", cost_value(each.cost)}});
    }
    return out;
}

Value workload_value(const Workload& workload) {
    Value out = Value::Object{};
    for (const WorkloadField& field : workload_fields())
        out.set(field.key, field.get(workload));
    return out;
}

Value break_even_value(const Advice& advice) {
    Value::Array out;
    for (const BreakEven& each : advice.break_even) {
        out.push_back(Value::Object{{"field", each.field},
                                    {"at", number(each.at)},
                                    {"unit", each.field == "readings.payload" ? "B" : "s"},
                                    {"below", std::string{name_of(each.below)}},
                                    {"above", std::string{name_of(each.above)}}});
    }
    return out;
}

Value map_value(const Map& map) {
    Value::Array every;
    for (const double each : map.every)
        every.emplace_back(each);
    Value::Array payload;
    for (const double each : map.payload)
        payload.emplace_back(each);
    Value::Array rows;
    for (std::size_t at = 0; at < map.doors.size(); at += map.every.size()) {
        Value::Array row;
        for (std::size_t column = 0; column < map.every.size(); ++column)
            row.emplace_back(std::string{name_of(map.doors[at + column])});
        rows.emplace_back(std::move(row));
    }
    return Value::Object{{"every_s", std::move(every)},
                         {"payload_bytes", std::move(payload)},
                         {"doors", std::move(rows)}};
}

Value doubts_value(const Advice& advice) {
    Value::Array out;
    for (const Doubt& each : advice.doubts) {
        out.push_back(Value::Object{{"constant", std::string{row(each.constant).name}},
                                    {"value", number(each.value)},
                                    {"door", std::string{name_of(each.door)}}});
    }
    return out;
}

Value replaced_value(const Constants& constants) {
    Value out = Value::Object{};
    for (const ConstantRow& each : constant_rows()) {
        if (constants.replaced(each.id)) out.set(each.name, number(constants[each.id]));
    }
    return out;
}

Value battery_value(const Advice& advice) {
    if (advice.workload.power != Power::kBattery || advice.best.cost.energy <= 0) return {};
    return number(advice.workload.battery_wh * kJoulesOfWh / advice.best.cost.energy / kDaysOfYear);
}

}  // namespace

Value value_of(const Advice& advice, const Constants& constants) {
    const Estimate& best = advice.best;
    Value::Array ways;
    for (const Estimate& each : advice.ways)
        ways.push_back(way_value(each));
    return Value::Object{
        {"door", std::string{name_of(advice.door)}},
        {"doors", Value::Object{{"readings", std::string{name_of(advice.readings)}},
                                {"commands", std::string{name_of(advice.commands)}},
                                {"configuration", std::string{name_of(advice.configuration)}},
                                {"dashboards", std::string{name_of(advice.dashboards)}}}},
        {"meets", best.meets},
        {"sure", number(advice.sure)},
        {"margin", advice.margin < 1e6 ? number(advice.margin) : Value{}},
        {"batch", best.batch},
        {"batch_worth", advice.batch_worth},
        {"heartbeat_s", best.heartbeat ? number(*best.heartbeat) : Value{}},
        {"keep_silent_s", number(advice.keep)},
        {"battery_years", battery_value(advice)},
        {"device", way_value(best)},
        {"fleet", Value::Object{{"devices", advice.workload.devices},
                                {"hub_cores", number(advice.fleet.hub_cpu / kSecondsOfDay)},
                                {"hub_memory_bytes", number(advice.fleet.hub_memory)},
                                {"bytes_a_day", number(advice.fleet.bytes.total())},
                                {"messages_a_day", number(advice.fleet.messages)}}},
        {"break_even", break_even_value(advice)},
        {"map", map_value(advice.map)},
        {"doubts", doubts_value(advice)},
        {"ways", std::move(ways)},
        {"dashboards", watched_value(advice.watched)},
        {"configuration", watched_value(advice.configured)},
        {"workload", workload_value(advice.workload)},
        {"constants", replaced_value(constants)}};
}

}  // namespace tandem::advise
