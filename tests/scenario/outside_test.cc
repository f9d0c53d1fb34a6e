// Bearers of outside issuers at both doors: whom they speak for, and what becomes of them while the
// issuer's keys change, cannot be had, or are asked for by who has none.
#include "auth/test_jwt.h"
#include "codec/base64.h"
#include "scenario/access_fixture.h"

#include <algorithm>
#include <initializer_list>

namespace tandem::simulation {
namespace {

using auth::test::SigningKey;

const std::string kIssuer = "https://idp.example";

/// A hub that trusts one issuer, which has a key.
struct Trusting : Estate {
    explicit Trusting(api::Rules rules = {}) : Estate{std::move(rules), false} {
        hub.make_device("lamp-1");
        make_app("erp");
        grant(R"("app":"erp","devices":["lamp-1"],"scopes":["telemetry:read","telemetry:write"])");
        auto issuer = std::make_unique<api::OutsideState::Issuer>();
        issuer->settings = {
            .policy = {.issuer = kIssuer,
                       .audiences = {"tandem"},
                       .algorithms = {auth::JwsAlgorithm::kEdDsa},
                       .scopes = {{.claim = {"scope"}, .word = {}, .scopes = grantable_scopes()}},
                       .life_max = {}},
            .tenant = node::home_tenant(),
            .app = AppId{"erp"}};
        hub.hub->outside.issuers.push_back(std::move(issuer));
        hub.hub->outside.fetch = [this](Executor*, auth::OutsideIssuer) { return fetch(); };
    }

    Task<Result<api::FetchedKeys>> fetch() {
        ++fetches;
        if (hangs) co_await answer;
        if (down) co_return fail(ErrorCode::kUnavailable, "no connection");
        Value::Array keys;
        for (const auto& [kid, key] : published)
            keys.push_back(auth::test::jwk_of(key, kid));
        auto read = auth::parse_jwks(codec::to_json(Value::Object{{"keys", std::move(keys)}}));
        if (!read) co_return pass(read);
        co_return api::FetchedKeys{.keys = std::move(*read), .max_age = {}};
    }

    std::string token(const std::string& scope = "telemetry:read telemetry:write",
                      const std::string& kid = "k1",
                      const std::string& also = "") {
        const std::int64_t now = hub.clock.now().time_since_epoch() / 1s;
        return auth::test::token_of(
            signing, R"({"alg":"EdDSA","typ":"at+jwt","kid":")" + kid + R"("})",
            R"({"iss":")" + kIssuer + R"(","aud":"tandem","sub":"s-)" + std::to_string(++made) +
                R"(","scope":")" + scope + R"(","exp":)" + std::to_string(now + 300) + also + "}");
    }
    int status(const std::string& bearer_token) {
        return call(bearer_token, "GET", "/v1/me").status;
    }

    SigningKey signing = auth::test::make_ed25519();
    std::vector<std::pair<std::string, SigningKey>> published{{"k1", signing}};
    int fetches = 0;
    int made = 0;
    bool down = false;
    bool hangs = false;
    Completion<bool> answer;
};

}  // namespace

TEST_CASE(
    "an outside token speaks for its issuer's app at both doors, within its grants and scopes") {
    Trusting hub;
    const std::string token = hub.token();
    const Value me = hub.call(token, "GET", "/v1/me").json();
    CHECK(*me.find("kind") == Value{"app"});
    CHECK(*me.find("id") == Value{"erp"});
    CHECK(hub.call(token, "POST", "/v1/devices/lamp-1/telemetry", R"({"power":1})").status == 200);
    CHECK(hub.call(token, "GET", "/v1/devices/lamp-2/latest").status == 404);
    const std::string reads = hub.token("telemetry:read commands:send users:manage nonsense");
    CHECK(hub.call(reads, "GET", "/v1/devices/lamp-1/latest").status == 200);
    CHECK(hub.call(reads, "POST", "/v1/devices/lamp-1/telemetry", "{}").problem() == "forbidden");
    CHECK(hub.call(reads, "GET", "/v1/users").problem() == "forbidden");
    Socket socket{hub.hub, bearer(token)};
    CHECK(socket.open());
    Socket late{hub.hub};
    REQUIRE(late.open());
    const Value said =
        late.request(R"({"id":1,"op":"auth","body":{"token":")" + hub.token() + R"("}})");
    CHECK(*said.find("status") == Value{200});
    CHECK(hub.fetches == 1);
}

TEST_CASE("a token that is not good opens neither door, and is audited") {
    Trusting hub;
    const SigningKey other = auth::test::make_ed25519();
    const auto with = [&](const std::string& header, const std::string& claims,
                          const SigningKey& key) {
        return auth::test::token_of(key, header, claims);
    };
    const std::string head = R"({"alg":"EdDSA","typ":"at+jwt","kid":"k1"})";
    const auto claims = [&](const std::string& issuer, const std::string& audience, int life) {
        const std::int64_t now = hub.hub.clock.now().time_since_epoch() / 1s;
        return R"({"iss":")" + issuer + R"(","aud":")" + audience +
               R"(","sub":"s","scope":"telemetry:read","exp":)" + std::to_string(now + life) + "}";
    };
    for (const std::string& token :
         {with(head, claims(kIssuer, "tandem", 300), other),
          with(head, claims("https://evil.example", "tandem", 300), hub.signing),
          with(head, claims(kIssuer, "another", 300), hub.signing),
          with(head, claims(kIssuer, "tandem", -120), hub.signing),
          with(R"({"alg":"EdDSA","kid":"k1"})", claims(kIssuer, "tandem", 300), hub.signing),
          with(R"({"alg":"none","typ":"at+jwt"})", claims(kIssuer, "tandem", 300), hub.signing),
          std::string{"a.b.c"}, std::string{".."}}) {
        CHECK(hub.status(token) == 401);
        Socket socket{hub.hub, bearer(token)};
        CHECK(socket.answer().status == 401);
        Socket late{hub.hub};
        REQUIRE(late.open());
        late.send(R"({"id":1,"op":"auth","body":{"token":")" + token + R"("}})");
        hub.hub.settle();
        CHECK(late.closed().starts_with("4401"));
    }
    const auto lines = hub.hub.audit();
    CHECK(std::ranges::find(lines, "anonymous me.get unauthenticated") != lines.end());
}

TEST_CASE(
    "a key that the issuer has put in a new one's place is fetched once, and the old one ends") {
    Trusting hub;
    CHECK(hub.status(hub.token()) == 200);
    const std::string old = hub.token();
    const SigningKey fresh = auth::test::make_ed25519();
    hub.published = {{"k2", fresh}};
    hub.signing = fresh;
    hub.hub.pass(31s);
    CHECK(hub.status(hub.token("telemetry:read", "k2")) == 200);
    CHECK(hub.fetches == 2);
    CHECK(hub.status(old) == 401);
    CHECK(hub.fetches == 2);
}

TEST_CASE("while the issuer is away its keys go on; without any the caller is told to wait") {
    Trusting hub;
    hub.down = true;
    const Answer refused = hub.call(hub.token(), "GET", "/v1/me");
    CHECK(refused.status == 503);
    CHECK(refused.field("retry-after") == "1");
    Socket late{hub.hub};
    REQUIRE(late.open());
    late.send(R"({"id":1,"op":"auth","body":{"token":")" + hub.token() + R"("}})");
    hub.hub.settle();
    CHECK(late.closed().starts_with("1013"));
    hub.down = false;
    hub.hub.pass(31s);
    CHECK(hub.status(hub.token()) == 200);
    hub.down = true;
    hub.hub.pass(20min);
    CHECK(hub.status(hub.token()) == 200);
    hub.hub.clock.passed += 24h + 10min;
    CHECK(hub.status(hub.token()) == 503);
}

TEST_CASE("a flood of unknown keys has two fetches a minute") {
    Trusting hub;
    CHECK(hub.status(hub.token()) == 200);
    const int before = hub.fetches;
    for (int at = 0; at < 60; ++at) {
        for (int each = 0; each < 5; ++each) {
            CHECK(hub.status(hub.token("telemetry:read", "unknown-" + std::to_string(each))) ==
                  401);
        }
        hub.hub.pass(1s);
    }
    CHECK(hub.fetches - before <= 2);
    CHECK(hub.status(hub.token()) == 200);
}

TEST_CASE("requests wait for the fetch under way, so many of them") {
    Trusting hub;
    hub.hangs = true;
    const std::string token = hub.token();
    std::vector<std::unique_ptr<Connection>> waiting;
    for (std::size_t at = 0; at < api::OutsideState::kWaitingMax + 2; ++at) {
        waiting.push_back(std::make_unique<Connection>(hub.hub));
        waiting.back()->feed(
            "GET /v1/me HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAuthorization: Bearer " + token +
            "\r\n\r\n");
    }
    hub.hub.settle();
    CHECK(waiting.back()->take().contains(" 503 "));
    CHECK(waiting.front()->take().empty());
    hub.answer.complete(true);
    hub.hub.settle();
    CHECK(waiting.front()->take().contains(" 200 "));
    CHECK(hub.fetches == 1);
}

TEST_CASE("a socket of an outside token ends with it, and with the app that it speaks for") {
    Trusting hub;
    Socket socket{hub.hub, bearer(hub.token())};
    Socket other{hub.hub, bearer(hub.token())};
    REQUIRE(socket.open());
    REQUIRE(other.open());
    SUBCASE("with the app") {
        const std::string token = hub.token();
        CHECK(hub.status(token) == 200);
        hub.done("DELETE", "/v1/apps/erp");
        hub.hub.settle();
        CHECK(socket.closed().starts_with("4401"));
        CHECK(other.closed().starts_with("4401"));
        CHECK(hub.status(token) == 401);
        CHECK(hub.status(hub.token()) == 401);
    }
    SUBCASE("with its time") {
        hub.hub.clock.ahead += 5min + 2min;
        hub.hub.part->sockets.end_expired(hub.hub.world());
        CHECK(socket.closed().starts_with("4401"));
    }
}

TEST_CASE("a token speaks for the user that its claim names, no more than the user may") {
    Trusting hub;
    auto& settings = hub.hub.hub->outside.issuers.front()->settings;
    settings.app = AppId{};
    settings.user_claim = "preferred_username";
    hub.done("POST", "/v1/users", R"({"id":"anna","role":"viewer","password":"a word of theirs"})");
    const auto of = [&](const std::string& name) {
        return hub.token("telemetry:read telemetry:write", "k1",
                         R"(,"preferred_username":")" + name + R"(")");
    };
    const std::string anna = of("anna");
    CHECK(*hub.call(anna, "GET", "/v1/me").json().find("id") == Value{"anna"});
    CHECK(hub.call(anna, "GET", "/v1/devices/lamp-1/latest").status == 200);
    CHECK(hub.call(anna, "POST", "/v1/devices/lamp-1/telemetry", "{}").problem() == "forbidden");
    CHECK(hub.status(of("nobody")) == 401);
    CHECK(hub.status(of("../anna")) == 401);
    CHECK(hub.status(hub.token()) == 401);
    // An administrator's token has no more than programs may have.
    CHECK(hub.call(of("admin"), "GET", "/v1/users").problem() == "forbidden");
}

TEST_CASE(
    "a subject or a token that is denied is out at once, at both doors, until all have run out") {
    Trusting hub;
    const auto of = [&](const std::string& id) {
        return hub.token("telemetry:read", "k1", R"(,"jti":")" + id + R"(")");
    };
    const std::string first = of("t-1");  // s-1
    const std::string second = of("t-2");
    const std::string third = of("t-3");
    Socket one{hub.hub, bearer(first)};
    Socket two{hub.hub, bearer(second)};
    Socket three{hub.hub, bearer(third)};
    for (Socket* each : {&one, &two, &three})
        REQUIRE(each->open());
    const Value view =
        hub.done("POST", "/v1/denials", R"({"issuer":")" + kIssuer + R"(","sub":"s-1"})");
    hub.done("POST", "/v1/denials", R"({"issuer":")" + kIssuer + R"(","jti":"t-2"})");
    hub.hub.settle();
    CHECK(one.closed().starts_with("4401"));
    CHECK(two.closed().starts_with("4401"));
    CHECK(three.closed().empty());
    CHECK(hub.status(first) == 401);
    CHECK(hub.status(second) == 401);
    CHECK(hub.status(third) == 200);
    CHECK(Socket{hub.hub, bearer(first)}.answer().status == 401);
    // Another token of the subject is refused too; another with the same words elsewhere is not.
    hub.made = 0;
    CHECK(hub.status(of("t-9")) == 401);
    CHECK(hub.status(of("s-1")) == 200);
    CHECK(*view.find("until") ==
          Value{(hub.hub.clock.now() + 24h + 1min).time_since_epoch() / 1ms});
    hub.hub.clock.passed += 24h + 1min;
    hub.made = 0;
    CHECK(hub.status(of("t-10")) == 200);
    const auto lines = hub.hub.audit();
    CHECK(std::ranges::find(lines, "user:admin denials.create ok") != lines.end());
}

TEST_CASE("denied is what an issuer of the settings gave, by whoever manages access") {
    Trusting hub;
    const auto deny = [&](const std::string& key, const std::string& body) {
        return hub.call(key, "POST", "/v1/denials", body).status;
    };
    CHECK(deny(hub.boss, R"({"issuer":"https://other.example","sub":"s"})") == 404);
    CHECK(deny(hub.boss, R"({"issuer":")" + kIssuer + R"("})") == 400);
    CHECK(deny(hub.boss, R"({"issuer":")" + kIssuer + R"(","sub":"s","jti":"t"})") == 400);
    CHECK(deny(hub.token(), R"({"issuer":")" + kIssuer + R"(","sub":"s"})") == 403);
}

TEST_CASE("an issuer has so many tokens here, and neither others nor the hub's own lack room") {
    api::Rules rules;
    rules.outside_tokens = 3;
    Trusting hub{std::move(rules)};
    std::vector<std::string> tokens;
    for (int at = 0; at < 3; ++at) {
        tokens.push_back(hub.token());
        CHECK(hub.status(tokens.back()) == 200);
    }
    const Answer full = hub.call(hub.token(), "GET", "/v1/me");
    CHECK(full.status == 503);
    CHECK(full.field("retry-after") == "1");
    CHECK(hub.status(tokens.front()) == 200);
    CHECK(hub.call(hub.boss, "GET", "/metrics")
              .body.contains("tandem_limit_hits_total{limit=\"outside.tokens\"} 1"));
    CHECK(hub.hub.hub->credentials.has_room(hub.hub.clock.now()));
    // Those that have run out make room.
    hub.hub.clock.passed += 5min + 3min;
    CHECK(hub.status(hub.token()) == 200);
}

TEST_CASE("a token that is bound to a certificate is for whoever has that alone, at both doors") {
    Trusting hub;
    const std::string own(64, 'a');
    const std::string token = hub.token(
        "telemetry:read", "k1",
        R"(,"cnf":{"x5t#S256":")" + codec::base64url_encode(std::string(32, '\xAA')) + R"("})");
    const auto me = [&](const std::string& certificate) {
        return ask(hub.hub,
                   {.target = "/v1/me", .headers = bearer(token), .certificate = certificate})
            .status;
    };
    CHECK(me("") == 401);
    CHECK(me(own) == 200);
    CHECK(me(std::string(64, 'b')) == 401);
    CHECK(me("") == 401);
    const net::Peer peer{.address = "192.0.2.7", .tls = true, .certificate = own};
    CHECK(Socket{hub.hub, bearer(token), peer}.open());
    CHECK(Socket{hub.hub, bearer(token)}.answer().status == 401);
}

}  // namespace tandem::simulation
