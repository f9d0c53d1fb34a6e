#include "cli/command.h"
#include "cli/terminal.h"
#include "node/hub.h"

namespace tandem::cli {
namespace {

struct InitOptions {
    std::string data;
};

void describe(Subcommand sub, InitOptions& options) {
    sub.option("--data", options.data, "The directory that keeps everything; made if missing")
        .from_environment("TANDEM_DATA")
        .required();
}

int act(const InitOptions& options) {
    auto made = node::initialise(options.data);
    if (!made) return complain(made.error());
    print_initialised(*made);
    return kOk;
}

}  // namespace

void print_initialised(const node::Initialised& made) {
    print_json(Value::Object{{"tenant", made.tenant},
                             {"admin_user", made.admin_user},
                             {"admin_password", made.admin_password},
                             {"admin_key", made.admin_key}});
}

void add_init(Commands commands) {
    add_subcommand<InitOptions>(
        commands, "init",
        "Makes the administrator of a data directory; the password and the key are printed this "
        "once, as a line of JSON.",
        "tandem init --data data > admin.json", describe, act);
}

}  // namespace tandem::cli
