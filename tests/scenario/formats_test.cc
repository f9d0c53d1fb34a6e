// One value model: whatever the format, the same readings are stored and the same are refused.
#include "api/dispatch.h"
#include "codec/csv.h"
#include "codec/json.h"
#include "codec/test_values.h"
#include "codec/time_text.h"
#include "contract/catalogue.h"
#include "contract/senml.h"
#include "contract/telemetry.h"
#include "simulation/hub_in_a_box.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

namespace tandem {
namespace {

using contract::Encoding;
using simulation::HubInABox;

constexpr std::int64_t kFirst = 1'732'387'200'000;  // ms

class Box {
public:
    Box() : hub_{world_, network_, {.loops = 2, .rules = rules()}} {
        hub_.start();
        const Value made = ask("devices.create", {}, R"({"id":"lamp-1"})");
        REQUIRE(made.find("id") != nullptr);
    }

    api::Reply call(std::string_view operation,
                    contract::Parameters query,
                    contract::Encoded body,
                    Encoding accept = Encoding::kJson) {
        const contract::Operation* found = contract::find_operation(operation);
        REQUIRE(found != nullptr);
        api::Call call{.operation = found};
        if (found->of_device()) call.input.path = {{"device", "lamp-1"}};
        call.input.query = std::move(query);
        call.input.body = std::move(body);
        call.accept = accept;
        call.proof.bearer = hub_.admin_key();
        return simulation::finish(
            world_, api::dispatch(api::World{*hub_.hub().shards.front()}, std::move(call)));
    }

    Value ask(std::string_view operation, contract::Parameters query, std::string json = {}) {
        const auto reply = call(operation, std::move(query), {.bytes = std::move(json)});
        auto value = codec::parse_json(reply.body, contract::bulk_limits());
        REQUIRE_MESSAGE(value.has_value(), reply.body);
        return std::move(*value);
    }

    /// All pieces of an answer that is made while it is sent.
    std::string drain(const api::Reply& reply) {
        REQUIRE(reply.source != nullptr);
        std::string out;
        while (true) {
            auto piece = simulation::finish(
                world_, reply.source->next(api::World{*hub_.hub().shards.front()}));
            REQUIRE(piece.has_value());
            if (piece->empty()) return out;
            out += *piece;
        }
    }

private:
    static api::Rules rules() {
        api::Rules rules;
        rules.rates.requests = {.per_second = 1e6, .burst = 1e6};
        rules.rates.readings = {.per_second = 1e6, .burst = 1e6};
        return rules;
    }

    simulation::World world_{1};
    simulation::Network network_{world_, {}};
    HubInABox hub_;
};

std::string encoded(Encoding encoding, const Value& value) {
    const auto writer = contract::make_writer(encoding);
    write_value(*writer, value);
    return writer->take();
}

// `{"t":…,"v":{"x":value}}` in a format that can say it; nothing in one that cannot.
std::optional<std::string> body_of(Encoding encoding, std::int64_t ms, const Value& value) {
    const Value item = Value::Object{{"t", ms}, {"v", Value::Object{{"x", value}}}};
    if (encoding == Encoding::kNdjson) return codec::to_json(item) + "\n";
    if (encoding == Encoding::kCsv) {
        std::string out = "time,x\r\n";
        codec::CsvWriter csv{out};
        csv.write_cell(ms);
        csv.write_cell(value);
        csv.end_row();
        return out;
    }
    if (!contract::is_senml(encoding)) return encoded(encoding, item);
    const auto writer = contract::make_writer(encoding);
    const contract::SenmlRow row{
        .series = "x", .unit = {}, .time = Instant{Duration{ms * 1'000}}, .value = &value};
    if (!contract::write_senml(*writer, "lamp-1", std::span{&row, 1})) return {};
    return writer->take();
}

// The problem's type and what it says of the value; the place is the format's own.
std::string verdict_of(const api::Reply& reply) {
    if (!reply.problem) return std::to_string(reply.status);
    const auto problem = codec::parse_json(reply.body);
    REQUIRE(problem.has_value());
    std::string out = *problem->find("type")->get<std::string>();
    if (const Value* errors = problem->find("errors")) {
        for (const Value& each : *errors->get<Value::Array>())
            out += ": " + *each.find("detail")->get<std::string>();
    }
    return out;
}

bool has_replaced_characters(const std::string& text) {
    return text.find_first_of(std::string_view{"\0\x01", 2}) != std::string::npos ||
           text.find("\uFFFE") != std::string::npos || text.find("\uFFFF") != std::string::npos;
}

TEST_CASE("a random value stores the same and gets the same verdict in every format") {
    Box box;
    codec::Values values{20261126};
    std::map<Encoding, int> stored;
    std::int64_t ms = kFirst;
    for (int round = 0; round < 400; ++round) {
        const Value value = values.any(3);
        CAPTURE(codec::to_json(value));
        std::optional<std::string> first;
        for (const auto& row : contract::encodings()) {
            if (row.bodies == contract::Bodies::kEvents) continue;
            CAPTURE(row.name);
            ms += 1;
            auto body = body_of(row.encoding, ms, value);
            if (!body) continue;
            // XML of SenML has no way to carry these in a text: section 7 is attributes.
            const auto* text = value.get<std::string>();
            if (row.encoding == Encoding::kSenmlXml && text != nullptr &&
                has_replaced_characters(*text)) {
                continue;
            }
            const auto reply = box.call("telemetry.write", {},
                                        {.encoding = row.encoding, .bytes = std::move(*body)});
            if (!first) first = verdict_of(reply);
            REQUIRE(verdict_of(reply) == *first);
            if (reply.problem) continue;
            const Value history = box.ask(
                "telemetry.read",
                {{"series", "x"}, {"from", std::to_string(ms)}, {"to", std::to_string(ms + 1)}});
            const auto* readings = history.find("readings")->get<Value::Array>();
            REQUIRE(readings != nullptr);
            REQUIRE(readings->size() == 1);
            REQUIRE(*readings->front().find("v") == value);
            ++stored[row.encoding];
        }
    }
    for (const auto& row : contract::encodings()) {
        if (row.bodies == contract::Bodies::kEvents) continue;
        CAPTURE(row.name);
        CHECK(stored[row.encoding] > 100);
    }
}

TEST_CASE("history as lines is all of it, and reads back as it was") {
    Box box;
    std::string lines;
    for (int at = 0; at < 50'000; ++at) {
        lines += codec::to_json(
                     Value::Object{{"t", kFirst + at},
                                   {"v", at % 3 == 0 ? Value::Object{{"a", at}, {"b", at * 0.5}}
                                                     : Value::Object{{"a", at}}}}) +
                 "\n";
    }
    const auto written =
        box.call("telemetry.write", {}, {.encoding = Encoding::kNdjson, .bytes = lines});
    REQUIRE(written.status == 200);
    const std::string ndjson = box.drain(box.call("telemetry.read", {}, {}, Encoding::kNdjson));
    CHECK(ndjson == lines);
    const std::string csv =
        box.drain(box.call("telemetry.read", {{"series", "a,b"}}, {}, Encoding::kCsv));
    CHECK(std::ranges::count(csv, '\n') == 50'001);
    CHECK(csv.starts_with(
        "time,a,b\r\n2024-11-23T18:40:00Z,0,0.0\r\n2024-11-23T18:40:00.001Z,1,\r\n"));
    const std::string last = box.drain(
        box.call("telemetry.read", {{"order", "desc"}, {"limit", "2"}}, {}, Encoding::kNdjson));
    CHECK(last ==
          "{\"t\":1732387249999,\"v\":{\"a\":49999}}\n{\"t\":1732387249998,\"v\":{\"a\":49998,"
          "\"b\":24999.0}}\n");
    const std::string buckets = box.drain(
        box.call("telemetry.read", {{"series", "a"}, {"step", "10000"}, {"aggregate", "sum"}}, {},
                 Encoding::kCsv));
    CHECK(std::ranges::count(buckets, '\n') == 6);
}

TEST_CASE("readings of several devices are stored, and each that cannot be says why") {
    Box box;
    REQUIRE(box.ask("devices.create", {}, R"({"id":"lamp-2"})").find("id") != nullptr);
    const Value answer =
        box.ask("telemetry.write_many", {},
                R"({"lamp-1":{"power":8},"lamp-2":[{"t":1000,"v":{"power":9}},{"power":null}],)"
                R"("lamp-3":{"power":1},"not a name":[{"a":1},{"a":2}]})");
    CHECK(*answer.find("accepted") == Value{2});
    std::vector<std::string> refused;
    for (const Value& each : *answer.find("refused")->get<Value::Array>()) {
        const Value& problem = *each.find("problem");
        refused.push_back(
            *each.find("device")->get<std::string>() + " " +
            *problem.find("type")->get<std::string>() + " " +
            *(*problem.find("errors")->get<Value::Array>())[0].find("pointer")->get<std::string>());
    }
    std::ranges::sort(refused);
    CHECK(refused == std::vector<std::string>{"lamp-2 /problems/invalid-field /lamp-2/1/power",
                                              "lamp-3 /problems/not-found /lamp-3",
                                              "not a name /problems/invalid-field /not a name",
                                              "not a name /problems/invalid-field /not a name"});
}

TEST_CASE("a pack of several devices goes where its names say, with units that stay") {
    Box box;
    const auto reply = box.call(
        "telemetry.write_many", {},
        {.encoding = Encoding::kSenmlJson,
         .bytes = R"([{"bn":"lamp-1/","bt":1732387200,"n":"power","u":"W","v":8},)"
                  R"({"n":"power","u":"kW","t":1,"v":9},{"bn":"lamp-9/","n":"power","v":1}])"});
    CHECK(reply.status == 207);
    CHECK(*codec::parse_json(reply.body)->find("accepted") == Value{1});
    const Value history = box.ask("telemetry.read", {{"series", "power"}});
    CHECK(*history.find("unit") == Value{"W"});
    const auto pack = box.call("telemetry.latest", {}, {}, Encoding::kSenmlJson);
    CHECK(pack.body == R"([{"bn":"lamp-1/","n":"power","u":"W","v":8,"t":1732387200}])");
}

TEST_CASE("readings of another device are turned away from a device's own address") {
    Box box;
    const auto reply =
        box.call("telemetry.write", {},
                 {.encoding = Encoding::kSenmlJson,
                  .bytes = R"([{"n":"lamp-1/power","v":1},{"n":"lamp-2/power","v":1}])"});
    CHECK(reply.status == 207);
    CHECK(*codec::parse_json(reply.body)->find("accepted") == Value{1});
}

TEST_CASE("a zone that nobody knows is refused with what is accepted") {
    Box box;
    const std::string file = "time,a\n2024-11-23 18:40:00,1\n";
    const auto unknown = box.call("telemetry.write", {{"tz", "Mars/Olympus"}},
                                  {.encoding = Encoding::kCsv, .bytes = file});
    CHECK(unknown.status == 400);
    CHECK(verdict_of(unknown).starts_with("/problems/invalid-field: a name of the IANA"));
    const auto offset = box.call("telemetry.write", {{"tz", "+02:00"}},
                                 {.encoding = Encoding::kCsv, .bytes = file});
    CHECK(offset.status == 200);
    const Value history = box.ask("telemetry.read", {{"series", "a"}});
    CHECK(*history.find("readings")->get<Value::Array>()->at(0).find("t") ==
          Value{std::int64_t{1'732'387'200'000 - 7'200'000}});
}

}  // namespace
}  // namespace tandem
