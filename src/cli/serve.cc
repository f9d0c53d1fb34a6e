#include "cli/command.h"
#include "cli/terminal.h"
#include "cli/text.h"
#include "client/problem.h"

#include <optional>

namespace tandem::cli {
namespace {

struct ServeOptions {
    std::span<const door::ConsoleFile> console;
    std::string config;
    std::optional<std::string> listen;
    std::optional<std::string> data;
    std::optional<std::string> store;
    std::optional<std::string> tls_cert;
    std::optional<std::string> tls_key;
    bool insecure_listen = false;
    std::optional<int> loops;
    std::vector<std::string> origins;
    std::vector<std::string> public_hosts;
    std::optional<std::string> max_future;
    std::vector<std::string> limits;
    std::optional<std::string> log_level;
};

void describe(CLI::App& sub, ServeOptions& options) {
    sub.add_option("--config", options.config, "A TOML file with settings; options come after it");
    sub.add_option("--listen", options.listen, "HOST:PORT; 127.0.0.1:8080 if missing");
    sub.add_option("--data", options.data, "The directory that keeps everything")
        ->envname("TANDEM_DATA");
    sub.add_option("--store", options.store, "embedded keeps, memory forgets at the end")
        ->check(CLI::IsMember({"embedded", "memory"}));
    sub.add_option("--tls-cert", options.tls_cert, "A PEM file: the certificate and its chain");
    sub.add_option("--tls-key", options.tls_key, "A PEM file: its private key");
    sub.add_flag("--insecure-listen", options.insecure_listen,
                 "Serve plain HTTP on an address that others reach");
    sub.add_option("--loops", options.loops, "Event loops; 0: one per core, one on two")
        ->check(CLI::Range(0, 256));
    sub.add_option("--origin", options.origins, "An origin allowed beside the hub's own");
    sub.add_option("--public-host", options.public_hosts,
                   "A name that the hub answers to beside its address");
    sub.add_option("--max-future", options.max_future,
                   "How far ahead of the hub's clock readings may be; 5m if missing");
    sub.add_option("--limit", options.limits, "NAME=VALUE: another limit than the default");
    sub.add_option("--log-level", options.log_level, "What is logged")
        ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
}

Result<void> take_limits(node::Settings& settings, const std::vector<std::string>& limits) {
    for (const std::string& limit : limits) {
        auto pair = parse_pair(limit);
        if (!pair) return pass(pair);
        const Value number = parse_word(pair->second);
        if (!number.is_number()) return fail_field("/limit", "\"" + limit + "\" has no number");
        settings.limits[pair->first] = number.as_double();
    }
    return {};
}

void take_texts(node::Settings& settings, const ServeOptions& options) {
    if (options.data) settings.data = *options.data;
    if (options.store) settings.store = *options.store;
    if (options.tls_cert) settings.tls_cert = *options.tls_cert;
    if (options.tls_key) settings.tls_key = *options.tls_key;
    if (options.log_level) settings.log_level = *options.log_level;
    if (options.loops) settings.loops = *options.loops;
    if (options.insecure_listen) settings.insecure_listen = true;
    settings.origins.insert(settings.origins.end(), options.origins.begin(), options.origins.end());
    settings.public_hosts.insert(settings.public_hosts.end(), options.public_hosts.begin(),
                                 options.public_hosts.end());
}

Result<node::Settings> settings_of(const ServeOptions& options) {
    node::Settings settings;
    if (!options.config.empty()) {
        if (auto read = node::read_settings_file(settings, options.config); !read) {
            return pass(read);
        }
    }
    take_texts(settings, options);
    if (options.listen) {
        auto listen = net::parse_endpoint(*options.listen);
        if (!listen) return pass(listen);
        settings.listen = *std::move(listen);
    }
    if (options.max_future) {
        auto span = parse_duration(*options.max_future);
        if (!span) return pass(span);
        settings.max_future = *span;
    }
    if (auto taken = take_limits(settings, options.limits); !taken) return pass(taken);
    if (auto good = node::validate(settings); !good) return pass(good);
    return settings;
}

int act(const ServeOptions& options) {
    auto settings = settings_of(options);
    if (!settings) {
        complain(client::describe(settings.error()));
        return kUsage;
    }
    return node::serve(*settings, options.console);
}

}  // namespace

void add_serve(Commands commands, std::span<const door::ConsoleFile> console) {
    // The console's files come with the program, not from the command line.
    static std::span<const door::ConsoleFile> files;
    files = console;
    add_subcommand<ServeOptions>(commands, "serve", "Runs the hub until it is told to end.",
                                 "tandem serve --data data --listen 127.0.0.1:8080", describe,
                                 [](const ServeOptions& options) {
                                     ServeOptions complete = options;
                                     complete.console = files;
                                     return act(complete);
                                 });
}

}  // namespace tandem::cli
