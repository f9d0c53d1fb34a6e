#include "door/sign_in.h"

#include "api/audit.h"
#include "api/dispatch.h"
#include "contract/session.h"
#include "domain/audit.h"
#include "door/answer.h"
#include "net/address_limits.h"

namespace tandem::door {
namespace {

using contract::Encoding;
using ExchangePtr = std::shared_ptr<net::Exchange>;

void note_refused(const Doorway& doorway,
                  const net::Exchange& exchange,
                  const contract::Operation& operation,
                  const Error& error,
                  const std::string& resource) {
    if (!error.limit.empty()) doorway.world.hub().count_limit(error.limit);
    const std::string_view name = row(error.code).name;
    if (tells_refusal(name)) {
        leave_audit(doorway, exchange, operation, {}, std::string{name}, resource);
    }
}

void begin(const Doorway& doorway, const ExchangePtr& exchange, const Actor& who) {
    const contract::SessionView view{
        .user = who.id, .tenant = who.tenant.text(), .idle = auth::Sessions::kIdle};
    const Encoding encoding = problem_encoding(exchange->request());
    auto answer = reply_answer(
        {.status = 201,
         .body = contract::write_response(*contract::kSessionBegin.response, &view, encoding),
         .encoding = encoding},
        {});
    answer.headers.emplace_back("set-cookie", begin_session_of(doorway, *exchange, who, {}));
    exchange->respond(std::move(answer));
}

/// One try to log in, held up where too many before it have failed: by those from its address, and
/// by those to the account, where there is one.
class Attempt {
public:
    Attempt(const Doorway& doorway, const net::Peer& peer)
        : hub_{doorway.world.hub()}, address_{net::address_group(peer)} {}
    [[nodiscard]] Result<void> begin(std::string account, Monotonic now) {
        account_ = std::move(account);
        if (auto may = hub_.login_address.take(address_, now); !may) return may;
        auto may = hub_.login_account.take(account_, now);
        if (!may) hub_.login_address.give_back(address_);
        return may;
    }
    /// Only a wrong secret counts; a right one forgives those before it.
    void end(const Result<Actor>& found) {
        const bool wrong = !found && found.error().code == ErrorCode::kUnauthenticated;
        if (wrong) return;
        hub_.login_address.give_back(address_);
        if (found) {
            hub_.login_account.forget(account_);
        } else {
            hub_.login_account.give_back(account_);
        }
    }

private:
    api::Hub& hub_;
    std::string address_;
    std::string account_;
};

Task<Result<Actor>> check_password(api::World world,
                                   TenantId tenant,
                                   std::string name,
                                   std::string password) {
    auto found = co_await world.registry().user(tenant, UserId{name});
    if (!found) co_return pass(found);
    const std::optional<User> user = std::move(*found);
    if (world.hub().passwords == nullptr) {
        co_return fail(ErrorCode::kUnavailable, "this hub verifies no passwords");
    }
    // Without such a user the same work is done: how long it takes tells nobody who exists.
    auto good = co_await world.hub().passwords->verify(&world.executor(), std::move(password),
                                                       user ? user->password : "");
    if (!good) co_return pass(good);
    if (!*good || !user) {
        co_return fail(ErrorCode::kUnauthenticated, "there is no such user with this password");
    }
    co_return Actor{.kind = PrincipalKind::kUser,
                    .tenant = tenant,
                    .id = name,
                    .credential = {},
                    .scopes = Scopes::all()};
}

Task<void> begin_with_password(Doorway doorway,
                               ExchangePtr exchange,
                               contract::SessionBegin request) {
    TenantId tenant = doorway.settings.owner.tenant;
    if (request.tenant) tenant = TenantId{*request.tenant};
    const std::string user = request.user.value_or("");
    Attempt attempt{doorway, exchange->peer()};
    auto may = attempt.begin(
        auth::principal_key({.kind = PrincipalKind::kUser, .tenant = tenant, .id = user}),
        doorway.world.monotonic());
    // Of an account that there is: what else is typed there may be somebody's password.
    std::string account = text_of(PrincipalKind::kUser, user);
    if (!doorway.world.hub().policies.find(tenant, account)) account.clear();
    if (!may) co_return refuse(doorway, exchange, contract::kSessionBegin, may.error(), account);
    auto actor = co_await check_password(doorway.world, std::move(tenant), user,
                                         request.password.value_or(""));
    attempt.end(actor);
    if (exchange->gone()) co_return;
    if (!actor) {
        refuse(doorway, exchange, contract::kSessionBegin, actor.error(), account);
    } else {
        begin(doorway, exchange, *actor);
    }
}

void begin_session(const Doorway& doorway, const ExchangePtr& exchange) {
    if (doorway.settings.setup != nullptr) {
        // Also once it has one: the session would end with this hub, in a moment.
        auto early = fail(ErrorCode::kUnavailable, "the hub has no administrator yet");
        early.error().retry_after = 1s;
        return refuse(doorway, exchange, contract::kSessionBegin, early.error());
    }
    contract::SessionBegin request;
    if (auto good = read_body(*exchange, contract::kSessionBegin, &request); !good) {
        return refuse(doorway, exchange, contract::kSessionBegin, good.error());
    }
    if (request.code) {
        const Monotonic now = doorway.world.monotonic();
        Attempt attempt{doorway, exchange->peer()};
        if (auto may = attempt.begin({}, now); !may) {
            return refuse(doorway, exchange, contract::kSessionBegin, may.error());
        }
        auto actor = doorway.world.hub().sessions.redeem_code(*request.code, now);
        attempt.end(actor);
        if (!actor) return refuse(doorway, exchange, contract::kSessionBegin, actor.error());
        return begin(doorway, exchange, *actor);
    }
    if (!request.user || !request.password) {
        return refuse(doorway, exchange, contract::kSessionBegin,
                      fail_field("", "`code`, or `user` and `password`, are needed").error());
    }
    spawn(begin_with_password(doorway, exchange, std::move(request)));
}

void end_session(const Doorway& doorway, const ExchangePtr& exchange) {
    auto proof = read_proof(exchange->request(), exchange->peer(), doorway.settings);
    if (!proof) return refuse(doorway, exchange, contract::kSessionEnd, proof.error());
    const auto ended = doorway.world.hub().sessions.end(proof->cookie);
    if (ended) {
        doorway.settings.ended(ended->credential);
        leave_audit(doorway, *exchange, contract::kSessionEnd, ended, "ok");
    }
    exchange->respond({.status = 204,
                       .headers = {{"set-cookie", hub_cookie(cookie_name(exchange->peer().tls), {},
                                                             "; SameSite=Strict; Max-Age=0",
                                                             exchange->peer().tls)}}});
}

// Whom a code stands for: the administrator whose name `tandem init` gave, or another, where that
// one is no more.
std::optional<Actor> an_administrator(const Doorway& doorway) {
    const Actor& owner = doorway.settings.owner;
    std::optional<Actor> found;
    for (const User& user : doorway.world.hub().policies.users(owner.tenant)) {
        if (user.role != Role::kAdmin) continue;
        const bool first = user.name.text() == owner.id;
        if (found && !first) continue;
        found = Actor{.kind = PrincipalKind::kUser,
                      .tenant = user.tenant,
                      .id = user.name.text(),
                      .credential = owner.credential,
                      .scopes = Scopes::all()};
    }
    return found;
}

void make_code(const Doorway& doorway, const ExchangePtr& exchange) {
    if (!doorway.settings.local) {
        return refuse(doorway, exchange, contract::kLoginCodeCreate,
                      fail(ErrorCode::kForbidden,
                           "codes are made on the hub's machine: tandem login-code --data DIR")
                          .error());
    }
    const auto who = an_administrator(doorway);
    if (!who) {
        return refuse(doorway, exchange, contract::kLoginCodeCreate,
                      fail(ErrorCode::kConflict, "there is no administrator: tandem init").error());
    }
    const contract::LoginCode view{
        .code = doorway.world.hub().sessions.make_code(*who, doorway.world.monotonic()),
        .expires = doorway.world.now() + auth::Sessions::kCodeLife};
    leave_audit(doorway, *exchange, contract::kLoginCodeCreate, doorway.settings.owner, "ok");
    exchange->respond(
        reply_answer({.status = 201,
                      .body = contract::write_response(*contract::kLoginCodeCreate.response, &view,
                                                       Encoding::kJson)},
                     {}));
}

}  // namespace

void leave_audit(const Doorway& doorway,
                 const net::Exchange& exchange,
                 const contract::Operation& operation,
                 const std::optional<Actor>& actor,
                 std::string result,
                 const std::string& resource) {
    api::audit(doorway.world, {.time = doorway.world.now(),
                               .tenant = actor ? actor->tenant : doorway.settings.owner.tenant,
                               .actor = actor ? "user:" + actor->id : "anonymous",
                               .credential = actor ? actor->credential : "",
                               .address = exchange.peer().address,
                               .door = Door::kRest,
                               .action = std::string{operation.name},
                               .resource = resource,
                               .result = std::move(result)});
}

void refuse(const Doorway& doorway,
            const ExchangePtr& exchange,
            const contract::Operation& operation,
            const Error& error,
            const std::string& resource) {
    note_refused(doorway, *exchange, operation, error, resource);
    exchange->respond(problem_answer(error, problem_encoding(exchange->request())));
}

Result<void> read_body(const net::Exchange& exchange,
                       const contract::Operation& operation,
                       void* to) {
    const net::HttpRequest& sent = exchange.request();
    const auto type = joined_header(sent, "content-type");
    const auto encoding = type.empty() ? Encoding::kJson : contract::encoding_of(type);
    if (!encoding) return fail(ErrorCode::kUnsupportedMediaType, "application/json is accepted");
    const contract::Input input{.body = {.encoding = *encoding, .bytes = sent.body}};
    return contract::read_request(operation, input, to);
}

std::string hub_cookie(std::string_view name,
                       std::string_view value,
                       std::string_view rules,
                       bool tls) {
    const std::string out =
        std::string{name} + "=" + std::string{value} + "; Path=/; HttpOnly" + std::string{rules};
    return tls ? out + "; Secure" : out;
}

std::string begin_session_of(const Doorway& doorway,
                             const net::Exchange& exchange,
                             const Actor& who,
                             const std::string& from) {
    auth::Sessions& sessions = doorway.world.hub().sessions;
    const Monotonic now = doorway.world.monotonic();
    const std::string cookie = sessions.begin(who, now);
    auto actor = sessions.find(cookie, now);
    leave_audit(doorway, exchange, contract::kSessionBegin,
                actor ? std::optional{*actor} : std::nullopt, "ok", from);
    const bool tls = exchange.peer().tls;
    return hub_cookie(cookie_name(tls), cookie, "; SameSite=Strict", tls);
}

void note_refused_login(const Doorway& doorway,
                        const net::Exchange& exchange,
                        const Error& error,
                        const std::string& from) {
    note_refused(doorway, exchange, contract::kSessionBegin, error, from);
}

bool serve_sign_in(const Doorway& doorway, const ExchangePtr& exchange) {
    const net::HttpRequest& request = exchange->request();
    const std::string_view path = request.path();
    const bool session = path == contract::kSessionBegin.path;
    if (!session && path != contract::kLoginCodeCreate.path) return false;
    const std::string_view allow = session ? "POST, DELETE, OPTIONS" : "POST, OPTIONS";
    if (request.method == "OPTIONS") {
        exchange->respond({.status = 204, .headers = {{"allow", std::string{allow}}}});
    } else if (request.method == "POST") {
        session ? begin_session(doorway, exchange) : make_code(doorway, exchange);
    } else if (request.method == "DELETE" && session) {
        end_session(doorway, exchange);
    } else {
        exchange->respond(method_refused(request.method, allow, problem_encoding(request)));
    }
    return true;
}

}  // namespace tandem::door
