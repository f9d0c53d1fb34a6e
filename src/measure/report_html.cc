#include "advise/amount.h"
#include "base/checked.h"
#include "measure/report.h"
#include "measure/svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace tandem::measure {
namespace {

constexpr std::string_view kStyle = R"(
:root{color-scheme:light dark;--ink:#1c2430;--faint:#5b6675;--paper:#fff;--line:#d5dae1;
--bad:#b3261e;--good:#1f6f43;--c0:#2f6db3;--c1:#d98324;--c2:#7a52a8;--c3:#9aa3ad;--c4:#2c8a74;
--c5:#b8466b}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ee;--faint:#a0a9b5;--paper:#14181f;
--line:#39424e;--bad:#ff8a80;--good:#7fd6a2;--c0:#6aa8ee;--c1:#f0a95b;--c2:#b494e0;--c3:#77818d;
--c4:#5cc2aa;--c5:#e880a2}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1040px;padding:24px 18px 60px;background:var(--paper);
color:var(--ink);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.7rem;line-height:1.2;margin:.2em 0}
h2{font-size:1.2rem;margin:2.2em 0 .4em}
p,li{max-width:68ch}
.faint{color:var(--faint)}.bad{color:var(--bad)}.good{color:var(--good)}
svg{width:100%;height:auto;display:block;margin:.6em 0 1em;font:12px system-ui,sans-serif}
svg text{fill:var(--ink)}
svg text.on{fill:var(--paper);font-weight:600}
svg line{stroke:var(--line)}
svg line.whisker{stroke:var(--ink)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.85rem}
th,td{text-align:right;padding:.3em .45em;border-bottom:1px solid var(--line);white-space:nowrap}
th:first-child,td:first-child{text-align:left}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2em 1em}
dt{color:var(--faint)}
dd{margin:0}
@media print{:root{--ink:#000;--faint:#444;--paper:#fff;--line:#bbb;--c0:#222;--c1:#777;--c2:#444;
--c3:#bbb;--c4:#999;--c5:#555}
body{max-width:none;padding:0;font-size:10pt}
table{font-size:7.5pt}
h2,svg,table{break-inside:avoid}
h2{break-after:avoid}}
)";

std::string us(double value) {
    return advise::seconds_text(value / 1e6);
}

const Row* find_row(const std::vector<Row>& rows, std::string_view figure) {
    const auto found = std::ranges::find(rows, figure, &Row::figure);
    return found == rows.end() ? nullptr : &*found;
}

// Of the hub: peers have a section of their own.
std::vector<const WayResult*> ways_of(const BenchResult& result, Part part) {
    std::vector<const WayResult*> out;
    for (const WayResult& way : result.ways)
        if (way.part == part && !way.peer) out.push_back(&way);
    return out;
}

std::string bytes_chart(const BenchResult& result, Part part) {
    BarChart chart{.title = "Bytes of a message by layer",
                   .parts = {"payload", "HTTP, WebSocket", "TLS", "TCP/IP"}};
    for (const WayResult* way : ways_of(result, part)) {
        const double payload = way->mean("payload_bytes");
        const double framing = way->mean("framing_bytes");
        chart.bars.push_back(
            {.name = way->way,
             // What was compressed is less than what it says.
             .parts = {std::min(payload, payload + framing), std::max(framing, 0.0),
                       way->mean("tls_bytes"), way->mean("tcp_ip_bytes")},
             .label = advise::bytes_text(way->mean("bytes"))});
    }
    return draw(chart);
}

std::string cpu_chart(const BenchResult& result, Part part) {
    BarChart chart{.title = "Processor time of the hub for a message", .parts = {"hub"}};
    for (const WayResult* way : ways_of(result, part)) {
        const auto rows = rows_of(result, *way);
        const Row* row = find_row(rows, "hub_cpu_us");
        if (row == nullptr)
            return "<p class=faint>The hub runs elsewhere: its processor time is "
                   "not known.</p>";
        chart.bars.push_back({.name = way->way,
                              .parts = {row->value.value},
                              .label = us(row->value.value),
                              .low = row->value.low,
                              .high = row->value.high});
    }
    return draw(chart);
}

// Across: how many nines; up: the latency, both in equal ratios.
std::string latency_chart(const BenchResult& result, Part part) {
    constexpr std::array<std::pair<double, std::string_view>, 5> shares{
        {{0, "0 %"}, {0.5, "50 %"}, {0.9, "90 %"}, {0.99, "99 %"}, {0.999, "99.9 %"}}};
    const auto across = [](double share) { return -std::log10(1 - share) / 3.0; };
    double least = 1e12;
    double most = 1;
    for (const WayResult* way : ways_of(result, part)) {
        const Latency latency = latency_of(way->latencies);
        if (latency.count == 0) continue;
        std::vector<double> sorted = way->latencies;
        least = std::min(least, *std::ranges::min_element(sorted));
        most = std::max(most, latency.p999);
    }
    const double low = std::floor(std::log10(std::max(least, 1.0)));
    const double high = std::max(std::ceil(std::log10(most)), low + 1);
    const auto up = [&](double value) {
        return (std::log10(std::max(value, 1.0)) - low) / (high - low);
    };
    LineChart chart{.title = "Latency"};
    for (const auto& [share, name] : shares)
        chart.across.emplace_back(across(share), std::string{name});
    for (double decade = low; decade <= high; decade += 1)
        chart.up.emplace_back((decade - low) / (high - low), us(std::pow(10, decade)));
    for (const WayResult* way : ways_of(result, part)) {
        Line line{.name = way->way};
        std::vector<double> sorted = way->latencies;
        std::ranges::sort(sorted);
        for (int at = 0; at <= 60 && !sorted.empty(); ++at) {
            const double nines = at / 20.0;
            const double share = 1 - std::pow(10, -nines);
            line.points.emplace_back(nines / 3, up(percentile(sorted, share)));
        }
        chart.lines.push_back(std::move(line));
    }
    return draw(chart);
}

std::string figures_table(const BenchResult& result, Part part) {
    std::string out =
        "<div class=scroll><table><tr><th></th><th>p50</th><th>p90</th><th>p99</th><th>p99.9</th>"
        "<th>bytes</th><th>packets</th><th>hub CPU</th><th>ratio</th><th>client CPU</th>"
        "<th>most/s</th><th>lost</th></tr>";
    const WayResult* reference = &result.ways[reference_of(result, part)];
    for (const WayResult* way : ways_of(result, part)) {
        const Latency latency = latency_of(way->latencies);
        const auto rows = rows_of(result, *way);
        const Row* cpu = find_row(rows, "hub_cpu_us");
        std::string ratio;
        if (cpu != nullptr && way != reference) {
            const Interval& of = cpu->beside.ratio;
            ratio = fmt::format("{:.2f} ({:.2f}–{:.2f}){}", of.value, of.low, of.high,
                                cpu->beside.real() ? "" : " noise");
        }
        const double most = way->mean("flat_out_per_second");
        out += fmt::format(
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>"
            "<td>{:.1f}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>"
            "</tr>",
            escape_html(way->way), us(latency.p50), us(latency.p90), us(latency.p99),
            us(latency.p999), advise::bytes_text(way->mean("bytes")), way->mean("packets"),
            hub_cpu_text(*way), ratio, us(way->mean("client_cpu_us")),
            most > 0 ? advise::count_text(std::round(most)) : "", way->lost);
    }
    return out + "</table></div>\n";
}

std::string signed_us(double value) {
    return (value < 0 ? "−" : "") + us(std::abs(value));
}

// Nothing where one of the two is not known.
std::string cpu_of_floors(const std::vector<Floor>& floors) {
    BarChart chart{.title = "Processor time of the server for a message",
                   .parts = {"protocol: what the peer takes", "the hub's own"}};
    for (const Floor& floor : floors) {
        const double peer = floor.peer->mean("hub_cpu_us");
        const double hub = floor.hub->mean("hub_cpu_us");
        if (peer <= 0 || hub <= 0) continue;
        chart.bars.push_back({.name = floor.hub->way,
                              .parts = {std::min(peer, hub), std::max(hub - peer, 0.0)},
                              .label = us(hub)});
    }
    if (chart.bars.empty()) return "";
    return "<p>Processor time of the server for a message</p>\n" + draw(chart);
}

std::string floor_row(const Floor& floor) {
    const auto most = [](const WayResult& way) {
        const double rate = way.mean("flat_out_per_second");
        return rate > 0 ? advise::count_text(std::round(rate)) : std::string{"–"};
    };
    const WayResult& hub = *floor.hub;
    const WayResult& peer = *floor.peer;
    const bool known = hub.mean("hub_cpu_us") > 0 && peer.mean("hub_cpu_us") > 0;
    std::string out = "<tr><td>" + escape_html(hub.way) + "</td>";
    for (const std::string& cell :
         {us(hub.mean("p50_us")), us(peer.mean("p50_us")), signed_us(floor.own("p50_us")),
          us(hub.mean("p99_us")), us(peer.mean("p99_us")), hub_cpu_text(hub), hub_cpu_text(peer),
          known ? signed_us(floor.own("hub_cpu_us")) : std::string{"–"},
          advise::bytes_text(hub.mean("bytes")), advise::bytes_text(peer.mean("bytes")), most(hub),
          most(peer)})
        out += "<td>" + cell + "</td>";
    return out + "</tr>";
}

std::string map_chart(const advise::Advice& advice) {
    GridChart chart{.title = "The door for each rate and size of readings"};
    for (const double every : advice.map.every)
        chart.columns.push_back(advise::seconds_text(every));
    const std::size_t columns = advice.map.every.size();
    for (std::size_t row = advice.map.payload.size(); row-- > 0;) {
        chart.rows.push_back(advise::bytes_text(advice.map.payload[row]));
        for (std::size_t column = 0; column < columns; ++column) {
            const advise::Door door = advice.map.doors[row * columns + column];
            constexpr std::array colours{1, 2, 4, 0};
            chart.colours.push_back(colours.at(static_cast<std::size_t>(door)));
            chart.texts.emplace_back(advise::name_of(door));
        }
    }
    return draw(chart);
}

std::string day_table(const advise::Advice& advice) {
    std::string out =
        "<div class=scroll><table><tr><th>all that the devices do, a day</th>"
        "<th>bytes</th><th>messages</th><th>hub CPU</th><th>memory</th>"
        "<th>command</th></tr>";
    for (const advise::Estimate& each : advice.ways) {
        const advise::Cost fleet = each.cost.times(static_cast<double>(advice.workload.devices));
        out += fmt::format(
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>"
            "</tr>",
            escape_html(advise::text_of(each.plan)), advise::bytes_text(fleet.bytes.total()),
            advise::count_text(fleet.messages), advise::seconds_text(fleet.hub_cpu),
            advise::bytes_text(fleet.hub_memory),
            advice.workload.commands.per_day > 0 ? advise::seconds_text(each.command_latency) : "");
    }
    return out + "</table></div>\n";
}

void advice_section(std::string& out, const advise::Advice& advice) {
    out += fmt::format(
        "<h2>What to take</h2>\n<p><strong>{}</strong> for the devices. Readings "
        "over {}, commands over {}, configuration over {}, dashboards over {}. {:.0f} "
        "% of the constants of the model could be moved to the ends of what they "
        "may be without changing that.</p>\n",
        advise::name_of(advice.door), advise::name_of(advice.readings),
        advise::name_of(advice.commands), advise::name_of(advice.configuration),
        advise::name_of(advice.dashboards), 100 * advice.sure);
    if (!advice.break_even.empty()) out += "<ul>\n";
    for (const advise::BreakEven& each : advice.break_even) {
        out += fmt::format("<li>{}: below {} {}, above {}</li>\n", escape_html(each.field),
                           each.field == "readings.payload" ? advise::bytes_text(each.at)
                                                            : advise::seconds_text(each.at),
                           advise::name_of(each.below), advise::name_of(each.above));
    }
    if (!advice.break_even.empty()) out += "</ul>\n";
    out += "<p>The door by how often a device has a reading, and how large it is:</p>\n";
    out += map_chart(advice);
    out += day_table(advice);
}

void part_section(std::string& out, const BenchResult& result, Part part) {
    constexpr std::array<std::string_view, 3> titles{"Readings up", "Commands down",
                                                     "Events to dashboards"};
    out += fmt::format("<h2>{}</h2>\n", titles.at(static_cast<std::size_t>(part)));
    if (part == Part::kUp) {
        out += fmt::format(
            "<p>{} devices send {:.0f} messages a second together, whatever the "
            "answers do; latency counts from when a message was due until it was "
            "acknowledged. A batch has {} readings.</p>\n",
            result.devices, result.per_second, result.batch);
    }
    out +=
        "<p>Latency, by the share of messages that were faster</p>\n" + latency_chart(result, part);
    out += "<p>Bytes of a message on the wire, both directions</p>\n" + bytes_chart(result, part);
    out += "<p>Processor time of the hub for a message, with its 95 % interval</p>\n" +
           cpu_chart(result, part);
    out += figures_table(result, part);
}

void peers_section(std::string& out, const BenchResult& result) {
    const auto floors = floors_of(result);
    if (floors.empty()) return;
    out +=
        "<h2>The hub beside servers that do nothing</h2>\n<p>The same generator sends the same "
        "messages to";
    for (const auto* peer : {&result.plan.peer_rest, &result.plan.peer_socket})
        if (peer->has_value()) out += " " + escape_html(checked(*peer).url);
    out +=
        ", where nothing is checked, kept or passed on. What the hub takes beyond that is its "
        "own; the rest belongs to the protocol, the system and the generator.</p>\n";
    out += cpu_of_floors(floors);
    out +=
        "<div class=scroll><table><tr><th></th><th>p50</th><th>peer's</th><th>own</th>"
        "<th>p99</th><th>peer's</th><th>CPU</th><th>peer's</th><th>own</th><th>bytes</th>"
        "<th>peer's</th><th>most/s</th><th>peer's</th></tr>";
    for (const Floor& floor : floors)
        out += floor_row(floor);
    out += "</table></div>\n";
}

void checks_section(std::string& out, const BenchResult& result) {
    out += "<h2>Whether to believe it</h2>\n<ul>\n";
    for (const Check& check : result.checks) {
        out += fmt::format("<li><span class={}>{}</span> {}: {}</li>\n",
                           check.good ? "good" : "bad", check.good ? "ok" : "not",
                           escape_html(check.name), escape_html(check.says));
    }
    out += "</ul>\n";
    for (const auto& [kind, bytes] : result.memory) {
        out += "<p>" + memory_text(kind, bytes) + "</p>\n";
    }
}

}  // namespace

std::string report_html(const BenchResult& result,
                        const Machine& machine,
                        const advise::Advice& advice) {
    const std::string name = escape_html(result.plan.workload.name);
    std::string out =
        "<!doctype html>\n<html lang=en>\n<meta charset=utf-8>\n"
        "<meta name=viewport content=\"width=device-width,initial-scale=1\">\n";
    out += fmt::format("<title>Tandem: {}</title>\n<style>{}</style>\n", name, kStyle);
    out += fmt::format(
        "<h1>REST or WebSocket: {}</h1>\n<p class=faint>{} devices, a reading of {} "
        "every {}; measured {} in {} rounds</p>\n",
        name, result.plan.workload.devices,
        advise::bytes_text(static_cast<double>(result.plan.workload.readings.payload)),
        advise::span_text(result.plan.workload.readings.every), escape_html(machine.made),
        result.plan.rounds);
    if (!result.sound()) {
        out +=
            "<p class=bad><strong>These figures do not say what the doors cost.</strong> Why is "
            "at the end.</p>\n";
    }
    advice_section(out, advice);
    for (const Part part : {Part::kUp, Part::kDown, Part::kFanOut})
        part_section(out, result, part);
    peers_section(out, result);
    checks_section(out, result);
    out += fmt::format(
        "<h2>How it was measured</h2>\n<dl><dt>hub</dt><dd>{}</dd><dt>network</dt>"
        "<dd>{}; segments of 1,448 bytes at most</dd><dt>processor"
        "</dt><dd>{}, {} cores</dd><dt>system</dt><dd>{}</dd><dt>Tandem</dt><dd>{}"
        "</dd></dl>\n<p class=faint>Ways take turns, in another order each round, "
        "after one round that does not count. Bytes and packets of TCP are the "
        "kernel's counters; those of HTTP and WebSocket are what client and hub "
        "wrote. Intervals are bootstrapped over the rounds. The page needs nothing "
        "from elsewhere.</p>\n</html>\n",
        escape_html(machine.hub), network_of(result), escape_html(machine.processor), machine.cores,
        escape_html(machine.system), escape_html(machine.version));
    return out;
}

}  // namespace tandem::measure
