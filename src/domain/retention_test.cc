#include "domain/retention.h"

#include <doctest/doctest.h>

using namespace tandem;

namespace {

constexpr Instant kNoon{Duration{1'700'000'000'000'000}};

}  // namespace

TEST_CASE("the series says how long readings are kept, else labels, else the hub") {
    RetentionRules rules;
    const Labels lab{{"room", "lab"}, {"tier", "raw"}};
    Series declared{.name = "power", .retention = 5h};
    const Series undeclared{.name = "power"};
    CHECK_FALSE(retention_of(rules, lab, nullptr));
    rules.all = 100h;
    CHECK(retention_of(rules, lab, nullptr) == 100h);
    CHECK(retention_of(rules, lab, &undeclared) == 100h);
    rules.labels = {{.name = "room", .value = "lab", .span = 300h},
                    {.name = "tier", .value = "raw", .span = 200h},
                    {.name = "room", .value = "hall", .span = 1h}};
    CHECK(retention_of(rules, lab, nullptr) == 200h);
    CHECK(retention_of(rules, {{"room", "lab"}}, nullptr) == 300h);
    CHECK(retention_of(rules, {{"tier", "fine"}}, nullptr) == 100h);
    CHECK(retention_of(rules, lab, &declared) == 5h);
    declared.retention = 900h;
    CHECK(retention_of(rules, lab, &declared) == 900h);
}

TEST_CASE("what is kept for ever has no edge") {
    CHECK(kept_from({}, kNoon) == Instant::min());
    CHECK(kept_from(3h, kNoon) == kNoon - 3h);
    CHECK(kept_from(Duration::max(), kNoon) == Instant::min());
    CHECK(erased_before(Duration::max(), kNoon) == Instant::min());
}

TEST_CASE("a reading that is older than it would be kept is refused, and says so") {
    const Reading old{.series = "power", .time = kNoon - 49h, .value = 1};
    CHECK_FALSE(refuse_old(old, {}, kNoon));
    CHECK_FALSE(refuse_old(old, 49h, kNoon));
    const auto refused = refuse_old(old, 48h, kNoon);
    REQUIRE(refused);
    REQUIRE(refused->fields.size() == 1);
    CHECK(refused->fields[0].pointer == "/power");
    CHECK(refused->fields[0].detail ==
          "the time is older than readings of this series are kept: 48 h");
}

TEST_CASE("what is erased is older than what is kept, by less than the step") {
    struct Row {
        Duration retention;
        Duration step;
    };
    for (const Row& row :
         std::initializer_list<Row>{{2h, 1h}, {64h, 4h}, {24h * 365, 24h}, {1min, 1h}}) {
        CAPTURE(row.retention.count());
        Instant last = erased_before(row.retention, kNoon);
        int moves = 0;
        for (Instant now = kNoon; now < kNoon + 20 * row.step; now += row.step / 4) {
            const Instant edge = erased_before(row.retention, now);
            CHECK(edge <= kept_from(row.retention, now));
            CHECK(edge > kept_from(row.retention, now) - row.step);
            if (edge != last) ++moves;
            last = edge;
        }
        CHECK(moves >= 19);
        CHECK(moves <= 20);
    }
}
