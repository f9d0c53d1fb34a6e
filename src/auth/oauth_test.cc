#include "auth/access_token.h"
#include "auth/authorization_code.h"
#include "auth/pkce.h"
#include "auth/refresh_token.h"
#include "codec/base64.h"

#include <doctest/doctest.h>

#include <set>

using namespace tandem;
using namespace tandem::auth;

namespace {

constexpr Instant kNow{Duration{1'800'000'000'000'000}};
constexpr std::string_view kPepper = "a pepper";
// RFC 7636, appendix B.
constexpr std::string_view kVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
constexpr std::string_view kChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

const Delegation kAlice{.kind = PrincipalKind::kUser,
                        .tenant = TenantId{"home"},
                        .principal = "alice",
                        .client = "dashboard",
                        .scopes = {Scope::kTelemetryRead, Scope::kCommandsSend}};

/// A hub that makes secrets.
struct Hub {
    SeededRandom random{1};
    [[nodiscard]] Mint mint(Instant now = kNow) { return {kPepper, random, now}; }

    IssuedCode code() {
        return issue_code({.delegation = kAlice,
                           .redirect_uri = "https://app.example/done",
                           .challenge = std::string{kChallenge},
                           .nonce = "n"},
                          mint());
    }
};

/// A code presented as its client does.
CodeExchange exchange_of(const IssuedCode& issued) {
    const auto code = read_code(issued.text);
    REQUIRE(code.has_value());
    return {.code = *code,
            .client = "dashboard",
            .redirect_uri = "https://app.example/done",
            .verifier = std::string{kVerifier}};
}

Refreshing refreshing_of(const std::string& text, std::string client = "dashboard") {
    const auto token = read_refresh_token(text);
    REQUIRE(token.has_value());
    return {.token = *token, .client = std::move(client), .scopes = {}};
}

}  // namespace

TEST_CASE("the verifier of RFC 7636 matches the challenge of its appendix and no other") {
    CHECK(is_pkce_challenge("S256", kChallenge));
    CHECK(pkce_matches(kChallenge, kVerifier));
    for (std::size_t at = 0; at < kVerifier.size(); ++at) {
        std::string changed{kVerifier};
        changed[at] = changed[at] == 'x' ? 'y' : 'x';
        CHECK_FALSE(pkce_matches(kChallenge, changed));
    }
    CHECK_FALSE(pkce_matches(std::string{kChallenge} + "=", kVerifier));
    CHECK_FALSE(pkce_matches("", kVerifier));
}

TEST_CASE("PKCE is S256 and nothing less") {
    CHECK_FALSE(is_pkce_challenge("plain", kChallenge));
    CHECK_FALSE(is_pkce_challenge("", kChallenge));
    CHECK_FALSE(is_pkce_challenge("s256", kChallenge));
    CHECK_FALSE(is_pkce_challenge("S256", ""));
    CHECK_FALSE(is_pkce_challenge("S256", kChallenge.substr(1)));
    CHECK_FALSE(is_pkce_challenge("S256", std::string{kChallenge} + "="));
    CHECK_FALSE(is_pkce_challenge("S256", std::string(43, '-') + "-"));
    CHECK_FALSE(is_pkce_challenge("S256", std::string(42, '-') + "+"));
    CHECK_FALSE(pkce_matches(kVerifier, kVerifier));  // As `plain` would have it.
}

TEST_CASE("a verifier has 43 to 128 unreserved characters") {
    // Each against a challenge of its own, so that its form alone can be wrong.
    const auto matches = [](const std::string& verifier) {
        return pkce_matches(codec::base64url_encode(digest(verifier)), verifier);
    };
    CHECK(matches(std::string(43, 'a')));
    CHECK(matches(std::string(128, 'a')));
    CHECK(matches(std::string(43, 'a') + "-._~09AZaz"));
    CHECK_FALSE(matches(std::string(42, 'a')));
    CHECK_FALSE(matches(std::string(129, 'a')));
    for (const char c : {' ', '+', '/', '=', '\0', '\n', '\x7F', '\xC3'}) {
        CAPTURE(static_cast<int>(c));
        CHECK_FALSE(matches(std::string(43, 'a') + c));
    }
}

TEST_CASE("an access token tells who calls until it expires") {
    Hub hub;
    const auto issued = issue_access_token(kAlice, KeyId{"family"}, "", hub.mint());
    CHECK(issued.text.starts_with("tat_"));
    CHECK(issued.record.expires == kNow + 15min);
    CHECK(issued.record.family == KeyId{"family"});
    const auto given = read_access_token(issued.text);
    REQUIRE(given.has_value());
    CHECK(given->id == issued.record.id);
    // Nothing of the secret is in the record.
    CHECK_FALSE(issued.record.digest.contains(given->secret));
    const auto actor = check_access_token(&issued.record, *given, "", kPepper, kNow + 15min - 1us);
    REQUIRE(actor.has_value());
    CHECK(actor->kind == PrincipalKind::kUser);
    CHECK(actor->tenant == TenantId{"home"});
    CHECK(actor->id == "alice");
    CHECK(actor->credential == issued.record.id.text());
    CHECK(actor->scopes == kAlice.scopes);
    const auto expired = check_access_token(&issued.record, *given, "", kPepper, kNow + 15min);
    REQUIRE_FALSE(expired.has_value());
    CHECK(expired.error().detail == "the token has expired");
}

TEST_CASE("whatever else is wrong with an access token, the refusal says the same") {
    Hub hub;
    const auto issued = issue_access_token(kAlice, {}, "", hub.mint());
    const auto other = issue_access_token(kAlice, {}, "", hub.mint());
    const auto bound = issue_access_token(kAlice, {}, std::string(32, 'c'), hub.mint());
    const Key given = *read_access_token(issued.text);
    struct Row {
        const AccessToken* stored;
        Key given;
        std::string_view pepper;
        Instant now;
    };
    for (const Row& row :
         {Row{nullptr, given, kPepper, kNow}, Row{&other.record, given, kPepper, kNow},
          Row{&issued.record, given, "another pepper", kNow},
          Row{&other.record, given, kPepper, kNow + 15min},  // Not even that it has expired.
          Row{&bound.record, *read_access_token(bound.text), kPepper, kNow}}) {
        const auto refused = check_access_token(row.stored, row.given, "", row.pepper, row.now);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().code == ErrorCode::kUnauthenticated);
        CHECK(refused.error().detail == "the token is not valid");
    }
    const Key of_bound = *read_access_token(bound.text);
    CHECK(check_access_token(&bound.record, of_bound, std::string(32, 'c'), kPepper, kNow)
              .has_value());
    CHECK_FALSE(check_access_token(&bound.record, of_bound, std::string(32, 'd'), kPepper, kNow)
                    .has_value());
}

TEST_CASE("a token of one kind is not read as one of another") {
    Hub hub;
    const std::string access = issue_access_token(kAlice, {}, "", hub.mint()).text;
    const std::string code = hub.code().text;
    const std::string refresh = begin_family(KeyId{std::string(16, 'f')}, kAlice, hub.mint()).text;
    CHECK_FALSE(read_code(access).has_value());
    CHECK_FALSE(read_refresh_token(access).has_value());
    CHECK_FALSE(read_access_token(code).has_value());
    CHECK_FALSE(read_access_token(refresh).has_value());
    CHECK_FALSE(read_key(access).has_value());
}

TEST_CASE("a code gives its delegation once, within 60 s") {
    Hub hub;
    const IssuedCode issued = hub.code();
    const CodeExchange exchange = exchange_of(issued);
    CHECK(exchange.code.id == issued.record.id);
    const auto used = redeem_code(&issued.record, exchange, kPepper, kNow + 60s - 1us);
    REQUIRE(used.has_value());
    CHECK(used->used);
    CHECK(used->delegation == kAlice);
    CHECK(used->nonce == "n");
    CHECK_FALSE(used->family.empty());
    const auto late = redeem_code(&issued.record, exchange, kPepper, kNow + 60s);
    REQUIRE_FALSE(late.has_value());
    CHECK(late.error().error == OAuthError::kInvalidGrant);
}

TEST_CASE("a code that is replayed gives nothing and ends what it gave, however late") {
    Hub hub;
    const IssuedCode issued = hub.code();
    const auto used = redeem_code(&issued.record, exchange_of(issued), kPepper, kNow);
    REQUIRE(used.has_value());
    for (const Duration later : {Duration{0}, Duration{59s}, Duration{1h}}) {
        CodeExchange replay = exchange_of(issued);
        replay.verifier = "stolen without the verifier";
        const auto refused = redeem_code(&*used, replay, kPepper, kNow + later);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().error == OAuthError::kInvalidGrant);
        CHECK(refused.error().revoke == issued.record.family);
    }
    CHECK(kept_until(*used) == kNow + 24h);
    CHECK(kept_until(issued.record) == kNow + 60s);
}

TEST_CASE("a code is for its client, its redirect URI and its verifier; a wrong try uses it up") {
    Hub hub;
    const IssuedCode issued = hub.code();
    const auto with = [&](auto change) {
        CodeExchange exchange = exchange_of(issued);
        change(exchange);
        return redeem_code(&issued.record, exchange, kPepper, kNow);
    };
    for (const auto& refused :
         {with([](CodeExchange& each) { each.client = "other"; }),
          with([](CodeExchange& each) { each.client = ""; }),
          with([](CodeExchange& each) { each.redirect_uri = "https://app.example/done/"; }),
          with([](CodeExchange& each) { each.redirect_uri = ""; }),
          with([](CodeExchange& each) { each.verifier = ""; }),
          with([](CodeExchange& each) { each.verifier = kChallenge; })}) {
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().error == OAuthError::kInvalidGrant);
        REQUIRE(refused.error().record.has_value());
        CHECK(refused.error().record->used);
        CHECK(refused.error().revoke.empty());
        // The rightful client comes too late, and is told no more.
        CHECK_FALSE(
            redeem_code(&*refused.error().record, exchange_of(issued), kPepper, kNow).has_value());
    }
}

TEST_CASE("who does not know a code's secret cannot use it up") {
    Hub hub;
    const IssuedCode issued = hub.code();
    CodeExchange guess = exchange_of(issued);
    guess.code.secret = exchange_of(hub.code()).code.secret;
    constexpr const AuthorizationCode* kNothing = nullptr;
    for (const AuthorizationCode* stored : {&issued.record, kNothing}) {
        const auto refused = redeem_code(stored, guess, kPepper, kNow);
        REQUIRE_FALSE(refused.has_value());
        CHECK_FALSE(refused.error().record.has_value());
        CHECK(refused.error().revoke.empty());
    }
}

TEST_CASE("a refresh token gives the next one and works once") {
    Hub hub;
    const KeyId family{std::string(16, 'f')};
    IssuedRefreshToken present = begin_family(family, kAlice, hub.mint());
    std::set<std::string> seen{present.text};
    for (int turn = 1; turn <= 50; ++turn) {
        const Instant now = kNow + turn * 10min;
        auto next = rotate(&present.record, refreshing_of(present.text), hub.mint(now));
        REQUIRE(next.has_value());
        CHECK(seen.insert(next->text).second);
        CHECK(next->record.id == family);
        CHECK(next->record.delegation == kAlice);
        CHECK(next->record.created == kNow);  // Its life is that of the family.
        CHECK(next->record.rotated == now);
        CHECK(next->record.digest != present.record.digest);
        present = std::move(*next);
    }
}

TEST_CASE("every earlier token of a family ends it, not only the last one") {
    Hub hub;
    IssuedRefreshToken present = begin_family(KeyId{std::string(16, 'f')}, kAlice, hub.mint());
    std::vector<std::string> earlier;
    for (int turn = 0; turn < 5; ++turn) {
        earlier.push_back(present.text);
        present = *rotate(&present.record, refreshing_of(present.text), hub.mint());
    }
    for (const std::string& text : earlier) {
        const auto refused = rotate(&present.record, refreshing_of(text), hub.mint(kNow + 1h));
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().error == OAuthError::kInvalidGrant);
        CHECK(refused.error().revoke == present.record.id);
        REQUIRE(refused.error().record.has_value());
        CHECK(refused.error().record->revoked == kNow + 1h);
        // From then on nothing of the family works, the present token neither.
        CHECK_FALSE(
            rotate(&*refused.error().record, refreshing_of(present.text), hub.mint()).has_value());
        CHECK_FALSE(is_live(*refused.error().record, kNow));
    }
}

TEST_CASE("a token that the hub never made ends no family") {
    Hub hub;
    const IssuedRefreshToken present =
        begin_family(KeyId{std::string(16, 'f')}, kAlice, hub.mint());
    const IssuedRefreshToken elsewhere =
        begin_family(KeyId{std::string(16, 'g')}, kAlice, hub.mint());
    Refreshing guess = refreshing_of(present.text);
    for (const std::string& secret :
         {make_secret(hub.random), refreshing_of(elsewhere.text).token.secret, std::string{},
          std::string(43, '_'), guess.token.secret.substr(0, 42) + "_"}) {
        CAPTURE(secret);
        guess.token.secret = secret;
        const auto refused = rotate(&present.record, guess, hub.mint());
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().revoke.empty());
        CHECK_FALSE(refused.error().record.has_value());
    }
    CHECK_FALSE(rotate(nullptr, refreshing_of(present.text), hub.mint()).has_value());
}

TEST_CASE("the present token in another client's hand ends the family") {
    Hub hub;
    const IssuedRefreshToken present =
        begin_family(KeyId{std::string(16, 'f')}, kAlice, hub.mint());
    const auto refused = rotate(&present.record, refreshing_of(present.text, "thief"), hub.mint());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().revoke == present.record.id);
}

TEST_CASE("a family lives for 30 days, however often it is rotated") {
    Hub hub;
    IssuedRefreshToken present = begin_family(KeyId{std::string(16, 'f')}, kAlice, hub.mint());
    const Instant end = kNow + 30 * 24h;
    present = *rotate(&present.record, refreshing_of(present.text), hub.mint(end - 1us));
    CHECK(is_live(present.record, end - 1us));
    CHECK_FALSE(is_live(present.record, end));
    CHECK_FALSE(rotate(&present.record, refreshing_of(present.text), hub.mint(end)).has_value());
}

TEST_CASE("less than was granted may be asked for, more may not, and asking uses nothing up") {
    Hub hub;
    const IssuedRefreshToken present =
        begin_family(KeyId{std::string(16, 'f')}, kAlice, hub.mint());
    Refreshing refreshing = refreshing_of(present.text);
    refreshing.scopes = Scopes{Scope::kTelemetryRead, Scope::kUsersManage};
    const auto refused = rotate(&present.record, refreshing, hub.mint());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().error == OAuthError::kInvalidScope);
    CHECK_FALSE(refused.error().record.has_value());
    refreshing.scopes = Scopes{Scope::kTelemetryRead};
    const auto next = rotate(&present.record, refreshing, hub.mint());
    REQUIRE(next.has_value());
    CHECK(next->record.delegation.scopes == kAlice.scopes);  // The next may ask for all again.
}

TEST_CASE("a family that is revoked says when, once") {
    Hub hub;
    const auto present = begin_family(KeyId{std::string(16, 'f')}, kAlice, hub.mint());
    const RefreshFamily ended = revoked(present.record, kNow + 1s);
    CHECK(ended.revoked == kNow + 1s);
    CHECK(revoked(ended, kNow + 2s) == ended);
    CHECK_FALSE(is_live(ended, kNow));
}

TEST_CASE("refusals have the names that RFC 6749 and RFC 8628 give them") {
    CHECK(name_of(OAuthError::kInvalidRequest) == "invalid_request");
    CHECK(name_of(OAuthError::kInvalidClient) == "invalid_client");
    CHECK(name_of(OAuthError::kInvalidGrant) == "invalid_grant");
    CHECK(name_of(OAuthError::kInvalidScope) == "invalid_scope");
    CHECK(name_of(OAuthError::kAuthorizationPending) == "authorization_pending");
    CHECK(name_of(OAuthError::kSlowDown) == "slow_down");
    CHECK(name_of(OAuthError::kAccessDenied) == "access_denied");
    CHECK(name_of(OAuthError::kExpiredToken) == "expired_token");
}
