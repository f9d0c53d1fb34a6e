#include "simulation/fleet.h"

#include <utility>

namespace tandem::simulation {
namespace {

using client::Call;
using client::items_at;
using client::text_at;

/// Counts a client as busy for as long as it works.
class Busy {
public:
    explicit Busy(Run& run) : run_{run} { ++run_.busy; }
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;
    ~Busy() { --run_.busy; }

private:
    Run& run_;
};

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
        time_ = std::max(time_ + 1, ms_of(world.now()));
        ++value_;
        told_.tried.emplace(time_, value_);
        return {.operation = "telemetry.write",
                .path = path_of(device),
                .body = Value::Array{
                    Value::Object{{"t", time_}, {"v", Value::Object{{"count", value_}}}}}};
    }
    void acknowledged() { told_.acknowledged[time_] = value_; }

private:
    Ledger::Told& told_;
    std::int64_t time_ = 0;
    std::int64_t value_ = 0;
};

Call command_call(std::string operation, const std::string& device, const std::string& command) {
    Call call{.operation = std::move(operation),
              .path = Value::Object{{"device", device}, {"command", command}}};
    if (call.operation == "commands.finish") {
        call.body = Value::Object{{"status", "done"}, {"result", command}};
    }
    return call;
}

// Acknowledges, acts, reports; whatever fails is tried again when the command comes again.
Task<void> carry_out(Run* run, client::HubClient* hub, std::string device, std::string command) {
    Ledger& ledger = run->ledger;
    if (ledger.acknowledged[device].contains(command)) {
        ledger.wrong.push_back(device + " was given the acknowledged command " + command);
    }
    auto acknowledged = co_await hub->call(command_call("commands.ack", device, command));
    if (!acknowledged) {
        ++ledger.refused;
        co_return;
    }
    ledger.acknowledged[device].insert(command);
    ++ledger.carried_out[device][command];
    // What has been done is reported until the hub has heard it: nobody else can tell.
    for (int tries = 0; tries < 50; ++tries) {
        auto finished = co_await hub->call(command_call("commands.finish", device, command));
        if (finished || finished.error().code != ErrorCode::kUnavailable) co_return;
        ++ledger.refused;
        co_return;  // The caller connects anew and asks for what is open.
    }
}

// Finishes what was acknowledged on an earlier connection.
Task<void> finish_open(Run* run, client::HubClient* hub, std::string device) {
    // Named: g++ 12 takes the braces for an array where a coroutine keeps them.
    const Value query = Value::Object{{"status", "acknowledged"}};
    Call list{.operation = "commands.list", .path = path_of(device), .query = query};
    auto open = co_await hub->call(std::move(list));
    if (!open) co_return;
    for (const Value& each : items_at(open->body, "items")) {
        const std::string id = text_at(each, "id");
        // The hub may know of an acknowledgement whose answer was lost: it has not been done then.
        if (run->ledger.acknowledged[device].insert(id).second) {
            ++run->ledger.carried_out[device][id];
        }
        auto finished = co_await hub->call(command_call("commands.finish", device, id));
        if (!finished) ++run->ledger.refused;
    }
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
    while (run->going) {
        co_await finish_open(run, &hub, id);
        Call take{.operation = "commands.take", .path = path_of(id), .headers = waiting};
        auto taken = co_await hub.call(std::move(take));
        if (!taken) {
            ++run->ledger.refused;
            co_await pause(machine, run->world.between(50ms, 500ms));
            continue;
        }
        for (const Value& each : items_at(taken->body, "items")) {
            co_await carry_out(run, &hub, id, text_at(each, "id"));
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
            co_await pause(&machine, run->world.between(20ms, 400ms));
            auto written = co_await hub.call(readings.next(id, run->world));
            written ? readings.acknowledged() : void(++run->ledger.refused);
        }
    }
    while (run->busy > 0 && run->going)
        co_await pause(&machine, 1s);
    // The poll lives on this machine: it comes to its end before the machine goes.
    co_await pause(&machine, 120s);
}

Task<void> socket_device(Run* run, std::string id, std::string key, contract::Encoding encoding) {
    const Busy busy{*run};
    Machine machine{run->world};
    client::WebSocketClient hub{machine, run->world.random(), access_as(key, encoding),
                                connect_from(run->network, machine)};
    hub.on_message([run, &hub, id](const Value& message) {
        const Value* command = message.find("cmd");
        if (command != nullptr) spawn(carry_out(run, &hub, id, text_at(*command, "id")));
    });
    Readings readings{run->ledger.readings[id]};
    while (run->going) {
        if (!hub.is_open()) {
            auto hello = co_await hub.open();
            if (!hello) {
                ++run->ledger.refused;
                co_await pause(&machine, run->world.between(50ms, 500ms));
                continue;
            }
            co_await finish_open(run, &hub, id);
        }
        co_await pause(&machine, run->world.between(5ms, 200ms));
        auto written = co_await hub.call(readings.next(id, run->world));
        written ? readings.acknowledged() : void(++run->ledger.refused);
        if (run->world.one_in(60)) hub.close();  // Devices do that too.
    }
    hub.close();
    co_await pause(&machine, 120s);  // What is under way comes to its end.
}

Task<void> operator_of(Run* run, std::string device, std::string key) {
    const Busy busy{*run};
    Machine machine{run->world};
    client::RestClient hub{machine, access_as(key), connect_from(run->network, machine)};
    Ledger& ledger = run->ledger;
    while (run->asking) {
        co_await pause(&machine, run->world.between(300ms, 2s));
        Call send{.operation = "commands.send",
                  .path = path_of(device),
                  .body = Value::Object{{"name", "blink"}}};
        if (run->world.one_in(2)) send.headers = Value::Object{{"prefer", "wait=3"}};
        auto sent = co_await hub.call(send);
        sent ? void(ledger.commands[device].insert(text_at(sent->body, "id")))
             : void(++ledger.refused);

        Call get{.operation = "config.get", .path = path_of(device)};
        auto now = co_await hub.call(std::move(get));
        if (!now) continue;
        const std::string tag = text_at(now->headers, "etag");
        const Value if_match = Value::Object{{"if-match", tag}};
        const Value after = Value::Object{{"after", tag}};
        Call put{
            .operation = "config.put", .path = path_of(device), .headers = if_match, .body = after};
        auto changed = co_await hub.call(std::move(put));
        if (!changed) {
            ++ledger.refused;
            continue;
        }
        const std::string fresh = text_at(changed->headers, "etag");
        const std::int64_t version = std::stoll(fresh.substr(1));
        if (version <= ledger.config[device])
            ledger.wrong.push_back("config of " + device + " went back");
        ledger.config[device] = version;
    }
    co_await pause(&machine, 120s);
}

Task<void> watcher(Run* run, std::string key, contract::Encoding encoding) {
    const Busy busy{*run};
    Machine machine{run->world};
    client::WebSocketClient hub{machine, run->world.random(), access_as(key, encoding),
                                connect_from(run->network, machine)};
    std::set<std::tuple<std::string, double, double>> seen;
    hub.on_message([run, &seen](const Value& message) {
        for (const Value& event : items_at(message, "ev")) {
            const auto reading = std::tuple{text_at(event, "d"), client::number_at(event, "t"),
                                            client::number_at(event, "v")};
            if (!seen.insert(reading).second) run->ledger.wrong.push_back("a reading came twice");
        }
    });
    while (run->going) {
        if (!hub.is_open()) {
            seen.clear();
            auto hello = co_await hub.open();
            if (hello) {
                const Value body = Value::Object{{"start", "now"}};
                Call subscribe{.operation = "stream.subscribe", .body = body};
                auto subscribed = co_await hub.call(std::move(subscribe));
                if (!subscribed) hub.close();
            }
        }
        co_await pause(&machine, run->world.between(50ms, 300ms));
    }
    hub.close();
    co_await pause(&machine, 120s);
}

}  // namespace tandem::simulation
