#include "advise/workload.h"
#include "cli/command.h"
#include "cli/hub_options.h"
#include "cli/terminal.h"
#include "cli/text.h"
#include "cli/workload_options.h"
#include "measure/recorder.h"

#include <fmt/format.h>

#include <fstream>

namespace tandem::cli {
namespace {

struct RecordOptions {
    HubOptions hub;
    WorkloadOptions workload;
    std::string file;
    std::string time = "60s";
};

void describe(Subcommand sub, RecordOptions& options) {
    sub.option("file", options.file, "Where the workload goes; standard output if missing");
    sub.option("--for", options.time, "How long the hub is followed, 1s to 24h").show_default();
    add_access_options(sub, options.hub);
    add_workload_options(sub, options.workload);
}

// What was recorded counts, but for what the command line says in so many words.
Result<advise::Workload> said(advise::Workload workload, const WorkloadOptions& options) {
    for (const auto& [key, text] : options.fields) {
        if (text.empty()) continue;
        if (auto good = advise::set_field(workload, key, text); !good) return pass(good);
    }
    if (auto good = advise::validate(workload); !good) return pass(good);
    return workload;
}

std::string text_of(const advise::Workload& workload, const measure::Recording& recording) {
    std::string out;
    for (const std::string& note : recording.notes())
        out += "# " + note + ".\n";
    return out + advise::write_workload(workload);
}

int complain_of_usage(const Error& error) {
    static_cast<void>(complain(error));
    return kUsage;
}

int write(const std::string& file, const std::string& text) {
    if (file.empty()) {
        fmt::print("{}", text);
        return kOk;
    }
    std::ofstream out{file, std::ios::binary};
    out << text;
    out.flush();
    if (out) return kOk;
    complain(file + ": cannot be written");
    return kUsage;
}

int act(const RecordOptions& options) {
    constexpr Duration longest = 24h;
    const auto time = parse_duration(options.time);
    if (!time || *time < 1s || *time > longest) {
        complain("--for: a span from 1s to 24h is accepted");
        return kUsage;
    }
    auto base = workload_of(options.workload);
    if (!base) return complain_of_usage(base.error());
    auto access = access_of(options.hub);
    if (!access) return complain_of_usage(access.error());
    base->network.tls = access->url.tls;
    SystemClock clock;
    SystemRandom random;
    net::Loop loop{clock};
    stop_on_signals(loop);
    Progress progress;
    progress.show(fmt::format("following {} for {}", access->url.text(), options.time));
    auto recording = finish(loop, measure::record(&loop, &random, *access, *time));
    progress.clear();
    if (!recording) return kUnfinished;
    if (!*recording) return complain(recording->error());
    auto made = (*recording)->workload(*base);
    if (!made) {
        static_cast<void>(complain(made.error()));
        return kRefused;
    }
    auto workload = said(*std::move(made), options.workload);
    if (!workload) return complain_of_usage(workload.error());
    return write(options.file, text_of(*workload, **recording));
}

}  // namespace

void add_record(Commands commands) {
    add_subcommand<RecordOptions>(
        commands, "record",
        "Makes a workload of what happens on a running hub, for `advise` and `bench`",
        "tandem record here.toml --for 10m --power battery --network lte-m", describe, act);
}

}  // namespace tandem::cli
