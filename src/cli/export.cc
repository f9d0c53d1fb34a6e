#include "base/checked.h"
#include "cli/command.h"
#include "cli/hub_link.h"
#include "cli/terminal.h"
#include "cli/text.h"
#include "client/exporter.h"
#include "codec/compress.h"
#include "codec/time_text.h"
#include "node/new_file.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem::cli {
namespace {

constexpr std::string_view kSays =
    "Writes devices, twins, series and readings as lines of JSON, or readings as CSV. Keys, "
    "passwords and other secrets are not in it: whoever imports it makes new keys. For a copy of "
    "everything, keys included: tandem backup.";

struct ExportOptions {
    AdministratorOptions who;
    std::string file = "-";
    std::vector<std::string> devices;
    std::string type;
    std::vector<std::string> labels;
    std::string from;
    std::string to;
    std::string format = "ndjson";
    bool no_readings = false;
    bool gzip = false;
    bool force = false;
};

void describe(Subcommand sub, ExportOptions& options) {
    sub.option("file", options.file, "Where to; - is standard output").show_default();
    const Option device = sub.option("--device", options.devices, "Only these devices, repeated");
    const Option type = sub.option("--type", options.type, "Only devices of this type");
    const Option label =
        sub.option("--label", options.labels, "NAME=VALUE: only devices with these labels");
    device.excludes(type).excludes(label);
    // One each, or the file would be taken for a device.
    device.one_value_each();
    label.one_value_each();
    sub.option("--from", options.from,
               "Only readings from this time on: RFC 3339 or milliseconds since 1970");
    sub.option("--to", options.to, "Only readings before this time");
    sub.option("--format", options.format, "csv: readings alone")
        .one_of({"ndjson", "csv"})
        .show_default();
    sub.flag("--no-readings", options.no_readings, "Devices, twins and series alone");
    sub.flag("--gzip", options.gzip, "Compress it");
    sub.flag("--force", options.force, "Replace the file if it exists");
    add_link_options(sub, options.who);
}

Result<std::optional<Instant>> time_of(const std::string& option, const std::string& text) {
    if (text.empty()) return std::nullopt;
    auto time = codec::read_time_cell(text, codec::TimeZone::fixed(Duration{0}));
    if (time) return *time;
    return fail_field("/" + option, "a time is expected: RFC 3339, or milliseconds since 1970");
}

Result<client::ExportPlan> plan_of(const ExportOptions& options) {
    client::ExportPlan plan{.devices = options.devices, .type = options.type};
    std::ranges::sort(plan.devices);
    const auto twice = std::ranges::unique(plan.devices);
    plan.devices.erase(twice.begin(), twice.end());
    for (const std::string& label : options.labels) {
        auto pair = parse_pair(label);
        if (!pair) return pass(pair);
        plan.labels.set(pair->first, pair->second);
    }
    auto from = time_of("from", options.from);
    auto to = time_of("to", options.to);
    if (!from || !to) return std::unexpected(from ? to.error() : from.error());
    plan.from = *from;
    plan.to = *to;
    plan.readings = !options.no_readings;
    plan.csv = options.format == "csv";
    if (plan.csv && options.no_readings) {
        return fail_field("/no-readings", "CSV has readings alone: without --no-readings");
    }
    return plan;
}

/// Where an export goes: a file that gets its name at the end, or standard output.
class Output {
public:
    explicit Output(const ExportOptions& options) : options_{options}, file_{options.file} {
        if (options.gzip) deflater_.emplace(codec::Coding::kGzip);
    }

    [[nodiscard]] bool to_file() const { return options_.file != "-"; }
    Result<void> open() {
        if (!to_file()) return {};
        std::error_code ignored;
        if (!options_.force && std::filesystem::exists(options_.file, ignored)) {
            return fail(ErrorCode::kAlreadyExists, options_.file + " exists: --force replaces it");
        }
        return file_.open();
    }
    Result<void> write(std::string_view text) {
        constexpr std::size_t piece = 64 * std::size_t{1'024};
        if (deflater_) {
            deflater_->append(text, buffer_);
        } else {
            buffer_ += text;
        }
        return buffer_.size() < piece ? Result<void>{} : pass_on();
    }
    Result<void> finish() {
        if (deflater_) deflater_->finish(buffer_);
        if (auto done = pass_on(); !done) return done;
        if (!to_file()) return {};
        if (auto synced = file_.sync(); !synced) return synced;
        return file_.keep_as(options_.file);
    }

private:
    Result<void> pass_on() {
        const std::string bytes = std::exchange(buffer_, {});
        return to_file() ? file_.write(bytes) : put_out(bytes);
    }

    const ExportOptions& options_;
    node::NewFile file_;
    std::optional<codec::Deflater> deflater_;
    std::string buffer_;  // A piece of 64 KiB, and what one line adds to it.
};

// Nothing: it was interrupted.
Result<std::optional<client::ExportCounts>> run(const ExportOptions& options,
                                                const client::ExportPlan& plan,
                                                HubLink& link,
                                                Output& output) {
    if (auto opened = output.open(); !opened) return pass(opened);
    Progress progress;
    client::Exporter exporter{link.loop(), link.hub(), link.client(), plan,
                              [&](std::string_view text) { return output.write(text); }};
    // What is written to a terminal shows by itself.
    if (options.file != "-") {
        exporter.on_progress([&](const client::ExportCounts& counts) {
            progress.show(fmt::format("{} devices, {} readings", counts.devices, counts.readings));
        });
    }
    const SystemClock clock;
    auto ended = finish(link.loop(), exporter.run(clock.now()));
    if (!ended) return std::nullopt;
    if (!*ended) return pass(*ended);
    if (auto done = output.finish(); !done) return pass(done);
    return std::optional{**ended};
}

int act(const ExportOptions& options) {
    auto plan = plan_of(options);
    if (!plan) {
        static_cast<void>(complain(plan.error()));
        return kUsage;
    }
    auto link = HubLink::open(options.who);
    if (!link) return complain(link.error());
    Output output{options};
    if (output.to_file()) {
        // The part that is written goes, whoever ends it.
        stop_on_signals((*link)->loop());
    }
    auto counts = run(options, *plan, **link, output);
    if (!counts) return complain(counts.error());
    if (!*counts) {
        complain("interrupted: nothing is kept");
        return kUnfinished;
    }
    if (output.to_file()) {
        Value told = client::counts_value(checked(*counts));
        told.set("file", options.file);
        print_json(told);
    }
    return kOk;
}

}  // namespace

void add_export(Commands commands) {
    add_subcommand<ExportOptions>(commands, "export", std::string{kSays},
                                  "tandem export hub.ndjson --data data", describe, act);
}

}  // namespace tandem::cli
