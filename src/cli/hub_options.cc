#include "cli/hub_options.h"

#include <cerrno>
#include <csignal>
#include <fstream>
#include <system_error>

namespace tandem::cli {
namespace {

Task<Result<client::Reply>> ask(net::Loop* loop,
                                Random* random,
                                client::Access access,
                                std::string door,
                                client::Call call) {
    auto connected = co_await connect(loop, random, std::move(access), std::move(door));
    if (!connected) co_return pass(connected);
    auto reply = co_await (*connected)->call(std::move(call));
    (*connected)->close();
    co_return reply;
}

}  // namespace

void add_access_options(Subcommand sub, HubOptions& options) {
    sub.option("--url", options.url, "Where the hub is")
        .from_environment("TANDEM_URL")
        .show_default();
    sub.option("--key", options.key,
               "The key of a device or an application; others may see a command line, so "
               "rather use TANDEM_KEY or --key-file")
        .from_environment("TANDEM_KEY");
    sub.option("--key-file", options.key_file, "A file that holds the key");
    sub.option("--ca", options.ca_file,
               "A PEM file with the authorities to trust instead of the system's");
}

void add_hub_options(Subcommand sub, HubOptions& options) {
    add_access_options(sub, options);
    sub.option("--format", options.format, "How messages are written")
        .one_of({"json", "cbor"})
        .show_default();
}

void add_door_option(Subcommand sub, std::string& door) {
    sub.option("--door", door, "Which door to take").one_of({"rest", "ws"}).show_default();
}

Result<std::string> key_of(const HubOptions& options) {
    if (options.key_file.empty()) return options.key;
    std::ifstream file{options.key_file};
    if (!file)
        return fail_field("/key-file",
                          options.key_file + ": " + std::generic_category().message(errno));
    std::string key;
    if (!(file >> key)) return fail_field("/key-file", options.key_file + " holds no key");
    return key;
}

Result<client::Access> access_of(const HubOptions& options) {
    auto key = key_of(options);
    if (!key) return pass(key);
    auto access = client::make_access(options.url, *std::move(key), options.ca_file);
    if (!access) return access;
    if (options.format == "cbor") access->encoding = contract::Encoding::kCbor;
    return access;
}

Task<Result<std::unique_ptr<client::HubClient>>> connect(net::Loop* loop,
                                                         Random* random,
                                                         client::Access access,
                                                         std::string door) {
    using Connected = std::unique_ptr<client::HubClient>;
    if (door != "ws") co_return Connected{std::make_unique<client::RestClient>(*loop, access)};
    auto socket = std::make_unique<client::WebSocketClient>(*loop, *random, access);
    auto hello = co_await socket->open();
    if (!hello) co_return pass(hello);
    co_return Connected{std::move(socket)};
}

void stop_on_signals(net::Loop& loop) {
    net::block_signals({SIGINT, SIGTERM});
    loop.on_signals({SIGINT, SIGTERM}, [&loop](int) { loop.stop(); });
}

Result<client::Reply> ask_once(const client::Access& access,
                               const std::string& door,
                               client::Call call) {
    const SystemClock clock;
    SystemRandom random;
    net::Loop loop{clock};
    auto reply = finish(loop, ask(&loop, &random, access, door, std::move(call)));
    if (!reply) return fail(ErrorCode::kUnavailable, "interrupted");
    return *std::move(reply);
}

}  // namespace tandem::cli
