#include "client/patient_client.h"

#include "client/test_hub.h"

#include <doctest/doctest.h>

namespace tandem::client {
namespace {

const Error kGone{.code = ErrorCode::kUnavailable};

Error put_off_for(Duration wait) {
    Error error{.code = ErrorCode::kRateLimited};
    error.retry_after = wait;
    return error;
}

struct Trial {
    /// Whether it waits, and wants another try.
    bool waits(const Error& why) {
        const auto worth = begin(patient.wait_after(why));
        while (!worth->has_value())
            loop.advance(10ms);
        return **worth;
    }
    /// Waits after `why` as long as it is worth it, but no longer than `most`: how long that was.
    Duration waits_in_all(const Error& why, Duration most = 24h) {
        const Instant from = loop.now();
        while (loop.now() - from < most && waits(why)) {
        }
        return loop.now() - from;
    }

    net::ManualLoop loop;
    TestHub hub{loop};
    SeededRandom random{5};
    RestClient client{loop,
                      {.url = {.tls = false, .host = "hub"}, .key = {}, .tls = {}},
                      hub.connect()};
    PatientClient patient{loop, random, client};
};

}  // namespace

TEST_CASE("a hub that puts off is waited for ten minutes in all, a minute at a time") {
    for (const Duration said : {Duration{60s}, Duration{1h}}) {
        Trial trial;
        const Instant from = trial.loop.now();
        CHECK(trial.waits(put_off_for(said)));
        CHECK(trial.loop.now() - from == 60s);
        CHECK(trial.waits_in_all(put_off_for(said)) == 9min);
        CHECK_FALSE(trial.waits(put_off_for(1s)));
    }
}

TEST_CASE("a hub that is gone is waited for half a minute, and one that never was not at all") {
    Trial trial;
    CHECK(trial.waits_in_all(kGone) == 0s);
    trial.patient.reset();
    const Duration waited = trial.waits_in_all(kGone);
    CHECK(waited >= 30s);
    CHECK(waited <= 35s);
}

TEST_CASE("being put off and being gone do not count for each other") {
    Trial trial;
    CHECK(trial.waits_in_all(put_off_for(60s), 9min) == 9min);
    SUBCASE("minutes of being put off leave the half minute") {
        CHECK(trial.waits_in_all(kGone) >= 30s);
    }
    SUBCASE("a hub that puts off is there: the half minute begins anew") {
        CHECK(trial.waits_in_all(kGone, 25s) >= 25s);
        CHECK(trial.waits(put_off_for(30s)));
        CHECK(trial.waits_in_all(kGone) >= 30s);
    }
    SUBCASE("being gone does not make the ten minutes longer") {
        CHECK(trial.waits_in_all(kGone, 25s) >= 25s);
        CHECK(trial.waits_in_all(put_off_for(60s)) == 1min);
    }
}

TEST_CASE("when something has come about, patience is as in the beginning") {
    Trial trial;
    CHECK(trial.waits_in_all(put_off_for(60s)) == 10min);
    trial.patient.reset();
    CHECK(trial.waits_in_all(kGone) >= 30s);
    CHECK(trial.waits_in_all(put_off_for(60s)) == 10min);
}

TEST_CASE("what is refused for good is not waited for, and says that the hub is there") {
    Trial trial;
    CHECK(trial.waits_in_all({.code = ErrorCode::kForbidden}) == 0s);
    CHECK(trial.waits_in_all(kGone) >= 30s);
}

}  // namespace tandem::client
