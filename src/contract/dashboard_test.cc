#include "contract/dashboard.h"

#include "codec/json.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::contract;

namespace {

Result<DashboardCreate> read(const std::string& body) {
    DashboardCreate out;
    const Input input{.path = {}, .query = {}, .headers = {}, .body = {.bytes = body}};
    if (auto good = read_request(kDashboardsCreate, input, &out); !good) return pass(good);
    if (auto good = check_tiles(out.tiles); !good) return pass(good);
    return out;
}

Result<DashboardCreate> read_tile(const std::string& members) {
    return read(R"({"title":"Hall","tiles":[{"kind":"text","options":{"text":"first"},)"
                R"("x":0,"y":0,"w":12,"h":1},{"x":0,"y":1,"w":3,"h":2,)" +
                members + "}]}");
}

}  // namespace

TEST_CASE("a tile of each kind has what its kind needs") {
    for (const char* members :
         {R"("kind":"value","device":"lamp-1","series":"power")",
          R"("kind":"value","device":"lamp-1","key":"on","options":{"unit":"%","decimals":1})",
          R"("kind":"chart","device":"lamp-1","series":"power","options":{"span":3600000})",
          R"("kind":"switch","device":"lamp-1","key":"on","title":"Lamp")",
          R"("kind":"switch","device":"lamp-1","command":"set","param":"on")",
          R"("kind":"slider","device":"lamp-1","key":"dim","options":{"min":0,"max":9,"step":1})",
          R"("kind":"setpoint","device":"lamp-1","command":"set","param":"target")",
          R"("kind":"colour","device":"lamp-1","key":"colour")",
          R"("kind":"command","device":"lamp-1","command":"on","options":{"params":{"times":3}})",
          R"("kind":"text","options":{"text":"read me"})"}) {
        CAPTURE(members);
        const auto good = read_tile(members);
        CHECK_MESSAGE(good.has_value(), (good ? "" : good.error().fields.front().pointer));
    }
}

TEST_CASE("what a tile lacks or has too much is named") {
    struct Row {
        const char* members;
        const char* pointer;
    };
    for (const Row& row : std::initializer_list<Row>{
             {R"("kind":"gauge","device":"lamp-1","series":"power")", "/tiles/1/kind"},
             {R"("device":"lamp-1","series":"power")", "/tiles/1/kind"},
             {R"("kind":"value","series":"power")", "/tiles/1/device"},
             {R"("kind":"value","device":"a b","series":"power")", "/tiles/1/device"},
             {R"("kind":"value","device":"lamp-1")", "/tiles/1/series"},
             {R"("kind":"value","device":"lamp-1","series":"power","key":"on")", "/tiles/1/series"},
             {R"("kind":"chart","device":"lamp-1","key":"on")", "/tiles/1/key"},
             {R"("kind":"chart","device":"lamp-1")", "/tiles/1/series"},
             {R"("kind":"switch","device":"lamp-1")", "/tiles/1/key"},
             {R"("kind":"switch","device":"lamp-1","key":"")", "/tiles/1/key"},
             {R"("kind":"switch","device":"lamp-1","series":"on")", "/tiles/1/series"},
             {R"("kind":"switch","device":"lamp-1","key":"on","command":"set","param":"on")",
              "/tiles/1/key"},
             {R"("kind":"switch","device":"lamp-1","command":"set")", "/tiles/1/param"},
             {R"("kind":"switch","device":"lamp-1","key":"on","param":"on")", "/tiles/1/param"},
             {R"("kind":"command","device":"lamp-1")", "/tiles/1/command"},
             {R"("kind":"command","device":"lamp-1","command":"set","param":"on")",
              "/tiles/1/param"},
             {R"("kind":"text")", "/tiles/1/options/text"},
             {R"("kind":"text","device":"lamp-1","options":{"text":"x"})", "/tiles/1/device"},
             {R"("kind":"text","options":{"text":"x","span":60000})", "/tiles/1/options/span"},
             {R"("kind":"colour","device":"lamp-1","key":"c","options":{"min":1})",
              "/tiles/1/options/min"},
             {R"("kind":"chart","device":"lamp-1","series":"p","options":{"span":1})",
              "/tiles/1/options/span"},
             {R"("kind":"value","device":"lamp-1","series":"p","options":{"decimals":10})",
              "/tiles/1/options/decimals"},
             {R"("kind":"slider","device":"lamp-1","key":"l","options":{"min":5,"max":5})",
              "/tiles/1/options/max"},
             {R"("kind":"slider","device":"lamp-1","key":"l","options":{"step":0})",
              "/tiles/1/options/step"},
             {R"("kind":"switch","device":"lamp-1","key":"on","options":{"params":1})",
              "/tiles/1/options/params"},
             {R"("kind":"switch","device":"lamp-1","key":"on","colour":"red")",
              "/tiles/1/colour"}}) {
        CAPTURE(row.members);
        const auto refused = read_tile(row.members);
        REQUIRE(!refused.has_value());
        CHECK(refused.error().code == ErrorCode::kInvalidField);
        REQUIRE(refused.error().fields.size() == 1);
        CHECK(refused.error().fields.front().pointer == row.pointer);
    }
}

TEST_CASE("a tile stands inside of the columns and the rows") {
    struct Row {
        const char* place;
        const char* pointer;
    };
    for (const Row& row :
         std::initializer_list<Row>{{R"("x":11,"y":1000,"w":1,"h":24)", nullptr},
                                    {R"("x":0,"y":0,"w":12,"h":1)", nullptr},
                                    {R"("x":12,"y":0,"w":1,"h":1)", "/tiles/0/x"},
                                    {R"("x":-1,"y":0,"w":1,"h":1)", "/tiles/0/x"},
                                    {R"("x":0,"y":1001,"w":1,"h":1)", "/tiles/0/y"},
                                    {R"("x":0,"y":0,"w":13,"h":1)", "/tiles/0/w"},
                                    {R"("x":1,"y":0,"w":12,"h":1)", "/tiles/0/w"},
                                    {R"("x":0,"y":0,"w":0,"h":1)", "/tiles/0/w"},
                                    {R"("x":0,"y":0,"w":1,"h":25)", "/tiles/0/h"},
                                    {R"("x":0,"y":0,"w":1)", "/tiles/0/h"}}) {
        CAPTURE(row.place);
        const auto read_place =
            read(R"({"title":"Hall","tiles":[{"kind":"text","options":{"text":""},)" +
                 std::string{row.place} + "}]}");
        CHECK(read_place.has_value() == (row.pointer == nullptr));
        if (!read_place) CHECK(read_place.error().fields.front().pointer == row.pointer);
    }
}

TEST_CASE("a dashboard has a title and at most 64 tiles, and is private unless it says otherwise") {
    const auto with_tiles = [](std::size_t count) {
        std::string tiles;
        for (std::size_t at = 0; at < count; ++at) {
            tiles += std::string{at == 0 ? "" : ","} +
                     R"({"kind":"text","options":{"text":""},"x":0,"y":0,"w":1,"h":1})";
        }
        return read(R"({"title":"Hall","tiles":[)" + tiles + "]}");
    };
    CHECK(with_tiles(64).has_value());
    const auto refused = with_tiles(65);
    REQUIRE(!refused.has_value());
    CHECK(refused.error().fields.front().pointer == "/tiles");
    CHECK(read(R"({"title":"Hall"})")->shared == "private");
    CHECK(!read(R"({"title":""})").has_value());
    CHECK(!read(R"({"tiles":[]})").has_value());
    CHECK(!read(R"({"title":"Hall","shared":"world"})").has_value());
}

TEST_CASE("tiles are told as they were sent, without what was not") {
    const auto good = read_tile(
        R"("kind":"slider","device":"lamp-1","key":"level","options":{"max":2.5,"step":1})");
    REQUIRE(good.has_value());
    CHECK(codec::to_json(document_of(good->tiles)) ==
          R"([{"kind":"text","x":0,"y":0,"w":12,"h":1,"options":{"text":"first"}},)"
          R"({"kind":"slider","device":"lamp-1","key":"level","x":0,"y":1,"w":3,"h":2,)"
          R"("options":{"max":2.5,"step":1.0}}])");
}
