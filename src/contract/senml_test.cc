#include "contract/senml.h"

#include "codec/json.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::contract;

namespace {

Result<TelemetryBody> read(std::string_view json, bool many = false) {
    TelemetryBody body;
    codec::JsonReader reader{json};
    if (auto token = reader.next(); !token) return pass(token);
    if (auto good = read_senml(reader, many, body); !good) return pass(good);
    return body;
}

Instant at_us(std::int64_t us) {
    return Instant{Duration{us}};
}

/// A record as it is resolved.
struct Resolved {
    std::string device;
    std::string series;
    std::string unit;
    std::int64_t us = 0;  ///< since 1970, or since now below 2^28 s
    Value value;
    bool operator==(const Resolved&) const = default;
};
std::vector<Resolved> resolved(std::string_view json, bool many = false) {
    const auto body = read(json, many);
    REQUIRE_MESSAGE(body.has_value(), json);
    std::vector<Resolved> out;
    for (const TelemetryBody::Item& item : body->items) {
        REQUIRE(item.error == nullptr);
        REQUIRE(item.values.size() == 1);
        out.push_back({item.device, item.values[0].first, item.unit,
                       item.time ? item.time->time_since_epoch().count() : item.since_now.count(),
                       item.values[0].second});
    }
    return out;
}

std::string packed(const std::vector<SenmlRow>& rows, std::string_view device = "lamp-1") {
    codec::JsonWriter writer;
    REQUIRE(write_senml(writer, device, rows).has_value());
    return writer.take();
}

}  // namespace

TEST_CASE("RFC 8428 section 5.1.1: a single datapoint") {
    CHECK(resolved(R"([{"n":"urn:dev:ow:10e2073a01080063","u":"Cel","v":23.1}])") ==
          std::vector<Resolved>{{"", "urn:dev:ow:10e2073a01080063", "Cel", 0, 23.1}});
}

TEST_CASE("RFC 8428 section 5.1.2: multiple datapoints, and what they resolve to") {
    CHECK(resolved(R"([{"bn":"urn:dev:ow:10e2073a01080063:","n":"voltage","u":"V","v":120.1},
                       {"n":"current","u":"A","v":1.2}])") ==
          std::vector<Resolved>{{"", "urn:dev:ow:10e2073a01080063:voltage", "V", 0, 120.1},
                                {"", "urn:dev:ow:10e2073a01080063:current", "A", 0, 1.2}});
    CHECK(resolved(R"([{"bn":"urn:dev:ow:10e2073a0108006:","bt":1.276020076001e+09,
                        "bu":"A","bver":5,"n":"voltage","u":"V","v":120.1},
                       {"n":"current","t":-5,"v":1.2},{"n":"current","t":-4,"v":1.3},
                       {"n":"current","t":-3,"v":1.4},{"n":"current","t":-2,"v":1.5},
                       {"n":"current","t":-1,"v":1.6},{"n":"current","v":1.7}])") ==
          std::vector<Resolved>{
              {"", "urn:dev:ow:10e2073a0108006:voltage", "V", 1'276'020'076'001'000, 120.1},
              {"", "urn:dev:ow:10e2073a0108006:current", "A", 1'276'020'071'001'000, 1.2},
              {"", "urn:dev:ow:10e2073a0108006:current", "A", 1'276'020'072'001'000, 1.3},
              {"", "urn:dev:ow:10e2073a0108006:current", "A", 1'276'020'073'001'000, 1.4},
              {"", "urn:dev:ow:10e2073a0108006:current", "A", 1'276'020'074'001'000, 1.5},
              {"", "urn:dev:ow:10e2073a0108006:current", "A", 1'276'020'075'001'000, 1.6},
              {"", "urn:dev:ow:10e2073a0108006:current", "A", 1'276'020'076'001'000, 1.7}});
}

TEST_CASE("RFC 8428 section 5.1.3: multiple measurements of one sensor") {
    const auto all = resolved(R"([{"bn":"urn:dev:ow:10e2073a01080063","bt":1.320067464e+09,
                                   "bu":"%RH","v":21.2},
                                  {"t":10,"v":21.3},{"t":20,"v":21.4},{"t":30,"v":21.4}])");
    REQUIRE(all.size() == 4);
    CHECK(all[0] ==
          Resolved{"", "urn:dev:ow:10e2073a01080063", "%RH", 1'320'067'464'000'000, 21.2});
    CHECK(all[3] ==
          Resolved{"", "urn:dev:ow:10e2073a01080063", "%RH", 1'320'067'494'000'000, 21.4});
}

TEST_CASE("RFC 8428 section 5.1.4: values of each type; data alone is refused") {
    const auto body = read(R"([{"bn":"urn:dev:ow:10e2073a01080063:","n":"temp","u":"Cel","v":23.1},
                               {"n":"label","vs":"Machine Room"},{"n":"open","vb":false},
                               {"n":"nfc-reader","vd":"aGkgCg"}])");
    REQUIRE(body.has_value());
    REQUIRE(body->items.size() == 4);
    CHECK(body->items[1].values[0].second == Value{"Machine Room"});
    CHECK(body->items[2].values[0].second == Value{false});
    REQUIRE(body->items[3].error != nullptr);
    CHECK(body->items[3].error->code == ErrorCode::kUnprocessable);
    CHECK(body->items[3].error->fields.at(0).pointer == "/3/vd");
}

TEST_CASE("in a pack of several devices the device is the name up to its last slash") {
    CHECK(
        resolved(R"([{"bn":"site/lamp-1/","n":"power","v":8},{"bn":"lamp-2/","n":"power","v":9}])",
                 true) ==
        std::vector<Resolved>{{"site/lamp-1", "power", "", 0, 8}, {"lamp-2", "power", "", 0, 9}});
    const auto none = read(R"([{"n":"power","v":8}])", true);
    REQUIRE(none.has_value());
    REQUIRE(none->items.at(0).error != nullptr);
    CHECK(none->items[0].error->fields.at(0).pointer == "/0/n");
}

TEST_CASE("base values and sums are added, exactly where they are whole") {
    CHECK(resolved(R"([{"bn":"a","bv":9007199254740993,"v":1},{"v":0.5},{"vs":"text"}])") ==
          std::vector<Resolved>{{"", "a", "", 0, std::int64_t{9'007'199'254'740'994}},
                                {"", "a", "", 0, 9007199254740992.0},
                                {"", "a", "", 0, "text"}});
    CHECK(resolved(R"([{"bn":"a","bv":20},{"t":-1}])") ==
          std::vector<Resolved>{{"", "a", "", -1'000'000, 20}});
    CHECK(resolved(R"([{"n":"a","u":"W","s":100,"v":3},{"n":"b","bs":5,"s":1.5}])") ==
          std::vector<Resolved>{
              {"", "a:sum", "W*s", 0, 100}, {"", "a", "W", 0, 3}, {"", "b:sum", "", 0, 6.5}});
}

TEST_CASE("times before 2^28 s are relative to now, all others are absolute") {
    CHECK(resolved(R"([{"n":"a","t":268435455.5,"v":1}])")[0].us == 268'435'455'500'000);
    CHECK_FALSE(read(R"([{"n":"a","t":-1.5,"v":1}])")->items[0].time.has_value());
    const auto absolute = read(R"([{"n":"a","bt":268435456,"v":1},{"n":"a","t":0.000001,"v":1}])");
    CHECK(absolute->items[0].time == at_us(268'435'456'000'000));
    CHECK(absolute->items[1].time == at_us(268'435'456'000'001));
}

TEST_CASE("a record that sets base fields alone measures nothing") {
    CHECK(resolved(R"([{"bn":"a","bu":"V","bt":1700000000},{"v":1}])") ==
          std::vector<Resolved>{{"", "a", "V", 1'700'000'000'000'000, 1}});
    CHECK(resolved("[]").empty());
    CHECK(resolved("[{}]").empty());
}

TEST_CASE("fields that are not known are skipped, unless they must be understood") {
    CHECK(resolved(R"([{"n":"a","v":1,"color":{"deep":[1]}}])").size() == 1);
    const auto body = read(R"([{"n":"a","v":1},{"n":"b","v":1,"gain_":2}])");
    REQUIRE_FALSE(body.has_value());
    CHECK(body.error().fields.at(0).pointer == "/1/gain_");
}

TEST_CASE("what is wrong with a record costs that record alone") {
    struct Row {
        std::string_view record;
        std::string_view pointer;
        std::string_view why;
    };
    for (const Row& row : std::initializer_list<Row>{
             {R"({"n":"a b","v":1})", "/1/n", "a name has no blanks"},
             {R"({"n":"_a","v":1})", "/1/n", "a name begins with a letter or digit"},
             {R"({"v":1})", "/1/n", "neither name nor base name"},
             {R"({"n":"a"})", "/1/v", "no value"},
             {R"({"n":"a","v":1,"vs":"x"})", "/1/v", "two values"},
             {R"({"n":"a","vb":true,"vs":"x"})", "/1/v", "two values"},
             {R"({"n":"a","v":1,"t":1e30})", "/1/t", "a time beyond all years"},
             {R"({"n":"a","v":1,"t":-1e30})", "/1/t", "and before"},
             {R"({"n":"a","v":1e308,"bv":1e308})", "/1/v", "the sum is not finite"}}) {
        CAPTURE(row.why);
        const auto body = read("[{\"n\":\"good\",\"v\":1}," + std::string{row.record} +
                               ",{\"n\":\"good\",\"vs\":\"x\"}]");
        REQUIRE(body.has_value());
        REQUIRE(body->items.size() == 3);
        CHECK(body->items[0].error == nullptr);
        REQUIRE(body->items[1].error != nullptr);
        CHECK(body->items[1].error->fields.at(0).pointer == row.pointer);
        CHECK(body->items[2].error == nullptr);
    }
}

TEST_CASE("a long base field is refused by each record, and copied by none") {
    for (const std::string_view base : {"bn", "bu"}) {
        CAPTURE(base);
        std::string pack = "[{\"" + std::string{base} + "\":\"" + std::string(60'000, 'x') + "\"}";
        for (int at = 0; at < 50'000; ++at)
            pack += R"(,{"n":"a","v":1})";
        TelemetryBody body;
        pack += "]";
        codec::JsonReader reader{pack, bulk_limits()};
        REQUIRE(reader.next().has_value());
        REQUIRE(read_senml(reader, false, body).has_value());
        REQUIRE(body.items.size() == 50'000);
        for (const TelemetryBody::Item& item : body.items) {
            REQUIRE(item.error != nullptr);
            REQUIRE(item.unit.empty());
            REQUIRE(item.device.empty());
        }
    }
}

TEST_CASE("records that measure nothing count too") {
    std::string pack = "[{}";
    for (std::size_t at = 0; at < kReadingsMax; ++at)
        pack += ",{}";
    TelemetryBody body;
    pack += "]";
    codec::JsonReader reader{pack, bulk_limits()};
    REQUIRE(reader.next().has_value());
    const auto read = read_senml(reader, false, body);
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().limit == "telemetry.readings");
}

TEST_CASE("a pack that is wrong as a whole is refused with where") {
    struct Row {
        std::string_view json;
        std::string_view pointer;
    };
    for (const Row& row :
         std::initializer_list<Row>{{R"({"n":"a","v":1})", ""},
                                    {"1", ""},
                                    {R"([1])", "/0"},
                                    {R"([{"n":"a","v":"1"}])", "/0/v"},
                                    {R"([{"n":1,"v":1}])", "/0/n"},
                                    {R"([{"n":"a","vb":1}])", "/0/vb"},
                                    {R"([{"n":"a","v":1},{"t":"x"}])", "/1/t"},
                                    {R"([{"bver":11,"n":"a","v":1}])", "/0/bver"},
                                    {R"([{"bver":0,"n":"a","v":1}])", "/0/bver"},
                                    {R"([{"bver":1.5,"n":"a","v":1}])", "/0/bver"}}) {
        CAPTURE(row.json);
        const auto body = read(row.json);
        REQUIRE_FALSE(body.has_value());
        CHECK(body.error().code == ErrorCode::kInvalidField);
        CHECK(body.error().fields.at(0).pointer == row.pointer);
    }
}

TEST_CASE("readings are written as a pack that reads back as they were") {
    const Value number = 21.5;
    const Value whole = std::int64_t{9'007'199'254'740'993};
    const Value text = "eco";
    const Value truth = true;
    const Instant time = at_us(1'732'387'200'123'456);
    const std::string pack = packed({{"temperature", "Cel", time, &number},
                                     {"count", "", at_us(1'732'387'200'000'000), &whole},
                                     {"mode", "", time, &text},
                                     {"open", "", time, &truth},
                                     {"energy:sum", "W*s", time, &number}});
    CHECK(pack == R"([{"bn":"lamp-1/","n":"temperature","u":"Cel","v":21.5,"t":1732387200.123456},)"
                  R"({"n":"count","v":9007199254740993,"t":1732387200},)"
                  R"({"n":"mode","vs":"eco","t":1732387200.123456},)"
                  R"({"n":"open","vb":true,"t":1732387200.123456},)"
                  R"({"n":"energy","u":"W","s":21.5,"t":1732387200.123456}])");
    const std::int64_t us = time.time_since_epoch().count();
    CHECK(resolved(pack) ==
          std::vector<Resolved>{{"lamp-1", "temperature", "Cel", us, number},
                                {"lamp-1", "count", "", 1'732'387'200'000'000, whole},
                                {"lamp-1", "mode", "", us, text},
                                {"lamp-1", "open", "", us, truth},
                                {"lamp-1", "energy:sum", "W*s", us, number}});
}

TEST_CASE("every microsecond of a time survives seconds as a double") {
    for (std::int64_t us = 1'732'387'200'000'000; us < 1'732'387'200'003'000; ++us) {
        const Value value = 1;
        REQUIRE(resolved(packed({{"a", "", at_us(us), &value}}))[0].us == us);
    }
}

TEST_CASE("what SenML cannot say is refused rather than said otherwise") {
    const Value list = Value::Array{1};
    const Value one = 1;
    for (const SenmlRow& row : {SenmlRow{"a", "", at_us(1'732'387'200'000'000), &list},
                                SenmlRow{"a", "", at_us(0), &one}}) {
        codec::JsonWriter writer;
        const auto written = write_senml(writer, "lamp-1", std::span{&row, 1});
        REQUIRE_FALSE(written.has_value());
        CHECK(written.error().code == ErrorCode::kNotAcceptable);
    }
    codec::JsonWriter writer;
    const SenmlRow row{"a", "", at_us(1'732'387'200'000'000), &one};
    CHECK_FALSE(write_senml(writer, "_lamp", std::span{&row, 1}).has_value());
}
