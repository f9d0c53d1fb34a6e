#include "advise/advice.h"
#include "advise/amount.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem::advise {
namespace {

constexpr int kBarWidth = 24;
// Where the money is not the point: what a device may cost more before it is worth a word.
constexpr double kDaysOfYear = 365;

std::string percent(double share) {
    return fmt::format("{:.0f} %", 100 * share);
}

char letter_of(Door door) {
    constexpr std::string_view letters = "rpsW";
    return letters.at(static_cast<std::size_t>(door));
}

void head(std::string& out, const Workload& workload) {
    out += fmt::format("{}: {} devices on {}, {}, round trip {}{}\n", workload.name,
                       count_text(static_cast<double>(workload.devices)), name_of(workload.power),
                       name_of(workload.network.kind), span_text(workload.network.rtt),
                       workload.network.tls ? ", TLS" : "");
    out += fmt::format("a reading of {} every {}",
                       bytes_text(static_cast<double>(workload.readings.payload)),
                       span_text(workload.readings.every));
    if (workload.commands.per_day > 0) {
        out += fmt::format(", {} commands a day within {}", count_text(workload.commands.per_day),
                           seconds_text(command_need(workload)));
    }
    out += "\n\n";
}

std::string said_of_commands(const Advice& advice) {
    if (advice.workload.commands.per_day <= 0)
        return "none are sent; nothing is held open for them";
    const std::string need = seconds_text(command_need(advice.workload));
    if (advice.best.command_latency > command_need(advice.workload)) {
        return fmt::format("{} at worst; {} are needed, and nothing on this network is in time",
                           seconds_text(advice.best.command_latency), need);
    }
    return fmt::format("{} at worst; {} are needed", seconds_text(advice.best.command_latency),
                       need);
}

std::string said_of_readings(const Advice& advice) {
    std::string out = text_of(advice.best.plan);
    out = out.substr(0, out.find(';'));
    if (advice.best.batch > 1) out += fmt::format(", {} in a message", advice.best.batch);
    return out + fmt::format("; at the hub after {}", seconds_text(advice.best.reading_latency));
}

void doors(std::string& out, const Advice& advice) {
    const auto line = [&](std::string_view purpose, Door door, const std::string& says) {
        out += fmt::format("  {:<14} {:<5} {}\n", purpose, name_of(door), says);
    };
    out += fmt::format("Door: {}\n\n", name_of(advice.door));
    line("readings", advice.readings, said_of_readings(advice));
    line("commands", advice.commands, said_of_commands(advice));
    line("configuration", advice.configuration,
         advice.configuration == Door::kRest ? "read with an ETag, changed with If-Match"
                                             : "looked at so often that a socket is cheaper");
    const auto seen = std::ranges::find(advice.watched, advice.dashboards, &Watching::door);
    line("dashboards", advice.dashboards,
         advice.workload.dashboards.watching > 0
             ? fmt::format("{} behind at worst", seconds_text(seen->latency))
             : "none watches");
    out += "\n";
}

void connection(std::string& out, const Advice& advice) {
    const Estimate& best = advice.best;
    if (best.heartbeat) {
        out += fmt::format(
            "  Keep the socket open. Heartbeat: {}, the path forgets after {}. A "
            "new one would cost less\n  than its heartbeats after {} of silence.\n",
            seconds_text(*best.heartbeat), seconds_text(seconds(advice.workload.network.idle_cut)),
            seconds_text(advice.keep));
    } else if (best.kept) {
        out += "  Keep the connection between requests: they come before the hub closes it.\n";
    } else {
        out += "  Close the connection after each request: the hub would, before the next.\n";
    }
    if (best.batch == 1) {
        out += fmt::format(
            "  If readings may wait: {} in a message save half of the bytes that "
            "batching can save.\n",
            advice.batch_worth);
    }
    if (advice.workload.network.kind != NetworkKind::kEthernet) {
        out += fmt::format("  Radio between messages: {}.\n", name_of(best.reach));
    }
    out += "\n";
}

void device_day(std::string& out, const Advice& advice) {
    const Cost& cost = advice.best.cost;
    out += fmt::format("A device a day: {} in {} packets and {} messages; {} up\n",
                       bytes_text(cost.bytes.total()), count_text(cost.packets),
                       count_text(cost.messages), bytes_text(cost.bytes_up));
    out += fmt::format("  payload {}, HTTP and WebSocket {}, TLS {}, TCP/IP {}\n",
                       bytes_text(cost.bytes.payload), bytes_text(cost.bytes.framing),
                       bytes_text(cost.bytes.tls), bytes_text(cost.bytes.tcp));
    if (advice.workload.network.kind != NetworkKind::kEthernet) {
        out +=
            fmt::format("  radio on {}, {}", seconds_text(cost.radio_on), joules_text(cost.energy));
        if (advice.workload.power == Power::kBattery) {
            constexpr double joules_of_wh = 3'600;
            const double days =
                advice.workload.battery_wh * joules_of_wh / std::max(cost.energy, 1e-9);
            out += fmt::format("; {} Wh last {:.1f} years, the radio alone",
                               count_text(advice.workload.battery_wh), days / kDaysOfYear);
        }
        out += "\n";
    }
    out += fmt::format(
        "The hub for all of them: {:.3g} cores, {} of memory for connections, {} a "
        "day\n\n",
        advice.fleet.hub_cpu / kSecondsOfDay, bytes_text(advice.fleet.hub_memory),
        bytes_text(advice.fleet.bytes.total()));
}

void ways(std::string& out, const Advice& advice) {
    out += "All that a device does, each way:\n";
    out += fmt::format("  {:<51} {:>9} {:>8} {:>8} {:>9} {:>9}\n", "", "bytes", "packets",
                       "hub CPU", "energy", "command");
    double most = 0;
    for (const Estimate& each : advice.ways)
        most = std::max(most, each.cost.bytes.total());
    for (const Estimate& each : advice.ways) {
        const bool wired = advice.workload.network.kind == NetworkKind::kEthernet;
        const bool commands = advice.workload.commands.per_day > 0;
        out += fmt::format(
            "  {:<51} {:>9} {:>8} {:>8} {:>9} {:>9}{}\n", text_of(each.plan),
            bytes_text(each.cost.bytes.total()), count_text(each.cost.packets),
            seconds_text(each.cost.hub_cpu), wired ? "" : joules_text(each.cost.energy),
            commands ? seconds_text(each.command_latency) : "", each.meets ? "" : " late");
        const int width = std::max(static_cast<int>(kBarWidth * each.cost.bytes.total() / most), 1);
        out += "  " + std::string(static_cast<std::size_t>(width), '#') + "\n";
    }
    out += "\n";
}

void break_even(std::string& out, const Advice& advice) {
    out += "Where the answer changes, all else as it is:\n";
    if (advice.break_even.empty()) out += "  nowhere that was looked at\n";
    for (const BreakEven& each : advice.break_even) {
        const bool size = each.field == "readings.payload";
        out += fmt::format("  {:<17} {:>8}  below {}, above {}\n", each.field,
                           size ? bytes_text(each.at) : seconds_text(each.at), name_of(each.below),
                           name_of(each.above));
    }
    out += "\n  bytes   by how often: W ws, s sse, p poll, r rest\n";
    const std::size_t columns = advice.map.every.size();
    for (std::size_t at = advice.map.payload.size(); at-- > 0;) {
        out += fmt::format("  {:>7} ", bytes_text(advice.map.payload[at]));
        for (std::size_t column = 0; column < columns; ++column)
            out += fmt::format("{:>6}", letter_of(advice.map.doors[at * columns + column]));
        out += "\n";
    }
    out += fmt::format("  {:>7} ", "every");
    for (const double every : advice.map.every) {
        std::string text = seconds_text(every);
        std::erase(text, ' ');
        out += fmt::format("{:>6}", text);
    }
    out += "\n\n";
}

void sure(std::string& out, const Advice& advice, const Constants& constants) {
    out += fmt::format(
        "How sure: {} of the constants moved to the ends of what they may be leave "
        "the door as it is.\n",
        percent(advice.sure));
    if (advice.margin <= kTie) {
        out += "  Another door costs as much; this one is simpler.\n";
    } else if (advice.margin < 1e6) {
        out += fmt::format("  The best way through another door costs {} more.\n",
                           percent(advice.margin));
    } else {
        out += "  No other door is in time.\n";
    }
    for (const Doubt& each : advice.doubts) {
        out += fmt::format("  {} if {} were {:.4g} {} instead of {:.4g}\n", name_of(each.door),
                           row(each.constant).name, each.value, row(each.constant).unit,
                           constants[each.constant]);
    }
    const bool calibrated = std::ranges::any_of(
        constant_rows(), [&](const ConstantRow& each) { return constants.replaced(each.id); });
    out += calibrated ? "  Processor time and sizes are from a calibration.\n"
                      : "  Processor time is that of the machine of docs/measurements.md; "
                        "`--constants FILE` takes yours.\n";
}

}  // namespace

std::string text_of(const Advice& advice, const Constants& constants) {
    std::string out;
    head(out, advice.workload);
    doors(out, advice);
    connection(out, advice);
    device_day(out, advice);
    ways(out, advice);
    break_even(out, advice);
    sure(out, advice, constants);
    return out;
}

}  // namespace tandem::advise
