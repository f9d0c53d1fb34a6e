#include "auth/oauth_request.h"

#include "auth/client_assertion.h"
#include "codec/base64.h"
#include "codec/percent.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>

using namespace tandem;
using namespace tandem::auth;

namespace {

const TenantId kHome{"main"};

Form form_of(std::string_view text) {
    auto form = Form::parse(text);
    REQUIRE(form);
    return *form;
}

std::string basic(std::string_view pair) {
    return "Basic " + codec::base64_encode(pair);
}

std::string error_of(std::string_view authorization, std::string_view form) {
    const auto proof = read_client_proof(authorization, form_of(form));
    return proof ? "" : std::string{name_of(proof.error().error)};
}

}  // namespace

TEST_CASE("a client is named alone in the operator's tenant, and with its tenant elsewhere") {
    CHECK(read_client_name("dashboard", kHome)->text() == "main/dashboard");
    CHECK(read_client_name("main/dashboard", kHome)->text() == "main/dashboard");
    CHECK(read_client_name("plant/dashboard", kHome)->text() == "plant/dashboard");
    for (const char* text : {"", "/", "a/", "/a", "a/b/c", "~device", "a b", "..//x"}) {
        CAPTURE(text);
        CHECK(!read_client_name(text, kHome));
    }
}

TEST_CASE("a client proves itself by Basic, in the body, by an assertion, or names itself") {
    auto proof = read_client_proof(basic("service:tak_x"), form_of(""));
    REQUIRE(proof);
    CHECK(proof->how == ClientProof::How::kSecret);
    CHECK(proof->client == "service");
    CHECK(proof->proof == "tak_x");
    // Both parts are coded as in a form: RFC 6749 section 2.3.1.
    proof = read_client_proof("bAsIc   " + codec::base64_encode("plant%2Fa%3Ab:x+y"), form_of(""));
    REQUIRE(proof);
    CHECK(proof->client == "plant/a:b");
    CHECK(proof->proof == "x y");
    proof = read_client_proof("", form_of("client_id=service&client_secret=tak_x"));
    REQUIRE(proof);
    CHECK(proof->how == ClientProof::How::kSecret);
    proof = read_client_proof("", form_of("client_id=service"));
    REQUIRE(proof);
    CHECK(proof->how == ClientProof::How::kName);
    proof = read_client_proof("", form_of("client_assertion=a.b.c&client_assertion_type=" +
                                          codec::percent_encode(kAssertionType)));
    REQUIRE(proof);
    CHECK(proof->how == ClientProof::How::kAssertion);
    CHECK(proof->client.empty());
}

TEST_CASE("a client that proves itself in two ways, or in none that is known, is refused") {
    struct Row {
        std::string authorization;
        std::string form;
        std::string_view error;
    };
    const std::string good = basic("service:tak_x");
    const std::string type = "&client_assertion_type=" + codec::percent_encode(kAssertionType);
    for (const Row& row : std::initializer_list<Row>{
             {good, "client_secret=tak_x", "invalid_request"},
             {good, "client_assertion=a.b.c" + type, "invalid_request"},
             {good, "client_id=other", "invalid_request"},
             {good, "client_id=service", ""},
             {"", "client_id=service&client_secret=x&client_assertion=a.b.c" + type,
              "invalid_request"},
             {"", "client_assertion=a.b.c", "invalid_request"},
             {"", "client_assertion=a.b.c&client_assertion_type=saml", "invalid_request"},
             {"", "client_secret=tak_x", "invalid_client"},
             {"", "", "invalid_client"},
             {"Bearer tak_x", "client_id=service", "invalid_client"},
             {"Basic !", "", "invalid_client"},
             {basic("no-colon"), "", "invalid_client"},
             {basic(":secret"), "", "invalid_client"},
             {basic("%zz:secret"), "", "invalid_client"},
             {"Basic", "client_id=service", "invalid_client"}}) {
        CAPTURE(row.authorization);
        CAPTURE(row.form);
        CHECK(error_of(row.authorization, row.form) == row.error);
    }
}

TEST_CASE("scopes are the hub's, and none with which a program would manage people") {
    CHECK(!*read_scopes(form_of("")));
    CHECK(**read_scopes(form_of("scope=telemetry:read+self:read")) ==
          Scopes{Scope::kTelemetryRead, Scope::kSelfRead});
    for (const char* text : {"scope=openid", "scope=telemetry:read+nothing", "scope=users:manage",
                             "scope=tenants:manage"}) {
        CAPTURE(text);
        const auto scopes = read_scopes(form_of(text));
        REQUIRE(!scopes);
        CHECK(scopes.error().error == OAuthError::kInvalidScope);
    }
}

TEST_CASE("tokens and refusals look as RFC 6749 has them") {
    CHECK(body_of(TokenBody{.access_token = "tat_x",
                            .expires_in = 15min,
                            .refresh_token = "trt_x",
                            .scope = "self:read",
                            .device = {}}) == Value::Object{{"access_token", "tat_x"},
                                                            {"token_type", "Bearer"},
                                                            {"expires_in", 900},
                                                            {"refresh_token", "trt_x"},
                                                            {"scope", "self:read"}});
    CHECK(body_of(TokenBody{.access_token = "tdk_x",
                            .expires_in = {},
                            .refresh_token = {},
                            .scope = "self:read",
                            .device = "lamp-1"}) == Value::Object{{"access_token", "tdk_x"},
                                                                  {"token_type", "Bearer"},
                                                                  {"scope", "self:read"},
                                                                  {"device", "lamp-1"}});
    CHECK(body_of(OAuthFault{.error = OAuthError::kInvalidGrant, .why = {}}) ==
          Value::Object{{"error", "invalid_grant"}});
    CHECK(status_of(OAuthError::kInvalidClient) == 401);
    CHECK(status_of(OAuthError::kSlowDown) == 400);
    CHECK(status_of(OAuthError::kTemporarilyUnavailable) == 503);
}

TEST_CASE("the metadata names this issuer's endpoints, and neither implicit nor plain") {
    const Value metadata = metadata_of("https://hub.example:8443");
    CHECK(*metadata.find("issuer") == Value{"https://hub.example:8443"});
    CHECK(*metadata.find("token_endpoint") == Value{"https://hub.example:8443/oauth/token"});
    CHECK(*metadata.find("code_challenge_methods_supported") == Value{Value::Array{"S256"}});
    CHECK(*metadata.find("response_types_supported") == Value{Value::Array{"code"}});
    for (const Value& each : *metadata.find("grant_types_supported")->get<Value::Array>()) {
        CHECK(each != Value{"implicit"});
        CHECK(each != Value{"password"});
    }
}
