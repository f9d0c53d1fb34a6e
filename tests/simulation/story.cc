#include "simulation/story.h"

#include "base/check.h"
#include "codec/json.h"
#include "simulation/watcher.h"

#include <stdexcept>

namespace tandem::simulation {
namespace {

using client::Call;
using client::items_at;
using client::text_at;

constexpr Weather kStorm{.latency_min = 200us,
                         .latency_max = 20ms,
                         .pieces = true,
                         .cut_one_in = 600,
                         .silent_one_in = 8,
                         .under_way = 4 * 1'024};
constexpr Weather kQuiet{.under_way = 4 * 1'024};
constexpr std::size_t kDevices = 2;  // On each door.
// What is half open is known to be gone: silence of 45 s, looked at every 5.
constexpr Duration kSilence = 51s;

Value path_of(const std::string& device) {
    return Value::Object{{"device", device}};
}

Value::Array texts(std::initializer_list<const char*> all) {
    return {all.begin(), all.end()};
}

// Budgets have tests of their own.
api::Rules unhurried() {
    api::Rules rules;
    rules.rates.requests = {.per_second = 1e6, .burst = 1e6};
    rules.rates.device_requests = rules.rates.requests;
    // Faults cut connections more often than any network does.
    rules.device_connects.most = 1e6;
    rules.connects.most = 1e6;
    rules.rest_presence = 20s;
    // As little as a socket's queue, so that server-sent events are receipted as well.
    rules.streams.pending_bytes = 6 * 1'024;
    return rules;
}

}  // namespace

Story::Story(std::uint64_t seed)
    : world_{seed},
      network_{world_, kQuiet},
      hub_{world_,
           network_,
           {.rules = unhurried(), .on_disk = seed % 4 != 0, .queue_bytes = 3 * 1'024}} {
    hub_.start();
}

Story::~Story() = default;

void Story::tell() {
    make_devices();
    network_.weather() = kStorm;
    start_clients();
    const std::uint64_t trouble = 3 + world_.random().next() % 3;
    for (std::uint64_t at = 0; at < trouble; ++at) {
        world_.run_for(world_.between(500ms, 4s));
        go_wrong();
    }
    settle();
    check_presence();
    // One goes without a word.
    network_.unplug(*run_.machines.begin()->second);
    run_.going = false;
    world_.run_for(kSilence);  // Devices on REST are taken for gone sooner.
    check_absence();
    check_readings();
    check_followers();
    run_.following = false;
    if (!world_.run_until([&] { return run_.busy == 0; }, 600s)) say("a client waits for ever");
    check_commands();
    check_config();
}

// ---------------------------------------------------------------- clients

Result<client::Reply> Story::ask(Call call) {
    Machine machine{world_};
    client::RestClient hub{machine, access_as(hub_.admin_key()), connect_from(network_, machine)};
    return finish(world_, hub.call(std::move(call)));
}

void Story::make_devices() {
    for (std::size_t at = 0; at < 2 * kDevices; ++at) {
        const std::string id = (at < kDevices ? "rest-" : "socket-") + std::to_string(at);
        check(ask({.operation = "devices.create", .body = Value::Object{{"id", id}}}).has_value());
        const auto key =
            ask({.operation = "keys.create", .path = path_of(id), .body = Value::Object{}});
        check(key.has_value());
        keys_[id] = text_at(key->body, "key");
    }
}

void Story::start_clients() {
    std::size_t at = 0;
    for (const auto& [id, key] : keys_) {
        const auto encoding = ++at % 2 == 0 ? contract::Encoding::kCbor : contract::Encoding::kJson;
        id.starts_with("rest") ? spawn(rest_device(&run_, id, key))
                               : spawn(socket_device(&run_, id, key, encoding));
        spawn(operator_of(&run_, id + "-a", id, hub_.admin_key()));
    }
    // Two that want different things of the same device.
    spawn(operator_of(&run_, "socket-2-b", "socket-2", hub_.admin_key()));
    follow("everybody", {});
    follow("all kinds", {{"kinds", texts({"reading", "config", "command", "presence"})}});
    follow("one device",
           {{"devices", texts({"socket-3"})}, {"kinds", texts({"reading", "config"})}});
    follow("one series", {{"series", texts({"noi*"})}});
}

void Story::follow(const std::string& name, Value::Object wish) {
    auto& follower = followers_.emplace_back(std::make_unique<Follower>(name, std::move(wish)));
    const auto encoding =
        followers_.size() % 2 == 0 ? contract::Encoding::kCbor : contract::Encoding::kJson;
    spawn(watcher(&run_, follower.get(), hub_.admin_key(), encoding));
}

// ---------------------------------------------------------------- what goes wrong

void Story::go_wrong() {
    if (hub_.disk() == nullptr) return world_.one_in(4) ? set_clock() : crash(false);
    switch (world_.random().next() % 9) {
        case 0:
            return crash(false);
        case 1:
        case 2:
            return crash(true);
        case 3:
        case 4:
            return crash_in_the_middle();
        case 5:
        case 6:
            return fail_sync();
        case 7:
            return fill_disk();
        default:
            return set_clock();
    }
}

void Story::restart() {
    world_.run_for(world_.between(10ms, 2s));
    const Weather weather = std::exchange(network_.weather(), kQuiet);  // Starting is not tested.
    try {
        hub_.start();
    } catch (const std::runtime_error& failed) {
        say(failed.what());
        throw;
    }
    network_.weather() = weather;
}

void Story::crash(bool power) {
    hub_.crash(power);
    ++crashes_;
    restart();
}

// At any write, in the middle of what it is for.
void Story::crash_in_the_middle() {
    power_failed_ = false;
    hub_.disk()->lose_power_at(1 + world_.random().next() % 60, [this] { power_failed_ = true; });
    static_cast<void>(world_.run_until([&] { return power_failed_; }, 3s));
    crash(true);
}

// The hub has to stop writing, and nothing that it has acknowledged may be lost with the power.
void Story::fail_sync() {
    ++faults_;
    sync_failed_ = true;
    const std::uint64_t nth = 1 + world_.random().next() % 6;
    world_.one_in(2) ? hub_.disk()->fail_log_sync(nth) : hub_.disk()->fail_database_sync(nth);
    world_.run_for(world_.between(200ms, 2s));
    crash(!world_.one_in(4));
}

// And then there is room again: the hub goes on by itself.
void Story::fill_disk() {
    ++faults_;
    was_full_ = true;
    hub_.disk()->fill(world_.random().next() % 24'000);
    world_.run_for(world_.between(500ms, 3s));
    hub_.disk()->empty();
    const bool writes = world_.run_until([&] { return hub_.state() != StoreState::kFull; }, 5s);
    if (!writes) say("the disk has room again and the hub does not find out");
    if (hub_.state() == StoreState::kFailed) {
        say("a full disk has made the hub read-only");
        crash(false);
    }
}

void Story::set_clock() {
    const Duration to = world_.between(-3min, 10min);
    world_.set_clock(to);
    run_.jumped = world_.monotonic();
    ahead_ = std::max(ahead_, to);
}

// Everything that is under way comes to its end.
void Story::settle() {
    network_.weather() = kQuiet;
    world_.set_clock(ahead_);
    run_.jumped = world_.monotonic();
    if (hub_.state() == StoreState::kFailed) say("the hub is read-only and nothing has failed");
    world_.run_for(5s);
    run_.asking = false;
    run_.calm = true;
    world_.run_for(90s);  // What was half open is known to be gone, leases have passed.
}

// ---------------------------------------------------------------- what must be true

bool Story::is_online(const std::string& device) {
    const auto known = ask({.operation = "devices.get", .path = path_of(device)});
    if (!known) {
        say(device + " is lost: " + known.error().detail);
        return false;
    }
    const Value* presence = known->body.find("presence");
    const Value* online = presence == nullptr ? nullptr : presence->find("online");
    const bool* value = online == nullptr ? nullptr : online->get<bool>();
    return value != nullptr && *value;
}

void Story::check_presence() {
    for (const auto& [id, key] : keys_) {
        const auto since = run_.connected.find(id);
        const bool is_there = id.starts_with("rest") || (since != run_.connected.end() &&
                                                         world_.monotonic() - since->second > 2s);
        if (is_there && !is_online(id)) say(id + " is connected and said to be offline");
    }
}

// Nobody is there any more.
void Story::check_absence() {
    for (const auto& [id, key] : keys_) {
        if (is_online(id)) say(id + " has gone and is said to be online");
    }
}

// Every acknowledged reading is in the history; nothing is that nobody sent.
void Story::check_readings() {
    for (const auto& [device, told] : ledger_.readings)
        check_readings_of(device, told);
}

void Story::check_readings_of(const std::string& device, const Ledger::Told& told) {
    const auto history = ask({.operation = "telemetry.read",
                              .path = path_of(device),
                              .query = Value::Object{{"series", "count"}, {"limit", 100'000}}});
    if (!history) return say(device + " has no history: " + history.error().detail);
    std::map<std::int64_t, std::int64_t> stored;
    for (const Value& each : items_at(history->body, "readings")) {
        const auto time = static_cast<std::int64_t>(client::number_at(each, "t"));
        const auto value = static_cast<std::int64_t>(client::number_at(each, "v"));
        if (!told.tried.contains({time, value})) say(device + " has a reading of nobody");
        if (!stored.emplace(time, value).second) say(device + " has two readings of one time");
    }
    for (const auto& [time, reading] : told.acknowledged) {
        const auto found = stored.find(time);
        if (found != stored.end() && found->second == reading.value) continue;
        say(device + " has lost an acknowledged reading, number " + std::to_string(reading.value) +
            " of " + std::to_string(told.acknowledged.size()));
    }
}

void Story::check_commands() {
    for (const auto& [device, key] : keys_)
        check_commands_of(device);
    for (const auto& [device, done] : ledger_.carried_out) {
        for (const auto& [id, times] : done) {
            if (times > 1) say(device + " has carried out twice " + id);
        }
    }
}

// What was asked for with one key is one command. What was accepted is there, and has come to its
// end.
void Story::check_commands_of(const std::string& device) {
    const auto listed = ask({.operation = "commands.list",
                             .path = path_of(device),
                             .query = Value::Object{{"limit", 1'000}}});
    if (!listed) return say(device + " has no commands: " + listed.error().detail);
    std::map<std::string, std::string> ids;
    std::map<std::string, std::string> statuses;
    for (const Value& each : items_at(listed->body, "items")) {
        const Value* params = each.find("params");
        const std::string key =
            text_at(*params, "by") + '-' +
            std::to_string(static_cast<std::int64_t>(client::number_at(*params, "n")));
        const std::string id = text_at(each, "id");
        if (!ids.emplace(key, id).second) say(device + " has two commands of one key: " + key);
        statuses[id] = text_at(each, "status");
        const bool was_done = ledger_.carried_out[device].contains(id);
        if (!was_done && statuses[id] == "done") say(device + " has not done " + id);
    }
    for (const auto& [key, asked] : ledger_.commands[device]) {
        if (asked.id.empty()) continue;
        const std::string& status = statuses[asked.id];
        if (status.empty()) {
            say(device + " has lost the accepted command " + asked.id);
        } else if (status != "done" && !(status == "expired" && asked.short_lived)) {
            say(device + " has left the command " + asked.id + ' ' + status);
        }
    }
}

void Story::check_config() {
    for (const auto& [device, versions] : ledger_.config) {
        const auto config = ask({.operation = "config.get", .path = path_of(device)});
        if (!config) return say(device + " has no config: " + config.error().detail);
        const std::int64_t now = std::stoll(text_at(config->headers, "etag").substr(1));
        for (const auto& each : versions) {
            if (each.version > now) say(device + " has lost a change of its config");
        }
    }
}

void Story::check_followers() {
    for (const auto& follower : followers_) {
        for (const std::string& each : follower->wrong())
            say(each);
        if (follower->has_begun()) check_follower(*follower);
    }
}

void Story::check_follower(const Follower& follower) {
    const Follower judge = judged(follower);
    for (const std::string& each : judge.wrong())
        say(each);
    // Events of the registry that a log which failed did not take are in the outbox until the next
    // start; who resumes meanwhile gets a receipt.
    const bool holes = was_full_ || (sync_failed_ && follower.lacks_history());
    const std::string differs = follower.against(judge, holes);
    if (!differs.empty()) say(differs);
    check_complete(judge);
}

Follower Story::judged(const Follower& follower) {
    Follower judge = follower.judge();
    Machine machine{world_};
    client::WebSocketClient hub{machine, world_.random(), access_as(hub_.admin_key()),
                                connect_from(network_, machine)};
    hub.on_message([&judge](const Value& message) { judge.take(message); });
    const auto hello = finish(world_, hub.open());
    if (!hello) throw std::runtime_error{"no socket opens: " + hello.error().detail};
    const auto subscribed =
        finish(world_, hub.call({.operation = "stream.subscribe", .body = judge.request()}));
    if (!subscribed) throw std::runtime_error{"no stream begins: " + subscribed.error().detail};
    world_.run_for(5s);
    hub.close();
    world_.run_for(100ms);
    return judge;
}

// What was acknowledged after the stream began is in it.
void Story::check_complete(const Follower& judge) {
    const bool all = judge.name().starts_with("everybody") || judge.name().starts_with("all kinds");
    if (!all) return;
    for (const auto& [device, told] : ledger_.readings) {
        for (const auto& [time, reading] : told.acknowledged) {
            const Value event =
                Value::Object{{"d", device}, {"s", "count"}, {"t", time}, {"v", reading.value}};
            if (reading.sent < judge.begun_at() || judge.has(identity_of(event))) continue;
            say(judge.name() + " lacks " + identity_of(event));
        }
    }
}

Story::Figures Story::figures() const {
    Figures out{.cuts = network_.cuts(),
                .crashes = crashes_,
                .faults = faults_,
                .takeovers = ledger_.takeovers};
    for (const auto& [device, told] : ledger_.readings)
        out.readings += told.acknowledged.size();
    for (const auto& [device, asked] : ledger_.commands) {
        for (const auto& [key, each] : asked)
            out.commands += each.id.empty() ? 0 : 1;
    }
    for (const auto& follower : followers_) {
        out.events += follower->events();
        out.gaps += follower->gaps();
    }
    return out;
}

std::string Story::summary() {
    const Figures seen = figures();
    std::string out;
    for (const std::size_t each : {seen.readings, seen.commands, seen.events, seen.gaps, seen.cuts,
                                   seen.crashes, seen.faults, seen.takeovers, ledger_.refused}) {
        out += std::to_string(each) + ' ';
    }
    return out + std::to_string(world_.monotonic().time_since_epoch().count()) + ' ' +
           std::to_string(world_.random().next());
}

}  // namespace tandem::simulation
