// me, keys, tickets and audit: one handler per operation.
#include "contract/access.h"

#include "api/bind.h"
#include "api/device_state.h"
#include "api/paging.h"
#include "auth/key.h"
#include "base/checked.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace tandem::api {
namespace {

using contract::KeyView;
using contract::Nothing;
using contract::Page;

constexpr char kAuditCursor = 'a';

DeviceRef ref_of(const Caller& caller, const std::string& device) {
    return {.tenant = caller.actor.tenant, .id = DeviceId{device}};
}

Task<Result<Answer<contract::MeView>>> me(World /*world*/,
                                          Caller caller,
                                          contract::Empty /*request*/) {
    co_return contract::view_of(caller.actor);
}

std::vector<Credential> live_keys(const World& world, const DeviceRef& device) {
    return world.hub().credentials.of(PrincipalKind::kDevice, device.tenant, device.id.text(),
                                      world.now());
}

KeyView view_of(const Credential& credential) {
    return {.id = credential.id.text(),
            .key = {},
            .created = credential.created,
            .expires = credential.expires};
}

// Under the turnstile: stores a fresh key beside `also`, another change of the same transaction.
Task<Result<Answer<KeyView>>> issue(World world,
                                    DeviceRef device,
                                    std::optional<Instant> expires,
                                    std::optional<Credential> also) {
    const std::string text = auth::make_key(PrincipalKind::kDevice, world.hub().random);
    const auth::Key key = checked(auth::read_key(text));
    const Credential fresh{.id = key.id,
                           .kind = PrincipalKind::kDevice,
                           .tenant = device.tenant,
                           .principal = device.id.text(),
                           .scopes = device_scopes(),
                           .digest = world.hub().credentials.digest_of(key.secret),
                           .created = world.now(),
                           .expires = expires};
    Transaction transaction;
    transaction.changes.emplace_back(PutCredential{.credential = fresh});
    if (also) transaction.changes.emplace_back(PutCredential{.credential = *also});
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    world.hub().credentials.put(fresh);
    if (also) world.hub().credentials.put(*also);
    KeyView view = view_of(fresh);
    view.key = text;
    co_return view;
}

Task<Result<Answer<KeyView>>> create_key(World world, Caller caller, contract::KeyCreate request) {
    const DeviceRef device = ref_of(caller, request.device);
    auto state = co_await world.devices().load(world, device);
    if (!state) co_return pass(state);
    if (request.expires && *request.expires <= world.now()) {
        co_return fail_field("/expires", "a time to come is expected");
    }
    const auto turn = co_await (*state)->turn.enter();
    if ((*state)->deleted) co_return fail(ErrorCode::kNotFound, "there is no such device");
    if (live_keys(world, device).size() >= world.rules().keys) {
        co_return fail(ErrorCode::kConflict, "the device has " +
                                                 std::to_string(world.rules().keys) +
                                                 " keys, as many as it may: revoke one, or rotate");
    }
    co_return co_await issue(world, device, request.expires, {});
}

Result<Credential> find_key(const std::vector<Credential>& keys, const std::string& id) {
    const auto found =
        std::ranges::find_if(keys, [&](const Credential& each) { return each.id.text() == id; });
    if (found == keys.end()) return fail(ErrorCode::kNotFound, "the device has no such key");
    return *found;
}

Task<Result<Answer<KeyView>>> rotate_key(World world, Caller caller, contract::KeyRef request) {
    const DeviceRef device = ref_of(caller, request.device);
    auto state = co_await world.devices().load(world, device);
    if (!state) co_return pass(state);
    const auto turn = co_await (*state)->turn.enter();
    const auto keys = live_keys(world, device);
    auto old = find_key(keys, request.key);
    if (!old) co_return pass(old);
    if (keys.size() > 1) {
        co_return fail(ErrorCode::kConflict, "a rotation is under way: revoke the other key first");
    }
    const Instant end = world.now() + world.rules().key_overlap;
    old->expires = std::min(old->expires.value_or(end), end);
    co_return co_await issue(world, device, {}, *old);
}

Task<Result<Answer<Page<KeyView>>>> list_keys(World world,
                                              Caller caller,
                                              contract::DeviceGet request) {
    const DeviceRef device = ref_of(caller, request.device);
    auto state = co_await world.devices().load(world, device);
    if (!state) co_return pass(state);
    Page<KeyView> page;
    for (const Credential& each : live_keys(world, device))
        page.items.push_back(view_of(each));
    co_return page;
}

Task<Result<Answer<Nothing>>> revoke_key(World world, Caller caller, contract::KeyRef request) {
    const DeviceRef device = ref_of(caller, request.device);
    auto state = co_await world.devices().load(world, device);
    if (!state) co_return pass(state);
    const auto turn = co_await (*state)->turn.enter();
    // One that has run out, too: a socket may still be open with it.
    const auto keys = world.hub().credentials.of(PrincipalKind::kDevice, device.tenant,
                                                 device.id.text(), Instant::min());
    auto key = find_key(keys, request.key);
    if (!key) co_return pass(key);
    Transaction transaction;
    transaction.changes.emplace_back(DeleteCredential{.tenant = device.tenant, .id = key->id});
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    world.hub().credentials.erase(key->id);
    co_return Nothing{};
}

Task<Result<Answer<contract::TicketView>>> create_ticket(World world,
                                                         Caller caller,
                                                         contract::Empty /*request*/) {
    auto ticket = world.hub().sessions.make_ticket(caller.actor, caller.origin, world.monotonic());
    co_return contract::TicketView{.ticket = std::move(ticket.text),
                                   .expires = world.now() + ticket.life};
}

contract::AuditView view_of(const AuditLine& line) {
    return {.number = line.number,
            .time = line.time,
            .kind = line.kind,
            .actor = line.actor,
            .credential = line.credential,
            .address = line.address,
            .door = std::string{name_of(line.door)},
            .action = line.action,
            .resource = line.resource,
            .result = line.result,
            .count = line.count,
            .previous = line.previous};
}

// Where a page of the audit begins, if it was said.
Result<std::optional<std::int64_t>> audit_begin(const contract::AuditQuery& request) {
    if (!request.cursor) {
        return request.since ? std::optional{std::int64_t{0}} : std::optional<std::int64_t>{};
    }
    auto text = read_page_cursor(kAuditCursor, *request.cursor);
    if (!text) return pass(text);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error != std::errc{} || end != text->data() + text->size()) {
        return fail_field("#query/cursor", "this is no cursor of the audit");
    }
    return std::optional{number};
}

Task<Result<Answer<Page<contract::AuditView>>>> list_audit(World world,
                                                           Caller caller,
                                                           contract::AuditQuery request) {
    auto after = audit_begin(request);
    if (!after) co_return pass(after);
    const auto limit = static_cast<std::size_t>(request.limit);
    AuditQuery query{.tenant = caller.actor.tenant,
                     .after = *after,
                     .limit = limit + (*after ? 1 : 0),  // Whether there is a next page.
                     .since = request.since,
                     .until = request.until,
                     .actor = request.actor.value_or(""),
                     .action = request.action.value_or(""),
                     .kind = request.kind.value_or(""),
                     .result = request.result.value_or("")};
    auto lines = co_await world.registry().audit(std::move(query));
    if (!lines) co_return pass(lines);
    Page<contract::AuditView> page;
    for (const AuditLine& line : *lines) {
        if (page.items.size() == limit) {
            page.next = page_cursor(kAuditCursor, std::to_string(page.items.back().number));
            break;
        }
        page.items.push_back(view_of(line));
    }
    co_return page;
}

constexpr std::array kHandlers{
    bind<contract::kMeGet, me>(),
    bind<contract::kKeysCreate, create_key>(),
    bind<contract::kKeysList, list_keys>(),
    bind<contract::kKeysRotate, rotate_key>(),
    bind<contract::kKeysRevoke, revoke_key>(),
    bind<contract::kTicketsCreate, create_ticket>(),
    bind<contract::kAuditList, list_audit>(),
};

}  // namespace

std::span<const Bound> access_handlers() {
    return kHandlers;
}

}  // namespace tandem::api
