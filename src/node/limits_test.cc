#include "node/limits.h"

#include <doctest/doctest.h>

#include <set>

namespace tandem::node {

TEST_CASE("each limit has a name of its own and sets what it reads") {
    std::set<std::string_view> names;
    for (const LimitRow& row : limit_rows()) {
        CAPTURE(row.name);
        CHECK(names.insert(row.name).second);
        CHECK_FALSE(row.at_limit.empty());
        Tuning tuning;
        CHECK(row.get(tuning) > 0);
        row.set(tuning, 5);
        CHECK(row.get(tuning) == 5);
    }
}

TEST_CASE("the limits in force are the defaults but for those that were set") {
    Settings settings;
    settings.limits = {{"http.head_time", 2.5}, {"requests_burst", 7}, {"ws.pending", 9}};
    const Tuning tuning = tuning_of(settings);
    CHECK(tuning.door.connection.head_time == 2'500ms);
    CHECK(tuning.rules.rates.requests.burst == 7);
    CHECK(tuning.rules.rates.device_requests.burst == 7);
    CHECK(tuning.door.pending == 9);
    CHECK(tuning.door.connection.body_time == net::Limits{}.body_time);
}

}  // namespace tandem::node
