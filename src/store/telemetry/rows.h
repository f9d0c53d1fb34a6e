#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tandem::store {

/// The number of a series within its device, in the order of their first readings.
using Slot = std::uint32_t;

/// How a value is kept. Stored: a number never changes its meaning.
enum class ValueType : std::uint8_t {
    kBoolean = 1,
    kInteger = 2,
    kUnsigned = 3,  ///< above 2^63−1
    kDouble = 4,    ///< −0 included
    kString = 5,
    kDocument = 6,  ///< an array or object, as CBOR
};
/// The type that `number` stands for, if any.
[[nodiscard]] constexpr std::optional<ValueType> value_type(std::uint64_t number) {
    if (number < 1 || number > 6) return std::nullopt;
    return ValueType{static_cast<std::uint8_t>(number)};
}
[[nodiscard]] constexpr bool is_text(ValueType type) {
    return type >= ValueType::kString;
}

/// The values of one type that one series has. `at` says in which rows, in ascending order; the
/// values follow in the same order, in `bits` or in `texts`. A series whose type changes has a
/// column for each type.
struct Column {
    Slot slot = 0;
    ValueType type = ValueType::kDouble;
    std::vector<std::uint32_t> at;
    std::vector<std::uint64_t> bits;  ///< 0 or 1, two's complement, or IEEE 754
    std::vector<std::string> texts;
    bool operator==(const Column&) const = default;
};

/// Readings of one device in order of time: one row for each time, one column for each series and
/// type. No series has two values in one row.
struct Rows {
    std::vector<std::int64_t> times;  ///< microseconds since 1970, strictly ascending
    std::vector<Column> columns;      ///< ascending by (slot, type), none empty
    bool operator==(const Rows&) const = default;
};

}  // namespace tandem::store
