// How long readings are kept, as those see it who write and read.
#include "api/retention.h"

#include "simulation/served_hub.h"

#include <doctest/doctest.h>

#include <string>

namespace tandem::simulation {
namespace {

/// A hub that keeps two days, of the laboratory one, and what asks it.
struct House {
    ServedHub hub{{.rules = {.retention = {.all = 48h, .labels = {{"room", "lab", 24h}}}}}};
    std::string scale = hub.make_device("scale", {{"room", "lab"}});
    std::string lamp = hub.make_device("lamp", {{"room", "hall"}});

    Answer send(const std::string& method, const std::string& target, const std::string& body) {
        return ask(hub, {.method = method,
                         .target = target,
                         .headers = bearer(hub.admin.admin_key),
                         .body = body});
    }
    Answer get(const std::string& target) { return send("GET", target, ""); }
    /// A reading of so long ago.
    [[nodiscard]] std::string item(Duration ago, int value) {
        const auto time = (hub.world().now() - ago).time_since_epoch() / 1ms;
        return R"({"t":)" + std::to_string(time) + R"(,"v":{"power":)" + std::to_string(value) +
               "}}";
    }
    Answer write(const std::string& device, const std::string& body) {
        return send("POST", "/v1/devices/" + device + "/telemetry", body);
    }
    std::size_t stored(const char* device) {
        std::size_t count = 0;
        const auto look = [](House* at, const char* id, std::size_t* into) -> Task<void> {
            auto found = co_await at->hub.world().telemetry().read(
                {.device = {.tenant = TenantId{"main"}, .id = DeviceId{id}},
                 .series = "power",
                 .range = {}});
            REQUIRE(found);
            *into = found->size();
        };
        spawn(look(this, device, &count));
        hub.settle();
        return count;
    }
};

bool has(const Answer& answer, std::string_view text) {
    return answer.body.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE(
    "a reading that is older than it would be kept is refused by name, the others are taken") {
    House house;
    const Answer refused = house.write("scale", house.item(25h, 1));
    CHECK(refused.status == 400);
    CHECK_MESSAGE(has(refused, "the time is older than readings of this series are kept: 24 h"),
                  refused.body);
    CHECK(has(refused, "power"));
    CHECK(house.write("lamp", house.item(25h, 1)).status == 200);
    const Answer both =
        house.write("scale", "[" + house.item(25h, 1) + "," + house.item(23h, 2) + "]");
    CHECK(both.status == 207);
    CHECK(house.stored("scale") == 1);
}

TEST_CASE("what has grown too old is not shown any more, erased or not") {
    House house;
    REQUIRE(house.write("scale", house.item(20h, 711)).status == 200);
    REQUIRE(house.write("lamp", house.item(20h, 722)).status == 200);
    CHECK(has(house.get("/v1/devices/scale/telemetry?series=power"), "711"));
    house.hub.pass(10h);
    for (const char* target :
         {"/v1/devices/scale/telemetry?series=power", "/v1/devices/scale/telemetry",
          "/v1/devices/scale/telemetry?series=power&step=3600000&aggregate=sum",
          "/v1/devices/scale/telemetry?series=power&points=100", "/v1/devices/scale/latest",
          "/v1/telemetry?series=power"}) {
        CAPTURE(target);
        const Answer answer = house.get(target);
        REQUIRE(answer.status == 200);
        CHECK_MESSAGE(!has(answer, "711"), answer.body);
    }
    CHECK(has(house.get("/v1/devices/lamp/telemetry?series=power"), "722"));
    CHECK(has(house.get("/v1/devices/lamp/latest"), "722"));
    CHECK(has(house.get("/v1/telemetry?series=power"), "722"));
    CHECK(house.stored("scale") == 1);
}

TEST_CASE("a newest reading that has grown too old does not begin a stream") {
    House house;
    REQUIRE(house.write("scale", house.item(20h, 711)).status == 200);
    REQUIRE(house.write("lamp", house.item(20h, 722)).status == 200);
    house.hub.pass(10h);
    Socket socket{house.hub, bearer(house.hub.admin.admin_key)};
    static_cast<void>(socket.messages());
    socket.send(R"({"id":1,"op":"stream.subscribe","body":{"start":"latest"}})");
    std::vector<std::string> devices;
    for (const Value& message : socket.messages()) {
        if (const Value* events = message.find("ev")) {
            for (const Value& event : *events->get<Value::Array>())
                devices.push_back(*event.find("d")->get<std::string>());
        }
    }
    CHECK(devices == std::vector<std::string>{"lamp"});
}

TEST_CASE("what a series says of itself counts at once, longer or shorter") {
    House house;
    REQUIRE(house.write("scale", house.item(20h, 711)).status == 200);
    house.hub.pass(10h);
    const std::string series = "/v1/devices/scale/series/power";
    REQUIRE(house.send("PUT", series, R"({"retention":180000000})").status == 200);  // 50 h
    CHECK(has(house.get("/v1/devices/scale/telemetry?series=power"), "711"));
    CHECK(house.write("scale", house.item(49h, 5)).status == 200);
    REQUIRE(house.send("PUT", series, R"({"retention":3600000})").status == 200);
    CHECK_FALSE(has(house.get("/v1/devices/scale/telemetry?series=power"), "711"));
    CHECK(house.write("scale", house.item(2h, 5)).status == 400);
}

TEST_CASE("what has grown too old is erased, device by device and series by series") {
    House house;
    REQUIRE(house.write("scale", house.item(20h, 1)).status == 200);
    REQUIRE(house.write("lamp", house.item(20h, 2)).status == 200);
    const auto erase = [&house] {
        spawn(api::erase_old(house.hub.world()));
        house.hub.settle();
    };
    erase();
    CHECK(house.stored("scale") == 1);
    SUBCASE("by the label of the device") {
        house.hub.pass(10h);
        erase();
        CHECK(house.stored("scale") == 0);
        CHECK(house.stored("lamp") == 1);
        house.hub.pass(30h);
        erase();
        CHECK(house.stored("lamp") == 0);
    }
    SUBCASE("but not what its series keeps longer") {
        REQUIRE(house.send("PUT", "/v1/devices/scale/series/power", R"({"retention":180000000})")
                    .status == 200);
        REQUIRE(house.write("scale", R"({"noise":3})").status == 200);
        house.hub.pass(28h);
        erase();
        CHECK(house.stored("scale") == 1);
        CHECK_FALSE(has(house.get("/v1/devices/scale/latest"), "noise"));
        house.hub.pass(10h);
        erase();
        CHECK(house.stored("scale") == 0);
    }
}

}  // namespace tandem::simulation
