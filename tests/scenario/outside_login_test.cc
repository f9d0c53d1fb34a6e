// Logins to the console with an outside issuer: who gets in as what, and all that does not let
// anybody in.
#include "auth/outside_login.h"

#include "auth/test_jwt.h"
#include "codec/base64.h"
#include "scenario/oauth_fixture.h"

#include <algorithm>
#include <initializer_list>

namespace tandem::simulation {
namespace {

using auth::test::SigningKey;

const std::string kIssuer = "https://idp.example";
const std::string kCallback = "http://127.0.0.1:8080/oauth/callback";

/// A hub whose people may log in with an issuer: operators by a group, one administrator by `sub`.
struct Letting : Estate {
    Letting() : Estate{api::Rules{}, false} {
        auto issuer = std::make_unique<api::OutsideState::Issuer>();
        issuer->settings = {
            .policy = {.issuer = kIssuer,
                       .audiences = {},
                       .algorithms = {auth::JwsAlgorithm::kEdDsa},
                       .scopes = {},
                       .life_max = 24h},
            .tenant = node::home_tenant(),
            .app = {},
            .user_claim = {},
            .ca_file = {},
            .login = auth::OutsideLogin{.name = "Plant",
                                        .client_id = "tandem",
                                        .secret = "s3cret",
                                        .secret_file = {},
                                        .rules = {{.claim = {"sub"},
                                                   .word = "boss-1",
                                                   .role = Role::kAdmin,
                                                   .tenant = node::home_tenant()},
                                                  {.claim = {"realm", "groups"},
                                                   .word = "operators",
                                                   .role = Role::kOperator,
                                                   .tenant = node::home_tenant()}}}};
        hub.hub->outside.issuers.push_back(std::move(issuer));
        hub.hub->outside.fetch = [this](Executor*, auth::OutsideIssuer) { return fetch(); };
        hub.hub->outside.redeem = [this](Executor*, auth::OutsideIssuer,
                                         auth::CodeRequest request) {
            return redeem(std::move(request));
        };
        hub.doors.providers = {"Plant"};
    }

    Task<Result<api::FetchedKeys>> fetch() {
        if (down) co_return fail(ErrorCode::kUnavailable, "no connection");
        Value::Array keys;
        keys.push_back(auth::test::jwk_of(signing, "k1"));
        auto read = auth::parse_jwks(codec::to_json(Value::Object{{"keys", std::move(keys)}}));
        if (!read) co_return pass(read);
        co_return api::FetchedKeys{.keys = std::move(*read),
                                   .addresses = {.keys = kIssuer + "/keys",
                                                 .authorize = kIssuer + "/auth",
                                                 .token = kIssuer + "/token",
                                                 .says_issuer = says_issuer},
                                   .max_age = {}};
    }
    Task<Result<std::string>> redeem(auth::CodeRequest request) {
        ++redeemed;
        asked = std::move(request);
        if (down) co_return fail(ErrorCode::kUnavailable, "no connection");
        if (token.empty()) co_return fail(ErrorCode::kBadRequest, "status 400");
        co_return token;
    }

    /// A browser that has been sent to the issuer.
    struct Sent {
        std::string to;
        std::string cookie;
        [[nodiscard]] std::string parameter(const std::string& name) const {
            return OAuthEstate::parameter(to, name);
        }
    };
    Sent begin() {
        const Answer answer = ask(hub, {.target = "/oauth/login?provider=Plant"});
        REQUIRE_MESSAGE(answer.status == 303, answer.body);
        const std::string cookie = answer.field("set-cookie");
        CHECK(cookie.contains("HttpOnly"));
        CHECK(cookie.contains("SameSite=Lax"));
        return {.to = answer.field("location"), .cookie = cookie.substr(0, cookie.find(';'))};
    }
    std::string id_token(const std::string& nonce,
                         const std::string& also,
                         const std::string& audience = R"("tandem")",
                         const std::string& issuer = kIssuer) {
        const std::int64_t now = hub.clock.now().time_since_epoch() / 1s;
        return auth::test::token_of(signing, R"({"alg":"EdDSA","kid":"k1"})",
                                    R"({"iss":")" + issuer + R"(","aud":)" + audience +
                                        R"(,"nonce":")" + nonce + R"(","exp":)" +
                                        std::to_string(now + 300) + "," + also + "}");
    }
    Answer come_back(const std::string& query, const std::string& cookie) {
        net::Headers headers;
        if (!cookie.empty()) headers.emplace_back("Cookie", cookie);
        return ask(hub, {.target = "/oauth/callback?" + query, .headers = std::move(headers)});
    }
    /// The whole way, of somebody of whom the issuer says `claims`.
    Answer log_in(const std::string& claims) {
        const Sent sent = begin();
        token = id_token(sent.parameter("nonce"), claims);
        return come_back("code=abc&state=" + sent.parameter("state"), sent.cookie);
    }
    Answer me(const Answer& in) {
        const std::string cookie = in.field("set-cookie");
        return ask(
            hub, {.target = "/v1/me", .headers = {{"Cookie", cookie.substr(0, cookie.find(';'))}}});
    }

    SigningKey signing = auth::test::make_ed25519();
    std::string token;
    auth::CodeRequest asked;
    int redeemed = 0;
    bool down = false;
    bool says_issuer = false;
};

const std::string kOperator = R"("sub":"u-7","name":"Ola","realm":{"groups":["x","operators"]})";

bool refuses(const Answer& answer, int status) {
    return answer.status == status && !answer.field("set-cookie").contains("tandem-session");
}

}  // namespace

TEST_CASE(
    "the browser is sent to the issuer with PKCE, state and nonce, each another one each time") {
    Letting hub;
    const auto first = hub.begin();
    const auto second = hub.begin();
    CHECK(first.to.starts_with(kIssuer + "/auth?"));
    CHECK(first.parameter("response_type") == "code");
    CHECK(first.parameter("client_id") == "tandem");
    CHECK(first.parameter("redirect_uri") == kCallback);
    CHECK(first.parameter("scope") == "openid");
    CHECK(first.parameter("code_challenge_method") == "S256");
    for (const char* name : {"state", "nonce", "code_challenge"}) {
        CHECK(first.parameter(name).size() == 43);
        CHECK(first.parameter(name) != second.parameter(name));
    }
    CHECK(first.cookie != second.cookie);
    const Answer names = ask(hub.hub, {.target = "/oauth/providers"});
    CHECK(names.body == R"({"providers":["Plant"]})");
    CHECK(refuses(ask(hub.hub, {.target = "/oauth/login?provider=Other"}), 404));
}

TEST_CASE("whoever the issuer says is of a group has its role, by issuer and subject alone") {
    Letting hub;
    const auto sent = hub.begin();
    hub.token = hub.id_token(sent.parameter("nonce"), kOperator);
    const Answer in = hub.come_back("code=a%2Bb&state=" + sent.parameter("state"), sent.cookie);
    REQUIRE_MESSAGE(in.status == 303, in.body);
    CHECK(in.field("location") == "/");
    CHECK(in.field("set-cookie").contains("SameSite=Strict"));
    // What was asked of the issuer: the code, with what proves that this hub began it.
    CHECK(hub.asked.url == kIssuer + "/token");
    CHECK(hub.asked.authorization == basic("tandem", "s3cret"));
    CHECK(OAuthEstate::parameter("?" + hub.asked.form, "code") == "a+b");
    CHECK(OAuthEstate::parameter("?" + hub.asked.form, "redirect_uri") == kCallback);
    CHECK(codec::base64url_encode(auth::digest(OAuthEstate::parameter(
              "?" + hub.asked.form, "code_verifier"))) == sent.parameter("code_challenge"));
    const std::string id = auth::outside_user(kIssuer, "u-7").text();
    CHECK(text_in(hub.me(in).json(), "id") == id);
    const Value user = hub.done("GET", "/v1/users/" + id);
    CHECK(text_in(user, "role") == "operator");
    CHECK(text_in(user, "name") == "Ola");
    const auto lines = hub.hub.audit();
    CHECK(std::ranges::find(lines, "user:" + id + " session.begin ok") != lines.end());

    SUBCASE("and no other once the issuer says another") {
        const Answer again = hub.log_in(R"("sub":"u-7","name":"Ola","realm":{"groups":["x"]})");
        CHECK(refuses(again, 403));
        const Answer boss = hub.log_in(R"("sub":"boss-1")");
        CHECK(boss.status == 303);
        const std::string other = auth::outside_user(kIssuer, "boss-1").text();
        CHECK(text_in(hub.me(boss).json(), "id") == other);
        CHECK(text_in(hub.done("GET", "/v1/users/" + other), "role") == "admin");
    }
    SUBCASE("and nobody gives them a password, or takes their id") {
        CHECK(hub.call(hub.boss, "POST", "/v1/users/" + id + "/password",
                       R"({"password":"another word"})")
                  .status == 409);
        CHECK(hub.call(hub.boss, "POST", "/v1/users",
                       R"({"id":"oidc-me","password":"another word","role":"viewer"})")
                  .status == 400);
        CHECK(ask(hub.hub, {.method = "POST",
                            .target = "/v1/session",
                            .body = R"({"user":")" + id + R"(","password":""})"})
                  .status != 201);
    }
}

TEST_CASE("whom no rule names is not let in, an address or a part of a word names nobody") {
    Letting hub;
    for (const char* claims : {R"("sub":"u-8")", R"("sub":"u-8","email":"boss-1")",
                               R"("sub":"u-8","groups":["operators"])", R"("sub":"boss-10")",
                               R"("sub":"u-8","realm":{"groups":"operators other"})",
                               R"("sub":"u-8","realm":{"groups":["Operators","operators2",7]})"}) {
        CAPTURE(claims);
        CHECK(refuses(hub.log_in(claims), 403));
    }
    CHECK(hub.hub.hub->policies.user_count(node::home_tenant()) == 1);
    const auto lines = hub.hub.audit();
    CHECK(std::ranges::find(lines, "anonymous session.begin forbidden") != lines.end());
}

TEST_CASE("what comes back counts once, in time, and in the browser that was sent") {
    Letting hub;
    const auto sent = hub.begin();
    const std::string good = "code=abc&state=" + sent.parameter("state");
    hub.token = hub.id_token(sent.parameter("nonce"), kOperator);
    CHECK(refuses(hub.come_back("code=abc", sent.cookie), 401));
    CHECK(refuses(hub.come_back("code=abc&state=wrong", sent.cookie), 401));
    CHECK(refuses(hub.come_back(good, ""), 401));
    CHECK(refuses(hub.come_back(good, "tandem-login=another"), 401));
    CHECK(refuses(hub.come_back(good, hub.begin().cookie), 401));
    CHECK(refuses(hub.come_back(good + "&state=x", sent.cookie), 401));
    CHECK(hub.redeemed == 0);
    SUBCASE("it is taken once") {
        CHECK(hub.come_back(good, sent.cookie).status == 303);
        CHECK(refuses(hub.come_back(good, sent.cookie), 401));
        CHECK(hub.redeemed == 1);
    }
    SUBCASE("and not after 10 minutes") {
        hub.hub.pass(10min + 1s);
        CHECK(refuses(hub.come_back(good, sent.cookie), 401));
        CHECK(hub.redeemed == 0);
    }
}

TEST_CASE("an answer that is another issuer's, an error or none is refused") {
    Letting hub;
    const auto with = [&](const std::string& query) {
        const auto sent = hub.begin();
        hub.token = hub.id_token(sent.parameter("nonce"), kOperator);
        return hub.come_back(query + "&state=" + sent.parameter("state"), sent.cookie);
    };
    CHECK(refuses(with("code=abc&iss=https%3A%2F%2Fevil.example"), 401));
    CHECK(with("code=abc&iss=https%3A%2F%2Fidp.example").status == 303);
    const Answer denied = with("error=access_denied&error_description=%3Cscript%3E");
    CHECK(refuses(denied, 401));
    CHECK(denied.body.contains("access_denied"));
    CHECK(!denied.body.contains("script"));
    CHECK(!with("error=%3Cb%3E").body.contains("<b>"));
    CHECK(refuses(with("code="), 401));
    SUBCASE("where the issuer says that it names itself it has to") {
        hub.hub.pass(11min);
        hub.says_issuer = true;
        CHECK(refuses(with("code=abc"), 401));
        CHECK(with("code=abc&iss=https%3A%2F%2Fidp.example").status == 303);
    }
}

TEST_CASE("an id token for something else lets nobody in") {
    Letting hub;
    const auto with = [&](auto make) {
        const auto sent = hub.begin();
        hub.token = make(sent.parameter("nonce"));
        return hub.come_back("code=abc&state=" + sent.parameter("state"), sent.cookie);
    };
    using Nonce = const std::string&;
    CHECK(refuses(with([&](Nonce) { return hub.id_token("another", kOperator); }), 401));
    CHECK(refuses(with([&](Nonce nonce) { return hub.id_token(nonce, kOperator, R"("other")"); }),
                  401));
    CHECK(refuses(
        with([&](Nonce nonce) { return hub.id_token(nonce, kOperator, R"(["tandem","other"])"); }),
        401));
    CHECK(refuses(
        with([&](Nonce nonce) { return hub.id_token(nonce, kOperator + R"(,"azp":"other")"); }),
        401));
    CHECK(refuses(with([&](Nonce nonce) {
                      return hub.id_token(nonce, kOperator, R"("tandem")", "https://evil.example");
                  }),
                  401));
    CHECK(refuses(with([&](Nonce nonce) {
                      SigningKey other = auth::test::make_ed25519();
                      std::swap(hub.signing, other);
                      auto forged = hub.id_token(nonce, kOperator);
                      std::swap(hub.signing, other);
                      return forged;
                  }),
                  401));
    CHECK(refuses(with([&](Nonce) { return std::string{"a.b.c"}; }), 401));
    CHECK(refuses(with([&](Nonce) { return std::string{}; }), 401));
    const Answer several = with([&](Nonce nonce) {
        return hub.id_token(nonce, kOperator + R"(,"azp":"tandem")", R"(["tandem","other"])");
    });
    CHECK(several.status == 303);
}

TEST_CASE("an id token is no bearer, whatever it says") {
    Letting hub;
    const std::string token = hub.id_token("n", kOperator + R"(,"scope":"telemetry:read")");
    CHECK(hub.call(token, "GET", "/v1/me").status == 401);
}

TEST_CASE("while the issuer is down nobody gets in, and is told to come later") {
    Letting hub;
    hub.down = true;
    CHECK(refuses(ask(hub.hub, {.target = "/oauth/login?provider=Plant"}), 503));
    hub.hub.pass(31s);
    hub.down = false;
    const auto sent = hub.begin();
    hub.down = true;
    const Answer refused = hub.come_back("code=abc&state=" + sent.parameter("state"), sent.cookie);
    CHECK(refuses(refused, 503));
    // The password of a local user still works.
    CHECK(hub.hub.hub->login_address.look("192.0.2.7", hub.hub.clock.monotonic()));
}

TEST_CASE("logins that fail hold their address up, and so do too many that begin") {
    Letting hub;
    for (int at = 0; at < 20; ++at)
        CHECK(refuses(hub.come_back("code=abc&state=x", ""), 401));
    CHECK(refuses(hub.come_back("code=abc&state=x", ""), 429));
    const auto begun = [&] {
        return ask(hub.hub, {.target = "/oauth/login?provider=Plant"}).status;
    };
    int most = 0;
    while (most < 100 && begun() == 303)
        ++most;
    CHECK(most == 30);
    CHECK(begun() == 429);
    hub.hub.pass(1min);
    CHECK(begun() == 303);
}

TEST_CASE("logins that have begun are so many, and the oldest ends") {
    Letting hub;
    const auto& issuer = hub.hub.hub->outside.issuers.front()->settings;
    auth::PendingLogins logins;
    const auth::IssuerAddresses addresses{.authorize = kIssuer + "/auth?x=1"};
    std::vector<auth::BegunLogin> begun;
    for (std::size_t at = 0; at <= auth::PendingLogins::kMax; ++at) {
        begun.push_back(logins.begin(issuer, addresses, kCallback, hub.hub.random,
                                     Monotonic{1'000s} + std::chrono::milliseconds{at}));
    }
    CHECK(logins.size() == auth::PendingLogins::kMax);
    CHECK(begun.front().to.starts_with(kIssuer + "/auth?x=1&response_type=code&"));
    const auto taken = [&](const auth::BegunLogin& login) {
        return logins
            .take(OAuthEstate::parameter(login.to, "state"), login.browser, Monotonic{1'011s})
            .has_value();
    };
    CHECK(!taken(begun.front()));
    CHECK(taken(begun.at(1)));
    CHECK(taken(begun.back()));
}

TEST_CASE("a subject that is denied here is out at once, and stays out") {
    Letting hub;
    const Answer in = hub.log_in(kOperator);
    REQUIRE(in.status == 303);
    CHECK(hub.me(in).status == 200);
    hub.done("POST", "/v1/denials", R"({"issuer":")" + kIssuer + R"(","sub":"u-7"})");
    CHECK(hub.me(in).status == 401);
    CHECK(refuses(hub.log_in(kOperator), 403));
    CHECK(hub.log_in(R"("sub":"boss-1")").status == 303);
    hub.hub.pass(24h + 2min);
    CHECK(hub.log_in(kOperator).status == 303);
}

}  // namespace tandem::simulation
