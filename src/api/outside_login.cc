#include "api/outside_login.h"

#include "api/oauth_parts.h"
#include "api/outside.h"
#include "base/checked.h"
#include "base/log.h"

#include <algorithm>
#include <utility>

namespace tandem::api {
namespace {

using Issuer = OutsideState::Issuer;

Issuer* issuer_with(const World& world, auto is_it) {
    const auto& issuers = world.hub().outside.issuers;
    const auto found = std::ranges::find_if(
        issuers, [&](const auto& each) { return each->settings.login && is_it(each->settings); });
    return found == issuers.end() ? nullptr : found->get();
}

std::unexpected<Error> not_proved(std::string detail) {
    return fail(ErrorCode::kUnauthenticated, std::move(detail));
}

Task<Result<auth::BegunLogin>> begin(World world, LoginBeginning login) {
    const auto named = [&](const auth::OutsideIssuer& issuer) {
        return issuer.login->name == login.name;
    };
    Issuer* issuer = issuer_with(world, named);
    if (issuer == nullptr) co_return fail(ErrorCode::kNotFound, "there is no such provider");
    auto may = world.hub().login_starts.take(login.brake, world.monotonic());
    if (!may) co_return pass(may);
    auto addresses = co_await outside_addresses(world, issuer);
    if (!addresses) co_return pass(addresses);
    if (addresses->authorize.empty() || addresses->token.empty()) {
        log(LogLevel::kWarning, "outside_login_not_possible",
            {{"issuer", issuer->settings.policy.issuer}});
        co_return fail(ErrorCode::kUnavailable, "the provider says nowhere how to log in");
    }
    co_return world.hub().outside.logins.begin(issuer->settings, *addresses,
                                               std::move(login.redirect_uri), world.hub().random,
                                               world.monotonic());
}

/// A login whose code has come back, and from where.
struct Returned {
    Issuer* issuer = nullptr;
    auth::IssuerAddresses addresses;
    auth::PendingLogin pending;
    std::string code;
};

Result<Returned> read_return(World world, const LoginReturn& login) {
    const auto form = auth::Form::parse(login.query);
    if (!form) return not_proved("The answer of the provider cannot be read.");
    auto pending =
        world.hub().outside.logins.take(form->get("state"), login.browser, world.monotonic());
    if (!pending) {
        return not_proved(
            "This login was begun elsewhere, more than 10 minutes ago, or has ended already.");
    }
    const auto same = [&](const auth::OutsideIssuer& issuer) {
        return issuer.policy.issuer == pending->issuer;
    };
    Issuer* issuer = issuer_with(world, same);
    if (issuer == nullptr) return not_proved("The provider is not trusted any more.");
    auto code = auth::code_in(*form, pending->issuer, issuer->addresses);
    if (!code) return not_proved(code.error());
    return Returned{.issuer = issuer,
                    .addresses = issuer->addresses,
                    .pending = std::move(*pending),
                    .code = std::move(*code)};
}

std::unexpected<Error> refused(const auth::JwtRefusal& why) {
    log(LogLevel::kInfo, "outside_login_refused", {{"why", why.why}});
    return not_proved("What the provider says of you is not valid here.");
}

Task<Result<auth::OutsidePerson>> verify(World world, Returned returned, std::string token) {
    const auth::OutsideIssuer& issuer = returned.issuer->settings;
    const auto jwt = auth::read_jwt(token);
    if (!jwt) co_return refused(jwt.error());
    if (jwt->issuer != issuer.policy.issuer) {
        co_return refused({.fault = auth::JwtFault::kIssuer, .why = "another issuer's token"});
    }
    auto key = co_await outside_key(world, returned.issuer, *jwt);
    if (!key) co_return pass(key);
    const auth::JwtPolicy policy = auth::login_policy(issuer);
    const auto verified = auth::verify_jwt(*jwt, policy, {&*key, 1}, {world.now(), {}});
    if (!verified) co_return refused(verified.error());
    const auto good = auth::check_id_token(*jwt, checked(issuer.login), returned.pending);
    if (!good) co_return refused(good.error());
    auto person = auth::person_of(issuer, *jwt, verified->subject);
    if (!person) {
        co_return fail(ErrorCode::kForbidden, "Your account has no role in this hub.");
    }
    const auth::DeniedTokens::Token denied{.tenant = person->tenant,
                                           .issuer = verified->issuer,
                                           .subject = verified->subject,
                                           .jti = verified->jti};
    if (world.hub().outside.denied.has(denied, world.now())) {
        co_return fail(ErrorCode::kForbidden, "Your account is refused in this hub.");
    }
    co_return checked(std::move(person));
}

// What is stored of the person as what the issuer says makes it; nothing where it is so.
Result<std::optional<User>> changed_user(const World& world,
                                         const auth::OutsidePerson& person,
                                         const std::optional<User>& stored) {
    User user = stored.value_or(User{.tenant = person.tenant,
                                     .name = person.name,
                                     .full_name = {},
                                     .password = {},
                                     .created = world.now()});
    user.full_name = person.full_name;
    user.role = person.role;
    if (stored && *stored == user) return std::optional<User>{};
    const std::size_t most = world.rules().users;
    if (!stored && world.hub().policies.user_count(person.tenant) >= most) {
        auto full = fail(ErrorCode::kConflict, "The hub has as many users as it may.");
        full.error().limit = "tenant.users";
        return full;
    }
    ++user.version;
    return std::optional{std::move(user)};
}

// In turn, as every change of who may do what.
Task<Result<Actor>> let_in(World world, auth::OutsidePerson person) {
    const auto turn = co_await world.shard().policy.enter();
    if (!world.hub().policies.live_tenant(person.tenant)) {
        co_return fail(ErrorCode::kForbidden, "Your account has no role in this hub.");
    }
    auto found = co_await world.registry().user(person.tenant, person.name);
    if (!found) co_return pass(found);
    const std::optional<User> stored = std::move(*found);
    auto changed = changed_user(world, person, stored);
    if (!changed) co_return pass(changed);
    if (*changed) {
        const User user = checked(std::move(*changed));
        Transaction transaction;
        transaction.changes.emplace_back(
            PutUser{.user = user, .expected = stored ? stored->version : 0});
        auto done = co_await world.registry().commit(std::move(transaction));
        if (!done) co_return pass(done);
        world.hub().policies.put(user);
    }
    co_return Actor{.kind = PrincipalKind::kUser,
                    .tenant = person.tenant,
                    .id = person.name.text(),
                    .credential = {},
                    .scopes = Scopes::all()};
}

Task<Result<Actor>> prove(World world, LoginReturn login) {
    auto returned = read_return(world, login);
    if (!returned) co_return pass(returned);
    auth::CodeRequest request =
        auth::code_request(checked(returned->issuer->settings.login), returned->addresses,
                           returned->pending, returned->code);
    auto token = co_await world.hub().outside.redeem(&world.executor(), returned->issuer->settings,
                                                     std::move(request));
    if (!token) {
        log(LogLevel::kWarning, "outside_code_not_redeemed",
            {{"issuer", returned->pending.issuer}, {"why", token.error().detail}});
        const bool down = token.error().code == ErrorCode::kUnavailable;
        if (!down) co_return not_proved("The provider does not confirm this login.");
        co_return fail(ErrorCode::kUnavailable, "The provider does not answer: try again later.");
    }
    auto person = co_await verify(world, std::move(*returned), std::move(*token));
    if (!person) co_return pass(person);
    co_return co_await let_in(world, std::move(*person));
}

Task<Result<Actor>> finish(World world, LoginReturn login) {
    auth::Brake& brake = world.hub().login_address;
    const std::string address = login.brake;
    if (auto may = brake.take(address, world.monotonic()); !may) co_return pass(may);
    auto actor = co_await prove(world, std::move(login));
    // As with a password, only what proves nobody counts.
    const bool wrong = !actor && actor.error().code == ErrorCode::kUnauthenticated;
    if (!wrong) brake.give_back(address);
    co_return actor;
}

}  // namespace

Task<Result<auth::BegunLogin>> begin_outside_login(World world, LoginBeginning login) {
    co_return co_await OnFirstLoop<&begin>::run(world, std::move(login));
}

Task<Result<Actor>> finish_outside_login(World world, LoginReturn login) {
    co_return co_await OnFirstLoop<&finish>::run(world, std::move(login));
}

}  // namespace tandem::api
