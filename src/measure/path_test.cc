#include "measure/path.h"

#include "codec/json.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace tandem::measure {
namespace {

Held held_for(Duration watched) {
    return {.tried = true, .works = true, .watched = watched};
}
Held cut_after(Duration time) {
    return {.tried = true, .works = true, .watched = time, .cut = time};
}
Held refused(const std::string& why) {
    return {.tried = true, .why = why};
}

/// A path on which everything works.
PathFindings open_path() {
    PathFindings found;
    found.url = "http://hub:8080";
    found.with_key = true;
    found.server = "tandem";
    found.opening = 40ms;
    found.round_trip = 20ms;
    found.kept = true;
    found.idle = held_for(45s);
    found.silent = held_for(45s);
    found.ping = 20s;
    found.events = held_for(45s);
    found.first_event = 30ms;
    found.poll = held_for(45s);
    return found;
}

std::string in_the_way(const PathFindings& found) {
    std::string out;
    for (const Diagnosis& each : judge(found).lines) {
        CHECK_FALSE(each.says.empty());
        if (!each.good) out += each.name + " ";
    }
    return out;
}

std::string to_take(const PathFindings& found) {
    std::string out;
    for (const std::string& each : judge(found).take)
        out += each + "\n";
    return out;
}

bool says(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

TEST_CASE("on an open path nothing is in the way, and a WebSocket is held") {
    const PathVerdict verdict = judge(open_path());
    CHECK(verdict.good());
    CHECK(verdict.door == advise::Door::kSocket);
    CHECK(verdict.take.size() == 1);
}

TEST_CASE("the door is the best of those that get through") {
    PathFindings found = open_path();
    const auto door = [&found] { return judge(found).door; };
    found.silent = cut_after(5s);
    found.beating = held_for(15s);
    CHECK(door() == advise::Door::kSocket);
    found.beating = cut_after(3s);
    CHECK(door() == advise::Door::kSse);
    found.silent = refused("the answer is 426");
    found.beating = {};
    CHECK(door() == advise::Door::kSse);
    found.first_event = 4s;
    CHECK(door() == advise::Door::kPoll);
    found.first_event = 30ms;
    found.events = cut_after(10s);
    CHECK(door() == advise::Door::kPoll);
    found.poll = cut_after(10s);
    CHECK(door() == advise::Door::kPoll);
    found.poll = refused("the answer is 502");
    CHECK(door() == advise::Door::kRest);
}

TEST_CASE("a path that cuts silence names the time, and what holds a socket open") {
    PathFindings found = open_path();
    found.silent = cut_after(12s);
    found.beating = held_for(36s);
    found.beat = 6s;
    CHECK(in_the_way(found) == "socket_idle ");
    CHECK(says(to_take(found), "every 6"));
    CHECK(says(to_take(found), "--idle-cut 12s`"));
}

TEST_CASE("a blocked upgrade is named with its reason, and who can let it through") {
    PathFindings found = open_path();
    found.silent = refused("426 an upgrade is needed");
    CHECK(in_the_way(found) == "upgrade ");
    CHECK(says(path_text(found, judge(found)), "426 an upgrade is needed"));
    CHECK(says(to_take(found), "Upgrade and Connection"));
}

TEST_CASE("buffers and cut streams are named, and told apart") {
    PathFindings found = open_path();
    found.first_event.reset();
    CHECK(in_the_way(found) == "sse ");
    CHECK(says(to_take(found), "proxy_buffering"));
    found.first_event = 30ms;
    found.events = cut_after(8s);
    CHECK(in_the_way(found) == "sse ");
    CHECK_FALSE(says(to_take(found), "proxy_buffering"));
    found.events = refused("the answer is 404");
    CHECK(in_the_way(found) == "sse ");
}

TEST_CASE("a long poll that is cut says for how long one may wait") {
    PathFindings found = open_path();
    found.silent = refused("no");
    found.events = refused("no");
    found.poll = cut_after(10s);
    CHECK(says(to_take(found), "N of 9 at most"));
}

TEST_CASE("connections that are not kept are named; those that a hub itself ends are not") {
    PathFindings found = open_path();
    found.idle = cut_after(75s);
    CHECK(in_the_way(found).empty());
    found.idle = cut_after(10s);
    CHECK(in_the_way(found).empty());  // Less than a hub gives, but it is kept between requests.
    found.kept = false;
    CHECK(in_the_way(found) == "keep_alive ");
    CHECK(says(to_take(found), "batches"));
}

TEST_CASE("of TLS, what is not trusted or ends soon is named") {
    PathFindings found = open_path();
    found.certificate = TlsFinding{
        .version = "TLSv1.3", .cipher = "AES", .subject = "hub", .issuer = "ca", .days_left = 60};
    CHECK(in_the_way(found).empty());
    found.certificate->days_left = 3;
    CHECK(in_the_way(found) == "tls ");
    CHECK(says(to_take(found), "3 days"));
    found.certificate->days_left = 60;
    found.certificate->distrust = "self-signed certificate";
    found.unreachable = "nothing answers";
    CHECK(in_the_way(found) == "tls reach ");
    CHECK(judge(found).take.empty());
}

TEST_CASE("without a key nothing is said of what was not tried") {
    PathFindings found = open_path();
    found.with_key = false;
    found.events = {};
    found.poll = {};
    CHECK(in_the_way(found).empty());
    CHECK(says(to_take(found), "--key"));
    const Value value = path_value(found, judge(found));
    CHECK(value.find("door") == nullptr);
    CHECK(value.find("sse")->is_null());
    CHECK(judge(found).lines.size() == 3);
}

TEST_CASE("the object has what was seen beside what it means") {
    PathFindings found = open_path();
    found.silent = cut_after(1'500ms);
    found.beating = held_for(5s);
    const Value value = path_value(found, judge(found));
    CHECK(*value.find("door") == Value{"ws"});
    CHECK(*value.find("good") == Value{false});
    CHECK(*value.find("socket")->find("cut_ms") == Value{1'500});
    CHECK(value.find("socket_beating")->find("cut_ms") == nullptr);
    CHECK(value.find("tls")->is_null());
    CHECK(codec::to_json(value).size() > 500);
}

}  // namespace
}  // namespace tandem::measure
