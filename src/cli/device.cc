#include "cli/administrator.h"
#include "cli/command.h"
#include "cli/key_out.h"
#include "cli/terminal.h"
#include "cli/text.h"
#include "client/call.h"

#include <fmt/format.h>

#include <optional>

namespace tandem::cli {
namespace {

using client::Call;
using client::text_at;

struct DeviceOptions {
    AdministratorOptions who;
    std::string id;
    std::vector<std::string> ids;
    std::string name;
    std::string type;
    std::vector<std::string> labels;
    std::string search;
    std::string rotate;
    std::string revoke;
    std::string save_key;
    bool list = false;
    bool json = false;
};

Call about(std::string operation, const std::string& device, Value body = {}) {
    return {.operation = std::move(operation),
            .path = Value::Object{{"device", device}},
            .body = std::move(body)};
}

// ---------------------------------------------------------------- add

void describe_add(Subcommand sub, DeviceOptions& options) {
    add_administrator_options(sub, options.who);
    sub.option("device", options.id, "The id: letters, digits and ._:-").required();
    sub.option("--name", options.name, "The name for people");
    sub.option("--type", options.type, "The kind of device");
    sub.option("--label", options.labels, "NAME=VALUE, to find and group devices by");
    add_save_key(sub, options.save_key);
}

Result<Value> creation_of(const DeviceOptions& options) {
    Value body = Value::Object{{"id", options.id}};
    if (!options.name.empty()) body.set("name", options.name);
    if (!options.type.empty()) body.set("type", options.type);
    Value::Object labels;
    for (const std::string& label : options.labels) {
        auto pair = parse_pair(label);
        if (!pair) return pass(pair);
        labels.emplace_back(pair->first, pair->second);
    }
    if (!labels.empty()) body.set("labels", std::move(labels));
    return body;
}

int act_add(const DeviceOptions& options) {
    auto body = creation_of(options);
    if (!body) {
        static_cast<void>(complain(body.error()));
        return kUsage;
    }
    KeyOut out{options.save_key};
    if (auto opened = out.open(); !opened) return complain(opened.error());
    auto made = ask(options.who, {.operation = "devices.create", .body = *std::move(body)});
    // There already: what is missing is the key.
    if (!made && made.error().code != ErrorCode::kAlreadyExists) return complain(made.error());
    auto key = ask(options.who, about("keys.create", options.id, Value::Object{}));
    if (!key) return complain(key.error());
    return out.give(Value::Object{{"device", options.id}}, "key", text_at(key->body, "key"));
}

// ---------------------------------------------------------------- list

void describe_list(Subcommand sub, DeviceOptions& options) {
    add_administrator_options(sub, options.who);
    sub.option("--type", options.type, "Only of this type");
    sub.option("--search", options.search, "Only with this in id or name");
    sub.flag("--json", options.json, "One line of JSON per device");
}

void print_device(const DeviceOptions& options, const Value& device) {
    if (options.json) return print_json(device);
    const Value* presence = device.find("presence");
    const Value* online = presence == nullptr ? nullptr : presence->find("online");
    const bool there = online != nullptr && online->get<bool>() != nullptr && *online->get<bool>();
    const std::string door = presence == nullptr ? "" : text_at(*presence, "door");
    print_line(fmt::format("{:<32} {:<16} {} {}", printable(text_at(device, "id")),
                           printable(text_at(device, "type")),
                           there ? toned(Tone::kGood, fmt::format("{:<12}", "online " + door))
                                 : toned(Tone::kFaint, fmt::format("{:<12}", "offline")),
                           printable(text_at(device, "name"))));
}

int act_list(const DeviceOptions& options) {
    Value query = Value::Object{{"limit", 1'000}};
    if (!options.type.empty()) query.set("type", options.type);
    if (!options.search.empty()) query.set("search", options.search);
    while (true) {
        auto page = ask(options.who, {.operation = "devices.list", .query = query});
        if (!page) return complain(page.error());
        for (const Value& device : client::items_at(page->body, "items"))
            print_device(options, device);
        const std::string next = text_at(page->body, "next");
        if (next.empty()) return kOk;
        query.set("cursor", next);
    }
}

// ---------------------------------------------------------------- show

void describe_one(Subcommand sub, DeviceOptions& options) {
    add_administrator_options(sub, options.who);
    sub.option("device", options.id, "The device's id").required();
}

int act_show(const DeviceOptions& options) {
    auto device = ask(options.who, about("devices.get", options.id));
    if (!device) return complain(device.error());
    auto latest = ask(options.who, about("telemetry.latest", options.id));
    if (!latest) return complain(latest.error());
    auto twin = ask(options.who, about("twin.get", options.id));
    if (!twin) return complain(twin.error());
    const Value* series = latest->body.find("series");
    std::string text = pretty_json(Value::Object{{"device", device->body},
                                                 {"latest", series == nullptr ? Value{} : *series},
                                                 {"twin", twin->body}});
    text.pop_back();  // print_line() ends the line.
    print_line(text);
    return kOk;
}

// ---------------------------------------------------------------- key

void describe_key(Subcommand sub, DeviceOptions& options) {
    describe_one(sub, options);
    const Option list = sub.flag("--list", options.list, "List the keys, without their secrets");
    const Option rotate = sub.option("--rotate", options.rotate,
                                     "Make a key in place of this one, which lives on for a day");
    const Option revoke = sub.option("--revoke", options.revoke, "End this key now");
    add_save_key(sub, options.save_key);
    list.excludes(rotate).excludes(revoke);
    rotate.excludes(revoke);
}

Call about_key(std::string operation, const DeviceOptions& options, const std::string& key) {
    Call call = about(std::move(operation), options.id);
    call.path.set("key", key);
    return call;
}

int act_key(const DeviceOptions& options) {
    if (options.list) {
        auto keys = ask(options.who, about("keys.list", options.id));
        if (!keys) return complain(keys.error());
        for (const Value& key : client::items_at(keys->body, "items"))
            print_json(key);
        return kOk;
    }
    if (!options.revoke.empty()) {
        auto ended = ask(options.who, about_key("keys.revoke", options, options.revoke));
        return ended ? static_cast<int>(kOk) : complain(ended.error());
    }
    KeyOut out{options.save_key};
    if (auto opened = out.open(); !opened) return complain(opened.error());
    auto made = ask(options.who, options.rotate.empty()
                                     ? about("keys.create", options.id, Value::Object{})
                                     : about_key("keys.rotate", options, options.rotate));
    if (!made) return complain(made.error());
    return out.give(Value::Object{{"device", options.id}, {"id", text_at(made->body, "id")}}, "key",
                    text_at(made->body, "key"));
}

// ---------------------------------------------------------------- rm

void describe_rm(Subcommand sub, DeviceOptions& options) {
    add_administrator_options(sub, options.who);
    sub.option("device", options.ids, "The ids of the devices").required();
}

int act_rm(const DeviceOptions& options) {
    int worst = kOk;
    for (const std::string& id : options.ids) {
        auto gone = ask(options.who, about("devices.delete", id));
        if (!gone) worst = std::max(worst, complain(gone.error()));
    }
    return worst;
}

}  // namespace

void add_device(Commands commands) {
    const Subcommand device =
        commands.program.subcommand("device", "Makes, lists and removes devices.");
    device.require_subcommand();
    device.footer("Example:\n  tandem device add lamp-1 --data data");
    const Commands within{.program = device, .chosen = commands.chosen};
    add_subcommand<DeviceOptions>(
        within, "add", "Makes a device if it is missing, and a key for it; prints a line of JSON.",
        "tandem device add lamp-1 --data data", describe_add, act_add);
    add_subcommand<DeviceOptions>(within, "list", "Lists devices in order of id.",
                                  "tandem device list --type lamp --json", describe_list, act_list);
    add_subcommand<DeviceOptions>(within, "show",
                                  "Shows a device, its newest readings and its twin as JSON.",
                                  "tandem device show lamp-1", describe_one, act_show);
    add_subcommand<DeviceOptions>(within, "key", "Makes a key for a device, lists or ends them.",
                                  "tandem device key lamp-1 --list", describe_key, act_key);
    add_subcommand<DeviceOptions>(within, "rm", "Deletes devices with all that is known of them.",
                                  "tandem device rm lamp-1", describe_rm, act_rm);
}

}  // namespace tandem::cli
