#include "codec/xml.h"

#include "codec/json.h"
#include "codec/test_xml.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::codec;

namespace {

constexpr std::string_view kDeclaration = R"(<?xml version="1.0" encoding="UTF-8"?>)";

/// What `text` means, as JSON; the same in UTF-8 and in both orders of UTF-16, and however small
/// the pieces are that it is taken in.
std::string meaning(std::string_view text) {
    const auto value = parse_xml(text);
    if (!value) return "! " + value.error().detail;
    for (const bool big_endian : {false, true}) {
        const auto other = parse_xml(utf16(declared_as(text, "UTF-16"), big_endian));
        REQUIRE(other);
        CHECK(*other == *value);
    }
    XmlReader whole{text};
    XmlReader pieces{text, {}, {.piece_bytes = 1}};
    CHECK(tokens(pieces) == tokens(whole));
    return to_json(*value);
}

struct Refused {
    std::string_view text;
    std::size_t at;
    std::string_view why;
};

void check_refused_as(ErrorCode code, std::initializer_list<Refused> rows) {
    for (const Refused& row : rows) {
        CAPTURE(row.text);
        const auto value = parse_xml(row.text);
        REQUIRE_FALSE(value);
        CHECK(value.error().code == code);
        CHECK(value.error().detail ==
              "XML, byte " + std::to_string(row.at) + ": " + std::string{row.why});
        XmlReader whole{row.text};
        XmlReader pieces{row.text, {}, {.piece_bytes = 1}};
        CHECK(tokens(pieces) == tokens(whole));
        for (const bool big_endian : {false, true}) {
            const auto other = parse_xml(utf16(declared_as(row.text, "UTF-16"), big_endian));
            REQUIRE_FALSE(other);
            CHECK(other.error().code == code);
        }
    }
}

}  // namespace

TEST_CASE("what XML means") {
    struct Row {
        std::string_view xml;
        std::string_view json;
    };
    const auto check_rows = [](std::initializer_list<Row> rows) {
        for (const Row& row : rows) {
            CAPTURE(row.xml);
            CHECK(meaning(row.xml) == row.json);
        }
    };

    SUBCASE("each kind of value is read") {
        check_rows({
            {"<null/>", "null"},
            {"<null></null>", "null"},
            {"<boolean>true</boolean>", "true"},
            {"<boolean>false</boolean>", "false"},
            {"<boolean>1</boolean>", "true"},
            {"<boolean> 0 </boolean>", "false"},
            {"<number>12</number>", "12"},
            {"<number>\n -1.5e1\t</number>", "-15.0"},
            {"<number>-0</number>", "-0.0"},
            {"<number>9223372036854775807</number>", "9223372036854775807"},
            {"<number>18446744073709551615</number>", "18446744073709551615"},
            {"<number>-9223372036854775808</number>", "-9223372036854775808"},
            {"<number>1e-400</number>", "0.0"},
            {"<string>text</string>", R"("text")"},
            {"<string/>", R"("")"},
            {"<array/>", "[]"},
            {"<map/>", "{}"},
            {R"(<map><number key="a">1</number><array key="b"><null/><map/></array></map>)",
             R"({"a":1,"b":[null,{}]})"},
        });
    }

    SUBCASE("the examples of docs/reference/formats.md mean what stands beside them") {
        check_rows({
            {R"(<map xmlns="http://www.w3.org/2005/xpath-functions">
  <number key="temperature">21.5</number>
  <boolean key="door_open">false</boolean>
</map>)",
             R"({"temperature":21.5,"door_open":false})"},
            {R"(<map xmlns="http://www.w3.org/2005/xpath-functions">
  <string key="name">Desk lamp</string>
  <string key="type">lamp</string>
  <map key="labels">
    <string key="room">study</string>
  </map>
</map>)",
             R"({"name":"Desk lamp","type":"lamp","labels":{"room":"study"}})"},
        });
    }

    SUBCASE("the namespace may be given in any way, or not at all") {
        check_rows({
            {R"(<map xmlns="http://www.w3.org/2005/xpath-functions"><null key="a"/></map>)",
             R"({"a":null})"},
            {R"(<j:array xmlns:j="http://www.w3.org/2005/xpath-functions"><j:null/></j:array>)",
             "[null]"},
            {R"(<j:array xmlns:j="http://www.w3.org/2005/xpath-functions">)"
             R"(<null xmlns="http://www.w3.org/2005/xpath-functions"/></j:array>)",
             "[null]"},
            {R"(<array xmlns=""><null/></array>)", "[null]"},
            {R"(<array xmlns:other="urn:x"><null/></array>)", "[null]"},
        });
    }

    SUBCASE("white space, comments and the attributes of xml and xsi do not count") {
        check_rows({
            {"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- x -->\n<map>\n"
             "  <!-- y --><number key=\"a\"><!-- z --> 1 <!-- z --></number>\r\n</map>\n<!-- -->\n",
             R"({"a":1})"},
            {R"(<map xml:space="preserve" xml:lang="en"/>)", "{}"},
            {R"(<map xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="a"/>)", "{}"},
        });
    }

    SUBCASE("a text goes on over comments, CDATA and references") {
        check_rows({
            {"<string>a<!-- x -->b</string>", R"("ab")"},
            {"<string><![CDATA[<a> & ]] ]]>b</string>", R"("<a> & ]] b")"},
            {"<string>&lt;&amp;&gt;&quot;&apos;&#65;&#x20AC;</string>", R"("<&>\"'A€")"},
            {"<string> a \n b </string>", R"(" a \n b ")"},
            {"<string>\r\n\r&#13;</string>", R"("\n\n\u000d")"},
            {R"(<string>\n\u0041</string>)", R"("\\n\\u0041")"},
            {"<map><null key=\"a\n&#10;&#9;&quot;'\"/></map>", R"({"a \n\u0009\"'":null})"},
            {"<string>\u00e9\U0001D11E</string>", "\"\u00e9\U0001D11E\""},
            {"<number>1<!-- x -->2<![CDATA[3]]></number>", "123"},
        });
    }

    SUBCASE("escapes count where they are said to be") {
        check_rows({
            {R"(<string escaped="true">a\u0000\n\"\\"</string>)", R"("a\u0000\n\"\\\"")"},
            {R"(<string escaped=" 1 ">\ud834\udd1e</string>)", "\"\U0001D11E\""},
            {R"(<string escaped="false">\n</string>)", R"("\\n")"},
            {R"(<map><null escaped-key="true" key="\u0001"/></map>)", R"({"\u0001":null})"},
            {R"(<map><null key="\u0001" escaped-key="0"/></map>)", R"({"\\u0001":null})"},
            {R"(<map><string key="\t" escaped-key="1" escaped="1">\t</string></map>)",
             R"({"\u0009":"\u0009"})"},
        });
    }

    SUBCASE("US-ASCII is UTF-8 too, and names of encodings have no case") {
        CHECK(parse_xml(R"(<?xml version="1.0" encoding="US-ASCII"?><null/>)"));
        CHECK(parse_xml(R"(<?xml version="1.0" encoding="utf-8" standalone="yes"?><null/>)"));
        CHECK(parse_xml("\xEF\xBB\xBF<null/>"));
    }
}

TEST_CASE("XML that is malformed") {
    SUBCASE("what is not well-formed") {
        check_refused_as(
            ErrorCode::kMalformedBody,
            {
                {"", 0, "no element found"},
                {"{}", 0, "not well-formed (invalid token)"},
                {"<map>", 5, "no element found"},
                {"<map></array>", 7, "mismatched tag"},
                {"<map a='1' a='2'/>", 11, "duplicate attribute"},
                {"<null/><null/>", 7, "junk after document element"},
                {"<null/>x", 7, "junk after document element"},
                {"<string>a & b</string>", 11, "not well-formed (invalid token)"},
                {"<string>&nbsp;</string>", 8, "undefined entity"},
                {"<string>&#0;</string>", 8, "reference to invalid character number"},
                {"<string>&#xFFFE;</string>", 8, "reference to invalid character number"},
                {"<string>\x01</string>", 8, "not well-formed (invalid token)"},
                {"<string>]]></string>", 10, "not well-formed (invalid token)"},
                {"<string><![CDATA[</string>", 26, "unclosed CDATA section"},
                {"<x:map/>", 0, "unbound prefix"},
                {"<a xmlns:b='c&#10;d'/>", 0, "syntax error"},
                {" <?xml version='1.0'?><null/>", 1,
                 "XML or text declaration not at start of entity"},
            });
    }

    SUBCASE("what is refused of XML itself") {
        check_refused_as(
            ErrorCode::kMalformedBody,
            {
                {"<!DOCTYPE map><map/>", 0, "a DOCTYPE is not read"},
                {" <!DOCTYPE map [<!ENTITY a 'b'>]><map>&a;</map>", 1, "a DOCTYPE is not read"},
                {"<!DOCTYPE map SYSTEM 'file:///etc/passwd'><map/>", 0, "a DOCTYPE is not read"},
                {"<!DOCTYPE <", 0, "a DOCTYPE is not read"},
                {"<?php x?><map/>", 0, "processing instructions are not read"},
                {"<map><?a?></map>", 5, "processing instructions are not read"},
                {"<map/><?a?>", 6, "processing instructions are not read"},
            });
    }

    SUBCASE("numbers that do not fit, and a key that was there before") {
        check_refused_as(
            ErrorCode::kMalformedBody,
            {
                {"<array><number>18446744073709551616</number></array>", 7,
                 "the whole number does not fit 64 bits"},
                {"<number>-9223372036854775809</number>", 0,
                 "the whole number does not fit 64 bits"},
                {"<number> 1e309 </number>", 0, "the number is too large"},
                {R"(<map><null key="a"/><null key="a"/></map>)", 20, "the key was there before"},
                {R"(<map><null key="a"/><null key="\u0061" escaped-key="1"/></map>)", 20,
                 "the key was there before"},
            });
    }

    SUBCASE("other encodings") {
        struct Row {
            std::string_view text;
            std::string_view why;
        };
        const Row rows[] = {
            {R"(<?xml version="1.0" encoding="ISO-8859-1"?><null/>)",
             "XML, byte 0: the encoding is to be UTF-8 or UTF-16"},
            {R"(<?xml version="1.0" encoding="UTF-7"?><null/>)",
             "XML, byte 0: the encoding is to be UTF-8 or UTF-16"},
            {R"(<?xml version="1.0" encoding="UTF-16"?><null/>)",
             "XML, byte 30: encoding specified in XML declaration is incorrect"},
            {"<string>\xFF</string>", "XML, byte 8: not well-formed (invalid token)"},
            {"<string>\xED\xA0\x80</string>", "XML, byte 8: not well-formed (invalid token)"},
            {"<string>\xC0\x80</string>", "XML, byte 8: not well-formed (invalid token)"},
            {"<string>\xEF\xBF\xBF</string>", "XML, byte 8: not well-formed (invalid token)"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.text);
            const auto value = parse_xml(row.text);
            REQUIRE_FALSE(value);
            CHECK(value.error().code == ErrorCode::kMalformedBody);
            CHECK(value.error().detail == row.why);
        }
        // Where the order of bytes is known, what is declared has to go with it.
        const auto declared_8 = utf16(std::string{kDeclaration} + "<null/>", true);
        REQUIRE_FALSE(parse_xml(declared_8));
        // Half a character at the end.
        const std::string half = utf16("<null/>", false) + "\n";
        REQUIRE_FALSE(parse_xml(half));
        CHECK(parse_xml(half).error().code == ErrorCode::kMalformedBody);
    }

    SUBCASE("in UTF-16, the offset is in bytes too") {
        const auto value = parse_xml(utf16("<map><foo/></map>", true));
        REQUIRE_FALSE(value);
        CHECK(value.error().detail.starts_with("XML, byte 12: "));
    }
}

TEST_CASE("XML that is well-formed and something else") {
    constexpr std::string_view kElements =
        "the elements map, array, string, number, boolean and null are accepted";
    constexpr std::string_view kSpaces =
        "elements of the namespace http://www.w3.org/2005/xpath-functions, or all of none, are "
        "accepted";
    constexpr std::string_view kAttributes =
        "the attributes key and escaped-key inside of a map, and escaped of a string are accepted";
    constexpr std::string_view kText = "text is accepted in string, number and boolean only";
    constexpr std::string_view kNested = "elements are accepted in map and array only";
    constexpr std::string_view kNumber = "a number as JSON writes it is accepted";
    constexpr std::string_view kEscape =
        "after a backslash, the rest of an escape of JSON is accepted";

    SUBCASE("it cannot be processed, and is told what would be accepted") {
        check_refused_as(
            ErrorCode::kUnprocessable,
            {
                {"<html><body>x</body></html>", 0, kElements},
                {"<map><Map key='a'/></map>", 5, kElements},
                {"<map xmlns='urn:x'/>", 0, kSpaces},
                {"<map><null xmlns='urn:x' key='a'/></map>", 5, kSpaces},
                {"<map><null xmlns='http://www.w3.org/2005/xpath-functions' key='a'/></map>", 5,
                 kSpaces},
                {"<j:map xmlns:j='http://www.w3.org/2005/xpath-functions'><null key='a'/></j:map>",
                 56, kSpaces},
                {"<map a='1'/>", 0, kAttributes},
                {"<map x:key='1' xmlns:x='urn:x'/>", 0, kAttributes},
                {"<map escaped='true'/>", 0, kAttributes},
                {"<string escaped-key='true'/>", 0, kAttributes},
                {"<string escaped='yes'/>", 0,
                 "true, false, 1 and 0 are accepted in escaped and escaped-key"},
                {"<map key='1'/>", 0, "`key` is accepted inside of a map only"},
                {"<array><null key='1'/></array>", 7, "`key` is accepted inside of a map only"},
                {"<map><null/></map>", 5, "inside of a map, `key` is needed"},
                {"<map>x</map>", 5, kText},
                {"<array> <null/>1 </array>", 15, kText},
                {"<map><![CDATA[x]]></map>", 14, kText},
                {"<null>x</null>", 0, "null is accepted without content only"},
                {"<null><null/></null>", 6, kNested},
                {"<string>a<b/></string>", 9, kNested},
                {"<boolean>yes</boolean>", 0, "true, false, 1 and 0 are accepted"},
                {"<boolean/>", 0, "true, false, 1 and 0 are accepted"},
                {"<number/>", 0, kNumber},
                {"<number>1 2</number>", 0, kNumber},
                {"<number>+1</number>", 0, kNumber},
                {"<number>.5</number>", 0, kNumber},
                {"<number>1.</number>", 0, kNumber},
                {"<number>01</number>", 0, kNumber},
                {"<number>NaN</number>", 0, kNumber},
                {"<number>99999999999999999999x</number>", 0, kNumber},
                {R"(<string escaped="true">\x</string>)", 0, kEscape},
                {R"(<string escaped="true">\</string>)", 0, kEscape},
                {R"(<string escaped="true">\ud800</string>)", 0, kEscape},
                {R"(<map><null key="\u12" escaped-key="true"/></map>)", 5, kEscape},
            });
    }

    SUBCASE("but only when the rest of it is well-formed") {
        check_refused_as(ErrorCode::kMalformedBody,
                         {
                             {"<html><body>x</html>", 15, "mismatched tag"},
                             {"<map>x<!DOCTYPE a></map>", 8, "not well-formed (invalid token)"},
                             {"<map>x<?a?></map>", 6, "processing instructions are not read"},
                             {"<foo/>x", 6, "junk after document element"},
                             {"<boolean>x</boolean", 10, "unclosed token"},
                         });
    }

    SUBCASE("however large it is") {
        const std::string page =
            "<html>" + repeated("<p class='a' id='b'>text <b>more</b></p>\n", 50'000) + "</html>";
        const auto value = parse_xml(page);
        REQUIRE_FALSE(value);
        CHECK(value.error().code == ErrorCode::kUnprocessable);
    }
}

TEST_CASE("the limits of XML") {
    const ReaderLimits limits{.depth = 2,
                              .object_keys = 2,
                              .array_items = 3,
                              .nodes = 5,
                              .string_bytes = 4,
                              .key_bytes = 3};
    struct Row {
        std::string_view text;
        std::string_view refused;  // "" when it is read.
    };
    const Row rows[] = {
        {"<array><array/></array>", ""},
        {"<array><array><array/></array></array>",
         "XML, byte 14: nested deeper than the limit `depth`"},
        {"<array><array><null/></array></array>", ""},
        {"<map><null key='a'/><null key='b'/></map>", ""},
        {"<map><null key='a'/><null key='b'/><null key='c'/></map>",
         "XML, byte 35: more keys than the limit `object_keys`"},
        {"<array><null/><null/><null/></array>", ""},
        {"<array><null/><null/><null/><null/></array>",
         "XML, byte 28: more items than the limit `array_items`"},
        {"<array><array><null/><null/><null/></array></array>", ""},
        {"<array><array><null/><null/></array><array><null/></array></array>",
         "XML, byte 43: more values than the limit `nodes`"},
        {"<string>abcd</string>", ""},
        {"<string>abcde</string>", "XML, byte 0: a string is longer than the limit `string_bytes`"},
        {"<string>ab&amp;<![CDATA[cd]]></string>",
         "XML, byte 0: a string is longer than the limit `string_bytes`"},
        {R"(<string escaped="1">\u0001\u0001\u0001\u0001</string>)", ""},
        {R"(<string escaped="1">\u0001\u0001\u0001\u0001\u0001</string>)",
         "XML, byte 0: a string is longer than the limit `string_bytes`"},
        {R"(<string escaped="1">abcde</string>)",
         "XML, byte 0: a string is longer than the limit `string_bytes`"},
        {"<map><null key='abc'/></map>", ""},
        {"<map><null key='abcd'/></map>",
         "XML, byte 5: a key is longer than the limit `key_bytes`"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        const auto value = parse_xml(row.text, limits);
        CHECK(value.has_value() == row.refused.empty());
        if (value) continue;
        CHECK(value.error().code == ErrorCode::kMalformedBody);
        CHECK(value.error().detail == row.refused);
    }
}

TEST_CASE("after a refusal XML gives the same refusal again") {
    XmlReader reader{"<array><number>x</number><null/></array>"};
    REQUIRE(reader.next());
    for (int times = 0; times < 3; ++times) {
        const auto token = reader.next();
        REQUIRE_FALSE(token);
        CHECK(token.error().code == ErrorCode::kUnprocessable);
        CHECK(reader.token() == Token::kEnd);
    }
}

TEST_CASE("XML as it is written") {
    using Array = Value::Array;
    using Object = Value::Object;
    constexpr std::string_view kStart = R"(<?xml version="1.0" encoding="UTF-8"?><map )"
                                        R"(xmlns="http://www.w3.org/2005/xpath-functions">)";
    const auto member = [&](const Value& value) {
        const std::string xml = to_xml(Object{{"k", value}});
        REQUIRE(xml.starts_with(kStart));
        REQUIRE(xml.ends_with("</map>"));
        const auto back = parse_xml(xml);
        REQUIRE(back);
        CHECK(*back == Value{Object{{"k", value}}});
        return xml.substr(kStart.size(), xml.size() - kStart.size() - 6);
    };

    SUBCASE("each kind of value") {
        CHECK(member(nullptr) == R"(<null key="k"/>)");
        CHECK(member(true) == R"(<boolean key="k">true</boolean>)");
        CHECK(member(-1) == R"(<number key="k">-1</number>)");
        CHECK(member(1.0) == R"(<number key="k">1.0</number>)");
        CHECK(member(-0.0) == R"(<number key="k">-0.0</number>)");
        CHECK(member(Value{std::uint64_t{1} << 63U}) ==
              R"(<number key="k">9223372036854775808</number>)");
        CHECK(member("a") == R"(<string key="k">a</string>)");
        CHECK(member(Array{}) == R"(<array key="k"></array>)");
        CHECK(member(Array{"a", Object{}}) ==
              R"(<array key="k"><string>a</string><map></map></array>)");
        CHECK(to_xml(nullptr) == std::string{kDeclaration} +
                                     R"(<null xmlns="http://www.w3.org/2005/xpath-functions"/>)");
    }

    SUBCASE("what has a meaning in XML is written as a reference") {
        CHECK(member("<&>\"'\r\n\t]]>") ==
              "<string key=\"k\">&lt;&amp;&gt;&quot;'&#13;\n\t]]&gt;</string>");
        CHECK(member(Object{{"<&>\"'\r\n\t", 1}}) ==
              R"(<map key="k"><number key="&lt;&amp;&gt;&quot;'&#13;&#10;&#9;">1</number></map>)");
    }

    SUBCASE("escapes only where XML cannot carry a character") {
        CHECK(member("\\n") == R"(<string key="k">\n</string>)");
        CHECK(member("\x01\\\n\"") ==
              "<string key=\"k\" escaped=\"true\">\\u0001\\\\\n&quot;</string>");
        CHECK(member("\uFFFE\uFFFF\uFFFD") ==
              "<string key=\"k\" escaped=\"true\">\\ufffe\\uffff\uFFFD</string>");
        CHECK(member(Object{{"\x1f", "x"}}) ==
              R"(<map key="k"><string escaped-key="true" key="\u001f">x</string></map>)");
    }

    SUBCASE("after taking, the writer is as new") {
        XmlWriter writer;
        writer.integer(1);
        const std::string first = writer.take();
        writer.integer(1);
        CHECK(writer.take() == first);
    }
}
