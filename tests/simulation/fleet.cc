#include "simulation/fleet.h"

#include <algorithm>
#include <utility>

namespace tandem::simulation {
namespace {

using client::Call;
using client::items_at;
using client::text_at;

// From the hub's decision to hand a command out until the device has it.
constexpr Duration kOnTheWay = 400ms;

Value path_of(const std::string& device) {
    return Value::Object{{"device", device}};
}

std::int64_t ms_of(Instant instant) {
    return instant.time_since_epoch() / 1ms;
}

/// A device's readings: one a millisecond at most, each with a value of its own.
class Readings {
public:
    explicit Readings(Ledger::Told& told) : told_{told} {}

    Call next(const std::string& device, World& world) {
        time_ = std::max(time_ + 1, ms_of(world.true_time()));
        ++value_;
        sent_ = world.monotonic().time_since_epoch();
        told_.tried.emplace(time_, value_);
        Value::Object values{{"count", value_}};
        if (value_ % 3 == 0) values.emplace_back("noise", value_);
        return {.operation = "telemetry.write",
                .path = path_of(device),
                .body = Value::Array{Value::Object{{"t", time_}, {"v", Value{std::move(values)}}}},
                .patience = kPatience};
    }
    void acknowledged() { told_.acknowledged[time_] = {.value = value_, .sent = sent_}; }

private:
    Ledger::Told& told_;
    std::int64_t time_ = 0;
    std::int64_t value_ = 0;
    Duration sent_{0};
};

Call command_call(std::string operation, const std::string& device, const std::string& command) {
    Call call{.operation = std::move(operation),
              .path = Value::Object{{"device", device}, {"command", command}},
              .patience = kPatience};
    if (call.operation == "commands.finish") {
        call.body = Value::Object{{"status", "done"}, {"result", command}};
    }
    return call;
}

// The hub has no room, or only reads: it may be asked again.
bool may_pass(const Error& error) {
    return error.code == ErrorCode::kStorageFull || error.code == ErrorCode::kStorageFailed;
}

// What is true of every command that is handed out. `in_order`: by the only connection.
void look_at(Run& run, const std::string& device, const Value& command, bool in_order) {
    World& world = run.world;
    const auto expires = static_cast<std::int64_t>(client::number_at(command, "expires"));
    const bool steady = world.monotonic() - run.jumped > 1s;
    if (steady && ms_of(world.now()) > expires + kOnTheWay / 1ms) {
        run.ledger.say(device + " was given the expired command " + text_at(command, "id"));
    }
    const auto attempt = static_cast<std::int64_t>(client::number_at(command, "attempt"));
    const std::string id = text_at(command, "id");
    if (!run.ledger.attempts.emplace(id, attempt).second) {
        run.ledger.say(device + " was given one attempt twice of " + id);
    }
    const Value* params = command.find("params");
    if (params == nullptr || attempt > 1 || !in_order) return;
    const auto number = static_cast<std::int64_t>(client::number_at(*params, "n"));
    auto& last = run.ledger.last_number[device][text_at(*params, "by")];
    if (number < last) run.ledger.say(device + " was given commands out of order");
    last = std::max(last, number);
}

Duration between_readings(Run& run) {
    return run.calm ? run.world.between(1s, 3s) : run.world.between(10ms, 250ms);
}

// Acknowledges, acts, reports; gives whether the hub knows.
Task<bool> report_done(Run* run,
                       Machine* machine,
                       client::HubClient* hub,
                       std::string device,
                       std::string command) {
    Ledger& ledger = run->ledger;
    for (int tries = 0; tries < 30; ++tries) {
        auto acknowledged = co_await hub->call(command_call("commands.ack", device, command));
        if (acknowledged) break;
        ++ledger.refused;
        if (!may_pass(acknowledged.error()) || tries == 29) co_return false;
        co_await pause(machine, 500ms);
    }
    // The device's own log: what was acknowledged before has been done.
    if (!ledger.acknowledged[device].insert(command).second) co_return true;
    ++ledger.carried_out[device][command];
    for (int tries = 0; tries < 30; ++tries) {
        auto finished = co_await hub->call(command_call("commands.finish", device, command));
        if (finished) co_return true;
        ++ledger.refused;
        if (!may_pass(finished.error())) break;
        co_await pause(machine, 500ms);
    }
    co_return false;
}

// What cannot be reported now is when the device asks for what is open.
Task<void> carry_out(Run* run,
                     Machine* machine,
                     client::HubClient* hub,
                     std::string device,
                     std::string command) {
    const bool is_known = co_await report_done(run, machine, hub, device, std::move(command));
    if (!is_known) run->in_doubt[device] = run->world.monotonic();
}

// Finishes what was acknowledged on an earlier connection, or when the hub could not hear of it.
Task<void> finish_open(Run* run, client::HubClient* hub, std::string device) {
    // Named: g++ 12 takes the braces for an array where a coroutine keeps them.
    const Value query = Value::Object{{"status", "acknowledged"}};
    Call list{.operation = "commands.list",
              .path = path_of(device),
              .query = query,
              .patience = kPatience};
    auto open = co_await hub->call(std::move(list));
    if (!open) {
        run->in_doubt[device] = run->world.monotonic();
        co_return;
    }
    bool all = true;
    for (const Value& each : items_at(open->body, "items")) {
        const std::string id = text_at(each, "id");
        // The hub may know of an acknowledgement whose answer was lost: it has not been done then.
        if (run->ledger.acknowledged[device].insert(id).second) {
            ++run->ledger.carried_out[device][id];
        }
        auto finished = co_await hub->call(command_call("commands.finish", device, id));
        if (finished) continue;
        ++run->ledger.refused;
        all = false;
    }
    const Monotonic now = run->world.monotonic();
    if (!all) run->in_doubt[device] = now;
    // An acknowledgement may have been on its way yet, on a socket that the device had left.
    const auto doubt = run->in_doubt.find(device);
    if (doubt != run->in_doubt.end() && now - doubt->second > 2s) run->in_doubt.erase(doubt);
}

}  // namespace

Task<void> pause(Machine* machine, Duration span) {
    Completion<bool> over;
    machine->call_after(span, [over]() mutable { over.complete(true); });
    co_await over;
}

namespace {

Task<void> poll_commands(Run* run, Machine* machine, std::string id, std::string key) {
    const Busy busy{*run};
    client::RestClient hub{*machine, access_as(key), connect_from(run->network, *machine)};
    // Named: as in finish_open().
    const Value waiting = Value::Object{{"prefer", "wait=5"}};
    const Value lease = Value::Object{{"lease", 4'000}};
    while (run->going) {
        co_await finish_open(run, &hub, id);
        Call take{.operation = "commands.take",
                  .path = path_of(id),
                  .query = lease,
                  .headers = waiting,
                  .patience = kPatience};
        auto taken = co_await hub.call(std::move(take));
        if (!taken) {
            ++run->ledger.refused;
            co_await pause(machine, run->world.between(50ms, 500ms));
            continue;
        }
        // All of them first: to carry one out may take long.
        for (const Value& each : items_at(taken->body, "items")) {
            look_at(*run, id, each, true);
            if (run->ledger.acknowledged[id].contains(text_at(each, "id"))) {
                run->ledger.say(id + " was given the acknowledged command " + text_at(each, "id"));
            }
        }
        for (const Value& each : items_at(taken->body, "items")) {
            const std::string command = text_at(each, "id");
            // Some devices lose what they were given.
            if (run->world.one_in(10)) continue;
            co_await carry_out(run, machine, &hub, id, command);
        }
    }
}

}  // namespace

Task<void> rest_device(Run* run, std::string id, std::string key) {
    const Busy busy{*run};
    Machine machine{run->world};
    spawn(poll_commands(run, &machine, id, key));
    {
        client::RestClient hub{machine, access_as(key), connect_from(run->network, machine)};
        Readings readings{run->ledger.readings[id]};
        while (run->going) {
            co_await pause(&machine, between_readings(*run));
            auto written = co_await hub.call(readings.next(id, run->world));
            written ? readings.acknowledged() : void(++run->ledger.refused);
        }
    }
    // The poll lives on this machine: it comes to its end before the machine goes.
    co_await pause(&machine, 120s);
}

namespace {

/// A device with a socket, or with two while the second takes over.
class SocketDevice {
public:
    SocketDevice(Run& run, std::string id, std::string key, contract::Encoding encoding)
        : run_{run},
          id_{std::move(id)},
          key_{std::move(key)},
          encoding_{encoding},
          machine_{run.world},
          readings_{run.ledger.readings[id_]} {
        run_.machines[id_] = &machine_;
        add_client();
    }
    SocketDevice(const SocketDevice&) = delete;
    SocketDevice& operator=(const SocketDevice&) = delete;
    ~SocketDevice() { run_.machines.erase(id_); }

    Task<void> live() {
        while (run_.going) {
            if (!now().is_open()) {
                co_await connect();
                continue;
            }
            co_await pause(&machine_, between_readings(run_));
            co_await write();
            if (run_.in_doubt.contains(id_)) co_await finish_open(&run_, &now(), id_);
            if (run_.world.one_in(60)) co_await leave();
            if (run_.world.one_in(60)) co_await take_over();
        }
        co_await end();
    }

private:
    [[nodiscard]] client::WebSocketClient& now() { return *clients_.back(); }

    void add_client() {
        auto& fresh = clients_.emplace_back(std::make_unique<client::WebSocketClient>(
            machine_, run_.world.random(), access_as(key_, encoding_),
            connect_from(run_.network, machine_)));
        fresh->on_message([this, client = fresh.get()](const Value& message) {
            if (const Value* command = message.find("cmd")) commanded(*client, *command);
        });
        fresh->on_closed([this, client = fresh.get()](const client::Closing& /*why*/) {
            if (client == clients_.back().get()) run_.connected.erase(id_);
        });
    }

    void commanded(client::WebSocketClient& client, const Value& command) {
        const std::string id = text_at(command, "id");
        // What an older socket was sent may come late.
        const bool is_now = &client == clients_.back().get();
        look_at(run_, id_, command, is_now);
        if (is_now && run_.ledger.acknowledged[id_].contains(id)) {
            run_.ledger.say(id_ + " was given the acknowledged command " + id);
        }
        spawn(carry_out(&run_, &machine_, &client, id_, id));
    }

    Task<void> connect() {
        run_.connected.erase(id_);
        auto hello = co_await now().open();
        if (!hello) {
            ++run_.ledger.refused;
            co_await pause(&machine_, run_.world.between(50ms, 500ms));
            co_return;
        }
        run_.connected[id_] = run_.world.monotonic();
        co_await finish_open(&run_, &now(), id_);
    }

    Task<void> write() {
        client::WebSocketClient& on = now();
        auto written = co_await on.call(readings_.next(id_, run_.world));
        if (written) {
            readings_.acknowledged();
            co_return;
        }
        ++run_.ledger.refused;
        // Nobody answers any more.
        if (written.error().code == ErrorCode::kRequestTimeout) on.close();
    }

    Task<void> leave() {
        run_.connected.erase(id_);
        now().close();
        if (run_.world.one_in(2)) co_await pause(&machine_, run_.world.between(0s, 3s));
    }

    // The network brings the old socket's end whenever it likes.
    Task<void> take_over() {
        if (!now().is_open()) co_return;
        ++run_.ledger.takeovers;
        add_client();
        co_await connect();
        if (run_.world.one_in(2) && clients_.size() > 1) clients_[clients_.size() - 2]->close();
    }

    Task<void> end() {
        run_.connected.erase(id_);
        for (const auto& client : clients_)
            client->close();
        co_await pause(&machine_, 120s);  // What is under way comes to its end.
    }

    Run& run_;
    const std::string id_;
    const std::string key_;
    const contract::Encoding encoding_;
    Machine machine_;
    Readings readings_;
    std::vector<std::unique_ptr<client::WebSocketClient>> clients_;  // The last is in use.
};

}  // namespace

Task<void> socket_device(Run* run, std::string id, std::string key, contract::Encoding encoding) {
    const Busy busy{*run};
    SocketDevice device{*run, std::move(id), std::move(key), encoding};
    co_await device.live();
}

namespace {

/// Whoever asks devices for something.
class Operator {
public:
    Operator(Run& run, std::string name, std::string device, std::string key)
        : run_{run},
          name_{std::move(name)},
          device_{std::move(device)},
          machine_{run.world},
          hub_{machine_, access_as(std::move(key)), connect_from(run.network, machine_)} {}

    Task<void> live() {
        while (run_.asking) {
            co_await pause(&machine_, run_.world.between(200ms, 1500ms));
            co_await command();
            co_await configure();
        }
        co_await pause(&machine_, 120s);
    }

private:
    // Asks until the hub has said yes or no, with one key.
    Task<void> command() {
        const std::string key = name_ + '-' + std::to_string(++number_);
        auto& asked = run_.ledger.commands[device_][key];
        asked.short_lived = run_.world.one_in(3);
        Value body = Value::Object{{"name", "blink"},
                                   {"params", Value::Object{{"n", number_}, {"by", name_}}}};
        if (asked.short_lived) body.set("ttl", run_.world.between(300ms, 3s) / 1ms);
        Value headers = Value::Object{{"idempotency-key", key}};
        if (run_.world.one_in(2)) headers.set("prefer", "wait=3");
        for (int tries = 0; tries < 4; ++tries) {
            Call send{.operation = "commands.send",
                      .path = path_of(device_),
                      .headers = headers,
                      .body = body,
                      .patience = kPatience};
            auto sent = co_await hub_.call(std::move(send));
            // Sometimes the answer is not believed.
            if (sent) accepted(asked, text_at(sent->body, "id"));
            if (sent && !run_.world.one_in(8)) co_return;
            if (!sent) ++run_.ledger.refused;
            co_await pause(&machine_, run_.world.between(50ms, 400ms));
        }
    }

    void accepted(Ledger::Asked& asked, const std::string& id) {
        if (!asked.id.empty() && asked.id != id) {
            run_.ledger.say(device_ + " has two commands for one key: " + asked.id + ", " + id);
        }
        asked.id = id;
    }

    // A change is made to what was read, or not at all.
    Task<void> configure() {
        Call get{.operation = "config.get", .path = path_of(device_), .patience = kPatience};
        auto read = co_await hub_.call(std::move(get));
        if (!read) co_return;
        const std::string tag = text_at(read->headers, "etag");
        const Value if_match = Value::Object{{"if-match", tag}};
        const Value after = Value::Object{{"after", tag}, {"by", name_}};
        const Duration sent = run_.world.monotonic().time_since_epoch();
        co_await pause(&machine_, run_.world.between(0ms, 100ms));
        Call put{.operation = "config.put",
                 .path = path_of(device_),
                 .headers = if_match,
                 .body = after,
                 .patience = kPatience};
        auto changed = co_await hub_.call(std::move(put));
        if (!changed) {
            ++run_.ledger.refused;
            co_return;
        }
        const std::int64_t version = version_in(text_at(changed->headers, "etag"));
        if (version != version_in(tag) + 1) {
            run_.ledger.say("config of " + device_ + " lost an update: " + std::to_string(version) +
                            " comes after " + tag);
        }
        run_.ledger.config[device_].push_back({.version = version, .sent = sent});
    }

    static std::int64_t version_in(const std::string& tag) {
        return tag.size() < 3 ? 0 : std::stoll(tag.substr(1));
    }

    Run& run_;
    const std::string name_;
    const std::string device_;
    Machine machine_;
    client::RestClient hub_;
    std::int64_t number_ = 0;
};

}  // namespace

Task<void> operator_of(Run* run, std::string name, std::string device, std::string key) {
    const Busy busy{*run};
    Operator who{*run, std::move(name), std::move(device), std::move(key)};
    co_await who.live();
}

}  // namespace tandem::simulation
