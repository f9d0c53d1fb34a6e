#include "measure/doctor.h"

#include "cli/command.h"
#include "cli/hub_options.h"
#include "cli/terminal.h"
#include "cli/text.h"

#include <fmt/format.h>

namespace tandem::cli {
namespace {

struct DoctorOptions {
    HubOptions hub;
    std::string url;
    std::string watch = "45s";
    bool json = false;
};

void describe(Subcommand sub, DoctorOptions& options) {
    add_access_options(sub, options.hub);
    sub.option("hub", options.url, "Where the hub is: the same as --url");
    sub.option("--watch", options.watch, "How long what stays open is watched, 1s to 10m")
        .show_default();
    sub.flag("--json", options.json, "Print one object");
}

int act(const DoctorOptions& options) {
    constexpr Duration longest = 10min;
    const auto watch = parse_duration(options.watch);
    if (!watch || *watch < 1s || *watch > longest) {
        complain("--watch: a span from 1s to 10m is accepted");
        return kUsage;
    }
    HubOptions hub = options.hub;
    if (!options.url.empty()) hub.url = options.url;
    auto access = access_of(hub);
    if (!access) {
        static_cast<void>(complain(access.error()));
        return kUsage;
    }
    SystemClock clock;
    SystemRandom random;
    net::Loop loop{clock};
    stop_on_signals(loop);
    Progress progress;
    const measure::DoctorProgress tell = [&progress, &options](const std::string& doing) {
        progress.show(fmt::format("{}, for about {}", doing, options.watch));
    };
    measure::DoctorPlan plan{
        .hub = *std::move(access), .ca_file = options.hub.ca_file, .watch = *watch};
    auto found = finish(loop, measure::look_at_path(&loop, &random, std::move(plan), tell));
    progress.clear();
    if (!found) return kUnfinished;
    if (!*found) return complain(found->error());
    const auto verdict = measure::judge(**found);
    if (options.json) {
        print_json(measure::path_value(**found, verdict));
    } else {
        fmt::print("{}", measure::path_text(**found, verdict));
    }
    if (!(*found)->unreachable.empty()) return kUnreachable;
    return verdict.good() ? kOk : kRefused;
}

}  // namespace

void add_doctor(Commands commands) {
    add_subcommand<DoctorOptions>(
        commands, "doctor",
        "Finds out what the path to a hub allows: upgrades, silence, buffers, TLS, how long what "
        "stays open lives; and what to choose because of it",
        "tandem doctor https://hub.example.org --key-file admin.key", describe, act);
}

}  // namespace tandem::cli
