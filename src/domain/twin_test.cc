#include "domain/twin.h"

#include <doctest/doctest.h>

#include <vector>

using namespace tandem;

namespace {

constexpr Instant kNoon{Duration{1'700'000'000'000'000}};

using Object = Value::Object;
using Times = std::map<std::string, Instant, std::less<>>;

TwinDocument written(Value value, Instant at = kNoon) {
    auto made = put({}, std::move(value), {}, at);
    REQUIRE(made);
    return std::move(*made);
}

}  // namespace

TEST_CASE("a document of a twin") {
    SUBCASE("is empty and of version 0 until it is written") {
        CHECK(TwinDocument{}.value == Value{Object{}});
        CHECK(TwinDocument{}.version == 0);
        CHECK(!TwinDocument{}.updated);
    }
    SUBCASE("gets one version more with each change") {
        const TwinDocument first = written(Object{{"a", 1}});
        CHECK(first.version == 1);
        CHECK(first.updated == kNoon);
        const auto second = put(first, Object{{"b", 2}}, {}, kNoon + 1s);
        REQUIRE(second);
        CHECK(second->version == 2);
        CHECK(second->updated == kNoon + 1s);
        CHECK(second->value == Value{Object{{"b", 2}}});
    }
    SUBCASE("is an object") {
        const std::vector<Value> rows{nullptr, true, 1, 1.5, "text", Value::Array{Object{}}};
        for (std::size_t row = 0; row < rows.size(); ++row) {
            CAPTURE(row);
            CHECK(put({}, rows[row], {}, kNoon).error().code == ErrorCode::kInvalidField);
            CHECK(patch({}, rows[row], {}, kNoon).error().code == ErrorCode::kInvalidField);
        }
    }
    SUBCASE("changes only from the version that the caller has seen") {
        const TwinDocument first = written(Object{{"a", 1}});
        CHECK(put(first, Object{}, 1, kNoon));
        CHECK(patch(first, Object{}, 1, kNoon));
        for (const std::int64_t seen : {0, 2, -1}) {
            CAPTURE(seen);
            const auto refused = put(first, Object{}, seen, kNoon);
            REQUIRE(!refused);
            CHECK(refused.error().code == ErrorCode::kPreconditionFailed);
            CHECK(refused.error().detail.starts_with("the version is 1, not "));
            CHECK(patch(first, Object{}, seen, kNoon).error().code ==
                  ErrorCode::kPreconditionFailed);
        }
    }
    SUBCASE("knows when each key got another value, not when it was repeated") {
        const TwinDocument first = written(Object{{"a", 1}, {"b", Object{{"c", 2}}}});
        const auto second =
            put(first, Object{{"b", Object{{"c", 2}}}, {"a", 2}, {"d", 3}}, {}, kNoon + 1s);
        REQUIRE(second);
        CHECK(second->changed == Times{{"a", kNoon + 1s}, {"b", kNoon}, {"d", kNoon + 1s}});
    }
    SUBCASE("forgets the time of a key that goes, which is new when it comes back") {
        const TwinDocument first = written(Object{{"a", 1}});
        const auto gone = put(first, Object{}, {}, kNoon + 1s);
        REQUIRE(gone);
        CHECK(gone->changed.empty());
        const auto back = put(*gone, Object{{"a", 1}}, {}, kNoon + 2s);
        REQUIRE(back);
        CHECK(back->changed == Times{{"a", kNoon + 2s}});
    }
}

TEST_CASE("a patch of a twin") {
    const TwinDocument first =
        written(Object{{"a", 1}, {"b", Object{{"c", 2}, {"d", 3}}}, {"e", Value::Array{1, 2}}});

    SUBCASE("merges as RFC 7396 says") {
        struct Row {
            Value change;
            Value after;
            std::string what;
        };
        const Value same = first.value;
        const std::vector<Row> rows{
            {Object{}, same, "nothing"},
            {Object{{"a", 5}},
             Object{{"a", 5}, {"b", Object{{"c", 2}, {"d", 3}}}, {"e", Value::Array{1, 2}}},
             "a member changes"},
            {Object{{"b", Object{{"c", nullptr}}}},
             Object{{"a", 1}, {"b", Object{{"d", 3}}}, {"e", Value::Array{1, 2}}},
             "an inner member goes"},
            {Object{{"b", nullptr}, {"e", nullptr}}, Object{{"a", 1}}, "members go"},
            {Object{{"x", nullptr}}, same, "what is not there cannot go"},
            {Object{{"e", Value::Array{3}}},
             Object{{"a", 1}, {"b", Object{{"c", 2}, {"d", 3}}}, {"e", Value::Array{3}}},
             "an array is replaced"},
            {Object{{"a", Object{{"n", nullptr}, {"m", 1}}}},
             Object{{"a", Object{{"m", 1}}},
                    {"b", Object{{"c", 2}, {"d", 3}}},
                    {"e", Value::Array{1, 2}}},
             "an object takes the place of a number"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.what);
            const auto made = patch(first, row.change, {}, kNoon + 1s);
            REQUIRE(made);
            CHECK(made->value == row.after);
            CHECK(made->version == 2);
        }
    }
    SUBCASE("changes the times of the keys that it touches alone") {
        const auto made = patch(first, Object{{"b", Object{{"c", 9}}}, {"a", 1}}, {}, kNoon + 1s);
        REQUIRE(made);
        CHECK(made->changed == Times{{"a", kNoon}, {"b", kNoon + 1s}, {"e", kNoon}});
    }
}

TEST_CASE("sync of a twin") {
    Twin twin{
        .config = written(Object{{"mode", "eco"}, {"level", 3}, {"limits", Object{{"x", 1}}}}),
        .state = {}};

    SUBCASE("a key is pending since it was wanted until the device reports the same value") {
        auto sync = sync_of(twin);
        REQUIRE(sync.size() == 3);
        CHECK(!sync["mode"].in_sync);
        CHECK(sync["mode"].pending_since == kNoon);

        twin.state = written(Object{{"level", 3}, {"mode", "boost"}}, kNoon + 5s);
        sync = sync_of(twin);
        CHECK(sync["level"].in_sync);
        CHECK(!sync["level"].pending_since);
        CHECK(!sync["mode"].in_sync);
        CHECK(sync["mode"].pending_since == kNoon);
    }
    SUBCASE("a value that is wanted anew is pending since then") {
        twin.state = written(Object{{"level", 3}});
        auto wanted = patch(twin.config, Object{{"level", 4}}, {}, kNoon + 9s);
        REQUIRE(wanted);
        twin.config = std::move(*wanted);
        CHECK(sync_of(twin)["level"].pending_since == kNoon + 9s);
        CHECK(sync_of(twin)["mode"].pending_since == kNoon);
    }
    SUBCASE("an object is in sync when all of it is, in any order") {
        twin.config = written(Object{{"limits", Object{{"x", 1}, {"y", 2}}}});
        twin.state = written(Object{{"limits", Object{{"x", 1}}}});
        CHECK(!sync_of(twin)["limits"].in_sync);
        twin.state = written(Object{{"limits", Object{{"y", 2}, {"x", 1}}}});
        CHECK(sync_of(twin)["limits"].in_sync);
    }
    SUBCASE("what the device reports beside the config does not count") {
        twin.state = written(Object{{"uptime", 5}});
        CHECK(!sync_of(twin).contains("uptime"));
    }
    SUBCASE("a twin without a config has nothing to sync") {
        CHECK(sync_of({}).empty());
    }
    SUBCASE("the sides have names") {
        CHECK(name_of(TwinSide::kConfig) == "config");
        CHECK(name_of(TwinSide::kState) == "state");
        CHECK(name_of(TwinSide::kAcknowledged) == "acknowledged");
    }
}

TEST_CASE("what a device knows of its config") {
    Twin twin{.config = written(Object{{"mode", "eco"}, {"level", 3}}), .state = {}};
    const auto acknowledge = [&](std::int64_t version) {
        auto kept = acknowledge_config(twin, version, kNoon);
        REQUIRE(kept);
        twin.acknowledged = std::move(*kept);
    };
    const auto change = [&](const Value& to) {
        auto changed = patch(twin.config, to, {}, kNoon + 1s);
        REQUIRE(changed);
        twin.config = std::move(*changed);
    };

    SUBCASE("without a config there is nothing to tell") {
        CHECK(!unacknowledged({}));
    }
    SUBCASE("a device that never said is told all, from nothing") {
        CHECK(acknowledged_version(twin) == 0);
        CHECK(unacknowledged(twin) ==
              ConfigDelta{.version = 1, .from = 0, .delta = twin.config.value});
    }
    SUBCASE("one that has the present version is told nothing") {
        acknowledge(1);
        CHECK(acknowledged_version(twin) == 1);
        CHECK(twin.acknowledged.updated == kNoon);
        CHECK(!unacknowledged(twin));
    }
    SUBCASE("several changes are told as one, from the version that it said to have") {
        acknowledge(1);
        change(Object{{"level", 9}});
        change(Object{{"level", 3}, {"mode", nullptr}});
        change(Object{{"limit", 5}});
        CHECK(
            unacknowledged(twin) ==
            ConfigDelta{.version = 4, .from = 1, .delta = Object{{"mode", nullptr}, {"limit", 5}}});
    }
    SUBCASE("of a version that is not the present one the value is gone: all is told") {
        acknowledge(1);
        change(Object{{"level", 4}});
        change(Object{{"level", 5}});
        acknowledge(2);
        CHECK(acknowledged_version(twin) == 0);
        CHECK(unacknowledged(twin)->from == 0);
        CHECK(unacknowledged(twin)->delta == twin.config.value);
        acknowledge(3);
        CHECK(acknowledged_version(twin) == 3);
    }
    SUBCASE("to say the same again changes nothing, with changes in between too") {
        acknowledge(1);
        const TwinDocument before = twin.acknowledged;
        change(Object{{"level", 4}});
        acknowledge(1);
        CHECK(twin.acknowledged == before);
    }
    SUBCASE("a device that has lost it says 0") {
        acknowledge(1);
        acknowledge(0);
        CHECK(acknowledged_version(twin) == 0);
        CHECK(unacknowledged(twin)->from == 0);
    }
    SUBCASE("a version that there has never been is refused") {
        for (const std::int64_t version : {-1, 2}) {
            const auto refused = acknowledge_config(twin, version, kNoon);
            REQUIRE(!refused);
            CHECK(refused.error().code == ErrorCode::kInvalidField);
            CHECK(refused.error().detail == "the config has the version 1");
        }
    }
    SUBCASE("each acknowledgement that changes something is another version of the record") {
        acknowledge(1);
        CHECK(twin.acknowledged.version == 1);
        change(Object{{"level", 4}});
        acknowledge(2);
        CHECK(twin.acknowledged.version == 2);
    }
}
