#include "cli/administrator.h"
#include "cli/command.h"
#include "cli/terminal.h"

namespace tandem::cli {
namespace {

struct LoginCodeOptions {
    std::string data;
};

void describe(Subcommand sub, LoginCodeOptions& options) {
    sub.option("--data", options.data, "The data directory of the running hub")
        .from_environment("TANDEM_DATA")
        .required();
}

int act(const LoginCodeOptions& options) {
    auto code = ask_locally(options.data, "POST", "/v1/login-codes");
    if (!code) return complain(code.error());
    print_json(*code);
    return kOk;
}

}  // namespace

void add_login_code(Commands commands) {
    add_subcommand<LoginCodeOptions>(
        commands, "login-code",
        "Makes a code that opens one session of the console, for a short time; printed as a line "
        "of JSON.",
        "tandem login-code --data data", describe, act);
}

}  // namespace tandem::cli
