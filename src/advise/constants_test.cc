#include "advise/constants.h"

#include <doctest/doctest.h>

#include <set>

namespace tandem::advise {
namespace {

TEST_CASE("every constant has a name of its own, a unit and a source") {
    std::set<std::string_view> names;
    for (const ConstantRow& each : constant_rows()) {
        CAPTURE(each.name);
        CHECK(names.insert(each.name).second);
        CHECK_FALSE(each.unit.empty());
        CHECK(each.source.size() > 5);
        CHECK(each.value > 0);
        CHECK(each.spread < 1);
    }
    CHECK(names.size() == kConstants);
}

TEST_CASE("what a standard says or a test counts is exact, everything else may be off") {
    for (const ConstantRow& each : constant_rows()) {
        CAPTURE(each.name);
        const bool guessed = each.origin == Origin::kPublished || each.origin == Origin::kAssumed ||
                             each.origin == Origin::kMeasured;
        if (guessed) CHECK(each.spread > 0);
        if (each.origin == Origin::kSetting) CHECK(each.spread == 0);
    }
}

TEST_CASE("a reading in a batch has its time and its place in the list around it") {
    CHECK(row(Constant::kTimedItem).value ==
          std::string_view{R"({"t":1732387200000,"v":},)"}.size());
}

TEST_CASE("a calibration replaces what it names and nothing else") {
    const auto read = read_calibration(
        R"({"machine":"x","constants":{"cpu.rest":81.5,"cpu.ws":{"value":50,"low":45}}})");
    REQUIRE(read.has_value());
    CHECK((*read)[Constant::kCpuRest] == 81.5);
    CHECK((*read)[Constant::kCpuSocket] == 50);
    CHECK(read->replaced(Constant::kCpuRest));
    CHECK_FALSE(read->replaced(Constant::kCpuConnect));
    CHECK((*read)[Constant::kCpuConnect] == row(Constant::kCpuConnect).value);
}

TEST_CASE("a calibration that is none is refused, naming the constant") {
    struct Row {
        const char* json;
        const char* field;
    };
    for (const Row& each :
         {Row{R"({})", "/constants"}, Row{R"({"constants":3})", "/constants"},
          Row{R"({"constants":{"cpu.rest":-1}})", "/constants/cpu.rest"},
          Row{R"({"constants":{"cpu.rest":"fast"}})", "/constants/cpu.rest"},
          Row{R"({"constants":{"cpu.resty":1}})", "/constants/cpu.resty"},
          Row{R"({"constants":{"tcp.segment":0}})", "/constants/tcp.segment"},
          Row{R"({"constants":{"hub.poll_wait":0}})", "/constants/hub.poll_wait"},
          Row{R"({"constants":{"hub.ping_least":0,"hub.ping_most":0}})",
              "/constants/hub.ping_least"},
          Row{R"({"constants":{"hub.ping_least":300}})", "/constants/hub.ping_least"}}) {
        CAPTURE(each.json);
        const auto read = read_calibration(each.json);
        REQUIRE_FALSE(read.has_value());
        REQUIRE(read.error().fields.size() == 1);
        CHECK(read.error().fields[0].pointer == each.field);
    }
    CHECK_FALSE(read_calibration("nothing").has_value());
}

}  // namespace
}  // namespace tandem::advise
