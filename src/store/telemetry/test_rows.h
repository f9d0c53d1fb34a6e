#pragma once

#include "codec/crc32.h"
#include "store/telemetry/byte_writer.h"
#include "store/telemetry/chunk.h"
#include "store/telemetry/rows.h"

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace tandem::store {

/// Numbers that look random and are the same in every run (SplitMix64).
class Dice {
public:
    explicit Dice(std::uint64_t seed) : state_{seed} {}
    std::uint64_t bits() {
        state_ += 0x9E3779B97F4A7C15U;
        std::uint64_t mixed = state_;
        mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
        mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
        return mixed ^ (mixed >> 31U);
    }
    /// 0 ≤ n < count
    std::uint64_t below(std::uint64_t count) { return bits() % count; }
    /// −1 to 1
    double around() { return static_cast<double>(bits() >> 11U) * 0x1p-52 - 1; }

private:
    std::uint64_t state_;
};

inline std::vector<std::uint32_t> first_rows(std::size_t count) {
    std::vector<std::uint32_t> at(count);
    std::iota(at.begin(), at.end(), 0U);
    return at;
}

inline std::vector<std::uint64_t> bits_of(const std::vector<double>& numbers) {
    std::vector<std::uint64_t> bits;
    for (const double number : numbers)
        bits.push_back(std::bit_cast<std::uint64_t>(number));
    return bits;
}

/// A column with values in the first rows.
inline Column numbers(Slot slot, ValueType type, std::vector<std::uint64_t> bits) {
    auto at = first_rows(bits.size());
    return {.slot = slot, .type = type, .at = std::move(at), .bits = std::move(bits), .texts = {}};
}
inline Column doubles(Slot slot, const std::vector<double>& values) {
    return numbers(slot, ValueType::kDouble, bits_of(values));
}
inline Column strings(Slot slot, std::vector<std::string> texts) {
    auto at = first_rows(texts.size());
    return {.slot = slot,
            .type = ValueType::kString,
            .at = std::move(at),
            .bits = {},
            .texts = std::move(texts)};
}
/// The same column, with its values in rows `first`, `first + step`, and so on.
inline Column spread(Column column, std::uint32_t first, std::uint32_t step) {
    for (std::uint32_t& row : column.at)
        row = first + row * step;
    return column;
}

inline std::vector<std::int64_t> times(std::size_t count, std::int64_t step = 1'000'000) {
    std::vector<std::int64_t> out;
    for (std::size_t row = 0; row < count; ++row)
        out.push_back(1'700'000'000'000'000 + static_cast<std::int64_t>(row) * step);
    return out;
}

/// What a device of a building sends: temperature to two decimals, humidity to one (or with all its
/// digits), a counter, whether something is open, and in every fifth message a word; about every
/// ten seconds, to the millisecond.
inline Rows sensor_rows(std::uint64_t device, std::size_t count, bool all_digits = false) {
    Dice dice{device};
    const std::vector<std::string> words{"ok", "ok", "ok", "ok", "low battery", "calibrating"};
    double temperature = 18 + 4 * dice.around();
    double humidity = 50 + 20 * dice.around();
    std::uint64_t counter = dice.below(1'000'000);
    std::int64_t time = 1'700'000'000'000'000;
    bool open = false;
    Rows rows;
    std::vector<double> temperatures;
    std::vector<double> humidities;
    std::vector<std::uint64_t> counters;
    std::vector<std::uint64_t> opens;
    std::vector<std::string> states;
    for (std::size_t row = 0; row < count; ++row) {
        time += 10'000'000 + static_cast<std::int64_t>(dice.below(400)) * 1'000 - 200'000;
        rows.times.push_back(time);
        temperature += 0.05 * dice.around();
        temperatures.push_back(std::round(temperature * 100) / 100);
        humidity += 0.2 * dice.around();
        humidities.push_back(all_digits ? humidity : std::round(humidity * 10) / 10);
        counter += dice.below(4);
        counters.push_back(counter);
        if (dice.below(50) == 0) open = !open;
        opens.push_back(open ? 1 : 0);
        if (row % 5 == 0) states.push_back(words[dice.below(words.size())]);
    }
    rows.columns.push_back(doubles(1, temperatures));
    rows.columns.push_back(doubles(2, humidities));
    rows.columns.push_back(numbers(3, ValueType::kInteger, std::move(counters)));
    rows.columns.push_back(numbers(4, ValueType::kBoolean, std::move(opens)));
    rows.columns.push_back(spread(strings(5, std::move(states)), 0, 5));
    return rows;
}

inline std::size_t readings_of(const Rows& rows) {
    std::size_t count = 0;
    for (const Column& column : rows.columns)
        count += column.at.size();
    return count;
}

/// A chunk of slot 0 with 5, 6 and 7, long before all others, whose CRC is right, but not the sum
/// that its header has.
struct WrongSum {
    Rows rows{.times = {1'000'000, 2'000'000, 3'000'000},
              .columns = {numbers(0, ValueType::kInteger, {5, 6, 7})}};
    std::string bytes = encode_chunk(rows);

    WrongSum() {
        // The sum, 18, is the scaled number 36 (zigzag) behind least (10) and largest (14).
        bytes.at(bytes.find(std::string{"\x00\x0A\x00\x0E\x00\x24", 6}) + 5) = 0x26;
        bytes.resize(bytes.size() - 4);
        put_fixed(bytes, codec::crc32(bytes));
    }
};

}  // namespace tandem::store
