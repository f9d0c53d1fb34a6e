#include "contract/shape.h"

#include "codec/json.h"
#include "contract/encoding.h"

#include <doctest/doctest.h>

namespace tandem::contract {
namespace {

// What the tests read: a struct with a member of every kind.
struct Part {
    std::string id;
    std::int64_t count = 0;
};
const Shape& shape_of(const Part*) {
    static const Shape made{
        .name = "Part",
        .fields = {field<&Part::id>({.name = "id", .required = true, .form = Form::kName}),
                   field<&Part::count>({.name = "a/b~c", .min = 0, .max = 9})}};
    return made;
}

struct Whole {
    std::string text;
    std::string mode = "slow";
    std::int64_t number = 7;
    double share = 0;
    bool on = false;
    std::optional<Duration> ttl;
    std::optional<Instant> at;
    std::optional<Value> any;
    std::map<std::string, std::string, std::less<>> labels;
    std::vector<Part> parts;
};
const Shape& shape_of(const Whole*) {
    static const Shape made{
        .name = "Whole",
        .fields = {field<&Whole::text>({.name = "text", .required = true, .min = 2, .max = 4}),
                   field<&Whole::mode>({.name = "mode", .choices = {"slow", "fast"}}),
                   field<&Whole::number>({.name = "number", .min = -1, .max = 10}),
                   field<&Whole::share>({.name = "share", .min = 0, .max = 0.5}),
                   field<&Whole::on>({.name = "on"}),
                   field<&Whole::ttl>(
                       {.name = "ttl", .min = 1, .max = 2'000, .unit = "ms", .says = "How long."}),
                   field<&Whole::at>({.name = "at"}), field<&Whole::any>({.name = "any"}),
                   field<&Whole::labels>({.name = "labels", .max = 2}),
                   field<&Whole::parts>({.name = "parts", .max = 2})}};
    return made;
}

Result<Whole> read(std::string_view json) {
    const auto reader = make_reader(Encoding::kJson, json, {});
    if (auto token = reader->next(); !token) return pass(token);
    Whole whole;
    if (auto good = read_object(*reader, shape<Whole>(), &whole); !good) return pass(good);
    return whole;
}

/// A text that is good but for `member`.
Result<Whole> with(std::string_view member) {
    return read(R"({"text":"abc",)" + std::string{member} + "}");
}

std::string written(const Whole& whole) {
    const auto writer = make_writer(Encoding::kJson);
    write_object(*writer, shape<Whole>(), &whole);
    return writer->take();
}

Instant at_ms(std::int64_t ms) {
    return Instant{std::chrono::milliseconds{ms}};
}

Value parsed(std::string_view json) {
    auto value = codec::parse_json(json);
    REQUIRE_MESSAGE(value.has_value(), json);
    return *value;
}

}  // namespace

TEST_CASE("an object is read into its struct") {
    const auto whole =
        read(R"({"parts":[{"id":"p1","a/b~c":3},{"id":"p2"}],"labels":{"site":"h 3"},)"
             R"("any":[1,{"x":null}],"at":1500,"ttl":250.5,"on":true,"share":0.5,)"
             R"("number":10,"mode":"fast","text":"abcd"})");
    REQUIRE(whole.has_value());
    CHECK(whole->text == "abcd");
    CHECK(whole->mode == "fast");
    CHECK(whole->number == 10);
    CHECK(whole->share == 0.5);
    CHECK(whole->on);
    CHECK(whole->ttl == 250'500us);
    CHECK(whole->at == at_ms(1'500));
    CHECK(whole->any == Value::Array{1, Value::Object{{"x", nullptr}}});
    CHECK(whole->labels.at("site") == "h 3");
    REQUIRE(whole->parts.size() == 2);
    CHECK(whole->parts[0].count == 3);
    CHECK(whole->parts[1].id == "p2");
}

TEST_CASE("what is missing keeps its default") {
    const auto whole = read(R"({"text":"abc"})");
    REQUIRE(whole.has_value());
    CHECK(whole->number == 7);
    CHECK(whole->mode == "slow");
    CHECK_FALSE(whole->ttl.has_value());
}

TEST_CASE("what is not as described is refused with its pointer and what would do") {
    struct Row {
        std::string_view member;
        std::string_view pointer;
        std::string_view detail;
    };
    for (const Row& row : std::initializer_list<Row>{
             {R"("nunber":1)", "/nunber",
              "no such field; accepted are: text, mode, number, share, on, ttl, at, any, labels, "
              "parts"},
             {R"("mode":"medium")", "/mode", "one of these is expected: slow, fast"},
             {R"("mode":1)", "/mode", "text is expected"},
             {R"("mode":null)", "/mode", "text is expected"},
             {R"("number":-2)", "/number", "at least -1 is expected"},
             {R"("number":11)", "/number", "at most 10 is accepted"},
             {R"("number":1.0)", "/number", "a whole number is expected"},
             {R"("number":"1")", "/number", "a whole number is expected"},
             {R"("number":9223372036854775808)", "/number", "a whole number is expected"},
             {R"("share":0.6)", "/share", "at most 0.500000 is accepted"},
             {R"("share":-0.1)", "/share", "at least 0 is expected"},
             {R"("share":18446744073709551615)", "/share", "at most 0.500000 is accepted"},
             {R"("share":"0.1")", "/share", "a number is expected"},
             {R"("on":1)", "/on", "true or false is expected"},
             {R"("on":"true")", "/on", "true or false is expected"},
             {R"("ttl":0)", "/ttl", "at least 1 is expected"},
             {R"("ttl":2001)", "/ttl", "at most 2000 is accepted"},
             {R"("ttl":"1s")", "/ttl", "a number is expected"},
             {R"("at":true)", "/at", "milliseconds since 1970 or RFC 3339 text is expected"},
             {R"("labels":[])", "/labels", "an object of texts is expected"},
             {R"("labels":{"site":1})", "/labels/site", "text is expected"},
             {R"("labels":{"a b":"x"})", "/labels/a b",
              "1 to 64 of A-Z a-z 0-9 . _ : - are accepted"},
             {R"("labels":{"":"x"})", "/labels/", "1 to 64 of A-Z a-z 0-9 . _ : - are accepted"},
             {R"("labels":{"a":"","b":"","c":""})", "/labels", "at most 2 entries are accepted"},
             {R"("parts":{})", "/parts", "a list is expected"},
             {R"("parts":[1])", "/parts/0", "an object is expected"},
             {R"("parts":[{"id":"a"},{"id":"b"},{"id":"c"}])", "/parts",
              "at most 2 items are accepted"},
             {R"("parts":[{"id":"a"},{}])", "/parts/1/id", "this field is needed"},
             {R"("parts":[{"id":"a b"}])", "/parts/0/id",
              "1 to 64 of A-Z a-z 0-9 . _ : - are accepted"},
             {R"("parts":[{"id":"a","a/b~c":10}])", "/parts/0/a~1b~0c", "at most 9 is accepted"},
             {R"("parts":[{"id":"a","x/y":1}])", "/parts/0/x~1y",
              "no such field; accepted are: id, a/b~c"}}) {
        CAPTURE(row.member);
        const auto whole = with(row.member);
        REQUIRE_FALSE(whole.has_value());
        CHECK(whole.error().code == ErrorCode::kInvalidField);
        REQUIRE(whole.error().fields.size() == 1);
        CHECK(whole.error().fields[0].pointer == row.pointer);
        CHECK(whole.error().fields[0].detail == row.detail);
    }
}

TEST_CASE("texts have lengths in bytes, both ends accepted") {
    struct Row {
        std::string_view text;
        std::string_view detail;
    };
    for (const Row& row : std::initializer_list<Row>{{"a", "at least 2 bytes are expected"},
                                                     {"ab", ""},
                                                     {"abcd", ""},
                                                     {"abcde", "at most 4 bytes are accepted"},
                                                     {"ää", ""},
                                                     {"äää", "at most 4 bytes are accepted"}}) {
        CAPTURE(row.text);
        const auto whole = read(R"({"text":")" + std::string{row.text} + R"("})");
        CHECK(whole.has_value() == row.detail.empty());
        if (!whole) CHECK(whole.error().fields.at(0).detail == row.detail);
    }
}

TEST_CASE("an object without what it needs, or no object, is refused") {
    const auto missing = read("{}");
    REQUIRE_FALSE(missing.has_value());
    CHECK(missing.error().fields == std::vector<FieldError>{{"/text", "this field is needed"}});
    const auto list = read("[]");
    REQUIRE_FALSE(list.has_value());
    CHECK(list.error().fields == std::vector<FieldError>{{"", "an object is expected"}});
}

TEST_CASE("what is not the format is malformed, whatever else is wrong") {
    for (const std::string_view json : {R"({"text":"abc","text":"abc"})", R"({"text":"abc",})",
                                        R"({"text":"abc","number":01})", R"({"text":"abc")"}) {
        CAPTURE(json);
        const auto whole = read(json);
        REQUIRE_FALSE(whole.has_value());
        CHECK(whole.error().code == ErrorCode::kMalformedBody);
    }
}

TEST_CASE("a struct is written as it is read, and what is absent is left out") {
    Whole whole;
    whole.text = "abc";
    CHECK(
        written(whole) ==
        R"({"text":"abc","mode":"slow","number":7,"share":0.0,"on":false,"labels":{},"parts":[]})");
    whole.ttl = 1'500us;
    whole.at = at_ms(-1);
    whole.any = Value{};
    whole.labels = {{"site", "hall 3"}};
    whole.parts = {{.id = "p", .count = 2}};
    const std::string text = written(whole);
    CHECK(text ==
          R"({"text":"abc","mode":"slow","number":7,"share":0.0,"on":false,"ttl":1.5,"at":-1,)"
          R"("any":null,"labels":{"site":"hall 3"},"parts":[{"id":"p","a/b~c":2}]})");
    const auto again = read(text);
    REQUIRE(again.has_value());
    CHECK(written(*again) == text);
}

TEST_CASE("an instant is milliseconds or RFC 3339 text") {
    struct Row {
        std::string_view json;
        Instant instant;
    };
    const Instant start = at_ms(1'732'387'200'000);
    for (const Row& row :
         std::initializer_list<Row>{{"1732387200000", start},
                                    {"1732387200000.0", start},
                                    {"1732387200000.25", start + 250us},
                                    {R"("1732387200000.5")", start + 500us},
                                    {R"("2024-11-23T18:40:00Z")", start},
                                    {R"("2024-11-23T19:40:00.000001+01:00")", start + 1us},
                                    {"0", at_ms(0)},
                                    {"-1", at_ms(-1)},
                                    {"253402300799999", at_ms(253'402'300'799'999)}}) {
        CAPTURE(row.json);
        const auto whole = with(R"("at":)" + std::string{row.json});
        REQUIRE(whole.has_value());
        CHECK(whole->at == row.instant);
    }
    for (const std::string_view json :
         {"253402300800000", "-62135596800001", "1e300", "9223372036854775807",
          "9223372036854775808", R"("")", R"("now")", R"("nan")", R"("inf")", R"("-inf")",
          R"("2024-11-23")", R"("2024-11-23 18:40:00Z")", R"("2024-11-23T18:40:00")",
          R"("1732387200000 ")", "null", "[]", "true"}) {
        CAPTURE(json);
        const auto whole = with(R"("at":)" + std::string{json});
        REQUIRE_FALSE(whole.has_value());
        CHECK(whole.error().code == ErrorCode::kInvalidField);
        CHECK(whole.error().fields.at(0).pointer == "/at");
    }
}

TEST_CASE("parameters are read from text with the same bounds") {
    const auto read_text = [](std::string_view name, std::string_view text, Whole& whole) {
        const Field* field = shape<Whole>().find(name, From::kField);
        REQUIRE(field != nullptr);
        return field->type->read_text(text, field->member(&whole), *field);
    };
    SUBCASE("what is good") {
        Whole whole;
        CHECK(read_text("number", "-1", whole));
        CHECK(read_text("share", "0.25", whole));
        CHECK(read_text("on", "true", whole));
        CHECK(read_text("ttl", "1.5", whole));
        CHECK(read_text("at", "2024-11-23T18:40:00Z", whole));
        CHECK(read_text("labels", "site=hall 3,room=", whole));
        CHECK(whole.number == -1);
        CHECK(whole.share == 0.25);
        CHECK(whole.on);
        CHECK(whole.ttl == 1'500us);
        CHECK(whole.at == at_ms(1'732'387'200'000));
        CHECK(whole.labels.at("site") == "hall 3");
        CHECK(whole.labels.at("room").empty());
    }
    SUBCASE("what is refused") {
        struct Row {
            std::string_view name;
            std::string_view text;
            std::string_view detail;
        };
        for (const Row& row : std::initializer_list<Row>{
                 {"number", "", "a whole number is expected"},
                 {"number", "1.0", "a whole number is expected"},
                 {"number", "+1", "a whole number is expected"},
                 {"number", " 1", "a whole number is expected"},
                 {"number", "1x", "a whole number is expected"},
                 {"number", "99999999999999999999", "a whole number is expected"},
                 {"number", "11", "at most 10 is accepted"},
                 {"share", "nan", "a finite number is expected"},
                 {"share", "inf", "a finite number is expected"},
                 {"share", "0.1.2", "a number is expected"},
                 {"share", "0x1", "a number is expected"},
                 {"on", "yes", "true or false is expected"},
                 {"on", "TRUE", "true or false is expected"},
                 {"ttl", "2001", "at most 2000 is accepted"},
                 {"ttl", "-inf", "a finite number is expected"},
                 {"mode", "medium", "one of these is expected: slow, fast"},
                 {"labels", "site", "name=value is expected, commas between"},
                 {"any", "1", "this cannot be given as text"},
                 {"parts", "x", "this cannot be given as text"}}) {
            CAPTURE(row.name);
            CAPTURE(row.text);
            Whole whole;
            const auto good = read_text(row.name, row.text, whole);
            REQUIRE_FALSE(good.has_value());
            CHECK(good.error().fields == std::vector<FieldError>{{"", std::string{row.detail}}});
        }
    }
}

TEST_CASE("a list in a query has commas between its items") {
    const auto read_list = [](std::string_view text) {
        std::vector<std::string> out;
        const Field field{.form = Form::kName, .max = 64};
        auto good = Codec<std::vector<std::string>>::read_text(text, out, field);
        return good ? std::optional{out} : std::nullopt;
    };
    using List = std::vector<std::string>;
    CHECK(read_list("a") == List{"a"});
    CHECK(read_list("a,b,c") == List{"a", "b", "c"});
    CHECK(read_list("") == List{});
    CHECK_FALSE(read_list("a,,b"));
    CHECK_FALSE(read_list(",a"));
    CHECK_FALSE(read_list("a, b"));
}

TEST_CASE("durations that no clock has are refused") {
    Duration out{};
    const Field unbounded{};
    CHECK(Codec<Duration>::read_text("9e12", out, unbounded));
    CHECK(out == std::chrono::milliseconds{9'000'000'000'000});
    CHECK_FALSE(Codec<Duration>::read_text("9.1e12", out, unbounded));
    CHECK_FALSE(Codec<Duration>::read_text("-9.1e12", out, unbounded));
    CHECK_FALSE(Codec<Duration>::read_text("1e400", out, unbounded));
}

TEST_CASE("the schema of a struct says what reading it demands") {
    CHECK(schema_of(shape<Part>()) ==
          parsed(R"({"type":"object","properties":{)"
                 R"("id":{"type":"string","pattern":"^[A-Za-z0-9._:-]{1,64}$"},)"
                 R"("a/b~c":{"type":"integer","minimum":0.0,"maximum":9.0}},)"
                 R"("required":["id"],"additionalProperties":false})"));
    const Value whole = schema_of(shape<Whole>());
    const Value& properties = *whole.find("properties");
    CHECK(*properties.find("text") == parsed(R"({"type":"string","minLength":2,"maxLength":4})"));
    CHECK(*properties.find("mode") == parsed(R"({"type":"string","enum":["slow","fast"]})"));
    CHECK(*properties.find("on") == parsed(R"({"type":"boolean"})"));
    CHECK(*properties.find("any") == Value::Object{});
    CHECK(*properties.find("ttl")->find("description") == Value{"How long. Unit: ms."});
    CHECK(*properties.find("labels") ==
          parsed(R"({"type":"object","propertyNames":{"pattern":"^[A-Za-z0-9._:-]{1,64}$"},)"
                 R"("additionalProperties":{"type":"string","maxLength":256},)"
                 R"("maxProperties":2})"));
    CHECK(*properties.find("parts") ==
          parsed(R"({"type":"array","items":{"$ref":"#/components/schemas/Part"},"maxItems":2})"));
}

TEST_CASE("a page names its items, and the next page where there is one") {
    Page<Part> page{.items = {{.id = "p"}}, .next = {}};
    const auto text = [&] {
        const auto writer = make_writer(Encoding::kJson);
        write_object(*writer, shape<Page<Part>>(), &page);
        return writer->take();
    };
    CHECK(text() == R"({"items":[{"id":"p","a/b~c":0}]})");
    page.next = "c1";
    CHECK(text() == R"({"items":[{"id":"p","a/b~c":0}],"next":"c1"})");
    CHECK(shape<Page<Part>>().name == "PartPage");
}

}  // namespace tandem::contract
