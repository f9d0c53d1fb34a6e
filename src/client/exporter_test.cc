#include "client/exporter.h"

#include "client/test_answers.h"

#include <doctest/doctest.h>

#include <vector>

namespace tandem::client {
namespace {

constexpr Instant kMade{Duration{1'790'000'000'000'000}};
const std::string kUntouched =
    R"({"config":{"version":0,"value":{}},"state":{"version":0,"value":{}},"sync":{}})";
const std::string kHistory = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

std::string chunk(const std::string& text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string size;
    for (std::size_t left = text.size(); left > 0; left /= 16)
        size.insert(size.begin(), digits[left % 16]);
    return size + "\r\n" + text + "\r\n";
}
const std::string kLast = "0\r\n\r\n";

struct Trial {
    using Answer = std::function<std::string(const TestRequest& request)>;

    Result<ExportCounts> run(const Answer& answer) {
        RestClient client{
            loop, {.url = {.tls = false, .host = "hub"}, .key = {}, .tls = {}}, hub.connect()};
        PatientClient patient{loop, random, client};
        Exporter exporter{loop, patient, client, plan, [&](std::string_view text) {
                              if (out.size() > room) return full();
                              out += text;
                              return Result<void>{};
                          }};
        auto done = run_with<Result<ExportCounts>>(loop, hub, exporter.run(kMade),
                                                   [&](const TestRequest& request) {
                                                       asked.push_back(request.target);
                                                       if (request.target.ends_with("/twin"))
                                                           return test_answer(200, kUntouched);
                                                       if (request.target.ends_with("/series"))
                                                           return test_answer(200, series);
                                                       return answer(request);
                                                   });
        loop.run_posted();
        return done;
    }
    static Result<void> full() { return fail(ErrorCode::kStorageFull, "no room"); }

    net::ManualLoop loop;
    TestHub hub{loop};
    SeededRandom random{5};
    ExportPlan plan;
    std::string series = R"({"items":[]})";
    std::size_t room = 1'000'000;
    std::string out;
    std::vector<std::string> asked;
};

bool is_history(const TestRequest& request) {
    return request.target.contains("/telemetry");
}
std::string devices(const std::string& items, const std::string& next = "") {
    return test_answer(200, R"({"items":[)" + items + "]" +
                                (next.empty() ? "" : R"(,"next":")" + next + "\"") + "}");
}

}  // namespace

TEST_CASE("an export goes from page to page of devices, one device after the other") {
    Trial trial;
    trial.plan.labels.set("room", "study");
    trial.plan.to = Instant{5s};
    const auto counts = trial.run([](const TestRequest& request) {
        if (is_history(request)) return kHistory + kLast;
        return request.target.contains("cursor=more") ? devices(R"({"id":"b"})")
                                                      : devices(R"({"id":"a"})", "more");
    });
    REQUIRE(counts);
    CHECK(counts->devices == 2);
    CHECK(trial.asked == std::vector<std::string>{
                             "/v1/devices?limit=100&labels=room%3Dstudy",
                             "/v1/devices/a/twin",
                             "/v1/devices/a/series",
                             "/v1/devices/a/telemetry?to=1970-01-01T00%3A00%3A05Z",
                             "/v1/devices?limit=100&labels=room%3Dstudy&cursor=more",
                             "/v1/devices/b/twin",
                             "/v1/devices/b/series",
                             "/v1/devices/b/telemetry?to=1970-01-01T00%3A00%3A05Z",
                         });
    CHECK(trial.out.ends_with(
        "{\"kind\":\"device\",\"id\":\"b\",\"name\":\"\",\"type\":\"\",\"labels\":{}}\n"
        "{\"kind\":\"end\",\"devices\":2,\"twins\":0,\"series\":0,\"readings\":0}\n"));
}

TEST_CASE("a history that breaks off goes on behind its last line, and no reading comes twice") {
    Trial trial;
    trial.plan.devices = {"a"};
    int histories = 0;
    const auto counts = trial.run([&](const TestRequest& request) -> std::string {
        if (!is_history(request)) return test_answer(200, R"({"id":"a"})");
        switch (++histories) {
            case 1:
                return kHistory +
                       chunk("{\"t\":1000,\"v\":{\"n\":1}}\n{\"t\":2000.5,\"v\":{\"n\"") +
                       std::string{kThenGone};
            case 2:
                return kHistory + chunk(":") + std::string{kThenGone};
            case 3:
                return kHistory + chunk("{\"t\":2000.5,\"v\":{\"n\":2,\"m\":[]}}\n") + kLast;
            default:
                return std::string{kThenGone};
        }
    });
    REQUIRE(counts);
    CHECK(histories == 3);
    CHECK(trial.asked.at(4) == "/v1/devices/a/telemetry?from=1970-01-01T00%3A00%3A01.000001Z");
    CHECK(
        trial.out.contains("{\"a\":{\"t\":1000,\"v\":{\"n\":1}}}\n"
                           "{\"a\":{\"t\":2000.5,\"v\":{\"n\":2,\"m\":[]}}}\n"
                           "{\"kind\":\"end\","));
    CHECK(counts->readings == 3);
}

TEST_CASE("CSV has the readings alone") {
    Trial trial;
    trial.plan.devices = {"a"};
    trial.plan.csv = true;
    REQUIRE(trial.run([&](const TestRequest& request) {
        if (!is_history(request)) return test_answer(200, R"({"id":"a"})");
        return kHistory + chunk("{\"t\":0.001,\"v\":{\"n\":-0.0,\"s\":\"21.5\"}}\n") + kLast;
    }));
    CHECK(trial.out ==
          "time,device,series,value\r\n"
          "1970-01-01T00:00:00.000001Z,a,n,-0.0\r\n"
          "1970-01-01T00:00:00.000001Z,a,s,\"\"\"21.5\"\"\"\r\n");
}

TEST_CASE("series that say how long they keep stand before the readings, others behind") {
    Trial trial;
    trial.plan.devices = {"a"};
    trial.series = R"({"items":[{"name":"m","type":"number"},{"name":"n","retention":1000},)"
                   R"({"name":"o","retention":null}]})";
    const auto counts = trial.run([](const TestRequest& request) {
        if (!is_history(request)) return test_answer(200, R"({"id":"a"})");
        return kHistory + chunk("{\"t\":1,\"v\":{\"n\":1}}\n") + kLast;
    });
    REQUIRE(counts);
    CHECK(counts->series == 3);
    CHECK(trial.out.contains(
        R"({"kind":"series","device":"a","name":"n","type":"any","unit":"","retention":1000})"
        "\n"
        R"({"a":{"t":1,"v":{"n":1}}})"
        "\n"
        R"({"kind":"series","device":"a","name":"m","type":"number","unit":""})"
        "\n"
        R"({"kind":"series","device":"a","name":"o","type":"any","unit":""})"
        "\n"));
}

TEST_CASE("a device that is deleted meanwhile ends where it was") {
    Trial trial;
    const auto counts = trial.run([](const TestRequest& request) {
        if (is_history(request)) return test_answer(404, R"({"type":"/problems/not-found"})");
        return devices(R"({"id":"a"})");
    });
    REQUIRE(counts);
    CHECK(counts->devices == 1);
    CHECK(counts->readings == 0);
    CHECK(trial.out.contains("{\"kind\":\"device\",\"id\":\"a\","));
    CHECK(trial.out.ends_with(end_line(*counts)));
}

TEST_CASE("when there is no room for what is exported, the hub is not asked for the rest") {
    Trial trial;
    trial.plan.devices = {"a"};
    trial.room = 200;
    const auto counts = trial.run([&](const TestRequest& request) {
        if (!is_history(request)) return test_answer(200, R"({"id":"a"})");
        std::string lines;
        for (int at = 0; at < 100; ++at)
            lines += "{\"t\":" + std::to_string(at) + ",\"v\":{\"n\":1}}\n";
        return kHistory + chunk(lines);
    });
    REQUIRE_FALSE(counts);
    CHECK(counts.error().code == ErrorCode::kStorageFull);
    CHECK(trial.hub.line().gone);
}

TEST_CASE("nothing is written where no hub is, nor for a device that is not there") {
    Trial trial;
    trial.plan.devices = {"nobody"};
    CHECK_FALSE(trial.run(
        [](const TestRequest&) { return test_answer(404, R"({"type":"/problems/not-found"})"); }));
    CHECK(trial.out.empty());
    trial.hub.unreachable = true;
    CHECK_FALSE(trial.run([](const TestRequest&) { return std::string{kThenGone}; }));
    CHECK(trial.out.empty());
}

}  // namespace tandem::client
