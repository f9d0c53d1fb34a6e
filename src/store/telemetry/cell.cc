#include "store/telemetry/cell.h"

#include "base/check.h"
#include "store/value_bytes.h"

#include <bit>

namespace tandem::store {

Cell cell_of(const Value& value, std::string& kept) {
    check(!value.is_null());
    Cell cell;
    if (const auto* boolean = value.get<bool>()) {
        cell.type = ValueType::kBoolean;
        cell.bits = *boolean ? 1 : 0;
    } else if (const auto* integer = value.get<std::int64_t>()) {
        cell.type = ValueType::kInteger;
        cell.bits = std::bit_cast<std::uint64_t>(*integer);
    } else if (const auto* large = value.get<std::uint64_t>()) {
        cell.type = ValueType::kUnsigned;
        cell.bits = *large;
    } else if (const auto* number = value.get<double>()) {
        cell.type = ValueType::kDouble;
        cell.bits = std::bit_cast<std::uint64_t>(*number);
    } else if (const auto* text = value.get<std::string>()) {
        cell.type = ValueType::kString;
        cell.text = *text;
    } else {
        kept = to_bytes(value);
        cell.type = ValueType::kDocument;
        cell.text = kept;
    }
    return cell;
}

Result<Value> value_of(ValueType type, std::uint64_t bits, std::string_view text) {
    switch (type) {
        case ValueType::kBoolean:
            return Value{bits != 0};
        case ValueType::kInteger:
            return Value{std::bit_cast<std::int64_t>(bits)};
        case ValueType::kUnsigned:
            return Value{bits};
        case ValueType::kDouble:
            return Value{std::bit_cast<double>(bits)};
        case ValueType::kString:
            return Value{std::string{text}};
        case ValueType::kDocument:
            return from_bytes(text);
    }
    return fail(ErrorCode::kStorageFailed, "a value has no known type: the file is damaged");
}

}  // namespace tandem::store
