#include "advise/watch.h"

#include "advise/amount.h"

#include <algorithm>
#include <cmath>

namespace tandem::advise {
namespace {

// Dashboards and programs are on the internet or the local network, whatever the devices have.
Workload on_mains(const Workload& workload) {
    Workload made = workload;
    made.power = Power::kMains;
    made.network.kind = NetworkKind::kEthernet;
    return made;
}

// Of each series no more than one value in the time that the dashboard may be behind: the flow
// `every` of docs/reference/stream.md.
double updates_of(const Workload& workload) {
    const std::int64_t shown = workload.dashboards.devices > 0
                                   ? std::min(workload.dashboards.devices, workload.devices)
                                   : workload.devices;
    const Duration every = std::max(workload.readings.every, workload.dashboards.latency);
    return static_cast<double>(shown) / seconds(every);
}

/// All dashboards through one door.
class Dashboards {
public:
    Dashboards(const Constants& constants, const Workload& workload)
        : constants_{constants},
          workload_{workload},
          tally_{constants, workload.network.tls, true},
          updates_{updates_of(workload)},
          rtt_{seconds(workload.network.rtt)},
          patience_{seconds(workload.dashboards.latency)},
          open_{workload.dashboards.hours_per_day * 3'600} {}

    Watching through(Door door);

private:
    [[nodiscard]] double at(Constant id) const { return constants_[id]; }
    void poll();
    void long_poll();
    void sse();
    void socket();
    void clicks(bool on_socket);
    void hold(Constant of);
    // Values of all updates of a day, as they stand in messages.
    [[nodiscard]] double values() const {
        return updates_ * open_ * static_cast<double>(workload_.readings.series) *
               at(Constant::kEventItem);
    }
    void send(double messages, Constant framing, Constant cpu);

    const Constants& constants_;
    const Workload& workload_;
    Tally tally_;
    double updates_;  // A second.
    double rtt_;
    double patience_;
    double open_;  // Seconds a day.
    double latency_ = 0;
};

void Dashboards::hold(Constant of) {
    const double tls = workload_.network.tls ? at(Constant::kMemoryTls) : 0;
    tally_.hub_memory((at(of) + at(Constant::kMemoryKernel) + tls) * open_ / kSecondsOfDay);
    // A dashboard is opened some times a day.
    constexpr double visits = 4;
    tally_.connect(open_ > 0 ? visits : 0);
}

void Dashboards::send(double messages, Constant framing, Constant cpu) {
    if (messages <= 0) return;
    tally_.tell(messages, Direction::kDown,
                {.payload = values() / messages, .framing = at(framing)});
    tally_.hub_cpu(messages, at(cpu));
}

void Dashboards::poll() {
    const double every = std::max(patience_ - 1.5 * rtt_, 0.05);
    const double polls = open_ / every;
    const double full = std::min(updates_ * open_, polls);
    tally_.exchange(
        full, {.framing = at(Constant::kPollUp)},
        {.payload = full > 0 ? values() / full : 0, .framing = at(Constant::kPollDown)});
    tally_.exchange(polls - full, {.framing = at(Constant::kPollUp)},
                    {.framing = at(Constant::kPollEmptyDown)});
    tally_.hub_cpu(polls, at(Constant::kCpuRest) / 2);
    hold(Constant::kMemoryHttp);
    latency_ = every + 1.5 * rtt_;
}

void Dashboards::long_poll() {
    // No more answers than there are round trips.
    const double answers = std::min(updates_, 1 / std::max(rtt_, 0.001)) * open_;
    const double empty =
        open_ / at(Constant::kPollWait) * std::exp(-updates_ * at(Constant::kPollWait));
    constexpr double prefer = 17;  // `Prefer: wait=60` and its line's end.
    tally_.held_exchange(
        answers, {.framing = at(Constant::kPollUp) + prefer},
        {.payload = answers > 0 ? values() / answers : 0, .framing = at(Constant::kPollDown)});
    tally_.held_exchange(empty, {.framing = at(Constant::kPollUp) + prefer},
                         {.framing = at(Constant::kPollEmptyDown)});
    tally_.hub_cpu(answers + empty, at(Constant::kCpuRest) / 2);
    hold(Constant::kMemoryHttp);
    latency_ = 1.5 * rtt_;
}

void Dashboards::sse() {
    hold(Constant::kMemoryHttp);
    tally_.hub_memory(at(Constant::kMemorySubscription) * open_ / kSecondsOfDay);
    send(updates_ * open_, Constant::kSseEvent, Constant::kCpuEventSse);
    const double silent = std::exp(-updates_ * at(Constant::kSseEvery));
    tally_.tell(open_ / at(Constant::kSseEvery) * silent, Direction::kDown,
                {.framing = at(Constant::kSseComment)});
    latency_ = rtt_ / 2;
}

void Dashboards::socket() {
    hold(Constant::kMemorySocket);
    tally_.hub_memory(at(Constant::kMemorySubscription) * open_ / kSecondsOfDay);
    tally_.exchange(4, {.framing = at(Constant::kUpgradeUp)},
                    {.framing = at(Constant::kUpgradeDown)});
    // What may be late is gathered: `gather_ms`, a second at most.
    const double gather = std::clamp(patience_ - rtt_, 0.001, 1.0);
    const double messages = std::min(updates_, 1 / gather) * open_;
    send(messages, Constant::kSocketEvent, Constant::kCpuEventSocket);
    const double every = heartbeat_of(constants_, workload_);
    tally_.ping(open_ / every * std::exp(-updates_ * every));
    latency_ = gather + rtt_ / 2;
}

void Dashboards::clicks(bool on_socket) {
    using enum Constant;
    const double times = workload_.dashboards.clicks_per_hour * open_ / 3'600;
    const auto payload = static_cast<double>(workload_.commands.payload);
    if (on_socket) {
        tally_.exchange(times, {.payload = payload, .framing = at(kSocketWriteUp)},
                        {.framing = at(kSocketReplyDown)});
        return;
    }
    // A browser keeps a connection for a while: clicks come in twos.
    tally_.connect(times / 2);
    tally_.exchange(times, {.payload = payload, .framing = at(kPostUp)},
                    {.framing = at(kPostDown)});
}

Watching Dashboards::through(Door door) {
    switch (door) {
        case Door::kRest:
            poll();
            break;
        case Door::kPoll:
            long_poll();
            break;
        case Door::kSse:
            sse();
            break;
        case Door::kSocket:
            socket();
            break;
    }
    clicks(door == Door::kSocket);
    Watching made{.door = door, .cost = tally_.cost(), .latency = latency_};
    made.cost = made.cost.times(static_cast<double>(workload_.dashboards.watching));
    made.cost.price = price_of(made.cost, constants_, workload_);
    made.meets = latency_ <= patience_;
    return made;
}

}  // namespace

std::array<Watching, 4> watch(const Constants& constants, const Workload& workload) {
    const Workload mains = on_mains(workload);
    std::array<Watching, 4> out;
    for (const Door door : {Door::kRest, Door::kPoll, Door::kSse, Door::kSocket}) {
        out.at(static_cast<std::size_t>(door)) = Dashboards{constants, mains}.through(door);
    }
    return out;
}

std::array<Watching, 2> configure(const Constants& constants, const Workload& workload) {
    using enum Constant;
    const Workload mains = on_mains(workload);
    const auto& configuration = workload.configuration;
    const auto payload = static_cast<double>(configuration.payload);
    const double visits = configuration.reads_per_day + configuration.changes_per_day;
    const double gap = visits > 0 ? kSecondsOfDay / visits : kSecondsOfDay;
    const bool kept = gap < constants[kRestIdle];
    const double reads = configuration.reads_per_day;
    const double changed = std::min(configuration.changes_per_day, reads);
    const double rtt = seconds(workload.network.rtt);

    Tally rest{constants, mains.network.tls, true};
    rest.connect(kept ? 1 : visits);
    rest.exchange(changed, {.framing = constants[kGetUp]},
                  {.payload = payload, .framing = constants[kGetDown]});
    rest.exchange(reads - changed, {.framing = constants[kGetUp]},
                  {.framing = constants[kNotModifiedDown]});
    rest.exchange(configuration.changes_per_day,
                  {.payload = payload, .framing = constants[kPostUp]},
                  {.framing = constants[kPostDown]});
    rest.hub_cpu(visits, constants[kCpuRest] / 2);

    Tally socket{constants, mains.network.tls, true};
    const double opened = kept ? 1 : visits;
    socket.connect(opened);
    socket.exchange(opened, {.framing = constants[kUpgradeUp]},
                    {.framing = constants[kUpgradeDown]});
    // Over a socket nothing is asked for that has not changed: the hub tells.
    const double asked = kept ? changed : reads;
    socket.exchange(asked, {.framing = constants[kSocketWriteUp]},
                    {.payload = payload, .framing = constants[kSocketReplyDown]});
    socket.exchange(configuration.changes_per_day,
                    {.payload = payload, .framing = constants[kSocketWriteUp]},
                    {.framing = constants[kSocketReplyDown]});
    if (kept) socket.ping(kSecondsOfDay / heartbeat_of(constants, workload));
    socket.hub_cpu(opened + asked, constants[kCpuSocket] / 2);
    const double tls = mains.network.tls ? constants[kMemoryTls] : 0;
    if (kept) socket.hub_memory(constants[kMemorySocket] + constants[kMemoryKernel] + tls);

    std::array<Watching, 2> out{Watching{.door = Door::kRest, .cost = rest.cost()},
                                Watching{.door = Door::kSocket, .cost = socket.cost()}};
    for (Watching& each : out) {
        each.cost = each.cost.times(static_cast<double>(workload.devices));
        each.cost.price = price_of(each.cost, constants, mains);
        const bool opens = !kept;
        const double trips = each.door == Door::kSocket ? 2 : 1;
        each.latency = ((opens ? rest.trips_to_open() + trips : 1)) * rtt;
    }
    return out;
}

}  // namespace tandem::advise
