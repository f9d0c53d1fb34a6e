#include "advise/live.h"

#include "advise/advice.h"
#include "advise/amount.h"
#include "base/checked.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace tandem::advise {
namespace {

constexpr std::array<std::string_view, 4> kReasons{"worth", "fits", "small", "young"};
constexpr double kEveryLeast = 1e-3;
constexpr double kEveryMost = 30 * kSecondsOfDay;
constexpr double kGigabyte = 1e9;
// Of a frame with an event; its envelope is counted with it.
constexpr double kEventFrame = 4;

bool over_socket(Door door) {
    return door == Door::kSocket;
}

Duration span_of(double seconds) {
    return Duration{std::llround(std::clamp(seconds, kEveryLeast, kEveryMost) * 1e6)};
}

// What costs so much a day in another time; memory is held all the time.
Cost within(const Cost& cost, double factor) {
    Cost made = cost.times(factor);
    made.hub_memory = cost.hub_memory;
    return made;
}

// How the device uses its door.
Plan plan_of(const Observed& observed, Door door) {
    if (over_socket(door)) {
        const Flow& flow = observed.at(Door::kSocket);
        const double replies = flow.messages_down - flow.commands - flow.events;
        const bool acks = replies < flow.messages_up / 2;
        return {.readings = acks ? Readings::kSocketAcks : Readings::kSocket,
                .commands = Commands::kSocket};
    }
    const Flow& rest = observed.at(Door::kRest);
    Plan plan{.readings =
                  rest.connections * 2 > rest.messages_up ? Readings::kRestFresh : Readings::kRest};
    if (observed.at(Door::kSse).messages_up > 0) {
        plan.commands = Commands::kSse;
    } else if (observed.at(Door::kPoll).messages_up > 0) {
        plan.commands = Commands::kLongPoll;
    } else if (rest.asks > 0) {
        plan.commands = Commands::kShortPoll;
    }
    return plan;
}

// After how long the network ends a connection, as far as it shows.
Duration life_of(const Flow& flow, double seconds) {
    const bool kept = flow.connections * 2 <= flow.messages_up;
    if (flow.connections < 2 || !kept) return Workload::Network{}.connection_life;
    return std::max<Duration>(span_of(seconds / flow.connections), 1s);
}

// What subscriptions carry: much the same through each door.
void add_events(Cost& cost, const Constants& constants, bool tls, const Flow& flow, Door door) {
    if (flow.events <= 0) return;
    Tally tally{constants, tls, true};
    tally.tell(flow.events, Direction::kDown,
               {.payload = flow.event_bytes / flow.events, .framing = kEventFrame});
    tally.hub_cpu(
        flow.events,
        constants[over_socket(door) ? Constant::kCpuEventSocket : Constant::kCpuEventSse]);
    cost += tally.cost();
}

Cost counted(const Constants& constants, const Observed& observed, const Workload& workload) {
    using enum Constant;
    Cost cost;
    const double seconds = std::max(observed.seconds, 1.0);
    for (std::size_t at = 0; at < kDoors; ++at) {
        const Flow& flow = observed.doors.at(at);
        const Door door{static_cast<std::uint8_t>(at)};
        cost.bytes += flow.bytes();
        cost.bytes_up += flow.up();
        cost.packets += flow.packets;
        cost.messages += flow.messages_up + flow.messages_down;
        cost.connections += flow.connections;
        cost.hub_cpu += cpu_of(constants, door, flow);
        const double each = constants[over_socket(door) ? kMemorySocket : kMemoryHttp] +
                            constants[kMemoryKernel] +
                            (workload.network.tls ? constants[kMemoryTls] : 0);
        cost.hub_memory += each * flow.connected / seconds;
    }
    return cost;
}

// The cheapest way through REST that is in time, in a day.
Estimate best_rest(const Constants& constants, const Workload& workload) {
    std::optional<Estimate> best;
    const bool commands = workload.commands.per_day > 0;
    for (const Commands way :
         {Commands::kWithReadings, Commands::kShortPoll, Commands::kLongPoll, Commands::kSse}) {
        if (!commands && way != Commands::kWithReadings) break;
        Estimate each =
            estimate(constants, workload, {.readings = Readings::kRest, .commands = way});
        const bool better = !best || (each.meets && !best->meets) ||
                            (each.meets == best->meets && each.cost.price < best->cost.price);
        if (better) best = std::move(each);
    }
    return checked(best);
}

std::string_view phrase(Door door) {
    constexpr std::array<std::string_view, 4> names{"REST", "REST with long poll",
                                                    "REST with server-sent events", "A WebSocket"};
    return names.at(static_cast<std::size_t>(door));
}

std::string say(const Verdict& verdict, const Comparison& seen, double seconds) {
    const std::string_view other = phrase(seen.other.door);
    const double bytes = verdict.saving.bytes.total();
    const std::string much = bytes_text(std::abs(bytes));
    switch (verdict.reason) {
        case Reason::kYoung:
            return fmt::format("It was observed for {} only, with {} messages.",
                               seconds_text(seconds), count_text(seen.here.cost.messages));
        case Reason::kWorth:
            if (bytes <= 0) return fmt::format("{} would let the radio sleep.", other);
            return fmt::format("{} would save {} a day, {:.0f} % of the bytes.", other, much,
                               100 * verdict.share);
        case Reason::kFits:
            if (!seen.other.meets) {
                return fmt::format("It fits: {} would be too late for commands.", other);
            }
            if (bytes > 0) return fmt::format("It fits: {} would not be cheaper.", other);
            return fmt::format("It fits: {} would take {} more a day.", other, much);
        case Reason::kSmall:
            return fmt::format("{} would save {} a day: not worth a change.", other, much);
    }
    return {};
}

// Of prices a day; the difference has to be `least`.
Reason reason_of(double here, double other, double least) {
    if (other >= here) return Reason::kFits;
    return here - other >= least ? Reason::kWorth : Reason::kSmall;
}

}  // namespace

std::string_view name_of(Reason reason) {
    return kReasons.at(static_cast<std::size_t>(reason));
}

double cpu_of(const Constants& constants, Door door, const Flow& flow) {
    using enum Constant;
    const auto at = [&](Constant id) { return constants[id]; };
    double spent = flow.connections * at(kCpuConnect) + flow.handshakes * at(kCpuTlsFull) +
                   flow.commands * at(kCpuCommand);
    if (flow.tls_up + flow.tls_down > 0) {
        spent += (flow.messages_up + flow.messages_down) * at(kCpuTlsRecord);
    }
    if (over_socket(door)) {
        spent += flow.upgrades * at(kCpuRest) + flow.messages_up * at(kCpuSocket) +
                 flow.events * at(kCpuEventSocket);
    } else {
        // A question reads: it needs no store.
        spent += (flow.messages_up - flow.asks / 2) * at(kCpuRest) + flow.events * at(kCpuEventSse);
    }
    return spent / 1e6;
}

Workload workload_of(const Observed& observed, const Circumstances& circumstances) {
    const Flow all = observed.total();
    const double seconds = std::max(observed.seconds, kEveryLeast);
    Workload made;
    made.devices = 1;
    made.power = circumstances.power;
    made.network.kind = circumstances.kind.value_or(NetworkKind::kEthernet);
    made.network.tls = circumstances.tls;
    if (circumstances.round_trip > Duration{0}) made.network.rtt = circumstances.round_trip;
    made.network.connection_life = life_of(all, seconds);
    made.readings.every = span_of(all.plain > 0 ? seconds / all.plain : kEveryMost);
    made.readings.payload = all.plain > 0 ? std::llround(all.plain_bytes / all.plain) : 0;
    const double days = seconds / kSecondsOfDay;
    made.commands.per_day = all.commands / days;
    if (all.commands > 0) made.commands.payload = std::llround(all.command_bytes / all.commands);
    if (all.asks > 0) made.commands.per_day = std::max(made.commands.per_day, 1.0);
    // Who asks at an interval of its own can wait for so long.
    const Flow& rest = observed.at(Door::kRest);
    if (rest.asks > 0 && rest.asks >= all.asks) {
        made.commands.latency = std::max<Duration>(span_of(seconds / rest.asks), 10ms);
    }
    return made;
}

Comparison compare(const Constants& constants,
                   const Observed& observed,
                   const Circumstances& circumstances) {
    const Workload workload = workload_of(observed, circumstances);
    Comparison made{.seconds = observed.seconds, .here = {}, .other = {}};
    const double share = observed.seconds / kSecondsOfDay;
    made.here.plan = plan_of(observed, circumstances.door);
    made.here.door = made.here.plan.door();
    made.here.cost = counted(constants, observed, workload);
    const Estimate usual = estimate(constants, workload, made.here.plan);
    made.here.cost.radio_on = usual.cost.radio_on * share;
    made.here.cost.energy = usual.cost.energy * share;

    const bool socket = over_socket(made.here.door);
    const Estimate other =
        socket ? best_rest(constants, workload)
               : estimate(constants, workload,
                          {.readings = Readings::kSocket, .commands = Commands::kSocket});
    made.other = {.door = other.plan.door(),
                  .plan = other.plan,
                  .cost = within(other.cost, share),
                  .meets = other.meets};
    add_events(made.other.cost, constants, circumstances.tls, observed.total(), made.other.door);
    return made;
}

Verdict judge(const Constants& constants,
              const Observed& hour,
              const Observed& day,
              const Circumstances& circumstances) {
    const auto messages = [](const Observed& of) {
        const Flow all = of.total();
        return all.messages_up + all.commands;
    };
    const Observed& observed = messages(hour) >= kYoungMessages ? hour : day;
    const Comparison seen = compare(constants, observed, circumstances);
    Verdict verdict{.door = seen.here.door, .plan = seen.here.plan};
    verdict.sure = std::min(1.0, observed.seconds / seconds(kSureAfter)) *
                   std::min(1.0, messages(observed) / kSureMessages);
    const double daily = kSecondsOfDay / std::max(observed.seconds, kEveryLeast);
    const Cost here = within(seen.here.cost, daily);
    const Cost other = within(seen.other.cost, daily);
    verdict.saving = here;
    verdict.saving += other.times(-1);
    if (here.bytes.total() > 0) verdict.share = 1 - other.bytes.total() / here.bytes.total();

    const Workload workload = workload_of(observed, circumstances);
    const double here_price = price_of(here, constants, workload);
    const double other_price = price_of(other, constants, workload);
    const double part = circumstances.was_worth ? kWorthUntil : kWorthFrom;
    const double least =
        std::max(part * here_price, kWorthBytes / kGigabyte * constants[Constant::kPriceGigabyte]);
    verdict.reason = seen.other.meets ? reason_of(here_price, other_price, least) : Reason::kFits;
    const bool young = observed.seconds < seconds(kYoung) || messages(observed) < kYoungMessages;
    if (young) verdict.reason = Reason::kYoung;
    verdict.advised = verdict.worth() ? seen.other.door : seen.here.door;
    verdict.advised_plan = verdict.worth() ? seen.other.plan : seen.here.plan;
    verdict.says = say(verdict, seen, observed.seconds);
    return verdict;
}

}  // namespace tandem::advise
