// commands.send_many: one command to each of many devices.
#include "api/bind.h"
#include "api/command_send.h"
#include "base/checked.h"
#include "codec/json.h"
#include "contract/command.h"

#include <algorithm>
#include <array>
#include <set>

namespace tandem::api {

// NOLINTBEGIN(bugprone-unchecked-optional-access): the check sees no optional in a Result

namespace {

using contract::CommandSendMany;
using contract::CommandSent;
using contract::CommandsSent;

// Devices that are sent to at once: the store gathers what comes together into one commit.
constexpr std::size_t kLanes = 16;
// Results in one answer, about, as JSON text. Those beyond it are asked for with commands.get.
constexpr std::size_t kResultsBytes = 128 * 1'024;

/// A request under way. On the loop that it came by, but for what is being sent.
struct Round {
    explicit Round(World the_world) : world{the_world} {}

    World world;
    Caller caller;
    CommandSendMany request;
    std::vector<DeviceRef> devices;
    std::vector<Result<Outcome>> outcomes;  ///< of each device
    Monotonic until;
    std::size_t next = 0;     ///< the device that nobody has taken yet
    std::size_t working = 0;  ///< coroutines that have not ended
    Completion<bool> done;    ///< when none is left
};
using RoundPtr = std::shared_ptr<Round>;

void leave(Round& round) {
    if (--round.working == 0) round.done.complete(true);
}

// ---------------------------------------------------------------- to one device

// Under which the command of one device is kept for a repeat of the request: beside the answer to
// the request as a whole, which is there only when all devices had their turn. No principal has a
// line break in its name.
std::string principal_of(const Once& once, const DeviceRef& device) {
    return once.principal + "\n" + device.id.text();
}

std::vector<Change> told_of(const Caller& caller, Instant now, const Command& command) {
    std::vector<Change> out;
    out.emplace_back(AppendAudit{
        .line = {.time = now,
                 .tenant = caller.actor.tenant,
                 .actor = std::string{name_of(caller.actor.kind)} + ":" + caller.actor.id,
                 .credential = caller.actor.credential,
                 .address = caller.address,
                 .door = caller.door,
                 .action = std::string{contract::kCommandsSendMany.name},
                 .resource = "device:" + command.device.id.text(),
                 .result = "ok"}});
    if (caller.once != nullptr) {
        out.emplace_back(PutReply{.reply = {.tenant = caller.once->tenant,
                                            .principal = principal_of(*caller.once, command.device),
                                            .key = caller.once->key,
                                            .fingerprint = caller.once->fingerprint,
                                            .status = contract::kCommandsSendMany.status,
                                            .headers = {},
                                            .body = command.id.text(),
                                            .created = now}});
    }
    return out;
}

// What an earlier try of the same request has sent to this device, if a hub died behind it.
Task<Result<std::optional<Sent>>> sent_before(World world,
                                              Caller caller,
                                              DeviceRef device,
                                              bool watched) {
    if (caller.once == nullptr) co_return std::optional<Sent>{};
    const std::string principal = principal_of(*caller.once, device);
    auto kept = co_await world.registry().reply(caller.once->tenant, principal, caller.once->key);
    if (!kept) co_return pass(kept);
    const bool same = *kept && world.now() - (*kept)->created <= 24h &&
                      (*kept)->fingerprint == caller.once->fingerprint;
    if (!same) co_return std::optional<Sent>{};
    const CommandId id{(*kept)->body};
    co_return co_await find_sent(world, device, id, watched);
}

Task<Result<Sent>> send_to(World world, Caller caller, DeviceRef device, Outgoing outgoing) {
    auto state = co_await world.devices().load(world, device);
    if (!state) co_return pass(state);
    const auto may = authorize(caller.actor, contract::kCommandsSendMany.scope,
                               resource_of((*state)->device), {.door = caller.door});
    if (!may) co_return std::unexpected(may.error());
    auto before = co_await sent_before(world, caller, device, outgoing.watched);
    if (!before) co_return pass(before);
    if (*before) co_return std::move(**before);
    co_return co_await send_command(world, caller, device, std::move(outgoing));
}

Task<void> wait_for(RoundPtr round, std::size_t at, Sent sent) {
    Shard& here = round->world.shard();
    Shard& there = round->world.hub().owner(round->devices[at]);
    const Duration left = std::max(Duration{0}, round->until - round->world.monotonic());
    if (&there != &here) co_await hop(there.executor);
    auto outcome = co_await await_end(World{there}, std::move(sent), left);
    if (&there != &here) co_await hop(here.executor);
    round->outcomes[at] = std::move(outcome);
    leave(*round);
}

Task<void> send_in_turn(RoundPtr round) {
    Shard& here = round->world.shard();
    const bool waits = round->request.prefer.wait.has_value();
    while (round->next < round->devices.size()) {
        const std::size_t at = round->next++;
        Shard& there = round->world.hub().owner(round->devices[at]);
        Outgoing outgoing{
            .name = round->request.name,
            .params = round->request.params,
            .ttl = round->request.ttl,
            .watched = waits,
            .also = [caller = round->caller, now = round->world.now()](const Command& command) {
                return told_of(caller, now, command);
            }};
        Caller caller = round->caller;
        DeviceRef device = round->devices[at];
        if (&there != &here) co_await hop(there.executor);
        auto sent = co_await send_to(World{there}, std::move(caller), std::move(device),
                                     std::move(outgoing));
        if (&there != &here) co_await hop(here.executor);
        if (!sent) {
            round->outcomes[at] = pass(sent);
        } else if (waits) {
            ++round->working;
            spawn(wait_for(round, at, std::move(*sent)));
        } else {
            round->outcomes[at] = Outcome{.command = std::move(sent->command), .ended = false};
        }
    }
    leave(*round);
}

// ---------------------------------------------------------------- the group

std::unexpected<Error> too_many(const World& world, const std::string& field) {
    auto refused = fail_field(field, "at most " + std::to_string(world.rules().commands.group) +
                                         " devices are accepted in one request");
    refused.error().limit = "commands.group";
    return refused;
}

Task<Result<std::vector<DeviceRef>>> with_labels(World world, Actor actor, Labels labels) {
    DeviceQuery query{.tenant = actor.tenant,
                      .after = {},
                      .limit = world.rules().commands.group + 1,
                      .type = {},
                      .labels = std::move(labels),
                      .search = {},
                      .viewer = Viewer{.actor = actor, .scope = Scope::kCommandsSend}};
    auto devices = co_await world.registry().devices(std::move(query));
    if (!devices) co_return pass(devices);
    if (devices->size() > world.rules().commands.group) co_return too_many(world, "/labels");
    std::vector<DeviceRef> out;
    for (const Device& device : *devices)
        out.push_back(device.ref);
    co_return out;
}

// Each once, in the order of the request.
Result<std::vector<DeviceRef>> by_name(const World& world,
                                       const TenantId& tenant,
                                       const std::vector<std::string>& names) {
    if (names.size() > world.rules().commands.group) return too_many(world, "/devices");
    std::set<std::string_view> seen;
    std::vector<DeviceRef> out;
    for (const std::string& name : names) {
        if (seen.insert(name).second) out.push_back({.tenant = tenant, .id = DeviceId{name}});
    }
    return out;
}

Task<Result<std::vector<DeviceRef>>> devices_of(World world,
                                                Actor actor,
                                                std::vector<std::string> names,
                                                Labels labels) {
    if (names.empty() == labels.empty()) {
        co_return fail_field("/devices", "either `devices` or `labels` is expected");
    }
    if (!names.empty()) co_return by_name(world, actor.tenant, names);
    co_return co_await with_labels(world, std::move(actor), std::move(labels));
}

// ---------------------------------------------------------------- the answer

/// Makes the items of an answer.
class Report {
public:
    void add(const DeviceRef& device, Result<Outcome>& outcome) {
        CommandSent item{.device = device.id.text(), .command = {}, .problem = {}};
        if (outcome) {
            ended_ = ended_ && outcome->ended;
            outcome->command.params = Value{};
            drop_long(outcome->command.result);
            item.command = contract::view_of(outcome->command);
        } else {
            refused_ = true;
            item.problem = contract::Problem{.error = std::move(outcome.error())};
        }
        sent_.items.push_back(std::move(item));
    }

    Answer<CommandsSent> take() {
        Answer<CommandsSent> answer = std::move(sent_);
        answer.status = ended_ ? 200 : contract::kCommandsSendMany.status;
        if (refused_) answer.status = 207;
        return answer;
    }

private:
    void drop_long(Value& result) {
        if (result.is_null()) return;
        const std::size_t bytes = codec::to_json(result).size();
        if (bytes <= left_) {
            left_ -= bytes;
        } else {
            result = Value{};
        }
    }

    CommandsSent sent_;
    std::size_t left_ = kResultsBytes;
    bool ended_ = true;
    bool refused_ = false;
};

Task<Result<Answer<CommandsSent>>> send_many(World world, Caller caller, CommandSendMany request) {
    const Outgoing outgoing{
        .name = {}, .params = request.params, .ttl = request.ttl, .watched = false, .also = {}};
    if (auto good = check_outgoing(world, outgoing); !good) co_return pass(good);
    auto devices = co_await devices_of(world, caller.actor, std::move(request.devices),
                                       std::move(request.labels));
    if (!devices) co_return pass(devices);
    const auto round = std::make_shared<Round>(world);
    round->caller = std::move(caller);
    round->request = std::move(request);
    round->devices = std::move(*devices);
    round->outcomes.resize(round->devices.size());
    round->until = world.monotonic() + round->request.prefer.wait.value_or(Duration{0});
    const std::size_t lanes = std::min(kLanes, round->devices.size());
    round->working = lanes;
    for (std::size_t lane = 0; lane < lanes; ++lane)
        spawn(send_in_turn(round));
    if (lanes > 0) co_await round->done;
    Report report;
    for (std::size_t at = 0; at < round->devices.size(); ++at)
        report.add(round->devices[at], round->outcomes[at]);
    Answer<CommandsSent> answer = report.take();
    answer.preference_applied = round->request.prefer.applied();
    co_return answer;
}

constexpr std::array kHandlers{bind<contract::kCommandsSendMany, send_many>()};

}  // namespace

std::span<const Bound> command_group_handlers() {
    return kHandlers;
}

// NOLINTEND(bugprone-unchecked-optional-access)

}  // namespace tandem::api
