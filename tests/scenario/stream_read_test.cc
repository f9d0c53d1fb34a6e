// The stream over HTTP: an answer, an answer that is waited for, and server-sent events.
#include "api/streams.h"
#include "scenario/prometheus.h"
#include "simulation/served_hub.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace tandem::simulation {
namespace {

void write(ServedHub& hub, const std::string& device, std::int64_t value) {
    const Answer stored = ask(hub, {.method = "POST",
                                    .target = "/v1/devices/" + device + "/telemetry",
                                    .headers = bearer(hub.admin.admin_key),
                                    .body = R"({"power":)" + std::to_string(value) + "}"});
    REQUIRE_MESSAGE(stored.status == 200, stored.body);
}

std::vector<std::int64_t> values_of(const Value& page) {
    std::vector<std::int64_t> out;
    for (const Value& event : *page.find("ev")->get<Value::Array>())
        out.push_back(*event.find("v")->get<std::int64_t>());
    return out;
}

using Numbers = std::vector<std::int64_t>;

struct House {
    ServedHub hub;
    std::string lamp = hub.make_device("lamp", {{"room", "kitchen"}});
    std::string door = hub.make_device("door", {{"room", "hall"}});

    Value read(const std::string& query) {
        const Answer answer =
            ask(hub, {.target = "/v1/stream?" + query, .headers = bearer(hub.admin.admin_key)});
        REQUIRE_MESSAGE(answer.status == 200, answer.body);
        return answer.json();
    }
    double metric(const std::string& sample) {
        const Answer page =
            ask(hub, {.target = "/metrics", .headers = bearer(hub.admin.admin_key)});
        REQUIRE(page.status == 200);
        return scenario::PrometheusPage{page.body}.value(sample);
    }
    std::string cursor() { return *read("").find("cur")->get<std::string>(); }
    std::string request(const std::string& query, const std::string& fields) const {
        return "GET /v1/stream?" + query + " HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n" +
               "Authorization: Bearer " + hub.admin.admin_key + "\r\n" + fields + "\r\n";
    }
};

/// The data and ids of server-sent events, out of a chunked body.
struct Sent {
    std::vector<std::string> data;
    std::string id;
    std::size_t comments = 0;

    void read(const std::string& bytes) {
        std::size_t at = 0;
        while (at < bytes.size()) {
            const std::size_t end = bytes.find('\n', at);
            std::string line = bytes.substr(at, end - at);
            if (line.ends_with('\r')) line.pop_back();
            if (line.starts_with("data: ")) data.push_back(line.substr(6));
            if (line.starts_with("id: ")) id = line.substr(4);
            if (line == ":") ++comments;
            if (end == std::string::npos) break;
            at = end + 1;
        }
    }
};

}  // namespace

TEST_CASE("a read gives the events since a cursor and where to go on") {
    House house;
    const std::string start = house.cursor();
    for (int value = 1; value <= 3; ++value)
        write(house.hub, "lamp", value);
    write(house.hub, "door", 4);
    const Value all = house.read("start=" + start);
    CHECK(values_of(all) == Numbers{1, 2, 3, 4});
    CHECK(all.find("gaps")->get<Value::Array>()->empty());
    const Value first = house.read("limit=2&start=" + start);
    CHECK(values_of(first) == Numbers{1, 2});
    const Value rest = house.read("start=" + *first.find("cur")->get<std::string>());
    CHECK(values_of(rest) == Numbers{3, 4});
    CHECK(*rest.find("cur") == *all.find("cur"));
    CHECK(values_of(house.read("start=" + *rest.find("cur")->get<std::string>())).empty());
}

TEST_CASE("a read takes the filters, members and flow that a subscription takes") {
    House house;
    const std::string start = "start=" + house.cursor();
    for (const int value : {1, 2, 30})
        write(house.hub, "lamp", value);
    write(house.hub, "door", 4);
    CHECK(values_of(house.read(start + "&devices=door")) == Numbers{4});
    CHECK(values_of(house.read(start + "&labels=room=kitchen")) == Numbers{1, 2, 30});
    CHECK(values_of(house.read(start + "&series=heat*")).empty());
    CHECK(values_of(house.read(start + "&kinds=presence")).empty());
    const Value latest = house.read(start + "&flow=latest");
    CHECK(values_of(latest) == Numbers{30, 4});
    const Value& gap = latest.find("gaps")->get<Value::Array>()->front();
    CHECK(*gap.find("n") == Value{2});
    CHECK(*gap.find("why") == Value{"conflated"});
    const Value changed = house.read(start + "&devices=lamp&flow=change&delta=5");
    CHECK(values_of(changed) == Numbers{1, 30});
    const Value few = house.read(start + "&fields=v&limit=1");
    CHECK(few.find("ev")->get<Value::Array>()->front() == Value{Value::Object{{"v", 1}}});
    write(house.hub, "lamp", 31);
    CHECK(values_of(house.read("start=latest&devices=lamp")) == Numbers{31});
}

TEST_CASE("what a read cannot have is refused, with the parameter's name") {
    House house;
    struct Row {
        std::string query;
        std::string_view pointer;
    };
    for (const Row& row : std::initializer_list<Row>{{"start=x", "#query/start"},
                                                     {"series=a**", "#query/series/0"},
                                                     {"flow=some", "#query/flow"},
                                                     {"every_ms=100", "#query/every_ms"},
                                                     {"flow=all&delta=1", "#query/delta"},
                                                     {"credit=1", "#query/credit"},
                                                     {"fields=x", "#query/fields"},
                                                     {"limit=0", "#query/limit"}}) {
        CAPTURE(row.query);
        const Answer answer = ask(house.hub, {.target = "/v1/stream?" + row.query,
                                              .headers = bearer(house.hub.admin.admin_key)});
        CHECK(answer.status == 400);
        CHECK_MESSAGE(answer.body.contains(row.pointer), answer.body);
    }
    CHECK(ask(house.hub, {.target = "/v1/stream"}).status == 401);
    const Answer foreign =
        ask(house.hub, {.target = "/v1/stream?devices=door", .headers = bearer(house.lamp)});
    CHECK(foreign.status == 404);
}

TEST_CASE("a read that waits is answered by the next event, or when its time is over") {
    House house;
    const std::string start = "start=" + house.cursor();
    Connection waiting{house.hub};
    waiting.feed(house.request(start, "Prefer: wait=20\r\n"));
    house.hub.pass(5s);
    CHECK(waiting.take().empty());
    write(house.hub, "lamp", 7);
    house.hub.settle();
    const std::string answer = waiting.take();
    CHECK(answer.starts_with("HTTP/1.1 200 "));
    CHECK(answer.contains("preference-applied: wait=20"));
    CHECK(answer.contains(R"("v":7)"));

    Connection patient{house.hub};
    patient.feed(house.request("start=now", "Prefer: wait=20\r\n"));
    house.hub.pass(19s);
    CHECK(patient.take().empty());
    house.hub.pass(2s);
    CHECK(patient.take().contains(R"("ev":[])"));
    CHECK(house.hub.hub->metrics.gauge("tandem_subscriptions").value() == 0);
}

TEST_CASE("server-sent events come as they happen, with a comment when nothing does") {
    House house;
    Connection listening{house.hub};
    listening.feed(house.request("", "Accept: text/event-stream\r\n"));
    house.hub.settle();
    std::string bytes = listening.take();
    CHECK(bytes.starts_with("HTTP/1.1 200 "));
    CHECK(bytes.contains("content-type: text/event-stream"));
    Sent sent;
    sent.read(bytes);
    CHECK_FALSE(sent.id.empty());
    const std::string start = sent.id;
    write(house.hub, "lamp", 7);
    house.hub.settle();
    sent.read(listening.take());
    REQUIRE(sent.data.size() == 1);
    CHECK(sent.data[0].contains(R"("v":7)"));
    CHECK(sent.id != start);
    CHECK(sent.comments == 0);
    house.hub.pass(16s);
    sent.read(listening.take());
    CHECK(sent.comments == 1);
    CHECK(house.hub.hub->metrics.gauge("tandem_subscriptions").value() == 1);
    listening.drop();
    house.hub.settle();
    CHECK(house.hub.hub->metrics.gauge("tandem_subscriptions").value() == 0);
}

TEST_CASE("who connects again with Last-Event-ID misses nothing, whatever start says") {
    House house;
    const std::string start = house.cursor();
    for (int value = 1; value <= 3; ++value)
        write(house.hub, "lamp", value);
    Connection again{house.hub};
    again.feed(house.request("start=now",
                             "Accept: text/event-stream\r\nLast-Event-ID: " + start + "\r\n"));
    house.hub.settle();
    Sent sent;
    sent.read(again.take());
    write(house.hub, "lamp", 4);
    house.hub.settle();
    sent.read(again.take());
    std::string all;
    for (const std::string& each : sent.data)
        all += each;
    std::size_t at = 0;
    for (const char* each : {R"("v":1)", R"("v":2)", R"("v":3)", R"("v":4)"}) {
        at = all.find(each, at);
        REQUIRE(at != std::string::npos);
    }
    const Answer bad =
        ask(house.hub, {.target = "/v1/stream",
                        .headers = {{"Authorization", "Bearer " + house.hub.admin.admin_key},
                                    {"Last-Event-ID", "7"}}});
    CHECK(bad.status == 400);
    CHECK(bad.body.contains("#header/last-event-id"));
}

TEST_CASE("a read that does not give all says how much there is after it, and since when") {
    House house;
    const std::string start = house.cursor();
    // Somebody follows, so that the hub sees when events come.
    Socket follower{house.hub, bearer(house.hub.admin.admin_key)};
    static_cast<void>(follower.request(R"({"id":1,"op":"stream.subscribe","body":{}})"));
    for (int value = 1; value <= 5; ++value)
        write(house.hub, "lamp", value);
    for (int second = 0; second < 3; ++second)
        house.hub.pass(1s);
    const Value page = house.read("limit=2&start=" + start);
    CHECK(values_of(page) == Numbers{1, 2});
    const Value* lag = page.find("lag");
    REQUIRE(lag != nullptr);
    CHECK(*lag->find("n") == Value{3});
    CHECK(*lag->find("ms")->get<std::int64_t>() > 1'000);
    CHECK(*lag->find("ms")->get<std::int64_t>() <= 3'000);
    const Value rest = house.read("start=" + *page.find("cur")->get<std::string>());
    CHECK(values_of(rest) == Numbers{3, 4, 5});
    CHECK(rest.find("lag") == nullptr);
}

TEST_CASE("a reader of server-sent events who stalls costs bounded memory and gets a receipt") {
    House house;
    Connection slow{house.hub};
    slow.feed(house.request("", "Accept: text/event-stream\r\n"));
    house.hub.settle();
    Sent sent;
    sent.read(slow.take());
    slow.hold(true);
    std::int64_t published = 0;
    const Metric& receipted =
        house.hub.hub->metrics.counter("tandem_stream_events_total", "outcome=\"receipted\"");
    const std::string text(2'000, 'x');
    while (receipted.value() == 0 && published < 2'000) {
        const Answer stored = ask(house.hub, {.method = "POST",
                                              .target = "/v1/devices/lamp/telemetry",
                                              .headers = bearer(house.hub.admin.admin_key),
                                              .body = R"({"note":")" + text + R"("})"});
        REQUIRE(stored.status == 200);
        ++published;
        house.hub.pass(100ms);
    }
    CHECK(published < 1'000);
    // Who looks after the hub sees that somebody is behind, and by which door.
    house.hub.pass(11s);
    CHECK(house.metric("tandem_stream_lag_seconds{door=\"sse\"}") >= 11);
    CHECK(house.metric("tandem_stream_behind{door=\"sse\",seconds=\"10\"}") == 1);
    CHECK(house.metric("tandem_stream_lag_events{door=\"sse\"}") > 10);
    CHECK(house.metric("tandem_stream_lag_seconds{door=\"ws\"}") == 0);
    slow.hold(false);
    house.hub.settle();
    std::string bytes = slow.take();
    for (int turn = 0; turn < 20; ++turn) {
        house.hub.settle();
        bytes += slow.take();
    }
    sent.read(bytes);
    std::int64_t told = 0;
    std::string receipts;
    for (const std::string& each : sent.data) {
        if (each.contains(R"("gap")")) receipts += each;
        for (std::size_t at = each.find(R"("s":"note")"); at != std::string::npos;
             at = each.find(R"("s":"note")", at + 1))
            ++told;
    }
    CHECK(receipts.contains(R"("why":"slow")"));
    CHECK(told + receipted.value() == published);
    // It was told as well, with what was queued while it was behind; then it has caught up.
    CHECK(
        std::ranges::any_of(sent.data, [](const auto& each) { return each.contains("\"lag\""); }));
    house.hub.pass(250ms);
    CHECK(house.metric("tandem_stream_lag_seconds{door=\"sse\"}") == 0);
    CHECK(house.metric("tandem_stream_behind{door=\"sse\",seconds=\"1\"}") == 0);
}

TEST_CASE("the end of a key ends its server-sent events, and credit cannot be asked for there") {
    House house;
    Connection listening{house.hub};
    listening.feed("GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAuthorization: Bearer " +
                   house.lamp + "\r\nAccept: text/event-stream\r\n\r\n");
    house.hub.settle();
    CHECK(listening.take().starts_with("HTTP/1.1 200 "));
    house.hub.part->shard.streams->end_those([](const Actor& actor) { return actor.id == "lamp"; });
    house.hub.settle();
    CHECK(listening.take().ends_with("0\r\n\r\n"));
    CHECK(house.hub.hub->metrics.gauge("tandem_subscriptions").value() == 0);
    const Answer credit =
        ask(house.hub, {.target = "/v1/stream?flow=credit",
                        .headers = {{"Authorization", "Bearer " + house.hub.admin.admin_key},
                                    {"Accept", "text/event-stream"}}});
    CHECK(credit.status == 400);
    CHECK(credit.body.contains("#query/flow"));
}

}  // namespace tandem::simulation
