#include "measure/bench.h"

#include "base/checked.h"
#include "codec/json.h"
#include "measure/downlink.h"
#include "measure/load.h"
#include "measure/waiting.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

namespace tandem::measure {
namespace {

using advise::Commands;
using advise::Door;
using advise::Readings;

constexpr std::size_t kDevicesMost = 32;
constexpr std::size_t kListeners = 8;
constexpr double kRateLeast = 150;
constexpr double kRateMost = 400;
constexpr double kCommandRate = 40;
constexpr double kEventRate = 60;
// Of a hub that others use: eight who ask after each event stay below the 50 requests a second that
// one key may make (docs/reference/limits.md).
constexpr double kCommandRateElsewhere = 20;
constexpr double kEventRateElsewhere = 5;
constexpr std::int64_t kBatch = 10;  // Where the workload names none.
constexpr Duration kShortPoll = 250ms;
constexpr Duration kHearing = 5s;
// A command that is taken and not reported would hold back those of the next way.
constexpr Duration kReporting = 150ms;
constexpr Duration kSettling = 20ms;
constexpr double kMillion = 1e6;

double seconds(Duration span) {
    return static_cast<double>(span.count()) / kMillion;
}

/// Everything of one run.
class Bench {
public:
    Bench(net::Loop& loop, Random& random, BenchPlan plan, BenchProgress progress)
        : loop_{loop},
          random_{random},
          progress_{std::move(progress)},
          wires_{loop, plan.wiring},
          others_{loop, Wiring{}},
          admin_{loop, plan.hub, others_.connect(plan.hub)} {
        result_.plan = std::move(plan);
    }

    Task<Result<BenchResult>> run();

private:
    struct Meter;

    [[nodiscard]] const BenchPlan& plan() const { return result_.plan; }
    /// Whether the hub runs elsewhere, with limits and other clients of its own.
    [[nodiscard]] bool elsewhere() const { return plan().pid == 0; }
    /// So much later everything is through that takes `span` where nothing is far away: a
    /// connection, a request and its answer.
    [[nodiscard]] Duration settled(Duration span) const { return span + 3 * plan().round_trip; }
    [[nodiscard]] std::string device(std::size_t at) const {
        return fmt::format("{}-{}", name_, at);
    }
    Task<void> ask_for_deflate();
    Task<Result<void>> make_devices();
    Task<void> delete_devices();
    Task<Result<void>> measure_all();
    Task<void> flat_out(Pace pace, Send send, WayResult* into, bool counts);
    Task<Result<void>> measure(std::size_t at, bool counts);
    Task<Result<void>> measure_up(Way way, WayResult* into, bool counts);
    Task<Result<void>> measure_down(Commands way, WayResult* into, bool counts);
    Task<Result<void>> measure_fan_out(Door door, WayResult* into, bool counts);
    Task<void> end_what_was();
    Task<Result<void>> measure_memory();
    using Held = std::vector<std::unique_ptr<Uplink>>;
    Task<Result<void>> hold(bool socket, Held* held, double* each);
    Task<Result<void>> round(bool counts);
    [[nodiscard]] LinkSetting setting(std::size_t device);
    [[nodiscard]] LinkSetting administrator();
    [[nodiscard]] const Peer& peer_of(const Way& way) const {
        return checked(way.door == Door::kSocket ? plan().peer_socket : plan().peer_rest);
    }
    [[nodiscard]] std::unique_ptr<Uplink> link_of(const Way& way, std::size_t device);
    [[nodiscard]] std::vector<int> pids_of(const Way& way) const;
    [[nodiscard]] std::vector<int> hub_pids() const { return pids_of(Way{}); }
    void choose_sizes();
    void prepare();
    void done(const std::string& what);

    net::Loop& loop_;
    Random& random_;
    BenchProgress progress_;
    WireCounter wires_;
    WireCounter others_;  // Of those who are not measured: the administrator, who publishes.
    client::RestClient admin_;
    BenchResult result_;
    std::vector<Way> ways_;          // In the order of result_.ways.
    std::string name_;               // Of the devices, with a number behind.
    std::vector<std::string> keys_;  // Of each device that was made.
    double steps_ = 1;
    double step_ = 0;
    std::uint64_t number_ = 0;
};

/// What hub, generator and wires had before a slot.
struct Bench::Meter {
    // `of_pids`: the processes of whoever answers; empty where nobody knows.
    Meter(Bench& of, std::vector<int> of_pids)
        : bench{of},
          pids{std::move(of_pids)},
          server{cpu_of(pids)},
          client{own_cpu()},
          wires{of.wires_.count()},
          began{of.loop_.clock().monotonic()} {}

    // Adds what has been used since, for each of `messages`.
    void read(WayResult& into, double messages, double payload) const {
        if (messages <= 0) return;
        WireCount used = bench.wires_.count();
        const std::uint64_t before = used.connections;
        used -= wires;
        used.connections = before - wires.connections;
        const double time = seconds(bench.loop_.clock().monotonic() - began);
        const auto put = [&into](const char* name, double value) {
            into.rounds[name].push_back(value);
        };
        const double cpu = own_cpu() - client;
        if (!pids.empty()) put("hub_cpu_us", (cpu_of(pids) - server) / messages * kMillion);
        put("client_cpu_us", cpu / messages * kMillion);
        put("client_busy", cpu / time);
        put("payload_bytes", payload);
        put("framing_bytes", used.app() / messages - payload);
        put("tls_bytes", used.tls() / messages);
        put("tcp_ip_bytes", used.headers() / messages);
        put("bytes", used.total() / messages);
        put("packets", used.packets() / messages);
        put("connections", static_cast<double>(used.connections) / messages);
        if (used.connections > 0) {
            put("resumed",
                static_cast<double>(used.resumed) / static_cast<double>(used.connections));
        }
        put("retransmitted", static_cast<double>(used.retransmitted));
    }

    static double cpu_of(const std::vector<int>& pids) {
        double used = 0;
        for (const int pid : pids)
            used += usage_of(pid).cpu;
        return used;
    }

    Bench& bench;
    std::vector<int> pids;
    double server;
    double client;
    WireCount wires;
    Monotonic began;
};

void take_latencies(WayResult& into, std::vector<double> latencies) {
    const Latency latency = latency_of(latencies);
    into.rounds["p50_us"].push_back(latency.p50);
    into.rounds["p90_us"].push_back(latency.p90);
    into.rounds["p99_us"].push_back(latency.p99);
    into.latencies.insert(into.latencies.end(), latencies.begin(), latencies.end());
}

void take(WayResult& into, Sent sent) {
    into.answered += sent.answered;
    into.lost += sent.failed + sent.unanswered;
    if (into.first_failure.empty()) into.first_failure = sent.first_failure;
    into.lateness.insert(into.lateness.end(), sent.lateness.begin(), sent.lateness.end());
    take_latencies(into, std::move(sent.latencies));
}

LinkSetting Bench::setting(std::size_t device) {
    client::Access access = plan().hub;
    access.key = keys_[device];
    if (plan().relay_port != 0) access.url.port = plan().relay_port;
    return {.loop = &loop_, .random = &random_, .wires = &wires_, .access = std::move(access)};
}

LinkSetting Bench::administrator() {
    return {.loop = &loop_, .random = &random_, .wires = &wires_, .access = plan().hub};
}

std::unique_ptr<Uplink> Bench::link_of(const Way& way, std::size_t device) {
    const bool rigged = plan().rig_no_keep_alive && way.readings == Readings::kRest;
    const Readings readings = rigged ? Readings::kRestFresh : way.readings;
    LinkSetting made = setting(device);
    if (!way.peer) return make_uplink(readings, std::move(made));
    const Peer& peer = peer_of(way);
    // As long as a device's key, and nobody's.
    const std::string key(made.access.key.size(), 'x');
    made.access = peer.access;
    made.access.key = key;
    return make_peer_uplink(readings, std::move(made), peer.target);
}

std::vector<int> Bench::pids_of(const Way& way) const {
    if (way.peer) return peer_of(way).pids;
    return elsewhere() ? std::vector<int>{} : std::vector{plan().pid};
}

void Bench::choose_sizes() {
    const auto& workload = plan().workload;
    result_.devices =
        plan().devices > 0
            ? plan().devices
            : std::min<std::size_t>(static_cast<std::size_t>(workload.devices), kDevicesMost);
    const double fleet =
        static_cast<double>(workload.devices) * workload.readings_per_day() / advise::kSecondsOfDay;
    result_.per_second =
        plan().per_second > 0 ? plan().per_second : std::clamp(fleet, kRateLeast, kRateMost);
    const auto around = static_cast<std::int64_t>(row(advise::Constant::kTimedItem).value);
    const std::int64_t fit =
        std::max<std::int64_t>(kMeasuredBytesMost / (workload.readings.payload + around), 1);
    result_.batch = std::min(workload.readings.batch > 1 ? workload.readings.batch : kBatch, fit);
}

void Bench::prepare() {
    ways_ = ways_of_hub(result_.deflate);
    const PeersAsked asked{.rest = plan().peer_rest.has_value(),
                           .socket = plan().peer_socket.has_value()};
    for (Way& way : ways_of_peers(asked))
        ways_.push_back(std::move(way));
    for (const Way& way : ways_) {
        result_.ways.push_back(
            {.part = way.part, .way = way.name, .peer = way.peer, .door = way.door});
    }
    steps_ = static_cast<double>(result_.ways.size()) * (plan().rounds + 1) + 2;
}

void Bench::done(const std::string& what) {
    step_ += 1;
    if (progress_) progress_(what, std::min(step_ / steps_, 1.0));
}

Task<Result<void>> Bench::make_devices() {
    // Of this run alone, so that no device of the hub's own is touched.
    name_ = fmt::format("bench-{:x}", loop_.clock().now().time_since_epoch() / 1ms);
    const std::size_t count = std::max(result_.devices, kListeners);
    while (keys_.size() < count) {
        const std::string id = device(keys_.size());
        client::Call create{.operation = "devices.create"};
        create.body = Value::Object{{"id", id}};
        auto made = co_await admin_.call(std::move(create));
        if (!made) co_return pass(made);
        keys_.emplace_back();
        client::Call issue{.operation = "keys.create", .path = Value::Object{{"device", id}}};
        issue.body = Value::Object{};
        auto key = co_await admin_.call(std::move(issue));
        if (!key) co_return pass(key);
        keys_.back() = client::text_at(key->body, "key");
    }
    co_return Result<void>{};
}

// A hub compresses where it was started with --deflate. One that cannot be reached says so later.
Task<void> Bench::ask_for_deflate() {
    client::Access access = plan().hub;
    access.deflate = true;
    client::WebSocketClient asking{loop_, random_, access, others_.connect(access)};
    auto hello = co_await asking.open();
    result_.deflate = hello.has_value() && asking.compresses();
}

Task<void> Bench::delete_devices() {
    for (std::size_t at = 0; at < keys_.size(); ++at) {
        client::Call call{.operation = "devices.delete",
                          .path = Value::Object{{"device", device(at)}}};
        // What was measured stands without it.
        auto deleted = co_await admin_.call(std::move(call));
        static_cast<void>(deleted.has_value());
    }
}

// ---------------------------------------------------------------- readings up

Task<Result<void>> Bench::measure_up(Way way, WayResult* into, bool counts) {
    const std::int64_t count = way.batched ? result_.batch : 1;
    auto links = std::make_shared<std::vector<std::unique_ptr<Uplink>>>();
    const Monotonic opening = loop_.clock().monotonic();
    for (std::size_t at = 0; at < result_.devices; ++at) {
        links->push_back(link_of(way, at));
        auto opened = co_await links->back()->open();
        if (!opened) co_return pass(opened);
    }
    const double setup = static_cast<double>((loop_.clock().monotonic() - opening).count()) /
                         static_cast<double>(result_.devices);

    const auto payload = std::make_shared<double>(0);
    const Send send = [this, links, count, payload](std::size_t sender, std::uint64_t number) {
        Value body = make_body(plan().workload, count, number_ + number, loop_.clock().now());
        *payload += static_cast<double>(codec::to_json(body).size());
        return (*links)[sender]->send(std::move(body));
    };
    // A handshake, caches and the first allocations belong to nobody.
    for (std::size_t at = 0; at < result_.devices; ++at) {
        auto warmed = co_await send(at, at);
        if (!warmed) co_return pass(warmed);
    }
    *payload = 0;
    number_ += 100'000;
    const Pace pace{.senders = result_.devices,
                    .per_second = result_.per_second,
                    .time = plan().slot,
                    .jitter = plan().workload.readings.jitter};
    const Meter meter{*this, pids_of(way)};
    Sent sent = co_await send_at_rate(&loop_, &random_, pace, send);
    co_await pause(&loop_, settled(20ms));  // The last packets are acknowledged.
    if (counts) {
        const auto messages = static_cast<double>(sent.answered);
        meter.read(*into, messages, *payload / std::max(messages, 1.0));
        take(*into, std::move(sent));
        if (way.readings != Readings::kRestFresh) into->rounds["setup_us"].push_back(setup);
    }
    // Others use one that runs elsewhere, and its limits would be measured, not what it can do.
    if (!pids_of(way).empty()) co_await flat_out(pace, send, into, counts);
    co_return Result<void>{};
}

Task<void> Bench::flat_out(Pace pace, Send send, WayResult* into, bool counts) {
    const double before = own_cpu();
    pace.time = plan().flat_out;
    number_ += 100'000;
    Sent flat = co_await send_flat_out(&loop_, pace, std::move(send));
    if (!counts || flat.seconds <= 0) co_return;
    into->rounds["flat_out_per_second"].push_back(static_cast<double>(flat.answered) /
                                                  flat.seconds);
    into->rounds["flat_out_client_busy"].push_back((own_cpu() - before) / flat.seconds);
}

// ---------------------------------------------------------------- commands down, events to many

// A connection goes to its end when it is counted for the last time: a poll or a socket that was
// still there would take a command away.
Task<void> Bench::end_what_was() {
    static_cast<void>(wires_.count());
    static_cast<void>(others_.count());
    co_await pause(&loop_, settled(kSettling));
}

namespace {

Task<Result<void>> answered(client::HubClient* by, client::Call call) {
    auto reply = co_await by->call(std::move(call));
    if (!reply) co_return pass(reply);
    co_return Result<void>{};
}

/// When each number was due, and when whoever waits for it has heard it.
struct Hearing {
    std::map<std::int64_t, Monotonic> due;
    std::vector<double> latencies;
    std::uint64_t expected = 0;
    std::uint64_t heard = 0;
};

Downlink::Heard listen_for(const std::shared_ptr<Hearing>& hearing, net::Loop& loop) {
    return [hearing, &loop](std::int64_t number) {
        const auto found = hearing->due.find(number);
        if (found == hearing->due.end()) return;  // Of the time before it counted.
        ++hearing->heard;
        hearing->latencies.push_back(
            static_cast<double>((loop.clock().monotonic() - found->second).count()));
    };
}

Task<void> wait_for_all(net::Loop* loop, std::shared_ptr<Hearing> hearing) {
    for (Duration waited{0}; waited < kHearing && hearing->heard < hearing->expected;
         waited += 20ms) {
        co_await pause(loop, 20ms);
    }
    co_await pause(loop, 20ms);
}

void take_hearing(WayResult& into, const Hearing& hearing) {
    into.answered += hearing.heard;
    into.lost += hearing.expected - std::min(hearing.heard, hearing.expected);
    take_latencies(into, hearing.latencies);
}

}  // namespace

Task<Result<void>> Bench::measure_down(Commands way, WayResult* into, bool counts) {
    co_await end_what_was();
    auto hearing = std::make_shared<Hearing>();
    std::vector<std::unique_ptr<Downlink>> links;
    for (std::size_t at = 0; at < kListeners; ++at) {
        links.push_back(
            make_command_link(way, setting(at), kShortPoll, listen_for(hearing, loop_)));
        auto opened = co_await links.back()->open();
        if (!opened) co_return pass(opened);
    }
    co_await pause(&loop_, settled(50ms));
    const std::uint64_t base = number_ += 100'000;
    const Send send = [this, hearing, base](std::size_t sender,
                                            std::uint64_t number) -> Task<Result<void>> {
        const auto id = static_cast<std::int64_t>(base + number);
        hearing->due[id] = loop_.clock().monotonic();
        ++hearing->expected;
        client::Call call{.operation = "commands.send",
                          .path = Value::Object{{"device", device(sender)}}};
        call.body = Value::Object{{"name", "bench"}, {"params", Value::Object{{"n", id}}}};
        return answered(&admin_, std::move(call));
    };
    const Pace pace{.senders = kListeners,
                    .per_second = elsewhere() ? kCommandRateElsewhere : kCommandRate,
                    .time = plan().slot};
    const Meter meter{*this, hub_pids()};
    Sent sent = co_await send_at_rate(&loop_, &random_, pace, send);
    co_await wait_for_all(&loop_, hearing);
    co_await pause(&loop_, settled(kReporting));
    if (counts) {
        const auto messages = static_cast<double>(hearing->heard);
        meter.read(*into, messages, static_cast<double>(std::string{R"({"n":100000})"}.size()));
        take_hearing(*into, *hearing);
        into->lateness.insert(into->lateness.end(), sent.lateness.begin(), sent.lateness.end());
        if (into->first_failure.empty()) into->first_failure = sent.first_failure;
    }
    co_return Result<void>{};
}

Task<Result<void>> Bench::measure_fan_out(Door door, WayResult* into, bool counts) {
    co_await end_what_was();
    auto hearing = std::make_shared<Hearing>();
    std::vector<std::unique_ptr<Downlink>> links;
    const std::size_t last = keys_.size() - 1;
    const std::string watched = device(last);
    for (std::size_t at = 0; at < kListeners; ++at) {
        links.push_back(
            make_watcher(door, administrator(), watched, kShortPoll, listen_for(hearing, loop_)));
        auto opened = co_await links.back()->open();
        if (!opened) co_return pass(opened);
    }
    // The one who publishes is not counted on the wire.
    client::Access access = plan().hub;
    access.key = keys_[last];
    client::WebSocketClient publisher{loop_, random_, access, others_.connect(access)};
    auto hello = co_await publisher.open();
    if (!hello) co_return pass(hello);
    const std::uint64_t base = number_ += 100'000;
    const Send send = [this, hearing, base, &publisher](std::size_t /*sender*/,
                                                        std::uint64_t number) {
        const auto id = static_cast<std::int64_t>(base + number);
        hearing->due[id] = loop_.clock().monotonic();
        hearing->expected += kListeners;
        client::Call call{.operation = "telemetry.write", .path = Value::Object{{"device", "me"}}};
        call.body = Value::Object{{"n", id}};
        return answered(&publisher, std::move(call));
    };
    const Pace pace{.senders = 1,
                    .per_second = elsewhere() ? kEventRateElsewhere : kEventRate,
                    .time = plan().slot};
    const Meter meter{*this, hub_pids()};
    Sent sent = co_await send_at_rate(&loop_, &random_, pace, send);
    co_await wait_for_all(&loop_, hearing);
    if (counts) {
        const auto messages = static_cast<double>(hearing->heard);
        const std::string event =
            R"({"d":")" + watched + R"(","s":"n","t":1700000000000.123,"v":1000000})";
        meter.read(*into, messages, static_cast<double>(event.size()));
        take_hearing(*into, *hearing);
        into->lateness.insert(into->lateness.end(), sent.lateness.begin(), sent.lateness.end());
        if (into->first_failure.empty()) into->first_failure = sent.first_failure;
    }
    co_return Result<void>{};
}

// ---------------------------------------------------------------- memory

Task<Result<void>> Bench::hold(bool socket, Held* held, double* each) {
    const double before = usage_of(plan().pid).memory;
    for (std::size_t at = 0; at < plan().crowd; ++at) {
        // Sockets of an administrator: a device has one.
        held->push_back(make_uplink(socket ? Readings::kSocket : Readings::kRest, administrator()));
        auto opened = co_await held->back()->open();
        if (!opened) co_return pass(opened);
    }
    co_await pause(&loop_, 100ms);
    *each = std::max(usage_of(plan().pid).memory - before, 0.0) / static_cast<double>(plan().crowd);
    co_return Result<void>{};
}

// Before the hub has had anything to do: what its allocator keeps of that would hide what a
// connection takes. So each crowd stays until the last has come; the first of each kind takes what
// is there already, and does not count.
Task<Result<void>> Bench::measure_memory() {
    if (plan().pid == 0 || plan().crowd == 0) co_return Result<void>{};
    Held all;
    for (const bool counts : {false, true}) {
        for (const bool socket : {false, true}) {
            double each = 0;
            auto held = co_await hold(socket, &all, &each);
            if (!held) co_return pass(held);
            if (counts) result_.memory[socket ? "ws" : "rest"] = each;
        }
    }
    all.clear();
    co_await pause(&loop_, 200ms);
    co_return Result<void>{};
}

// ---------------------------------------------------------------- all of it

Task<Result<void>> Bench::measure(std::size_t at, bool counts) {
    const Way& way = ways_[at];
    WayResult* into = &result_.ways[at];
    if (way.part == Part::kUp) return measure_up(way, into, counts);
    if (way.part == Part::kDown) return measure_down(way.commands, into, counts);
    return measure_fan_out(way.door, into, counts);
}

Task<Result<void>> Bench::round(bool counts) {
    // Another order each time, so that no way always comes after the same one.
    std::vector<std::size_t> order(result_.ways.size());
    for (std::size_t at = 0; at < order.size(); ++at)
        order[at] = at;
    for (std::size_t at = order.size(); at > 1; --at)
        std::swap(order[at - 1], order[random_.next() % at]);
    for (const std::size_t at : order) {
        WayResult* into = &result_.ways[at];
        auto measured = co_await measure(at, counts);
        if (!measured) {
            measured.error().detail = into->way + ": " + measured.error().detail;
            co_return pass(measured);
        }
        done(std::string{name_of(into->part)} + ", " + into->way);
        co_await pause(&loop_, 10ms);
    }
    co_return Result<void>{};
}

Task<Result<void>> Bench::measure_all() {
    auto made = co_await make_devices();
    if (!made) co_return pass(made);
    done("devices");
    auto held = co_await measure_memory();
    if (!held) co_return pass(held);
    done("memory");
    for (int at = 0; at <= plan().rounds; ++at) {
        auto measured = co_await round(at > 0);
        if (!measured) co_return pass(measured);
    }
    co_return Result<void>{};
}

Task<Result<BenchResult>> Bench::run() {
    const Monotonic began = loop_.clock().monotonic();
    const Instant began_at = loop_.clock().now();
    choose_sizes();
    co_await ask_for_deflate();
    prepare();
    auto measured = co_await measure_all();
    co_await delete_devices();
    if (!measured) co_return pass(measured);
    result_.seconds = seconds(loop_.clock().monotonic() - began);
    result_.clock_drift = seconds(loop_.clock().now() - began_at) - result_.seconds;
    result_.wire = wires_.count();
    result_.wire += others_.count();
    result_.checks = check_result(result_, wires_.all_no_delay());
    co_return std::move(result_);
}

}  // namespace

double WayResult::mean(const std::string& figure) const {
    const auto found = rounds.find(figure);
    return found == rounds.end() ? 0 : median(found->second);
}

bool BenchResult::sound() const {
    return std::ranges::all_of(checks, &Check::good);
}

Task<Result<BenchResult>> run_bench(net::Loop* loop,
                                    Random* random,
                                    BenchPlan plan,
                                    BenchProgress progress) {
    Bench bench{*loop, *random, std::move(plan), std::move(progress)};
    auto result = co_await bench.run();
    co_return result;
}

}  // namespace tandem::measure
