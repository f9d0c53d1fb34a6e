#include "store/telemetry/head.h"

#include "store/telemetry/test_rows.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <utility>
#include <vector>

using namespace tandem;
using namespace tandem::store;

namespace {

using Values = std::vector<std::pair<std::int64_t, std::uint64_t>>;

Cell number(Slot slot, std::uint64_t bits) {
    Cell cell;
    cell.slot = slot;
    cell.bits = bits;
    return cell;
}

// Some rows late, some times twice, some rows without the second series.
Head made(Dice& dice, std::size_t rows) {
    Head head;
    Sequence next = 1;
    for (std::size_t at = 0; at < rows; ++at) {
        const auto time = static_cast<std::int64_t>(at - std::min(at, dice.below(10)));
        std::vector<Cell> cells{number(0, next)};
        if (dice.below(3) > 0) cells.push_back(number(1, next + 1));
        head.append(time, cells, next);
        next += cells.size();
    }
    return head;
}

Values read(const Head& head, Head::Wanted wanted) {
    Values values;
    for (std::optional<Head::Span> span = wanted.span; span;) {
        wanted.span = *span;
        span = head.read(wanted, [&](std::int64_t time, const Cell& cell) {
            values.emplace_back(time, cell.bits);
            return true;
        });
    }
    return values;
}

}  // namespace

TEST_CASE("a head that is read some rows at a time gives what it gives at once") {
    Dice dice{7};
    const Head head = made(dice, 300);
    for (const bool newest_first : {false, true}) {
        Head::Wanted wanted{.slot = 1,
                            .span = {.from = 20, .to = 280},
                            .newest_first = newest_first,
                            .visible = 400};
        const Values whole = read(head, wanted);
        REQUIRE(whole.size() > 100);
        for (const std::size_t rows : {1U, 2U, 7U, 100U}) {
            wanted.rows = rows;
            CHECK(read(head, wanted) == whole);
        }
    }
}

TEST_CASE("of a head no more rows than asked for are looked at, but for those of one time") {
    Head head;
    for (std::int64_t time = 0; time < 10; ++time) {
        const std::vector<Cell> cells{number(0, 1)};
        head.append(time, cells, static_cast<Sequence>(time + 1));
    }
    std::size_t seen = 0;
    const auto left = head.read({.slot = 0,
                                 .span = {.from = 0, .to = 100},
                                 .newest_first = false,
                                 .visible = 100,
                                 .rows = 4},
                                [&](std::int64_t /*time*/, const Cell& /*cell*/) {
                                    ++seen;
                                    return true;
                                });
    CHECK(seen == 4);
    REQUIRE(left);
    CHECK(left->from == 4);
    CHECK(left->to == 100);
}
