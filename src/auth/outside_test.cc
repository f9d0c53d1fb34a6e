#include "auth/outside.h"

#include "auth/test_jwt.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::auth;
using namespace tandem::auth::test;

namespace {

OutsideIssuer of_app() {
    return {.policy = {.issuer = "https://idp.example",
                       .audiences = {"tandem"},
                       .algorithms = {JwsAlgorithm::kEdDsa},
                       .scopes = {},
                       .life_max = {}},
            .tenant = TenantId{"main"},
            .app = AppId{"erp"}};
}

Jwt jwt_with(std::string_view claims) {
    auto jwt = read_jwt(token_of(make_ed25519(), R"({"alg":"EdDSA","typ":"at+jwt"})", claims));
    REQUIRE(jwt);
    return *jwt;
}

VerifiedJwt verified(Scopes scopes) {
    return {.issuer = "https://idp.example",
            .subject = "auth0|7",
            .jti = {},
            .scopes = scopes,
            .expires = kNow + 5min,
            .certificate = {}};
}

}  // namespace

TEST_CASE("an outside token is known by its look, and by a name of which none can be made") {
    CHECK(looks_outside("a.b.c"));
    for (const char* text : {"", "a.b", "a.b.c.d", "tdk_x_y_z", "tat_x_y_z"}) {
        CAPTURE(text);
        CHECK(!looks_outside(text));
    }
    CHECK(outside_id("a.b.c") == outside_id("a.b.c"));
    CHECK(outside_id("a.b.c") != outside_id("a.b.d"));
    CHECK(is_name(outside_id("a.b.c").text()));
    CHECK(outside_id("a.b.c").text().size() == 26);
}

TEST_CASE("a token speaks for the app that its issuer has here, with no scope of people") {
    const Jwt jwt = jwt_with(R"({"sub":"auth0|7"})");
    const auto token = admitted(of_app(), jwt, verified(Scopes::all()), KeyId{"jwt-1"}, kNow);
    REQUIRE(token);
    CHECK(token->delegation.kind == PrincipalKind::kApp);
    CHECK(token->delegation.principal == "erp");
    CHECK(token->delegation.tenant == TenantId{"main"});
    CHECK(token->delegation.scopes.has(Scope::kTelemetryRead));
    CHECK(!token->delegation.scopes.has(Scope::kUsersManage));
    CHECK(!token->delegation.scopes.has(Scope::kTenantsManage));
    CHECK(token->expires == kNow + 5min);
}

TEST_CASE("or for the user that a claim names, and for nobody where it names none that could be") {
    OutsideIssuer issuer = of_app();
    issuer.app = AppId{};
    issuer.user_claim = "preferred_username";
    const auto of = [&](std::string_view claims) {
        return admitted(issuer, jwt_with(claims), verified({Scope::kTelemetryRead}), KeyId{"jwt-1"},
                        kNow);
    };
    const auto token = of(R"({"preferred_username":"anna"})");
    REQUIRE(token);
    CHECK(token->delegation.kind == PrincipalKind::kUser);
    CHECK(token->delegation.principal == "anna");
    CHECK(token->delegation.scopes == Scopes{Scope::kTelemetryRead, Scope::kSelfRead});
    for (const char* claims :
         {"{}", R"({"preferred_username":""})", R"({"preferred_username":"a b"})",
          R"({"preferred_username":["anna"]})", R"({"preferred_username":"user:../anna/"})",
          R"({"sub":"anna"})"}) {
        CAPTURE(claims);
        CHECK(!of(claims));
    }
}

TEST_CASE("metadata is asked for where the standards have it") {
    CHECK(metadata_addresses("https://idp.example") ==
          std::vector<std::string>{"https://idp.example/.well-known/openid-configuration",
                                   "https://idp.example/.well-known/oauth-authorization-server"});
    CHECK(metadata_addresses("https://idp.example/realms/plant/") ==
          std::vector<std::string>{
              "https://idp.example/realms/plant/.well-known/openid-configuration",
              "https://idp.example/.well-known/oauth-authorization-server/realms/plant"});
}

TEST_CASE("metadata of another issuer, or with keys that may not be asked for, is none") {
    const std::string issuer = "https://idp.example";
    const auto keys =
        addresses_in(R"({"issuer":"https://idp.example","jwks_uri":"https://keys.example/k",)"
                     R"("token_endpoint":"http://idp.example/token"})",
                     issuer);
    REQUIRE(keys.has_value());
    CHECK(keys->keys == "https://keys.example/k");
    CHECK(keys->authorize.empty());
    CHECK(keys->token.empty());
    CHECK(!keys->says_issuer);
    const auto all =
        addresses_in(R"({"issuer":"https://idp.example","jwks_uri":"https://keys.example/k",)"
                     R"("authorization_endpoint":"https://idp.example/auth",)"
                     R"("token_endpoint":"https://idp.example/token",)"
                     R"("authorization_response_iss_parameter_supported":true})",
                     issuer);
    REQUIRE(all.has_value());
    CHECK(all->authorize == "https://idp.example/auth");
    CHECK(all->token == "https://idp.example/token");
    CHECK(all->says_issuer);
    for (const char* metadata :
         {"", "[]", "{}", R"({"issuer":"https://idp.example"})",
          R"({"issuer":"https://idp.example/","jwks_uri":"https://keys.example/k"})",
          R"({"issuer":"https://evil.example","jwks_uri":"https://keys.example/k"})",
          R"({"issuer":"https://idp.example","jwks_uri":"http://keys.example/k"})",
          R"({"issuer":"https://idp.example","jwks_uri":"file:///etc/passwd"})"}) {
        CAPTURE(metadata);
        CHECK(!addresses_in(metadata, issuer));
    }
}

TEST_CASE("the hub asks over TLS alone, but on this machine") {
    for (const char* url : {"https://idp.example", "https://idp.example:8443/a?b=c",
                            "http://127.0.0.1:9000/k", "http://localhost/k", "http://[::1]:9/k"}) {
        CAPTURE(url);
        CHECK(may_be_asked(url));
    }
    for (const char* url :
         {"", "http://idp.example", "http://127.0.0.1.evil.example/", "http://localhost.evil/",
          "https://", "https:///path", "https://a@b/", "https://idp.example/#f",
          "https://idp.example/ x", "https://idp.example/\n", "ftp://127.0.0.1/", "HTTPS://x"}) {
        CAPTURE(url);
        CHECK(!may_be_asked(url));
    }
}

TEST_CASE("max-age is read of Cache-Control") {
    CHECK(max_age_of("public, max-age=3600") == std::chrono::seconds{3'600});
    CHECK(max_age_of("max-age=0") == Duration::zero());
    for (const char* field : {"", "no-store", "max-age", "max-age=", "max-age=x", "s-maxage=5"}) {
        CAPTURE(field);
        CHECK(!max_age_of(field));
    }
}
