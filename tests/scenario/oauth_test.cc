// OAuth at the hub's door: tokens for services and for apps in a user's name, and their end.
#include "auth/test_jwt.h"
#include "scenario/oauth_fixture.h"

#include <algorithm>
#include <initializer_list>

namespace tandem::simulation {
namespace {

const Parameters kCredentials{{"grant_type", "client_credentials"}};

}  // namespace

TEST_CASE(
    "a service gets a token for its secret, by Basic and in the body, and uses it at both doors") {
    OAuthEstate estate;
    const Answer answer = estate.token(kCredentials, basic("robot", estate.robot));
    REQUIRE_MESSAGE(answer.status == 200, answer.body);
    CHECK(answer.field("cache-control") == "no-store");
    CHECK(answer.field("content-type") == "application/json");
    const Value body = answer.json();
    CHECK(text_in(body, "token_type") == "Bearer");
    CHECK(text_in(body, "scope") == "telemetry:read telemetry:write self:read");
    CHECK(*body.find("expires_in") == Value{900});
    CHECK(body.find("refresh_token") == nullptr);
    const std::string token = text_in(body, "access_token");
    const Value me = estate.me(token).json();
    CHECK(text_in(me, "kind") == "app");
    CHECK(text_in(me, "id") == "robot");
    CHECK(estate.call(token, "POST", "/v1/devices/lamp-1/telemetry", R"({"power":1})").status ==
          200);
    CHECK(estate.call(token, "POST", "/v1/devices/lamp-2/telemetry", R"({"power":1})").status ==
          404);
    Socket socket{estate.hub, bearer(token)};
    REQUIRE(socket.open());
    CHECK(*socket.request(R"({"id":1,"op":"me.get"})").find("status") == Value{200});
    const Answer in_body = estate.token({{"grant_type", "client_credentials"},
                                         {"client_id", "main/robot"},
                                         {"client_secret", estate.robot}});
    CHECK(in_body.status == 200);
    CHECK(estate.audited("app:robot oauth.token ok"));
}

TEST_CASE(
    "a service gets fewer scopes where it asks for fewer, and none that its grants do not give") {
    OAuthEstate estate;
    const auto asked = [&](const std::string& scope) {
        return estate.token({{"grant_type", "client_credentials"}, {"scope", scope}},
                            basic("robot", estate.robot));
    };
    const Value fewer = asked("telemetry:read").json();
    CHECK(text_in(fewer, "scope") == "telemetry:read");
    const std::string token = text_in(fewer, "access_token");
    CHECK(estate.call(token, "GET", "/v1/devices/lamp-1/latest").status == 200);
    CHECK(estate.call(token, "POST", "/v1/devices/lamp-1/telemetry", "{}").problem() ==
          "forbidden");
    CHECK(text_in(asked("telemetry:read commands:send").json(), "scope") == "telemetry:read");
    CHECK(error_in(asked("commands:send")) == "invalid_scope");
    CHECK(error_in(asked("users:manage")) == "invalid_scope");
    CHECK(error_in(asked("nothing")) == "invalid_scope");
}

TEST_CASE("who is not the client gets nothing, and is told only that") {
    api::Rules rules;
    rules.oauth.failures = 1'000;
    OAuthEstate estate{rules};
    const std::string other = estate.make_app("other");
    struct Row {
        Parameters form;
        std::string authorization;
    };
    for (const Row& row : std::initializer_list<Row>{
             {kCredentials, basic("robot", other)},
             {kCredentials, basic("other", estate.robot)},
             {kCredentials, basic("nobody", estate.robot)},
             {kCredentials, basic("plant/robot", estate.robot)},
             {kCredentials, basic("robot", "")},
             {kCredentials, "Bearer " + estate.robot},
             {kCredentials, ""},
             {{{"grant_type", "client_credentials"}, {"client_id", "robot"}}, ""},
             {{{"grant_type", "client_credentials"},
               {"client_id", "~device"},
               {"client_secret", estate.robot}},
              ""}}) {
        CAPTURE(row.authorization);
        const Answer refused = estate.token(row.form, row.authorization);
        CHECK(refused.status == 401);
        CHECK(error_in(refused) == "invalid_client");
        CHECK(refused.field("www-authenticate") == "Basic realm=\"tandem\"");
        CHECK(refused.field("cache-control") == "no-store");
    }
    // A token is no secret to get another with.
    const std::string token =
        text_in(estate.token(kCredentials, basic("robot", estate.robot)).json(), "access_token");
    CHECK(error_in(estate.token(kCredentials, basic("robot", token))) == "invalid_client");
    CHECK(error_in(estate.token({{"grant_type", "client_credentials"}, {"client_id", "wall"}})) ==
          "unauthorized_client");
    CHECK(estate.audited("anonymous oauth.client unauthenticated"));
}

TEST_CASE("a service proves itself with a signed assertion, once") {
    OAuthEstate estate;
    const auto key = auth::test::make_ed25519();
    const Value jwks = Value::Object{{"keys", Value::Array{auth::test::jwk_of(key, "k1")}}};
    estate.done("PATCH", "/v1/apps/robot", R"({"jwks":)" + codec::to_json(jwks) + "}");
    const std::int64_t now = estate.hub.clock.now().time_since_epoch() / 1s;
    const auto assertion = [&](const std::string& audience, const std::string& jti,
                               std::int64_t life = 60) {
        return auth::test::token_of(key, R"({"alg":"EdDSA","kid":"k1"})",
                                    R"({"iss":"robot","sub":"robot","aud":")" + audience +
                                        R"(","jti":")" + jti + R"(","exp":)" +
                                        std::to_string(now + life) + "}");
    };
    const auto with = [&](const std::string& text) {
        return estate.token({{"grant_type", "client_credentials"},
                             {"client_assertion", text},
                             {"client_assertion_type", std::string{auth::kAssertionType}}});
    };
    const std::string good = assertion(kOrigin + "/oauth/token", "1");
    const Answer answer = with(good);
    REQUIRE_MESSAGE(answer.status == 200, answer.body);
    CHECK(text_in(estate.me(text_in(answer.json(), "access_token")).json(), "id") == "robot");
    CHECK(error_in(with(good)) == "invalid_client");
    CHECK(with(assertion(kOrigin, "2")).status == 200);
    CHECK(error_in(with(assertion("https://other.example/oauth/token", "3"))) == "invalid_client");
    CHECK(error_in(with(assertion(kOrigin, "4", 3'600))) == "invalid_client");
    CHECK(error_in(with(assertion(kOrigin, "5", -120))) == "invalid_client");
    // Where nothing is given for it, it is kept too: a hub that was started again knows it.
    CHECK(estate
              .form("/oauth/introspect",
                    {{"token", "x"},
                     {"client_assertion", assertion(kOrigin, "6")},
                     {"client_assertion_type", std::string{auth::kAssertionType}}})
              .status == 200);
    const auto live = conformance::start(estate.hub.world().oauth().live());
    estate.hub.settle();
    CHECK((*live)->value().assertions.size() == 3);
}

TEST_CASE("an app acts for a user as far as the user may, and as both have agreed") {
    OAuthEstate estate;
    const Value tokens = estate.tokens("telemetry:read commands:send devices:write self:read");
    const std::string token = text_in(tokens, "access_token");
    const Value me = estate.me(token).json();
    CHECK(text_in(me, "kind") == "user");
    CHECK(text_in(me, "id") == "anna");
    // An operator reads telemetry; config was not asked for; to write devices anna may not herself.
    CHECK(estate.call(token, "GET", "/v1/devices/lamp-1/latest").status == 200);
    CHECK(estate.call(token, "GET", "/v1/devices/lamp-1/config").problem() == "forbidden");
    CHECK(estate.call(token, "POST", "/v1/devices", R"({"id":"x"})").problem() == "forbidden");
    // And no more when she may no more.
    estate.done("PATCH", "/v1/users/anna", R"({"role":"member"})");
    CHECK(estate.call(token, "GET", "/v1/devices/lamp-1/latest").problem() == "not-found");
    CHECK(estate.audited("user:anna oauth.authorize ok"));
    CHECK(estate.audited("user:anna oauth.token ok"));
}

TEST_CASE("the page says who asks for what, has no script, and leads nowhere else") {
    OAuthEstate estate;
    estate.done("PATCH", "/v1/apps/wall", R"({"name":"<b>The \"wall\"</b>"})");
    const Answer page =
        estate.page("/oauth/authorize?" + coded(OAuthEstate::request()), estate.anna);
    CHECK(page.status == 200);
    CHECK(page.body.contains("&lt;b&gt;The &quot;wall&quot;&lt;/b&gt;"));
    CHECK(!page.body.contains("<b>"));
    CHECK(!page.body.contains("<script"));
    CHECK(page.body.contains("<code>telemetry:read</code>"));
    CHECK(page.body.contains("<strong>anna</strong>"));
    CHECK(page.field("content-security-policy") ==
          "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
          "form-action 'self' https://app.example");
    CHECK(page.field("cache-control") == "no-store");
    CHECK(page.field("x-frame-options") == "DENY");
    CHECK(estate.page("/oauth/style.css", "").status == 200);
}

TEST_CASE("only a user who is logged in agrees, on a page of the hub's own") {
    OAuthEstate estate;
    Parameters parameters = OAuthEstate::request();
    const std::string target = "/oauth/authorize?" + coded(parameters);
    CHECK(estate.page(target, "").status == 401);
    CHECK(ask(estate.hub, {.target = target, .headers = bearer(estate.boss)}).status == 401);
    // A browser that another site has sent here loads the page again, with its cookie.
    const Answer crossed =
        ask(estate.hub, {.target = target, .headers = {{"Sec-Fetch-Site", "cross-site"}}});
    CHECK(crossed.body.contains("http-equiv=\"refresh\""));
    CHECK(!estate.page(target, "").body.contains("http-equiv"));
    parameters.emplace_back("decision", "allow");
    CHECK(estate.form("/oauth/authorize", parameters, {{"Cookie", estate.anna}}).problem() ==
          "origin-refused");
    CHECK(estate
              .form("/oauth/authorize", parameters,
                    {{"Cookie", estate.anna}, {"Origin", "https://evil.example"}})
              .problem() == "origin-refused");
    const Answer nobody = estate.decide("/oauth/authorize", parameters, "");
    CHECK(nobody.status == 401);
    CHECK(nobody.field("location").empty());
}

TEST_CASE("a page that may call the API may not agree for a user") {
    ServedHub hub{{.origins = {"https://friend.example"}}};
    const Answer refused =
        ask(hub, {.method = "POST",
                  .target = "/oauth/authorize",
                  .headers = {{"Origin", "https://friend.example"},
                              {"Content-Type", "application/x-www-form-urlencoded"}},
                  .body = "decision=allow"});
    CHECK(refused.problem() == "origin-refused");
}

TEST_CASE("the client hears what the user says, with its state and the issuer") {
    OAuthEstate estate;
    const std::string allowed = estate.sent_to(OAuthEstate::request(), "allow", estate.anna);
    CHECK(allowed.starts_with(kRedirect + "?code=tac_"));
    CHECK(OAuthEstate::parameter(allowed, "state") == "xyz");
    CHECK(OAuthEstate::parameter(allowed, "iss") == kOrigin);
    CHECK(estate.sent_to(OAuthEstate::request(), "deny", estate.anna) ==
          kRedirect + "?error=access_denied&state=xyz&iss=http%3A%2F%2F127.0.0.1%3A8080");
    CHECK(OAuthEstate::parameter(
              estate.sent_to(OAuthEstate::request("users:manage"), "allow", estate.anna),
              "error") == "invalid_scope");
    Parameters elsewhere = OAuthEstate::request();
    elsewhere[1].second = "https://evil.example/";
    const Answer page = estate.page("/oauth/authorize?" + coded(elsewhere), estate.anna);
    CHECK(page.status == 400);
    CHECK(page.field("location").empty());
}

TEST_CASE(
    "a code works once, for its client, with its verifier and its redirect URI, in its time") {
    api::Rules rules;
    rules.oauth.failures = 1'000;
    OAuthEstate estate{rules};
    estate.done("POST", "/v1/apps",
                R"({"id":"other","public":true,"redirect_uris":[")" + kRedirect + R"("]})");
    struct Row {
        std::string name;
        std::string value;
        std::string error;
    };
    for (const Row& row :
         std::initializer_list<Row>{{"client_id", "other", "invalid_grant"},
                                    {"client_id", "nobody", "invalid_client"},
                                    {"redirect_uri", kRedirect + "/", "invalid_grant"},
                                    {"code_verifier", std::string(43, 'a'), "invalid_grant"},
                                    {"code_verifier", kChallenge, "invalid_grant"},
                                    {"code_verifier", "", "invalid_request"},
                                    {"redirect_uri", "", "invalid_request"},
                                    {"code", "tac_nonsense", "invalid_grant"},
                                    {"code", "", "invalid_request"}}) {
        CAPTURE(row.name);
        CAPTURE(row.value);
        Parameters parameters = OAuthEstate::exchange(estate.code());
        for (auto& [name, value] : parameters) {
            if (name == row.name) value = row.value;
        }
        CHECK(error_in(estate.token(parameters)) == row.error);
    }
    const std::string late = estate.code();
    estate.hub.pass(61s);
    CHECK(error_in(estate.token(OAuthEstate::exchange(late))) == "invalid_grant");
    // Whoever has the code but not the verifier has used it up.
    const std::string stolen = estate.code();
    Parameters wrong = OAuthEstate::exchange(stolen);
    wrong.back().second = std::string(43, 'a');
    CHECK(error_in(estate.token(wrong)) == "invalid_grant");
    CHECK(error_in(estate.token(OAuthEstate::exchange(stolen))) == "invalid_grant");
}

TEST_CASE("a code that comes again ends what it gave, and live sockets with it") {
    OAuthEstate estate;
    const std::string code = estate.code();
    const Value tokens = estate.token(OAuthEstate::exchange(code)).json();
    const std::string token = text_in(tokens, "access_token");
    Socket socket{estate.hub, bearer(token)};
    REQUIRE(socket.open());
    CHECK(error_in(estate.token(OAuthEstate::exchange(code))) == "invalid_grant");
    estate.hub.settle();
    CHECK(socket.closed().starts_with("4401"));
    CHECK(estate.me(token).status == 401);
    CHECK(error_in(estate.refresh(text_in(tokens, "refresh_token"))) == "invalid_grant");
    CHECK(estate.audited("user:anna oauth.reuse ok"));
}

TEST_CASE("a refresh token gives the next one, and an earlier one ends the family") {
    OAuthEstate estate;
    const Value first = estate.tokens();
    const Answer answer = estate.refresh(text_in(first, "refresh_token"));
    REQUIRE_MESSAGE(answer.status == 200, answer.body);
    const Value second = answer.json();
    CHECK(text_in(second, "refresh_token") != text_in(first, "refresh_token"));
    const std::string token = text_in(second, "access_token");
    CHECK(estate.me(token).status == 200);
    const Value fewer =
        estate.refresh(text_in(second, "refresh_token"), {{"scope", "self:read"}}).json();
    CHECK(text_in(fewer, "scope") == "self:read");
    CHECK(error_in(estate.refresh(text_in(fewer, "refresh_token"), {{"scope", "commands:send"}})) ==
          "invalid_scope");
    Socket socket{estate.hub, bearer(token)};
    REQUIRE(socket.open());
    CHECK(error_in(estate.refresh(text_in(first, "refresh_token"))) == "invalid_grant");
    estate.hub.settle();
    CHECK(socket.closed().starts_with("4401"));
    CHECK(estate.me(token).status == 401);
    CHECK(error_in(estate.refresh(text_in(fewer, "refresh_token"))) == "invalid_grant");
    CHECK(estate.audited("user:anna oauth.reuse ok"));
}

TEST_CASE("a refresh token in another client's hand ends the family") {
    OAuthEstate estate;
    const Value tokens = estate.tokens();
    CHECK(error_in(estate.token({{"grant_type", "refresh_token"},
                                 {"refresh_token", text_in(tokens, "refresh_token")}},
                                basic("robot", estate.robot))) == "invalid_grant");
    CHECK(estate.me(text_in(tokens, "access_token")).status == 401);
}

TEST_CASE("a token runs out after 15 minutes, a family after 30 days") {
    OAuthEstate estate;
    const Value tokens = estate.tokens();
    const std::string token = text_in(tokens, "access_token");
    estate.hub.clock.ahead += 15min - 1ms;
    CHECK(estate.me(token).status == 200);
    estate.hub.clock.ahead += 1ms;
    CHECK(estate.me(token).status == 401);
    estate.hub.clock.ahead += 30 * 24h - 15min - 1s;
    const Answer last = estate.refresh(text_in(tokens, "refresh_token"));
    CHECK(last.status == 200);
    estate.hub.clock.ahead += 1s;
    CHECK(error_in(estate.refresh(text_in(last.json(), "refresh_token"))) == "invalid_grant");
}

TEST_CASE("a client takes its tokens back, and what nobody knows is as good as taken back") {
    OAuthEstate estate;
    const Value tokens = estate.tokens();
    const std::string token = text_in(tokens, "access_token");
    const auto revoke = [&](const std::string& what, const std::string& client = "wall") {
        return estate.form("/oauth/revoke", {{"token", what}, {"client_id", client}});
    };
    Socket socket{estate.hub, bearer(token)};
    REQUIRE(socket.open());
    CHECK(error_in(estate.form("/oauth/revoke", {{"token", token}},
                               {{"Authorization", basic("robot", estate.robot)}})) ==
          "unauthorized_client");
    CHECK(estate.me(token).status == 200);
    const Answer done = revoke(token);
    CHECK(done.status == 200);
    CHECK(done.body.empty());
    estate.hub.settle();
    CHECK(socket.closed().starts_with("4401"));
    CHECK(estate.me(token).status == 401);
    CHECK(revoke(token).status == 200);
    CHECK(revoke("no token at all").status == 200);
    // The family goes on until its refresh token is taken back.
    const Value next = estate.refresh(text_in(tokens, "refresh_token")).json();
    CHECK(revoke(text_in(next, "refresh_token")).status == 200);
    CHECK(estate.me(text_in(next, "access_token")).status == 401);
    CHECK(error_in(estate.refresh(text_in(next, "refresh_token"))) == "invalid_grant");
    CHECK(error_in(revoke("", "wall")) == "invalid_request");
    CHECK(error_in(revoke(token, "nobody")) == "invalid_client");
}

TEST_CASE("a client is told what its tokens are, and of others' only who manages access") {
    OAuthEstate estate;
    const std::string token =
        text_in(estate.token(kCredentials, basic("robot", estate.robot)).json(), "access_token");
    const auto look = [&](const std::string& what, const std::string& who) {
        return estate.form("/oauth/introspect", {{"token", what}}, {{"Authorization", who}});
    };
    const Value own = look(token, basic("robot", estate.robot)).json();
    CHECK(*own.find("active") == Value{true});
    CHECK(text_in(own, "client_id") == "robot");
    CHECK(text_in(own, "sub") == "app:robot");
    CHECK(text_in(own, "scope") == "telemetry:read telemetry:write self:read");
    CHECK(text_in(own, "iss") == kOrigin);
    const Value inactive = Value::Object{{"active", false}};
    const Value tokens = estate.tokens();
    const std::string of_anna = text_in(tokens, "access_token");
    CHECK(look(of_anna, basic("robot", estate.robot)).json() == inactive);
    CHECK(look("nonsense", basic("robot", estate.robot)).json() == inactive);
    CHECK(look(estate.robot, basic("robot", estate.robot)).json() == inactive);
    const std::string keeper = estate.make_app("keeper");
    estate.grant(R"("app":"keeper","scopes":["access:manage"],"devices":["*"])");
    const Value seen = look(of_anna, basic("keeper", keeper)).json();
    CHECK(text_in(seen, "username") == "anna");
    CHECK(text_in(seen, "client_id") == "wall");
    CHECK(*look(text_in(tokens, "refresh_token"), basic("keeper", keeper)).json().find("active") ==
          Value{true});
    CHECK(error_in(estate.form("/oauth/introspect", {{"token", token}, {"client_id", "wall"}})) ==
          "invalid_client");
    CHECK(estate.form("/oauth/introspect", {{"token", token}}).status == 401);
}

TEST_CASE("what is deleted takes its tokens with it") {
    OAuthEstate estate;
    const std::string own =
        text_in(estate.token(kCredentials, basic("robot", estate.robot)).json(), "access_token");
    const Value tokens = estate.tokens();
    const std::string token = text_in(tokens, "access_token");
    Socket socket{estate.hub, bearer(token)};
    REQUIRE(socket.open());
    estate.done("DELETE", "/v1/apps/robot");
    CHECK(estate.me(own).status == 401);
    SUBCASE("the app") {
        estate.done("DELETE", "/v1/apps/wall");
        estate.done("POST", "/v1/apps", R"({"id":"wall","public":true})");
    }
    SUBCASE("the user") {
        estate.done("DELETE", "/v1/users/anna");
        estate.done("POST", "/v1/users",
                    R"({"id":"anna","role":"admin","password":"another anna's"})");
    }
    estate.hub.settle();
    CHECK(socket.closed().starts_with("4401"));
    CHECK(estate.me(token).status == 401);
    CHECK(error_in(estate.refresh(text_in(tokens, "refresh_token"))) == "invalid_grant");
}

TEST_CASE("a user sees what they have agreed to, and takes it back") {
    OAuthEstate estate;
    const Value tokens = estate.tokens();
    const std::string token = text_in(tokens, "access_token");
    const std::string key = estate.key_of_user("anna");
    const Value page = estate.call(key, "GET", "/v1/consents").json();
    const auto& items = *page.find("items")->get<Value::Array>();
    REQUIRE(items.size() == 1);
    CHECK(text_in(items.front(), "app") == "wall");
    const std::string id = text_in(items.front(), "id");
    CHECK(estate.call(estate.boss, "GET", "/v1/consents")
              .json()
              .find("items")
              ->get<Value::Array>()
              ->empty());
    CHECK(estate.call(estate.boss, "DELETE", "/v1/consents/" + id).status == 404);
    // An app that may act for her neither sees nor ends what others may, and guesses no password.
    CHECK(estate.me(token).status == 200);
    CHECK(estate.call(token, "GET", "/v1/consents").status == 403);
    CHECK(estate.call(token, "DELETE", "/v1/consents/" + id).status == 403);
    CHECK(estate
              .call(token, "POST", "/v1/users/anna/password",
                    R"({"current":"a word of theirs","password":"a word of the app's"})")
              .status == 403);
    CHECK(estate.call(key, "DELETE", "/v1/consents/" + id).status == 204);
    CHECK(estate.me(token).status == 401);
    CHECK(estate.call(key, "DELETE", "/v1/consents/" + id).status == 404);
}

TEST_CASE("a user has so many consents of an app; the oldest ends") {
    api::Rules rules;
    rules.oauth.families = 2;
    OAuthEstate estate{rules};
    std::vector<std::string> tokens;
    for (int at = 0; at < 3; ++at) {
        tokens.push_back(text_in(estate.tokens(), "access_token"));
        estate.hub.pass(1s);
    }
    CHECK(estate.me(tokens[0]).status == 401);
    CHECK(estate.me(tokens[1]).status == 200);
    CHECK(estate.me(tokens[2]).status == 200);
}

TEST_CASE("apps of another tenant ask nobody here, and its users are none here") {
    OAuthEstate estate;
    estate.done("POST", "/v1/tenants",
                R"({"id":"plant","user":"boss","password":"first day of the plant"})");
    const std::string stranger = estate.cookie_of("boss", TenantId{"plant"});
    const Answer page = estate.page("/oauth/authorize?" + coded(OAuthEstate::request()), stranger);
    CHECK(page.status == 400);
    CHECK(page.field("location").empty());
    const std::string key = estate.key_of_user("boss", TenantId{"plant"});
    REQUIRE(estate
                .call(key, "POST", "/v1/apps",
                      R"({"id":"wall","public":true,"redirect_uris":[")" + kRedirect + R"("]})")
                .status == 201);
    // A code of the one is none of the other, though they have one name.
    Parameters parameters = OAuthEstate::exchange(estate.code());
    parameters[1].second = "plant/wall";
    CHECK(error_in(estate.token(parameters)) == "invalid_grant");
}

TEST_CASE("a request is a form, and each parameter comes once") {
    OAuthEstate estate;
    const auto raw = [&](const std::string& type, const std::string& body) {
        return ask(estate.hub, {.method = "POST",
                                .target = "/oauth/token",
                                .headers = {{"Content-Type", type}},
                                .body = body});
    };
    const std::string form = "application/x-www-form-urlencoded";
    CHECK(error_in(raw("application/json", R"({"grant_type":"client_credentials"})")) ==
          "invalid_request");
    CHECK(error_in(raw(form, "grant_type=client_credentials&grant_type=password")) ==
          "invalid_request");
    CHECK(error_in(raw(form, "grant_type=%zz")) == "invalid_request");
    CHECK(error_in(raw(form, "scope=self:read")) == "invalid_request");
    CHECK(error_in(raw(form, "grant_type=password&username=anna&password=x&client_id=wall")) ==
          "unsupported_grant_type");
    CHECK(error_in(raw(form, "grant_type=" + std::string(17'000, 'x'))) == "invalid_request");
    for (const char* path : {"/oauth/token", "/oauth/revoke", "/oauth/introspect"}) {
        const Answer refused = ask(estate.hub, {.target = path});
        CHECK(refused.status == 405);
        CHECK(refused.field("allow") == "POST, OPTIONS");
    }
    CHECK(raw(form + "; charset=UTF-8", "grant_type=client_credentials").status == 401);
    CHECK(ask(estate.hub, {.method = "POST", .target = "/oauth/token", .local = true}).status ==
          404);
}

TEST_CASE("the metadata is of the hub as it was reached") {
    OAuthEstate estate;
    const std::string path = "/.well-known/oauth-authorization-server";
    CHECK(text_in(ask(estate.hub, {.target = path}).json(), "issuer") == kOrigin);
    CHECK(text_in(ask(estate.hub, {.target = path, .host = "localhost", .tls = true}).json(),
                  "token_endpoint") == "https://localhost/oauth/token");
    CHECK(ask(estate.hub, {.target = path, .host = "evil.example"}).status == 421);
}

TEST_CASE("a client, and an address that guesses, wait") {
    api::Rules rules;
    rules.oauth.of_client = 3;
    rules.oauth.failures = 2;
    OAuthEstate estate{rules};
    const std::string who = basic("robot", estate.robot);
    for (int at = 0; at < 3; ++at)
        CHECK(estate.token(kCredentials, who).status == 200);
    const Answer often = estate.token(kCredentials, who);
    CHECK(often.status == 429);
    CHECK(error_in(often) == "temporarily_unavailable");
    CHECK(often.field("retry-after") == "20");
    estate.hub.pass(20s);
    CHECK(estate.token(kCredentials, who).status == 200);
    estate.hub.pass(60s);
    CHECK(estate.token(kCredentials, basic("robot", "wrong")).status == 401);
    CHECK(estate.token(kCredentials, basic("robot", "wrong")).status == 401);
    CHECK(estate.token(kCredentials, who).status == 429);
    CHECK(estate.form("/oauth/introspect", {{"token", "x"}}, {{"Authorization", who}}).status ==
          429);
    estate.hub.pass(30s);
    CHECK(estate.token(kCredentials, who).status == 200);
    const std::string metrics = estate.call(estate.boss, "GET", "/metrics").body;
    CHECK(metrics.contains("tandem_limit_hits_total{limit=\"oauth.client_per_minute\"} 1"));
    CHECK(metrics.contains("tandem_limit_hits_total{limit=\"oauth.failures_per_minute\"} 2"));
    CHECK(metrics.contains("tandem_oauth_requests_total{endpoint=\"token\",result=\"ok\"}"));
}

TEST_CASE("who only says that it is a client does not spend what the client may ask") {
    api::Rules rules;
    rules.oauth.of_client = 3;
    OAuthEstate estate{rules};
    const Parameters junk{{"client_id", "wall"}, {"token", "nonsense"}};
    for (int at = 0; at < 3; ++at)
        CHECK(estate.form("/oauth/revoke", junk).status == 200);
    CHECK(estate.form("/oauth/revoke", junk).status == 429);
    const Answer known = estate.form("/oauth/revoke", {{"token", "nonsense"}},
                                     {{"Authorization", basic("robot", estate.robot)}});
    CHECK(known.status == 200);
}

TEST_CASE("a user agrees so many times a minute") {
    api::Rules rules;
    rules.oauth.of_client = 2;
    OAuthEstate estate{rules};
    estate.code();
    estate.code();
    Parameters third = OAuthEstate::request();
    third.emplace_back("decision", "allow");
    const Answer often = estate.decide("/oauth/authorize", third, estate.anna);
    CHECK(often.status == 429);
    CHECK(often.field("location").empty());
    estate.hub.pass(30s);
    estate.code();
}

TEST_CASE("an app says where users may be sent back to, and with which keys it signs") {
    OAuthEstate estate;
    for (const char* body :
         {R"({"redirect_uris":["http://app.example/"]})",
          R"({"redirect_uris":["https://*.example/"]})", R"({"redirect_uris":["javascript:x"]})",
          R"({"jwks":{"keys":[]}})", R"({"jwks":{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}})",
          R"({"jwks":{}})"}) {
        CAPTURE(body);
        CHECK(estate.call(estate.boss, "PATCH", "/v1/apps/wall", body).problem() ==
              "invalid-field");
    }
    const Value app = estate.done("GET", "/v1/apps/wall");
    CHECK(*app.find("public") == Value{true});
    CHECK(app.find("redirect_uris")->get<Value::Array>()->size() == 2);
    estate.done("PATCH", "/v1/apps/wall", R"({"redirect_uris":null,"public":null})");
    const Value bare = estate.done("GET", "/v1/apps/wall");
    CHECK(bare.find("public") == nullptr);
    CHECK(bare.find("redirect_uris") == nullptr);
}

}  // namespace tandem::simulation
