#include "cli/administrator.h"
#include "cli/command.h"
#include "cli/status_page.h"
#include "cli/terminal.h"

#include <filesystem>

namespace tandem::cli {
namespace {

struct StatusOptions {
    AdministratorOptions who;
    bool json = false;
};

void describe(Subcommand sub, StatusOptions& options) {
    add_administrator_options(sub, options.who);
    sub.flag("--json", options.json, "One line of JSON: the answer of hub.status");
}

void print_lines(const std::vector<std::string>& lines, Tone tone) {
    for (const std::string& each : lines)
        print_line(toned(tone, each));
}

int print_status(const StatusOptions& options, const Result<client::Reply>& status) {
    if (!status) return complain(status.error());
    const auto warnings = warning_lines(status->body);
    if (options.json) {
        print_json(status->body);
    } else {
        print_lines(warnings, Tone::kBad);
        print_lines(status_lines(status->body), Tone::kPlain);
    }
    return warnings.empty() ? kOk : kRefused;
}

// Nobody to ask: what the files say by themselves.
int print_files(const StatusOptions& options, const Error& why) {
    const std::filesystem::path data{options.who.data};
    std::error_code ignored;
    complain(why.detail);
    if (!std::filesystem::exists(data / "registry.db", ignored)) return kUnreachable;
    const StoreFiles files = node::stored_files(data);
    if (!options.json) {
        print_lines(file_lines(files), Tone::kPlain);
        return kUnreachable;
    }
    const auto bytes = [](std::uint64_t size) { return static_cast<std::int64_t>(size); };
    Value::Object sizes{{"registry", bytes(files.registry)},
                        {"registry_wal", bytes(files.registry_wal)},
                        {"telemetry", bytes(files.telemetry)},
                        {"telemetry_wal", bytes(files.telemetry_wal)},
                        {"log", bytes(files.log)},
                        {"reserve", bytes(files.reserve)},
                        {"disk_free", bytes(files.disk_free)}};
    print_json(Value::Object{{"running", false}, {"files", std::move(sizes)}});
    return kUnreachable;
}

int act(const StatusOptions& options) {
    if (options.who.data.empty()) {
        return print_status(options, ask(options.who, {.operation = "hub.status"}));
    }
    const auto reply = node::ask_locally(
        options.who.data,
        {.method = "GET", .target = "/v1/status", .body = {}, .of_running = true});
    if (!reply) return print_files(options, reply.error());
    return print_status(options, read_reply(*reply));
}

}  // namespace

void add_status(Commands commands) {
    add_subcommand<StatusOptions>(
        commands, "status",
        "Tells how a hub is: first what is wrong and what to do, then who is connected and what "
        "the store holds. Exit code 0 for a healthy hub, 1 for one with something wrong, 3 for "
        "none; then with --data the sizes of the files.",
        "tandem status --data data", describe, act);
}

}  // namespace tandem::cli
