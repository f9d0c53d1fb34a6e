#include "api/command_life.h"

#include "api/audit.h"
#include "api/config_push.h"
#include "api/dispatch.h"
#include "base/fault.h"
#include "base/log.h"
#include "contract/command.h"

#include <algorithm>
#include <iterator>
#include <map>

namespace tandem::api {
namespace {

// When the store could not be used.
constexpr Duration kAgain = 5s;

void wake_watchers(DeviceState& state, const Command& command) {
    if (!is_final(command.status)) return;
    const auto found = state.watchers.find(command.id);
    if (found == state.watchers.end()) return;
    auto waiting = std::move(found->second);
    state.watchers.erase(found);
    for (auto& each : waiting)
        each.complete(command);
}

bool is_stored_open(const Command& command) {
    return command.version != 0 && !is_final(command.status);
}

Value told(const Command& command) {
    Value value = Value::Object{{"id", command.id.text()},
                                {"name", command.name},
                                {"status", name_of(command.status)},
                                {"attempt", command.attempt}};
    if (!command.progress.is_null()) value.set("progress", command.progress);
    if (!command.result.is_null()) value.set("result", command.result);
    return value;
}

void log_failure(std::string_view what, const DeviceState& state, const Error& error) {
    log(LogLevel::kWarning, what, {{"device", state.device.ref.id.text()}, {"why", error.detail}});
}

Task<void> sweep(World world, DeviceStatePtr state) {
    const auto turn = co_await state->turn.enter();
    if (state->deleted) co_return;
    auto open = co_await open_commands(world, state);
    if (!open) {
        log_failure("commands_not_swept", *state, open.error());
        sweep_by(world, state, world.now() + kAgain);
        co_return;
    }
    co_await push_queued(world, state);
}

// What an older socket had and did not acknowledge is handed out once more.
Task<Result<void>> take_back(World world, DeviceStatePtr state) {
    if (!state->has_older) co_return Result<void>{};
    CommandQuery handed_out{.device = state->device.ref,
                            .statuses = {Command::Status::kDelivered},
                            .after = {},
                            .limit = world.rules().commands.queue + 1};
    auto stored = co_await world.registry().commands(std::move(handed_out));
    if (!stored) co_return pass(stored);
    Transaction transaction;
    for (const Command& command : *stored) {
        const auto queued = after_disconnect(command, world.now());
        if (queued) add_change(transaction, command, *queued, world.now());
    }
    if (!transaction.changes.empty()) {
        auto committed = co_await world.registry().commit(std::move(transaction));
        if (!committed) co_return pass(committed);
    }
    state->has_older = false;
    co_return Result<void>{};
}

Task<Result<void>> push_once(World world, DeviceStatePtr state) {
    auto taken = co_await take_back(world, state);
    if (!taken) co_return taken;
    auto open = co_await open_commands(world, state);
    if (!open) co_return pass(open);
    Transaction transaction;
    std::vector<Command> handed;
    const Instant now = world.now();
    for (const Command& command : next_queued(*open, open->size(), now)) {
        handed.push_back(tandem::deliver(command, {}, now));
        add_change(transaction, command, handed.back(), now);
    }
    if (handed.empty()) co_return Result<void>{};
    if (has_fault(Fault::kCommandsReversed)) std::ranges::reverse(handed);
    // Stored before it is delivered: a command that a device has acted on must survive a restart,
    // or its sender would see it as never sent.
    auto committed = co_await world.registry().commit(std::move(transaction));
    if (!committed) co_return pass(committed);
    const auto link = state->link;
    if (link == nullptr) co_return Result<void>{};  // Gone meanwhile: detach_link() requeues.
    link->executor().post([link, handed = std::move(handed)] {
        for (const Command& command : handed)
            link->deliver(command);
    });
    co_return Result<void>{};
}

// Waits while the store has no room for one more question.
Task<Result<DeviceStatePtr>> load_in_turn(World world, DeviceRef device) {
    auto state = co_await world.devices().load(world, device);
    while (!state && state.error().code == ErrorCode::kUnavailable) {
        Completion<bool> later;
        world.executor().call_after(100ms, [later]() mutable { later.complete(true); });
        co_await later;
        state = co_await world.devices().load(world, device);
    }
    co_return state;
}

// One after the other: a hub with many devices would fill the store's queue at once.
Task<void> load_and_sweep(World world, std::vector<DeviceRef> devices) {
    for (const DeviceRef& device : devices) {
        auto state = co_await load_in_turn(world, device);
        if (state) co_await sweep(world, *state);
    }
}

Instant due(const Command& command, const CommandRules& rules) {
    const Instant end = command.status == Command::Status::kAcknowledged
                            ? command.expires + rules.finish_grace
                            : command.expires;
    return command.lease_until ? std::min(end, *command.lease_until) : end;
}

bool is_leased(const std::vector<Command>& commands, const CommandId& id) {
    const auto found = std::ranges::find(commands, id, &Command::id);
    return found != commands.end() && found->lease_until.has_value();
}

// Who was allowed to send it may have lost that while it waited: asked when it would be released.
bool sender_may(const World& world, const std::string& sent_by, const Device& device) {
    if (sent_by == kOwnerOfData) return true;
    const auto sender = world.hub().policies.find(device.ref.tenant, sent_by);
    if (!sender) return false;
    return authorize(*sender, contract::kCommandsSend.scope, resource_of(device), {}).has_value();
}

/// Who may send to a device: each sender is asked once, however much waits.
class Senders {
public:
    Senders(const World& world, const Device& device) : world_{world}, device_{device} {}

    bool may(const std::string& sent_by) {
        const auto [entry, fresh] = known_.try_emplace(sent_by, false);
        if (fresh) entry->second = sender_may(world_, sent_by, device_);
        return entry->second;
    }

private:
    const World& world_;
    const Device& device_;
    std::map<std::string, bool> known_;
};

void audit_withdrawn(World world, const Command& command) {
    audit(world, {.time = world.now(),
                  .tenant = command.device.tenant,
                  .actor = command.sent_by,
                  .credential = {},
                  .address = {},
                  .door = Door::kLocal,
                  .action = "commands.release",
                  .resource = "device:" + command.device.id.text(),
                  .result = std::string{row(ErrorCode::kForbidden).name}});
}

// What time, the end of the device's connection, or of what its sender may do has made of the
// command meanwhile. Only the latter cancels it.
std::optional<Command> overtaken(World world,
                                 const Command& command,
                                 const DeviceState& state,
                                 Senders& senders) {
    const Instant now = world.now();
    auto changed = after_time(command, now, world.rules().commands);
    // On a socket that is no more, or of a hub that was killed: back to the queue.
    if (!changed && state.link == nullptr) changed = after_disconnect(command, now);
    const Command& present = changed ? *changed : command;
    if (present.status != Command::Status::kQueued) return changed;
    if (senders.may(present.sent_by)) return changed;
    auto cancelled = cancel(present, now);
    if (!cancelled) return changed;
    return std::move(*cancelled);
}

}  // namespace

void add_change(Transaction& transaction,
                const Command& before,
                const Command& after,
                Instant now) {
    transaction.changes.emplace_back(PutCommand{.command = after, .expected = before.version});
    // A lease that is renewed is nothing to those who follow the command.
    Value news = told(after);
    if (before.version != 0 && news == told(before)) return;
    transaction.events.push_back(Event{.kind = Event::Kind::kCommand,
                                       .device = after.device,
                                       .series = {},
                                       .time = now,
                                       .value = std::move(news)});
}

Command clocked(World world, DeviceState& state, Command command) {
    if (!command.lease_until) return command;
    const Instant now = world.now();
    Lease& lease = state.leases[command.id];
    if (lease.version != command.version) {
        // Given just now, or by a hub that is no more: then no more is left of it than it was.
        const Instant until = *command.lease_until;
        const Duration given = std::max(Duration{0}, until - command.updated.value_or(now));
        const Duration left = std::clamp(until - now, Duration{0}, given);
        lease = {.version = command.version, .until = world.monotonic() + left};
    }
    command.lease_until = now + (lease.until - world.monotonic());
    return command;
}

Task<Result<std::vector<Command>>> open_commands(World world, DeviceStatePtr state) {
    if (state->open_commands == 0U) {
        state->leases.clear();
        co_return std::vector<Command>{};
    }
    // A variable of its own: g++ 12 takes no list in braces inside a co_await.
    CommandQuery open_ones{.device = state->device.ref,
                           .statuses = {Command::Status::kQueued, Command::Status::kDelivered,
                                        Command::Status::kAcknowledged},
                           .after = {},
                           .limit = world.rules().commands.queue + 1};
    auto stored = co_await world.registry().commands(std::move(open_ones));
    if (!stored) co_return pass(stored);
    const Instant now = world.now();
    Transaction transaction;
    std::vector<Command> open;
    std::vector<Command> ended;
    Senders senders{world, state->device};
    std::erase_if(state->leases, [&](const auto& each) { return !is_leased(*stored, each.first); });
    for (Command& command : *stored) {
        command = clocked(world, *state, std::move(command));
        auto changed = overtaken(world, command, *state, senders);
        if (changed) add_change(transaction, command, *changed, now);
        Command& present = changed ? *changed : command;
        (is_final(present.status) ? ended : open).push_back(std::move(present));
    }
    if (!transaction.changes.empty()) {
        auto committed = co_await world.registry().commit(std::move(transaction));
        if (!committed) co_return pass(committed);
    }
    for (const Command& command : ended) {
        if (command.status == Command::Status::kCancelled) audit_withdrawn(world, command);
        wake_watchers(*state, command);
    }
    for (const Command& command : open)
        sweep_by(world, state, command);
    // There may be more than were asked for.
    const bool all = stored->size() <= world.rules().commands.queue;
    state->open_commands = all ? std::optional{open.size()} : std::nullopt;
    co_return open;
}

Task<Result<void>> store_command(World world,
                                 DeviceStatePtr state,
                                 Command before,
                                 Command after,
                                 std::vector<Change> also) {
    if (before == after) co_return Result<void>{};
    Transaction transaction;
    add_change(transaction, before, after, world.now());
    std::ranges::move(also, std::back_inserter(transaction.changes));
    // A write that seems to fail may have been done: until then the registry is to be asked.
    auto open = std::exchange(state->open_commands, std::nullopt);
    auto committed = co_await world.registry().commit(std::move(transaction));
    if (!committed) co_return pass(committed);
    if (open) {
        if (is_stored_open(before)) --*open;
        if (is_stored_open(after)) ++*open;
        state->open_commands = open;
    }
    wake_watchers(*state, after);
    if (!is_final(after.status)) sweep_by(world, state, after);
    co_return Result<void>{};
}

Task<void> push_queued(World world, DeviceStatePtr state) {
    if (state->link == nullptr) {
        // Whoever polls takes them; all are told, the first gets them.
        auto takers = std::exchange(state->takers, {});
        for (auto& taker : takers)
            taker.complete(true);
        co_return;
    }
    auto pushed = co_await push_once(world, state);
    if (pushed) co_return;
    log_failure("commands_not_pushed", *state, pushed.error());
    sweep_by(world, state, world.now() + kAgain);
}

void sweep_by(World world, const DeviceStatePtr& state, Instant at) {
    const Duration after = std::max(Duration{0}, at - world.now());
    const Monotonic due = world.monotonic() + after;
    if (state->sweep != 0 && state->sweep_at <= due) return;
    if (state->sweep != 0) world.executor().cancel(state->sweep);
    state->sweep_at = due;
    state->sweep = world.executor().call_after(after, [world, state] {
        state->sweep = 0;
        spawn(sweep(world, state));
    });
}

void sweep_by(World world, const DeviceStatePtr& state, const Command& command) {
    sweep_by(world, state, due(clocked(world, *state, command), world.rules().commands));
}

void look_after(World world, std::vector<DeviceRef> devices) {
    spawn(load_and_sweep(world, std::move(devices)));
}

Task<void> attach_link(World world, DeviceRef device, std::shared_ptr<DeviceLink> link) {
    Shard& owner = world.hub().owner(device);
    co_await hop(owner.executor);
    const World home{owner};
    auto state = co_await home.devices().load(home, device);
    if (!state) co_return;  // Deleted a moment ago: its key's end closes the socket.
    // Under the turnstile: a command that another one hands to this socket meanwhile would look
    // like one that an older socket had, and would be handed out twice.
    const auto turn = co_await (*state)->turn.enter();
    if ((*state)->deleted) co_return;
    if (const auto old = std::exchange((*state)->link, link)) {
        old->executor().post([old] { old->superseded(); });
    }
    set_presence(home, *state, true, Door::kWs);
    co_await tell_unacknowledged(home, *state);
    if ((*state)->open_commands == 0U) co_return;
    (*state)->has_older = true;
    co_await push_queued(home, *state);
}

Task<void> detach_link(World world, DeviceRef device, std::shared_ptr<DeviceLink> link) {
    Shard& owner = world.hub().owner(device);
    co_await hop(owner.executor);
    const World home{owner};
    // By the same steps as attach_link(), so that it comes after it.
    auto state = co_await home.devices().load(home, device);
    if (!state) co_return;
    const auto turn = co_await (*state)->turn.enter();
    // Another socket is there by now.
    if ((*state)->link != link && !has_fault(Fault::kTakeoverForgotten)) co_return;
    (*state)->link = nullptr;
    if ((*state)->deleted) co_return;
    if (!has_fault(Fault::kOfflineForgotten)) set_presence(home, *state, false, Door::kWs);
    auto open = co_await open_commands(home, *state);  // Requeues what this socket had.
    if (!open) log_failure("commands_not_requeued", **state, open.error());
}

}  // namespace tandem::api
