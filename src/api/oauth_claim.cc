#include "api/oauth_claim.h"

#include "api/dispatch.h"
#include "auth/key.h"
#include "base/checked.h"
#include "codec/json.h"
#include "contract/access.h"
#include "contract/device.h"

#include <algorithm>

namespace tandem::api {
namespace {

using auth::fault;
using auth::OAuthError;
using Grant = OAuthResult<std::optional<auth::TokenBody>>;

// Crockford's base 32: 24 characters are 120 bits. Letters that are taken for digits are read so.
constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kLength = 24;

Principal principal_of(const Delegation& of) {
    return {of.kind, of.tenant, of.principal};
}

// A call of the catalogue, made on somebody's behalf.
Call call_as(const contract::Operation& operation, Proof as, std::string address) {
    Call call;
    call.operation = &operation;
    call.proof = std::move(as);
    call.address = std::move(address);
    return call;
}

// The failure that a reply tells, good enough for what is made of it here.
Result<void> outcome_of(const Reply& reply) {
    if (reply.status < 300) return {};
    if (reply.status == 409) return fail(ErrorCode::kAlreadyExists, "there is such a device");
    if (reply.status == 404) return fail(ErrorCode::kNotFound, "there is no such device");
    if (reply.status == 401 || reply.status == 403) {
        return fail(ErrorCode::kForbidden, "it may not be made a device by whoever let it in");
    }
    return fail(reply.status >= 500 || reply.status == 429 ? ErrorCode::kUnavailable
                                                           : ErrorCode::kInvalidField,
                "it cannot be made a device");
}

// Whether `code` lets in the device that asks.
OAuthResult<std::string> device_of(const ClaimCode& code, const auth::Form& form, Instant now) {
    if (now >= code.expires || code.uses <= 0) {
        return fault(OAuthError::kInvalidGrant, "the claim code is not valid");
    }
    std::string device = form.get("device");
    if (device.empty()) device = code.device;
    if (!is_name(device) || device == "me") {
        return fault(OAuthError::kInvalidRequest,
                     "device is the id that it will have: 1 to 64 of A-Z a-z 0-9 . _ : -");
    }
    if (code.device.empty() ? !device.starts_with(code.prefix) : device != code.device) {
        return fault(OAuthError::kInvalidGrant, "the claim code is not for this device");
    }
    return device;
}

// One who is there already is let in by a code for it alone: who has a fleet's key does not become
// another of the fleet.
Task<OAuthResult<void>> let_in(World world, ClaimCode code, std::string device, std::string from) {
    const auto maker = world.hub().policies.find(code.tenant, code.made_by);
    if (!maker) co_return fault(OAuthError::kInvalidGrant, "the claim code is not valid");
    Actor actor = checked(maker);
    actor.credential = code.id.text();
    const Proof as{.bearer = {}, .cookie = {}, .actor = std::move(actor), .local = true};
    MakingDevice making{.as = as,
                        .id = device,
                        .name = {},
                        .type = code.type,
                        .labels = code.labels,
                        .address = from};
    auto made = co_await make_device(world, std::move(making));
    if (!made && made.error().code == ErrorCode::kUnavailable) {
        co_return std::unexpected(fault_of(made.error()));
    }
    const bool there = !made && made.error().code == ErrorCode::kAlreadyExists;
    if (!made && (!there || code.device.empty())) {
        co_return fault(OAuthError::kInvalidGrant, made.error().detail);
    }
    auto may = co_await may_have_a_key(world, as, std::move(device), std::move(from));
    if (!may) co_return fault(OAuthError::kInvalidGrant, may.error().detail);
    co_return OAuthResult<void>{};
}

// The code once more used, and the key. Nothing: others came between.
Task<Grant> redeem(World world, ClaimCode code, std::string device, std::string from) {
    ClaimCode used = code;
    --used.uses;
    GivingKey giving{.device = {.kind = PrincipalKind::kDevice,
                                .tenant = code.tenant,
                                .principal = std::move(device),
                                .client = std::string{kClaimClient},
                                .scopes = device_scopes()},
                     .key = auth::make_bearer(world.hub().random).id,
                     .change = keeping(world, std::move(used), std::move(code)),
                     .address = std::move(from)};
    co_return co_await give_key(world, std::move(giving));
}

}  // namespace

std::string make_claim_code(Random& random) {
    return random.text(kLength, kAlphabet);
}

std::optional<std::string> claim_code_digest(std::string_view entered, std::string_view pepper) {
    std::string code;
    for (char c : entered) {
        if (c == ' ' || c == '-') continue;
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        if (c == 'O') c = '0';
        if (c == 'I' || c == 'L') c = '1';
        if (!kAlphabet.contains(c) || code.size() == kLength) return {};
        code += c;
    }
    if (code.size() != kLength) return {};
    return auth::keyed_digest(pepper, "claim code " + code);
}

Task<Result<void>> make_device(World world, MakingDevice making) {
    Value::Object labels;
    for (const auto& [name, text] : making.labels)
        labels.emplace_back(name, text);
    const Value body = Value::Object{{"id", making.id},
                                     {"name", making.name},
                                     {"type", making.type},
                                     {"labels", std::move(labels)}};
    Call call = call_as(contract::kDevicesCreate, std::move(making.as), std::move(making.address));
    call.input.body = {.encoding = contract::Encoding::kJson, .bytes = codec::to_json(body)};
    const Reply reply = co_await dispatch(world, std::move(call));
    co_return outcome_of(reply);
}

Task<Result<void>> may_have_a_key(World world, Proof as, std::string device, std::string from) {
    const TenantId tenant = checked(as.actor).tenant;
    Call call = call_as(contract::kKeysList, std::move(as), std::move(from));
    call.input.path.emplace_back("device", device);
    const Reply reply = co_await dispatch(world, std::move(call));
    if (auto good = outcome_of(reply); !good) co_return good;
    const auto keys =
        world.hub().credentials.of(PrincipalKind::kDevice, tenant, device, world.now());
    if (keys.size() < world.rules().keys) co_return Result<void>{};
    co_return fail(ErrorCode::kConflict, "the device has as many keys as it may");
}

Task<Grant> give_key(World world, GivingKey giving) {
    const Delegation& of = giving.device;
    const auth::Key key{.id = giving.key, .secret = auth::make_secret(world.hub().random)};
    const Credential fresh{.id = key.id,
                           .kind = PrincipalKind::kDevice,
                           .tenant = of.tenant,
                           .principal = of.principal,
                           .scopes = device_scopes(),
                           .digest = world.hub().credentials.digest_of(key.secret),
                           .created = world.now(),
                           .expires = {}};
    Transaction transaction;
    transaction.changes.push_back(std::move(giving.change));
    transaction.changes.emplace_back(PutCredential{.credential = fresh});
    // Before the commit: whoever deletes the device meanwhile ends this key with the others. Nobody
    // has its text yet.
    world.hub().credentials.put(fresh);
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) world.hub().credentials.erase(key.id);
    if (!stored && stored.error().code == ErrorCode::kPreconditionFailed) {
        co_return std::optional<auth::TokenBody>{};
    }
    // The device has been deleted since somebody agreed.
    if (!stored && stored.error().code == ErrorCode::kNotFound) {
        co_return fault(OAuthError::kInvalidGrant, {});
    }
    if (!stored) co_return std::unexpected(fault_of(stored.error()));
    audit_oauth(world, {.action = "oauth.claim",
                        .who = principal_of(of),
                        .credential = key.id.text(),
                        .resource = "device:" + of.principal,
                        .address = giving.address});
    co_return std::optional{auth::TokenBody{.access_token = auth::bearer_text("tdk_", key),
                                            .expires_in = {},
                                            .refresh_token = {},
                                            .scope = device_scopes().text(),
                                            .device = of.principal}};
}

Task<void> end_claimed_key(World world, Delegation device, KeyId key) {
    Transaction transaction;
    transaction.changes.emplace_back(DeleteCredential{.tenant = device.tenant, .id = key});
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return;  // Somebody has ended it before.
    world.hub().credentials.erase(key);
    audit_oauth(world, {.action = "oauth.reuse",
                        .who = principal_of(device),
                        .credential = key.text(),
                        .resource = "device:" + device.principal,
                        .address = {}});
}

Task<Grant> claim_with_code(World world, OAuthCall call, auth::Form form) {
    const auto digest = claim_code_digest(form.get("claim_code"), world.hub().credentials.pepper());
    if (!digest) co_return fault(OAuthError::kInvalidGrant, "the claim code is not valid");
    // One after the other: no device is made for a use that somebody else has had.
    const auto turn = co_await world.shard().policy.enter();
    auto found = co_await world.oauth().claim_code(*digest);
    if (!found) co_return std::unexpected(fault_of(found.error()));
    std::optional<ClaimCode> code = std::move(*found);
    if (!code) co_return fault(OAuthError::kInvalidGrant, "the claim code is not valid");
    auto device = device_of(*code, form, world.now());
    if (!device) co_return std::unexpected(device.error());
    auto in = co_await let_in(world, *code, *device, call.address);
    if (!in) co_return std::unexpected(in.error());
    co_return co_await redeem(world, std::move(*code), std::move(*device), call.address);
}

}  // namespace tandem::api
