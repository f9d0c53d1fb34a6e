#include "cli/command.h"
#include "cli/terminal.h"
#include "contract/schemas.h"

namespace tandem::cli {
namespace {

struct VersionOptions {};

void describe(Subcommand /*sub*/, VersionOptions& /*options*/) {}

int act(const VersionOptions& /*options*/) {
    print_line("tandem " + std::string{contract::kVersion});
    return kOk;
}

}  // namespace

void add_version(Commands commands) {
    add_subcommand<VersionOptions>(commands, "version", "Tells the version of this program.",
                                   "tandem version", describe, act);
}

}  // namespace tandem::cli
