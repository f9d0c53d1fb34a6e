// How long a refusal takes tells nothing of the secret. T-56.
//
// TANDEM_TIMING_SAMPLES: how many of each comparison; 200,000 in ./test --long.
#include "auth/access_token.h"
#include "auth/credentials.h"
#include "auth/key.h"
#include "auth/password.h"
#include "auth/pkce.h"
#include "auth/session.h"
#include "codec/base64.h"
#include "conformance/manual_executor.h"
#include "timing/welch.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>

using namespace tandem;
using namespace tandem::auth;
using timing::Difference;
using timing::Pair;

namespace {

constexpr std::string_view kPepper = "a pepper of tests only";
constexpr Instant kNow{Duration{1'700'000'000'000'000}};
constexpr Monotonic kLater{1'000s};

std::size_t samples_wanted() {
    const char* text = std::getenv("TANDEM_TIMING_SAMPLES");  // NOLINT(concurrency-mt-unsafe)
    return text == nullptr ? 4'000 : std::strtoull(text, nullptr, 10);
}

constexpr std::string_view kSmall = "abcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kWrong = 8;

/// Texts that are like `good` but for characters at its beginning, or at its end: others each time,
/// or what is looked up by a hash would take as long as where those few lie in a table. What is
/// compared is written into one and the same place, so that only what it says differs.
class Wrong {
public:
    using Into = std::function<std::string(const std::string& secret)>;

    explicit Wrong(std::string good, Into into = {})
        : good_{std::move(good)}, into_{std::move(into)} {}

    void take(bool second) {
        std::string secret = good_;
        secret.replace(second ? good_.size() - kWrong : 0, kWrong, random_.text(kWrong, kSmall));
        text.assign(into_ ? into_(secret) : secret);
    }

    std::string text;

private:
    std::string good_;
    Into into_;
    SeededRandom random_{11};
};

/// A difference that is there is there again: what a neighbour's work has made is not.
Difference look(std::string_view what, const Pair& pair, std::size_t samples) {
    Difference found;
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        found = timing::compare(pair, samples, seed);
        fmt::print(
            "{{\"id\":\"T-56\",\"compared\":\"{}\",\"samples\":{},\"t\":{:.2f},"
            "\"t_cropped\":{:.2f}}}\n",
            what, samples, found.whole, found.cropped);
        if (!found.tells()) break;
    }
    return found;
}

/// `check` refuses texts with a wrong character at the beginning and at the end.
Difference look_at_ends(std::string_view what,
                        Wrong wrong,
                        const std::function<bool(const std::string&)>& accepts) {
    bool accepted = false;
    const Pair pair{.prepare = [&](bool second) { wrong.take(second); },
                    .run = [&] { accepted |= accepts(wrong.text); }};
    const Difference found = look(what, pair, samples_wanted());
    CHECK_FALSE(accepted);
    return found;
}

/// A secret whose ends are of the characters that stand in their place where it is wrong: what is
/// looked at one by one, as a verifier's are, takes longer for some than for others, which tells
/// whoever sent them nothing.
std::string even_secret(Random& random) {
    std::string secret = make_secret(random);
    secret.replace(0, kWrong, random.text(kWrong, kSmall));
    secret.replace(secret.size() - kWrong, kWrong, random.text(kWrong, kSmall));
    return secret;
}

}  // namespace

TEST_CASE("a comparison that ends at the first difference is found out") {
    SeededRandom random{7};
    const std::string secret = even_secret(random);
    const auto naive = [&secret](const std::string& given) {
        for (std::size_t at = 0; at < secret.size(); ++at) {
            // Not to be replaced by a comparison of many characters at once.
            const volatile char expected = secret[at];
            if (given[at] != expected) return false;
        }
        return true;
    };
    CHECK(look_at_ends("naively, as a control", Wrong{secret}, naive).tells());
}

TEST_CASE("a wrong key takes as long wherever it is wrong") {
    SeededRandom random{7};
    Credentials credentials{std::string{kPepper}};
    const Key key{.id = make_bearer(random).id, .secret = even_secret(random)};
    credentials.put({.id = key.id,
                     .kind = PrincipalKind::kDevice,
                     .tenant = TenantId{"home"},
                     .principal = "lamp-1",
                     .scopes = device_scopes(),
                     .digest = credentials.digest_of(key.secret),
                     .created = kNow,
                     .expires = {}});
    REQUIRE(credentials.authenticate(bearer_text("tdk_", key), kNow));
    const auto as_key = [&](const std::string& secret) {
        return bearer_text("tdk_", {.id = key.id, .secret = secret});
    };
    const auto accepts = [&](const std::string& text) {
        return credentials.authenticate(text, kNow).has_value();
    };
    CHECK_FALSE(look_at_ends("keys", Wrong{key.secret, as_key}, accepts).tells());
}

TEST_CASE("a wrong access token takes as long wherever it is wrong") {
    SeededRandom random{7};
    const Delegation delegation{.kind = PrincipalKind::kApp,
                                .tenant = TenantId{"home"},
                                .principal = "reader",
                                .client = "reader",
                                .scopes = Scopes::all()};
    auto issued =
        issue_access_token(delegation, {}, {}, {.pepper = kPepper, .random = random, .now = kNow});
    const std::string good = even_secret(random);
    issued.record.digest = keyed_digest(kPepper, good);
    const auto accepts = [&](const std::string& secret) {
        return check_access_token(&issued.record, {.id = issued.record.id, .secret = secret}, {},
                                  kPepper, kNow)
            .has_value();
    };
    REQUIRE(accepts(good));
    CHECK_FALSE(look_at_ends("access tokens", Wrong{good}, accepts).tells());
}

TEST_CASE("a wrong cookie, ticket or code takes as long wherever it is wrong") {
    SeededRandom random{7};
    Sessions sessions{random};
    const Actor who{.kind = PrincipalKind::kUser,
                    .tenant = TenantId{"home"},
                    .id = "anna",
                    .credential = {},
                    .scopes = Scopes::all(),
                    .allowances = {}};
    std::string cookie;
    for (int at = 0; at < 1'000; ++at)
        cookie = sessions.begin(who, kLater);
    REQUIRE(sessions.find(cookie, kLater));
    CHECK_FALSE(look_at_ends("cookies", Wrong{cookie}, [&](const std::string& text) {
                    return sessions.find(text, kLater).has_value();
                }).tells());
    const std::string ticket = sessions.make_ticket(who, "https://hub", kLater).text;
    CHECK_FALSE(look_at_ends("tickets", Wrong{ticket}, [&](const std::string& text) {
                    return sessions.redeem_ticket(text, "https://hub", kLater).has_value();
                }).tells());
    REQUIRE(sessions.redeem_ticket(ticket, "https://hub", kLater));
    const std::string code = sessions.make_code(who, kLater);
    CHECK_FALSE(look_at_ends("login codes", Wrong{code}, [&](const std::string& text) {
                    return sessions.redeem_code(text, kLater).has_value();
                }).tells());
    REQUIRE(sessions.redeem_code(code, kLater));
}

TEST_CASE("a wrong verifier takes as long wherever it is wrong") {
    SeededRandom random{7};
    const std::string verifier = even_secret(random);
    const std::string challenge = codec::base64url_encode(digest(verifier));
    const auto accepts = [&](const std::string& text) { return pkce_matches(challenge, text); };
    REQUIRE(accepts(verifier));
    CHECK_FALSE(look_at_ends("PKCE verifiers", Wrong{verifier}, accepts).tells());
}

TEST_CASE("two digests take as long to compare wherever they differ") {
    SeededRandom random{7};
    const std::string stored = digest(make_secret(random));
    const auto accepts = [&](const std::string& given) {
        bool same = false;
        // One is too short for the clock.
        for (int at = 0; at < 32; ++at)
            same |= same_digest(given, stored);
        return same;
    };
    REQUIRE(accepts(stored));
    CHECK_FALSE(look_at_ends("digests", Wrong{stored}, accepts).tells());
}

TEST_CASE("a wrong password takes as long as one of nobody") {
    // 30 ms each: a thousandth of the others, and never less than a handful.
    const std::size_t samples = std::max<std::size_t>(20, samples_wanted() / 500);
    SeededRandom random{7};
    const std::string phc = hash_password("correct horse battery staple", random);
    conformance::ManualExecutor executor;
    PasswordVerifier verifier;
    bool known = false;
    bool accepted = false;
    const Pair pair{.prepare = [&](bool second) { known = second; },
                    .run =
                        [&] {
                            const auto result = conformance::start(verifier.verify(
                                &executor, "Correct horse battery staple", known ? phc : ""));
                            REQUIRE(executor.run_until([&] { return result->has_value(); }));
                            accepted |= (*result)->value_or(false);
                        }};
    // The first one that is nobody's makes what the others are held against.
    pair.prepare(false);
    pair.run();
    CHECK_FALSE(look("known and unknown users", pair, samples).tells());
    CHECK_FALSE(accepted);
}
