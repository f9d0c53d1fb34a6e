#include "advise/advice.h"
#include "advise/radio.h"
#include "cli/command.h"
#include "cli/hub_options.h"
#include "cli/terminal.h"
#include "cli/text.h"
#include "cli/workload_options.h"
#include "codec/json.h"
#include "codec/time_text.h"
#include "contract/schemas.h"
#include "measure/certificate.h"
#include "measure/hub_process.h"
#include "measure/relay.h"
#include "measure/report.h"
#include "node/hub.h"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>

namespace tandem::cli {
namespace {

namespace fs = std::filesystem;

struct BenchOptions {
    WorkloadOptions workload;
    HubOptions hub;
    std::string url;
    int rounds = 6;
    std::string slot = "1s";
    bool quick = false;
    bool through_network = false;
    bool json = false;
    std::string out;
    std::string report;
    std::string calibration;
    std::string rig;
    std::string peer_rest;
    std::string peer_socket;
    std::string peer_ca;
    std::uint64_t seed = 1;
};

void describe(Subcommand sub, BenchOptions& options) {
    add_workload_options(sub, options.workload);
    sub.option("--url", options.url,
               "A hub that runs already, and may be loaded; else one is started here");
    sub.option("--key", options.hub.key, "Of an administrator of that hub")
        .from_environment("TANDEM_KEY");
    sub.option("--key-file", options.hub.key_file, "A file that holds the key");
    sub.option("--ca", options.hub.ca_file, "Authorities to trust, PEM");
    sub.option("--rounds", options.rounds, "How often each way has its turn")
        .within(1, 100)
        .show_default();
    sub.option("--slot", options.slot, "How long a turn is").show_default();
    sub.flag("--quick", options.quick, "Two short rounds: to see that it works");
    sub.flag("--through-network", options.through_network,
             "Through the workload's network: --rtt, --kbit and --loss, by a relay between the "
             "devices and the hub");
    sub.flag("--json", options.json, "Print one object");
    sub.option("--out", options.out, "Write the object to a file too");
    sub.option("--report", options.report, "Write a page with charts, HTML");
    sub.option("--calibration", options.calibration,
               "Write what `tandem advise --constants` takes");
    sub.option("--peer-rest", options.peer_rest,
               "A server that answers POST with 2xx, http(s)://HOST[:PORT][/PATH]: measured beside "
               "the hub, to tell its own cost from the protocol's");
    sub.option("--peer-ws", options.peer_socket,
               "A WebSocket server that sends back what it gets, ws(s)://…: the same");
    sub.option("--peer-ca", options.peer_ca, "Authorities to trust of peers, PEM");
    sub.option("--seed", options.seed, "Another seed gives another order").show_default();
    sub.option("--rig", options.rig,
               "Break the set-up on purpose, to see that it is noticed: nagle, no-keep-alive or "
               "cold-tls")
        .one_of({"nagle", "no-keep-alive", "cold-tls"});
}

/// A directory that goes with this object.
class Scratch {
public:
    Scratch() : path_{(fs::temp_directory_path() / "tandem-bench-XXXXXX").string()} {
        made_ = ::mkdtemp(path_.data()) != nullptr;
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() {
        std::error_code ignored;
        if (made_) fs::remove_all(path_, ignored);
    }
    [[nodiscard]] bool made() const { return made_; }
    [[nodiscard]] fs::path path() const { return path_; }

private:
    std::string path_;
    bool made_ = false;
};

/// The hub that is measured, and how to reach it.
struct Measured {
    client::Access access;
    int pid = 0;
    std::string name;
    std::unique_ptr<measure::HubProcess> process;
};

std::vector<std::string> serve_words(const fs::path& data) {
    std::vector<std::string> words{"/proc/self/exe", "serve",       "--listen",
                                   "127.0.0.1:0",    "--log-level", "error",
                                   "--deflate",      "--data",      data.string()};
    // What the hub can do is asked, not what it allows.
    for (const char* limit :
         {"readings_per_second", "readings_burst", "requests_per_second", "requests_burst",
          "ws.messages_per_second", "ws.messages_burst", "ws.device_connects", "ws.connects"}) {
        words.emplace_back("--limit");
        words.push_back(std::string{limit} + "=1000000000");
    }
    return words;
}

// The child's /proc/self is another: the path of this program.
std::string this_program() {
    std::error_code failed;
    const fs::path path = fs::read_symlink("/proc/self/exe", failed);
    return failed ? "/proc/self/exe" : path.string();
}

Task<Result<std::string>> started(Completion<Result<std::string>> listening) {
    co_return co_await listening;
}

Result<Measured> start_hub(net::Loop& loop, const Scratch& scratch, bool tls) {
    if (!scratch.made()) return fail(ErrorCode::kUnavailable, "no directory for the hub's data");
    const fs::path data = scratch.path() / "data";
    auto made = node::initialise(data);
    if (!made) return pass(made);
    auto words = serve_words(data);
    words[0] = this_program();
    std::string authorities;
    if (tls) {
        auto files = measure::make_certificate(scratch.path());
        if (!files) return pass(files);
        authorities = files->certificate.string();
        for (const auto& [option, file] :
             {std::pair{"--tls-cert", files->certificate}, std::pair{"--tls-key", files->key}}) {
            words.emplace_back(option);
            words.push_back(file.string());
        }
    }
    Completion<Result<std::string>> listening;
    auto process = measure::HubProcess::start(
        loop, words, [listening](Result<std::string> url) mutable { listening.complete(url); });
    if (!process) return pass(process);
    auto url = finish(loop, started(listening));
    if (!url || !*url) return fail(ErrorCode::kUnavailable, "the hub did not start");
    auto access = client::make_access(**url, made->admin_key, authorities);
    if (!access) return pass(access);
    Measured measured{.access = *std::move(access),
                      .pid = (*process)->pid(),
                      .name = "started here, on a directory of its own",
                      .process = nullptr};
    measured.process = std::move(*process);
    return measured;
}

Result<Measured> measured_hub(net::Loop& loop,
                              const Scratch& scratch,
                              const BenchOptions& options,
                              bool tls) {
    if (options.url.empty()) return start_hub(loop, scratch, tls);
    HubOptions there = options.hub;
    there.url = options.url;
    auto access = access_of(there);
    if (!access) return pass(access);
    Measured measured{.access = *std::move(access), .name = options.url};
    return measured;
}

std::string processor_name() {
    std::ifstream file{"/proc/cpuinfo"};
    std::string line;
    while (std::getline(file, line)) {
        constexpr std::string_view name = "model name";
        const std::size_t colon = line.find(": ");
        if (line.starts_with(name) && colon != std::string::npos) return line.substr(colon + 2);
    }
    return "unknown";
}

measure::Machine this_machine(const std::string& hub, Instant now) {
    utsname system{};
    ::uname(&system);
    return {.processor = processor_name(),
            .system = std::string{system.sysname} + " " + system.release,
            .cores = static_cast<std::size_t>(::sysconf(_SC_NPROCESSORS_ONLN)),
            .version = std::string{contract::kVersion},
            .hub = hub,
            .made = codec::rfc3339(now)};
}

Result<void> write_file(const std::string& file, std::string_view text) {
    std::ofstream out{file, std::ios::binary};
    out << text;
    out.flush();
    if (!out) return fail(ErrorCode::kInvalidField, file + ": cannot be written");
    return {};
}

Result<void> write_reports(const BenchOptions& options,
                           const measure::BenchResult& result,
                           const measure::Machine& machine) {
    if (!options.out.empty()) {
        const std::string text = pretty_json(measure::report_value(result, machine));
        if (auto good = write_file(options.out, text); !good) return good;
    }
    if (!options.calibration.empty()) {
        const std::string text = pretty_json(measure::calibration_of(result, machine));
        if (auto good = write_file(options.calibration, text); !good) return good;
    }
    if (options.report.empty()) return {};
    auto constants =
        advise::read_calibration(codec::to_json(measure::calibration_of(result, machine)));
    const advise::Constants used = constants ? *constants : advise::Constants{};
    const advise::Advice advice = advise::advise(used, result.plan.workload);
    return write_file(options.report, measure::report_html(result, machine, advice));
}

Result<std::optional<measure::Peer>> peer_of(const std::string& url,
                                             client::Door door,
                                             const BenchOptions& options,
                                             bool tls) {
    if (url.empty()) return std::nullopt;
    auto peer = measure::make_peer(url, door, options.peer_ca);
    if (!peer) return pass(peer);
    // What TLS costs would be taken for the hub's own, or the other way round.
    if (peer->access.url.tls != tls) {
        return fail(ErrorCode::kInvalidField,
                    url + (tls ? ": the hub is reached over TLS, so the peer has to be: or --no-tls"
                               : ": the hub is reached without TLS, so the peer has to be"));
    }
    return std::optional{*std::move(peer)};
}

Result<void> add_peers(const BenchOptions& options, measure::BenchPlan& plan) {
    const bool tls =
        options.url.empty() ? plan.workload.network.tls : options.url.starts_with("https://");
    auto rest = peer_of(options.peer_rest, client::Door::kRest, options, tls);
    if (!rest) return pass(rest);
    auto socket = peer_of(options.peer_socket, client::Door::kWebSocket, options, tls);
    if (!socket) return pass(socket);
    plan.peer_rest = *std::move(rest);
    plan.peer_socket = *std::move(socket);
    return {};
}

// What the workload says of the network of its devices; "usual" bandwidth for its kind.
Result<std::unique_ptr<measure::Relay>> add_relay(net::Loop& loop,
                                                  Random& random,
                                                  measure::BenchPlan& plan) {
    const auto& network = plan.workload.network;
    const advise::Constants constants;
    const double rate = 1 / advise::Radio{constants, plan.workload}.seconds_to_send(1);
    const measure::Link link{.delay = network.rtt / 2,
                             .bytes_per_second = rate,
                             .loss = network.loss,
                             .again = std::max<Duration>(200ms, 2 * network.rtt)};
    auto relay = measure::Relay::open(
        loop, random, {.host = plan.hub.url.host, .port = plan.hub.url.port}, link, link);
    if (!relay) return pass(relay);
    plan.relay_port = (*relay)->port();
    plan.round_trip = network.rtt;
    plan.network = fmt::format(
        "a relay of this program before the devices: round trip {} ms, {:.0f} kbit/s each way, {} "
        "% "
        "of the packets lost",
        network.rtt / 1ms, rate * 8 / 1'000, 100 * network.loss);
    return relay;
}

Result<measure::BenchPlan> plan_of(const BenchOptions& options) {
    auto workload = workload_of(options.workload);
    if (!workload) return pass(workload);
    if (workload->readings.payload > measure::kMeasuredBytesMost) {
        return fail(ErrorCode::kInvalidField,
                    fmt::format("readings.payload: {} bytes at most, to fit into a message of a "
                                "WebSocket; send more as several readings",
                                measure::kMeasuredBytesMost));
    }
    auto slot = parse_duration(options.slot);
    if (!slot) return pass(slot);
    measure::BenchPlan plan{.workload = *std::move(workload),
                            .rounds = options.rounds,
                            .slot = *slot,
                            .seed = options.seed};
    if (options.quick) {
        plan.rounds = 2;
        plan.slot = 200ms;
        plan.flat_out = 100ms;
        plan.devices = 4;
        plan.crowd = 20;
    }
    if (auto peers = add_peers(options, plan); !peers) return pass(peers);
    if (options.through_network && (!options.url.empty() || plan.peer_rest || plan.peer_socket)) {
        return fail(ErrorCode::kInvalidField,
                    "--through-network is for the hub that is started here, without peers");
    }
    plan.wiring.nagle = options.rig == "nagle";
    plan.rig_no_keep_alive = options.rig == "no-keep-alive";
    plan.wiring.resume = plan.workload.network.resumption && options.rig != "cold-tls";
    return plan;
}

int act(const BenchOptions& options) {
    auto plan = plan_of(options);
    if (!plan) {
        static_cast<void>(complain(plan.error()));
        return kUsage;
    }
    SystemClock clock;
    net::Loop loop{clock};
    stop_on_signals(loop);
    const Scratch scratch;
    auto hub = measured_hub(loop, scratch, options, plan->workload.network.tls);
    if (!hub) return complain(hub.error());
    plan->hub = hub->access;
    plan->pid = hub->pid;
    SeededRandom random{options.seed};
    Result<std::unique_ptr<measure::Relay>> relay;
    if (options.through_network) {
        relay = add_relay(loop, random, *plan);
        if (!relay) return complain(relay.error());
    }
    Progress progress;
    const measure::BenchProgress tell = [&progress](const std::string& doing, double share) {
        progress.show(fmt::format("{:3.0f} %  {}", 100 * share, doing));
    };
    auto ran = finish(loop, measure::run_bench(&loop, &random, *plan, tell));
    progress.clear();
    if (!ran) return kUnfinished;
    if (!*ran) return complain(ran->error());
    const measure::BenchResult& result = **ran;
    const auto machine = this_machine(hub->name, clock.now());
    if (auto written = write_reports(options, result, machine); !written) {
        static_cast<void>(complain(written.error()));
        return kUsage;
    }
    if (options.json) {
        print_json(measure::report_value(result, machine));
    } else {
        fmt::print("{}", measure::report_text(result));
    }
    return result.sound() ? kOk : kRefused;
}

struct CalibrateOptions {
    std::string file = "calibration.json";
    int rounds = 6;
    bool quick = false;
    bool no_tls = false;
};

void describe_calibrate(Subcommand sub, CalibrateOptions& options) {
    sub.option("file", options.file, "Where the constants go").show_default();
    sub.option("--rounds", options.rounds, "How often each way has its turn")
        .within(1, 100)
        .show_default();
    sub.flag("--quick", options.quick, "Two short rounds: to see that it works");
    sub.flag("--no-tls", options.no_tls, "Without TLS: what opening a connection costs");
}

int act_calibrate(const CalibrateOptions& options) {
    BenchOptions bench;
    bench.rounds = options.rounds;
    bench.quick = options.quick;
    bench.calibration = options.file;
    bench.workload.fields = {{"name", "calibration"},
                             {"readings.every", "1s"},
                             {"readings.payload", "100"},
                             {"network.tls", options.no_tls ? "false" : "true"}};
    return act(bench);
}

}  // namespace

void add_bench(Commands commands) {
    add_subcommand<BenchOptions>(
        commands, "bench",
        "Measures each way through the doors on a workload: latency, bytes, processor time",
        "tandem bench --preset home --report home.html\n  tandem bench --every 1s --payload 200 "
        "--json",
        describe, act);
}

void add_calibrate(Commands commands) {
    add_subcommand<CalibrateOptions>(
        commands, "calibrate", "Measures what `advise` takes for granted, on this machine",
        "tandem calibrate here.json && tandem advise --preset home --constants here.json",
        describe_calibrate, act_calibrate);
}

}  // namespace tandem::cli
