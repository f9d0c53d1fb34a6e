// What ends tokens, what holds up who guesses, and tokens that are bound to a certificate.
#include "scenario/oauth_fixture.h"

#include <initializer_list>
#include <memory>

namespace tandem::simulation {
namespace {

const Parameters kCredentials{{"grant_type", "client_credentials"}};

}  // namespace

TEST_CASE("another password ends what apps may do in the user's name, sockets and codes too") {
    OAuthEstate estate;
    const std::string robot =
        text_in(estate.token(kCredentials, basic("robot", estate.robot)).json(), "access_token");
    const Value tokens = estate.tokens();
    const std::string token = text_in(tokens, "access_token");
    const std::string code = estate.code();
    const std::string bert = estate.session_of("bert", "viewer");
    const std::string others =
        OAuthEstate::parameter(estate.sent_to(OAuthEstate::request(), "allow", bert), "code");
    Socket socket{estate.hub, bearer(token)};
    REQUIRE(socket.open());
    estate.done("POST", "/v1/users/anna/password", R"({"password":"another word of hers"})");
    estate.hub.settle();
    CHECK(socket.closed().starts_with("4401"));
    CHECK(estate.me(token).status == 401);
    CHECK(error_in(estate.refresh(text_in(tokens, "refresh_token"))) == "invalid_grant");
    CHECK(error_in(estate.token(OAuthEstate::exchange(code))) == "invalid_grant");
    CHECK(estate.page("/v1/consents", estate.cookie_of("anna")).body == R"({"items":[]})");
    // Nobody else's.
    CHECK(estate.me(robot).status == 200);
    CHECK(estate.token(OAuthEstate::exchange(others)).status == 200);
}

TEST_CASE("what is tried in vain is audited and counted at all four endpoints alike") {
    api::Rules rules;
    rules.oauth.failures = 3;
    const Parameters token{{"token", "x"}};
    const std::string wrong = basic("robot", "wrong");
    struct Row {
        std::string_view path;
        Parameters form;
        std::string_view line;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"/oauth/token", kCredentials, "anonymous oauth.client unauthenticated"},
             {"/oauth/revoke", token, "anonymous oauth.client unauthenticated"},
             {"/oauth/introspect", token, "anonymous oauth.client unauthenticated"},
             {"/oauth/device_authorization", {}, "anonymous oauth.client unauthenticated"}}) {
        CAPTURE(row.path);
        OAuthEstate estate{rules};
        const auto tries = [&] {
            return estate.form(std::string{row.path}, row.form, {{"Authorization", wrong}}).status;
        };
        for (int at = 0; at < 3; ++at)
            CHECK(tries() == 401);
        CHECK(tries() == 429);
        CHECK(estate.audited(std::string{row.line}));
        // Wherever it was tried, it is held up everywhere.
        CHECK(estate.token(kCredentials, basic("robot", estate.robot)).status == 429);
    }
    OAuthEstate estate{rules};
    for (int at = 0; at < 3; ++at)
        CHECK(error_in(estate.refresh("trt_nothing")) == "invalid_grant");
    CHECK(estate.refresh("trt_nothing").status == 429);
    CHECK(estate.audited("anonymous oauth.token unauthenticated"));
}

TEST_CASE(
    "an app proves itself with a certificate, and its tokens are for whoever has that alone") {
    OAuthEstate estate;
    const std::string subject = "CN=robot,O=Plant";
    const std::string own(64, 'a');
    const std::string other(64, 'b');
    const auto patched = [&](const std::string& body) {
        return estate.call(estate.boss, "PATCH", "/v1/apps/robot", body);
    };
    CHECK(patched(R"({"public":true,"tls_client_auth_subject_dn":"CN=x"})").status == 400);
    const Answer app = patched(R"({"tls_client_auth_subject_dn":")" + subject + R"("})");
    REQUIRE_MESSAGE(app.status == 200, app.body);
    CHECK(text_in(app.json(), "tls_client_auth_subject_dn") == subject);
    const auto with = [&](const std::string& path, const Parameters& form,
                          const std::string& certificate, const std::string& of) {
        return ask(estate.hub, {.method = "POST",
                                .target = path,
                                .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                                .body = coded(form),
                                .certificate = certificate,
                                .subject = of});
    };
    const Parameters wanted{{"grant_type", "client_credentials"}, {"client_id", "robot"}};
    CHECK(error_in(with("/oauth/token", wanted, "", "")) == "invalid_client");
    CHECK(error_in(with("/oauth/token", wanted, own, "CN=robot")) == "invalid_client");
    CHECK(error_in(with("/oauth/token", wanted, own, subject + ",C=DE")) == "invalid_client");
    const Answer given = with("/oauth/token", wanted, own, subject);
    REQUIRE_MESSAGE(given.status == 200, given.body);
    const std::string token = text_in(given.json(), "access_token");

    const auto me = [&](const std::string& certificate) {
        return ask(estate.hub,
                   {.target = "/v1/me", .headers = bearer(token), .certificate = certificate})
            .status;
    };
    CHECK(me(own) == 200);
    CHECK(me(other) == 401);
    CHECK(me("") == 401);
    const auto socket = [&](net::Headers headers, const std::string& certificate) {
        return std::make_unique<Socket>(
            estate.hub, std::move(headers),
            net::Peer{.address = "192.0.2.7", .tls = true, .certificate = certificate});
    };
    CHECK(socket(bearer(token), own)->open());
    CHECK(socket(bearer(token), other)->answer().status == 401);
    const std::string auth = R"({"id":1,"op":"auth","body":{"token":")" + token + R"("}})";
    const auto late = socket({}, own);
    CHECK(*late->request(auth).find("status") == Value{200});
    CHECK(*late->request(auth).find("status") == Value{200});
    const auto thief = socket({}, other);
    thief->send(auth);
    estate.hub.settle();
    CHECK(thief->closed().starts_with("4401"));

    // A ticket that it makes is no way round that.
    const auto ticket = [&] {
        const Answer made = ask(estate.hub, {.method = "POST",
                                             .target = "/v1/ws-tickets",
                                             .headers = bearer(token),
                                             .certificate = own});
        REQUIRE_MESSAGE(made.status == 201, made.body);
        return net::Headers{{"Sec-WebSocket-Protocol",
                             "tandem.v1.json, tandem.ticket." + text_in(made.json(), "ticket")}};
    };
    CHECK(socket(ticket(), own)->open());
    CHECK(socket(ticket(), other)->answer().status == 401);
    CHECK(socket(ticket(), "")->answer().status == 401);

    const Value seen =
        with("/oauth/introspect", {{"client_id", "robot"}, {"token", token}}, own, subject).json();
    CHECK(*seen.find("active") == Value{true});
    CHECK(text_in(*seen.find("cnf"), "x5t#S256") ==
          codec::base64url_encode(std::string(32, '\xAA')));
    // A secret still proves the app too; what it gives then is bound to nothing.
    const std::string free =
        text_in(estate.token(kCredentials, basic("robot", estate.robot)).json(), "access_token");
    CHECK(estate.me(free).status == 200);
}

TEST_CASE("of 100,000 live tokens none more is given, those go on, and room comes when they end") {
    OAuthEstate estate;
    const std::string who = basic("robot", estate.robot);
    const std::string first = text_in(estate.token(kCredentials, who).json(), "access_token");
    auth::Credentials& credentials = estate.hub.hub->credentials;
    const Instant now = estate.hub.clock.now();
    for (std::size_t at = 1; at < auth::Credentials::kTokensMax; ++at) {
        credentials.put(AccessToken{.id = KeyId{"filling-" + std::to_string(at)},
                                    .digest = {},
                                    .delegation = {.kind = PrincipalKind::kApp,
                                                   .tenant = node::home_tenant(),
                                                   .principal = "robot",
                                                   .client = "robot",
                                                   .scopes = {}},
                                    .family = {},
                                    .certificate = {},
                                    .created = now,
                                    .expires = now + 10min});
    }
    const Answer full = estate.token(kCredentials, who);
    CHECK(full.status == 503);
    CHECK(error_in(full) == "temporarily_unavailable");
    CHECK(full.field("retry-after") == "1");
    CHECK(estate.me(first).status == 200);

    estate.hub.pass(16min);
    CHECK(estate.token(kCredentials, who).status == 200);
}

TEST_CASE("what a client asks about its tokens is of the budget that its key spends at the doors") {
    api::Rules rules;
    rules.rates.requests = {.per_second = 1, .burst = 40};
    OAuthEstate estate{rules};
    const net::Headers known{{"Authorization", basic("robot", estate.robot)}};
    const auto asked = [&](const std::string& endpoint) {
        return estate.form(endpoint, {{"token", "x"}}, known).status;
    };
    CHECK(asked("/oauth/introspect") == 200);
    CHECK(asked("/oauth/revoke") == 200);
    for (int at = 0; at < 37; ++at)
        CHECK(estate.call(estate.robot, "GET", "/v1/me").status == 200);
    CHECK(asked("/oauth/revoke") == 200);
    CHECK(asked("/oauth/revoke") == 429);
    CHECK(asked("/oauth/introspect") == 429);
    CHECK(estate.call(estate.robot, "GET", "/v1/me").status == 429);
    estate.hub.pass(1s);
    CHECK(asked("/oauth/introspect") == 200);
}

}  // namespace tandem::simulation
