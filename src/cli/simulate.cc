#include "cli/command.h"
#include "cli/file.h"
#include "cli/hub_options.h"
#include "cli/terminal.h"
#include "cli/text.h"
#include "simulate/fleet.h"
#include "simulate/replay.h"
#include "simulate/scene.h"

#include <fmt/format.h>

#include <charconv>
#include <csignal>
#include <filesystem>
#include <sstream>

namespace tandem::cli {
namespace {

constexpr Duration kTellEvery = 1s;

struct SimulateOptions {
    HubOptions hub;
    std::string scene;
    std::string door = "mixed";
    std::size_t devices = 0;
    double rate = 0;
    std::string duration;
    std::string since;
    bool until_now = false;
    std::uint64_t seed = 1;
    std::string replay;
    std::string speed = "1";
    std::string device;
    std::string series;
    std::string zone = "Z";
    bool as_of_now = false;
    bool json = false;
};

void describe(Subcommand sub, SimulateOptions& options) {
    const Option scene = sub.option("scene", options.scene, "home, factory or weather")
                             .one_of({"home", "factory", "weather"});
    sub.option("--door", options.door, "Which door the devices take; mixed: by turns")
        .one_of({"rest", "ws", "mixed"})
        .show_default();
    sub.option("--devices", options.devices, "How many; a few of each kind if missing")
        .within(1, 100'000);
    sub.option("--rate", options.rate,
               "Measurements a second of each device; the kind's own if missing")
        .within(0.001, 1'000.0);
    sub.option("--duration", options.duration,
               "How long, like 30s or 5m; until Ctrl-C if "
               "missing");
    const Option since = sub.option(
        "--since", options.since,
        "Measure the past first, like 30d, as fast as the hub's readings_per_second lets it");
    sub.flag("--until-now", options.until_now, "Stop when the past has been measured").needs(since);
    sub.option("--seed", options.seed, "Another seed gives other weather and other habits")
        .show_default();
    const Option replay =
        sub.option("--replay", options.replay,
                   "A CSV file to play instead: a column of times, then one per series");
    sub.option("--speed", options.speed, "How many times faster than recorded, or max")
        .show_default();
    sub.option("--device", options.device,
               "As which device to play; after the file's name if missing");
    sub.option("--series", options.series,
               "The name for a column called `value`; after the file's name if missing");
    sub.option("--zone", options.zone, "The offset of times that have none, like +01:00")
        .show_default();
    sub.flag("--as-of-now", options.as_of_now, "Play as if it happened now");
    add_hub_options(sub, options.hub);
    sub.flag("--json", options.json, "Print the summary as JSON");
    scene.excludes(replay);
    since.excludes(replay);
}

/// What a run of the simulator lives in, and how it is told to end.
struct Run {
    const SystemClock& clock;
    SystemRandom& random;
    net::Loop& loop;
    client::Access access;
    const SimulateOptions& options;
    Progress progress;
    TimerId telling = 0;
    bool interrupted = false;
    std::move_only_function<void()> stop = [] {};  // Of what is going on now.

    [[nodiscard]] simulate::Surroundings around() const {
        return {.executor = loop, .clock = clock, .random = random};
    }
    [[nodiscard]] std::unique_ptr<simulate::Link> link(std::string key, bool socket) const {
        client::Access own = access;
        own.key = std::move(key);
        if (socket) return std::make_unique<simulate::SocketLink>(loop, random, own);
        return std::make_unique<simulate::RestLink>(loop, own);
    }
};

// An application may make devices; with a device's own key it plays that device.
bool is_device_key(const std::string& key) {
    return key.starts_with("tdk_");
}

int tell(const SimulateOptions& options, const simulate::Tally& tally) {
    const auto number = [](std::uint64_t of) { return Value{of}; };
    if (options.json) {
        print_json(Value::Object{{"measured", number(tally.measured)},
                                 {"accepted", number(tally.accepted)},
                                 {"refused", number(tally.refused)},
                                 {"dropped", number(tally.dropped)},
                                 {"commands", number(tally.commands)},
                                 {"arrivals", number(tally.arrivals)},
                                 {"failures", number(tally.failures)}});
    } else {
        print_line(fmt::format(
            "{} readings measured, {} accepted, {} refused, {} dropped; {} commands; {} failures",
            tally.measured, tally.accepted, tally.refused, tally.dropped, tally.commands,
            tally.failures));
    }
    if (!tally.last_failure.empty()) complain("the last failure: " + tally.last_failure);
    return tally.accepted > 0 || tally.failures == 0 ? kOk : kRefused;
}

// ---------------------------------------------------------------- a fleet

bool takes_socket(const std::string& door, std::size_t at) {
    return door == "ws" || (door == "mixed" && at % 2 == 0);
}

Result<simulate::Rhythm> rhythm_of(const Run& run) {
    simulate::Rhythm rhythm{.ends_now = run.options.until_now};
    if (run.options.rate > 0) {
        rhythm.interval = Duration{static_cast<std::int64_t>(1e6 / run.options.rate)};
    }
    if (run.options.since.empty()) return rhythm;
    auto span = parse_duration(run.options.since);
    if (!span) return pass(span);
    rhythm.since = run.clock.now() - *span;
    return rhythm;
}

Task<Result<void>> enrol_all(Run* run, std::vector<simulate::Plan> plans, simulate::Fleet* fleet) {
    client::RestClient admin{run->loop, run->access};
    const auto rhythm = rhythm_of(*run);
    if (!rhythm) co_return std::unexpected(rhythm.error());
    for (std::size_t at = 0; at < plans.size() && !run->interrupted; ++at) {
        run->progress.show(fmt::format("making devices: {} of {}", at, plans.size()));
        auto key = co_await simulate::enrol(&admin, &run->loop, plans[at]);
        if (!key) co_return pass(key);
        // Neighbouring seeds must not give neighbouring devices; SplitMix64's increment spreads.
        const std::uint64_t seed = run->options.seed + at * 0x9e37'79b9'7f4a'7c15ULL;
        fleet->add(std::make_unique<simulate::Device>(
            run->around(), plans[at].make(seed),
            run->link(*std::move(key), takes_socket(run->options.door, at)), *rhythm));
    }
    co_return Result<void>{};
}

void show_now_and_then(Run* run, const simulate::Fleet* fleet) {
    const simulate::Tally tally = fleet->tally();
    run->progress.show(fmt::format("{} devices, {} readings accepted, {} commands, {} failures",
                                   fleet->size(), tally.accepted, tally.commands, tally.failures));
    run->telling =
        run->loop.call_after(kTellEvery, [run, fleet] { show_now_and_then(run, fleet); });
}

Task<Result<simulate::Tally>> run_fleet(Run* run,
                                        std::vector<simulate::Plan> plans,
                                        Duration duration) {
    simulate::Fleet fleet{run->loop};
    auto enrolled = co_await enrol_all(run, std::move(plans), &fleet);
    if (!enrolled) co_return pass(enrolled);
    TimerId end = 0;
    run->stop = [&fleet] { fleet.stop(); };
    if (run->interrupted) fleet.stop();
    if (duration > 0us) end = run->loop.call_after(duration, [&fleet] { fleet.stop(); });
    show_now_and_then(run, &fleet);
    co_await fleet.run();
    run->loop.cancel(end);
    run->loop.cancel(run->telling);
    run->stop = [] {};
    run->progress.clear();
    co_return fleet.tally();
}

// ---------------------------------------------------------------- a recording

Result<simulate::Playing> playing_of(const SimulateOptions& options) {
    simulate::Playing playing{.speed = {}, .as_of_now = options.as_of_now};
    if (options.speed == "max") return playing;
    double speed = 0;
    const char* last = options.speed.data() + options.speed.size();
    const auto [end, error] = std::from_chars(options.speed.data(), last, speed);
    const bool times = end + 1 == last && *end == 'x';  // `60x`
    if (error != std::errc{} || (end != last && !times) || !(speed > 0) || speed > 1e9) {
        return fail_field("/speed", "a number above 0, or max, is expected");
    }
    playing.speed = speed;
    return playing;
}

Result<std::vector<simulate::RecordedRow>> rows_of(const SimulateOptions& options,
                                                   const std::string& stem) {
    const auto text = read_file(options.replay);
    if (!text) return fail_field("/replay", text.error().detail);
    auto rows = simulate::read_recording(*text, options.zone,
                                         options.series.empty() ? stem : options.series);
    if (!rows) return pass(rows);
    if (rows->empty()) return fail_field("/replay", options.replay + " has no readings");
    return rows;
}

Task<Result<simulate::Tally>> play(Run* run,
                                   std::vector<simulate::RecordedRow> rows,
                                   simulate::Playing playing,
                                   std::string device) {
    std::string key = run->access.key;
    if (!is_device_key(key)) {
        client::RestClient admin{run->loop, run->access};
        auto made = co_await simulate::adopt(&admin, &run->loop, std::move(device));
        if (!made) co_return pass(made);
        key = *std::move(made);
    }
    const std::size_t all = rows.size();
    const auto link = run->link(std::move(key), run->options.door != "rest");
    simulate::Replay replay{run->around(), std::move(rows), playing};
    run->stop = [&replay] { replay.stop(); };
    if (run->interrupted) replay.stop();
    auto tally = co_await replay.run(link.get(), [run, all](std::size_t done) {
        run->progress.show(fmt::format("{} of {} rows", done, all));
    });
    run->stop = [] {};
    run->progress.clear();
    link->close();
    co_return tally;
}

// ---------------------------------------------------------------- both

Result<Task<Result<simulate::Tally>>> task_of(Run& run) {
    const SimulateOptions& options = run.options;
    if (options.replay.empty()) {
        const auto scene = simulate::scene_named(options.scene);
        if (!scene) return fail_field("/scene", "home, factory, weather or --replay is expected");
        if (run.access.key.starts_with("tdk_")) {
            return fail_field("/key",
                              "a scene makes its devices: an application's key is "
                              "expected, this one is a device's");
        }
        auto duration =
            options.duration.empty() ? Result<Duration>{0us} : parse_duration(options.duration);
        if (!duration) return pass(duration);
        return run_fleet(&run, simulate::plan_scene(*scene, options.devices), *duration);
    }
    const std::string stem = std::filesystem::path{options.replay}.stem().string();
    auto playing = playing_of(options);
    if (!playing) return pass(playing);
    auto rows = rows_of(options, stem);
    if (!rows) return pass(rows);
    return play(&run, *std::move(rows), *playing, options.device.empty() ? stem : options.device);
}

int act(const SimulateOptions& options) {
    auto access = access_of(options.hub);
    if (!access) {
        static_cast<void>(complain(access.error()));
        return kUsage;
    }
    net::block_signals({SIGINT, SIGTERM});
    const SystemClock clock;
    SystemRandom random;
    net::Loop loop{clock};
    Run run{.clock = clock,
            .random = random,
            .loop = loop,
            .access = *std::move(access),
            .options = options};
    loop.on_signals({SIGINT, SIGTERM}, [&run](int) {
        if (std::exchange(run.interrupted, true)) return run.loop.stop();  // Twice: at once.
        run.stop();
    });
    auto task = task_of(run);
    if (!task) {
        static_cast<void>(complain(task.error()));
        return kUsage;
    }
    const auto tally = finish(loop, *std::move(task));
    run.progress.clear();
    if (!tally) return kRefused;
    if (!*tally) return complain(tally->error());
    return tell(options, **tally);
}

}  // namespace

void add_simulate(Commands commands) {
    add_subcommand<SimulateOptions>(
        commands, "simulate",
        "Runs devices of a home, a factory or a weather service against a hub, or plays a "
        "recording. The key is an application's that may make devices; to play a recording a "
        "device's own will do.",
        "tandem simulate home --door mixed --duration 5m --key-file admin.key\n"
        "  tandem simulate weather --since 30d --until-now --key-file admin.key\n"
        "  tandem simulate --replay machine_temperature.csv --speed max --device press-1",
        describe, act);
}

}  // namespace tandem::cli
