#pragma once

#include "base/error.h"
#include "base/value.h"
#include "store/telemetry/rows.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tandem::store {

/// One value of one series, as rows and logs have it.
struct Cell {
    Slot slot = 0;
    ValueType type = ValueType::kDouble;
    bool late = false;       ///< older than the newest of its series when it came
    std::uint64_t bits = 0;  ///< 0 or 1, two's complement, or IEEE 754
    std::string_view text;   ///< of a string or document; not owned
    bool operator==(const Cell&) const = default;
};

/// The cell of `value`, which is not null. `kept` holds what a document's text points to.
[[nodiscard]] Cell cell_of(const Value& value, std::string& kept);
/// The other way. Fails with kStorageFailed where a document is damaged.
[[nodiscard]] Result<Value> value_of(ValueType type, std::uint64_t bits, std::string_view text);
[[nodiscard]] inline Result<Value> value_of(const Cell& cell) {
    return value_of(cell.type, cell.bits, cell.text);
}
/// Whether both have the same value, whatever their slots.
[[nodiscard]] inline bool same_value(const Cell& one, const Cell& other) {
    return one.type == other.type && one.bits == other.bits && one.text == other.text;
}

}  // namespace tandem::store
