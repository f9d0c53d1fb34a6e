#include "auth/authorize.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>

using namespace tandem;
using namespace tandem::auth;

namespace {

const std::string kChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const std::string kIssuer = "https://hub.example";

App app() {
    return {.tenant = TenantId{"main"},
            .id = AppId{"wall"},
            .name = "Wall",
            .redirect_uris = {"https://app.example/done", "https://app.example/q?a=1",
                              "http://127.0.0.1/done"},
            .created = {}};
}

std::expected<Question, AuthorizeFault> ask(const std::string& redirect,
                                            const std::string& rest,
                                            bool known = true) {
    const App registered = app();
    const auto form = Form::parse("client_id=wall&redirect_uri=" + redirect + rest);
    REQUIRE(form);
    return read_authorize(*form, known ? &registered : nullptr);
}

const std::string kDone = "https%3A%2F%2Fapp.example%2Fdone";
const std::string kPkce = "&code_challenge_method=S256&code_challenge=" + kChallenge;
const std::string kGood = "&response_type=code&state=s%26t&nonce=n" + kPkce;

}  // namespace

TEST_CASE("a good request is a question for the user") {
    const auto question = ask(kDone, kGood + "&scope=telemetry:read");
    REQUIRE(question);
    CHECK(question->app.id.text() == "wall");
    CHECK(question->scopes == Scopes{Scope::kTelemetryRead});
    CHECK(question->redirect_uri == "https://app.example/done");
    CHECK(question->state == "s&t");
    CHECK(question->nonce == "n");
    CHECK(question->challenge == kChallenge);
    CHECK(ask(kDone, kGood)->scopes == Scopes{Scope::kSelfRead});
    // The port of the moment: RFC 8252 section 7.3.
    CHECK(ask("http%3A%2F%2F127.0.0.1%3A49152%2Fdone", kGood));
}

TEST_CASE("nothing is sent to an address that the client has not registered") {
    for (const char* redirect :
         {"", "https%3A%2F%2Fevil.example%2Fdone", "https%3A%2F%2Fapp.example%2Fdone%2F",
          "https%3A%2F%2Fapp.example%2Fdone%3Fx%3D1", "https%3A%2F%2Fapp.example%3A444%2Fdone",
          "https%3A%2F%2Fapp.example%2FDONE", "http%3A%2F%2Fapp.example%2Fdone",
          "https%3A%2F%2Fapp.example%40evil.example%2Fdone",
          "https%3A%2F%2Fapp.example%2Fdone%23frag", "https%3A%2F%2Fapp.example%2F..%2Fdone",
          "https%3A%2F%2Fapp.example%252Fdone"}) {
        CAPTURE(redirect);
        const auto refused = ask(redirect, kGood);
        REQUIRE(!refused);
        CHECK(refused.error().redirect_uri.empty());
    }
    const auto unknown = ask(kDone, kGood, false);
    REQUIRE(!unknown);
    CHECK(unknown.error().redirect_uri.empty());
}

TEST_CASE("the client hears what else is wrong, with its state") {
    struct Row {
        std::string rest;
        std::string_view error;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"&state=s" + kPkce, "invalid_request"},
             {"&state=s&response_type=token" + kPkce, "unsupported_response_type"},
             {"&state=s&response_type=code+id_token" + kPkce, "unsupported_response_type"},
             {"&state=s&response_type=code", "invalid_request"},
             {"&state=s&response_type=code&code_challenge=" + kChallenge, "invalid_request"},
             {"&state=s&response_type=code&code_challenge_method=plain&code_challenge=" +
                  kChallenge,
              "invalid_request"},
             {"&state=s&response_type=code&code_challenge_method=S256&code_challenge=short",
              "invalid_request"},
             {"&state=s&response_type=code&response_mode=fragment" + kPkce, "invalid_request"},
             {"&state=s&response_type=code&request=x" + kPkce, "request_not_supported"},
             {"&state=s&response_type=code&request_uri=x" + kPkce, "request_uri_not_supported"},
             {"&state=s&response_type=code&scope=openid" + kPkce, "invalid_scope"},
             {"&state=s&response_type=code&scope=users:manage" + kPkce, "invalid_scope"}}) {
        CAPTURE(row.rest);
        const auto refused = ask(kDone, row.rest);
        REQUIRE(!refused);
        CHECK(name_of(refused.error().fault.error) == row.error);
        CHECK(refused.error().redirect_uri == "https://app.example/done");
        CHECK(refused.error().state == "s");
    }
    const auto long_state =
        ask(kDone, "&response_type=code&state=" + std::string(1'025, 's') + kPkce);
    REQUIRE(!long_state);
    CHECK(long_state.error().state.empty());
}

TEST_CASE("what is sent back is coded, keeps the client's query, and names the issuer") {
    auto question = *ask(kDone, kGood);
    CHECK(redirect_with_code(question, "tac_1", kIssuer) ==
          "https://app.example/done?code=tac_1&state=s%26t&iss=https%3A%2F%2Fhub.example");
    question.redirect_uri = "https://app.example/q?a=1";
    question.state.clear();
    CHECK(redirect_with_code(question, "tac_1", kIssuer) ==
          "https://app.example/q?a=1&code=tac_1&iss=https%3A%2F%2Fhub.example");
    CHECK(redirect_with_error({.fault = {.error = OAuthError::kAccessDenied, .why = {}},
                               .redirect_uri = "com.example.app:/done",
                               .state = "s"},
                              kIssuer) ==
          "com.example.app:/done?error=access_denied&state=s&iss=https%3A%2F%2Fhub.example");
}
