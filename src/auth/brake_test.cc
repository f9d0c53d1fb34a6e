#include "auth/brake.h"

#include <doctest/doctest.h>

#include <string>

using namespace tandem;
using namespace tandem::auth;

namespace {

Monotonic at(Duration since_start) {
    return Monotonic{since_start};
}

Brake of_addresses() {
    return Brake{"login.address", "too many logins from this address", {.most = 20, .longest = 0s}};
}
Brake of_accounts() {
    return Brake{"login.account", "too many logins", {.most = 10, .longest = 15min}};
}

/// How long `key` would have to wait; 0: not at all, and it has tried.
Duration tries(Brake& brake, std::string_view key, Monotonic now) {
    const auto taken = brake.take(key, now);
    return taken ? Duration{0} : taken.error().retry_after.value_or(Duration{-1});
}

}  // namespace

TEST_CASE("so many tries pass in a minute, at once too, and each comes back with time") {
    Brake brake = of_addresses();
    for (int count = 0; count < 20; ++count)
        CHECK(brake.take("10.0.0.7", at(0s)));
    const auto refused = brake.take("10.0.0.7", at(0s));
    REQUIRE(!refused);
    CHECK(refused.error().code == ErrorCode::kRateLimited);
    CHECK(refused.error().limit == "login.address");
    CHECK(refused.error().detail == "too many logins from this address");
    CHECK(refused.error().retry_after == 3s);
    CHECK(tries(brake, "10.0.0.7", at(2'999ms)) > Duration{0});
    CHECK(tries(brake, "10.0.0.7", at(3s)) == Duration{0});
    CHECK(tries(brake, "10.0.0.7", at(3s)) == 3s);
}

TEST_CASE("to look says what a try would find, and is none") {
    Brake brake{"limit", "too many", {.most = 2}};
    for (int count = 0; count < 5; ++count)
        CHECK(brake.look("10.0.0.7", at(0s)));
    CHECK(brake.size() == 0);
    CHECK(brake.take("10.0.0.7", at(0s)));
    CHECK(brake.take("10.0.0.7", at(0s)));
    for (int count = 0; count < 2; ++count) {
        const auto seen = brake.look("10.0.0.7", at(0s));
        REQUIRE(!seen);
        CHECK(seen.error().retry_after == 30s);
    }
    CHECK(brake.look("10.0.0.8", at(0s)));
    CHECK(brake.look("10.0.0.7", at(30s)));
    CHECK(tries(brake, "10.0.0.7", at(30s)) == Duration{0});
}

TEST_CASE("the empty key is never held up") {
    Brake brake{"limit", "too many", {.most = 1, .longest = 1min}};
    for (int count = 0; count < 9; ++count)
        CHECK(brake.take("", at(0s)));
    CHECK(brake.look("", at(0s)));
    CHECK(brake.size() == 0);
}

TEST_CASE("another key has tries of its own") {
    Brake brake = of_addresses();
    for (int count = 0; count < 21; ++count)
        static_cast<void>(brake.take("10.0.0.7", at(0s)));
    CHECK(tries(brake, "10.0.0.7", at(0s)) > Duration{0});
    CHECK(tries(brake, "10.0.0.8", at(0s)) == Duration{0});
}

TEST_CASE("with backoff each wait is twice the one before, up to the longest") {
    Brake brake = of_accounts();
    for (int count = 0; count < 10; ++count)
        CHECK(tries(brake, "anna", at(0s)) == Duration{0});
    Monotonic now = at(0s);
    for (const Duration wait : {6s, 12s, 24s, 48s, 96s, 192s, 384s, 768s, 900s, 900s}) {
        CAPTURE(wait.count());
        CHECK(tries(brake, "anna", now) == wait);
        // What is refused makes it no longer.
        CHECK(tries(brake, "anna", now + wait - 1us) == 1us);
        now += wait;
        CHECK(tries(brake, "anna", now) == Duration{0});
    }
}

TEST_CASE("whoever is quiet for the longest wait begins anew") {
    Brake brake = of_accounts();
    for (int count = 0; count < 10; ++count)
        static_cast<void>(brake.take("anna", at(0s)));
    REQUIRE(tries(brake, "anna", at(0s)) == 6s);
    const Monotonic later = at(6s + 15min);
    for (int count = 0; count < 10; ++count)
        CHECK(tries(brake, "anna", later) == Duration{0});
    CHECK(tries(brake, "anna", later) == 6s);
}

TEST_CASE("a try that has gone well is given back, and forgotten ones are all there again") {
    Brake addresses = of_addresses();
    for (int count = 0; count < 1'000; ++count) {
        CHECK(addresses.take("10.0.0.7", at(0s)));
        addresses.give_back("10.0.0.7");
    }
    Brake accounts = of_accounts();
    for (int count = 0; count < 10; ++count)
        static_cast<void>(accounts.take("anna", at(0s)));
    accounts.forget("anna");
    CHECK(accounts.size() == 0);
    for (int count = 0; count < 10; ++count)
        CHECK(tries(accounts, "anna", at(0s)) == Duration{0});
    CHECK(tries(accounts, "anna", at(0s)) == 6s);
    // Of whom nobody knows.
    addresses.give_back("10.0.0.9");
    accounts.forget("nobody");
}

TEST_CASE("giving back never makes more tries than there are") {
    Brake brake = of_addresses();
    CHECK(brake.take("10.0.0.7", at(0s)));
    for (int count = 0; count < 100; ++count)
        brake.give_back("10.0.0.7");
    for (int count = 0; count < 20; ++count)
        CHECK(tries(brake, "10.0.0.7", at(0s)) == Duration{0});
    CHECK(tries(brake, "10.0.0.7", at(0s)) == 3s);
}

TEST_CASE("a flood of keys takes no more memory, and those that try on are still known") {
    Brake brake = of_addresses();
    for (std::size_t key = 0; key < 2 * Brake::kKeysMax; ++key) {
        static_cast<void>(brake.take(std::to_string(key), at(0s)));
        static_cast<void>(brake.take("the busy one", at(0s)));
    }
    CHECK(brake.size() == Brake::kKeysMax);
    CHECK(tries(brake, "the busy one", at(0s)) > Duration{0});
    CHECK(tries(brake, "0", at(0s)) == Duration{0});
}

TEST_CASE("who has spent its tries is not forgotten for others that are named in between") {
    Brake brake = of_addresses();
    while (brake.take("guessed", at(0s))) {
    }
    for (std::size_t key = 0; key < 2 * Brake::kKeysMax; ++key)
        static_cast<void>(brake.take(std::to_string(key), at(0s)));
    CHECK(brake.size() == Brake::kKeysMax);
    CHECK(tries(brake, "guessed", at(0s)) > Duration{0});
}

TEST_CASE("who spends the tries of very many keys crowds out no more than half of the others") {
    Brake brake = of_addresses();
    CHECK(brake.take("the last one to try", at(0s)).has_value());
    for (std::size_t key = 0; key < Brake::kKeysMax; ++key) {
        while (brake.take(std::to_string(key), at(0s))) {
        }
    }
    CHECK(brake.size() <= Brake::kSpentMax + 1);
    for (std::size_t key = 0; key < 19; ++key)
        CHECK(brake.take("the last one to try", at(0s)).has_value());
    CHECK_FALSE(brake.take("the last one to try", at(0s)).has_value());
}
