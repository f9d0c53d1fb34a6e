// commands.*: one handler per operation.
#include "contract/command.h"

#include "api/bind.h"
#include "api/command_life.h"
#include "api/dispatch.h"
#include "api/paging.h"
#include "base/checked.h"
#include "base/fault.h"
#include "codec/json.h"
#include "domain/schema.h"

#include <algorithm>
#include <array>

namespace tandem::api {

// NOLINTBEGIN(bugprone-unchecked-optional-access): the check sees no optional in a Result

namespace {

using contract::CommandView;
using contract::Page;
using contract::view_of;

DeviceRef ref_of(const Caller& caller, const std::string& device) {
    return {.tenant = caller.actor.tenant, .id = DeviceId{device}};
}

// Waits until `done` or until `wait` has passed, whichever is first.
Task<bool> within(Executor* executor, Completion<bool> done, Duration wait) {
    const TimerId timer = executor->call_after(wait, [done]() mutable { done.complete(false); });
    const bool in_time = co_await done;
    executor->cancel(timer);
    co_return in_time;
}

Result<Command> make_command(const World& world,
                             const Caller& caller,
                             const DeviceState& state,
                             contract::CommandSend& request) {
    const CommandRules& rules = world.rules().commands;
    if (auto known = check_command(state.device.schema, request.name, request.params); !known) {
        return pass(known);
    }
    if (codec::to_json(request.params).size() > rules.params_bytes) {
        return fail_field("/params",
                          "at most " + std::to_string(rules.params_bytes) + " bytes as JSON");
    }
    const Duration ttl = request.ttl.value_or(rules.ttl);
    if (ttl > rules.ttl_max) return fail_field("/ttl", "7 days at most");
    return Command{.id = CommandId{world.new_id()},
                   .device = state.device.ref,
                   .name = std::move(request.name),
                   .params = std::move(request.params),
                   .created = world.now(),
                   .expires = world.now() + ttl,
                   .lease_until = {},
                   .updated = world.now(),
                   .result = {},
                   .sent_by = std::string{name_of(caller.actor.kind)} + ":" + caller.actor.id,
                   .version = 1};
}

Answer<CommandView> sent(const Command& command, int status) {
    Answer<CommandView> answer = view_of(command);
    answer.status = status;
    answer.location = "/v1/devices/" + command.device.id.text() + "/commands/" + command.id.text();
    return answer;
}

bool is_queued(const Command& command) {
    return command.status == Command::Status::kQueued;
}

// Under the turnstile: admits, stores and hands over. Registers the watcher before the device can
// possibly answer.
Task<Result<Command>> enqueue(World world,
                              DeviceStatePtr state,
                              Caller caller,
                              Command command,
                              std::optional<Completion<bool>> watcher) {
    auto open = co_await open_commands(world, state);
    if (!open) co_return pass(open);
    if (auto room = admit(open->size(), world.rules().commands); !room) co_return pass(room);
    const Command none;
    state->no_open_commands = false;
    // Those that could not be handed over, as on a full disk, go first: with this one behind them.
    const bool is_first = std::ranges::none_of(*open, is_queued);
    const auto link = is_first ? state->link : nullptr;
    if (link != nullptr) {
        command = tandem::deliver(std::move(command), {}, world.now());
        command.version = 1;
    }
    if (watcher) state->watchers[command.id].push_back(*watcher);
    auto stored = co_await store_command(
        world, state, none, command,
        remembering(contract::kCommandsSend, caller, sent(command, 202), world.now()));
    if (!stored) {
        state->watchers.erase(command.id);
        co_return pass(stored);
    }
    if (link != nullptr && state->link == link) {
        link->executor().post([link, command] { link->deliver(command); });
    } else {
        auto pushed = co_await push_queued(world, state);
        if (!pushed) co_return pass(pushed);
    }
    co_return command;
}

void forget_watcher(DeviceState& state, const CommandId& id) {
    // Those of others with the same id are woken at the end as ever; an id is watched by its
    // sender alone.
    state.watchers.erase(id);
}

Task<Result<Answer<CommandView>>> send(World world, Caller caller, contract::CommandSend request) {
    auto state = co_await world.devices().load(world, ref_of(caller, request.device));
    if (!state) co_return pass(state);
    auto command = make_command(world, caller, **state, request);
    if (!command) co_return pass(command);
    std::optional<Completion<bool>> watcher;
    if (request.prefer.wait) watcher.emplace();
    {
        const auto turn = co_await (*state)->turn.enter();
        if ((*state)->deleted) co_return fail(ErrorCode::kNotFound, "there is no such device");
        auto queued = co_await enqueue(world, *state, caller, *command, watcher);
        if (!queued) co_return pass(queued);
        *command = *queued;
    }
    if (!watcher) co_return sent(*command, 202);
    const bool ended = co_await within(&world.executor(), *watcher, checked(request.prefer.wait));
    if (!ended) forget_watcher(**state, command->id);
    auto now = co_await world.registry().command(command->device, command->id);
    if (!now) co_return pass(now);
    Answer<CommandView> answer = sent(*now ? **now : *command, ended ? 200 : 202);
    answer.preference_applied = "wait=" + std::to_string(checked(request.prefer.wait) / 1s);
    co_return answer;
}

// ---------------------------------------------------------------- the device's side

Task<Result<std::vector<Command>>> lease_next(World world,
                                              DeviceStatePtr state,
                                              std::size_t limit,
                                              Duration lease) {
    const auto turn = co_await state->turn.enter();
    if (state->deleted) co_return fail(ErrorCode::kNotFound, "there is no such device");
    auto open = co_await open_commands(world, state);
    if (!open) co_return pass(open);
    Transaction transaction;
    std::vector<Command> leased;
    for (const Command& command : *open) {
        if (command.status != Command::Status::kQueued || leased.size() == limit) continue;
        leased.push_back(tandem::deliver(command, lease, world.now()));
        add_change(transaction, command, leased.back(), world.now());
    }
    if (leased.empty()) co_return leased;
    auto committed = co_await world.registry().commit(std::move(transaction));
    if (!committed) co_return pass(committed);
    for (const Command& command : leased)
        sweep_by(world, state, command);
    co_return leased;
}

Task<Result<Answer<Page<CommandView>>>> take(World world,
                                             Caller caller,
                                             contract::CommandTake request) {
    auto state = co_await world.devices().load(world, ref_of(caller, request.device));
    if (!state) co_return pass(state);
    const Duration wait = request.prefer.wait.value_or(Duration{0});
    const Monotonic until = world.monotonic() + wait;
    const Duration lease = request.lease.value_or(world.rules().commands.lease);
    std::vector<Command> leased;
    // Nothing is leased to a caller that has gone: it would wait out its lease for nothing.
    while (!caller.has_gone()) {
        // It may have ended while the poll waited.
        auto still = identify(
            world, {.bearer = {}, .cookie = {}, .actor = caller.actor, .local = caller.local});
        if (!still) co_return pass(still);
        auto next =
            co_await lease_next(world, *state, static_cast<std::size_t>(request.limit), lease);
        if (!next) co_return pass(next);
        leased = std::move(*next);
        const Duration left = until - world.monotonic();
        if (!leased.empty() || left <= Duration{0} || world.hub().draining.load()) break;
        const Completion<bool> woken;
        (*state)->takers.push_back(woken);
        co_await within(&world.executor(), woken, left);
        std::erase_if((*state)->takers, [](const Completion<bool>& each) { return each.done(); });
    }
    Page<CommandView> page;
    for (const Command& command : leased)
        page.items.push_back(view_of(command));
    Answer<Page<CommandView>> answer = std::move(page);
    if (request.prefer.wait) answer.preference_applied = "wait=" + std::to_string(wait / 1s);
    co_return answer;
}

// Reads a command under the turnstile, lets `decide` change it, and stores what came of it.
template <typename Decide>
Task<Result<Answer<CommandView>>> change(World world, DeviceRef ref, CommandId id, Decide decide) {
    auto state = co_await world.devices().load(world, ref);
    if (!state) co_return pass(state);
    const auto turn = co_await (*state)->turn.enter();
    if ((*state)->deleted) co_return fail(ErrorCode::kNotFound, "there is no such device");
    auto command = co_await world.registry().command(ref, id);
    if (!command) co_return pass(command);
    if (!*command) co_return fail(ErrorCode::kNotFound, "there is no such command");
    const Instant now = world.now();
    // Time may have ended it while nobody looked.
    const Command present = after_time(**command, now, world.rules().commands).value_or(**command);
    auto changed = decide(present, now);
    const Command& after = changed ? *changed : present;
    const bool lost = has_fault(Fault::kAckNotStored) && !is_final(after.status);
    auto stored = co_await store_command(world, *state, **command, lost ? **command : after);
    if (!stored) co_return pass(stored);
    if (!changed) co_return pass(changed);
    co_return view_of(*changed);
}

struct Acknowledge {
    Result<Command> operator()(Command command, Instant now) const {
        return acknowledge(std::move(command), now);
    }
};
struct Cancel {
    Result<Command> operator()(Command command, Instant now) const {
        return cancel(std::move(command), now);
    }
};
struct Finish {
    bool done;
    Value result;
    Result<Command> operator()(Command command, Instant now) const {
        return finish(std::move(command), done, result, now);
    }
};

Task<Result<Answer<CommandView>>> ack(World world, Caller caller, contract::CommandGet request) {
    co_return co_await change(world, ref_of(caller, request.device), CommandId{request.command},
                              Acknowledge{});
}

Task<Result<Answer<CommandView>>> finish_command(World world,
                                                 Caller caller,
                                                 contract::CommandFinish request) {
    co_return co_await change(
        world, ref_of(caller, request.device), CommandId{request.command},
        Finish{.done = request.status == "done", .result = std::move(request.result)});
}

Task<Result<Answer<CommandView>>> cancel_command(World world,
                                                 Caller caller,
                                                 contract::CommandGet request) {
    co_return co_await change(world, ref_of(caller, request.device), CommandId{request.command},
                              Cancel{});
}

// ---------------------------------------------------------------- looking

Task<Result<Answer<CommandView>>> get(World world, Caller caller, contract::CommandGet request) {
    const DeviceRef ref = ref_of(caller, request.device);
    auto state = co_await world.devices().load(world, ref);
    if (!state) co_return pass(state);
    auto command = co_await world.registry().command(ref, CommandId{request.command});
    if (!command) co_return pass(command);
    if (!*command) co_return fail(ErrorCode::kNotFound, "there is no such command");
    Answer<CommandView> answer = view_of(**command);
    answer.version = (*command)->version;
    co_return answer;
}

Task<Result<Answer<Page<CommandView>>>> list(World world,
                                             Caller caller,
                                             contract::CommandList request) {
    const DeviceRef ref = ref_of(caller, request.device);
    auto state = co_await world.devices().load(world, ref);
    if (!state) co_return pass(state);
    const auto limit = static_cast<std::size_t>(request.limit);
    CommandQuery query{.device = ref, .statuses = {}, .after = {}, .limit = limit + 1};
    for (const std::string& name : request.status)
        query.statuses.push_back(checked(command_status(name)));
    if (request.cursor) {
        auto after = read_page_cursor('c', *request.cursor);
        if (!after) co_return pass(after);
        query.after = *after;
    }
    auto commands = co_await world.registry().commands(query);
    if (!commands) co_return pass(commands);
    Page<CommandView> page;
    for (const Command& command : *commands) {
        if (page.items.size() == limit) {
            page.next = page_cursor('c', page.items.back().id);
            break;
        }
        page.items.push_back(view_of(command));
    }
    co_return page;
}

constexpr std::array kHandlers{
    bind<contract::kCommandsSend, send>(),
    bind<contract::kCommandsTake, take>(),
    bind<contract::kCommandsList, list>(),
    bind<contract::kCommandsGet, get>(),
    bind<contract::kCommandsAck, ack>(),
    bind<contract::kCommandsFinish, finish_command>(),
    bind<contract::kCommandsCancel, cancel_command>(),
};

}  // namespace

std::span<const Bound> command_handlers() {
    return kHandlers;
}

// NOLINTEND(bugprone-unchecked-optional-access)

}  // namespace tandem::api
