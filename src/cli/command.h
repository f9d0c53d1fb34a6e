#pragma once

#include "cli/options.h"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace tandem::door {
struct ConsoleFile;
}
namespace tandem::node {
struct Initialised;
}

namespace tandem::cli {

/// What the program ends with; the same table is at the end of `tandem --help`.
enum ExitCode : int {
    kOk = 0,
    kRefused = 1,      ///< the hub refused, the command failed on the device, a file is damaged
    kUsage = 2,        ///< a wrong command line or setting, a hub without an administrator
    kUnreachable = 3,  ///< no hub there, it cannot answer now, or it runs and must not
    kUnfinished = 4,   ///< a command expired, was cancelled or late; a transfer was cut short
};

/// What the chosen subcommand does; gives the exit code.
using Action = std::function<int()>;

/// What subcommands are added to, and where the chosen one leaves its action.
struct Commands {
    Subcommand program;
    Action& chosen;
};

void add_serve(Commands commands, std::span<const door::ConsoleFile> console);
void add_init(Commands commands);
void add_device(Commands commands);
void add_login_code(Commands commands);
void add_post(Commands commands);
void add_watch(Commands commands);
void add_command(Commands commands);
void add_simulate(Commands commands);
void add_describe(Commands commands);
void add_limits(Commands commands);
void add_backup(Commands commands);
void add_restore(Commands commands);
void add_check(Commands commands);
void add_audit(Commands commands);
void add_compact(Commands commands);
void add_export(Commands commands);
void add_import(Commands commands);
void add_advise(Commands commands);
void add_bench(Commands commands);
void add_calibrate(Commands commands);
void add_doctor(Commands commands);
void add_record(Commands commands);
void add_status(Commands commands);
void add_version(Commands commands);

/// The administrator of a fresh hub as one line of JSON: shown this once.
void print_initialised(const node::Initialised& made);

/// Parses and runs one command line. Gives the exit code.
int run(int argc, const char* const* argv, std::span<const door::ConsoleFile> console);

/// Makes a subcommand whose options live in a fresh `Options`, and `act` on them when it is chosen.
/// The options are given to `describe` to be bound.
template <typename Options>
// NOLINTNEXTLINE(readability-function-size): each subcommand says all of these, and nothing else
void add_subcommand(Commands commands,
                    const std::string& name,
                    const std::string& says,
                    const std::string& example,
                    void (*describe)(Subcommand sub, Options& options),
                    std::function<int(const Options& options)> act) {
    const Subcommand sub = commands.program.subcommand(name, says);
    sub.footer("Example:\n  " + example);
    const auto options = std::make_shared<Options>();
    describe(sub, *options);
    sub.when_chosen([&chosen = commands.chosen, options, act = std::move(act)] {
        chosen = [options, act] { return act(*options); };
    });
}

}  // namespace tandem::cli
