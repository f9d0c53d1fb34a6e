#include "codec/json.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace tandem;
using namespace tandem::codec;

namespace {

Value read(std::string_view text) {
    auto value = parse_json(text);
    REQUIRE_MESSAGE(value.has_value(), text);
    return *value;
}

/// What the refusal says, or "" when there is none.
std::string refusal(std::string_view text, const ReaderLimits& limits = {}) {
    auto value = parse_json(text, limits);
    if (value) return {};
    CHECK(value.error().code == ErrorCode::kMalformedBody);
    return value.error().detail;
}

std::string repeated(std::string_view piece, std::size_t times) {
    std::string out;
    for (std::size_t at = 0; at < times; ++at)
        out += piece;
    return out;
}

struct Refused {
    std::string_view text;
    std::size_t at;
    std::string_view why;
};

void check_refused(std::initializer_list<Refused> rows) {
    for (const Refused& row : rows) {
        CAPTURE(row.text);
        CHECK(refusal(row.text) ==
              "JSON, byte " + std::to_string(row.at) + ": " + std::string{row.why});
    }
}

}  // namespace

TEST_CASE("what JSON text means") {
    using Array = Value::Array;
    using Object = Value::Object;

    SUBCASE("each kind of value is read") {
        CHECK(read("null") == Value{});
        CHECK(read("true") == Value{true});
        CHECK(read("false") == Value{false});
        CHECK(read("12") == Value{12});
        CHECK(read("1.5") == Value{1.5});
        CHECK(read(R"("text")") == Value{"text"});
        CHECK(read("[]") == Value{Array{}});
        CHECK(read("{}") == Value{Object{}});
        CHECK(read(R"([1,[2],{"a":[]}])") == Value{Array{1, Array{2}, Object{{"a", Array{}}}}});
    }

    SUBCASE("white space may stand around every token") {
        CHECK(read(" \t\r\n{ \"a\" :\n[ 1 ,\t2 ] , \"b\" : null }\r ") ==
              Value{Object{{"a", Array{1, 2}}, {"b", nullptr}}});
    }

    SUBCASE("the members of an object keep their order") {
        CHECK(to_json(read(R"({"b":1,"a":2,"c":3})")) == R"({"b":1,"a":2,"c":3})");
    }

    SUBCASE("an empty key is a key") {
        CHECK(read(R"({"":1})") == Value{Object{{"", 1}}});
    }
}

TEST_CASE("numbers in JSON") {
    SUBCASE("whole numbers of 64 bits are exact") {
        CHECK(read("9007199254740993") == Value{std::int64_t{9007199254740993}});
        CHECK(read("9223372036854775807") == Value{std::numeric_limits<std::int64_t>::max()});
        CHECK(read("-9223372036854775808") == Value{std::numeric_limits<std::int64_t>::min()});
        CHECK(read("9223372036854775808") == Value{std::uint64_t{9223372036854775808U}});
        CHECK(read("18446744073709551615") == Value{std::numeric_limits<std::uint64_t>::max()});
    }

    SUBCASE("a fraction or an exponent makes a double") {
        CHECK(read("1.0") == Value{1.0});
        CHECK(read("1e2") == Value{100.0});
        CHECK(read("-2.5E-1") == Value{-0.25});
        CHECK(read("1E+2") == Value{100.0});
        CHECK(read("0.1") == Value{0.1});
        CHECK(read("1.7976931348623157e308") == Value{std::numeric_limits<double>::max()});
        CHECK(read("5e-324") == Value{std::numeric_limits<double>::denorm_min()});
    }

    SUBCASE("minus zero is a double that keeps its sign") {
        for (const char* text : {"-0", "-0.0", "-0e0"}) {
            const Value value = read(text);
            REQUIRE(value.get<double>() != nullptr);
            CHECK(std::signbit(*value.get<double>()));
        }
        CHECK(read("0") == Value{0});
    }

    SUBCASE("what is too small for a double is zero") {
        CHECK(read("1e-400") == Value{0.0});
    }

    SUBCASE("what is no number, or fits nothing, is refused") {
        check_refused({
            {"9e999", 5, "the number is too large"},
            {"-1e400", 6, "the number is too large"},
            {"18446744073709551616", 20, "the whole number does not fit 64 bits"},
            {"-9223372036854775809", 20, "the whole number does not fit 64 bits"},
            {"01", 2, "a number has no leading zeros"},
            {"-01", 3, "a number has no leading zeros"},
            {"00", 2, "a number has no leading zeros"},
            {"-", 1, "a digit is expected"},
            {"1.", 2, "a digit is expected"},
            {"1.e1", 2, "a digit is expected"},
            {"1e", 2, "a digit is expected"},
            {"1e+", 3, "a digit is expected"},
            {"+1", 0, "a value is expected"},
            {".5", 0, "a value is expected"},
            {"-.5", 1, "a digit is expected"},
            {"- 1", 1, "a digit is expected"},
            {"0x1", 1, "nothing is expected after the value"},
            {"1_000", 1, "nothing is expected after the value"},
            {"NaN", 0, "a value is expected"},
            {"Infinity", 0, "a value is expected"},
            {"-Infinity", 1, "a digit is expected"},
        });
    }
}

TEST_CASE("strings in JSON") {
    SUBCASE("every escape of RFC 8259 section 7 is read") {
        CHECK(read(R"("\"\\\/\b\f\n\r\t")") == Value{"\"\\/\b\f\n\r\t"});
        CHECK(read(R"("\u0041\u00e9\u20AC")") == Value{"A\u00e9\u20ac"});
        CHECK(read(R"("\u0000")") == Value{std::string(1, '\0')});
        CHECK(read(R"("a\u001fb")") == Value{"a\x1f"
                                             "b"});
    }

    SUBCASE("a pair of surrogates is one character") {
        CHECK(read(R"("\uD834\uDD1E")") == Value{"\U0001D11E"});
        CHECK(read(R"("\ud800\udc00")") == Value{"\U00010000"});
        CHECK(read(R"("\uDBFF\uDFFF")") == Value{"\U0010FFFF"});
    }

    SUBCASE("an escape in a key is undone") {
        CHECK(read(R"({"\u0061\n":1})") == Value{Value::Object{{"a\n", 1}}});
    }

    SUBCASE("characters beyond ASCII need no escape") {
        CHECK(read("\"\u00e9\u20ac\U0001D11E\x7f\"") == Value{"\u00e9\u20ac\U0001D11E\x7f"});
    }

    SUBCASE("what is no string is refused") {
        check_refused({
            {R"(")", 1, "the string does not end"},
            {R"("a\)", 3, "the string does not end"},
            {R"("a\")", 4, "the string does not end"},
            {"\"a\nb\"", 2, "a control character is to be escaped"},
            {std::string_view{"\"\0\"", 3}, 1, "a control character is to be escaped"},
            {R"("\x41")", 3, "no such escape"},
            {R"("\'")", 3, "no such escape"},
            {R"("\U0041")", 3, "no such escape"},
            {R"("\u12")", 3, "four hexadecimal digits are expected"},
            {R"("\u12g4")", 3, "four hexadecimal digits are expected"},
            {R"("\u-123")", 3, "four hexadecimal digits are expected"},
            {R"("\u)", 3, "four hexadecimal digits are expected"},
            {R"("\uD834")", 7, "a lone high surrogate"},
            {R"("\uD834\n")", 7, "a lone high surrogate"},
            {R"("\uD834\u0041")", 13, "a lone high surrogate"},
            {R"("\uD834\uD834")", 13, "a lone high surrogate"},
            {R"("\uDD1E")", 7, "a lone low surrogate"},
            {R"("\uDC00")", 7, "a lone low surrogate"},
            {R"("\uDFFF")", 7, "a lone low surrogate"},
            {R"("\uD800\uDBFF")", 13, "a lone high surrogate"},
            {R"("\uDBFF\uE000")", 13, "a lone high surrogate"},
            {R"('a')", 0, "a value is expected"},
            {"\"\x80\"", 2, "the string is not UTF-8"},
            {"\"\xC0\x80\"", 3, "the string is not UTF-8"},
            {"\"\xED\xA0\x80\"", 4, "the string is not UTF-8"},
            {"\"\xE2\x82\"", 3, "the string is not UTF-8"},
            {"{\"\xFF\":1}", 3, "the string is not UTF-8"},
        });
    }
}

TEST_CASE("what JSON refuses") {
    SUBCASE("text that is not JSON, with the byte where it stops being so") {
        check_refused({
            {"", 0, "a value is expected"},
            {"  ", 2, "a value is expected"},
            {"\xEF\xBB\xBF{}", 0, "a value is expected"},  // a byte order mark
            {"nul", 0, "a value is expected"},
            {"True", 0, "a value is expected"},
            {"truex", 4, "nothing is expected after the value"},
            {"[nullx]", 5, "a comma or ] is expected"},
            {"[", 1, "a value is expected"},
            {"[1", 2, "a comma or ] is expected"},
            {"[1,", 3, "a value is expected"},
            {"[1,]", 3, "a value is expected"},
            {"[,1]", 1, "a value is expected"},
            {"[1 2]", 3, "a comma or ] is expected"},
            {"[1}", 2, "a comma or ] is expected"},
            {"]", 0, "a value is expected"},
            {"{", 1, "a key in quotes is expected"},
            {"{]", 1, "a key in quotes is expected"},
            {"{a:1}", 1, "a key in quotes is expected"},
            {"{1:1}", 1, "a key in quotes is expected"},
            {R"({"a")", 4, "a colon is expected"},
            {R"({"a" 1})", 5, "a colon is expected"},
            {R"({"a":})", 5, "a value is expected"},
            {R"({"a":1,})", 7, "a key in quotes is expected"},
            {R"({"a":1 "b":2})", 7, "a comma or } is expected"},
            {R"({"a":1])", 6, "a comma or } is expected"},
            {"1 2", 2, "nothing is expected after the value"},
            {"{}{}", 2, "nothing is expected after the value"},
            {"[]]", 2, "nothing is expected after the value"},
            {"[1]// why", 3, "nothing is expected after the value"},
            {"/**/1", 0, "a value is expected"},
            {"\v1", 0, "a value is expected"},
            {"\xC2\xA0"
             "1",
             0, "a value is expected"},  // a no-break space
            {std::string_view{"1\0", 2}, 1, "nothing is expected after the value"},
        });
    }

    SUBCASE("a repeated key, escaped differently too") {
        CHECK(refusal(R"({"a":1,"a":2})") == "JSON, byte 10: the key was there before");
        CHECK(refusal(R"({"a":1,"\u0061":2})") == "JSON, byte 15: the key was there before");
        CHECK(refusal(R"({"a":{"a":1},"b":{"a":1}})").empty());
    }

    SUBCASE("a repeated key among many") {
        std::string text = "{";
        for (int at = 0; at < 100; ++at) {
            text += "\"k" + std::to_string(at) + "\":0,";
        }
        CHECK(refusal(text + "\"k100\":0}").empty());
        for (const char* key : {"k3", "k15", "k16", "k99"}) {
            CHECK(refusal(text + "\"" + key + "\":0}").ends_with("the key was there before"));
        }
    }
}

TEST_CASE("the limits of the JSON reader") {
    SUBCASE("depth") {
        CHECK(refusal(repeated("[", 32) + repeated("]", 32)).empty());
        CHECK(refusal(repeated("[", 33) + repeated("]", 33)) ==
              "JSON, byte 32: nested deeper than the limit `depth`");
        CHECK(refusal(repeated(R"({"a":)", 33)) ==
              "JSON, byte 160: nested deeper than the limit `depth`");
        // Whatever never closes costs no stack either.
        CHECK(refusal(repeated("[", 1'000'000)).ends_with("`depth`"));
    }

    SUBCASE("every other limit lets in what reaches it and refuses one more") {
        struct Row {
            ReaderLimits limits;
            std::string fits;
            std::string over;
            std::string_view name;
        };
        const Row rows[] = {
            {{.object_keys = 2}, R"({"a":1,"b":2})", R"({"a":1,"b":2,"c":3})", "`object_keys`"},
            {{.array_items = 2}, "[1,2]", "[1,2,3]", "`array_items`"},
            {{.nodes = 4}, "[1,[2]]", "[1,[2,3]]", "`nodes`"},
            {{.string_bytes = 3}, R"("abc")", R"("abcd")", "`string_bytes`"},
            {{.string_bytes = 3}, R"("\u20ac")", R"("\u20aca")", "`string_bytes`"},
            {{.key_bytes = 3}, R"({"abc":1})", R"({"abcd":1})", "`key_bytes`"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.over);
            CHECK(refusal(row.fits, row.limits) == "");
            CHECK(refusal(row.over, row.limits).ends_with(row.name));
        }
    }

    SUBCASE("the limits count per container, the nodes over all") {
        CHECK(refusal("[[1,2],[1,2]]", {.array_items = 2}).empty());
        CHECK(refusal("[[1,2],[1,2]]", {.nodes = 6}).ends_with("`nodes`"));
    }
}

TEST_CASE("the JSON reader, token by token") {
    SUBCASE("the end comes after the value and stays") {
        JsonReader reader{" [1] "};
        for (const Token token :
             {Token::kArrayBegin, Token::kInt, Token::kArrayEnd, Token::kEnd, Token::kEnd}) {
            auto next = reader.next();
            REQUIRE(next);
            CHECK(*next == token);
            CHECK(reader.token() == token);
        }
    }

    SUBCASE("a string without escapes is a view into the input") {
        const std::string input = R"("plain")";
        JsonReader reader{input};
        REQUIRE(reader.next());
        CHECK(reader.text().data() == input.data() + 1);
    }

    SUBCASE("raw gives the bytes of a whole value and stands on its end") {
        JsonReader reader{R"({"a": [1, {"b": "]"}] , "c":"\n", "d" : 1.50})"};
        const auto step = [&] { REQUIRE(reader.next()); };
        const auto raw = [&] {
            auto bytes = reader.raw();
            REQUIRE(bytes);
            return std::string{*bytes};
        };
        step();
        step();
        step();
        CHECK(raw() == R"([1, {"b": "]"}])");
        CHECK(reader.token() == Token::kArrayEnd);
        step();
        CHECK(reader.text() == "c");
        step();
        CHECK(raw() == R"("\n")");
        step();
        step();
        CHECK(raw() == "1.50");
        step();
        CHECK(reader.token() == Token::kObjectEnd);
        step();
        CHECK(reader.token() == Token::kEnd);
    }

    SUBCASE("raw checks what it passes") {
        JsonReader reader{R"([[1,{"a":01}]])"};
        REQUIRE(reader.next());
        REQUIRE(reader.next());
        auto bytes = reader.raw();
        REQUIRE_FALSE(bytes);
        CHECK(bytes.error().detail == "JSON, byte 11: a number has no leading zeros");
    }

    SUBCASE("after a refusal no token comes any more") {
        JsonReader reader{"[x, 1]"};
        REQUIRE(reader.next());
        CHECK_FALSE(reader.next());
        CHECK_FALSE(reader.next());
        CHECK(reader.token() == Token::kEnd);
    }
}

TEST_CASE("JSON as it is written") {
    using Array = Value::Array;
    using Object = Value::Object;

    SUBCASE("compact, with the escapes that are needed and no others") {
        CHECK(to_json(Object{{"a", Array{1, true, nullptr, "x"}}, {"b", Object{}}}) ==
              R"({"a":[1,true,null,"x"],"b":{}})");
        CHECK(to_json("\"\\/\n\t\x01\x7f\u20ac") == "\"\\\"\\\\/\\n\\u0009\\u0001\x7f\u20ac\"");
        CHECK(to_json(Object{{"a\"b", 1}}) == R"({"a\"b":1})");
    }

    SUBCASE("a double never looks like a whole number") {
        CHECK(to_json(1.0) == "1.0");
        CHECK(to_json(-0.0) == "-0.0");
        CHECK(to_json(1e20) == "1e+20");
        CHECK(to_json(0.1) == "0.1");
        CHECK(to_json(5e-324) == "5e-324");
    }

    SUBCASE("whole numbers are written to the last digit") {
        CHECK(to_json(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
        CHECK(to_json(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
    }

    SUBCASE("a raw value stands among the others") {
        JsonWriter writer;
        writer.begin_array();
        writer.raw("[1]");
        writer.raw("{}");
        writer.begin_object();
        writer.key("a");
        writer.raw("2");
        writer.key("b");
        writer.integer(3);
        writer.end_object();
        writer.end_array();
        CHECK(writer.take() == R"([[1],{},{"a":2,"b":3}])");
    }

    SUBCASE("after taking, the writer is as new") {
        JsonWriter writer;
        writer.integer(1);
        CHECK(writer.take() == "1");
        writer.begin_array();
        writer.end_array();
        CHECK(writer.take() == "[]");
    }
}
