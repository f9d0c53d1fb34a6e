#include "cli/command.h"
#include "cli/terminal.h"

namespace tandem::cli {
namespace {

// As in the project's CMakeLists.txt.
constexpr std::string_view kVersion = "0.1.0";

struct VersionOptions {};

void describe(CLI::App& /*sub*/, VersionOptions& /*options*/) {}

int act(const VersionOptions& /*options*/) {
    print_line("tandem " + std::string{kVersion});
    return kOk;
}

}  // namespace

void add_version(Commands commands) {
    add_subcommand<VersionOptions>(commands, "version", "Tells the version of this program.",
                                   "tandem version", describe, act);
}

}  // namespace tandem::cli
