#include "contract/encoding.h"

#include "codec/cbor.h"
#include "codec/json.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::contract;

namespace {

constexpr auto kJson = Encoding::kJson;
constexpr auto kCbor = Encoding::kCbor;

Value problem(const Error& error, Encoding encoding = kJson) {
    const std::string bytes = write_problem(encoding, error);
    auto value = encoding == kJson ? codec::parse_json(bytes) : codec::parse_cbor(bytes);
    REQUIRE(value.has_value());
    return *value;
}

/// A list in a list in a list, `depth` deep.
std::string nested_json(std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
}
std::string nested_cbor(std::size_t depth) {
    return std::string(depth - 1, '\x81') + '\x80';
}

bool readable(Encoding encoding, const std::string& bytes, const ReaderLimits& limits = {}) {
    const auto reader = make_reader(encoding, bytes, limits);
    while (true) {
        const auto token = reader->next();
        if (!token) return false;
        if (*token == Token::kEnd) return true;
    }
}

}  // namespace

TEST_CASE("a Content-Type tells the encoding of a body") {
    struct Row {
        std::string_view media_type;
        std::optional<Encoding> encoding;
        std::string_view why;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"application/json", kJson, "the type itself"},
             {"application/cbor", kCbor, "the type itself"},
             {"Application/JSON", kJson, "media types have no case"},
             {"application/json; charset=utf-8", kJson, "parameters are ignored"},
             {" application/cbor\t;x=1", kCbor, "white space is ignored"},
             {"", {}, "no type at all"},
             {"text/json", {}, "another type"},
             {"application/json5", {}, "not a prefix"},
             {"application/merge-patch+json", {}, "a suffix is another type"},
             {"application/problem+json", {}, "problems are answers, never requests"},
             {"application/*", {}, "a range is no type"}}) {
        CAPTURE(row.media_type);
        CHECK_MESSAGE(encoding_of(row.media_type) == row.encoding, row.why);
    }
}

TEST_CASE("an Accept field chooses the encoding of the answer") {
    struct Row {
        std::string_view accept;
        std::optional<Encoding> encoding;
        std::string_view why;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"", kJson, "an absent field accepts all"},
             {"  ", kJson, "an empty field accepts all"},
             {"*/*", kJson, "JSON comes first"},
             {"application/*", kJson, "JSON comes first"},
             {"application/json", kJson, "asked for"},
             {"application/cbor", kCbor, "asked for"},
             {"APPLICATION/CBOR", kCbor, "media types have no case"},
             {"application/problem+cbor", kCbor, "who reads the problems reads the encoding"},
             {"application/json, application/cbor", kJson, "equal weights: JSON comes first"},
             {"application/cbor, application/json", kJson, "the order does not count"},
             {"application/json;q=0.5, application/cbor", kCbor, "the greater weight"},
             {"application/json;q=0.499, application/cbor;q=0.5", kCbor, "in thousandths"},
             {"application/json;q=0.5,application/cbor;q=0.50", kJson, "0.5 is 0.500"},
             {"application/json ; Q=0.1 , application/cbor ; q=0.2", kCbor, "with white space"},
             {"text/html, application/xhtml+xml, */*;q=0.1", kJson, "what a browser sends"},
             {"application/json;q=0, */*", kCbor, "0: not acceptable; the exact range counts"},
             {"application/*;q=0, */*;q=1", {}, "the more exact range counts, not the heavier"},
             {"*/*;q=0.1, application/cbor;q=0.05", kJson, "0.1 by the range beats 0.05"},
             {"application/cbor;version=2", kCbor, "other parameters are ignored"},
             {"application/json;q=0", {}, "0: not acceptable"},
             {"*/*;q=0", {}, "0: not acceptable"},
             {"*/*;q=0.000", {}, "0: not acceptable"},
             {"text/html", {}, "not spoken here"},
             {"application/xml", Encoding::kXml, "asked for"},
             {"application/xhtml+xml, text/*", {}, "not spoken here"},
             {"json", {}, "no media type"},
             {"application/json;q=high", {}, "no weight: taken as 0"}}) {
        CAPTURE(row.accept);
        CHECK_MESSAGE(choose_encoding(row.accept) == row.encoding, row.why);
    }
}

TEST_CASE("each encoding has its row and its own names") {
    for (const EncodingRow& each : encodings()) {
        CAPTURE(each.name);
        CHECK(&row(each.encoding) == &each);
        CHECK(encoding_of(each.media_type, {.bodies = each.bodies}) == each.encoding);
        CHECK(choose_encoding(each.media_type, {.bodies = each.bodies}) == each.encoding);
        CHECK(row(each.syntax).syntax == each.syntax);
        CHECK(choose_encoding(problem_type(each.encoding)) == each.syntax);
    }
    CHECK(encodings().size() == 9);
}

TEST_CASE("what carries nothing but readings is chosen for readings alone") {
    const Among readings{.bodies = Bodies::kReadings};
    for (const std::string_view type :
         {"application/senml+json", "application/senml+cbor", "application/senml+xml", "text/csv",
          "application/x-ndjson"}) {
        CAPTURE(type);
        CHECK_FALSE(encoding_of(type).has_value());
        CHECK_FALSE(choose_encoding(type).has_value());
        CHECK(encoding_of(type, readings).has_value());
        CHECK(choose_encoding(type, readings).has_value());
    }
    CHECK(choose_encoding("text/*", readings) == Encoding::kCsv);
    CHECK(choose_encoding("*/*", readings) == kJson);
    CHECK(choose_encoding("text/csv;q=0.5, application/json;q=0.4", readings) == Encoding::kCsv);
}

TEST_CASE("a socket carries what has the syntax of its messages, and no files") {
    const Among on_json{.bodies = Bodies::kReadings, .syntax = kJson};
    CHECK(media_types(on_json) == "application/json, application/senml+json");
    CHECK(media_types({.bodies = Bodies::kReadings, .syntax = kCbor}) ==
          "application/cbor, application/senml+cbor");
    CHECK(choose_encoding("", {.bodies = Bodies::kAny, .syntax = kCbor}) == kCbor);
    CHECK_FALSE(choose_encoding("text/csv, application/cbor", on_json).has_value());
}

TEST_CASE("XML that is SenML is read as a pack where packs are taken") {
    const std::string_view pack =
        R"(<sensml xmlns="urn:ietf:params:xml:ns:senml"><senml n="a" v="1"/></sensml>)";
    CHECK(looked_into(Encoding::kXml, Bodies::kReadings, pack) == Encoding::kSenmlXml);
    CHECK(looked_into(Encoding::kXml, Bodies::kAny, pack) == Encoding::kXml);
    CHECK(looked_into(Encoding::kXml, Bodies::kReadings, "<map/>") == Encoding::kXml);
    CHECK(looked_into(kJson, Bodies::kReadings, pack) == kJson);
}

TEST_CASE("readers have the limits of their encoding") {
    SUBCASE("JSON may be 32 deep, CBOR 16, and one more is refused") {
        CHECK(readable(kJson, nested_json(32)));
        CHECK_FALSE(readable(kJson, nested_json(33)));
        CHECK(readable(kCbor, nested_cbor(16)));
        CHECK_FALSE(readable(kCbor, nested_cbor(17)));
    }
    SUBCASE("bulk bodies may be long but not deeper") {
        std::string many = "[0";
        for (int at = 0; at < 20'000; ++at)
            many += ",0";
        many += ']';
        CHECK_FALSE(readable(kJson, many));
        CHECK(readable(kJson, many, bulk_limits()));
        CHECK_FALSE(readable(kJson, nested_json(33), bulk_limits()));
        CHECK_FALSE(readable(kCbor, nested_cbor(17), bulk_limits()));
    }
}

TEST_CASE("an error is written as problem details") {
    SUBCASE("type, title, status and retryable come from the table; what is empty is left out") {
        for (const ErrorRow& each : errors()) {
            CAPTURE(each.name);
            CHECK(problem({.code = each.code}) ==
                  Value::Object{{"type", "/problems/" + std::string{each.name}},
                                {"title", each.title},
                                {"status", each.status},
                                {"retryable", each.retryable}});
        }
    }
    SUBCASE("everything that an error knows is told, in the same order in every encoding") {
        const Error error{.code = ErrorCode::kRateLimited,
                          .detail = "slower",
                          .fields = {{.pointer = "/a", .detail = "one"},
                                     {.pointer = "#query/b", .detail = "two"}},
                          .retry_after = 1'499ms + 1us,
                          .limit = "requests_per_second",
                          .door_hint = "use the socket"};
        const Value expected = Value::Object{
            {"type", "/problems/rate-limited"},
            {"title", row(ErrorCode::kRateLimited).title},
            {"status", 429},
            {"detail", "slower"},
            {"retryable", true},
            {"retry_after_ms", 1'500},
            {"limit", "requests_per_second"},
            {"door_hint", "use the socket"},
            {"errors", Value::Array{Value::Object{{"pointer", "/a"}, {"detail", "one"}},
                                    Value::Object{{"pointer", "#query/b"}, {"detail", "two"}}}}};
        CHECK(problem(error) == expected);
        CHECK(problem(error, kCbor) == expected);
    }
}
