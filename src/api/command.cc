// commands.*: one handler per operation.
#include "contract/command.h"

#include "api/again.h"
#include "api/bind.h"
#include "api/command_life.h"
#include "api/command_send.h"
#include "api/paging.h"
#include "api/within.h"
#include "base/checked.h"
#include "base/fault.h"

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

Answer<CommandView> sent(const Command& command, int status) {
    Answer<CommandView> answer = view_of(command);
    answer.status = status;
    answer.location = "/v1/devices/" + command.device.id.text() + "/commands/" + command.id.text();
    return answer;
}

Task<Result<Answer<CommandView>>> send(World world, Caller caller, contract::CommandSend request) {
    const DeviceRef device = ref_of(caller, request.device);
    Outgoing outgoing{.name = std::move(request.name),
                      .params = std::move(request.params),
                      .ttl = request.ttl,
                      .watched = request.prefer.wait.has_value(),
                      .also = [caller, now = world.now()](const Command& command) {
                          return remembering(contract::kCommandsSend, caller, sent(command, 202),
                                             now);
                      }};
    if (auto good = check_outgoing(world, outgoing); !good) co_return pass(good);
    auto queued = co_await send_command(world, caller, device, std::move(outgoing));
    if (!queued) co_return pass(queued);
    if (!request.prefer.wait) co_return sent(queued->command, 202);
    const Duration wait = checked(request.prefer.wait);
    auto outcome = co_await await_end(world, std::move(*queued), wait);
    if (!outcome) co_return pass(outcome);
    Answer<CommandView> answer = sent(outcome->command, outcome->ended ? 200 : 202);
    answer.preference_applied = request.prefer.applied();
    co_return answer;
}

// ---------------------------------------------------------------- the device's side

Task<Result<std::vector<Command>>> lease_next(World world,
                                              Caller caller,
                                              DeviceStatePtr state,
                                              std::size_t limit,
                                              Duration lease) {
    auto turn = co_await take_turn(world, std::move(caller), state);
    if (!turn) co_return pass(turn);
    auto open = co_await open_commands(world, state);
    if (!open) co_return pass(open);
    Transaction transaction;
    std::vector<Command> leased;
    const Instant now = world.now();
    for (const Command& command : next_queued(*open, limit, now)) {
        leased.push_back(tandem::deliver(command, lease, now));
        add_change(transaction, command, leased.back(), now);
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
        auto next = co_await lease_next(world, caller, *state,
                                        static_cast<std::size_t>(request.limit), lease);
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
    answer.preference_applied = request.prefer.applied();
    co_return answer;
}

// Reads a command under the turnstile, lets `decide` change it, and stores what came of it.
template <typename Decide>
Task<Result<Answer<CommandView>>> change(World world,
                                         Caller caller,
                                         contract::CommandGet which,
                                         Decide decide) {
    const DeviceRef ref = ref_of(caller, which.device);
    const CommandId id{which.command};
    auto state = co_await world.devices().load(world, ref);
    if (!state) co_return pass(state);
    auto turn = co_await take_turn(world, std::move(caller), *state);
    if (!turn) co_return pass(turn);
    auto command = co_await world.registry().command(ref, id);
    if (!command) co_return pass(command);
    if (!*command) co_return fail(ErrorCode::kNotFound, "there is no such command");
    const Instant now = world.now();
    **command = clocked(world, **state, std::move(**command));
    // Time may have ended it while nobody looked.
    const Command present = after_time(**command, now, world.rules().commands).value_or(**command);
    auto changed = decide(present, now);
    const Command& after = changed ? *changed : present;
    const bool lost = has_fault(Fault::kAckNotStored) && !is_final(after.status);
    auto stored = co_await store_command(world, *state, **command, lost ? **command : after);
    if (!stored) co_return pass(stored);
    if (holds_up(**command) && !holds_up(after)) co_await push_queued(world, *state);
    if (!changed) co_return pass(changed);
    co_return view_of(*changed);
}

// Which command it is about, whatever else the request says.
template <typename Request>
contract::CommandGet which(const Request& request) {
    return {.device = request.device, .command = request.command};
}

struct Acknowledge {
    Result<Command> operator()(Command command, Instant now) const {
        return acknowledge(std::move(command), now);
    }
};
struct Renew {
    Duration lease;
    Result<Command> operator()(Command command, Instant now) const {
        return renew(std::move(command), lease, now);
    }
};
struct Progress {
    Value progress;
    Result<Command> operator()(Command command, Instant now) const {
        return report_progress(std::move(command), progress, now);
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
    co_return co_await change(world, std::move(caller), which(request), Acknowledge{});
}

Task<Result<Answer<CommandView>>> renew_lease(World world,
                                              Caller caller,
                                              contract::CommandRenew request) {
    const Renew renewed{.lease = request.lease.value_or(world.rules().commands.lease)};
    co_return co_await change(world, std::move(caller), which(request), renewed);
}

Task<Result<Answer<CommandView>>> progress(World world,
                                           Caller caller,
                                           contract::CommandProgress request) {
    auto short_enough = check_size(request.progress, world.rules().commands.progress_bytes,
                                   "/progress", "commands.progress_bytes");
    if (!short_enough) co_return pass(short_enough);
    const Progress reported{.progress = std::move(request.progress)};
    co_return co_await change(world, std::move(caller), which(request), reported);
}

Task<Result<Answer<CommandView>>> finish_command(World world,
                                                 Caller caller,
                                                 contract::CommandFinish request) {
    auto short_enough = check_size(request.result, world.rules().commands.result_bytes, "/result",
                                   "commands.result_bytes");
    if (!short_enough) co_return pass(short_enough);
    const Finish finished{.done = request.status == "done", .result = std::move(request.result)};
    co_return co_await change(world, std::move(caller), which(request), finished);
}

Task<Result<Answer<CommandView>>> cancel_command(World world,
                                                 Caller caller,
                                                 contract::CommandGet request) {
    co_return co_await change(world, std::move(caller), which(request), Cancel{});
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
    bind<contract::kCommandsRenew, renew_lease>(),
    bind<contract::kCommandsAck, ack>(),
    bind<contract::kCommandsProgress, progress>(),
    bind<contract::kCommandsFinish, finish_command>(),
    bind<contract::kCommandsCancel, cancel_command>(),
};

}  // namespace

std::span<const Bound> command_handlers() {
    return kHandlers;
}

// NOLINTEND(bugprone-unchecked-optional-access)

}  // namespace tandem::api
