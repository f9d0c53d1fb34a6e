// JSON, CBOR and XML say the same: whatever value goes through any comes back as it was.
#include "base/random.h"
#include "codec/cbor.h"
#include "codec/json.h"
#include "codec/test_values.h"
#include "codec/xml.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::codec;

TEST_CASE("random values come back as they were") {
    constexpr ReaderLimits kWide{.nodes = 1'000'000};
    Values values{20260301};
    for (int round = 0; round < 3'000; ++round) {
        CAPTURE(round);
        const Value value = values.any(4);
        const std::string json = to_json(value);
        const std::string cbor = to_cbor(value);
        CAPTURE(json);

        const auto from_json = parse_json(json, kWide);
        REQUIRE(from_json);
        REQUIRE(*from_json == value);
        const auto from_cbor = parse_cbor(cbor, kWide);
        REQUIRE(from_cbor);
        REQUIRE(*from_cbor == value);
        const std::string xml = to_xml(value);
        const auto from_xml = parse_xml(xml, kWide);
        REQUIRE(from_xml);
        REQUIRE(*from_xml == value);
        // Equal values may differ in the order of their members; the text does not.
        REQUIRE(to_json(*from_cbor) == json);
        REQUIRE(to_cbor(*from_json) == cbor);
        REQUIRE(to_json(*from_xml) == json);
        REQUIRE(to_xml(*from_cbor) == xml);
    }
}

TEST_CASE("no piece of a value is a value") {
    Values values{7};
    for (int round = 0; round < 40; ++round) {
        CAPTURE(round);
        const std::string cbor = to_cbor(Value::Array{values.any(3)});
        for (std::size_t length = 0; length < cbor.size(); ++length)
            REQUIRE_FALSE(parse_cbor(std::string_view{cbor}.substr(0, length)));
        const std::string json = to_json(Value::Array{values.any(3)});
        for (std::size_t length = 0; length < json.size(); ++length)
            REQUIRE_FALSE(parse_json(std::string_view{json}.substr(0, length)));
        const std::string xml = to_xml(Value::Array{values.any(2)});
        for (std::size_t length = 0; length < xml.size(); ++length) {
            const auto piece = parse_xml(std::string_view{xml}.substr(0, length));
            REQUIRE_FALSE(piece);
            REQUIRE(piece.error().code == ErrorCode::kMalformedBody);
        }
    }
}

TEST_CASE("a changed byte is refused or read as something that can be written") {
    SeededRandom random{3};
    Values values{11};
    for (int round = 0; round < 3'000; ++round) {
        CAPTURE(round);
        const Value value = values.any(3);
        std::string cbor = to_cbor(value);
        cbor[random.next() % cbor.size()] = static_cast<char>(random.next());
        if (const auto other = parse_cbor(cbor)) {
            const auto again = parse_cbor(to_cbor(*other));
            REQUIRE(again);
            REQUIRE(*again == *other);
        }
        std::string json = to_json(value);
        json[random.next() % json.size()] = static_cast<char>(random.next());
        if (const auto other = parse_json(json)) {
            const auto again = parse_json(to_json(*other));
            REQUIRE(again);
            REQUIRE(*again == *other);
        }
        std::string xml = to_xml(value);
        xml[random.next() % xml.size()] = static_cast<char>(random.next());
        if (const auto other = parse_xml(xml)) {
            const auto again = parse_xml(to_xml(*other));
            REQUIRE(again);
            REQUIRE(*again == *other);
        }
    }
}
