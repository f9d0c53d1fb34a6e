#include "node/limits.h"

#include "cli/command.h"
#include "cli/terminal.h"
#include "cli/text.h"
#include "client/problem.h"

#include <fmt/format.h>

namespace tandem::cli {
namespace {

struct LimitsOptions {
    std::string config;
    std::vector<std::string> limits;
};

void describe(Subcommand sub, LimitsOptions& options) {
    sub.option("--config", options.config, "The TOML file with settings");
    sub.option("--limit", options.limits, "NAME=VALUE: as for tandem serve");
}

Result<node::Settings> settings_of(const LimitsOptions& options) {
    node::Settings settings;
    if (!options.config.empty()) {
        if (auto read = node::read_settings_file(settings, options.config); !read) {
            return pass(read);
        }
    }
    for (const std::string& limit : options.limits) {
        auto pair = parse_pair(limit);
        if (!pair) return pass(pair);
        if (auto done = node::set(settings, "limits." + pair->first, pair->second); !done) {
            return pass(done);
        }
    }
    return settings;
}

int act(const LimitsOptions& options) {
    const auto settings = settings_of(options);
    if (!settings) {
        complain(client::describe(settings.error()));
        return kUsage;
    }
    const node::Tuning tuning = node::tuning_of(*settings);
    const node::Tuning usual;
    print_line(fmt::format("{:29} {:>12} {:>12}  {}", "limit", "in force", "default", "then"));
    for (const node::LimitRow& row : node::limit_rows()) {
        const auto text = [&row](const node::Tuning& from) {
            return fmt::format("{}{}", row.get(from), row.seconds ? " s" : "");
        };
        print_line(fmt::format("{:29} {:>12} {:>12}  {}", row.name, text(tuning), text(usual),
                               row.at_limit));
    }
    return kOk;
}

}  // namespace

void add_limits(Commands commands) {
    add_subcommand<LimitsOptions>(
        commands, "limits",
        "Tells every limit by its name, what it is set to and what happens when it is reached.",
        "tandem limits --config tandem.toml", describe, act);
}

}  // namespace tandem::cli
