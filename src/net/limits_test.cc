#include "net/limits.h"

#include <doctest/doctest.h>

#include <set>

namespace tandem::net {

TEST_CASE("each limit has a name of its own, is set by it and says what happens") {
    std::set<std::string_view> names;
    for (const LimitRow& row : limit_rows()) {
        CAPTURE(row.name);
        CHECK(names.insert(row.name).second);
        CHECK_FALSE(row.at_limit.empty());
        Limits limits;
        CHECK(value_of(limits, row) > 0);
        REQUIRE(set_limit(limits, row.name, 7));
        CHECK(value_of(limits, row) == 7);
    }
}

TEST_CASE("a row sets the field that it is named after and no other") {
    Limits limits;
    REQUIRE(set_limit(limits, "http.head_time", 0.25));
    CHECK(limits.head_time == 250ms);
    REQUIRE(set_limit(limits, "ws.message_bytes", 4'096));
    CHECK(limits.message_bytes == 4'096);
    CHECK(limits.body_time == Limits{}.body_time);
}

TEST_CASE("an unknown limit is refused by name") {
    Limits limits;
    const auto set = set_limit(limits, "http.hed_bytes", 1);
    REQUIRE_FALSE(set);
    CHECK(set.error().detail.contains("http.hed_bytes"));
}

TEST_CASE("there is a row for every field") {
    // All fields are of one size but for padding: a new one without a row shows here.
    CHECK(limit_rows().size() * sizeof(std::size_t) == sizeof(Limits));
}

}  // namespace tandem::net
