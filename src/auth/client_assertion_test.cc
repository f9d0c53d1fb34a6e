#include "auth/client_assertion.h"

#include "auth/test_jwt.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::auth;
using namespace tandem::auth::test;

namespace {

using Use = UsedAssertions::Use;
const Audiences kAudiences{"https://hub.example", "https://hub.example/oauth2/token"};

/// A client, and a hub that remembers what it used.
struct Trial {
    SigningKey key = make_ec();
    AssertingClient client{.id = "service-1", .keys = {}, .algorithms = {JwsAlgorithm::kEs256}};
    UsedAssertions used;

    Trial() {
        auto jwk = parse_jwk(jwk_of(key, "k"));
        REQUIRE(jwk.has_value());
        client.keys.push_back(std::move(*jwk));
    }

    std::expected<UsedAssertion, JwtRefusal> use(std::string_view claims,
                                                 std::string_view header = R"({"alg":"ES256"})",
                                                 Instant now = kNow) {
        const auto jwt = read_jwt(token_of(key, header, claims));
        if (!jwt) return std::unexpected(jwt.error());
        return use_assertion(*jwt, client, kAudiences, used, now);
    }
};

struct Claims {
    std::string iss = R"("service-1")";
    std::string sub = R"("service-1")";
    std::string aud = R"("https://hub.example")";
    std::string jti = R"("a")";
    std::int64_t exp = 60;

    [[nodiscard]] std::string text() const {
        return R"({"iss":)" + iss + R"(,"sub":)" + sub + R"(,"aud":)" + aud +
               (jti.empty() ? "" : R"(,"jti":)" + jti) + R"(,"exp":)" + seconds(exp) + "}";
    }
};

std::optional<JwtFault> fault_of(const std::expected<UsedAssertion, JwtRefusal>& outcome) {
    return outcome ? std::nullopt : std::optional{outcome.error().fault};
}

}  // namespace

TEST_CASE("a client proves itself with an assertion, once") {
    Trial trial;
    const auto used = trial.use(Claims{}.text());
    REQUIRE(used.has_value());
    CHECK(used->client == "service-1");
    CHECK(used->digest.size() == 32);
    CHECK(used->until == kNow + 60s + kClockSkew);
    CHECK(fault_of(trial.use(Claims{}.text())) == JwtFault::kReplayed);
    // Signed anew it is the same assertion, for its jti says so.
    CHECK(fault_of(trial.use(Claims{.exp = 61}.text())) == JwtFault::kReplayed);
    CHECK(trial.use(Claims{.jti = R"("b")"}.text()).has_value());
}

TEST_CASE("what is wrong with an assertion is found, and uses nothing up") {
    Trial trial;
    struct Row {
        Claims claims;
        JwtFault fault;
    };
    for (const Row& row : {
             Row{{.iss = R"("service-2")"}, JwtFault::kIssuer},
             Row{{.iss = R"("https://hub.example")"}, JwtFault::kIssuer},
             Row{{.sub = R"("service-2")"}, JwtFault::kClaim},
             Row{{.sub = R"("admin")"}, JwtFault::kClaim},
             Row{{.aud = R"("https://other.example")"}, JwtFault::kAudience},
             Row{{.aud = R"("https://hub.example/")"}, JwtFault::kAudience},
             Row{{.jti = ""}, JwtFault::kClaim},
             Row{{.jti = R"("")"}, JwtFault::kClaim},
             Row{{.exp = -60}, JwtFault::kExpired},
             Row{{.exp = 361}, JwtFault::kTooLong},
         }) {
        CAPTURE(row.claims.text());
        CHECK(fault_of(trial.use(row.claims.text())) == row.fault);
    }
    CHECK(trial.used.size() == 0);
    CHECK(trial.use(Claims{}.text()).has_value());
}

TEST_CASE(
    "an assertion may be for the hub or its token endpoint, good for 5 minutes, of any type") {
    Trial trial;
    CHECK(trial.use(Claims{.aud = R"("https://hub.example/oauth2/token")"}.text()).has_value());
    CHECK(trial.use(Claims{.aud = R"(["x","https://hub.example"])", .jti = "\"b\""}.text())
              .has_value());
    CHECK(trial.use(Claims{.jti = "\"c\"", .exp = 360}.text()).has_value());
    CHECK(trial.use(Claims{.jti = "\"d\""}.text(), R"({"alg":"ES256","typ":"JWT"})").has_value());
    CHECK(trial
              .use(Claims{.jti = "\"e\""}.text(),
                   R"({"alg":"ES256","kid":"k","typ":"client-authentication+jwt"})")
              .has_value());
    // But no access token is one.
    CHECK(fault_of(trial.use(Claims{.jti = "\"f\""}.text(), R"({"alg":"ES256","typ":"at+jwt"})")) ==
          JwtFault::kType);
}

TEST_CASE("an assertion is signed with the client's own key, by its own algorithm") {
    Trial trial;
    Trial other;
    const auto stranger = read_jwt(token_of(other.key, R"({"alg":"ES256"})", Claims{}.text()));
    REQUIRE(stranger.has_value());
    CHECK(fault_of(use_assertion(*stranger, trial.client, kAudiences, trial.used, kNow)) ==
          JwtFault::kSignature);
    CHECK(fault_of(trial.use(Claims{}.text(), R"({"alg":"ES256","kid":"other"})")) ==
          JwtFault::kUnknownKey);
    CHECK(fault_of(trial.use(Claims{}.text(), R"({"alg":"none"})")) == JwtFault::kAlgorithm);
    trial.client.algorithms = {JwsAlgorithm::kEdDsa};
    CHECK(fault_of(trial.use(Claims{}.text())) == JwtFault::kAlgorithm);
    trial.client.algorithms = {JwsAlgorithm::kEs256};
    trial.client.keys.clear();
    CHECK(fault_of(trial.use(Claims{}.text())) == JwtFault::kUnknownKey);
}

TEST_CASE("an assertion is remembered for as long as it would be taken, across a restart too") {
    Trial trial;
    const auto record = trial.use(Claims{.exp = 300}.text());
    REQUIRE(record.has_value());
    UsedAssertions after_restart;
    after_restart.load({*record});
    trial.used = std::move(after_restart);
    const Instant last = kNow + 300s + kClockSkew - 1us;
    CHECK(fault_of(trial.use(Claims{.exp = 300}.text(), R"({"alg":"ES256"})", last)) ==
          JwtFault::kReplayed);
    CHECK(fault_of(trial.use(Claims{.exp = 300}.text(), R"({"alg":"ES256"})", last + 1us)) ==
          JwtFault::kExpired);
}

TEST_CASE("two clients may use the same jti") {
    UsedAssertions used;
    CHECK(used.use({"a", "digest", kNow + 1s}, kNow) == Use::kFirst);
    CHECK(used.use({"b", "digest", kNow + 1s}, kNow) == Use::kFirst);
    CHECK(used.use({"a", "digest", kNow + 1s}, kNow) == Use::kAgain);
    CHECK(used.size() == 2);
}

TEST_CASE("a client that uses too many is refused until they expire; others are not") {
    UsedAssertions used;
    for (std::size_t at = 0; at < UsedAssertions::kOfClientMax; ++at) {
        const Instant until = kNow + (at == 0 ? Duration{1s} : Duration{60s});
        REQUIRE(used.use({"busy", std::to_string(at), until}, kNow) == Use::kFirst);
    }
    CHECK(used.use({"busy", "more", kNow + 60s}, kNow) == Use::kTooMany);
    CHECK(used.use({"busy", "1", kNow + 60s}, kNow) == Use::kAgain);  // Nothing was forgotten.
    CHECK(used.use({"other", "more", kNow + 60s}, kNow) == Use::kFirst);
    CHECK(used.use({"busy", "more", kNow + 60s}, kNow + 1s) == Use::kFirst);
    CHECK(used.use({"busy", "and more", kNow + 60s}, kNow + 1s) == Use::kTooMany);
    CHECK(used.size() == UsedAssertions::kOfClientMax + 1);
}

TEST_CASE("there is a bound for all clients together, and what has expired makes room") {
    UsedAssertions used;
    std::vector<UsedAssertion> records;
    for (std::size_t at = 0; at < UsedAssertions::kMax; ++at) {
        const std::string client = "client " + std::to_string(at / 500);
        records.push_back({client, std::to_string(at), kNow + 60s});
    }
    used.load(records);
    CHECK(used.size() == UsedAssertions::kMax);
    CHECK(used.use({"new", "a", kNow + 120s}, kNow) == Use::kTooMany);
    CHECK(used.use({"client 0", "0", kNow + 60s}, kNow) == Use::kAgain);
    CHECK(used.use({"new", "a", kNow + 120s}, kNow + 60s) == Use::kFirst);
    CHECK(used.size() == 1);
}
