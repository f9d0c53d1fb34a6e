// Whatever bytes come, in whatever pieces: a refusal that says where, or a value that XML keeps.
#include "base/check.h"
#include "codec/xml.h"

#include <cstddef>
#include <cstdint>

using namespace tandem;
using namespace tandem::codec;

namespace {

/// Reads to the end. Gives the value, or the refusal; the second time it must be the same.
Result<Value> read(XmlReader& reader) {
    const auto all = [&]() -> Result<Value> {
        if (auto token = reader.next(); !token) return pass(token);
        auto value = read_value(reader);
        if (!value) return value;
        if (auto end = reader.next(); !end) return pass(end);
        check(reader.token() == Token::kEnd);
        return value;
    };
    auto value = all();
    auto after = reader.next();
    check(after.has_value() == value.has_value());
    if (!value) check(after.error().detail == value.error().detail);
    return value;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input{reinterpret_cast<const char*>(data) + 1, size - 1};
    XmlReader whole{input};
    const auto value = read(whole);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{data[0]} + 1}) {
        XmlReader pieces{input, {}, {.piece_bytes = piece}};
        const auto other = read(pieces);
        check(other.has_value() == value.has_value());
        if (value) check(*other == *value);
        if (!value) check(other.error().code == value.error().code);
    }
    if (!value) {
        const ErrorCode code = value.error().code;
        check(code == ErrorCode::kMalformedBody || code == ErrorCode::kUnprocessable);
        check(value.error().detail.starts_with("XML, byte "));
        return 0;
    }
    const auto again = parse_xml(to_xml(*value));
    check(again.has_value());
    check(*again == *value);
    return 0;
}
