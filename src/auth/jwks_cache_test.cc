#include "auth/jwks_cache.h"

#include "auth/test_jwt.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>

using namespace tandem;
using namespace tandem::auth;
using namespace tandem::auth::test;

namespace {

using Outcome = JwksCache::Outcome;
constexpr Monotonic kStart{1'000s};

Jwks keys_named(std::initializer_list<std::string_view> kids) {
    static const SigningKey key = make_ed25519();
    Value::Array keys;
    for (const std::string_view kid : kids)
        keys.push_back(jwk_of(key, kid));
    auto set = parse_jwks(codec::to_json(Value::Object{{"keys", std::move(keys)}}));
    REQUIRE(set.has_value());
    return std::move(*set);
}

/// An issuer's cache, and how often it asked for a fetch.
struct Trial {
    JwksCache cache;
    std::vector<Monotonic> fetches;

    JwksCache::Answer ask(std::string_view kid, Monotonic now) {
        auto answer = cache.find(std::string{kid}, JwsAlgorithm::kEdDsa, now);
        if (answer.fetch) fetches.push_back(now);
        CHECK(answer.key.has_value() == (answer.outcome == Outcome::kKey));
        return answer;
    }
    Outcome outcome(std::string_view kid, Monotonic now) { return ask(kid, now).outcome; }

    /// Asks at `now`, which has to begin a fetch, and lets it bring keys at once.
    void fetch(std::string_view kid, Jwks keys, std::optional<Duration> max_age, Monotonic now) {
        const auto answer = ask(kid, now);
        REQUIRE(answer.fetch.has_value());
        cache.fetched(*answer.fetch, std::move(keys), max_age, now);
    }
    void fail(std::string_view kid, Monotonic now) {
        const auto answer = ask(kid, now);
        REQUIRE(answer.fetch.has_value());
        cache.failed(*answer.fetch, now);
    }
    /// The most fetches that began within any minute.
    std::size_t most_in_a_minute() const {
        std::size_t most = 0;
        for (const Monotonic from : fetches) {
            const auto within = [&](Monotonic at) { return at >= from && at < from + 60s; };
            most = std::max(most, static_cast<std::size_t>(std::ranges::count_if(fetches, within)));
        }
        return most;
    }
};

}  // namespace

TEST_CASE("the first token waits for the first fetch, and so do those that come meanwhile") {
    Trial trial;
    const auto first = trial.ask("a", kStart);
    CHECK(first.outcome == Outcome::kWait);
    REQUIRE(first.fetch.has_value());
    for (int more = 0; more < 100; ++more) {
        const auto other = trial.ask("a", kStart + 1s);
        CHECK(other.outcome == Outcome::kWait);
        CHECK_FALSE(other.fetch.has_value());  // One at a time.
    }
    trial.cache.fetched(*first.fetch, keys_named({"a"}), {}, kStart + 2s);
    const auto found = trial.ask("a", kStart + 2s);
    REQUIRE(found.outcome == Outcome::kKey);
    CHECK(found.key->kid == "a");
    CHECK_FALSE(found.fetch.has_value());
}

TEST_CASE("keys are fresh for as long as Cache-Control says, within 10 minutes and 24 hours") {
    struct Row {
        std::optional<Duration> max_age;
        Duration fresh;
    };
    for (const Row& row : {Row{{}, 10min}, Row{0s, 10min}, Row{-5s, 10min}, Row{9min, 10min},
                           Row{1h, 1h}, Row{24h, 24h}, Row{8'760h, 24h}}) {
        CAPTURE(row.fresh.count());
        Trial trial;
        trial.fetch("a", keys_named({"a"}), row.max_age, kStart);
        CHECK(trial.outcome("a", kStart + row.fresh - 1us) == Outcome::kKey);
        CHECK(trial.fetches.size() == 1);
        CHECK(trial.outcome("a", kStart + row.fresh) == Outcome::kWait);
        CHECK(trial.fetches.size() == 2);
    }
}

TEST_CASE("a new key is there with the first token that it signed") {
    Trial trial;
    trial.fetch("a", keys_named({"a"}), 24h, kStart);
    const Monotonic later = kStart + 1h;
    const auto rotated = trial.ask("b", later);
    CHECK(rotated.outcome == Outcome::kWait);
    REQUIRE(rotated.fetch.has_value());
    // Meanwhile the old one is as good as before.
    CHECK(trial.outcome("a", later + 1s) == Outcome::kKey);
    CHECK(trial.outcome("b", later + 1s) == Outcome::kWait);
    trial.cache.fetched(*rotated.fetch, keys_named({"b"}), 24h, later + 2s);
    CHECK(trial.outcome("b", later + 2s) == Outcome::kKey);
    CHECK(trial.outcome("a", later + 2s) == Outcome::kUnknown);  // Withdrawn.
    CHECK(trial.fetches.size() == 2);
}

TEST_CASE("a withdrawn key is not used once the keys have grown old and the issuer answers") {
    Trial trial;
    trial.fetch("a", keys_named({"a"}), {}, kStart);
    const auto stale = trial.ask("a", kStart + 5h);
    CHECK(stale.outcome == Outcome::kWait);
    REQUIRE(stale.fetch.has_value());
    trial.cache.fetched(*stale.fetch, keys_named({"b"}), {}, kStart + 5h);
    CHECK(trial.outcome("a", kStart + 5h) == Outcome::kUnknown);
}

TEST_CASE("while the issuer cannot be reached, old keys do for 24 hours more") {
    Trial trial;
    trial.fetch("a", keys_named({"a"}), 10min, kStart);
    const Monotonic old = kStart + 10min;
    trial.fail("a", old);
    CHECK(trial.outcome("a", old) == Outcome::kKey);
    CHECK(trial.outcome("b", old) == Outcome::kUnknown);
    // It is asked again every 30 s, and nobody waits for that.
    Monotonic now = old;
    while (now + 30s < old + 24h) {
        now += 30s;
        const auto answer = trial.ask("a", now);
        REQUIRE(answer.outcome == Outcome::kKey);
        REQUIRE(answer.fetch.has_value());
        CHECK(trial.outcome("a", now + 1s) == Outcome::kKey);
        trial.cache.failed(*answer.fetch, now + 5s);
    }
    CHECK(trial.outcome("a", old + 24h - 1us) == Outcome::kKey);
    CHECK(trial.outcome("a", old + 24h + 30s) == Outcome::kWait);
    CHECK(trial.outcome("a", old + 24h + 30s + 30s) == Outcome::kWait);
    CHECK(trial.most_in_a_minute() == 2);
    // Back again.
    trial.fetch("b", keys_named({"b"}), {}, old + 25h);
    CHECK(trial.outcome("b", old + 25h) == Outcome::kKey);
}

TEST_CASE("a failure just before keys grow old is as good as one after") {
    Trial trial;
    trial.fetch("a", keys_named({"a"}), 10min, kStart);
    trial.fail("unknown", kStart + 10min - 5s);
    CHECK(trial.outcome("a", kStart + 10min) == Outcome::kKey);
    // But not one that is long ago.
    Trial other;
    other.fetch("a", keys_named({"a"}), 10min, kStart);
    other.fail("unknown", kStart + 5min);
    CHECK(other.outcome("a", kStart + 10min) == Outcome::kWait);
}

TEST_CASE("an issuer that was never reached is unavailable, and asked again every 30 s") {
    Trial trial;
    trial.fail("a", kStart);
    CHECK(trial.outcome("a", kStart + 1s) == Outcome::kUnavailable);
    CHECK(trial.outcome("a", kStart + 30s - 1us) == Outcome::kUnavailable);
    CHECK(trial.fetches.size() == 1);
    trial.fetch("a", keys_named({"a"}), {}, kStart + 30s);
    CHECK(trial.outcome("a", kStart + 30s) == Outcome::kKey);
}

TEST_CASE("a fetch that hangs is given up after 30 s, and what it brings later changes nothing") {
    Trial trial;
    const auto first = trial.ask("a", kStart);
    REQUIRE(first.fetch.has_value());
    CHECK(trial.outcome("a", kStart + 30s - 1us) == Outcome::kWait);
    const auto second = trial.ask("a", kStart + 30s);
    REQUIRE(second.fetch.has_value());
    trial.cache.fetched(*first.fetch, keys_named({"old"}), {}, kStart + 31s);
    trial.cache.failed(*first.fetch, kStart + 31s);
    CHECK(trial.outcome("old", kStart + 31s) == Outcome::kWait);
    trial.cache.fetched(*second.fetch, keys_named({"a"}), {}, kStart + 32s);
    CHECK(trial.outcome("a", kStart + 32s) == Outcome::kKey);
    trial.cache.fetched(*second.fetch, keys_named({"again"}), {}, kStart + 33s);
    CHECK(trial.outcome("a", kStart + 33s) == Outcome::kKey);
}

TEST_CASE("a hanging issuer does not take the old keys with it") {
    Trial trial;
    trial.fetch("a", keys_named({"a"}), 10min, kStart);
    const Monotonic old = kStart + 10min;
    CHECK(trial.outcome("a", old) == Outcome::kWait);  // Nobody says how this fetch ends.
    CHECK(trial.outcome("a", old + 30s) == Outcome::kWait);
    CHECK(trial.outcome("a", old + 31s) == Outcome::kKey);
}

TEST_CASE("an issuer that publishes no usable key any more is trusted with nothing") {
    Trial trial;
    trial.fetch("a", keys_named({"a"}), {}, kStart);
    trial.fetch("b", keys_named({}), {}, kStart + 1min);
    CHECK(trial.outcome("a", kStart + 1min) == Outcome::kUnknown);
}

TEST_CASE("a token that names no key makes nobody fetch while the keys are fresh") {
    JwksCache cache;
    const auto first = cache.find(std::nullopt, JwsAlgorithm::kEdDsa, kStart);
    REQUIRE(first.fetch.has_value());
    cache.fetched(*first.fetch, keys_named({"a", "b"}), {}, kStart);
    const auto answer = cache.find(std::nullopt, JwsAlgorithm::kEdDsa, kStart + 1min);
    CHECK(answer.outcome == Outcome::kUnknown);
    CHECK_FALSE(answer.fetch.has_value());
}

TEST_CASE("T-59: a flood of 10,000 unknown kids makes two fetches a minute") {
    struct Row {
        std::string_view what;
        Duration takes;  ///< each fetch
        bool fails;
    };
    for (const Row& row :
         {Row{"an issuer that answers", 200ms, false}, Row{"one that hangs", 60s, true},
          Row{"one that is down", 100ms, true}}) {
        CAPTURE(row.what);
        Trial trial;
        trial.fetch("good", keys_named({"good"}), 24h, kStart);
        std::optional<JwksCache::FetchId> under_way;
        Monotonic ends;
        std::size_t good = 0;
        for (int at = 0; at < 10'000; ++at) {  // In five minutes.
            const Monotonic now = kStart + 1min + at * 30ms;
            if (under_way && now >= ends) {
                if (row.fails) {
                    trial.cache.failed(*under_way, now);
                } else {
                    trial.cache.fetched(*under_way, keys_named({"good"}), 24h, now);
                }
                under_way.reset();
            }
            const auto answer = trial.ask("unknown-" + std::to_string(at), now);
            CHECK(answer.outcome != Outcome::kKey);
            if (answer.fetch) {
                under_way = answer.fetch;
                ends = now + row.takes;
            }
            good += trial.outcome("good", now) == Outcome::kKey ? 1U : 0U;
        }
        CHECK(good == 10'000);
        CHECK(trial.most_in_a_minute() <= 2);
        CHECK(trial.fetches.size() <= 1 + 10);
        std::printf("{\"id\":\"T-59\",\"ok\":%s,\"issuer\":\"%s\",\"fetches_per_minute\":%zu}\n",
                    trial.most_in_a_minute() <= 2 ? "true" : "false", row.what.data(),
                    trial.most_in_a_minute());
    }
}
