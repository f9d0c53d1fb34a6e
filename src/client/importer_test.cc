#include "client/importer.h"

#include "client/test_answers.h"
#include "codec/json.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

namespace tandem::client {
namespace {

const std::string kHeader = "{\"kind\":\"export\",\"version\":1}\n";
const std::string kNotFound =
    R"({"type":"/problems/not-found","status":404,"detail":"there is no such device"})";

const std::string kChanged =
    R"({"type":"/problems/precondition-failed","status":412,"detail":"somebody was faster"})";

std::string end_of(int devices, int readings) {
    return end_line({.devices = devices, .twins = 0, .series = 0, .readings = readings});
}

std::string readings(int count) {
    std::string out;
    for (int at = 0; at < count; ++at)
        out += "{\"a\":{\"t\":" + std::to_string(at) + ",\"v\":{\"n\":1}}}\n";
    return out;
}

std::string accepted(std::int64_t count) {
    return test_answer(200, R"({"accepted":)" + std::to_string(count) +
                                R"(,"durability":"durable","refused":[]})");
}

const std::string kExists =
    R"({"type":"/problems/already-exists","status":409,"detail":"it exists already"})";

// Nothing of a body was taken: the device of the line at `pointer` is missing.
std::string none_there(const std::string& pointer) {
    return test_answer(404, R"({"type":"/problems/not-found","detail":"none","errors":[)"
                            R"({"pointer":")" +
                                pointer + R"(","detail":"there is no such device"}]})");
}

struct Trial {
    using Answer = std::function<std::string(const TestRequest& request)>;

    Result<void> run(const std::string& text, const Answer& answer, std::size_t piece = 7) {
        RestClient client{
            loop, {.url = {.tls = false, .host = "hub"}, .key = {}, .tls = {}}, hub.connect()};
        PatientClient patient{loop, random, client};
        std::string_view rest = text;
        Importer importer{patient, plan,
                          [&]() -> Result<std::string> {
                              std::string next{rest.substr(0, piece)};
                              rest.remove_prefix(next.size());
                              return next;
                          },
                          [&](const Refusal& refusal) { refused.push_back(refusal); }};
        auto done = run_with<Result<void>>(loop, hub, importer.run(), [&](const auto& request) {
            asked.push_back(request.method + " " + request.target);
            if (request.method == "POST") posted += request.body;
            return answer(request);
        });
        report = importer.report();
        return done;
    }
    [[nodiscard]] std::string told() const {
        std::string out;
        for (const Refusal& each : refused) {
            out += std::to_string(each.line) + " " + each.field + ": " + each.detail + "\n";
        }
        return out;
    }

    net::ManualLoop loop;
    TestHub hub{loop};
    SeededRandom random{5};
    ImportPlan plan;
    std::vector<Refusal> refused;
    std::vector<std::string> asked;
    std::string posted;
    ImportReport report;
};

std::size_t lines_in(const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

}  // namespace

TEST_CASE("readings go to the hub as the lines that they are, in bodies of a bounded size") {
    Trial trial;
    std::size_t most = 0;
    REQUIRE(trial.run(
        kHeader + readings(25'000) + end_of(0, 25'000),
        [&](const TestRequest& request) {
            most = std::max(most, lines_in(request.body));
            return accepted(static_cast<std::int64_t>(lines_in(request.body)));
        },
        4'096));
    CHECK(most == 10'000);
    CHECK(trial.posted == readings(25'000));
    CHECK(trial.report.taken.readings == 25'000);
    CHECK(trial.report.whole);
    CHECK(trial.report.refused == 0);
}

TEST_CASE("a body with more readings than the hub takes is cut, and later ones are smaller") {
    Trial trial;
    std::vector<std::size_t> bodies;
    REQUIRE(trial.run(
        kHeader + readings(12'000) + end_of(0, 12'000),
        [&](const TestRequest& request) {
            bodies.push_back(lines_in(request.body));
            if (bodies.back() > 3'000) {
                return test_answer(413, R"({"type":"/problems/body-too-large","status":413})");
            }
            return accepted(static_cast<std::int64_t>(bodies.back()));
        },
        4'096));
    CHECK(bodies ==
          std::vector<std::size_t>{10'000, 5'000, 2'500, 2'500, 5'000, 2'500, 2'500, 2'000});
    CHECK(trial.report.taken.readings == 12'000);
}

TEST_CASE("a line that the hub never takes is told, and the rest goes on") {
    Trial trial;
    REQUIRE(trial.run(kHeader + readings(2) + end_of(0, 2), [](const TestRequest& request) {
        if (!request.body.contains("\"t\":1,")) return accepted(1);
        return test_answer(413, R"({"type":"/problems/body-too-large","detail":"too many"})");
    }));
    CHECK(trial.told() == "3 : too many\n");
    CHECK(trial.report.taken.readings == 1);
    CHECK(trial.report.refused == 1);
    CHECK(trial.report.whole);
}

TEST_CASE("an import waits as long as the hub says, and comes back when a connection is lost") {
    Trial trial;
    int asked = 0;
    const Instant before = trial.loop.now();
    REQUIRE(trial.run(kHeader + readings(3) + end_of(0, 3), [&](const TestRequest&) -> std::string {
        switch (++asked) {
            case 1:
                return test_answer(429, R"({"type":"/problems/rate-limited","status":429})",
                                   "Retry-After: 7\r\n");
            case 2:
                return test_answer(503, R"({"type":"/problems/unavailable","status":503})",
                                   "Retry-After: 5\r\n");
            case 3:
                return std::string{kThenGone};
            default:
                return accepted(3);
        }
    }));
    CHECK(asked == 4);
    CHECK(trial.loop.now() - before >= 12s);
    CHECK(trial.report.taken.readings == 3);
}

TEST_CASE("a hub that stays away ends the import, which says what it has done") {
    Trial trial;
    bool first = true;
    const auto done = trial.run(
        kHeader + readings(10'001),
        [&](const TestRequest&) -> std::string {
            return std::exchange(first, false) ? accepted(10'000) : std::string{kThenGone};
        },
        4'096);
    REQUIRE_FALSE(done);
    CHECK(done.error().code == ErrorCode::kUnavailable);
    CHECK(trial.report.taken.readings == 10'000);
}

TEST_CASE("refused readings are told with their line of the file") {
    Trial trial;
    const std::string text =
        kHeader + "\n" + readings(1) + "{\"a\":1}\n" + readings(1) + end_of(0, 2);
    SUBCASE("when others were taken") {
        REQUIRE(trial.run(text, [](const TestRequest&) {
            return test_answer(207, R"({"accepted":1,"refused":[{"index":1,"line":3,"device":"a",)"
                                    R"("problem":{"type":"/problems/invalid-field","detail":"no",)"
                                    R"("errors":[{"pointer":"#line/3/n","detail":"no"}]}}]})");
        }));
        CHECK(trial.told() ==
              "4 /a: an object of readings is expected, or a list of such\n"
              "5 /n: no\n");
        CHECK(trial.report.taken.readings == 1);
    }
    SUBCASE("when none was") {
        REQUIRE(trial.run(text, [](const TestRequest&) {
            return test_answer(400, R"({"type":"/problems/invalid-field","detail":"no","errors":[)"
                                    R"({"pointer":"#line/1/n","detail":"no"},)"
                                    R"({"pointer":"#line/3/n","detail":"nor this"}]})");
        }));
        CHECK(trial.told().ends_with("3 /n: no\n5 /n: nor this\n"));
        CHECK(trial.report.taken.readings == 0);
        CHECK(trial.report.refused == 3);
    }
}

TEST_CASE("more refusals than the hub names are counted") {
    Trial trial;
    std::string named;
    for (int at = 0; at < 100; ++at)
        named += (at == 0 ? "" : ",") + std::string{R"({"index":0,"line":1,"problem":{}})"};
    REQUIRE(trial.run(kHeader + readings(150) + end_of(0, 150), [&](const TestRequest&) {
        return test_answer(207, R"({"accepted":10,"refused":[)" + named + "]}");
    }));
    CHECK(trial.refused.size() == 100);
    CHECK(trial.report.refused == 140);
}

TEST_CASE("what is no export is refused before the hub is asked") {
    for (const std::string text : {"", "\n\n", "{\"a\":{\"t\":1,\"v\":{\"n\":1}}}\n",
                                   "{\"kind\":\n", "{\"kind\":\"export\",\"version\":9}\n"}) {
        CAPTURE(text);
        Trial trial;
        const auto done =
            trial.run(text, [](const TestRequest&) { return test_answer(500, "{}"); });
        REQUIRE_FALSE(done);
        CHECK(done.error().code == ErrorCode::kUnprocessable);
        CHECK(trial.asked.empty());
    }
}

TEST_CASE("a file without its end, or with another count, is not whole") {
    for (const std::string& end : {std::string{}, end_of(0, 4), end_of(1, 3)}) {
        CAPTURE(end);
        Trial trial;
        REQUIRE(
            trial.run(kHeader + readings(3) + end, [](const TestRequest&) { return accepted(3); }));
        CHECK(trial.report.taken.readings == 3);
        CHECK_FALSE(trial.report.whole);
    }
}

TEST_CASE("what the hub has otherwise stays, is replaced, or ends the import") {
    const std::string text = kHeader +
                             device_line(*codec::parse_json(R"({"id":"a","name":"new"})")) +
                             readings(1) + end_of(1, 1);
    Trial trial;
    const auto answer = [](const TestRequest& request) {
        if (request.method == "POST") return accepted(1);
        return test_answer(200, R"({"id":"a","name":"old","type":"","labels":{},"version":4})");
    };
    SUBCASE("skip") {
        REQUIRE(trial.run(text, answer));
        CHECK(trial.asked == std::vector<std::string>{"GET /v1/devices/a", "POST /v1/telemetry"});
        CHECK(trial.report.skipped == 1);
        CHECK(trial.report.taken.devices == 0);
    }
    SUBCASE("replace") {
        trial.plan.on_conflict = OnConflict::kReplace;
        REQUIRE(trial.run(text, answer));
        CHECK(trial.asked == std::vector<std::string>{"GET /v1/devices/a", "PUT /v1/devices/a",
                                                      "POST /v1/telemetry"});
        CHECK(trial.report.taken.devices == 1);
    }
    SUBCASE("fail") {
        trial.plan.on_conflict = OnConflict::kFail;
        REQUIRE(trial.run(text, answer));
        CHECK(trial.asked == std::vector<std::string>{"GET /v1/devices/a"});
        CHECK(trial.report.refused == 1);
    }
    SUBCASE("a dry run says the same, and writes nothing") {
        trial.plan.on_conflict = OnConflict::kReplace;
        trial.plan.dry_run = true;
        REQUIRE(trial.run(text, answer));
        CHECK(trial.asked == std::vector<std::string>{"GET /v1/devices/a"});
        CHECK(trial.report.taken == ExportCounts{.devices = 1, .readings = 1});
    }
}

TEST_CASE("what somebody writes at the same time is looked at once more") {
    const std::string device = device_line(*codec::parse_json(R"({"id":"a","name":"new"})"));
    const std::string twin = R"({"kind":"twin","device":"a","config":{"n":1}})"
                             "\n";
    Trial trial;
    trial.plan.on_conflict = OnConflict::kReplace;
    int writes = 0;
    const auto run = [&](const std::string& text, const std::string& before,
                         const std::string& after, int refusals) {
        return trial.run(kHeader + text, [&, before, after, refusals](const TestRequest& request) {
            if (request.method == "PUT")
                return test_answer(++writes > refusals ? 200 : 412, kChanged);
            return test_answer(200, writes == 0 ? before : after);
        });
    };
    const std::string old_device = R"({"id":"a","name":"old","type":"","labels":{},"version":4})";
    const auto twin_with = [](int version, int value) {
        return R"({"config":{"version":)" + std::to_string(version) + R"(,"value":{"n":)" +
               std::to_string(value) + R"(}},"state":{"version":0,"value":{}}})";
    };
    SUBCASE("a device that is now as the file has it") {
        REQUIRE(run(device, old_device,
                    R"({"id":"a","name":"new","type":"","labels":{},"version":5})", 1));
        CHECK(writes == 1);
        CHECK(trial.report.taken.devices == 1);
        CHECK(trial.report.refused == 0);
    }
    SUBCASE("a device that is now otherwise again is replaced") {
        REQUIRE(run(device, old_device,
                    R"({"id":"a","name":"else","type":"","labels":{},"version":5})", 1));
        CHECK(writes == 2);
        CHECK(trial.report.taken.devices == 1);
    }
    SUBCASE("a device that somebody keeps changing is refused") {
        REQUIRE(run(device, old_device, old_device, 9));
        CHECK(writes == 2);
        CHECK(trial.report.taken.devices == 0);
        CHECK(trial.told() == "2 : somebody was faster\n");
    }
    SUBCASE("a device that somebody makes in the same moment") {
        bool made = false;
        REQUIRE(trial.run(kHeader + device, [&](const TestRequest& request) {
            if (request.method == "PUT") {
                made = true;
                return test_answer(409, kExists);
            }
            return made ? test_answer(200, R"({"id":"a","name":"new","version":1})")
                        : test_answer(404, kNotFound);
        }));
        CHECK(trial.report.taken.devices == 1);
        CHECK(trial.report.refused == 0);
    }
    SUBCASE("a document that is now as the file has it") {
        REQUIRE(run(twin, twin_with(1, 7), twin_with(2, 1), 1));
        CHECK(writes == 1);
        CHECK(trial.report.taken.twins == 1);
        CHECK(trial.report.refused == 0);
    }
    SUBCASE("a document that somebody keeps changing is refused") {
        REQUIRE(run(twin, twin_with(1, 7), twin_with(2, 8), 9));
        CHECK(writes == 2);
        CHECK(trial.told() == "2 : somebody was faster\n");
    }
}

TEST_CASE("CSV is cut between records, however its quotes stand, and missing devices are made") {
    const std::string header = "time,device,series,value\r\n";
    const std::string rows = "1,a,s,\"x\n\"\"y\"\"\"\r\n\r\n2,b,s,3\r\n3,a,s,pl\"ain\n4,b,s,5";
    for (std::size_t piece = 1; piece < 40; ++piece) {
        CAPTURE(piece);
        Trial trial;
        std::vector<std::string> made;
        REQUIRE(trial.run(
            header + rows,
            [&](const TestRequest& request) {
                if (request.method == "GET") return test_answer(404, kNotFound);
                if (request.method == "PUT") {
                    made.push_back(request.target);
                    return test_answer(201, "{}");
                }
                if (!made.empty()) return accepted(3);
                return none_there("#line/2");
            },
            piece));
        CHECK(made == std::vector<std::string>{"/v1/devices/a", "/v1/devices/b"});
        // Twice the same: before the devices were there, and after.
        const std::string sent = header + "1,a,s,\"x\n\"\"y\"\"\"\r\n\n2,b,s,3\r\n\n4,b,s,5\n";
        CHECK(trial.posted == sent + sent);
        CHECK(trial.told() == "6 : a quote in a cell that does not begin with one\n");
        CHECK(trial.report.taken == ExportCounts{.devices = 2, .readings = 3});
    }
}

TEST_CASE("devices that somebody makes at the same time are as good as made") {
    std::string late;
    SUBCASE("before the hub looks") {
        late = test_answer(412, kChanged);
    }
    SUBCASE("while the hub writes") {
        late = test_answer(409, kExists);
    }
    Trial trial;
    bool made = false;
    REQUIRE(trial.run("time,device,series,value\n1,a,s,1\n", [&](const TestRequest& request) {
        if (request.method == "GET") return test_answer(404, kNotFound);
        if (request.method == "PUT") {
            made = true;
            return late;
        }
        return made ? accepted(1) : none_there("#line/2");
    }));
    CHECK(trial.asked == std::vector<std::string>{"POST /v1/telemetry", "GET /v1/devices/a",
                                                  "PUT /v1/devices/a", "POST /v1/telemetry"});
    CHECK(trial.report.taken == ExportCounts{.devices = 0, .readings = 1});
    CHECK(trial.report.refused == 0);
}

TEST_CASE("a row of a wide CSV counts as many refusals as it has readings that were not taken") {
    const std::string text = "time,device,p,q,r\n1,a,1,2,3\n2,b,1,NaN,3\nx,a,1,2,3\n3,a,,,4\n";
    SUBCASE("where some were taken: two of b, the cell, the row without a time") {
        Trial trial;
        REQUIRE(trial.run(text, [](const TestRequest&) {
            return test_answer(
                207, R"({"accepted":4,"refused":[)"
                     R"({"line":3,"problem":{"type":"/problems/invalid-field","detail":"no"}},)"
                     R"({"line":3,"problem":{"type":"/problems/forbidden","detail":"not b"}},)"
                     R"({"line":4,"problem":{"type":"/problems/invalid-field","detail":"no"}}]})");
        }));
        CHECK(trial.asked.size() == 1);
        CHECK(trial.told() == "3 : no\n3 : not b\n4 : no\n");
        CHECK(trial.report.taken.readings == 4);
        CHECK(trial.report.refused == 4);
    }
    SUBCASE("where none was") {
        Trial trial;
        REQUIRE(trial.run("time,device,p,q\n1,a,1,2\n2,a,1,2\n", [](const TestRequest& request) {
            if (request.method != "POST") {
                return test_answer(request.method == "GET" ? 404 : 400, kNotFound);
            }
            return none_there("#line/2");
        }));
        CHECK(trial.report.taken.readings == 0);
        CHECK(trial.report.refused == 4);
    }
    SUBCASE("in a dry run, as far as it can be seen") {
        Trial trial;
        trial.plan.dry_run = true;
        REQUIRE(trial.run(text, [](const TestRequest&) { return test_answer(500, "{}"); }));
        CHECK(trial.asked.empty());
        CHECK(trial.report.taken.readings == 6);
        CHECK(trial.report.refused == 2);
    }
}

TEST_CASE("readings that are refused for what they are make no device") {
    Trial trial;
    REQUIRE(trial.run("time,device,s\n1,a,1\n2,a,x\n", [](const TestRequest&) {
        return test_answer(207, R"({"accepted":1,"refused":[{"line":3,"problem":{)"
                                R"("type":"/problems/invalid-field","detail":"no"}}]})");
    }));
    CHECK(trial.asked == std::vector<std::string>{"POST /v1/telemetry"});
    CHECK(trial.report.refused == 1);
}

TEST_CASE("a quote that is never closed ends the reading of CSV, not the memory") {
    Trial trial;
    const std::string text =
        "time,device,series,value\n1,a,s,1\n2,a,s,\"" + std::string(3'000'000, 'x');
    REQUIRE(trial.run(text, [](const TestRequest&) { return accepted(1); }, 65'536));
    CHECK(trial.report.taken.readings == 1);
    CHECK(trial.report.refused == 1);
    CHECK(trial.refused.front().line == 3);
}

}  // namespace tandem::client
