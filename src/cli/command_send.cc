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
// Of many at once no more a second than the least that a hub lets anybody ask.
constexpr Duration kAskAgain = 1s;
constexpr std::int64_t kAskEach = 20;

struct CommandOptions {
    HubOptions hub;
    std::string door = "rest";
    std::string device;
    std::string name;
    std::string params;
    std::vector<std::string> labels;
    std::string wait = "30s";
    std::string ttl;
    bool json = false;
};

void describe(Subcommand sub, CommandOptions& options) {
    sub.option("device", options.device, "The device's id; left out with --label").required();
    sub.option("name", options.name, "What to do");
    sub.option("params", options.params, "With what, as JSON");
    // One each: the word after it is the command's name.
    sub.option("--label", options.labels,
               "NAME=VALUE: to every device with these labels, instead of one")
        .one_value_each();
    sub.option("--wait", options.wait, "How long to wait for the end; 0: not at all")
        .show_default();
    sub.option("--ttl", options.ttl, "How long it may wait for the device; 1h if missing");
    add_hub_options(sub, options.hub);
    add_door_option(sub, options.door);
    sub.flag("--json", options.json, "Print the command as JSON");
}

/// What was asked for, read and checked.
struct Order {
    Call call;
    Duration wait;
};

/// The words of the line are `DEVICE NAME [PARAMS]`; with labels there is no device.
struct Words {
    std::string device;
    std::string name;
    std::string params;
};
Result<Words> words_of(const CommandOptions& options) {
    if (options.labels.empty()) {
        if (options.name.empty()) return fail_field("/name", "say what the device is to do");
        return Words{.device = options.device, .name = options.name, .params = options.params};
    }
    if (!options.params.empty()) {
        return fail_field("/device", "with --label no device is named: `" + options.params +
                                         "` is one word too many");
    }
    return Words{.device = {}, .name = options.device, .params = options.name};
}

Result<Value> labels_of(const CommandOptions& options) {
    Value::Object labels;
    for (const std::string& label : options.labels) {
        auto pair = parse_pair(label);
        if (!pair) return pass(pair);
        labels.emplace_back(std::move(pair->first), std::move(pair->second));
    }
    return Value{std::move(labels)};
}

Result<Order> order_of(const CommandOptions& options) {
    auto wait = parse_duration(options.wait);
    if (!wait) return pass(wait);
    auto words = words_of(options);
    if (!words) return pass(words);
    Value body = Value::Object{{"name", words->name}};
    if (!words->params.empty()) {
        auto params = codec::parse_json(words->params);
        if (!params) return fail_field("/params", "this is no JSON: " + params.error().detail);
        body.set("params", *std::move(params));
    }
    if (!options.ttl.empty()) {
        auto ttl = parse_duration(options.ttl);
        if (!ttl) return pass(ttl);
        body.set("ttl", std::int64_t{*ttl / 1ms});
    }
    Order order{.call = {.operation = "commands.send"}, .wait = *wait};
    if (options.labels.empty()) {
        order.call.path = Value::Object{{"device", words->device}};
    } else {
        auto labels = labels_of(options);
        if (!labels) return pass(labels);
        order.call.operation = "commands.send_many";
        body.set("labels", *std::move(labels));
    }
    order.call.body = std::move(body);
    if (*wait > 0us) {
        const auto held = std::chrono::ceil<std::chrono::seconds>(std::min(*wait, kHeldMax));
        order.call.headers = Value::Object{{"prefer", fmt::format("wait={}", held.count())}};
    }
    return order;
}

bool is_final(const std::string& status) {
    return status == "done" || status == "failed" || status == "expired" || status == "cancelled";
}

/// What became of one device of several: `{"device","command"}`, or a `problem` instead.
bool is_open(const Value& item) {
    const Value* command = item.find("command");
    return command != nullptr && !is_final(text_at(*command, "status"));
}

/// The items of an answer of `commands.send_many`; of `commands.send` one, made of the command.
std::vector<Value> items_of(const Call& call, Value answer) {
    if (call.operation == "commands.send") {
        const Value* device = call.path.find("device");
        return {Value::Object{{"device", *device}, {"command", std::move(answer)}}};
    }
    const Value* items = answer.find("items");
    const auto* all = items == nullptr ? nullptr : items->get<Value::Array>();
    return all == nullptr ? std::vector<Value>{} : *all;
}

/// Sends, and waits for the end of it where that is wanted. Gives an item for each device, with the
/// command as it is then.
Task<Result<std::vector<Value>>> send(net::Loop* loop,
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
    std::vector<Value> items = items_of(order.call, std::move(reply->body));
    client::Pause pause{*loop};
    while (std::ranges::any_of(items, is_open) && clock.monotonic() < deadline) {
        const Duration again = kAskAgain * (1 + std::ranges::count_if(items, is_open) / kAskEach);
        co_await pause.wait(std::min(again, deadline - clock.monotonic()));
        for (Value& item : items) {
            if (!is_open(item)) continue;
            Call look{.operation = "commands.get", .path = {}};
            look.path = Value::Object{{"device", text_at(item, "device")},
                                      {"command", text_at(*item.find("command"), "id")}};
            auto now = co_await hub.call(look);
            if (!now) co_return pass(now);
            item.set("command", std::move(now->body));
        }
    }
    hub.close();
    co_return items;
}

int code_of(const Value& item, bool waited) {
    const Value* command = item.find("command");
    if (command == nullptr) return kRefused;
    const std::string status = text_at(*command, "status");
    if (status == "done") return kOk;
    if (status == "failed") return kRefused;
    return waited || is_final(status) ? kUnfinished : kOk;
}

std::string line_of(const Value& item) {
    const Value* command = item.find("command");
    if (command == nullptr) {
        const Value* problem = item.find("problem");
        return toned(Tone::kBad, "refused") + ": " +
               (problem == nullptr ? "" : text_at(*problem, "detail"));
    }
    const std::string status = text_at(*command, "status");
    const Value* result = command->find("result");
    return fmt::format("{} {}{}", text_at(*command, "id"),
                       toned(status == "done" ? Tone::kGood : Tone::kPlain, status),
                       result == nullptr ? "" : " " + codec::to_json(*result));
}

// A refusal of one counts more than another that has not ended.
int worse(int one, int other) {
    if (one == kRefused || other == kRefused) return kRefused;
    return std::max(one, other);
}

int tell(const CommandOptions& options, const std::vector<Value>& items, bool waited) {
    const bool many = !options.labels.empty();
    int code = kOk;
    for (const Value& item : items) {
        code = worse(code, code_of(item, waited));
        if (options.json) {
            print_json(many ? item : *item.find("command"));
        } else {
            print_line((many ? text_at(item, "device") + " " : "") + line_of(item));
        }
    }
    const bool goes_on = waited && std::ranges::any_of(items, is_open);
    if (goes_on) complain("not done after " + options.wait + ": the command goes on without us");
    if (items.empty()) return complain(fail(ErrorCode::kNotFound, "no device has them").error());
    return code;
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
        "tandem command lamp-1 set '{\"on\":true,\"brightness\":40}' --wait 30s\n"
        "  tandem command --label room=kitchen set '{\"on\":false}'",
        describe, act);
}

}  // namespace tandem::cli
