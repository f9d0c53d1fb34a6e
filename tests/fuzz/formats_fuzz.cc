// JSON, CBOR and XML mean the same and have the same limits: what one of them can say within the
// limits, the others say too, and what is beyond a limit is beyond the same limit in all. The first
// byte says in which format the rest comes. The limits are small, so that short inputs reach them.
#include "base/check.h"
#include "codec/cbor.h"
#include "codec/json.h"
#include "codec/xml.h"

#include <cstddef>
#include <cstdint>

using namespace tandem;
using namespace tandem::codec;

namespace {

// A text may be as long as a number at least: in XML a number is one.
constexpr ReaderLimits kSmall{.depth = 4,
                              .object_keys = 5,
                              .array_items = 6,
                              .nodes = 12,
                              .string_bytes = 32,
                              .key_bytes = 6};

Result<Value> parse(unsigned format, std::string_view input, const ReaderLimits& limits) {
    if (format == 0) return parse_json(input, limits);
    if (format == 1) return parse_cbor(input, limits);
    return parse_xml(input, limits);
}

std::string write(unsigned format, const Value& value) {
    if (format == 0) return to_json(value);
    return format == 1 ? to_cbor(value) : to_xml(value);
}

/// Why it was refused, without the format and the byte, which differ.
std::string verdict(const Result<Value>& value) {
    if (value) return "read";
    const std::string& detail = value.error().detail;
    check(value.error().code == ErrorCode::kMalformedBody);
    return detail.substr(detail.find(": ") + 2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input{reinterpret_cast<const char*>(data) + 1, size - 1};
    const auto value = parse(data[0] % 3U, input, ReaderLimits{});
    if (!value) return 0;

    const std::string expected = verdict(parse_json(to_json(*value), kSmall));
    for (const unsigned format : {0U, 1U, 2U}) {
        const std::string written = write(format, *value);
        const auto again = parse(format, written, ReaderLimits{});
        check(again.has_value());
        check(*again == *value);
        check(write(format, *again) == written);
        const auto small = parse(format, written, kSmall);
        check(verdict(small) == expected);
        if (small) check(*small == *value);
    }

    // CBOR nests less deep than the others, and that is the only difference.
    const auto shallow = parse_cbor(to_cbor(*value));
    if (!shallow) check(shallow.error().detail.ends_with("the limit `depth`"));
    return 0;
}
