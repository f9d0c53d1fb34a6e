// JSON, CBOR and XML say the same: whatever value goes through any comes back as it was.
#include "base/random.h"
#include "codec/cbor.h"
#include "codec/json.h"
#include "codec/xml.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>

using namespace tandem;
using namespace tandem::codec;

namespace {

/// Random values that lean towards the edges of what they are made of.
class Values {
public:
    explicit Values(std::uint64_t seed) : random_{seed} {}

    Value any(int depth) {
        switch (below(depth > 0 ? 9 : 7)) {
            case 0:
                return {};
            case 1:
                return below(2) == 0;
            case 2:
                return integer();
            case 3:
                return Value{random_.next()};
            case 4:
                return number();
            case 5:
                return text();
            case 6:
                return below(50);
            case 7:
                return array(depth - 1);
            default:
                return object(depth - 1);
        }
    }

private:
    int below(std::uint64_t end) { return static_cast<int>(random_.next() % end); }

    std::int64_t integer() {
        const auto wide = static_cast<std::int64_t>(random_.next());
        return wide >> below(64);
    }

    double number() {
        if (below(4) == 0) return static_cast<double>(integer());
        if (below(4) == 0) return std::ldexp(below(4096) - 2048, below(60) - 40);
        if (below(4) == 0) return below(2) == 0 ? 0.0 : -0.0;
        const auto bits = std::bit_cast<double>(random_.next());
        return std::isfinite(bits) ? bits : 1.5;
    }

    std::string text() {
        constexpr std::string_view kPieces[] = {
            "a",      "\"",         "\\",        "/",
            "\n",     "\x01",       "\x7f",      std::string_view{"\0", 1},
            "zz",     " ",          "{",         "\r",
            "\t",     "<",          "&",         "]]>",
            "\uFFFE", "\uFFFF",     "\u00e9",    "\u20ac",
            "\uFFFD", "\U0010FFFF", "\U0001D11E"};
        std::string out;
        const int pieces = below(4) == 0 ? below(300) : below(6);
        for (int at = 0; at < pieces; ++at)
            out += kPieces[static_cast<std::size_t>(below(std::size(kPieces)))];
        return out;
    }

    Value array(int depth) {
        Value::Array out;
        const int items = below(8) == 0 ? below(40) : below(4);
        for (int at = 0; at < items; ++at)
            out.push_back(any(depth));
        return out;
    }

    Value object(int depth) {
        Value out{Value::Object{}};
        const int members = below(8) == 0 ? below(40) : below(4);
        for (int at = 0; at < members; ++at) {
            std::string key = text();
            if (key.size() <= ReaderLimits{}.key_bytes) out.set(key, any(depth));
        }
        return out;
    }

    SeededRandom random_;
};

}  // namespace

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
