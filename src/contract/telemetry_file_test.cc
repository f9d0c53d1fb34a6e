#include "contract/telemetry_file.h"

#include "codec/json.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::contract;

namespace {

struct Options {
    Encoding encoding = Encoding::kCsv;
    bool many = false;
    char separator = 0;
    Duration offset{0};
};

Result<TelemetryBody> read(std::string_view text, const Options& options = {}) {
    TelemetryBody body{.items = {},
                       .form = TelemetryBody::Form::kLines,
                       .file = {.encoding = options.encoding, .bytes = std::string{text}}};
    auto good = read_file({.separator = options.separator,
                           .zone = codec::TimeZone::fixed(options.offset),
                           .many = options.many},
                          body);
    if (!good) return pass(good);
    return body;
}
TelemetryBody must_read(std::string_view text, const Options& options = {}) {
    auto body = read(text, options);
    REQUIRE_MESSAGE(body.has_value(), text);
    return std::move(*body);
}

Instant at_s(std::int64_t seconds) {
    return Instant{std::chrono::seconds{seconds}};
}

/// Where and why items were refused.
std::vector<std::string> refusals(const TelemetryBody& body) {
    std::vector<std::string> out;
    for (const auto& item : body.items) {
        if (item.error == nullptr) continue;
        out.push_back(item.error->fields.empty() ? "?" : item.error->fields[0].pointer);
    }
    return out;
}

constexpr Options kNdjson{.encoding = Encoding::kNdjson};

}  // namespace

TEST_CASE("a wide file has a column for each series; an empty cell is no reading") {
    const auto body = must_read(
        "time,temperature,door_open\r\n2024-11-23T18:40:00Z,21.5,false\r\n1732387201000,,true\r\n");
    REQUIRE(body.items.size() == 2);
    CHECK(body.items[0].time == at_s(1'732'387'200));
    CHECK(Value{body.items[0].values} ==
          Value::Object{{"temperature", 21.5}, {"door_open", false}});
    CHECK(body.items[1].time == at_s(1'732'387'201));
    CHECK(Value{body.items[1].values} == Value::Object{{"door_open", true}});
    CHECK(body.items[1].line == 3);
    CHECK(body.items[1].index == 1);
}

TEST_CASE("a long file names series and value in each line, and perhaps a unit") {
    const auto body = must_read(
        "Timestamp;Series;Value;Unit\n2024-11-23 18:40:00;power;8,1;W\n"
        "2024-11-23 18:40:00;mode;eco;\n");
    REQUIRE(body.items.size() == 2);
    CHECK(Value{body.items[0].values} == Value::Object{{"power", 8.1}});
    CHECK(body.items[0].unit == "W");
    CHECK(Value{body.items[1].values} == Value::Object{{"mode", "eco"}});
    CHECK(body.items[1].unit.empty());
}

TEST_CASE("a series called value makes no file long") {
    const auto body = must_read("timestamp,value\n2013-12-02 21:15:00,73.96\n");
    REQUIRE(body.items.size() == 1);
    CHECK(body.items[0].time == at_s(1'386'018'900));
    CHECK(Value{body.items[0].values} == Value::Object{{"value", 73.96}});
}

TEST_CASE("times without an offset are of the zone that the request names") {
    const std::string_view file = "time,a\n2024-11-23 18:40:00,1\n2024-11-23T18:40:00Z,2\n";
    const auto body = must_read(file, {.offset = 1h});
    CHECK(body.items[0].time == at_s(1'732'387'200 - 3'600));
    CHECK(body.items[1].time == at_s(1'732'387'200));
}

TEST_CASE("a file of several devices has a column for them") {
    const auto body =
        must_read("device,time,power\nlamp-1,1000,8\nlamp-2,1000,9\n", {.many = true});
    REQUIRE(body.items.size() == 2);
    CHECK(body.items[1].device == "lamp-2");
    CHECK_FALSE(read("time,power\n1000,8\n", {.many = true}).has_value());
    // Of one device, it is a series like any other.
    CHECK(Value{must_read("time,device\n1000,x\n").items[0].values} ==
          Value::Object{{"device", "x"}});
}

TEST_CASE("the separator is seen from the header, or is what the request says") {
    for (const char separator : {',', ';', '\t', '|'}) {
        CAPTURE(separator);
        const std::string s(1, separator);
        const auto body = must_read("time" + s + "a" + s + "b\n1000" + s + "1" + s + "2\n");
        CHECK(Value{body.items.at(0).values} == Value::Object{{"a", 1}, {"b", 2}});
    }
    const auto body = must_read("time;a\n1000;1,5\n", {.separator = ';'});
    CHECK(Value{body.items.at(0).values} == Value::Object{{"a", 1.5}});
}

TEST_CASE("what is wrong with a line costs that line, with a cell that cell") {
    const auto body = must_read(
        "time,a,b\n"
        "1000,1,2\n"
        "yesterday,1,2\n"
        "2000,1\n"
        "3000,NaN,2\n"
        "4000,\"1,2\n"
        "5000,1,2\n");
    CHECK(refusals(body) ==
          std::vector<std::string>{"#line/3/time", "#line/4", "#line/5/a", "#line/6"});
    CHECK(Value{body.items.at(0).values} == Value::Object{{"a", 1}, {"b", 2}});
    CHECK(Value{body.items.at(4).values} == Value::Object{{"b", 2}});
}

TEST_CASE("a header that cannot be right refuses the file") {
    struct Row {
        std::string_view file;
        std::string_view why;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"", "no header"},
             {"a,b\n1,2\n", "no time"},
             {"time,t,a\n1,2,3\n", "two times"},
             {"time,a,a\n1,2,3\n", "a name twice"},
             {"time,A,a\n1,2,3\n", "names differ by more than case"},
             {"time,my series\n1,2\n", "no name of a series"},
             {"time,\n1,2\n", "a column without a name"},
             {"time,series,value,color\n1,a,2,red\n", "a long file has no other columns"},
             {"time,\"a\n1,2\n", "a quote that is never closed"}}) {
        CAPTURE(row.why);
        CHECK_FALSE(read(row.file).has_value());
    }
}

TEST_CASE("each line of NDJSON is a body; a bad one costs itself alone") {
    const auto body = must_read(
        "{\"t\":1000,\"v\":{\"a\":1}}\r\n\n{\"a\":2}\n{\"a\":\n[{\"a\":3},{\"a\":4}]\n{\"a\":5,"
        "\"a\":6}\n7",
        kNdjson);
    CHECK(refusals(body) == std::vector<std::string>{"#line/4", "#line/6", "#line/7"});
    REQUIRE(body.items.size() == 7);
    CHECK(body.items[0].time == at_s(1));
    CHECK(body.items[1].line == 3);
    CHECK(body.items[1].index == 1);
    CHECK(body.items[3].line == 5);
    CHECK(Value{body.items[4].values} == Value::Object{{"a", 4}});
}

TEST_CASE("a byte order mark at the start of a file is no part of it") {
    CHECK(must_read("\xEF\xBB\xBFtime,a\n1000,1\n").items.at(0).time == at_s(1));
    CHECK(must_read("\xEF\xBB\xBF{\"a\":1}\n", kNdjson).items.at(0).error == nullptr);
}

TEST_CASE("a line of several devices names them") {
    const auto body = must_read("{\"lamp-1\":{\"a\":1},\"lamp-2\":[{\"a\":2}]}\n",
                                {.encoding = Encoding::kNdjson, .many = true});
    REQUIRE(body.items.size() == 2);
    CHECK(body.items[0].device == "lamp-1");
    CHECK(body.items[1].device == "lamp-2");
    CHECK(body.items[1].line == 1);
}

TEST_CASE("a file of more readings than a body may have is refused before anything is stored") {
    std::string lines;
    for (std::size_t at = 0; at <= kReadingsMax; ++at)
        lines += "{}\n";
    const auto ndjson = read(lines, kNdjson);
    REQUIRE_FALSE(ndjson.has_value());
    CHECK(ndjson.error().code == ErrorCode::kBodyTooLarge);
    CHECK(ndjson.error().limit == "telemetry.readings");
    std::string csv = "time,a\n";
    for (std::size_t at = 0; at <= kReadingsMax; ++at)
        csv += "1,x\n";
    REQUIRE_FALSE(read(csv).has_value());
}

TEST_CASE("readings are written as lines that read back as they were") {
    const std::vector<std::vector<Reading>> readings{
        {{"a", at_s(1), 1.5}, {"a", at_s(3), "=x"}},
        {{"b", at_s(2), true}, {"b", at_s(3), Value::Object{{"k", Value::Array{1}}}}}};
    for (const Encoding encoding : {Encoding::kCsv, Encoding::kNdjson}) {
        CAPTURE(static_cast<int>(encoding));
        const LineWriter writer{encoding, {"a", "b"}};
        std::string out;
        writer.begin(out);
        writer.append(readings, false, out);
        CAPTURE(out);
        const auto body = must_read(out, {.encoding = encoding});
        REQUIRE(body.items.size() == 3);
        CHECK(body.items[1].time == at_s(2));
        CHECK(Value{body.items[0].values} == Value::Object{{"a", 1.5}});
        CHECK(Value{body.items[1].values} == Value::Object{{"b", true}});
        CHECK(Value{body.items[2].values} ==
              Value::Object{{"a", "=x"}, {"b", Value::Object{{"k", Value::Array{1}}}}});
    }
}

TEST_CASE("newest first, lines go back in time") {
    const LineWriter writer{Encoding::kNdjson, {"a", "b"}};
    std::string out;
    writer.append({{{"a", at_s(3), 3}, {"a", at_s(1), 1}}, {{"b", at_s(2), 2}}}, true, out);
    CHECK(out ==
          "{\"t\":3000,\"v\":{\"a\":3}}\n{\"t\":2000,\"v\":{\"b\":2}}\n{\"t\":1000,\"v\":{\"a\":1}}"
          "\n");
}

TEST_CASE("buckets are written as long lines") {
    Bucket numbers{.start = at_s(60)};
    numbers.add({"a", at_s(61), 1});
    numbers.add({"a", at_s(62), 4});
    Bucket words{.start = at_s(60)};
    words.add({"b", at_s(61), "eco"});
    std::string csv;
    const LineWriter writer{Encoding::kCsv, {"a", "b"}, {.aggregate = {"min", "avg", "last"}}};
    writer.begin(csv);
    writer.append({{numbers}, {words}}, csv);
    CHECK(csv ==
          "time,series,n,min,avg,last\r\n1970-01-01T00:01:00Z,a,2,1.0,2.5,4\r\n"
          "1970-01-01T00:01:00Z,b,1,,,eco\r\n");
    std::string ndjson;
    LineWriter{Encoding::kNdjson, {"a"}, {.aggregate = {"max"}}}.append({{numbers}}, ndjson);
    CHECK(ndjson == "{\"t\":60000,\"series\":\"a\",\"n\":2,\"max\":4.0}\n");
}

TEST_CASE("lines of several devices say whose they are, and read back as they were") {
    for (const Encoding encoding : {Encoding::kCsv, Encoding::kNdjson}) {
        CAPTURE(static_cast<int>(encoding));
        LineWriter writer{encoding, {}, {.many = true}};
        std::string out;
        writer.begin(out);
        writer.of_device("lamp-1", {"a", "b"});
        writer.append({{{"a", at_s(1), 1.5}}, {{"b", at_s(1), true}}}, false, out);
        writer.of_device("lamp-2", {"b"});
        writer.append({{{"b", at_s(2), "x"}}}, false, out);
        CAPTURE(out);
        const auto body = must_read(out, {.encoding = encoding, .many = true});
        Value::Array seen;
        for (const auto& item : body.items) {
            for (const auto& [series, value] : item.values)
                seen.push_back(Value::Array{item.device, series, value});
        }
        CHECK(Value{seen} == Value::Array{Value::Array{"lamp-1", "a", 1.5},
                                          Value::Array{"lamp-1", "b", true},
                                          Value::Array{"lamp-2", "b", "x"}});
    }
}

TEST_CASE("buckets tell their percentiles, and of several devices whose they are") {
    Buckets how{Duration{60s}};
    how.quantiles = {0.5, 0.999};
    Bucketer bucketer{how};
    bucketer.add({"a", at_s(61), 1});
    bucketer.add({"a", at_s(62), 4});
    bucketer.add({"a", at_s(120), "eco"});
    const auto buckets = bucketer.take();
    const std::vector<std::string> names = {"p50", "count", "p99.9"};
    std::string csv;
    LineWriter lines{Encoding::kCsv, {}, {.many = true, .aggregate = names}};
    lines.begin(csv);
    lines.of_device("lamp-1", {"a"});
    lines.append({buckets}, csv);
    CHECK(csv ==
          "time,device,series,n,p50,count,p99.9\r\n1970-01-01T00:01:00Z,lamp-1,a,2,2.5,2,3.997\r\n"
          "1970-01-01T00:02:00Z,lamp-1,a,1,,1,\r\n");
    std::string ndjson;
    LineWriter{Encoding::kNdjson, {"a"}, {.aggregate = names}}.append({{buckets[0]}}, ndjson);
    CHECK(ndjson ==
          "{\"t\":60000,\"series\":\"a\",\"n\":2,\"p50\":2.5,\"count\":2,\"p99.9\":3.997}\n");
}
