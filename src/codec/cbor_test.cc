#include "codec/cbor.h"

#include "codec/json.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace tandem;
using namespace tandem::codec;

namespace {

std::string from_hex(std::string_view hex) {
    const auto digit = [](char c) {
        return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
    };
    std::string out;
    for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
        out += static_cast<char>(digit(hex[at]) * 16 + digit(hex[at + 1]));
    }
    return out;
}

std::string to_hex(std::string_view bytes) {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string out;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += {kHex[byte >> 4U], kHex[byte & 15U]};
    }
    return out;
}

/// The value of these bytes as JSON, which shows every type: 1 is whole, 1.0 a double.
std::string read(std::string_view hex) {
    auto value = parse_cbor(from_hex(hex));
    if (!value) return value.error().detail;
    return to_json(*value);
}

std::string refusal(std::string_view bytes, const ReaderLimits& limits = kCborLimits) {
    auto value = parse_cbor(bytes, limits);
    if (value) return {};
    CHECK(value.error().code == ErrorCode::kMalformedBody);
    return value.error().detail;
}

struct Vector {
    std::string_view hex;
    std::string_view json;
};

struct Refused {
    std::string_view hex;
    std::size_t at;
    std::string_view why;
};

void check_refused(std::initializer_list<Refused> rows) {
    for (const Refused& row : rows) {
        CAPTURE(row.hex);
        CHECK(refusal(from_hex(row.hex)) ==
              "CBOR, byte " + std::to_string(row.at) + ": " + std::string{row.why});
    }
}

}  // namespace

// The rows of RFC 8949, appendix A, that JSON can say too.
TEST_CASE("the examples of RFC 8949 that have one encoding") {
    const Vector vectors[] = {
        {"00", "0"},
        {"01", "1"},
        {"0a", "10"},
        {"17", "23"},
        {"1818", "24"},
        {"1819", "25"},
        {"1864", "100"},
        {"1903e8", "1000"},
        {"1a000f4240", "1000000"},
        {"1b000000e8d4a51000", "1000000000000"},
        {"1bffffffffffffffff", "18446744073709551615"},
        {"20", "-1"},
        {"29", "-10"},
        {"3863", "-100"},
        {"3903e7", "-1000"},
        {"f90000", "0.0"},
        {"f98000", "-0.0"},
        {"f93c00", "1.0"},
        {"fb3ff199999999999a", "1.1"},
        {"f93e00", "1.5"},
        {"f97bff", "65504.0"},
        {"fa47c35000", "1e+05"},
        {"fa7f7fffff", "3.4028234663852886e+38"},
        {"fb7e37e43c8800759c", "1e+300"},
        {"f90001", "5.960464477539063e-08"},
        {"f90400", "6.103515625e-05"},
        {"f9c400", "-4.0"},
        {"fbc010666666666666", "-4.1"},
        {"f4", "false"},
        {"f5", "true"},
        {"f6", "null"},
        {"60", R"("")"},
        {"6161", R"("a")"},
        {"6449455446", R"("IETF")"},
        {"62225c", R"("\"\\")"},
        {"62c3bc", "\"\u00fc\""},
        {"63e6b0b4", "\"\u6c34\""},
        {"64f0908591", "\"\U00010151\""},
        {"80", "[]"},
        {"83010203", "[1,2,3]"},
        {"8301820203820405", "[1,[2,3],[4,5]]"},
        {"98190102030405060708090a0b0c0d0e0f101112131415161718181819",
         "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25]"},
        {"a0", "{}"},
        {"a26161016162820203", R"({"a":1,"b":[2,3]})"},
        {"826161a161626163", R"(["a",{"b":"c"}])"},
        {"a56161614161626142616361436164614461656145",
         R"({"a":"A","b":"B","c":"C","d":"D","e":"E"})"},
    };
    for (const Vector& vector : vectors) {
        CAPTURE(vector.hex);
        SUBCASE("are read") {
            CHECK(read(vector.hex) == vector.json);
        }
        SUBCASE("are written byte for byte") {
            auto value = parse_json(vector.json);
            REQUIRE(value);
            CHECK(to_hex(to_cbor(*value)) == vector.hex);
        }
    }
}

TEST_CASE("other encodings of the same values are read") {
    const Vector vectors[] = {
        // Indefinite lengths, appendix A.
        {"7f657374726561646d696e67ff", R"("streaming")"},
        {"9fff", "[]"},
        {"9f018202039f0405ffff", "[1,[2,3],[4,5]]"},
        {"9f01820203820405ff", "[1,[2,3],[4,5]]"},
        {"83018202039f0405ff", "[1,[2,3],[4,5]]"},
        {"83019f0203ff820405", "[1,[2,3],[4,5]]"},
        {"bf61610161629f0203ffff", R"({"a":1,"b":[2,3]})"},
        {"826161bf61626163ff", R"(["a",{"b":"c"}])"},
        {"bf6346756ef563416d7421ff", R"({"Fun":true,"Amt":-2})"},
        {"7fff", R"("")"},
        {"7f6060ff", R"("")"},
        {"bfff", "{}"},
        {"a17f61616162ff01", R"({"ab":1})"},
        // Tags that say no more than JSON does: times, URIs, "this is CBOR".
        {"c074323031332d30332d32315432303a30343a30305a", R"("2013-03-21T20:04:00Z")"},
        {"c11a514b67b0", "1363896240"},
        {"c1fb41d452d9ec200000", "1363896240.5"},
        {"d82076687474703a2f2f7777772e6578616d706c652e636f6d", R"("http://www.example.com")"},
        {"d9d9f7c101", "1"},
        {"d9d9f7a1c06161c101", R"({"a":1})"},
        // Longer than needed.
        {"1800", "0"},
        {"190000", "0"},
        {"1b0000000000000001", "1"},
        {"3900ff", "-256"},
        {"780161", R"("a")"},
        {"9b000000000000000101", "[1]"},
        {"b8016161f6", R"({"a":null})"},
        {"fa3fc00000", "1.5"},
        {"fb3ff8000000000000", "1.5"},
        {"fb0000000000000001", "5e-324"},
        // The ends of 64 bits.
        {"1b7fffffffffffffff", "9223372036854775807"},
        {"1b8000000000000000", "9223372036854775808"},
        {"3b7fffffffffffffff", "-9223372036854775808"},
    };
    for (const Vector& vector : vectors) {
        CAPTURE(vector.hex);
        CHECK(read(vector.hex) == vector.json);
    }
}

TEST_CASE("what CBOR refuses, with the byte where the item begins") {
    SUBCASE("what JSON could not say") {
        check_refused({
            {"40", 0, "byte strings are not read: send text, base 64 say"},
            {"824101f6", 1, "byte strings are not read: send text, base 64 say"},
            {"5f42010243030405ff", 0, "byte strings are not read: send text, base 64 say"},
            {"f7", 0, "undefined and other simple values are not read"},
            {"f0", 0, "undefined and other simple values are not read"},
            {"f8ff", 0, "undefined and other simple values are not read"},
            {"f814", 0, "undefined and other simple values are not read"},
            {"f97c00", 0, "the number is not finite"},
            {"f97e00", 0, "the number is not finite"},
            {"f9fc00", 0, "the number is not finite"},
            {"fa7f800000", 0, "the number is not finite"},
            {"fb7ff8000000000000", 0, "the number is not finite"},
            {"fbfff0000000000000", 0, "the number is not finite"},
            {"3b8000000000000000", 0, "the whole number does not fit 64 bits"},
            {"3bffffffffffffffff", 0, "the whole number does not fit 64 bits"},
            {"a10102", 1, "a key that is not text"},
            {"a1f601", 1, "a key that is not text"},
            {"a1416101", 1, "a key that is not text"},
        });
    }

    SUBCASE("tags that change a number") {
        check_refused({
            {"c249010000000000000000", 0, "bignums (tags 2 and 3) are not read"},
            {"81c349010000000000000000", 1, "bignums (tags 2 and 3) are not read"},
            {"c48221196ab3", 0, "decimal fractions (tag 4) are not read"},
            {"c5822003", 0, "bigfloats (tag 5) are not read"},
            {"d80449", 0, "decimal fractions (tag 4) are not read"},
            {"c0c200", 1, "bignums (tags 2 and 3) are not read"},
        });
    }

    SUBCASE("bytes that are not CBOR") {
        check_refused({
            {"", 0, "the input ends where an item is expected"},
            {"18", 0, "the item's head does not end"},
            {"1b00000000000000", 0, "the item's head does not end"},
            {"f9", 0, "the item's head does not end"},
            {"fa0000", 0, "the item's head does not end"},
            {"1c", 0, "a reserved length of the argument"},
            {"7e", 0, "a reserved length of the argument"},
            {"fd", 0, "a reserved length of the argument"},
            {"1f", 0, "a number has no indefinite length"},
            {"3f", 0, "a number has no indefinite length"},
            {"df00", 0, "a tag has no indefinite length"},
            {"c0", 1, "the input ends where an item is expected"},
            {"ff", 0, "a break where a value is expected"},
            {"81ff", 1, "a break where a value is expected"},
            {"bf6161ff", 3, "a break where a value is expected"},
            {"a161610102", 4, "nothing is expected after the value"},
            {"0000", 1, "nothing is expected after the value"},
            {"9fffff", 2, "nothing is expected after the value"},
            {"820102ff", 3, "nothing is expected after the value"},
            {"9f01", 2, "the input ends where an item is expected"},
            {"bf616101", 4, "the input ends where an item is expected"},
            {"8382010101", 5, "the input ends where an item is expected"},
        });
    }

    SUBCASE("strings that are not text") {
        check_refused({
            {"61ff", 0, "the string is not UTF-8"},
            {"8162c080", 1, "the string is not UTF-8"},
            {"63eda080", 0, "the string is not UTF-8"},
            // A character may not be spread over pieces.
            {"7f61c361bcff", 1, "the string is not UTF-8"},
            {"7f01ff", 1, "a piece of text or a break is expected"},
            {"7f4161ff", 1, "a piece of text or a break is expected"},
            {"7f7f6161ffff", 1, "a piece of text or a break is expected"},
            {"7fc06161ff", 1, "a piece of text or a break is expected"},
            {"7f6161", 3, "the input ends where an item is expected"},
        });
    }

    SUBCASE("lengths beyond the input, before anything is set aside for them") {
        check_refused({
            {"6161"
             "00",
             2, "nothing is expected after the value"},
            {"6261", 0, "the string's length goes beyond the input"},
            {"7b7fffffffffffffff61", 0, "the string's length goes beyond the input"},
            {"7bffffffffffffffff61", 0, "the string's length goes beyond the input"},
            {"7f62ff", 1, "the string's length goes beyond the input"},
            {"8201", 0, "the number of items goes beyond the input"},
            {"9bffffffffffffffff01", 0, "the number of items goes beyond the input"},
            {"a16161", 3, "the input ends where an item is expected"},
            {"a26161", 0, "the number of items goes beyond the input"},
            {"bb8000000000000000616101", 0, "the number of items goes beyond the input"},
        });
    }

    SUBCASE("a repeated key, however its length is written") {
        check_refused({
            {"a2616101616102", 4, "the key was there before"},
            {"a261610178016102", 4, "the key was there before"},
            {"bf616101"
             "7f6161ff02ff",
             4, "the key was there before"},
        });
    }
}

TEST_CASE("the limits of the CBOR reader") {
    SUBCASE("depth, 16 unless told") {
        CHECK(refusal(std::string(15, '\x81') + '\x80').empty());
        CHECK(refusal(std::string(16, '\x81') + '\x80') ==
              "CBOR, byte 16: nested deeper than the limit `depth`");
        CHECK(refusal(std::string(1'000'000, '\x9F')) ==
              "CBOR, byte 16: nested deeper than the limit `depth`");
        CHECK(refusal(std::string(2, '\x81') + '\x80', {.depth = 2}).ends_with("`depth`"));
    }

    SUBCASE("a million tags in a row cost no stack") {
        CHECK(refusal(std::string(1'000'000, '\xC1')).ends_with("an item is expected"));
        CHECK(refusal(std::string(1'000'000, '\xC1') + '\x01').empty());
    }

    SUBCASE("every other limit lets in what reaches it and refuses one more") {
        struct Row {
            ReaderLimits limits;
            std::string_view fits;
            std::string_view over;
            std::string_view name;
        };
        const Row rows[] = {
            {{.object_keys = 1}, "a1616101", "a2616101616202", "`object_keys`"},
            {{.array_items = 2}, "820102", "83010203", "`array_items`"},
            {{.array_items = 2}, "9f0102ff", "9f010203ff", "`array_items`"},
            {{.nodes = 4}, "82018102", "8201820203", "`nodes`"},
            {{.string_bytes = 3}, "63616263", "6461626364", "`string_bytes`"},
            {{.string_bytes = 3}, "7f6261626163ff", "7f626162626364ff", "`string_bytes`"},
            {{.key_bytes = 3}, "a16361626301", "a1646162636401", "`key_bytes`"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.over);
            CHECK(refusal(from_hex(row.fits), row.limits) == "");
            CHECK(refusal(from_hex(row.over), row.limits).ends_with(row.name));
        }
    }
}

TEST_CASE("the CBOR reader, token by token") {
    SUBCASE("the end comes after the value and stays") {
        const std::string bytes = from_hex("bf61619f01ffff");
        CborReader reader{bytes};
        for (const Token token : {Token::kObjectBegin, Token::kKey, Token::kArrayBegin, Token::kInt,
                                  Token::kArrayEnd, Token::kObjectEnd, Token::kEnd, Token::kEnd}) {
            auto next = reader.next();
            REQUIRE(next);
            CHECK(*next == token);
            CHECK(reader.token() == token);
        }
    }

    SUBCASE("a string in one piece is a view into the input") {
        const std::string bytes = from_hex("6161");
        CborReader reader{bytes};
        REQUIRE(reader.next());
        CHECK(reader.text().data() == bytes.data() + 1);
    }

    SUBCASE("raw gives the bytes of a whole value, its tags included") {
        const std::string bytes = from_hex(
            "a3"
            "6161"
            "9f01820203ff"
            "6162"
            "c118ff"
            "6163"
            "6178");
        CborReader reader{bytes};
        const auto step = [&] { REQUIRE(reader.next()); };
        const auto raw = [&] {
            auto value = reader.raw();
            REQUIRE(value);
            return to_hex(*value);
        };
        step();
        step();
        step();
        CHECK(raw() == "9f01820203ff");
        CHECK(reader.token() == Token::kArrayEnd);
        step();
        CHECK(reader.text() == "b");
        step();
        CHECK(raw() == "c118ff");
        step();
        step();
        CHECK(raw() == "6178");
        step();
        CHECK(reader.token() == Token::kObjectEnd);
        step();
        CHECK(reader.token() == Token::kEnd);
    }

    SUBCASE("raw checks what it passes") {
        const std::string bytes = from_hex("8181f7");
        CborReader reader{bytes};
        REQUIRE(reader.next());
        REQUIRE(reader.next());
        auto value = reader.raw();
        REQUIRE_FALSE(value);
        CHECK(value.error().detail ==
              "CBOR, byte 2: undefined and other simple values are not read");
    }

    SUBCASE("after a refusal no token comes any more") {
        const std::string bytes = from_hex("83f70102");
        CborReader reader{bytes};
        REQUIRE(reader.next());
        CHECK_FALSE(reader.next());
        CHECK_FALSE(reader.next());
        CHECK(reader.token() == Token::kEnd);
    }
}

TEST_CASE("CBOR as it is written") {
    SUBCASE("a whole number takes the shortest form") {
        const std::pair<Value, std::string_view> rows[] = {
            {Value{23}, "17"},
            {Value{24}, "1818"},
            {Value{255}, "18ff"},
            {Value{256}, "190100"},
            {Value{65535}, "19ffff"},
            {Value{65536}, "1a00010000"},
            {Value{std::int64_t{4294967295}}, "1affffffff"},
            {Value{std::int64_t{4294967296}}, "1b0000000100000000"},
            {Value{-24}, "37"},
            {Value{-25}, "3818"},
            {Value{-256}, "38ff"},
            {Value{-257}, "390100"},
            {Value{std::numeric_limits<std::int64_t>::min()}, "3b7fffffffffffffff"},
        };
        for (const auto& [value, hex] : rows) {
            CHECK(to_hex(to_cbor(value)) == hex);
        }
    }

    SUBCASE("a double takes the shortest form that keeps it exactly") {
        const std::pair<double, std::string_view> rows[] = {
            {5.960464477539063e-08, "f90001"},        // the smallest half, 2^-24
            {2.98023223876953125e-08, "fa33000000"},  // half of it
            {6.097555160522461e-05, "f903ff"},        // the largest half without a leading 1
            {65504.0, "f97bff"},                      // the largest half
            {65536.0, "fa47800000"},
            {1.0 + 1.0 / 1024, "f93c01"},
            {1.0 + 1.0 / 2048, "fa3f801000"},
            {1.401298464324817e-45, "fa00000001"},
            {3.4028234663852886e38, "fa7f7fffff"},
            {3.402823669209385e38, "fb47f0000000000000"},
            {16777217.0, "fb4170000010000000"},
            {5e-324, "fb0000000000000001"},
            {-std::numeric_limits<double>::max(), "fbffefffffffffffff"},
        };
        for (const auto& [value, hex] : rows) {
            CHECK(to_hex(to_cbor(value)) == hex);
        }
    }

    SUBCASE("every half is read and written as itself") {
        int finite = 0;
        for (unsigned bits = 0; bits <= 0xFFFF; ++bits) {
            const std::string bytes{'\xF9', static_cast<char>(bits >> 8U),
                                    static_cast<char>(bits & 255U)};
            const auto value = parse_cbor(bytes);
            if (!value) continue;
            ++finite;
            if (to_cbor(*value) != bytes) FAIL_CHECK(to_hex(bytes));
        }
        CHECK(finite == 65536 - 2 * 1024);  // All but the infinities and NaNs.
    }

    SUBCASE("lengths are definite, also beyond what fits their first byte") {
        for (const std::size_t count : {0U, 23U, 24U, 255U, 256U, 1000U}) {
            CAPTURE(count);
            const Value::Array items(count, Value{1});
            const std::string bytes = to_cbor(Value::Array{items, "after"});
            CHECK_FALSE(bytes.contains('\x9F'));
            const auto back = parse_cbor(bytes);
            REQUIRE(back);
            CHECK(*back == Value{Value::Array{items, "after"}});
        }
    }

    SUBCASE("a raw value counts as one") {
        CborWriter writer;
        writer.begin_array();
        writer.raw(from_hex("820102"));
        writer.begin_object();
        writer.key("a");
        writer.raw(from_hex("f6"));
        writer.end_object();
        writer.end_array();
        CHECK(to_hex(writer.take()) == "82820102a16161f6");
    }

    SUBCASE("after taking, the writer is as new") {
        CborWriter writer;
        writer.boolean(true);
        CHECK(to_hex(writer.take()) == "f5");
        writer.begin_object();
        writer.end_object();
        CHECK(to_hex(writer.take()) == "a0");
    }
}
