#include "measure/bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace tandem::measure {
namespace {

// What Linux waits before it acknowledges what nothing answers, and a little more: an answer that
// takes so long has waited for it (Nagle's algorithm, RFC 896, against RFC 1122 section 4.2.3.2).
constexpr double kAckLeast = 38'000;
constexpr double kAckMost = 46'000;
constexpr double kAckShare = 0.05;
constexpr double kBusyMost = 0.85;
constexpr double kLateMost = 5'000;  // µs, of one message in ten
constexpr double kDriftMost = 2;
constexpr double kHandshakeBytes = 500;
constexpr double kResumedLeast = 0.9;  // The first of each device cannot, and does not count.

std::string percent(double share) {
    return fmt::format("{:.0f} %", 100 * share);
}

bool fresh(const WayResult& way) {
    return way.part == Part::kUp && way.way.ends_with("a connection per request");
}

// Ways whose answers come at once: where one takes 40 ms, something waited.
bool prompt(const WayResult& way) {
    return way.part == Part::kUp || way.door == advise::Door::kSocket;
}

Check nagle(bool all_no_delay) {
    return {.name = "nagle",
            .good = all_no_delay,
            .says = all_no_delay
                        ? "TCP_NODELAY was set on every connection"
                        : "Nagle's algorithm is on: a small message waits until the one before it "
                          "is acknowledged"};
}

Check delayed_acks(const BenchResult& result) {
    Check check{.name = "delayed_ack", .says = "no answers that waited for an acknowledgement"};
    if (result.plan.relay_port != 0) {
        check.says = "not looked for: what the network takes would hide it, or look like it";
        return check;
    }
    for (const WayResult& way : result.ways) {
        if (!prompt(way) || way.latencies.empty()) continue;
        const auto waited = std::ranges::count_if(
            way.latencies, [](double us) { return us >= kAckLeast && us <= kAckMost; });
        const double share =
            static_cast<double>(waited) / static_cast<double>(way.latencies.size());
        if (share <= kAckShare) continue;
        check.good = false;
        check.says = fmt::format(
            "{}: {} of the answers took 40 ms, which is how long an "
            "acknowledgement is held back",
            way.way, percent(share));
    }
    return check;
}

Check keep_alive(const BenchResult& result) {
    Check check{.name = "keep_alive",
                .says = "connections that are kept were kept, and the others were not"};
    for (const WayResult& way : result.ways) {
        if (way.part != Part::kUp) continue;
        const double opened = way.mean("connections");
        if (fresh(way) ? opened > 0.98 : opened < 0.02) continue;
        check.good = false;
        check.says =
            fmt::format("{}: {:.2f} connections were opened for each message", way.way, opened);
    }
    return check;
}

Check handshakes(const BenchResult& result) {
    Check check{.name = "tls", .says = "no TLS: the workload has none"};
    if (result.plan.hub.tls == nullptr) return check;
    check.says = "handshakes are where a connection is opened, and nowhere else";
    const bool wanted = result.plan.workload.network.resumption;
    for (const WayResult& way : result.ways) {
        if (way.part != Part::kUp) continue;
        const double bytes = way.mean("tls_bytes");
        const double resumed = way.mean("resumed");
        if (!fresh(way) && bytes > kHandshakeBytes) {
            check.good = false;
            check.says = fmt::format(
                "{}: {:.0f} B of TLS for each message are handshakes on "
                "connections that are kept",
                way.way, bytes);
            return check;
        }
        if (fresh(way) && wanted && resumed < kResumedLeast) {
            check.good = false;
            check.says = fmt::format(
                "{}: cold TLS: {} of the connections resumed a session, and "
                "this workload's devices keep tickets (--no-resumption: they do not)",
                way.way, percent(resumed));
            return check;
        }
        if (fresh(way)) {
            check.says += fmt::format("; {}: {:.0f} B, {}", way.way, bytes,
                                      wanted ? "resumed by a ticket" : "whole ones");
        }
    }
    return check;
}

// What of a message's bytes lies between TLS and the payload's meaning.
double application_bytes(const WayResult& way) {
    return way.mean("payload_bytes") + way.mean("framing_bytes");
}

Check deflate(const BenchResult& result) {
    Check check{.name = "deflate", .says = "the hub does not agree on permessage-deflate"};
    if (!result.deflate) return check;
    const auto find = [&result](std::string_view name) {
        const auto found = std::ranges::find(result.ways, name, &WayResult::way);
        return found == result.ways.end() ? 0 : application_bytes(*found);
    };
    const double plain = find("WebSocket, batched");
    const double share = plain > 0 ? find("WebSocket, batched, deflate") / plain : 1;
    check.says = share < 1
                     ? fmt::format("messages became {} of what they were", percent(share))
                     : "nothing became shorter: messages below ws.deflate_bytes are not compressed";
    return check;
}

// A first round that is slower than what follows was still warming up.
Check warm_up(const BenchResult& result) {
    Check check{.name = "warm_up", .says = "the first round is as the others"};
    std::vector<double> ratios;
    for (const WayResult& way : result.ways) {
        const auto found = way.rounds.find("p50_us");
        if (!prompt(way) || found == way.rounds.end() || found->second.size() < 3) continue;
        const std::vector<double> rest{found->second.begin() + 1, found->second.end()};
        ratios.push_back(found->second.front() / std::max(median(rest), 1.0));
    }
    const double ratio = ratios.empty() ? 1 : median(ratios);
    if (ratio < kDriftMost) return check;
    check.good = false;
    check.says = fmt::format("the first round took {:.1f} times as long as the others", ratio);
    return check;
}

Check generator(const BenchResult& result) {
    Check check{.name = "generator", .says = "the generator was never full, and never late"};
    for (const WayResult& way : result.ways) {
        const double busy = way.mean("client_busy");
        std::vector<double> late = way.lateness;
        std::ranges::sort(late);
        const double p90 = percentile(late, 0.9);
        if (busy <= kBusyMost && p90 <= kLateMost) continue;
        check.good = false;
        check.says = fmt::format(
            "{}: the generator had {} of a core, and one message in ten left "
            "{:.1f} ms late or later",
            way.way, percent(busy), p90 / 1'000);
    }
    return check;
}

Check losses(const BenchResult& result) {
    Check check{.name = "loss", .says = "every message arrived"};
    for (const WayResult& way : result.ways) {
        if (way.lost == 0 && way.answered > 0) continue;
        check.good = false;
        check.says = fmt::format("{}, {}: {} of {} messages were lost {}", name_of(way.part),
                                 way.way, way.lost, way.lost + way.answered, way.first_failure);
    }
    return check;
}

Check retransmissions(const BenchResult& result) {
    Check check{.name = "network", .says = "nothing was sent twice"};
    double again = 0;
    for (const WayResult& way : result.ways) {
        if (const auto found = way.rounds.find("retransmitted"); found != way.rounds.end()) {
            for (const double each : found->second)
                again += each;
        }
    }
    if (again <= 0) return check;
    check.says = fmt::format("{:.0f} segments were sent again; their bytes are counted", again);
    return check;
}

Check clocks(const BenchResult& result) {
    Check check{.name = "clock", .says = "both clocks agree"};
    if (std::abs(result.clock_drift) < 0.05 + 0.001 * result.seconds) return check;
    check.good = false;
    check.says = fmt::format("somebody has set the clock: it is {:.2f} s off after {:.0f} s",
                             result.clock_drift, result.seconds);
    return check;
}

}  // namespace

std::vector<Check> check_result(const BenchResult& result, bool all_no_delay) {
    return {nagle(all_no_delay), delayed_acks(result), keep_alive(result), handshakes(result),
            warm_up(result),     generator(result),    losses(result),     retransmissions(result),
            clocks(result),      deflate(result)};
}

}  // namespace tandem::measure
