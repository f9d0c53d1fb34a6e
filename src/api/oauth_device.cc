// The device authorization grant: what the box asks, and what the person in front of it says.
#include "api/oauth_claim.h"
#include "api/oauth_page.h"
#include "api/oauth_parts.h"
#include "auth/device_grant.h"
#include "base/checked.h"
#include "codec/percent.h"
#include "codec/utf8.h"

#include <algorithm>

namespace tandem::api {
namespace {

using auth::fault;
using auth::OAuthError;

constexpr std::size_t kNameBytesMax = 64;
constexpr std::size_t kSessionsMax = 10'000;

// ---------------------------------------------------------------- the box

// What a box calls itself: shown to a person, so nothing that could be taken for more.
bool is_good_name(std::string_view name) {
    return name.size() <= kNameBytesMax && codec::is_utf8(name) &&
           std::ranges::none_of(name, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

OAuthResult<auth::DeviceAsking> read_asking(const Client& client,
                                            const OAuthCall& call,
                                            const auth::Form& form) {
    if (!is_good_name(form.get("name"))) {
        return fault(OAuthError::kInvalidRequest, "name is at most 64 bytes of printable text");
    }
    auto scopes = auth::read_scopes(form);
    if (!scopes) return std::unexpected(scopes.error());
    // A box becomes a device, which may do what devices may.
    const Scopes asked =
        client.claims ? device_scopes() : scopes->value_or(Scopes{Scope::kSelfRead});
    return auth::DeviceAsking{
        .client = client.id, .scopes = asked, .name = form.get("name"), .address = call.address};
}

// A grant whose user code no other one that waits has.
Task<Result<auth::IssuedDeviceGrant>> begin(World world, auth::DeviceAsking asking) {
    for (int tries = 0; tries < kTries; ++tries) {
        auto issued = auth::begin_device_grant(asking, mint_of(world));
        auto other = co_await world.oauth().pending_grant(issued.record.user_code);
        if (!other) co_return pass(other);
        if (!*other) co_return issued;
    }
    co_return fail(ErrorCode::kUnavailable, "too many wait");
}

Task<OAuthReply> ask(World world, OAuthCall call) {
    if (auto room = world.hub().load.admit(contract::Urgency::kUsual); !room) {
        co_return reply_of(fault_of(room.error()));
    }
    const auto form = auth::Form::parse(call.form);
    if (!form) co_return oauth_refusal(form.error());
    if (auto busy = too_many_failures(world, call)) co_return std::move(*busy);
    const auto may = world.hub().oauth.askings.take(call.brake, world.monotonic());
    if (!may) co_return too_often(world, may.error());
    const auto client = authenticate_client(world, call, *form);
    if (!client) co_return refuse(world, call, "oauth.device_authorization", client.error());
    auto asking = read_asking(*client, call, *form);
    if (!asking) co_return reply_of(asking.error());
    auto issued = co_await begin(world, std::move(*asking));
    if (!issued) co_return reply_of(fault_of(issued.error()));
    Transaction transaction;
    transaction.changes.push_back(keeping(world, issued->record, {}));
    if (client->assertion) {
        transaction.changes.push_back(keeping(world, checked(client->assertion)));
    }
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return reply_of(fault_of(stored.error()));
    const std::string page = call.base + "/oauth/device";
    co_return OAuthReply{
        .body = Value::Object{{"device_code", issued->device_code},
                              {"user_code", issued->user_code},
                              {"verification_uri", page},
                              {"verification_uri_complete",
                               page + "?user_code=" + codec::percent_encode(issued->user_code)},
                              {"expires_in", auth::kDeviceGrantLife / 1s},
                              {"interval", auth::kDeviceInterval / 1s}}};
}

// ---------------------------------------------------------------- the person

PageTold told(int status, std::string title, std::string text) {
    return {.status = status, .title = std::move(title), .text = std::move(text)};
}

auth::UserCodeTries& tries_of(OAuthState& state, const std::string& session) {
    // Whoever logs in again may try again; nobody needs to be remembered for ever.
    if (state.tries.size() >= kSessionsMax) state.tries.clear();
    return state.tries[session];
}

// Nothing: they may enter another. Counts those that are wrong.
Task<Result<std::optional<DeviceGrant>>> waiting_with(World world,
                                                      std::string entered,
                                                      Actor user) {
    const auto digest = auth::user_code_digest(entered, world.hub().credentials.pepper());
    if (digest) {
        auto found = co_await world.oauth().pending_grant(*digest);
        if (!found) co_return pass(found);
        const bool live = *found && world.now() < (*found)->created + auth::kDeviceGrantLife;
        if (live) co_return std::move(*found);
    }
    ++tries_of(world.hub().oauth, user.credential).wrong;
    co_return std::optional<DeviceGrant>{};
}

std::optional<App> app_of(const World& world, const DeviceGrant& grant) {
    const auto name = auth::read_client_name(grant.client, world.hub().home);
    if (!name) return {};
    return world.hub().policies.app(name->tenant, name->app);
}

// What the name that a box has given itself becomes as an id.
std::string id_like(const std::string& name) {
    std::string out;
    for (const char c : name.substr(0, kNameBytesMax))
        out += is_name(std::string_view{&c, 1}) ? c : '-';
    return out;
}

Page asked_of(const PageCall& call, const DeviceGrant& grant, const App* app, std::string entered) {
    const bool claims = grant.client == kClaimClient;
    return PageDevice{.user = checked(call.user).id,
                      .user_code = std::move(entered),
                      .app = app == nullptr      ? std::string{}
                             : app->name.empty() ? app->id.text()
                                                 : app->name,
                      .name = grant.name,
                      .address = grant.address,
                      .scopes = grant.scopes,
                      .claims = claims,
                      .wrong = {},
                      .device = claims ? id_like(grant.name) : std::string{}};
}

// The device that the box becomes is there, and the user may give it a key.
Task<Result<void>> make_ready(World world, PageCall call, std::string device, DeviceGrant grant) {
    if (!is_name(device) || device == "me") {
        co_return fail(ErrorCode::kInvalidField,
                       "The id is 1 to 64 of A-Z a-z 0-9 . _ : - and not `me`.");
    }
    const Proof as{.bearer = {}, .cookie = {}, .actor = call.user};
    MakingDevice making{.as = as,
                        .id = device,
                        .name = grant.name,
                        .type = {},
                        .labels = {},
                        .address = call.address};
    auto made = co_await make_device(world, std::move(making));
    // One that is there gets another key, from whoever may make one.
    if (!made && made.error().code == ErrorCode::kUnavailable) co_return made;
    auto may = co_await may_have_a_key(world, as, device, call.address);
    // Why it may not have a key says more than why it could not be made, where it is there.
    const bool full = !may && may.error().code == ErrorCode::kConflict;
    if (!may && !made && !full) co_return made;
    co_return may;
}

Task<Result<void>> decide(World world,
                          PageCall call,
                          DeviceGrant grant,
                          std::optional<Delegation> approved) {
    const DeviceGrant before = grant;
    auto decided = auth::decide_device_grant(std::move(grant), std::move(approved), world.now());
    if (!decided) co_return pass(decided);
    Transaction transaction;
    transaction.changes.push_back(keeping(world, *decided, before));
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    const Actor user = checked(call.user);
    const bool yes = decided->state == DeviceGrant::State::kApproved;
    std::string of = resource_of(decided->client);
    if (yes && decided->delegation->kind == PrincipalKind::kDevice) {
        of = "device:" + decided->delegation->principal;
    }
    audit_oauth(world, {.action = yes ? "oauth.approve" : "oauth.deny",
                        .who = Principal{user.kind, user.tenant, user.id},
                        .credential = user.credential,
                        .resource = std::move(of),
                        .address = call.address});
    co_return Result<void>{};
}

Delegation delegation_to(const Actor& user, const DeviceGrant& grant, std::string device) {
    const bool claims = grant.client == kClaimClient;
    return {.kind = claims ? PrincipalKind::kDevice : PrincipalKind::kUser,
            .tenant = user.tenant,
            .principal = claims ? std::move(device) : user.id,
            .client = grant.client,
            .scopes = grant.scopes};
}

// The user has seen name and address, and says yes or no.
Task<Page> decided(World world, PageCall call, auth::Form form, DeviceGrant grant) {
    const Actor user = checked(call.user);
    const bool yes = form.get("decision") == "allow";
    const std::string device = form.get("device");
    if (yes && grant.client == kClaimClient) {
        auto ready = co_await make_ready(world, call, device, grant);
        if (!ready) {
            Page again = asked_of(call, grant, nullptr, form.get("user_code"));
            std::get<PageDevice>(again).wrong = ready.error().detail;
            std::get<PageDevice>(again).device = device;
            co_return again;
        }
    }
    std::optional<Delegation> approved;
    if (yes) approved = delegation_to(user, grant, device);
    auto done = co_await decide(world, std::move(call), std::move(grant), std::move(approved));
    if (!done) co_return told(409, "It has changed", "Nothing waits with this code any more.");
    co_return yes ? told(200, "Done", "The device goes on by itself now. You may close this page.")
                  : told(200, "Refused", "The device gets nothing. You may close this page.");
}

// Whether somebody has entered too many wrong codes, here or from there.
bool guesses(World world, const Actor& user, const std::string& brake) {
    OAuthState& state = world.hub().oauth;
    const bool here = !tries_of(state, user.credential).are_left();
    const bool there = !state.user_codes.look(brake, world.monotonic());
    if (!here && !there) return false;
    world.hub().count_limit("oauth.user_codes_per_minute");
    return true;
}

Page entered_wrongly(World world, const PageCall& call, std::string entered) {
    static_cast<void>(world.hub().oauth.user_codes.take(call.brake, world.monotonic()));
    return PageUserCode{.wrong = "No device waits with this code.", .entered = std::move(entered)};
}

// A box waits with the code that was entered.
Task<Page> about(World world, PageCall call, auth::Form form, DeviceGrant grant) {
    const auto app = app_of(world, grant);
    const bool claims = grant.client == kClaimClient;
    if (!claims && (!app || app->tenant != checked(call.user).tenant)) {
        co_return told(400, "This does not work", "The app is another tenant's than you are.");
    }
    if (!form.has("decision")) {
        co_return asked_of(call, grant, app ? &*app : nullptr, form.get("user_code"));
    }
    co_return co_await decided(world, std::move(call), std::move(form), std::move(grant));
}

Task<Page> device_page(World world, PageCall call) {
    const auto form = auth::Form::parse(call.form);
    if (!form) co_return told(400, "This does not work", form.error());
    if (!call.user) co_return PageSignIn{};
    const std::string entered = form->get("user_code");
    // A code in the address is shown in the field: whoever follows a link still looks at the box.
    if (!call.decides || entered.empty()) co_return PageUserCode{.wrong = {}, .entered = entered};
    if (guesses(world, checked(call.user), call.brake)) {
        co_return told(429, "Too many wrong codes", "Log out and in again, and look twice.");
    }
    auto waiting = co_await waiting_with(world, entered, checked(call.user));
    if (!waiting) co_return told(503, "Not now", "The hub cannot look it up: try again.");
    if (!*waiting) co_return entered_wrongly(world, call, entered);
    co_return co_await about(world, std::move(call), *form, checked(std::move(*waiting)));
}

}  // namespace

Task<OAuthReply> oauth_device_authorization(World world, OAuthCall call) {
    co_return co_await OnFirstLoop<&ask>::run(world, std::move(call));
}

Task<Page> oauth_device(World world, PageCall call) {
    co_return co_await OnFirstLoop<&device_page>::run(world, std::move(call));
}

}  // namespace tandem::api
