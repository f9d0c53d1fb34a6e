#include "auth/device_grant.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

using namespace tandem;
using namespace tandem::auth;

namespace {

constexpr Instant kNow{Duration{1'800'000'000'000'000}};
constexpr std::string_view kPepper = "a pepper";
using State = DeviceGrant::State;

const Delegation kLamp{.kind = PrincipalKind::kDevice,
                       .tenant = TenantId{"home"},
                       .principal = "lamp-1",
                       .client = "lamp-firmware",
                       .scopes = {Scope::kTelemetryWrite}};

/// A device that asks, and its grant as the hub has it.
struct Trial {
    SeededRandom random{1};
    IssuedDeviceGrant issued = begin();
    DeviceGrant stored = issued.record;
    Key code = *read_device_code(issued.device_code);

    IssuedDeviceGrant begin() {
        return begin_device_grant({.client = "lamp-firmware",
                                   .scopes = {Scope::kTelemetryWrite},
                                   .name = "Lamp in the hall",
                                   .address = "192.0.2.7"},
                                  {kPepper, random, kNow});
    }
    /// What the device is told at `now`; what changed is stored.
    std::optional<OAuthError> poll(Instant now) {
        const auto outcome = poll_device_grant(&stored, code, "lamp-firmware", kPepper, now);
        if (outcome) {
            stored = *outcome;
            return {};
        }
        if (outcome.error().record) stored = *outcome.error().record;
        return outcome.error().error;
    }
    void decide(std::optional<Delegation> approved, Instant now) {
        auto decided = decide_device_grant(stored, std::move(approved), now);
        REQUIRE(decided.has_value());
        stored = *decided;
    }
};

}  // namespace

TEST_CASE("a user code is eight letters that make no words, with a hyphen to read it by") {
    Trial trial;
    std::set<std::string> seen;
    for (int at = 0; at < 200; ++at) {
        const auto issued = trial.begin();
        REQUIRE(issued.user_code.size() == 9);
        CHECK(issued.user_code[4] == '-');
        const auto is_good = [](char c) { return c == '-' || kUserCodeAlphabet.contains(c); };
        CHECK(std::ranges::all_of(issued.user_code, is_good));
        CHECK(seen.insert(issued.user_code).second);
        CHECK(seen.insert(issued.device_code).second);
        CHECK(user_code_digest(issued.user_code, kPepper) == issued.record.user_code);
    }
}

TEST_CASE("a user code is entered in any case, with or without hyphen and spaces") {
    const auto digest = user_code_digest("WDJB-MJHT", kPepper);
    REQUIRE(digest.has_value());
    for (const std::string_view same : {"WDJBMJHT", "wdjb-mjht", " wdjb mjht ", "W-D-J-B-M-J-H-T"})
        CHECK(user_code_digest(same, kPepper) == digest);
    CHECK(user_code_digest("WDJB-MJHV", kPepper) != digest);
    CHECK(user_code_digest("WDJB-MJHT", "another pepper") != digest);
    for (const std::string_view none : {"", "-", "WDJB-MJH", "WDJB-MJHTT", "WDJB-MJHA", "WDJB-MJH0",
                                        "WDJB_MJHT", "WDJB-MJH\xC3\x9F"}) {
        CAPTURE(none);
        CHECK_FALSE(user_code_digest(none, kPepper).has_value());
    }
}

TEST_CASE("the record holds neither of the codes") {
    const Trial trial;
    std::string plain = trial.issued.user_code;
    plain.erase(4, 1);
    CHECK_FALSE(trial.stored.user_code.contains(plain));
    CHECK_FALSE(trial.stored.digest.contains(trial.code.secret));
    CHECK(trial.stored.digest.size() == 32);
    CHECK(trial.stored.user_code.size() == 32);
    CHECK(trial.stored.id == trial.code.id);
}

TEST_CASE("a device waits until somebody approves, and gets its tokens once") {
    Trial trial;
    CHECK(trial.poll(kNow) == OAuthError::kAuthorizationPending);
    CHECK(trial.poll(kNow + 5s) == OAuthError::kAuthorizationPending);
    trial.decide(kLamp, kNow + 7s);
    // Once it is decided, nobody is told to slow down.
    CHECK(trial.poll(kNow + 8s) == std::nullopt);
    CHECK(trial.stored.state == State::kUsed);
    CHECK(trial.stored.delegation == kLamp);
    CHECK_FALSE(trial.stored.family.empty());
    const auto replay =
        poll_device_grant(&trial.stored, trial.code, "lamp-firmware", kPepper, kNow + 13s);
    REQUIRE_FALSE(replay.has_value());
    CHECK(replay.error().error == OAuthError::kInvalidGrant);
    CHECK(replay.error().revoke == trial.stored.family);
}

TEST_CASE("a device that asks in a hurry has to wait 5 s longer each time") {
    Trial trial;
    CHECK(trial.poll(kNow) == OAuthError::kAuthorizationPending);
    CHECK(trial.poll(kNow + 5s - 1us) == OAuthError::kSlowDown);
    CHECK(trial.stored.interval == 10s);
    CHECK(trial.poll(kNow + 14s) == OAuthError::kSlowDown);
    CHECK(trial.stored.interval == 15s);
    CHECK(trial.poll(kNow + 29s) == OAuthError::kAuthorizationPending);
    CHECK(trial.poll(kNow + 44s) == OAuthError::kAuthorizationPending);
    CHECK(trial.stored.interval == 15s);  // It stays.
}

TEST_CASE("a device that is denied is told so") {
    Trial trial;
    trial.decide({}, kNow + 1s);
    CHECK(trial.poll(kNow + 2s) == OAuthError::kAccessDenied);
    CHECK(trial.poll(kNow + 2s) == OAuthError::kAccessDenied);
}

TEST_CASE("a grant is over after 10 minutes, approved or not") {
    Trial trial;
    CHECK(trial.poll(kNow + 10min - 1us) == OAuthError::kAuthorizationPending);
    CHECK(trial.poll(kNow + 10min) == OAuthError::kExpiredToken);
    CHECK_FALSE(decide_device_grant(trial.stored, kLamp, kNow + 10min).has_value());
    Trial approved;
    approved.decide(kLamp, kNow + 10min - 1us);
    CHECK(approved.poll(kNow + 10min) == OAuthError::kExpiredToken);
    CHECK(kept_until(approved.stored) == kNow + 10min);
}

TEST_CASE("a used code is kept for a day, so that its replay is noticed") {
    Trial trial;
    trial.decide(kLamp, kNow);
    CHECK(trial.poll(kNow) == std::nullopt);
    CHECK(kept_until(trial.stored) == kNow + 24h);
}

TEST_CASE("a grant is decided once") {
    Trial trial;
    trial.decide({}, kNow);
    CHECK_FALSE(decide_device_grant(trial.stored, kLamp, kNow).has_value());
    Trial other;
    other.decide(kLamp, kNow);
    CHECK_FALSE(decide_device_grant(other.stored, std::nullopt, kNow).has_value());
}

TEST_CASE("a device code is for its client and needs its secret; a wrong one changes nothing") {
    Trial trial;
    trial.decide(kLamp, kNow);
    Key wrong = trial.code;
    wrong.secret = make_secret(trial.random);
    struct Row {
        const DeviceGrant* stored;
        Key code;
        std::string_view client;
    };
    for (const Row& row :
         {Row{&trial.stored, trial.code, "other"}, Row{&trial.stored, wrong, "lamp-firmware"},
          Row{nullptr, trial.code, "lamp-firmware"}}) {
        const auto refused =
            poll_device_grant(row.stored, row.code, row.client, kPepper, kNow + 5s);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().error == OAuthError::kInvalidGrant);
        CHECK_FALSE(refused.error().record.has_value());
        CHECK(refused.error().revoke.empty());
    }
    CHECK(trial.poll(kNow + 5s) == std::nullopt);
}

TEST_CASE("T-61: who guesses user codes in a hundred sessions finds none of a thousand") {
    constexpr int kSessions = 100;
    constexpr int kPending = 1'000;
    Trial trial;
    std::set<std::string> pending;
    for (int at = 0; at < kPending; ++at)
        pending.insert(trial.begin().record.user_code);
    REQUIRE(pending.size() == kPending);
    SeededRandom guesser{99};
    int tries = 0;
    int hits = 0;
    for (int session = 0; session < kSessions; ++session) {
        UserCodeTries of_session;
        while (of_session.are_left()) {
            const auto guess =
                user_code_digest(guesser.text(kUserCodeLength, kUserCodeAlphabet), kPepper);
            REQUIRE(guess.has_value());
            ++tries;
            if (pending.contains(*guess)) {
                ++hits;
            } else {
                ++of_session.wrong;
            }
        }
    }
    CHECK(tries == kSessions * 5);
    CHECK(hits == 0);
    const double codes = std::pow(static_cast<double>(kUserCodeAlphabet.size()),
                                  static_cast<double>(kUserCodeLength));
    const double chance = 1 - std::pow(1 - kPending / codes, tries);
    CHECK(chance < 1e-4);
    std::printf(
        "{\"id\":\"T-61\",\"ok\":true,\"pending\":%d,\"tries\":%d,\"hits\":%d,"
        "\"p_hit\":%.1e}\n",
        kPending, tries, hits, chance);
}
