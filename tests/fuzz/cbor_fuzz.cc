// Whatever bytes come: a refusal that says where, or a value that CBOR and JSON both keep.
#include "base/check.h"
#include "codec/cbor.h"
#include "codec/json.h"

#include <cstddef>
#include <cstdint>

using namespace tandem;
using namespace tandem::codec;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    const auto value = parse_cbor(input);
    if (!value) {
        check(value.error().code == ErrorCode::kMalformedBody);
        check(value.error().detail.starts_with("CBOR, byte "));
        return 0;
    }
    const auto again = parse_cbor(to_cbor(*value));
    check(again.has_value());
    check(*again == *value);
    const auto other = parse_json(to_json(*value));
    check(other.has_value());
    check(*other == *value);

    // Stepping over the value sees the same bytes as reading it.
    CborReader reader{input};
    check(reader.next().has_value());
    const auto raw = reader.raw();
    check(raw.has_value());
    check(*raw == input);
    return 0;
}
