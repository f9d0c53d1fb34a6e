#include "cli/command.h"
#include "cli/terminal.h"
#include "cli/text.h"
#include "client/problem.h"
#include "node/hub.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <optional>
#include <system_error>

namespace tandem::cli {
namespace {

struct ServeOptions {
    std::string config;
    std::optional<std::string> listen;
    std::optional<std::string> data;
    std::optional<std::string> store;
    std::optional<std::string> durability;
    std::vector<std::string> retention;
    std::optional<std::string> tls_cert;
    std::optional<std::string> tls_key;
    std::optional<std::string> tls_client_ca;
    bool insecure_listen = false;
    bool deflate = false;
    std::optional<int> loops;
    std::optional<std::string> backend;
    std::vector<std::string> origins;
    std::vector<std::string> public_hosts;
    std::optional<std::string> max_future;
    std::optional<std::string> gather;
    std::vector<std::string> limits;
    std::optional<std::string> log_level;
    std::optional<std::string> user;
    bool sandbox = false;
};

void describe(Subcommand sub, ServeOptions& options) {
    sub.option("--config", options.config, "A TOML file with settings; options come after it");
    sub.option("--listen", options.listen, "HOST:PORT; 127.0.0.1:8080 if missing");
    sub.option("--data", options.data, "The directory that keeps everything")
        .from_environment("TANDEM_DATA");
    sub.option("--store", options.store, "embedded keeps, memory forgets at the end")
        .one_of({"embedded", "memory"});
    sub.option("--durability", options.durability,
               "When readings are acknowledged: batch, interval=MILLISECONDS or relaxed");
    sub.option("--retention", options.retention,
               "How long readings are kept: 90d, or of devices with a label room=lab:12h; for "
               "ever if missing");
    sub.option("--tls-cert", options.tls_cert, "A PEM file: the certificate and its chain");
    sub.option("--tls-key", options.tls_key, "A PEM file: its private key");
    sub.option("--tls-client-ca", options.tls_client_ca,
               "A PEM file: ask clients for a certificate of these authorities");
    sub.flag("--insecure-listen", options.insecure_listen,
             "Serve plain HTTP on an address that others reach");
    sub.flag("--deflate", options.deflate,
             "Offer permessage-deflate to sockets that say who they are when they open");
    sub.option("--loops", options.loops, "Event loops; 0: one per core, one on two").within(0, 256);
    sub.option("--backend", options.backend,
               "auto: sends of a turn in one system call (io_uring) where the kernel allows")
        .one_of({"auto", "epoll"});
    sub.option("--origin", options.origins, "An origin allowed beside the hub's own");
    sub.option("--public-host", options.public_hosts,
               "A name that the hub answers to beside its address");
    sub.option("--max-future", options.max_future,
               "How far ahead of the hub's clock readings may be; 5m if missing");
    sub.option("--gather", options.gather,
               "How long live events may wait to be sent together, up to 1s; 0 if missing");
    sub.option("--limit", options.limits, "NAME=VALUE: another limit than the default");
    sub.option("--user", options.user, "Whom root becomes before anything is opened");
    sub.flag("--sandbox", options.sandbox,
             "Fence the hub in: no file but its own, no program, few system calls (Landlock, "
             "seccomp)");
    sub.option("--log-level", options.log_level, "What is logged")
        .one_of({"debug", "info", "warning", "error"});
}

std::string joined(const std::vector<std::string>& texts) {
    return fmt::format("{}", fmt::join(texts, ","));
}

// Settings as their file would say them.
using Pairs = std::vector<std::pair<std::string, std::string>>;

Result<void> add_limits(const std::vector<std::string>& limits, Pairs& pairs) {
    for (const std::string& limit : limits) {
        auto pair = parse_pair(limit);
        if (!pair) return pass(pair);
        pairs.emplace_back("limits." + pair->first, pair->second);
    }
    return {};
}

Result<Pairs> pairs_of(const ServeOptions& options) {
    Pairs pairs;
    const auto add = [&pairs](const char* key, const std::optional<std::string>& text) {
        if (text) pairs.emplace_back(key, *text);
    };
    add("listen", options.listen);
    add("data", options.data);
    add("store", options.store);
    add("durability", options.durability);
    if (!options.retention.empty()) pairs.emplace_back("retention", joined(options.retention));
    add("tls_cert", options.tls_cert);
    add("tls_key", options.tls_key);
    add("tls_client_ca", options.tls_client_ca);
    add("log_level", options.log_level);
    add("backend", options.backend);
    add("user", options.user);
    if (options.loops) pairs.emplace_back("loops", std::to_string(*options.loops));
    if (options.sandbox) pairs.emplace_back("sandbox", "true");
    if (options.deflate) pairs.emplace_back("deflate", "true");
    if (options.insecure_listen) pairs.emplace_back("insecure_listen", "true");
    if (!options.origins.empty()) pairs.emplace_back("origins", joined(options.origins));
    if (!options.public_hosts.empty()) {
        pairs.emplace_back("public_hosts", joined(options.public_hosts));
    }
    if (options.max_future) {
        auto span = parse_duration(*options.max_future);
        if (!span) return pass(span);
        pairs.emplace_back("max_future_ms", std::to_string(*span / 1ms));
    }
    if (options.gather) {
        auto span = parse_duration(*options.gather);
        if (!span) return pass(span);
        pairs.emplace_back("gather_ms", fmt::format("{}", static_cast<double>(*span / 1us) / 1e3));
    }
    if (auto good = add_limits(options.limits, pairs); !good) return pass(good);
    return pairs;
}

Result<node::Settings> settings_of(const ServeOptions& options) {
    node::Settings settings;
    if (!options.config.empty()) {
        if (auto read = node::read_settings_file(settings, options.config); !read) {
            return pass(read);
        }
    }
    auto pairs = pairs_of(options);
    if (!pairs) return pass(pairs);
    for (const auto& [key, text] : *pairs) {
        if (auto done = node::set(settings, key, text); !done) return pass(done);
    }
    if (auto good = node::validate(settings); !good) return pass(good);
    return settings;
}

// What starts a hub again and again can leave it at kUsage: nothing of that comes right by itself.
int refused(const Error& error) {
    const int code = complain(error);
    return error.code == ErrorCode::kInvalidField ? static_cast<int>(kUsage) : code;
}

int act(const ServeOptions& options, std::span<const door::ConsoleFile> console) {
    const auto settings = settings_of(options);
    if (!settings) {
        complain(client::describe(settings.error()));
        return kUsage;
    }
    if (settings->store == "embedded") {
        std::error_code none;
        print_line("data in " + std::filesystem::absolute(settings->data, none).string());
    }
    const node::Announcements announce{
        .administrator = print_initialised,
        .setup =
            [](const std::string& url) {
                print_line(
                    "no administrator yet: make one within 10 minutes, on this machine, at " + url);
            },
        .listening = [](const std::string& url) { print_line("listening on " + url); }};
    const node::Rereading reread{.file = options.config,
                                 .read = [&options] { return settings_of(options); }};
    if (auto served = node::serve(*settings, console, announce, reread); !served) {
        return refused(served.error());
    }
    return kOk;
}

}  // namespace

void add_serve(Commands commands, std::span<const door::ConsoleFile> console) {
    add_subcommand<ServeOptions>(
        commands, "serve", "Runs the hub until it is told to end.",
        "tandem serve --data data --listen 127.0.0.1:8080", describe,
        [console](const ServeOptions& options) { return act(options, console); });
}

}  // namespace tandem::cli
