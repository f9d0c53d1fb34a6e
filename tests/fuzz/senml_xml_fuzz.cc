// Whatever bytes come, in whatever pieces: a refusal that says where, or records that can be
// written and are read back, as XML, as CBOR with labels, and as JSON.
#include "base/check.h"
#include "codec/cbor.h"
#include "codec/json.h"
#include "codec/senml_labels.h"
#include "codec/senml_xml.h"
#include "codec/xml_text.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

using namespace tandem;
using namespace tandem::codec;

namespace {

Result<Value> read(Reader& reader) {
    if (auto token = reader.next(); !token) return pass(token);
    auto value = read_value(reader);
    if (!value) return value;
    if (auto end = reader.next(); !end) return pass(end);
    return value;
}

/// Whether the writer takes all keys. Readers also present keys that it does not.
bool writable(const Value& pack) {
    return std::ranges::all_of(*pack.get<Value::Array>(), [](const Value& record) {
        return std::ranges::all_of(*record.get<Value::Object>(),
                                   [](const auto& member) { return is_xml_name(member.first); });
    });
}

void check_kept(const Value& pack) {
    CborWriter cbor{kSenmlLabels};
    write_value(cbor, pack);
    const std::string bytes = cbor.take();
    CborReader from_cbor{bytes, kCborLimits, kSenmlLabels};
    const auto other = read(from_cbor);
    check(other.has_value());
    check(*other == pack);
    const auto json = parse_json(to_json(pack));
    check(json.has_value());
    check(*json == pack);
    if (!writable(pack)) return;
    SenmlXmlWriter xml;
    write_value(xml, pack);
    const std::string text = xml.take();
    check(is_senml_xml(text));
    SenmlXmlReader from_xml{text};
    const auto again = read(from_xml);
    check(again.has_value());
    check(*again == pack);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input{reinterpret_cast<const char*>(data) + 1, size - 1};
    SenmlXmlReader whole{input};
    const auto value = read(whole);
    SenmlXmlReader pieces{input, {}, std::size_t{data[0]} + 1};
    const auto other = read(pieces);
    check(other.has_value() == value.has_value());
    if (!value) {
        check(other.error().code == value.error().code);
        const ErrorCode code = value.error().code;
        check(code == ErrorCode::kMalformedBody || code == ErrorCode::kUnprocessable);
        check(value.error().detail.starts_with("XML, byte "));
    } else {
        check(*other == *value);
        check(is_senml_xml(input));
        check_kept(*value);
    }

    // The same bytes as SenML in CBOR.
    CborReader labelled{input, kCborLimits, kSenmlLabels};
    const auto pack = read(labelled);
    if (!pack) {
        check(pack.error().code == ErrorCode::kMalformedBody);
        check(pack.error().detail.starts_with("CBOR, byte "));
        return 0;
    }
    CborWriter writer{kSenmlLabels};
    write_value(writer, *pack);
    const std::string bytes = writer.take();
    CborReader again{bytes, kCborLimits, kSenmlLabels};
    const auto same = read(again);
    check(same.has_value());
    check(*same == *pack);
    return 0;
}
