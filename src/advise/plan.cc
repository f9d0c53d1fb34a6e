#include "advise/plan.h"

#include "advise/amount.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace tandem::advise {
namespace {

constexpr std::array<std::string_view, 4> kDoors{"rest", "poll", "sse", "ws"};
constexpr std::array<std::string_view, 7> kReadings{"REST, a connection per request",
                                                    "REST, kept alive",
                                                    "REST, batched",
                                                    "WebSocket, JSON",
                                                    "WebSocket, CBOR",
                                                    "WebSocket, deflate",
                                                    "WebSocket, batched acks"};
constexpr std::array<std::string_view, 5> kCommands{
    "commands with the readings", "commands by short poll", "commands by long poll",
    "commands by SSE", "commands over a WebSocket"};

// More readings in a message save nothing that matters: docs/measurements.md, readings in.
constexpr double kBatchMost = 100;
// Of a device: 20 requests a second (docs/reference/limits.md).
constexpr double kPollLeast = 0.05;
// A request on a connection that is kept: docs/reference/limits.md, requests_per_connection.
constexpr double kRequestsOfConnection = 10'000;
constexpr double kBatteryNeed = 3'600;
constexpr double kMainsNeed = 10;
// So late before a timeout of the path that a ping is still in time.
constexpr double kMargin = 0.8;

bool over_socket(Readings way) {
    return way >= Readings::kSocket;
}

/// Works out one plan; each function adds one part of the day.
class Day {
public:
    Day(const Constants& constants, const Workload& workload, const Plan& plan)
        : constants_{constants},
          workload_{workload},
          tally_{constants, workload.network.tls, workload.network.resumption},
          radio_{constants, workload},
          rtt_{seconds(workload.network.rtt)} {
        made_.plan = plan;
        made_.batch = batch();
        gap_ = seconds(workload.readings.every) * static_cast<double>(made_.batch);
        messages_ = workload.readings_per_day() / static_cast<double>(made_.batch);
        lives_ = std::max(kSecondsOfDay / seconds(workload.network.connection_life), 1.0);
    }

    Estimate work_out();

private:
    [[nodiscard]] double at(Constant id) const { return constants_[id]; }
    [[nodiscard]] std::int64_t batch() const;
    [[nodiscard]] double slack() const;
    [[nodiscard]] double retry() const;
    [[nodiscard]] bool has_commands() const { return workload_.commands.per_day > 0; }
    [[nodiscard]] Message body(double framing) const;
    [[nodiscard]] double memory(Constant of) const;
    [[nodiscard]] bool survives(double gap) const;

    void choose_reach();
    void rest_readings();
    void socket();
    void socket_readings();
    void socket_commands();
    void rest_commands(double polls);
    void with_readings();
    void short_poll();
    void long_poll();
    void sse();
    void latencies();
    void burst(double times, double trips, double bytes_up);
    [[nodiscard]] double transfer() const;
    [[nodiscard]] double wait_of_commands() const;

    const Constants& constants_;
    const Workload& workload_;
    Tally tally_;
    Radio radio_;
    Estimate made_;
    std::vector<Burst> bursts_;
    double rtt_;
    double gap_ = 0;       // Between messages with readings, seconds.
    double messages_ = 0;  // Of them, a day.
    double lives_ = 1;     // Connections that a day takes at least, where one is held.
    double poll_gap_ = 0;  // Between questions for commands.
    double filling_ = 0;   // Until a batch is full.
    bool soon_ = false;    // Commands cannot wait for three beacons.
};

// As many as may wait, as the hub still hears in time, and as commands that are asked for with them
// can wait for.
std::int64_t Day::batch() const {
    const auto& readings = workload_.readings;
    const Readings way = made_.plan.readings;
    if (way == Readings::kRestFresh || way == Readings::kRest) return 1;
    if (readings.batch > 0) return readings.batch;
    const double every = seconds(readings.every);
    double fits = std::floor(seconds(readings.may_wait) / every) + 1;
    const double asked = seconds(readings.latency);
    if (asked > 0) fits = std::min(fits, std::floor((asked - slack()) / every) + 1);
    if (made_.plan.commands == Commands::kWithReadings && has_commands()) {
        fits = std::min(fits, std::floor((command_need(workload_) - slack()) / every));
    }
    return static_cast<std::int64_t>(std::clamp(fits, 1.0, kBatchMost));
}

// What a message takes at most from its last reading to the answer, on a radio that slept.
double Day::slack() const {
    return radio_.seconds_to_wake(Reach::kAsleep) + (tally_.trips_to_open() + 2) * rtt_ +
           2 * retry() + radio_.seconds_to_send(at(Constant::kPostUp) + at(Constant::kTlsFullUp));
}

// One message in a hundred meets a loss where more packets than that are lost.
double Day::retry() const {
    constexpr double packets = 3;
    const bool likely = packets * workload_.network.loss > 0.01;
    return likely ? std::max(at(Constant::kTcpRetry), 2 * rtt_) : 0;
}

// Readings of a message as they are on the wire. In a batch each has its time.
Message Day::body(double framing) const {
    const auto count = static_cast<double>(made_.batch);
    const auto one = static_cast<double>(workload_.readings.payload);
    double payload = count * one + (made_.batch > 1 ? count * at(Constant::kTimedItem) : 0);
    switch (made_.plan.readings) {
        case Readings::kSocketCbor:
            payload *= at(Constant::kCborBody);
            framing *= at(Constant::kCborEnvelope);
            break;
        case Readings::kSocketDeflate:
            if (payload >= at(Constant::kDeflateFrom)) payload *= at(Constant::kDeflateBatch);
            break;
        default:
            break;
    }
    return {.payload = payload, .framing = framing};
}

double Day::memory(Constant of) const {
    return at(of) + at(Constant::kMemoryKernel) +
           (workload_.network.tls ? at(Constant::kMemoryTls) : 0);
}

// Whether a REST connection that is silent for `gap` is still there.
bool Day::survives(double gap) const {
    return gap < at(Constant::kRestIdle) && gap < seconds(workload_.network.idle_cut);
}

double Day::transfer() const {
    return radio_.seconds_to_send(body(at(Constant::kPostUp)).payload + at(Constant::kPostUp));
}

void Day::burst(double times, double trips, double bytes_up) {
    bursts_.push_back({.times = times,
                       .seconds = trips * rtt_ + radio_.seconds_to_send(bytes_up),
                       .bytes_up = bytes_up});
}

// The laziest radio that hears in time.
void Day::choose_reach() {
    const bool pushed = made_.plan.commands >= Commands::kLongPoll && has_commands();
    const bool held = made_.plan.door() != Door::kRest;
    made_.reach = held || pushed ? Reach::kPaged : Reach::kAsleep;
    if (workload_.network.kind == NetworkKind::kEthernet) made_.reach = Reach::kConnected;
    if (workload_.power == Power::kMains && workload_.network.kind == NetworkKind::kWifi) {
        made_.reach = Reach::kConnected;
    }
    if (!pushed || made_.reach == Reach::kConnected) return;
    const double spare = command_need(workload_) - rtt_;
    soon_ = radio_.seconds_to_hear(Reach::kPaged, false) > spare;
    if (soon_ && radio_.seconds_to_hear(Reach::kPaged, true) > spare) {
        made_.reach = Reach::kConnected;
    }
}

void Day::rest_readings() {
    const bool fresh = made_.plan.readings == Readings::kRestFresh;
    made_.kept = !fresh && survives(gap_);
    const double opened =
        made_.kept ? std::max(lives_, messages_ / kRequestsOfConnection) : messages_;
    tally_.connect(opened);
    const Message up = body(at(Constant::kPostUp));
    tally_.exchange(messages_, up, {.framing = at(Constant::kPostDown)});
    tally_.hub_cpu(messages_, at(Constant::kCpuRest));
    tally_.hub_cpu(messages_ * static_cast<double>(made_.batch - 1), at(Constant::kCpuRestReading));
    tally_.client_cpu(messages_, at(Constant::kClientRest));
    if (made_.kept) tally_.hub_memory(memory(Constant::kMemoryHttp));
    const double trips = 1 + (made_.kept ? 0 : tally_.trips_to_open());
    burst(messages_, trips, up.payload + up.framing);
}

void Day::socket() {
    tally_.connect(lives_);
    tally_.exchange(lives_, {.framing = at(Constant::kUpgradeUp)},
                    {.framing = at(Constant::kUpgradeDown)});
    tally_.hub_cpu(lives_, at(Constant::kCpuRest));
    tally_.hub_memory(memory(Constant::kMemorySocket));
    const double every = heartbeat_of(constants_, workload_);
    made_.heartbeat = every;
    const bool talks = over_socket(made_.plan.readings);
    const double pings = talks ? messages_ * std::floor(gap_ / every) : kSecondsOfDay / every;
    tally_.ping(pings);
    constexpr double pong = 6;
    burst(pings, 0.5, pong);
    burst(lives_, tally_.trips_to_open() + 1, at(Constant::kUpgradeUp));
}

void Day::socket_readings() {
    const bool acks = made_.plan.readings == Readings::kSocketAcks;
    const Message up = body(at(acks ? Constant::kSocketTellUp : Constant::kSocketWriteUp));
    double down = at(acks ? Constant::kSocketAckDown : Constant::kSocketReplyDown);
    const bool cbor = made_.plan.readings == Readings::kSocketCbor;
    if (cbor) down *= at(Constant::kCborEnvelope);
    tally_.exchange(messages_, up, {.framing = down});
    tally_.hub_cpu(messages_, at(Constant::kCpuSocket));
    const double each = at(cbor ? Constant::kCpuCborReading : Constant::kCpuSocketReading);
    tally_.hub_cpu(messages_ * static_cast<double>(made_.batch - 1), each);
    if (made_.plan.readings == Readings::kSocketDeflate) {
        tally_.hub_cpu(messages_, at(Constant::kCpuDeflate));
    }
    tally_.client_cpu(messages_, at(Constant::kClientSocket));
    burst(messages_, 1, up.payload + up.framing);
}

void Day::socket_commands() {
    const double times = workload_.commands.per_day;
    const auto payload = static_cast<double>(workload_.commands.payload);
    tally_.tell(times, Direction::kDown,
                {.payload = payload, .framing = at(Constant::kSocketCommandDown)});
    tally_.exchange(times, {.framing = at(Constant::kSocketFinishUp)},
                    {.framing = at(Constant::kSocketFinishDown)});
    tally_.hub_cpu(times, at(Constant::kCpuCommand));
    burst(times, 1, at(Constant::kSocketFinishUp));
}

// `polls` questions that find nothing, and the commands themselves.
void Day::rest_commands(double polls) {
    using enum Constant;
    const double times = workload_.commands.per_day;
    const auto payload = static_cast<double>(workload_.commands.payload);
    tally_.exchange(std::max(polls - times, 0.0), {.framing = at(kNextUp)},
                    {.framing = at(kNextEmptyDown)});
    tally_.exchange(times, {.framing = at(kNextUp)},
                    {.payload = payload, .framing = at(kNextDown)});
    tally_.exchange(times, {.framing = at(kFinishUp)}, {.framing = at(kFinishDown)});
    tally_.hub_cpu(polls, at(kCpuRest) / 2);  // A read: without the store.
    tally_.hub_cpu(times, at(kCpuCommand) + at(kCpuRest));
    tally_.client_cpu(polls + times, at(kClientRest));
}

void Day::with_readings() {
    if (!has_commands()) return;
    // Not with every reading, where commands may wait for longer.
    const double skip = std::max(std::floor((command_need(workload_) - slack()) / gap_), 1.0);
    poll_gap_ = gap_ * skip;
    const double polls = kSecondsOfDay / poll_gap_;
    rest_commands(polls);
    // On the same connection, while the radio is awake: no burst of its own.
    bursts_.front().seconds += polls / messages_ * rtt_;
}

void Day::short_poll() {
    if (!has_commands()) return;
    poll_gap_ = std::max(command_need(workload_) - slack(), kPollLeast);
    const double polls = kSecondsOfDay / poll_gap_;
    rest_commands(polls);
    // Readings that keep a connection take the questions along.
    const bool opens = !made_.kept && !survives(poll_gap_);
    if (!made_.kept) tally_.connect(opens ? polls : lives_);
    if (!made_.kept && !opens) tally_.hub_memory(memory(Constant::kMemoryHttp));
    burst(polls + workload_.commands.per_day, 1 + (opens ? tally_.trips_to_open() : 0),
          at(Constant::kNextUp));
}

void Day::long_poll() {
    using enum Constant;
    const double times = workload_.commands.per_day;
    const auto payload = static_cast<double>(workload_.commands.payload);
    const double wait = std::min(at(kPollWait), heartbeat_of(constants_, workload_));
    const double polls = kSecondsOfDay / wait;
    tally_.connect(lives_);
    tally_.held_exchange(polls, {.framing = at(kNextUp)}, {.framing = at(kNextEmptyDown)});
    tally_.held_exchange(times, {.framing = at(kNextUp)},
                         {.payload = payload, .framing = at(kNextDown)});
    tally_.exchange(times, {.framing = at(kFinishUp)}, {.framing = at(kFinishDown)});
    tally_.hub_cpu(polls + times, at(kCpuRest) / 2);
    tally_.hub_cpu(times, at(kCpuCommand) + at(kCpuRest));
    tally_.client_cpu(polls + 2 * times, at(kClientRest));
    tally_.hub_memory(memory(kMemoryHttp));
    burst(polls + 2 * times, 1, at(kNextUp));
}

void Day::sse() {
    using enum Constant;
    const double times = workload_.commands.per_day;
    const auto payload = static_cast<double>(workload_.commands.payload);
    // The hub's comments do not come more often where the network cuts sooner: it is opened anew.
    const double every = at(kSseEvery);
    const double cut = seconds(workload_.network.idle_cut);
    const double lives = cut < every ? kSecondsOfDay / cut : lives_;
    tally_.connect(lives);
    tally_.exchange(lives, {.framing = at(kSseUp)}, {.framing = at(kSseDown)});
    tally_.tell(kSecondsOfDay / every, Direction::kDown, {.framing = at(kSseComment)});
    tally_.tell(times, Direction::kDown, {.framing = at(kSseEvent) + at(kEventItem)});
    // The event names the command; the device takes it, and reports, on a connection for that.
    if (!made_.kept) tally_.connect(times);
    tally_.exchange(times, {.framing = at(kNextUp)},
                    {.payload = payload, .framing = at(kNextDown)});
    tally_.exchange(times, {.framing = at(kFinishUp)}, {.framing = at(kFinishDown)});
    tally_.hub_cpu(kSecondsOfDay / every, at(kCpuEventSse));
    tally_.hub_cpu(times, at(kCpuCommand) + 1.5 * at(kCpuRest));
    tally_.client_cpu(2 * times, at(kClientRest));
    tally_.hub_memory(memory(kMemoryHttp) + at(kMemorySubscription));
    burst(kSecondsOfDay / every, 0.5, 0);
    burst(times, 2 + (made_.kept ? 0 : tally_.trips_to_open()), at(kNextUp) + at(kFinishUp));
}

// From the moment when a command is sent until its device has it, at worst.
double Day::wait_of_commands() const {
    const double open = tally_.trips_to_open();
    const double hear = radio_.seconds_to_hear(made_.reach, soon_);
    switch (made_.plan.commands) {
        case Commands::kWithReadings:
            return poll_gap_ + made_.reading_latency - filling_ + rtt_;
        case Commands::kShortPoll:
            return poll_gap_ + radio_.seconds_to_wake(made_.reach) +
                   (survives(poll_gap_) ? 1 : 1 + open) * rtt_;
        case Commands::kLongPoll:
            return hear + 1.5 * rtt_;  // It may have come while the next question was on its way.
        case Commands::kSse:
            return hear + (1.5 + (made_.kept ? 0 : open)) * rtt_;
        case Commands::kSocket:
            return hear + 0.5 * rtt_;
    }
    return 0;
}

void Day::latencies() {
    filling_ = seconds(workload_.readings.every) * static_cast<double>(made_.batch - 1);
    const bool held = over_socket(made_.plan.readings) || made_.kept;
    const double open = held ? 0 : tally_.trips_to_open() * rtt_;
    const Reach at_sending = held && made_.reach == Reach::kAsleep ? Reach::kPaged : made_.reach;
    const bool awake = gap_ < at(Constant::kCellTailTime);
    made_.reading_latency =
        filling_ + (awake ? 0 : radio_.seconds_to_wake(at_sending)) + open + rtt_ / 2 + transfer();
    made_.command_latency = has_commands() ? wait_of_commands() : 0;
    made_.reading_latency += retry();
    if (has_commands()) made_.command_latency += retry();
    const double asked = seconds(workload_.readings.latency);
    const bool readings = asked <= 0 || made_.reading_latency <= asked;
    const bool commands = !has_commands() || made_.command_latency <= command_need(workload_);
    made_.meets = readings && commands;
}

Estimate Day::work_out() {
    choose_reach();
    if (over_socket(made_.plan.readings)) {
        socket();
        socket_readings();
    } else {
        rest_readings();
        if (made_.plan.commands == Commands::kSocket) socket();
    }
    switch (made_.plan.commands) {
        case Commands::kWithReadings:
            with_readings();
            break;
        case Commands::kShortPoll:
            short_poll();
            break;
        case Commands::kLongPoll:
            long_poll();
            break;
        case Commands::kSse:
            sse();
            break;
        case Commands::kSocket:
            socket_commands();
            break;
    }
    latencies();
    tally_.lose(workload_.network.loss);
    made_.cost = tally_.cost();
    radio_.spend(made_.cost, made_.reach, soon_, bursts_);
    made_.cost.price = price_of(made_.cost, constants_, workload_);
    return made_;
}

}  // namespace

std::string_view name_of(Door door) {
    return kDoors.at(static_cast<std::size_t>(door));
}

Door Plan::readings_door() const {
    return over_socket(readings) ? Door::kSocket : Door::kRest;
}

Door Plan::commands_door() const {
    switch (commands) {
        case Commands::kLongPoll:
            return Door::kPoll;
        case Commands::kSse:
            return Door::kSse;
        case Commands::kSocket:
            return Door::kSocket;
        default:
            return Door::kRest;
    }
}

Door Plan::door() const {
    return std::max(readings_door(), commands_door());
}

std::string text_of(const Plan& plan) {
    std::string out{kReadings.at(static_cast<std::size_t>(plan.readings))};
    if (!over_socket(plan.readings) && plan.commands != Commands::kWithReadings) {
        out += "; ";
        out += kCommands.at(static_cast<std::size_t>(plan.commands));
    }
    return out;
}

double heartbeat_of(const Constants& constants, const Workload& workload) {
    return std::clamp(kMargin * seconds(workload.network.idle_cut), constants[Constant::kPingLeast],
                      constants[Constant::kPingMost]);
}

double command_need(const Workload& workload) {
    if (workload.commands.latency > Duration{0}) return seconds(workload.commands.latency);
    if (workload.power == Power::kMains) return kMainsNeed;
    return std::max(kBatteryNeed, 2 * seconds(workload.readings.every));
}

Estimate estimate(const Constants& constants, const Workload& workload, const Plan& plan) {
    return Day{constants, workload, plan}.work_out();
}

std::vector<Plan> plans() {
    std::vector<Plan> out;
    for (const Commands commands : {Commands::kWithReadings, Commands::kShortPoll,
                                    Commands::kLongPoll, Commands::kSse, Commands::kSocket}) {
        for (const Readings way : {Readings::kRestFresh, Readings::kRest, Readings::kRestBatched}) {
            out.push_back({.readings = way, .commands = commands});
        }
    }
    for (const Readings way : {Readings::kSocket, Readings::kSocketCbor, Readings::kSocketDeflate,
                               Readings::kSocketAcks}) {
        out.push_back({.readings = way, .commands = Commands::kSocket});
    }
    return out;
}

bool open_to(const Workload& workload, const Plan& plan) {
    if (plan.readings == Readings::kSocketDeflate) return false;
    return plan.readings != Readings::kSocketCbor || workload.readings.format == Format::kCbor;
}

}  // namespace tandem::advise
