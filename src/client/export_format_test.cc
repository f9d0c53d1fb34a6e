#include "client/export_format.h"

#include "base/random.h"
#include "client/call.h"
#include "codec/json.h"
#include "codec/test_values.h"
#include "contract/telemetry_file.h"

#include <doctest/doctest.h>

namespace tandem::client {
namespace {

Value json(std::string_view text) {
    auto value = codec::parse_json(text);
    REQUIRE(value.has_value());
    return *value;
}

std::string_view without_end(const std::string& line) {
    REQUIRE(line.ends_with('\n'));
    return std::string_view{line}.substr(0, line.size() - 1);
}

template <typename Record>
Record read_as(const std::string& line) {
    auto record = read_export_line(without_end(line));
    REQUIRE(record.has_value());
    REQUIRE(std::holds_alternative<Record>(*record));
    return std::get<Record>(*std::move(record));
}

std::string refusal(std::string_view line) {
    const auto record = read_export_line(line);
    REQUIRE_FALSE(record.has_value());
    const Error& error = record.error();
    return error.fields.empty() ? error.detail
                                : error.fields.front().pointer + ": " + error.fields.front().detail;
}

constexpr Instant kNoon{Duration{1'790'000'000'123'456}};

}  // namespace

TEST_CASE("a header says the format's version, when it was made and what was asked for") {
    const std::string line = header_line(kNoon, json(R"({"devices":["lamp-1"]})"));
    CHECK(line == R"({"kind":"export","version":1,"made":"2026-09-21T14:13:20.123456Z",)"
                  R"("tandem":"0.1.0","devices":["lamp-1"]})"
                  "\n");
    read_as<HeaderRecord>(line);
}

TEST_CASE("a device keeps all that devices.put takes, and nothing else") {
    const Value device =
        json(R"({"id":"lamp-1","name":"Lämpchen \"A\"","type":"lamp","labels":{"b":"2","a":"1"},)"
             R"("schema":{"config":{"type":"object"}},"presence":{"online":true},)"
             R"("created":1,"version":7})");
    const auto record = read_as<DeviceRecord>(device_line(device));
    CHECK(record.id == "lamp-1");
    CHECK(record.fields == json(R"({"name":"Lämpchen \"A\"","type":"lamp",)"
                                R"("labels":{"a":"1","b":"2"},)"
                                R"("schema":{"config":{"type":"object"}}})"));
    CHECK_FALSE(device_line(device).contains("presence"));
}

TEST_CASE("a device that says little is as one whose fields are empty") {
    CHECK(device_fields_of(json(R"({"id":"a"})")) ==
          device_fields_of(json(R"({"labels":{},"name":"","type":"","schema":null})")));
    CHECK(series_fields_of(json(R"({"name":"a"})")) ==
          series_fields_of(json(R"({"unit":"","type":"any"})")));
}

TEST_CASE("a twin has the documents that somebody has written, an empty one too") {
    const Value both =
        json(R"({"config":{"version":3,"value":{"a":1.0,"big":18446744073709551615}},)"
             R"("state":{"version":1,"value":{}},"sync":{}})");
    const auto record = read_as<TwinRecord>(twin_line("lamp-1", both));
    CHECK(record.device == "lamp-1");
    CHECK(record.config == json(R"({"a":1.0,"big":18446744073709551615})"));
    CHECK(record.state == Value{Value::Object{}});
    const Value none =
        json(R"({"config":{"version":0,"value":{}},"state":{"version":0,"value":{}},"sync":{}})");
    CHECK(twin_line("lamp-1", none).empty());
    const Value one =
        json(R"({"config":{"version":0,"value":{}},"state":{"version":2,"value":{"on":true}}})");
    CHECK(read_as<TwinRecord>(twin_line("lamp-1", one)).config.is_null());
}

TEST_CASE("a series keeps type, unit and spans of time") {
    const Value series = json(R"({"name":"power","type":"number","unit":"W","interval":1500})");
    const auto record = read_as<SeriesRecord>(series_line("lamp-1", series));
    CHECK(record.device == "lamp-1");
    CHECK(record.name == "power");
    CHECK(record.fields == json(R"({"type":"number","unit":"W","interval":1500})"));
}

TEST_CASE("the end counts what is before it") {
    const ExportCounts counts{.devices = 1, .twins = 2, .series = 3, .readings = 4'000'000'000};
    CHECK(read_as<EndRecord>(end_line(counts)).counts == counts);
}

TEST_CASE("a line whose kind is no text is readings, of a device called kind too") {
    const auto readings =
        read_as<ReadingsRecord>("{\"kind\":{\"t\":5,\"v\":{\"kind\":\"export\",\"n\":1}}}\n");
    CHECK(readings.count == 2);
    CHECK(readings.readings.items.front().device == "kind");
}

TEST_CASE("what is wrong with a line is told with its field and with what is accepted") {
    CHECK(refusal(R"({"kind":"devices"})") ==
          "/kind: export, device, twin, series and end are kinds");
    CHECK(refusal(R"({"kind":"device","id":"a b"})") ==
          "/id: 1 to 64 of A-Z a-z 0-9 . _ : - are expected");
    CHECK(refusal(R"({"kind":"device"})") == "/id: 1 to 64 of A-Z a-z 0-9 . _ : - are expected");
    CHECK(refusal(R"({"kind":"device","id":"a","key":"tdk_1"})").starts_with("/key: "));
    CHECK(refusal(R"({"kind":"twin","device":"a","config":[1]})") ==
          "/config: an object is expected");
    CHECK(refusal(R"({"kind":"series","device":"a"})").starts_with("/name: "));
    CHECK(refusal(R"({"kind":"export","version":2})").contains("a newer tandem"));
    CHECK(refusal(R"({"kind":"export","version":"1"})").starts_with("/version: "));
    CHECK(refusal(R"({"kind":"end","devices":1})").starts_with("/twins: "));
    CHECK(refusal(R"({"kind":"end","devices":-1})").starts_with("/devices: "));
    // Readings of now would be others each time.
    CHECK(refusal(R"({"lamp-1":{"power":8}})").starts_with("/lamp-1: "));
    CHECK(refusal(R"({"lamp 1":{"t":1,"v":{"power":8}}})").starts_with("/lamp 1: "));
    CHECK(refusal(R"({"lamp-1":{"t":"noon","v":{"power":8}}})").starts_with("/lamp-1/t: "));
    CHECK(refusal(R"({"lamp-1":{"t":1,"v":{"power":8}})").contains("JSON, byte "));
    CHECK(refusal("[1]").contains("an object is expected"));
}

// What the hub writes of a reading, by way of lines and of CSV, is read as that reading.
TEST_CASE("any reading comes back as it was, through lines and through CSV") {
    SeededRandom random{11};
    codec::Values values{12};
    constexpr std::int64_t first = -62'135'596'800'000'000;  // The year 1,
    constexpr std::int64_t last = 253'402'300'799'999'999;   // and the end of 9999.
    for (int round = 0; round < 3'000; ++round) {
        const auto span = static_cast<std::uint64_t>(last - first) + 1;
        Instant time{Duration{first + static_cast<std::int64_t>(random.next() % span)}};
        if (round % 2 == 0)
            time = kNoon + Duration{static_cast<std::int64_t>(random.next() % 9'999)};
        const Reading reading{.series = "x", .time = time, .value = values.any(3)};
        if (reading.value.is_null()) continue;
        CAPTURE(codec::to_json(reading.value));
        contract::LineWriter lines{
            contract::Encoding::kNdjson, {"x"}, {.many = true, .aggregate = {}}};
        lines.of_device("lamp-1", {"x"});
        std::string line;
        lines.append({{reading}}, false, line);
        const auto record = read_as<ReadingsRecord>(line);
        REQUIRE(record.count == 1);
        const auto& item = record.readings.items.front();
        CHECK(item.device == "lamp-1");
        CHECK(item.time == time);
        CHECK(item.values.front().second == reading.value);

        std::string csv = csv_header();
        append_csv(record.readings, csv);
        const auto body = contract::read_many({.encoding = contract::Encoding::kCsv, .bytes = csv});
        REQUIRE(body.has_value());
        REQUIRE(body->items.size() == 1);
        REQUIRE(body->items.front().error == nullptr);
        CHECK(body->items.front().device == "lamp-1");
        CHECK(body->items.front().time == time);
        CHECK(body->items.front().values.front() == item.values.front());
    }
}

TEST_CASE("names that look like something else come back from CSV as names") {
    for (const std::string name : {"42", "-1", "true", "null", "-lamp", "1e3", "07"}) {
        CAPTURE(name);
        const auto record =
            read_as<ReadingsRecord>("{\"" + name + "\":{\"t\":1,\"v\":{\"" + name + "\":1}}}\n");
        std::string csv = csv_header();
        append_csv(record.readings, csv);
        const auto body = contract::read_many({.encoding = contract::Encoding::kCsv, .bytes = csv});
        REQUIRE(body.has_value());
        REQUIRE(body->items.size() == 1);
        CHECK(body->items.front().device == name);
        CHECK(body->items.front().values.front().first == name);
    }
}

TEST_CASE("documents as deep as they are taken alone come back") {
    const std::string deep = R"({"x":)" + std::string(31, '[') + std::string(31, ']') + "}";
    const Value document = json(deep);
    const auto twin = read_as<TwinRecord>(R"({"kind":"twin","device":"a","config":)" + deep +
                                          R"(,"state":)" + deep + "}\n");
    CHECK(twin.config == document);
    CHECK(twin.state == document);
    const Value device = Value::Object{{"id", "a"}, {"schema", document}};
    CHECK(*read_as<DeviceRecord>(device_line(device)).fields.find("schema") == document);
}

TEST_CASE("a reading as deep as one that is taken alone comes back") {
    const std::string deep = std::string(31, '[') + std::string(31, ']');
    contract::TelemetryBody alone;
    REQUIRE(contract::read_readings_line(R"({"x":)" + deep + "}", false, alone).has_value());
    const auto record = read_as<ReadingsRecord>(R"({"lamp-1":{"t":1,"v":{"x":)" + deep + "}}}\n");
    CHECK(record.readings.items.front().values == alone.items.front().values);
}

}  // namespace tandem::client
