#include "cli/command.h"

#include "node/hub.h"

namespace tandem::cli {
namespace {

constexpr const char* kExitCodes = R"(Exit codes:
  0  done
  1  the hub refused, the device failed, or a file is damaged or in the wrong hands
  2  wrong usage or settings: trying again does not help
  3  no hub there, it cannot answer now, or it runs and must not; an address is taken
  4  the command expired, was cancelled or late; export or import was interrupted

Example:
  tandem serve --data data)";

}  // namespace

int run(int argc, const char* const* argv, std::span<const door::ConsoleFile> console) {
    CommandLine line{"tandem",
                     "Tandem: an IoT hub that devices reach over REST and over WebSocket."};
    line.program().require_subcommand();
    line.program().footer(kExitCodes);
    Action chosen;
    const Commands commands{.program = line.program(), .chosen = chosen};
    add_serve(commands, console);
    add_init(commands);
    add_device(commands);
    add_login_code(commands);
    add_post(commands);
    add_watch(commands);
    add_command(commands);
    add_simulate(commands);
    add_advise(commands);
    add_bench(commands);
    add_calibrate(commands);
    add_doctor(commands);
    add_record(commands);
    add_describe(commands);
    add_status(commands);
    add_limits(commands);
    add_backup(commands);
    add_restore(commands);
    add_check(commands);
    add_audit(commands);
    add_compact(commands);
    add_export(commands);
    add_import(commands);
    add_version(commands);
    const Parsed parsed = line.parse(argc, argv);
    if (parsed != Parsed::kChosen) return parsed == Parsed::kHelped ? kOk : kUsage;
    return chosen ? chosen() : kUsage;
}

}  // namespace tandem::cli
