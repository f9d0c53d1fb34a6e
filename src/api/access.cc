// me, keys, tickets and audit: one handler per operation.
#include "contract/access.h"

#include "api/again.h"
#include "api/bind.h"
#include "api/device_state.h"
#include "api/paging.h"
#include "api/secrets.h"

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

constexpr std::string_view kNoSuchKey = "the device has no such key";

Principal owner_of(const DeviceRef& device) {
    return {.kind = PrincipalKind::kDevice, .tenant = device.tenant, .id = device.id.text()};
}

KeyView view_of(const Credential& credential) {
    return {.id = credential.id.text(),
            .key = {},
            .created = credential.created,
            .expires = credential.expires};
}

// Under the turnstile: makes a key, in place of others perhaps.
Task<Result<Answer<KeyView>>> issue(World world,
                                    DeviceRef device,
                                    std::optional<Instant> expires,
                                    std::vector<Credential> instead_of) {
    const FreshSecret fresh = make_secret(world, owner_of(device), device_scopes(), expires);
    auto stored = co_await store_secret(world, fresh.stored, std::move(instead_of));
    if (!stored) co_return pass(stored);
    KeyView view = view_of(fresh.stored);
    view.key = fresh.text;
    co_return view;
}

Task<Result<Answer<KeyView>>> create_key(World world, Caller caller, contract::KeyCreate request) {
    const DeviceRef device = ref_of(caller, request.device);
    auto state = co_await world.devices().load(world, device);
    if (!state) co_return pass(state);
    if (request.expires && *request.expires <= world.now()) {
        co_return fail_field("/expires", "a time to come is expected");
    }
    auto turn = co_await take_turn(world, std::move(caller), *state);
    if (!turn) co_return pass(turn);
    if (live_secrets(world, owner_of(device)).size() >= world.rules().keys) {
        co_return fail(ErrorCode::kConflict, "the device has " +
                                                 std::to_string(world.rules().keys) +
                                                 " keys, as many as it may: revoke one, or rotate");
    }
    co_return co_await issue(world, device, request.expires, {});
}

Task<Result<Answer<KeyView>>> rotate_key(World world, Caller caller, contract::KeyRef request) {
    const DeviceRef device = ref_of(caller, request.device);
    auto state = co_await world.devices().load(world, device);
    if (!state) co_return pass(state);
    auto turn = co_await take_turn(world, std::move(caller), *state);
    if (!turn) co_return pass(turn);
    auto keys = live_secrets(world, owner_of(device));
    auto old = find_secret(keys, request.key, kNoSuchKey);
    if (!old) co_return pass(old);
    if (keys.size() > 1) {
        co_return fail(ErrorCode::kConflict, "a rotation is under way: revoke the other key first");
    }
    // Who gave a key a year has not meant the next one to live for ever.
    const std::optional<Instant> ends = old->expires;
    const auto expires = ends ? std::optional{world.now() + (*ends - old->created)} : ends;
    co_return co_await issue(world, device, expires, std::move(keys));
}

Task<Result<Answer<Page<KeyView>>>> list_keys(World world,
                                              Caller caller,
                                              contract::DeviceGet request) {
    const DeviceRef device = ref_of(caller, request.device);
    auto state = co_await world.devices().load(world, device);
    if (!state) co_return pass(state);
    Page<KeyView> page;
    for (const Credential& each : live_secrets(world, owner_of(device)))
        page.items.push_back(view_of(each));
    co_return page;
}

Task<Result<Answer<Nothing>>> revoke_key(World world, Caller caller, contract::KeyRef request) {
    const DeviceRef device = ref_of(caller, request.device);
    auto state = co_await world.devices().load(world, device);
    if (!state) co_return pass(state);
    auto turn = co_await take_turn(world, std::move(caller), *state);
    if (!turn) co_return pass(turn);
    auto revoked =
        co_await revoke_secret(world, owner_of(device), std::move(request.key), kNoSuchKey);
    if (!revoked) co_return pass(revoked);
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
