#include "advise/advice.h"

#include "base/check.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <optional>

namespace tandem::advise {
namespace {

// Rates of the map and of the search for break-even points: from 100 a second to one a day.
constexpr double kEveryLeast = 0.01;
constexpr double kEveryMost = kSecondsOfDay;
constexpr double kPayloadLeast = 10;
constexpr double kPayloadMost = 100'000;
constexpr double kLatencyLeast = 0.01;
constexpr double kLatencyMost = kSecondsOfDay;
constexpr int kSearchSteps = 48;
constexpr int kHalvings = 12;

constexpr std::array kNine{
    Plan{.readings = Readings::kRestFresh, .commands = Commands::kShortPoll},
    Plan{.readings = Readings::kRest, .commands = Commands::kShortPoll},
    Plan{.readings = Readings::kRestBatched, .commands = Commands::kShortPoll},
    Plan{.readings = Readings::kRest, .commands = Commands::kLongPoll},
    Plan{.readings = Readings::kRest, .commands = Commands::kSse},
    Plan{.readings = Readings::kSocket, .commands = Commands::kSocket},
    Plan{.readings = Readings::kSocketCbor, .commands = Commands::kSocket},
    Plan{.readings = Readings::kSocketDeflate, .commands = Commands::kSocket},
    Plan{.readings = Readings::kSocketAcks, .commands = Commands::kSocket},
};

Duration span_of(double seconds) {
    return Duration{std::max<std::int64_t>(std::llround(seconds * 1e6), 1)};
}

// Whoever keeps what is needed comes first; then what is cheaper, but by no more than a tie over
// the door that is `simpler`, if that is among them.
template <typename Item, typename DoorOf>
const Item& choose(const std::vector<Item>& items, const DoorOf& door_of, Door simpler) {
    const bool any = std::ranges::any_of(items, &Item::meets);
    const Item* cheapest = nullptr;
    const Item* simple = nullptr;
    for (const Item& item : items) {
        if (any && !item.meets) continue;
        const auto better = [&](const Item* than) {
            return than == nullptr || item.cost.price < than->cost.price;
        };
        if (better(cheapest)) cheapest = &item;
        if (door_of(item) == simpler && better(simple)) simple = &item;
    }
    check(cheapest != nullptr);
    if (simple == nullptr || door_of(*cheapest) < simpler) return *cheapest;
    return simple->cost.price <= cheapest->cost.price * (1 + kTie) ? *simple : *cheapest;
}

Door plan_door(const Estimate& estimate) {
    return estimate.plan.door();
}

std::vector<Estimate> all_plans(const Constants& constants, const Workload& workload) {
    std::vector<Estimate> out;
    for (const Plan& plan : plans()) {
        if (open_to(workload, plan)) out.push_back(estimate(constants, workload, plan));
    }
    // Where nothing is in time, the soonest are compared.
    if (std::ranges::none_of(out, &Estimate::meets)) {
        const auto late = [](const Estimate& each) {
            return each.command_latency + each.reading_latency;
        };
        const double soonest = late(*std::ranges::min_element(out, {}, late));
        std::erase_if(out, [&](const Estimate& each) { return late(each) > 1.5 * soonest; });
    }
    return out;
}

Door best_door(const Constants& constants, const Workload& workload) {
    return best_plan(constants, workload).plan.door();
}

using With = std::function<Workload(double value)>;

// Every value of one field at which the door changes, smallest first.
void find_break_even(Advice& advice,
                     const Constants& constants,
                     const std::string& field,
                     std::pair<double, double> range,
                     const With& with) {
    const auto door_at = [&](double value) { return best_door(constants, with(value)); };
    const double step = std::pow(range.second / range.first, 1.0 / kSearchSteps);
    double low = range.first;
    Door below = door_at(low);
    for (int at = 1; at <= kSearchSteps; ++at) {
        double high = range.first * std::pow(step, at);
        const double next = high;
        const Door above = door_at(high);
        if (above != below) {
            for (int halving = 0; halving < kHalvings; ++halving) {
                const double middle = std::sqrt(low * high);
                (door_at(middle) == below ? low : high) = middle;
            }
            advice.break_even.push_back(
                {.field = field, .at = std::sqrt(low * high), .below = below, .above = above});
        }
        low = next;
        below = above;
    }
}

void find_all_break_even(Advice& advice, const Constants& constants) {
    const Workload& workload = advice.workload;
    find_break_even(advice, constants, "readings.every", {kEveryLeast, kEveryMost},
                    [&](double value) {
                        Workload made = workload;
                        made.readings.every = span_of(value);
                        return made;
                    });
    find_break_even(advice, constants, "readings.payload", {kPayloadLeast, kPayloadMost},
                    [&](double value) {
                        Workload made = workload;
                        made.readings.payload = std::llround(value);
                        return made;
                    });
    if (workload.commands.per_day <= 0) return;
    find_break_even(advice, constants, "commands.latency", {kLatencyLeast, kLatencyMost},
                    [&](double value) {
                        Workload made = workload;
                        made.commands.latency = span_of(value);
                        return made;
                    });
}

void draw_map(Advice& advice, const Constants& constants) {
    advice.map.every = {0.01, 0.05, 0.1, 0.5,   1,      5,      15,
                        60,   300,  900, 3'600, 14'400, 43'200, 86'400};
    advice.map.payload = {20, 60, 120, 500, 2'000, 10'000};
    for (const double payload : advice.map.payload) {
        for (const double every : advice.map.every) {
            Workload made = advice.workload;
            made.readings.every = span_of(every);
            made.readings.payload = std::llround(payload);
            advice.map.doors.push_back(best_door(constants, made));
        }
    }
}

// Each constant that is not exact is moved to the ends of what it may be, one at a time.
void find_doubts(Advice& advice, const Constants& constants) {
    double tried = 0;
    double held = 0;
    for (const ConstantRow& row : constant_rows()) {
        if (row.spread <= 0) continue;
        for (const double factor : {1 - row.spread, 1 + row.spread}) {
            Constants moved = constants;
            moved.put(row.id, constants[row.id] * factor);
            const Door door = best_door(moved, advice.workload);
            tried += 1;
            if (door == advice.door) {
                held += 1;
            } else {
                advice.doubts.push_back({.constant = row.id, .value = moved[row.id], .door = door});
            }
        }
    }
    advice.sure = tried > 0 ? held / tried : 1;
}

void find_margin(Advice& advice, const std::vector<Estimate>& all) {
    std::optional<double> other;
    for (const Estimate& each : all) {
        if (each.plan.door() == advice.door || each.meets != advice.best.meets) continue;
        other = std::min(other.value_or(each.cost.price), each.cost.price);
    }
    // Nothing else is in time: no price would change that.
    advice.margin = other ? *other / std::max(advice.best.cost.price, 1e-12) - 1 : 1e9;
}

// After how much silence a new connection costs less than the heartbeats that kept the old one.
double worth_keeping(const Constants& constants, const Workload& workload) {
    Tally opening{constants, workload.network.tls, workload.network.resumption};
    opening.connect(1);
    opening.exchange(1, {.framing = constants[Constant::kUpgradeUp]},
                     {.framing = constants[Constant::kUpgradeDown]});
    Tally beating{constants, workload.network.tls, workload.network.resumption};
    beating.ping(1);
    const double beats = opening.cost().bytes.total() / beating.cost().bytes.total();
    return beats * heartbeat_of(constants, workload);
}

// The batch at which half of what the largest saves in bytes is saved.
std::int64_t worth_batching(const Constants& constants, const Advice& advice) {
    const auto bytes = [&](std::int64_t batch) {
        Workload made = advice.workload;
        made.readings.batch = batch;
        Plan plan = advice.best.plan;
        if (plan.readings_door() == Door::kRest) plan.readings = Readings::kRestBatched;
        return estimate(constants, made, plan).cost.bytes.total();
    };
    const double single = bytes(1);
    const double most = single - bytes(100);
    for (const std::int64_t batch : {2, 3, 4, 5, 8, 10, 15, 20, 30, 50}) {
        if (single - bytes(batch) >= most / 2) return batch;
    }
    return 100;
}

}  // namespace

Estimate best_plan(const Constants& constants, const Workload& workload) {
    const auto all = all_plans(constants, workload);
    return choose(all, plan_door, Door::kRest);
}

Advice advise(const Constants& constants, const Workload& workload) {
    Advice advice{.workload = workload};
    const auto all = all_plans(constants, workload);
    advice.best = choose(all, plan_door, Door::kRest);
    advice.door = advice.best.plan.door();
    advice.readings = advice.best.plan.readings_door();
    advice.commands = advice.best.plan.commands_door();
    for (const Plan& plan : kNine)
        advice.ways.push_back(estimate(constants, workload, plan));

    const auto watched = watch(constants, workload);
    advice.watched.assign(watched.begin(), watched.end());
    const auto configured = configure(constants, workload);
    advice.configured.assign(configured.begin(), configured.end());
    const auto door = [](const Watching& each) { return each.door; };
    const Watching& seen = choose(advice.watched, door, Door::kSse);
    const Watching& set = choose(advice.configured, door, Door::kRest);
    advice.dashboards = seen.door;
    advice.configuration = set.door;

    advice.fleet = advice.best.cost.times(static_cast<double>(workload.devices));
    advice.fleet += seen.cost;
    advice.fleet += set.cost;
    advice.keep = worth_keeping(constants, workload);
    advice.batch_worth = worth_batching(constants, advice);
    find_all_break_even(advice, constants);
    draw_map(advice, constants);
    find_doubts(advice, constants);
    find_margin(advice, all);
    return advice;
}

}  // namespace tandem::advise
