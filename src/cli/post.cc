#include "cli/command.h"
#include "cli/hub_options.h"
#include "cli/terminal.h"
#include "cli/text.h"

#include <fmt/format.h>

namespace tandem::cli {
namespace {

struct PostOptions {
    HubOptions hub;
    std::string door = "rest";
    std::string device;
    std::vector<std::string> readings;
    std::string time;
    bool json = false;
};

void describe(Subcommand sub, PostOptions& options) {
    sub.option("device", options.device, "The device's id; `me` with its own key").required();
    sub.option("readings", options.readings, "SERIES=VALUE, the value as JSON or plain text")
        .required();
    sub.option("--time", options.time,
               "When it was so: milliseconds since 1970 or RFC 3339; now if missing");
    add_hub_options(sub, options.hub);
    add_door_option(sub, options.door);
    sub.flag("--json", options.json, "Print the hub's answer as JSON");
}

Result<Value> body_of(const PostOptions& options) {
    Value::Object values;
    for (const std::string& reading : options.readings) {
        auto pair = parse_pair(reading);
        if (!pair) return pass(pair);
        values.emplace_back(pair->first, parse_word(pair->second));
    }
    if (options.time.empty()) return Value{std::move(values)};
    return Value{Value::Object{{"t", parse_word(options.time)}, {"v", std::move(values)}}};
}

int tell(const PostOptions& options, const Value& body) {
    const auto& refused = client::items_at(body, "refused");
    if (options.json) {
        print_json(body);
    } else {
        print_line(fmt::format("{} accepted, {}", client::number_at(body, "accepted"),
                               client::text_at(body, "durability")));
        for (const Value& each : refused) {
            const Value* problem = each.find("problem");
            complain(problem == nullptr ? "refused" : client::text_at(*problem, "detail"));
        }
    }
    return refused.empty() ? kOk : kRefused;
}

int act(const PostOptions& options) {
    auto body = body_of(options);
    auto access = access_of(options.hub);
    if (!body || !access) {
        static_cast<void>(complain(body ? access.error() : body.error()));
        return kUsage;
    }
    auto reply = ask_once(*access, options.door,
                          {.operation = "telemetry.write",
                           .path = Value::Object{{"device", options.device}},
                           .body = *std::move(body)});
    if (!reply) return complain(reply.error());
    return tell(options, reply->body);
}

}  // namespace

void add_post(Commands commands) {
    add_subcommand<PostOptions>(commands, "post", "Sends readings of a device.",
                                "tandem post lamp-1 power=8.1 on=true", describe, act);
}

}  // namespace tandem::cli
