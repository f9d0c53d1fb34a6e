// Documents made to cost more than they are long. Each is refused before much of it was looked at,
// which is what counts: how far the reader had read, not how long it took.
#include "codec/senml_xml.h"
#include "codec/test_xml.h"
#include "codec/xml.h"

#include <doctest/doctest.h>

#include <array>

using namespace tandem;
using namespace tandem::codec;

namespace {

constexpr std::size_t kMillion = 1'000'000;

/// That `reader` refuses its input as malformed for `why`, before it has read more than
/// `bytes_max`.
template <typename Kind>
void check_early(Kind& reader, std::string_view why, std::size_t bytes_max) {
    CAPTURE(why);
    while (true) {
        const auto token = reader.next();
        if (token) {
            REQUIRE(*token != Token::kEnd);
            continue;
        }
        CHECK(token.error().code == ErrorCode::kMalformedBody);
        CHECK(token.error().detail.ends_with(why));
        CHECK(reader.bytes_read() <= bytes_max);
        return;
    }
}

void check_early_xml(std::string_view text, std::string_view why, std::size_t bytes_max) {
    XmlReader reader{text};
    check_early(reader, why, bytes_max);
}

}  // namespace

TEST_CASE("what is too deep, too long or too many is refused where it becomes so") {
    constexpr std::size_t kPiece = XmlEvents::kPieceBytes;
    constexpr std::size_t kTag = XmlEvents::kTagBytesMax;

    SUBCASE("a depth of a million") {
        check_early_xml(repeated("<array>", kMillion), ": nested deeper than the limit `depth`",
                        kPiece);
    }
    SUBCASE("of elements that are not ours too") {
        check_early_xml(repeated("<a>", kMillion),
                        "byte 3000: nested deeper than the limit `depth`", 3 * kPiece);
    }
    SUBCASE("a million attributes") {
        std::string text = "<map";
        for (std::size_t at = 0; at < kMillion; ++at)
            text += " a" + std::to_string(at) + "=''";
        check_early_xml(text + "/>",
                        "byte 0: a tag or comment is longer than the limit `xml_tag_bytes`",
                        2 * kTag);
    }
    SUBCASE("attributes that fit into a tag") {
        std::string text = "<foo>" + repeated(" ", 10 * kPiece) + "<map";
        for (std::size_t at = 0; at < 33; ++at)
            text += " a" + std::to_string(at) + "=''";
        check_early_xml(text + "/>" + repeated("<a/>", kMillion),
                        "more attributes than the limit `xml_attributes`", 12 * kPiece);
    }
    SUBCASE("a tag, a comment, a declaration, an end tag that never end") {
        for (const std::string_view start :
             {"<map ", "<map><!--", "<?xml version='1.0' ", "<map></map ", "<m", "<map key='"}) {
            CAPTURE(start);
            std::string text{start};
            text += repeated(start == "<m" || start.ends_with("'") ? "a" : " ", kMillion);
            check_early_xml(text, "a tag or comment is longer than the limit `xml_tag_bytes`",
                            2 * kTag);
        }
    }
    SUBCASE("a million siblings") {
        check_early_xml("<array>" + repeated("<null/>", kMillion),
                        "byte 70007: more items than the limit `array_items`", 71 * kPiece);
        std::string text = "<map>";
        for (std::size_t at = 0; at < 100'000; ++at)
            text += "<null key='" + std::to_string(at) + "'/>";
        check_early_xml(text, "more keys than the limit `object_keys`", 20 * kPiece);
        check_early_xml(
            "<array>" + repeated("<array>" + repeated("<null/>", 9'000) + "</array>", 20),
            "more values than the limit `nodes`", 142 * kPiece);
    }
    SUBCASE("a text of a megabyte") {
        for (const std::string_view start :
             {"<string>", "<string><![CDATA[", "<number>", "<null>"}) {
            CAPTURE(start);
            check_early_xml(std::string{start} + repeated(" ", kMillion),
                            "a string is longer than the limit `string_bytes`", 66 * kPiece);
        }
        check_early_xml("<string escaped='1'>" + repeated("\\u0001", kMillion),
                        "a string is longer than the limit `string_bytes`", 6 * 66 * kPiece);
    }
    SUBCASE("names that are all different, which expat would keep") {
        std::string elements = "<foo>";
        std::string attributes = "<foo>";
        std::string prefixes = "<foo>";
        for (std::size_t at = 0; at < 100'000; ++at) {
            const std::string name = "a" + std::to_string(at);
            elements += "<" + name + "/>";
            attributes += "<a " + name + "=''/>";
            prefixes += "<a xmlns:" + name + "='b'/>";
        }
        constexpr std::string_view kWhy = "more different names than the limit `xml_name_bytes`";
        for (const std::string& text : {elements, attributes, prefixes})
            check_early_xml(text, kWhy, 100 * kPiece);
    }
    SUBCASE("SenML has the same limits") {
        const std::string start = "<sensml xmlns='urn:ietf:params:xml:ns:senml'>";
        const std::string many = start + repeated("<senml v='1'/>", kMillion);
        SenmlXmlReader records{many};
        check_early(records, "more values than the limit `nodes`", 140 * kPiece);
        std::string wide = start + "<senml";
        for (std::size_t at = 0; at < 33; ++at)
            wide += " a" + std::to_string(at) + "=''";
        wide += "/>";
        SenmlXmlReader attributes{wide};
        check_early(attributes, "more attributes than the limit `xml_attributes`", kPiece);
        const std::string value = start + "<senml vs='" + std::string(70'000, 'x') + "'/></sensml>";
        SenmlXmlReader long_text{value};
        check_early(long_text, "a string is longer than the limit `string_bytes`", 130 * kPiece);
    }
}

TEST_CASE("entities are never declared, expanded or fetched") {
    std::string laughs = "<!DOCTYPE map [<!ENTITY a0 \"ha\">";
    for (int at = 1; at < 10; ++at) {
        const std::string before = "&a" + std::to_string(at - 1) + ";";
        laughs += "<!ENTITY a" + std::to_string(at) + " \"" + repeated(before, 10) + "\">";
    }
    laughs += "]><map>&a9;</map>";
    const std::string quadratic = "<!DOCTYPE map [<!ENTITY a \"" + std::string(100'000, 'x') +
                                  "\">]><string>" + repeated("&a;", 10'000) + "</string>";
    const std::string documents[] = {
        laughs,
        quadratic,
        "<!DOCTYPE map SYSTEM \"http://127.0.0.1:1/x.dtd\"><map/>",
        "<!DOCTYPE map PUBLIC \"x\" \"file:///dev/zero\"><map/>",
        "<!DOCTYPE map [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><string>&x;</string>",
        "<!DOCTYPE map [<!ENTITY % x SYSTEM \"file:///dev/random\"> %x;]><map/>",
        "<!DOCTYPE map [<!ATTLIST map key CDATA 'a'>]><map/>",
        "<!DOCTYPE map [<!NOTATION n SYSTEM 'x'>]><map/>",
        "<!DOCTYPE map>" + std::string(100'000, ' ') + "<map/>",
    };
    for (const std::string& document : documents) {
        CAPTURE(document.substr(0, 60));
        for (const std::string& text :
             std::array{document, utf16(document, false), utf16(document, true)}) {
            XmlReader reader{text};
            const auto token = reader.next();
            REQUIRE_FALSE(token);
            CHECK(token.error().code == ErrorCode::kMalformedBody);
            CHECK(token.error().detail.ends_with(": a DOCTYPE is not read"));
            CHECK(reader.bytes_read() <= XmlEvents::kPieceBytes);
            CHECK_FALSE(is_senml_xml(text));
        }
    }
    // One byte at a time, nothing after the word itself is looked at.
    XmlReader reader{laughs, {}, {.piece_bytes = 1}};
    REQUIRE_FALSE(reader.next());
    CHECK(reader.bytes_read() <= std::string_view{"<!DOCTYPE "}.size());
}
