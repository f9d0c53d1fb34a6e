// devices.*: one handler per operation.
#include "contract/device.h"

#include "api/again.h"
#include "api/bind.h"
#include "api/device_state.h"
#include "api/ledgers.h"
#include "api/paging.h"
#include "base/checked.h"
#include "codec/json.h"
#include "contract/patched.h"
#include "contract/precondition.h"
#include "domain/schema.h"

#include <array>

namespace tandem::api {
namespace {

using contract::DeviceFields;
using contract::DeviceView;
using contract::Nothing;
using contract::Page;

DeviceView view_of(const Device& device, const Presence& presence) {
    DeviceView view{.id = device.ref.id.text(),
                    .name = device.name,
                    .type = device.type,
                    .labels = device.labels,
                    .schema = {},
                    .presence = {.online = presence.online,
                                 .door = {},
                                 .since = presence.since,
                                 .last_seen = presence.last_seen},
                    .created = device.created,
                    .version = device.version};
    if (!device.schema.is_null()) view.schema = device.schema;
    if (presence.last_seen) view.presence.door = name_of(presence.door);
    return view;
}

Answer<DeviceView> answer(const Device& device, const Presence& presence) {
    Answer<DeviceView> out = view_of(device, presence);
    out.version = device.version;
    return out;
}

Result<void> check_fields(const World& world, const DeviceFields& fields) {
    if (codec::to_json(fields.schema).size() > world.rules().schema_bytes) {
        return fail_field("/schema", "a schema may take " +
                                         std::to_string(world.rules().schema_bytes) + " bytes");
    }
    if (auto good = check_device_schema(fields.schema); !good) return good;
    return {};
}

void apply(Device& device, const DeviceFields& fields) {
    device.name = fields.name;
    device.type = fields.type;
    device.labels = fields.labels;
    device.schema = fields.schema;
}

Value told(const Device& device, std::string_view what) {
    Value::Object labels;
    for (const auto& [name, text] : device.labels)
        labels.emplace_back(name, text);
    return Value::Object{{"change", what},
                         {"version", device.version},
                         {"name", device.name},
                         {"type", device.type},
                         {"labels", std::move(labels)}};
}

Transaction storing(const World& world, const Device& device, std::int64_t expected) {
    return {.changes = {PutDevice{.device = device, .expected = expected}},
            .events = {Event{.kind = Event::Kind::kDevice,
                             .device = device.ref,
                             .series = {},
                             .time = world.now(),
                             .value = told(device, expected == 0 ? "created" : "changed")}}};
}

// Who may write some devices only makes none of them another's, and none of another's its own: the
// device has to be among them before and after.
Result<void> may_be(const Caller& caller, const Device& device) {
    const auto may =
        authorize(caller.actor, Scope::kDevicesWrite, resource_of(device), {.door = caller.door});
    if (may) return {};
    return fail(ErrorCode::kForbidden,
                "no grant with devices:write covers a device with this id and these labels");
}

DeviceFields fields_of(const Device& device) {
    return {
        .name = device.name, .type = device.type, .labels = device.labels, .schema = device.schema};
}

// What a request says of the device, without what else it says.
DeviceFields fields_of(const DeviceFields& request) {
    return request;
}

Task<Result<Answer<DeviceView>>> create_as(World world,
                                           Caller caller,
                                           DeviceRef ref,
                                           DeviceFields fields) {
    if (ref.id.text() == "me") co_return fail_field("/id", "`me` is taken: any other id will do");
    if (auto good = check_fields(world, fields); !good) co_return pass(good);
    Device device{.ref = std::move(ref),
                  .name = {},
                  .type = {},
                  .labels = {},
                  .schema = {},
                  .created = world.now(),
                  .version = 1};
    apply(device, fields);
    if (auto may = may_be(caller, device); !may) co_return pass(may);
    auto place = world.hub().device_quota.take(device.ref.tenant);
    if (!place) co_return pass(place);
    Answer<DeviceView> out = answer(device, {});
    out.status = 201;
    out.location = "/v1/devices/" + device.ref.id.text();
    Transaction transaction = storing(world, device, 0);
    std::ranges::move(remembering(contract::kDevicesCreate, caller, out, world.now()),
                      std::back_inserter(transaction.changes));
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    place->keep();
    co_return out;
}

Task<Result<Answer<DeviceView>>> create(World world,
                                        Caller caller,
                                        contract::DeviceCreate request) {
    const DeviceId id{request.id ? *request.id : world.new_id()};
    const DeviceRef ref{.tenant = caller.actor.tenant, .id = id};
    co_return co_await create_as(world, std::move(caller), ref, fields_of(request));
}

Task<Result<Answer<DeviceView>>> get(World world, Caller caller, contract::DeviceGet request) {
    auto state = co_await world.devices().load(
        world, {.tenant = caller.actor.tenant, .id = DeviceId{request.device}});
    if (!state) co_return pass(state);
    co_return answer((*state)->device, (*state)->presence);
}

// Under the device's turnstile: stores the fields unless the caller's preconditions forbid it.
Task<Result<Answer<DeviceView>>> replace(World world,
                                         Caller caller,
                                         DeviceStatePtr state,
                                         DeviceFields fields) {
    if (auto good = check_fields(world, fields); !good) co_return pass(good);
    Device changed = state->device;
    apply(changed, fields);
    if (auto may = may_be(caller, changed); !may) co_return pass(may);
    if (changed == state->device) co_return answer(state->device, state->presence);
    changed.version = state->device.version + 1;
    auto stored = co_await world.registry().commit(storing(world, changed, state->device.version));
    if (!stored) co_return pass(stored);
    state->device = changed;
    co_return answer(state->device, state->presence);
}

Task<Result<Answer<DeviceView>>> put(World world, Caller caller, contract::DevicePut request) {
    const DeviceRef ref{.tenant = caller.actor.tenant, .id = DeviceId{request.device}};
    auto state = co_await world.devices().load(world, ref);
    if (!state && state.error().code != ErrorCode::kNotFound) co_return pass(state);
    if (!state) {
        auto may = contract::check_preconditions(request.if_match, request.if_none_match, 0);
        if (!may) co_return pass(may);
        co_return co_await create_as(world, std::move(caller), ref, fields_of(request));
    }
    auto turn = co_await take_turn(world, caller, *state);
    if (!turn) co_return pass(turn);
    auto may = contract::check_preconditions(request.if_match, request.if_none_match,
                                             (*state)->device.version);
    if (!may) co_return pass(may);
    co_return co_await replace(world, std::move(caller), *state, fields_of(request));
}

Task<Result<Answer<DeviceView>>> patch(World world, Caller caller, contract::DevicePatch request) {
    auto state = co_await world.devices().load(
        world, {.tenant = caller.actor.tenant, .id = DeviceId{request.device}});
    if (!state) co_return pass(state);
    auto turn = co_await take_turn(world, caller, *state);
    if (!turn) co_return pass(turn);
    auto may = contract::check_preconditions(request.if_match, request.if_none_match,
                                             (*state)->device.version);
    if (!may) co_return pass(may);
    auto fields = contract::patched(fields_of((*state)->device), request.change);
    if (!fields) co_return pass(fields);
    co_return co_await replace(world, std::move(caller), *state, std::move(*fields));
}

Task<Result<Answer<Nothing>>> remove(World world, Caller caller, contract::DeviceDelete request) {
    const DeviceRef ref{.tenant = caller.actor.tenant, .id = DeviceId{request.device}};
    auto state = co_await world.devices().load(world, ref);
    if (!state) co_return pass(state);
    auto turn = co_await take_turn(world, caller, *state);
    if (!turn) co_return pass(turn);
    auto may = contract::check_preconditions(request.if_match, request.if_none_match,
                                             (*state)->device.version);
    if (!may) co_return pass(may);
    // The readings first: when anything fails the device is still there, to be deleted again.
    // Nobody writes to it meanwhile.
    (*state)->deleted = true;
    auto erased = co_await world.telemetry().erase(ref, {}, {});
    if (!erased) {
        (*state)->deleted = false;
        co_return pass(erased);
    }
    Transaction transaction{.changes = {DeleteDevice{.device = ref}},
                            .events = {Event{.kind = Event::Kind::kDevice,
                                             .device = ref,
                                             .series = {},
                                             .time = world.now(),
                                             .value = told((*state)->device, "deleted")}}};
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) {
        (*state)->deleted = false;
        co_return pass(stored);
    }
    world.devices().forget(ref);
    forget_traffic(world, ref);
    world.hub().device_quota.drop(ref.tenant);
    // Its keys end with it, and their end closes its socket.
    world.hub().credentials.erase_principal(PrincipalKind::kDevice, ref.tenant, ref.id.text());
    co_return Nothing{};
}

Task<Result<Answer<Page<DeviceView>>>> list(World world,
                                            Caller caller,
                                            contract::DeviceList request) {
    DeviceQuery query{.tenant = caller.actor.tenant,
                      .after = {},
                      .limit = static_cast<std::size_t>(request.limit) + 1,
                      .type = request.type.value_or(""),
                      .labels = request.labels,
                      .search = request.search.value_or(""),
                      .viewer = Viewer{.actor = caller.actor, .scope = Scope::kDevicesRead}};
    if (request.cursor) {
        auto after = read_page_cursor('d', *request.cursor);
        if (!after) co_return pass(after);
        query.after = *after;
    }
    auto devices = co_await world.registry().devices(query);
    if (!devices) co_return pass(devices);
    Page<DeviceView> page;
    for (const Device& device : *devices) {
        if (page.items.size() == static_cast<std::size_t>(request.limit)) {
            page.next = page_cursor('d', page.items.back().id);
            break;
        }
        // Presence belongs to the device's loop; this one is as of a moment ago.
        Shard& owner = world.hub().owner(device.ref);
        if (&owner != &world.shard()) co_await hop(owner.executor);
        auto state = owner.devices->find(device.ref);
        Presence presence;
        if (state != nullptr) {
            presence = state->presence;
        } else if (auto stored = co_await owner.stores.registry->presence(device.ref);
                   stored && *stored) {
            presence = checked(*stored);
            presence.online = false;
        }
        if (&owner != &world.shard()) co_await hop(world.executor());
        page.items.push_back(view_of(device, presence));
    }
    co_return page;
}

constexpr std::array kHandlers{
    bind<contract::kDevicesList, list>(),   bind<contract::kDevicesCreate, create>(),
    bind<contract::kDevicesGet, get>(),     bind<contract::kDevicesPut, put>(),
    bind<contract::kDevicesPatch, patch>(), bind<contract::kDevicesDelete, remove>(),
};

}  // namespace

std::span<const Bound> device_handlers() {
    return kHandlers;
}

}  // namespace tandem::api
