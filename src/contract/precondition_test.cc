#include "contract/precondition.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::contract;

namespace {

Result<EntityTags> tags(std::string_view text) {
    EntityTags out;
    if (auto good = Codec<EntityTags>::read_text(text, out, {}); !good) return pass(good);
    return out;
}

std::optional<EntityTags> given(std::string_view text) {
    if (text == "none") return {};
    auto read = tags(text);
    REQUIRE(read.has_value());
    return *read;
}

Result<Preferences> preferences(std::string_view text) {
    Preferences out;
    if (auto good = Codec<Preferences>::read_text(text, out, {}); !good) return pass(good);
    return out;
}

}  // namespace

TEST_CASE("If-Match and If-None-Match allow a change, or not") {
    struct Row {
        std::string_view if_match;
        std::string_view if_none_match;
        std::int64_t version;
        bool allowed;
        std::string_view why;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"none", "none", 0, true, "no conditions"},
             {"none", "none", 3, true, "no conditions"},
             {"\"3\"", "none", 3, true, "the version it has"},
             {"\"3\"", "none", 4, false, "changed since"},
             {"\"3\"", "none", 0, false, "deleted since"},
             {"\"1\", \"3\",\"5\"", "none", 3, true, "one of several"},
             {"\"1\", \"5\"", "none", 3, false, "none of several"},
             {"\"0\"", "none", 0, true, "only when it does not exist"},
             {"\"0\"", "none", 1, false, "exists by now"},
             {"*", "none", 1, true, "whatever it is"},
             {" * ", "none", 1, true, "whatever it is"},
             {"*", "none", 0, false, "it has to exist"},
             {"\"abc\"", "none", 1, false, "a tag of another hub"},
             {"\"-1\"", "none", 1, false, "a tag of another hub"},
             {"\"\"", "none", 1, false, "a tag of another hub"},
             {"\"99999999999999999999\"", "none", 1, false, "a tag of another hub"},
             {"none", "*", 0, true, "only when it does not exist"},
             {"none", "*", 1, false, "exists by now"},
             {"none", "\"3\"", 4, true, "only when changed"},
             {"none", "\"3\"", 3, false, "not changed"},
             {"\"3\"", "\"3\"", 3, false, "both have to allow it"},
             {"\"3\"", "\"2\"", 3, true, "both allow it"}}) {
        CAPTURE(row.if_match);
        CAPTURE(row.if_none_match);
        CAPTURE(row.version);
        const auto good =
            check_preconditions(given(row.if_match), given(row.if_none_match), row.version);
        CHECK_MESSAGE(good.has_value() == row.allowed, row.why);
        if (!good) CHECK(good.error().code == ErrorCode::kPreconditionFailed);
    }
}

TEST_CASE("a failed precondition tells the version that would do") {
    const auto exists = check_preconditions(given("\"1\""), {}, 2);
    REQUIRE_FALSE(exists.has_value());
    CHECK(exists.error().detail == "the version is \"2\": read it again and repeat the change");
    const auto missing = check_preconditions(given("\"1\""), {}, 0);
    REQUIRE_FALSE(missing.has_value());
    CHECK(missing.error().detail == "it does not exist yet: its version is \"0\"");
}

TEST_CASE("only strong entity tags are accepted") {
    for (const std::string_view text :
         {"3", "W/\"3\"", "\"3", "3\"", "\"", "\"3\" \"4", "\"3\",*", "**"}) {
        CAPTURE(text);
        const auto read = tags(text);
        REQUIRE_FALSE(read.has_value());
        CHECK(read.error().code == ErrorCode::kInvalidField);
    }
}

TEST_CASE("a list of entity tags may have empty elements and white space") {
    for (const std::string_view text : {"\"3\",", ",\"3\"", "\"3\" ,, \"4\"", "\t\"4\",\t\"3\" "}) {
        CAPTURE(text);
        const auto read = tags(text);
        REQUIRE(read.has_value());
        CHECK(read->match(3));
        CHECK_FALSE(read->match(0));
    }
}

TEST_CASE("the entity tag of a version is read as that version") {
    for (const std::int64_t version : {std::int64_t{0}, std::int64_t{1}, INT64_MAX}) {
        const auto read = tags(entity_tag(version));
        REQUIRE(read.has_value());
        CHECK(read->match(version));
        CHECK_FALSE(read->match(version == 0 ? 1 : version - 1));
    }
}

TEST_CASE("Prefer says how long to wait and whether an answer is wanted") {
    struct Row {
        std::string_view text;
        std::optional<Duration> wait;
        bool minimal;
        std::string_view why;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"", {}, false, "nothing"},
             {"wait=0", Duration{0}, false, "an answer at once, but the operation that waits"},
             {"wait=10", 10s, false, "seconds"},
             {"wait=60", 60s, false, "the most"},
             {"wait=61", 60s, false, "more is taken as the most"},
             {"wait=9223372036854775807", 60s, false, "much more too"},
             {"return=minimal", {}, true, "no body"},
             {"return=representation", {}, false, "what is done anyway"},
             {"respond-async, wait=5 , return=minimal", 5s, true, "unknown ones are ignored"},
             {"handling=strict", {}, false, "unknown ones are ignored"}}) {
        CAPTURE(row.text);
        const auto read = preferences(row.text);
        REQUIRE(read.has_value());
        CHECK_MESSAGE(read->wait == row.wait, row.why);
        CHECK_MESSAGE(read->minimal == row.minimal, row.why);
    }
    for (const std::string_view text :
         {"wait=", "wait=-1", "wait=1.5", "wait=1s", "wait=+1", "wait=99999999999999999999"}) {
        CAPTURE(text);
        const auto read = preferences(text);
        REQUIRE_FALSE(read.has_value());
        CHECK(read.error().code == ErrorCode::kInvalidField);
    }
}

TEST_CASE("an answer says for how long it may have waited, where that was asked for") {
    CHECK(Preferences{.wait = 10s}.applied() == "wait=10");
    CHECK(Preferences{.wait = Duration{0}}.applied() == "wait=0");
    CHECK(Preferences{.minimal = true}.applied() == "");
}
