#include "cli/command.h"
#include "cli/hub_options.h"
#include "cli/terminal.h"
#include "cli/text.h"
#include "client/backoff.h"
#include "codec/json.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem::cli {
namespace {

using client::Call;
using client::text_at;

// The hub holds an answer back for a minute at most (Prefer: wait); after that it is asked again.
constexpr Duration kHeldMax = 55s;
constexpr Duration kAskAgain = 1s;

struct CommandOptions {
    HubOptions hub;
    std::string door = "rest";
    std::string device;
    std::string name;
    std::string params;
    std::string wait = "30s";
    std::string ttl;
    bool json = false;
};

void describe(CLI::App& sub, CommandOptions& options) {
    sub.add_option("device", options.device, "The device's id")->required();
    sub.add_option("name", options.name, "What to do")->required();
    sub.add_option("params", options.params, "With what, as JSON");
    sub.add_option("--wait", options.wait, "How long to wait for the end; 0: not at all")
        ->capture_default_str();
    sub.add_option("--ttl", options.ttl, "How long it may wait for the device; 1h if missing");
    add_hub_options(sub, options.hub);
    add_door_option(sub, options.door);
    sub.add_flag("--json", options.json, "Print the command as JSON");
}

/// What was asked for, read and checked.
struct Order {
    Call call;
    Duration wait;
};

Result<Order> order_of(const CommandOptions& options) {
    auto wait = parse_duration(options.wait);
    if (!wait) return pass(wait);
    Value body = Value::Object{{"name", options.name}};
    if (!options.params.empty()) {
        auto params = codec::parse_json(options.params);
        if (!params) return fail_field("/params", "this is no JSON: " + params.error().detail);
        body.set("params", *std::move(params));
    }
    if (!options.ttl.empty()) {
        auto ttl = parse_duration(options.ttl);
        if (!ttl) return pass(ttl);
        body.set("ttl", std::int64_t{*ttl / 1ms});
    }
    Order order{.call = {.operation = "commands.send",
                         .path = Value::Object{{"device", options.device}},
                         .body = std::move(body)},
                .wait = *wait};
    if (*wait > 0us) {
        const auto held = std::chrono::ceil<std::chrono::seconds>(std::min(*wait, kHeldMax));
        order.call.headers = Value::Object{{"prefer", fmt::format("wait={}", held.count())}};
    }
    return order;
}

bool is_final(const std::string& status) {
    return status == "done" || status == "failed" || status == "expired" || status == "cancelled";
}

/// Sends, and waits for the end of it where that is wanted. Gives the command as it is then.
Task<Result<Value>> send(net::Loop* loop,
                         Random* random,
                         client::Access access,
                         std::string door,
                         Order order) {
    const Clock& clock = loop->clock();
    const Monotonic deadline = clock.monotonic() + order.wait;
    auto connected = co_await connect(loop, random, std::move(access), std::move(door));
    if (!connected) co_return pass(connected);
    client::HubClient& hub = **connected;
    auto reply = co_await hub.call(order.call);
    if (!reply) co_return pass(reply);
    Value command = std::move(reply->body);
    Call look{.operation = "commands.get", .path = order.call.path};
    look.path.set("command", text_at(command, "id"));
    client::Pause pause{*loop};
    while (!is_final(text_at(command, "status")) && clock.monotonic() < deadline) {
        co_await pause.wait(std::min(kAskAgain, deadline - clock.monotonic()));
        auto now = co_await hub.call(look);
        if (!now) co_return pass(now);
        command = std::move(now->body);
    }
    hub.close();
    co_return command;
}

int tell(const CommandOptions& options, const Value& command, bool waited) {
    const std::string status = text_at(command, "status");
    const Value* result = command.find("result");
    if (options.json) {
        print_json(command);
    } else {
        print_line(fmt::format("{} {}{}", text_at(command, "id"),
                               toned(status == "done" ? Tone::kGood : Tone::kPlain, status),
                               result == nullptr ? "" : " " + codec::to_json(*result)));
    }
    if (status == "done") return kOk;
    if (status == "failed") return kRefused;
    return waited || is_final(status) ? kUnfinished : kOk;
}

int act(const CommandOptions& options) {
    auto order = order_of(options);
    auto access = access_of(options.hub);
    if (!order || !access) {
        static_cast<void>(complain(order ? access.error() : order.error()));
        return kUsage;
    }
    const bool waited = order->wait > 0us;
    const SystemClock clock;
    SystemRandom random;
    net::Loop loop{clock};
    const auto ended = finish(loop, send(&loop, &random, *access, options.door, *std::move(order)));
    if (!ended) return kUnfinished;
    if (!*ended) return complain(ended->error());
    return tell(options, **ended, waited);
}

}  // namespace

void add_command(Commands commands) {
    add_subcommand<CommandOptions>(
        commands, "command", "Sends a command to a device and waits for what becomes of it.",
        R"(tandem command lamp-1 set '{"on":true,"brightness":40}' --wait 30s)", describe, act);
}

}  // namespace tandem::cli
