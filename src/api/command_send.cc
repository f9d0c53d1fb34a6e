#include "api/command_send.h"

#include "api/again.h"
#include "api/command_life.h"
#include "api/within.h"
#include "base/checked.h"
#include "base/fault.h"
#include "codec/json.h"
#include "domain/schema.h"

#include <algorithm>

namespace tandem::api {

// NOLINTBEGIN(bugprone-unchecked-optional-access): the check sees no optional in a Result

namespace {

Result<Command> make_command(const World& world,
                             const Caller& caller,
                             const DeviceState& state,
                             const Outgoing& outgoing) {
    if (auto known = check_command(state.device.schema, outgoing.name, outgoing.params); !known) {
        return pass(known);
    }
    return Command{.id = {},  // Under the turnstile.
                   .device = state.device.ref,
                   .name = outgoing.name,
                   .params = outgoing.params,
                   .created = world.now(),
                   .expires = world.now() + outgoing.ttl.value_or(world.rules().commands.ttl),
                   .lease_until = {},
                   .updated = world.now(),
                   .progress = {},
                   .result = {},
                   .sent_by = caller.local ? std::string{kOwnerOfData}
                                           : text_of(caller.actor.kind, caller.actor.id),
                   .version = 1};
}

// Whether the device's socket may have a command that is sent now: none is to come before it.
bool is_next(const std::vector<Command>& open) {
    return std::ranges::none_of(open, [](const Command& each) {
        return each.status == Command::Status::kQueued || holds_up(each);
    });
}

// Commands are handed out in the order of their ids. The clock may have been set back, and the hub
// that made the last one may be gone.
CommandId next_id(const World& world, const std::vector<Command>& open) {
    if (!open.empty() && !has_fault(Fault::kIdsByClock)) {
        world.hub().ids.go_on_after(open.back().id.text());
    }
    return CommandId{world.new_id()};
}

// Under the turnstile: admits, stores and hands over. Registers the watcher before the device can
// possibly answer.
Task<Result<Command>> enqueue(World world,
                              DeviceStatePtr state,
                              Command command,
                              Outgoing outgoing,
                              std::optional<Completion<std::optional<Command>>> watcher) {
    auto open = co_await open_commands(world, state);
    if (!open) co_return pass(open);
    if (auto room = admit(open->size(), world.rules().commands); !room) co_return pass(room);
    command.id = next_id(world, *open);
    const Command none;
    const Instant now = world.now();
    const bool at_once = is_next(*open) && now < command.expires && !state->has_older;
    const auto link = at_once ? state->link : nullptr;
    if (link != nullptr) {
        command = tandem::deliver(std::move(command), {}, now);
        command.version = 1;
    }
    if (watcher) state->watchers[command.id].push_back(*watcher);
    std::vector<Change> also;
    if (outgoing.also) also = outgoing.also(command);
    auto stored = co_await store_command(world, state, none, command, std::move(also));
    if (!stored) {
        state->watchers.erase(command.id);
        co_return pass(stored);
    }
    if (link != nullptr && state->link == link) {
        link->executor().post([link, command] { link->deliver(command); });
    } else {
        co_await push_queued(world, state);
    }
    co_return command;
}

}  // namespace

Result<void> check_size(const Value& value,
                        std::size_t bytes,
                        const std::string& field,
                        const std::string& limit) {
    if (codec::to_json(value).size() <= bytes) return {};
    auto refused = fail_field(field, "at most " + std::to_string(bytes) + " bytes as JSON");
    refused.error().limit = limit;
    return refused;
}

Result<void> check_outgoing(const World& world, const Outgoing& outgoing) {
    const CommandRules& rules = world.rules().commands;
    auto short_enough =
        check_size(outgoing.params, rules.params_bytes, "/params", "commands.params_bytes");
    if (!short_enough) return pass(short_enough);
    if (outgoing.ttl && *outgoing.ttl > rules.ttl_max) return fail_field("/ttl", "7 days at most");
    return {};
}

Task<Result<Sent>> send_command(World world, Caller caller, DeviceRef device, Outgoing outgoing) {
    auto state = co_await world.devices().load(world, std::move(device));
    if (!state) co_return pass(state);
    auto command = make_command(world, caller, **state, outgoing);
    if (!command) co_return pass(command);
    Sent sent{.state = *state, .command = std::move(*command), .end = {}};
    if (outgoing.watched) sent.end.emplace();
    auto turn = co_await take_turn(world, caller, sent.state);
    if (!turn) co_return pass(turn);
    auto queued = co_await enqueue(world, sent.state, sent.command, std::move(outgoing), sent.end);
    if (!queued) co_return pass(queued);
    sent.command = std::move(*queued);
    co_return std::move(sent);
}

Task<Result<std::optional<Sent>>> find_sent(World world,
                                            DeviceRef device,
                                            CommandId id,
                                            bool watched) {
    auto state = co_await world.devices().load(world, device);
    if (!state) co_return pass(state);
    const auto turn = co_await (*state)->turn.enter();
    auto found = co_await world.registry().command(device, id);
    if (!found) co_return pass(found);
    if (!*found) co_return std::optional<Sent>{};
    Sent sent{.state = *state, .command = std::move(**found), .end = {}};
    if (watched) {
        Completion<std::optional<Command>> end;
        if (is_final(sent.command.status)) {
            end.complete(sent.command);
        } else {
            (*state)->watchers[id].push_back(end);
        }
        sent.end = end;
    }
    co_return std::optional{std::move(sent)};
}

Task<Result<Outcome>> await_end(World world, Sent sent, Duration wait) {
    auto ended = co_await within(&world.executor(), checked(sent.end), wait);
    if (ended) co_return Outcome{.command = std::move(*ended), .ended = true};
    // An id is watched by its sender alone.
    sent.state->watchers.erase(sent.command.id);
    auto now = co_await world.registry().command(sent.command.device, sent.command.id);
    if (!now) co_return pass(now);
    Outcome outcome{.command = std::move(sent.command), .ended = false};
    if (*now) outcome.command = std::move(**now);
    co_return std::move(outcome);
}

// NOLINTEND(bugprone-unchecked-optional-access)

}  // namespace tandem::api
