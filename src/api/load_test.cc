#include "api/load.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace tandem;
using namespace tandem::api;
using contract::Urgency;

namespace {

constexpr Monotonic kStart{1'000s};

}  // namespace

TEST_CASE("memory presses in three steps, at 85, 92 and 95 % of its budget") {
    struct Row {
        std::size_t memory;
        Pressure pressure;
    };
    for (const Row& row :
         {Row{0, Pressure::kNone}, Row{8'500, Pressure::kNone}, Row{8'501, Pressure::kHigh},
          Row{9'200, Pressure::kHigh}, Row{9'201, Pressure::kHigher}, Row{9'500, Pressure::kHigher},
          Row{9'501, Pressure::kHighest}, Row{20'000, Pressure::kHighest}}) {
        CAPTURE(row.memory);
        LoadWatch watch;
        const auto judged =
            watch.look({.memory = row.memory, .memory_max = 10'000, .lag = 0us}, kStart);
        CHECK(judged.memory == row.pressure);
        CHECK_FALSE(judged.late);
    }
}

TEST_CASE("a loop that has been late for a second presses, one hiccup does not") {
    LoadWatch watch;
    const auto late = [&watch](Duration lag, Duration after) {
        return watch.look({.memory = 0, .memory_max = 1'000, .lag = lag}, kStart + after).late;
    };
    CHECK_FALSE(late(60ms, 0s));
    CHECK_FALSE(late(50ms, 250ms));
    CHECK_FALSE(late(60ms, 500ms));
    CHECK_FALSE(late(60ms, 1'499ms));
    CHECK(late(60ms, 1'500ms));
    CHECK_FALSE(late(0ms, 2s));
    // A machine that stood still.
    CHECK_FALSE(late(3s, 5s));
    CHECK_FALSE(late(0ms, 5'250ms));
}

TEST_CASE("what goes on costing is refused first, what is vital never") {
    struct Row {
        LoadWatch::Judged judged;
        std::array<bool, 3> serves;  // lasting, usual, vital
        std::string_view limit;
    };
    const std::vector<Row> rows{
        {{Pressure::kNone, false}, {true, true, true}, ""},
        {{Pressure::kHigh, false}, {true, true, true}, ""},
        {{Pressure::kHigher, false}, {false, true, true}, "memory.bytes"},
        {{Pressure::kNone, true}, {false, true, true}, "loop.lag"},
        {{Pressure::kHigher, true}, {false, true, true}, "memory.bytes"},
        {{Pressure::kHighest, false}, {false, false, true}, "memory.bytes"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.limit);
        Load load;
        load.set(row.judged);
        const std::array urgencies{Urgency::kLasting, Urgency::kUsual, Urgency::kVital};
        for (std::size_t at = 0; at < urgencies.size(); ++at) {
            const auto served = load.admit(urgencies[at]);
            CHECK(served.has_value() == row.serves[at]);
            if (served) continue;
            CHECK(served.error().code == ErrorCode::kUnavailable);
            CHECK(served.error().limit == row.limit);
            CHECK(served.error().retry_after == 5s);
        }
    }
}

TEST_CASE("so many requests of one principal may be unanswered, and so many in all") {
    InFlight requests{{.of_one = 2, .all = 4}};
    std::vector<InFlight::Place> places;
    const auto enter = [&](const std::string& principal) {
        auto place = requests.enter(principal);
        if (place) places.push_back(std::move(*place));
        return place ? std::string{} : place.error().limit;
    };
    CHECK(enter("a").empty());
    CHECK(enter("a").empty());
    CHECK(enter("a") == "requests.in_flight");
    CHECK(enter("b").empty());
    CHECK(enter("").empty());
    CHECK(enter("c") == "requests.in_flight_all");
    CHECK(enter("") == "requests.in_flight_all");
    places.erase(places.begin());
    CHECK(enter("a").empty());
    places.clear();
    for (int at = 0; at < 4; ++at)
        CHECK(enter("").empty());
}
