#include "cli/command.h"
#include "cli/key_out.h"
#include "cli/terminal.h"
#include "node/hub.h"

namespace tandem::cli {
namespace {

struct InitOptions {
    std::string data;
    std::string save_key;
};

void describe(Subcommand sub, InitOptions& options) {
    sub.option("--data", options.data, "The directory that keeps everything; made if missing")
        .from_environment("TANDEM_DATA")
        .required();
    add_save_key(sub, options.save_key);
}

// All but the key.
Value said_of(const node::Initialised& made) {
    return Value::Object{{"tenant", made.tenant},
                         {"admin_user", made.admin_user},
                         {"admin_password", made.admin_password}};
}

int act(const InitOptions& options) {
    KeyOut out{options.save_key};
    if (auto opened = out.open(); !opened) return complain(opened.error());
    auto made = node::initialise(options.data);
    if (!made) return complain(made.error());
    return out.give(said_of(*made), "admin_key", made->admin_key);
}

}  // namespace

void print_initialised(const node::Initialised& made) {
    Value said = said_of(made);
    said.set("admin_key", made.admin_key);
    print_json(said);
}

void add_init(Commands commands) {
    add_subcommand<InitOptions>(
        commands, "init",
        "Makes the administrator of a data directory; the password and the key are printed this "
        "once, as a line of JSON.",
        "tandem init --data data > admin.json", describe, act);
}

}  // namespace tandem::cli
