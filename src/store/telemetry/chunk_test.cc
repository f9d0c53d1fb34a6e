#include "store/telemetry/chunk.h"

#include "base/checked.h"
#include "domain/buckets.h"
#include "store/telemetry/test_rows.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

using namespace tandem;
using namespace tandem::store;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::int64_t kFirstTime = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kLastTime = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kTop = std::uint64_t{1} << 63U;

Rows through(const Rows& rows) {
    REQUIRE(fits_chunk(rows));
    const std::string bytes = encode_chunk(rows);
    const auto chunk = Chunk::open(bytes);
    REQUIRE(chunk.has_value());
    CHECK(chunk->row_count() == rows.times.size());
    CHECK(chunk->from() == rows.times.front());
    CHECK(chunk->to() == rows.times.back());
    auto back = chunk->rows();
    REQUIRE(back.has_value());
    return checked(std::move(back));
}

std::uint64_t signed_bits(std::int64_t number) {
    return static_cast<std::uint64_t>(number);
}

/// Every type there is, in a column each.
Rows one_of_each(std::size_t count) {
    Rows rows{.times = times(count), .columns = {}};
    Dice dice{count};
    std::vector<std::uint64_t> booleans;
    std::vector<std::uint64_t> integers;
    std::vector<std::uint64_t> unsigneds;
    std::vector<std::uint64_t> reals;
    std::vector<std::string> texts;
    std::vector<std::string> documents;
    for (std::size_t row = 0; row < count; ++row) {
        booleans.push_back(dice.below(2));
        integers.push_back(dice.bits());
        unsigneds.push_back(dice.bits() | kTop);
        reals.push_back(dice.bits());
        texts.push_back(std::string(dice.below(9), static_cast<char>('a' + dice.below(26))));
        documents.push_back("\xa1\x61x" + std::string(1, static_cast<char>(dice.below(24))));
    }
    rows.columns = {numbers(0, ValueType::kBoolean, booleans),
                    numbers(1, ValueType::kInteger, integers),
                    numbers(2, ValueType::kUnsigned, unsigneds),
                    numbers(3, ValueType::kDouble, reals),
                    strings(4, texts),
                    strings(5, documents)};
    rows.columns.back().type = ValueType::kDocument;
    return rows;
}

/// What `number` is to a bucket.
double number_of(const Column& column, std::size_t at) {
    const std::uint64_t bits = column.bits[at];
    switch (column.type) {
        case ValueType::kDouble:
            return std::bit_cast<double>(bits);
        case ValueType::kInteger:
            return static_cast<double>(static_cast<std::int64_t>(bits));
        default:
            return static_cast<double>(bits);
    }
}

/// The bucket that the domain makes of a column of numbers.
Bucket bucket_of(const Column& column) {
    Bucket bucket;
    for (std::size_t at = 0; at < column.at.size(); ++at)
        bucket.add(Reading{.series = "x", .time = {}, .value = number_of(column, at)});
    return bucket;
}

void check_summary(const ColumnSummary& summary, const Column& column, const Rows& rows) {
    CHECK(summary.slot == column.slot);
    CHECK(summary.type == column.type);
    CHECK(summary.count == column.at.size());
    CHECK(summary.first.time == rows.times[column.at.front()]);
    CHECK(summary.last.time == rows.times[column.at.back()]);
    if (is_text(column.type)) {
        const bool is_short = column.texts.front().size() <= kSummaryTextBytesMax;
        CHECK(summary.first.text.has_value() == is_short);
        if (is_short) CHECK(*summary.first.text == column.texts.front());
        return;
    }
    CHECK(summary.first.bits == column.bits.front());
    CHECK(summary.last.bits == column.bits.back());
    const Bucket bucket = bucket_of(column);
    CHECK(summary.min == bucket.min);
    CHECK(summary.max == bucket.max);
    CHECK(summary.sum == bucket.sum);
}

double bytes_per_reading(const Rows& rows) {
    return static_cast<double>(encode_chunk(rows).size()) / static_cast<double>(readings_of(rows));
}

}  // namespace

TEST_CASE("rows of every type come back exactly, one of them as well as 512") {
    for (const std::size_t count : {1U, 2U, 3U, 7U, 8U, 9U, 511U, 512U, 4'096U}) {
        const Rows rows = one_of_each(count);
        CHECK(through(rows) == rows);
    }
}

TEST_CASE("every double comes back with all its bits") {
    Rows rows{.times = times(8), .columns = {}};
    rows.columns = {
        numbers(9, ValueType::kDouble,
                {std::bit_cast<std::uint64_t>(-0.0), 0, 0x7FF8'0000'DEAD'BEEFU,
                 0x7FF0'0000'0000'0001U, std::bit_cast<std::uint64_t>(kInfinity),
                 std::bit_cast<std::uint64_t>(-kInfinity), 1, std::bit_cast<std::uint64_t>(0.1)})};
    CHECK(through(rows) == rows);
}

TEST_CASE("integers beyond 2^53 and up to 2^64-1 come back exactly") {
    Rows rows{.times = times(4), .columns = {}};
    rows.columns = {numbers(1, ValueType::kInteger,
                            {(std::uint64_t{1} << 53U) + 1, signed_bits(-1), kTop, kTop - 1}),
                    numbers(2, ValueType::kUnsigned,
                            {kTop, std::numeric_limits<std::uint64_t>::max(), kTop + 1, kTop})};
    CHECK(through(rows) == rows);
}

TEST_CASE("times from the first to the last that there is come back exactly") {
    const std::vector<std::vector<std::int64_t>> rows_of_times{
        {kFirstTime},
        {kLastTime},
        {kFirstTime, kLastTime},
        {kFirstTime, kFirstTime + 1, -1, 0, 1, kLastTime - 1, kLastTime},
        {kFirstTime, kFirstTime + 1'000'000},
        {kLastTime - 2'000, kLastTime - 1'000, kLastTime},
        {1, 1'000'001, 5'000'001},
    };
    for (const auto& some : rows_of_times) {
        Rows rows{.times = some, .columns = {}};
        rows.columns = {
            numbers(1, ValueType::kInteger, std::vector<std::uint64_t>(some.size(), 3))};
        CHECK(through(rows) == rows);
    }
}

TEST_CASE("a series whose type changes has a column of each type") {
    Rows rows{.times = times(12), .columns = {}};
    rows.columns = {spread(numbers(7, ValueType::kBoolean, {1, 0, 1}), 0, 4),
                    spread(numbers(7, ValueType::kInteger, {4, 5, 6}), 1, 4),
                    spread(doubles(7, {0.5, 1.5, 2.5}), 2, 4),
                    spread(strings(7, {"a", "", "b"}), 3, 4), doubles(4'294'967'295, {1})};
    CHECK(through(rows) == rows);
}

TEST_CASE("columns that are in few of the rows, in most, or in one come back in their rows") {
    Rows rows{.times = times(512), .columns = {}};
    Dice dice{6};
    for (Slot slot = 0; slot < 40; ++slot) {
        Column column{.slot = slot, .type = ValueType::kInteger};
        for (std::uint32_t row = 0; row < 512; ++row) {
            if (dice.below(40) > slot) continue;
            column.at.push_back(row);
            column.bits.push_back(dice.below(100));
        }
        if (!column.at.empty()) rows.columns.push_back(column);
    }
    rows.columns.push_back(spread(numbers(50, ValueType::kInteger, {1}), 511, 1));
    CHECK(through(rows) == rows);
}

TEST_CASE("500 columns of 512 rows come back") {
    Rows rows{.times = times(512), .columns = {}};
    Dice dice{7};
    for (Slot slot = 0; slot < 500; ++slot) {
        std::vector<std::uint64_t> bits;
        for (int row = 0; row < 512; ++row)
            bits.push_back(dice.below(slot + 1));
        rows.columns.push_back(numbers(slot * 3, ValueType::kInteger, bits));
    }
    CHECK(through(rows) == rows);
}

TEST_CASE("texts come back: empty, of 64 KiB, all the same, all different") {
    Rows rows{.times = times(512), .columns = {}};
    std::vector<std::string> different;
    for (int row = 0; row < 512; ++row)
        different.push_back("text " + std::to_string(row));
    std::vector<std::string> bytes(512, std::string("\0\xff\x80", 3));
    std::vector<std::string> longest(512);
    Dice dice{8};
    for (std::string& text : longest)
        text.assign(std::size_t{64} * 1'024, static_cast<char>(dice.below(256)));
    rows.columns = {strings(1, std::vector<std::string>(512)), strings(2, bytes),
                    strings(3, different), strings(4, longest)};
    CHECK(through(rows) == rows);
    Rows few{.times = times(3), .columns = {strings(1, {longest[0], longest[1], longest[0]})}};
    CHECK(through(few) == few);
}

TEST_CASE("the header tells of each column what a bucket of the domain would hold") {
    std::vector<Rows> all{sensor_rows(1, 512), sensor_rows(2, 300, true), sensor_rows(3, 1)};
    const double largest = std::numeric_limits<double>::max();
    Rows edges{.times = times(4), .columns = {}};
    edges.columns = {doubles(1, {largest, largest, -largest, 1}),
                     doubles(2, {-largest, -largest, 5, 6}),
                     doubles(3, {kInfinity, -kInfinity, 1, 2}),
                     doubles(4, {-0.0, 0.0, -0.0}),
                     numbers(5, ValueType::kInteger, {kTop, kTop - 1, 0}),
                     numbers(6, ValueType::kUnsigned, {kTop, ~std::uint64_t{0}}),
                     numbers(7, ValueType::kBoolean, {1, 1, 1}),
                     numbers(8, ValueType::kBoolean, {0, 0}),
                     spread(numbers(9, ValueType::kBoolean, {1, 0}), 1, 2),
                     strings(10, {std::string(64, 'x'), ""}),
                     strings(11, {std::string(65, 'x'), "short"})};
    all.push_back(edges);
    for (const Rows& rows : all) {
        const std::string bytes = encode_chunk(rows);
        const auto chunk = Chunk::open(bytes);
        REQUIRE(chunk.has_value());
        REQUIRE(chunk->columns().size() == rows.columns.size());
        for (std::size_t at = 0; at < rows.columns.size(); ++at)
            check_summary(chunk->columns()[at], rows.columns[at], rows);
    }
}

TEST_CASE("a NaN counts for none of min, max and sum") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const Rows rows{.times = times(3),
                    .columns = {doubles(1, {nan, 2, 3}), doubles(2, {nan, nan, nan})}};
    const std::string bytes = encode_chunk(rows);
    const auto chunk = Chunk::open(bytes);
    REQUIRE(chunk.has_value());
    CHECK(chunk->columns()[0].min == 2);
    CHECK(chunk->columns()[0].max == 3);
    CHECK(chunk->columns()[0].sum == 5);
    CHECK(chunk->columns()[1].min == 0);
    CHECK(chunk->columns()[1].sum == 0);
}

TEST_CASE("wanted slots come with the rows in which one of them has a value, and no others") {
    const Rows rows = sensor_rows(4, 512);
    const std::string bytes = encode_chunk(rows);
    const auto chunk = Chunk::open(bytes);
    REQUIRE(chunk.has_value());

    SUBCASE("a series of every row") {
        const auto some = chunk->rows(std::vector<Slot>{2, 77});
        REQUIRE(some.has_value());
        CHECK(some->times == rows.times);
        CHECK(some->columns == std::vector<Column>{rows.columns[1]});
    }
    SUBCASE("a series of every fifth row") {
        const auto some = chunk->rows(std::vector<Slot>{5});
        REQUIRE(some.has_value());
        CHECK(some->times.size() == 103);
        CHECK(some->times[1] == rows.times[5]);
        CHECK(some->columns[0].at == first_rows(103));
        CHECK(some->columns[0].texts == rows.columns[4].texts);
    }
    SUBCASE("all series, as all rows") {
        const auto all = chunk->rows(std::vector<Slot>{1, 2, 3, 4, 5});
        REQUIRE(all.has_value());
        CHECK(*all == rows);
    }
    SUBCASE("none that the chunk has") {
        const auto none = chunk->rows(std::vector<Slot>{0, 6});
        REQUIRE(none.has_value());
        CHECK(*none == Rows{});
    }
}

TEST_CASE("two sparse series keep their rows in common") {
    Rows rows{.times = times(10), .columns = {}};
    rows.columns = {spread(numbers(1, ValueType::kInteger, {1, 2, 3}), 0, 3),
                    spread(numbers(2, ValueType::kInteger, {4, 5}), 3, 4),
                    spread(numbers(3, ValueType::kInteger, {6}), 9, 1)};
    const std::string bytes = encode_chunk(rows);
    const auto chunk = Chunk::open(bytes);
    REQUIRE(chunk.has_value());
    const auto some = chunk->rows(std::vector<Slot>{1, 2});
    REQUIRE(some.has_value());
    CHECK(some->times == std::vector{rows.times[0], rows.times[3], rows.times[6], rows.times[7]});
    CHECK(some->columns[0].at == std::vector<std::uint32_t>{0, 1, 2});
    CHECK(some->columns[1].at == std::vector<std::uint32_t>{1, 3});
}

TEST_CASE("rows that are no rows do not fit a chunk") {
    const Rows good{.times = times(3), .columns = {doubles(1, {1, 2}), strings(2, {"a"})}};
    REQUIRE(fits_chunk(good));
    const auto wrong = [&](auto change) {
        Rows rows = good;
        change(rows);
        return !fits_chunk(rows);
    };
    CHECK(wrong([](Rows& rows) { rows.times.clear(); }));
    CHECK(wrong([](Rows& rows) { rows.columns.clear(); }));
    CHECK(wrong([](Rows& rows) { rows.times[1] = rows.times[0]; }));
    CHECK(wrong([](Rows& rows) { rows.times = times(4'097); }));
    CHECK(wrong([](Rows& rows) { rows.columns[1].slot = 0; }));
    CHECK(wrong([](Rows& rows) { rows.columns[1].slot = 1; }));  // Two values in row 0.
    CHECK(wrong([](Rows& rows) { rows.columns[0].at = {1, 0}; }));
    CHECK(wrong([](Rows& rows) { rows.columns[0].at = {0, 3}; }));
    CHECK(wrong([](Rows& rows) { rows.columns[0].at.pop_back(); }));
    CHECK(wrong([](Rows& rows) { rows.columns[0].type = ValueType::kBoolean; }));
    CHECK(wrong([](Rows& rows) { rows.columns[0].type = ValueType::kString; }));
    CHECK(wrong([](Rows& rows) { rows.columns[0].texts = {"a"}; }));
    CHECK(wrong([](Rows& rows) { rows.columns[0] = numbers(1, ValueType::kUnsigned, {kTop, 5}); }));
    CHECK(wrong([](Rows& rows) { rows.columns[1].texts[0].assign(kChunkTextBytesMax + 1, 'x'); }));
    CHECK_FALSE(wrong([](Rows& rows) { rows.columns[1].slot = 9; }));
}

TEST_CASE("readings of sensors take less than one and a half bytes each") {
    double bytes = 0;
    for (std::uint64_t device = 0; device < 20; ++device)
        bytes += bytes_per_reading(sensor_rows(device, 512, device % 10 == 0));
    MESSAGE("bytes a reading: ", bytes / 20);
    CHECK(bytes / 20 <= 1.5);
}

TEST_CASE("what never changes costs nearly nothing") {
    const Rows rows{.times = times(512),
                    .columns = {doubles(1, std::vector<double>(512, 21.5)),
                                numbers(2, ValueType::kBoolean, std::vector<std::uint64_t>(512, 1)),
                                strings(3, std::vector<std::string>(512, "ok"))}};
    CHECK(encode_chunk(rows).size() < 100);
}
