#include "advise/workload.h"

#include <doctest/doctest.h>

namespace tandem::advise {
namespace {

std::string refusal(std::string_view toml) {
    const auto read = read_workload(toml);
    return read ? "accepted" : read.error().detail;
}

TEST_CASE("a workload in a file says what it differs in") {
    const auto read = read_workload(R"(
name = "cellar"
devices = 12
power = "battery"

[readings]
every = "90s"
payload = 42
format = "cbor"

[commands]
per_day = 0.5
latency = "2h"

[network]
kind = "nb-iot"
loss = 0.02
tls = false
)");
    REQUIRE_MESSAGE(read.has_value(), refusal("devices = 12"));
    CHECK(read->name == "cellar");
    CHECK(read->devices == 12);
    CHECK(read->power == Power::kBattery);
    CHECK(read->readings.every == 90s);
    CHECK(read->readings.payload == 42);
    CHECK(read->readings.format == Format::kCbor);
    CHECK(read->commands.per_day == 0.5);
    CHECK(read->commands.latency == 2h);
    CHECK(read->network.kind == NetworkKind::kNbIot);
    CHECK(read->network.loss == 0.02);
    CHECK_FALSE(read->network.tls);
    CHECK(read->network.rtt == Workload{}.network.rtt);
}

TEST_CASE("a workload in a file may begin with a preset") {
    const auto read = read_workload("preset = \"home\"\ndevices = 3\n");
    REQUIRE(read.has_value());
    Workload home = *preset("home");
    home.devices = 3;
    CHECK(*read == home);
}

TEST_CASE("every preset survives being written and read") {
    for (const auto& [name, says] : presets()) {
        CAPTURE(name);
        const auto made = preset(name);
        REQUIRE(made.has_value());
        CHECK(made->name == name);
        CHECK(validate(*made).has_value());
        const auto again = read_workload(write_workload(*made));
        REQUIRE_MESSAGE(again.has_value(), write_workload(*made));
        CHECK(*again == *made);
    }
    Workload odd;
    odd.name = "a \"quoted\" \\ name";
    odd.readings.every = 1'500us + 7s;
    CHECK(*read_workload(write_workload(odd)) == odd);
}

TEST_CASE("weather is another name for environment") {
    CHECK(*preset("weather") == *preset("environment"));
}

TEST_CASE("what is wrong in a file is named, with what is accepted") {
    struct Row {
        const char* toml;
        const char* says;
    };
    for (const Row& each : {
             Row{"devices = 0", "devices: \"0\" is not accepted, but a whole number from 1"},
             Row{"devices = 1.5", "devices: \"1.5\""},
             Row{"devices = [1]", "devices: a text, a number"},
             Row{"device = 1", "device: a workload has no such field"},
             Row{"power = \"solar\"", "power: \"solar\" is not accepted, but mains or battery"},
             Row{"[readings]\nevery = \"0s\"",
                 "readings.every: \"0s\" is not accepted, but a span"},
             Row{"[readings]\nevery = \"5 seconds\"", "readings.every"},
             Row{"[readings]\npayload = -3", "readings.payload"},
             Row{"[readings]\njitter = 1.5", "readings.jitter"},
             Row{"[reading]\nevery = \"5s\"", "reading: there is no such section"},
             Row{"[network.more]\nrtt = \"5s\"", "network.more: there is no such section"},
             Row{"[network]\ntls = \"perhaps\"",
                 "network.tls: \"perhaps\" is not accepted, but true"},
             Row{"[network]\nloss = 0.6", "network.loss"},
             Row{"preset = \"office\"", "preset: \"office\" is none; there are home, factory"},
             Row{"preset = 3", "preset: the name of one"},
             Row{"devices = ", "line 1: "},
             Row{"name = \"\"", "name: "},
         }) {
        CAPTURE(each.toml);
        CHECK_MESSAGE(refusal(each.toml).starts_with(each.says), refusal(each.toml));
    }
}

TEST_CASE("fields that do not fit together are named") {
    Workload made;
    made.readings.batch = 10'000;
    made.readings.payload = 100'000;
    CHECK(validate(made).error().fields[0].pointer == "readings.batch");
    made.readings.payload = 10;
    CHECK(validate(made).has_value());
    made.readings.latency = 10s;
    CHECK(validate(made).error().fields[0].pointer == "readings.batch");
}

TEST_CASE("a span is read as people write it, and written as short as it is exact") {
    struct Row {
        const char* text;
        Duration span;
        const char* written;
    };
    for (const Row& each :
         {Row{"200ms", 200ms, "200ms"}, Row{"5", 5s, "5s"}, Row{"90s", 90s, "90s"},
          Row{"5m", 5min, "5m"}, Row{"5min", 5min, "5m"}, Row{"1.5h", 90min, "90m"},
          Row{"2d", 48h, "2d"}, Row{"0", 0s, "0s"}, Row{"1.5ms", 1'500us, "1500us"}}) {
        CAPTURE(each.text);
        Duration span{1};
        CHECK(parse_span(each.text, span));
        CHECK(span == each.span);
        CHECK(span_text(span) == each.written);
    }
    for (const char* text : {"", "s", "-1s", "5 s", "1y", "5ss", "nan", "inf", "1e9d"}) {
        CAPTURE(text);
        Duration span{1};
        CHECK_FALSE(parse_span(text, span));
        CHECK(span == Duration{1});
    }
}

TEST_CASE("every field has a key, a flag and text that it accepts itself") {
    const Workload workload;
    for (const WorkloadField& field : workload_fields()) {
        CAPTURE(field.key);
        CHECK_FALSE(field.flag.empty());
        CHECK_FALSE(field.says.empty());
        Workload again;
        CHECK(set_field(again, field.key, field.get(workload)).has_value());
        CHECK(again == workload);
        CHECK_FALSE(set_field(again, field.key, "").has_value());
    }
}

}  // namespace
}  // namespace tandem::advise
