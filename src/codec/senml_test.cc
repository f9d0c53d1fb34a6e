// SenML is the same in JSON, in CBOR with labels and in XML: the readers give the same tokens.
#include "codec/cbor.h"
#include "codec/json.h"
#include "codec/senml_labels.h"
#include "codec/senml_xml.h"
#include "codec/test_xml.h"

#include <doctest/doctest.h>

#include <limits>

using namespace tandem;
using namespace tandem::codec;

namespace {

constexpr std::string_view kStart = R"(<sensml xmlns="urn:ietf:params:xml:ns:senml">)";

std::string from_hex(std::string_view hex) {
    std::string out;
    for (std::size_t at = 0; at + 1 < hex.size(); at += 2)
        out += static_cast<char>(std::stoi(std::string{hex.substr(at, 2)}, nullptr, 16));
    return out;
}

std::string from_json(std::string_view text) {
    JsonReader reader{text};
    return tokens(reader);
}

/// The same in whatever pieces the text is taken in, and in UTF-16.
std::string from_xml(std::string_view text) {
    SenmlXmlReader reader{text};
    std::string out = tokens(reader);
    SenmlXmlReader pieces{text, {}, 1};
    CHECK(tokens(pieces) == out);
    if (out.contains('!')) return out;
    for (const bool big_endian : {false, true}) {
        const std::string wide = utf16(declared_as(text, "UTF-16"), big_endian);
        SenmlXmlReader other{wide};
        CHECK(tokens(other) == out);
        CHECK(is_senml_xml(wide));
    }
    return out;
}

std::string from_cbor(std::string_view hex, CborLabels labels = kSenmlLabels) {
    const std::string bytes = from_hex(hex);
    CborReader reader{bytes, kCborLimits, labels};
    return tokens(reader);
}

/// One record with the given attributes.
std::string record(std::string_view attributes) {
    return std::string{kStart} + "<senml " + std::string{attributes} + "/></sensml>";
}

}  // namespace

TEST_CASE("the example of RFC 8428, sections 5.1.2, 6 and 7, is the same in all formats") {
    constexpr std::string_view kJson = R"([
        {"bn":"urn:dev:ow:10e2073a0108006:","bt":1.276020076001e+09,"bu":"A","bver":5,
         "n":"voltage","u":"V","v":120.1},
        {"n":"current","t":-5,"v":1.2}, {"n":"current","t":-4,"v":1.3},
        {"n":"current","t":-3,"v":1.4}, {"n":"current","t":-2,"v":1.5},
        {"n":"current","t":-1,"v":1.6}, {"n":"current","v":1.7}])";
    constexpr std::string_view kXml = R"(<sensml xmlns="urn:ietf:params:xml:ns:senml">
        <senml bn="urn:dev:ow:10e2073a0108006:" bt="1.276020076001e+09" bu="A" bver="5"
               n="voltage" u="V" v="120.1"></senml>
        <senml n="current" t="-5" v="1.2"></senml> <senml n="current" t="-4" v="1.3"/>
        <senml n="current" t="-3" v="1.4"></senml> <senml n="current" t="-2" v="1.5"/>
        <senml n="current" t="-1" v="1.6"></senml> <senml n="current" v="1.7"></senml>
        </sensml>)";
    constexpr std::string_view kCbor =
        "87"
        "a7"
        "21781b75726e3a6465763a6f773a313065323037336130313038303036"
        "3a"                    // bn
        "22fb41d303a15b001062"  // bt
        "236141"                // bu
        "2005"                  // bver
        "0067766f6c74616765"    // n
        "016156"                // u
        "02fb405e066666666666"  // v
        "a3006763757272656e74062402fb3ff3333333333333"
        "a3006763757272656e74062302fb3ff4cccccccccccd"
        "a3006763757272656e74062202fb3ff6666666666666"
        "a3006763757272656e74062102f93e00"
        "a3006763757272656e74062002fb3ff999999999999a"
        "a2006763757272656e7402fb3ffb333333333333";
    const std::string expected = from_json(kJson);
    CHECK(expected.starts_with("[ { key:bn text:urn:dev:ow:10e2073a0108006: key:bt double:127602"));
    CHECK(from_cbor(kCbor) == expected);
    CHECK(from_xml(kXml) == expected);

    SUBCASE("and is written so that it is read back") {
        const auto value = parse_json(kJson);
        REQUIRE(value);
        CborWriter cbor{kSenmlLabels};
        write_value(cbor, *value);
        const std::string bytes = cbor.take();
        CHECK(bytes == from_hex(kCbor));
        SenmlXmlWriter xml;
        write_value(xml, *value);
        CHECK(from_xml(xml.take()) == expected);
    }
}

TEST_CASE("SenML in XML") {
    SUBCASE("numbers have the forms of XML Schema's double") {
        struct Row {
            std::string_view text;
            std::string_view token;
        };
        const Row rows[] = {
            {"1", "int:1"},
            {"+1", "int:1"},
            {"-1", "int:-1"},
            {"007", "int:7"},
            {"000", "int:0"},
            {"1.", "int:1"},
            {" 1\t", "int:1"},
            {"9223372036854775807", "int:9223372036854775807"},
            {"18446744073709551615", "uint:18446744073709551615"},
            {".5", "double:0.500000"},
            {"+.5", "double:0.500000"},
            {"-.5", "double:-0.500000"},
            {"-0", "double:-0.000000"},
            {"1.e2", "double:100.000000"},
            {"01.50E+01", "double:15.000000"},
            {"1e-400", "double:0.000000"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.text);
            CHECK(from_xml(record("v='" + std::string{row.text} + "'")) ==
                  "[ { key:v " + std::string{row.token} + " } ] ");
        }
        CHECK(from_xml(record("bver='1' bt='2' bv='3' bs='4' v='5' s='6' t='7' ut='8'")) ==
              from_json(R"([{"bver":1,"bt":2,"bv":3,"bs":4,"v":5,"s":6,"t":7,"ut":8}])"));
    }

    SUBCASE("booleans, texts, and attributes that SenML does not know") {
        CHECK(from_xml(record("vb='true'")) == from_json(R"([{"vb":true}])"));
        CHECK(from_xml(record("vb=' 1 '")) == from_json(R"([{"vb":true}])"));
        CHECK(from_xml(record("vb='false'")) == from_json(R"([{"vb":false}])"));
        CHECK(from_xml(record("vb='0'")) == from_json(R"([{"vb":false}])"));
        CHECK(from_xml(record("bn='1' bu='2' n='3' u='4' vs=' 5 ' vd='6' x_='7'")) ==
              from_json(R"([{"bn":"1","bu":"2","n":"3","u":"4","vs":" 5 ","vd":"6","x_":"7"}])"));
        CHECK(from_xml(record("vs='&lt;&#13;\n&quot;' xml:lang='en'")) ==
              "[ { key:vs text:<\r \" } ] ");
    }

    SUBCASE("records may be none, empty, with prefixes and comments") {
        CHECK(from_xml(std::string{kStart} + "</sensml>") == "[ ] ");
        CHECK(from_xml(std::string{kStart} + "<senml/> <!-- x --> <senml/></sensml>") ==
              "[ { } { } ] ");
        CHECK(from_xml("<s:sensml xmlns:s='urn:ietf:params:xml:ns:senml'><s:senml v='1'/>"
                       "</s:sensml>") == "[ { key:v int:1 } ] ");
    }

    SUBCASE("what is refused") {
        constexpr std::string_view kElements =
            "an element sensml with elements senml in it, of the namespace "
            "urn:ietf:params:xml:ns:senml, is accepted";
        constexpr std::string_view kNumbers =
            "numbers are accepted in bver, bt, bv, bs, v, s, t and ut";
        constexpr std::string_view kAttributes =
            "attributes of senml without a prefix are accepted";
        struct Row {
            std::string text;
            ErrorCode code;
            std::size_t at;
            std::string_view why;
        };
        constexpr auto kMalformed = ErrorCode::kMalformedBody;
        constexpr auto kForeign = ErrorCode::kUnprocessable;
        const std::string start{kStart};
        const Row rows[] = {
            {record("v='INF'"), kMalformed, 45, "the number is not finite"},
            {record("v='-INF'"), kMalformed, 45, "the number is not finite"},
            {record("v=' NaN '"), kMalformed, 45, "the number is not finite"},
            {record("v='1e999'"), kMalformed, 45, "the number is too large"},
            {record("t='18446744073709551616'"), kMalformed, 45,
             "the whole number does not fit 64 bits"},
            {record("v='1' v='2'"), kMalformed, 58, "duplicate attribute"},
            {start + "<senml>", kMalformed, 52, "no element found"},
            {"<!DOCTYPE a>" + record(""), kMalformed, 0, "a DOCTYPE is not read"},
            {record("v=''"), kForeign, 45, kNumbers},
            {record("v='.'"), kForeign, 45, kNumbers},
            {record("v='x'"), kForeign, 45, kNumbers},
            {record("v='+-1'"), kForeign, 45, kNumbers},
            {record("v='--1'"), kForeign, 45, kNumbers},
            {record("v='1e'"), kForeign, 45, kNumbers},
            {record("v='1 2'"), kForeign, 45, kNumbers},
            {record("v='0x1'"), kForeign, 45, kNumbers},
            {record("v='inf'"), kForeign, 45, kNumbers},
            {record("vb='yes'"), kForeign, 45, "true, false, 1 and 0 are accepted in vb"},
            {record("x:n='a' xmlns:x='urn:x'"), kForeign, 45, kAttributes},
            {"<sensml a='1' xmlns='urn:ietf:params:xml:ns:senml'/>", kForeign, 0, kAttributes},
            {"<sensml/>", kForeign, 0, kElements},
            {"<sensml xmlns='urn:x'/>", kForeign, 0, kElements},
            {"<senml xmlns='urn:ietf:params:xml:ns:senml'/>", kForeign, 0, kElements},
            {start + "<sensml/></sensml>", kForeign, 45, kElements},
            {start + "<senml xmlns=''/></sensml>", kForeign, 45, kElements},
            {start + "<senml><senml/></senml></sensml>", kForeign, 52, kElements},
            {start + "x</sensml>", kForeign, 45, "no text is accepted in SenML's elements"},
            {start + "<senml>1</senml></sensml>", kForeign, 52,
             "no text is accepted in SenML's elements"},
            {record("v='x'") + "x", kMalformed, 68, "junk after document element"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.text);
            CHECK(from_xml(row.text).ends_with("! XML, byte " + std::to_string(row.at) + ": " +
                                               std::string{row.why}));
            SenmlXmlReader reader{row.text};
            auto token = reader.next();
            while (token && *token != Token::kEnd)
                token = reader.next();
            REQUIRE_FALSE(token);
            CHECK(token.error().code == row.code);
            CHECK_FALSE(reader.next());  // And it stays refused.
        }
    }

    SUBCASE("what is written, to the letter") {
        SenmlXmlWriter writer;
        writer.begin_array();
        writer.begin_object();
        writer.key("n");
        writer.text("a<\"\n\x01\r");
        writer.key("v");
        writer.number(1);
        writer.key("t");
        writer.unsigned_integer(std::numeric_limits<std::uint64_t>::max());
        writer.key("vb");
        writer.boolean(true);
        writer.end_object();
        writer.begin_object();
        writer.key("v");
        writer.integer(-1);
        writer.end_object();
        writer.end_array();
        CHECK(writer.take() ==
              R"(<?xml version="1.0" encoding="UTF-8"?><sensml )"
              "xmlns=\"urn:ietf:params:xml:ns:senml\"><senml n=\"a&lt;&quot;&#10;\uFFFD&#13;\""
              R"( v="1.0" t="18446744073709551615" vb="true"/><senml v="-1"/></sensml>)");
    }
}

TEST_CASE("SenML is told from other XML by its outermost element") {
    const std::pair<std::string, bool> rows[] = {
        {record("v='1'"), true},
        {"<?xml version='1.0'?>\n<!-- x --> <s:sensml xmlns:s='urn:ietf:params:xml:ns:senml'>",
         true},
        {std::string{kStart} + "<<<", true},  // The rest is not looked at.
        {"<map/>", false},
        {"<sensml/>", false},
        {"<sensml xmlns='urn:x'/>", false},
        {"<senml xmlns='urn:ietf:params:xml:ns:senml'/>", false},
        {"<!DOCTYPE sensml>" + record("v='1'"), false},
        {"<?x?>" + record("v='1'"), false},
        {"", false},
        {"<", false},
        {"[]", false},
        {"<sensml xmlns='urn:ietf:params:xml:ns:senml'", false},
        {repeated("<!-- x -->", 10'000) + record("v='1'"), false},
    };
    for (const auto& [text, senml] : rows) {
        CAPTURE(text.substr(0, 100));
        CHECK(is_senml_xml(text) == senml);
    }
}

TEST_CASE("SenML in CBOR") {
    SUBCASE("labels are presented as their texts, other numbers in digits") {
        CHECK(from_cbor("a1a0f6") == "{ ! CBOR, byte 1: a key that is not text");
        CHECK(
            from_cbor("a3000161780208f6").starts_with("{ key:n int:1 key:x int:2 key:vd null } "));
        CHECK(from_cbor("a109f6") == "{ key:9 null } ");
        CHECK(from_cbor("a126f6") == "{ key:-7 null } ");
        CHECK(from_cbor("a11bfffffffffffffffff6") == "{ key:18446744073709551615 null } ");
        CHECK(from_cbor("a1c100f6") == "{ key:n null } ");
        for (const CborLabel& label : kSenmlLabels) {
            CborWriter writer{kSenmlLabels};
            writer.begin_object();
            writer.key(label.text);
            writer.null();
            writer.key("other");
            writer.null();
            writer.end_object();
            const std::string bytes = writer.take();
            CHECK(bytes.size() == 2 + 1 + 6 + 1);
            CborReader reader{bytes, kCborLimits, kSenmlLabels};
            CHECK(tokens(reader) == "{ key:" + std::string{label.text} + " null key:other null } ");
        }
    }

    SUBCASE("byte strings are presented in base64url") {
        CHECK(from_cbor("a10843fffefd") == "{ key:vd text:__79 } ");
        CHECK(from_cbor("a10840") == "{ key:vd text: } ");
        CHECK(from_cbor("a1085f41ff42fefdff") == "{ key:vd text:__79 } ");
    }

    SUBCASE("decimal fractions are the nearest double") {
        struct Row {
            std::string_view hex;
            std::string_view token;
        };
        const Row rows[] = {
            {"c48221196ab3", "273.15"},
            {"c4820001", "1.0"},
            {"c4822020", "-0.1"},
            {"c4820301", "1000.0"},
            {"c4822000", "0.0"},
            {"c1c48221196ab3", "273.15"},
            {"c48239018f01", "0.0"},
            {"c482361bffffffffffffffff", "0.0001844674407370955"},
            {"c4823b7fffffffffffffff00", "0.0"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.hex);
            const std::string bytes = from_hex(row.hex);
            CborReader reader{bytes, kCborLimits, kSenmlLabels};
            auto token = reader.next();
            REQUIRE(token);
            CHECK(*token == Token::kDouble);
            CHECK(to_json(Value{reader.number()}) == row.token);
            token = reader.next();
            REQUIRE(token);
            CHECK(*token == Token::kEnd);
        }
    }

    SUBCASE("what is refused") {
        constexpr std::string_view kDecimal =
            "two whole numbers are expected in a decimal fraction";
        struct Row {
            std::string_view hex;
            std::size_t at;
            std::string_view why;
        };
        const Row rows[] = {
            {"a20001616e02", 3, "the key was there before"},
            {"a200010002", 3, "the key was there before"},
            {"a20901613902", 3, "the key was there before"},
            {"a1f600", 1, "a key that is not text"},
            {"a1410000", 1, "a key that is not text"},
            {"a1c482000100", 2, "a key that is not text"},
            {"a1c40000", 2, "a key that is not text"},
            {"a1c4617800", 2, "a key that is not text"},
            {"a13bffffffffffffffff00", 1, "the whole number does not fit 64 bits"},
            {"a1084301", 2, "the string's length goes beyond the input"},
            {"a1085f6161ff", 3, "a piece of the byte string or a break is expected"},
            {"c401", 1, kDecimal},
            {"c4810101", 1, kDecimal},
            {"c483010101", 1, kDecimal},
            {"c49f0101ff", 1, kDecimal},
            {"c482f9000001", 1, kDecimal},
            {"c482016131", 1, kDecimal},
            {"c48201c24101", 1, kDecimal},
            {"c4c1820101", 1, kDecimal},
            {"c4c4820101", 1, kDecimal},
            {"c48201", 3, "the input ends where an item is expected"},
            {"c4823bffffffffffffffff01", 2, "the whole number does not fit 64 bits"},
            {"c48219019001", 1, "the number is too large"},
            {"c5820101", 0, "bigfloats (tag 5) are not read"},
            {"c249010000000000000000", 0, "bignums (tags 2 and 3) are not read"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.hex);
            CHECK(from_cbor(row.hex).ends_with("! CBOR, byte " + std::to_string(row.at) + ": " +
                                               std::string{row.why}));
        }
    }

    SUBCASE("without labels, none of this is read") {
        CHECK(from_cbor("a100f6", {}).ends_with("byte 1: a key that is not text"));
        CHECK(from_cbor("4100", {}).contains("byte strings are not read"));
        CHECK(from_cbor("c4820101", {}).contains("decimal fractions (tag 4) are not read"));
    }

    SUBCASE("base64url counts against the limit of texts") {
        const std::string bytes = from_hex("44") + "abcd";
        ReaderLimits limits;
        limits.string_bytes = 6;
        CborReader fits{bytes, limits, kSenmlLabels};
        CHECK(tokens(fits) == "text:YWJjZA ");
        limits.string_bytes = 5;
        CborReader over{bytes, limits, kSenmlLabels};
        CHECK(tokens(over) == "! CBOR, byte 0: a string is longer than the limit `string_bytes`");
    }
}
