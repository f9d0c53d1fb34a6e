#include "auth/token_cache.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::auth;

namespace {

constexpr Instant kNow{Duration{1'800'000'000'000'000}};
constexpr Monotonic kStart{1'000s};

VerifiedJwt jwt_of(std::string subject, Duration life = 10min) {
    return {.issuer = "https://id.example",
            .subject = std::move(subject),
            .jti = {},
            .scopes = {Scope::kTelemetryRead},
            .expires = kNow + life,
            .certificate = {}};
}

}  // namespace

TEST_CASE("a token that was verified is known, and no other is") {
    TokenCache cache;
    CHECK_FALSE(cache.find("token", "", kStart).has_value());
    cache.put("token", jwt_of("alice"), kNow, kStart);
    const auto found = cache.find("token", "", kStart);
    REQUIRE(found.has_value());
    CHECK(found->subject == "alice");
    CHECK(found->scopes == Scopes{Scope::kTelemetryRead});
    CHECK(found->expires == kNow + 10min);
    for (const std::string_view other : {"", "toke", "token ", "Token", "tokeo"})
        CHECK_FALSE(cache.find(other, "", kStart).has_value());
}

TEST_CASE("a token is known for 60 s and never longer than until it expires") {
    struct Row {
        Duration life;
        Duration known;
    };
    for (const Row& row : {Row{10min, 60s}, Row{61s, 60s}, Row{59s, 59s}, Row{1us, 1us}}) {
        CAPTURE(row.life.count());
        TokenCache cache;
        cache.put("token", jwt_of("alice", row.life), kNow, kStart);
        CHECK(cache.find("token", "", kStart + row.known - 1us).has_value());
        CHECK_FALSE(cache.find("token", "", kStart + row.known).has_value());
    }
    // In the skew after its `exp` a token is good, but not remembered.
    TokenCache cache;
    cache.put("expired", jwt_of("alice", 0s), kNow, kStart);
    cache.put("long expired", jwt_of("alice", -59s), kNow, kStart);
    CHECK(cache.size() == 0);
}

TEST_CASE("the cache holds so many tokens; the oldest goes first") {
    TokenCache cache{3};
    for (int at = 0; at < 10; ++at) {
        cache.put("token " + std::to_string(at), jwt_of("alice"), kNow, kStart + at * 1s);
        CHECK(cache.size() <= 3);
    }
    for (int at = 0; at < 10; ++at) {
        CAPTURE(at);
        CHECK(cache.find("token " + std::to_string(at), "", kStart + 9s).has_value() == (at >= 7));
    }
    TokenCache none{0};
    none.put("token", jwt_of("alice"), kNow, kStart);
    CHECK(none.size() == 0);
}

TEST_CASE("what is over makes room for what comes") {
    TokenCache cache;
    for (int at = 0; at < 100; ++at)
        cache.put("token " + std::to_string(at), jwt_of("alice"), kNow, kStart);
    CHECK(cache.size() == 100);
    cache.put("late", jwt_of("alice", 1h), kNow + 60s, kStart + 60s);
    CHECK(cache.size() == 1);
}

TEST_CASE("a token that is put again is known by what came last, and takes one place") {
    TokenCache cache{2};
    cache.put("other", jwt_of("bob"), kNow, kStart);
    cache.put("token", jwt_of("alice"), kNow, kStart);
    VerifiedJwt changed = jwt_of("alice");
    changed.scopes = {};
    cache.put("token", changed, kNow, kStart + 30s);
    CHECK(cache.size() == 2);
    const auto found = cache.find("token", "", kStart + 80s);
    REQUIRE(found.has_value());
    CHECK(found->scopes == Scopes{});
}

TEST_CASE("a token that is bound to a certificate is known with that certificate alone") {
    TokenCache cache;
    VerifiedJwt bound = jwt_of("alice");
    bound.certificate = std::string(32, 'c');
    cache.put("token", bound, kNow, kStart);
    CHECK(cache.find("token", std::string(32, 'c'), kStart).has_value());
    CHECK_FALSE(cache.find("token", std::string(32, 'd'), kStart).has_value());
    CHECK_FALSE(cache.find("token", "", kStart).has_value());
}
