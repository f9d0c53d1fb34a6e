// claim_codes.*, consents.* and denials.*: one handler per operation.
#include "api/administration.h"
#include "api/bind.h"
#include "api/oauth_claim.h"
#include "auth/key.h"
#include "base/checked.h"
#include "contract/oauth.h"

#include <algorithm>
#include <array>

namespace tandem::api {
namespace {

// Of `all`, which are in order of their ids, those that a page asks for.
template <typename Row, typename IdOf>
auto among(const std::vector<Row>& all, IdOf id_of) {
    return [&all, id_of](const auth::Rows& rows) {
        std::vector<Row> out;
        for (const Row& each : all) {
            if (id_of(each) > rows.after && out.size() < rows.limit) out.push_back(each);
        }
        return out;
    };
}

using contract::ClaimCodeView;
using contract::ConsentView;
using contract::Nothing;
using contract::Page;

constexpr Duration kClaimLife = 24h;
constexpr Duration kClaimLifeMax = std::chrono::days{366};

std::optional<std::string> if_any(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional{text};
}

ClaimCodeView view_of(const ClaimCode& code) {
    return {.id = code.id.text(),
            .code = {},
            .device = if_any(code.device),
            .prefix = if_any(code.prefix),
            .type = code.type,
            .labels = code.labels,
            .uses = code.uses,
            .made_by = code.made_by,
            .created = code.created,
            .expires = code.expires};
}

Result<void> check_request(const contract::ClaimCodeCreate& request, Instant now) {
    if (request.device && request.prefix) {
        return fail_field("/prefix", "a code for one device has no prefix");
    }
    if (request.device && request.uses != 1) {
        return fail_field("/uses", "a code for one device works once");
    }
    if (request.device && *request.device == "me") {
        return fail_field("/device", "`me` is taken: any other id will do");
    }
    if (request.expires && (*request.expires <= now || *request.expires > now + kClaimLifeMax)) {
        return fail_field("/expires", "a time within a year is expected");
    }
    return {};
}

Task<Result<std::vector<ClaimCode>>> live_codes(World world, TenantId tenant) {
    auto codes = co_await world.oauth().claim_codes(std::move(tenant));
    if (!codes) co_return pass(codes);
    const Instant now = world.now();
    std::erase_if(*codes, [&](const ClaimCode& code) { return now >= code.expires; });
    co_return std::move(*codes);
}

Task<Result<Answer<ClaimCodeView>>> create(World world,
                                           Caller caller,
                                           contract::ClaimCodeCreate request) {
    if (auto good = check_request(request, world.now()); !good) co_return pass(good);
    auto others = co_await live_codes(world, caller.actor.tenant);
    if (!others) co_return pass(others);
    const std::size_t most = world.rules().oauth.claim_codes;
    if (others->size() >= most) co_return too_many(most, "claim codes", "tenant.claim_codes");
    const std::string text = make_claim_code(world.hub().random);
    const ClaimCode code{
        .id = auth::make_bearer(world.hub().random).id,
        .digest = checked(claim_code_digest(text, world.hub().credentials.pepper())),
        .tenant = caller.actor.tenant,
        .device = request.device.value_or(""),
        .prefix = request.prefix.value_or(""),
        .type = request.type,
        .labels = request.labels,
        .uses = request.uses,
        .made_by = text_of(caller.actor.kind, caller.actor.id),
        .created = world.now(),
        .expires = request.expires.value_or(world.now() + kClaimLife)};
    Transaction transaction;
    transaction.changes.push_back(keeping(world, code, {}));
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    ClaimCodeView view = view_of(code);
    view.code = text;
    co_return view;
}

Task<Result<Answer<Page<ClaimCodeView>>>> list(World world,
                                               Caller caller,
                                               contract::PageQuery request) {
    auto all = co_await live_codes(world, caller.actor.tenant);
    if (!all) co_return pass(all);
    Page<ClaimCodeView> page;
    const auto id_of = [](const ClaimCode& code) { return code.id.text(); };
    auto codes = page_of(among(*all, id_of), 'c', request, id_of, page.next);
    if (!codes) co_return pass(codes);
    for (const ClaimCode& code : *codes)
        page.items.push_back(view_of(code));
    co_return page;
}

Task<Result<Answer<Nothing>>> remove(World world, Caller caller, contract::ClaimCodeRef request) {
    Transaction transaction;
    transaction.changes.emplace_back(
        DeleteClaimCode{.tenant = caller.actor.tenant, .id = KeyId{request.claim_code}});
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    co_return Nothing{};
}

// ---------------------------------------------------------------- consents

ConsentView view_of(const RefreshFamily& family) {
    const Delegation& of = family.delegation;
    ConsentView view{.id = family.id.text(),
                     .app = of.client.substr(of.client.find('/') + 1),
                     .scopes = {},
                     .created = family.created,
                     .used = family.rotated,
                     .expires = family.created + auth::kRefreshLife};
    for (std::size_t at = 0; at < kScopeCount; ++at) {
        const auto scope = static_cast<Scope>(at);
        if (of.scopes.has(scope)) view.scopes.emplace_back(name_of(scope));
    }
    return view;
}

Task<Result<std::vector<RefreshFamily>>> live_families(World world, Actor actor) {
    Principal who{actor.kind, actor.tenant, actor.id};
    auto families = co_await world.oauth().families(std::move(who));
    if (!families) co_return pass(families);
    const Instant now = world.now();
    std::erase_if(*families, [&](const RefreshFamily& each) { return !auth::is_live(each, now); });
    std::ranges::sort(*families, {}, &RefreshFamily::id);
    co_return std::move(*families);
}

// An app that may act for a user does not decide which apps may.
Result<void> check_in_person(const World& world, const Caller& caller) {
    if (!world.hub().credentials.token(KeyId{caller.actor.credential})) return {};
    return fail(ErrorCode::kForbidden,
                "log in for this: an app's token does not decide about apps");
}

Task<Result<Answer<Page<ConsentView>>>> list_consents(World world,
                                                      Caller caller,
                                                      contract::PageQuery request) {
    if (auto may = check_in_person(world, caller); !may) co_return pass(may);
    auto all = co_await live_families(world, caller.actor);
    if (!all) co_return pass(all);
    Page<ConsentView> page;
    const auto id_of = [](const RefreshFamily& each) { return each.id.text(); };
    auto families = page_of(among(*all, id_of), 'f', request, id_of, page.next);
    if (!families) co_return pass(families);
    for (const RefreshFamily& each : *families)
        page.items.push_back(view_of(each));
    co_return page;
}

Task<Result<Answer<Nothing>>> remove_consent(World world,
                                             Caller caller,
                                             contract::ConsentRef request) {
    if (auto may = check_in_person(world, caller); !may) co_return pass(may);
    auto all = co_await live_families(world, caller.actor);
    if (!all) co_return pass(all);
    const KeyId id{request.consent};
    if (std::ranges::find(*all, id, &RefreshFamily::id) == all->end()) {
        co_return fail(ErrorCode::kNotFound, "there is no such consent");
    }
    auto ended = co_await end_family(world, id, "oauth.revoke");
    if (!ended) co_return pass(ended);
    co_return Nothing{};
}

// ---------------------------------------------------------------- denials

// Tokens that are issued may have so long to go, with the clocks apart as far as is allowed.
constexpr Duration kTokenLifeMax = 24h + auth::kClockSkew;

Result<void> check_denial(const World& world, const contract::DenialCreate& request) {
    if (request.subject.has_value() == request.token.has_value()) {
        return fail_field("", "either `sub` or `jti` is expected");
    }
    const auto& issuers = world.hub().outside.issuers;
    const bool known = std::ranges::any_of(
        issuers, [&](const auto& each) { return each->settings.policy.issuer == request.issuer; });
    if (known) return {};
    return fail(ErrorCode::kNotFound, "the settings name no such issuer");
}

Task<Result<Answer<contract::DenialView>>> deny(World world,
                                                Caller caller,
                                                contract::DenialCreate request) {
    if (auto good = check_denial(world, request); !good) co_return pass(good);
    const TenantId tenant = caller.actor.tenant;
    const bool all = request.subject.has_value();
    const std::string value = all ? checked(request.subject) : checked(request.token);
    const DeniedToken denied{
        .tenant = tenant,
        .issuer = request.issuer,
        .digest = auth::denial_digest(all ? auth::Denied::kSubject : auth::Denied::kToken, value),
        .until = world.now() + kTokenLifeMax};
    const Principal person{.kind = PrincipalKind::kUser,
                           .tenant = tenant,
                           .id = all ? auth::outside_user(request.issuer, value).text() : ""};
    Transaction transaction;
    transaction.changes.emplace_back(
        PutRecord<DeniedToken>{.record = denied, .now = world.now(), .until = denied.until});
    if (all) transaction.changes.emplace_back(EndDelegated{.to = person});
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    world.hub().outside.denied.put(denied, world.now());
    world.hub().credentials.end_outside(tenant, [&](const auth::OutsideName& name) {
        return name.issuer == request.issuer && (all ? name.subject : name.jti) == value;
    });
    if (all) {
        world.hub().credentials.end_delegated(person);
        world.hub().sessions.end_principal(person);
    }
    co_return contract::DenialView{.issuer = std::move(request.issuer),
                                   .subject = std::move(request.subject),
                                   .token = std::move(request.token),
                                   .until = denied.until};
}

constexpr std::array kHandlers{
    bind<contract::kClaimCodesCreate, &InTurn<&create>::run>(),
    bind<contract::kClaimCodesList, list>(),
    bind<contract::kClaimCodesDelete, &InTurn<&remove>::run>(),
    bind<contract::kConsentsList, list_consents>(),
    bind<contract::kConsentsDelete, &InTurn<&remove_consent>::run>(),
    bind<contract::kDenialsCreate, &InTurn<&deny>::run>(),
};

}  // namespace

std::span<const Bound> consent_handlers() {
    return kHandlers;
}

}  // namespace tandem::api
