// The audit as it grows, for those who may read it: over sockets and over HTTP, and nobody else.
#include "scenario/access_fixture.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace tandem::simulation {
namespace {

/// The audit lines that a socket has got since the last call, `user:admin keys.create ok`.
std::vector<std::string> lines_heard(Socket& socket) {
    std::vector<std::string> out;
    for (const Value& message : socket.messages()) {
        const Value* events = message.find("ev");
        if (events == nullptr) continue;
        for (const Value& event : *events->get<Value::Array>()) {
            CHECK(*event.find("k") == Value{"audit"});
            CHECK(event.find("d") == nullptr);
            const Value& line = *event.find("v");
            std::string text;
            for (const char* member : {"actor", "action", "result"})
                text += (text.empty() ? "" : " ") + *line.find(member)->get<std::string>();
            out.push_back(std::move(text));
        }
    }
    return out;
}

constexpr const char* kAudit = R"({"kinds":["audit"]})";

}  // namespace

TEST_CASE("whoever may read the audit follows it") {
    Estate estate;
    const std::string key = estate.make_app("archive");
    estate.grant(R"("app":"archive","scopes":["audit:read"],"devices":["*"])");
    Socket socket{estate.hub, bearer(key)};
    REQUIRE(*subscribe(socket, kAudit).find("status") == Value{200});
    static_cast<void>(socket.messages());
    static_cast<void>(estate.make_app("other"));
    // The first of refusals alike is a line; the others are one when a minute is over.
    for (int at = 0; at < 3; ++at)
        CHECK(estate.call("nobody", "GET", "/v1/me").status == 401);
    CHECK(lines_heard(socket) == std::vector<std::string>{"user:admin apps.create ok",
                                                          "anonymous me.get unauthenticated"});
    const Value now = estate.done("GET", "/v1/stream?kinds=audit");
    const std::string cursor = *now.find("cur")->get<std::string>();
    estate.hub.pass(61s);
    const Value later = estate.done("GET", "/v1/stream?kinds=audit&start=" + cursor);
    const auto& events = *later.find("ev")->get<Value::Array>();
    REQUIRE(events.size() == 1);
    CHECK(*events[0].find("v")->find("result") == Value{"unauthenticated"});
    CHECK(*events[0].find("v")->find("count") == Value{2});
}

TEST_CASE("a line is told as audit.list tells it, and a cursor goes on behind it") {
    Estate estate;
    const Answer before = estate.call(estate.boss, "GET", "/v1/stream?kinds=audit");
    REQUIRE(before.status == 200);
    const std::string cursor = *before.json().find("cur")->get<std::string>();
    static_cast<void>(estate.make_app("one"));
    static_cast<void>(estate.make_app("two"));
    const Value page =
        estate.call(estate.boss, "GET", "/v1/stream?kinds=audit&start=" + cursor).json();
    const auto& events = *page.find("ev")->get<Value::Array>();
    REQUIRE(events.size() == 2);
    const Value list = estate.done("GET", "/v1/audit?limit=2");
    const auto& lines = *list.find("items")->get<Value::Array>();
    for (std::size_t at = 0; at < events.size(); ++at) {
        Value line = *events[at].find("v");
        line.set("time", *events[at].find("t"));
        for (const auto& [name, value] : *lines[at].get<Value::Object>()) {
            CAPTURE(name);
            REQUIRE(line.find(name) != nullptr);
            CHECK(*line.find(name) == value);
        }
        CHECK(line.get<Value::Object>()->size() == lines[at].get<Value::Object>()->size());
    }
    // By another way, from the same place.
    Socket socket{estate.hub, bearer(estate.boss)};
    socket.send(R"({"op":"stream.subscribe","body":{"kinds":["audit"],"start":")" + cursor +
                R"("}})");
    CHECK(lines_heard(socket).size() == 2);
}

TEST_CASE("the audit is followed by nobody else") {
    Estate estate;
    const std::string device = estate.hub.make_device("lamp-1");
    const std::string some = estate.make_app("some");
    estate.grant(R"("app":"some","scopes":["devices:read","telemetry:read"],"devices":["*"])");
    const std::string none = estate.make_app("none");
    struct Row {
        std::string key;
        std::string body;
        int status;
        const char* why;
    };
    for (const Row& row : std::initializer_list<Row>{
             {device, kAudit, 403, "a device"},
             {some, kAudit, 403, "without the scope"},
             {none, kAudit, 403, "without a grant"},
             {some, R"({"kinds":["reading","audit"]})", 403, "among what it may see"},
             {estate.boss, R"({"kinds":["audit"],"devices":["lamp-1"]})", 400, "of one device"},
             {estate.boss, R"({"kinds":["audit"],"labels":{"a":"b"}})", 400, "of some devices"},
             {estate.boss, kAudit, 200, "who may read it"}}) {
        CAPTURE(row.why);
        Socket socket{estate.hub, bearer(row.key)};
        CHECK(*subscribe(socket, row.body).find("status") == Value{row.status});
    }
    const Answer polled = estate.call(some, "GET", "/v1/stream?kinds=audit");
    CHECK(polled.status == 403);
    // Who does not ask for it gets none of it.
    Socket socket{estate.hub, bearer(some)};
    REQUIRE(*subscribe(socket, R"({"kinds":["reading","device"]})").find("status") == Value{200});
    static_cast<void>(socket.messages());
    static_cast<void>(estate.make_app("other"));
    CHECK(socket.messages().empty());
}

TEST_CASE("each tenant's audit is its own") {
    Estate estate;
    estate.done("POST", "/v1/tenants",
                R"({"id":"plant","user":"boss","password":"correct horse battery"})");
    const std::string plant = estate.key_of_user("boss", TenantId{"plant"});
    Socket theirs{estate.hub, bearer(plant)};
    REQUIRE(*subscribe(theirs, kAudit).find("status") == Value{200});
    Socket ours{estate.hub, bearer(estate.boss)};
    REQUIRE(*subscribe(ours, kAudit).find("status") == Value{200});
    static_cast<void>(theirs.messages());
    static_cast<void>(ours.messages());
    static_cast<void>(estate.make_app("one"));
    CHECK(lines_heard(theirs).empty());
    CHECK(lines_heard(ours) == std::vector<std::string>{"user:admin apps.create ok"});
    CHECK(estate.call(plant, "POST", "/v1/apps", R"({"id":"two"})").status == 201);
    CHECK(lines_heard(theirs) == std::vector<std::string>{"user:boss apps.create ok"});
    CHECK(lines_heard(ours).empty());
}

TEST_CASE("who loses the scope hears nothing more of the audit") {
    Estate estate;
    const std::string key = estate.make_app("archive");
    const std::string grant =
        estate.grant(R"("app":"archive","scopes":["audit:read"],"devices":["*"])");
    Socket socket{estate.hub, bearer(key)};
    REQUIRE(*subscribe(socket, kAudit).find("status") == Value{200});
    static_cast<void>(socket.messages());
    estate.done("DELETE", "/v1/grants/" + grant);
    estate.hub.settle();
    CHECK(socket.closed().starts_with("4500"));
    Socket again{estate.hub, bearer(key)};
    CHECK(*subscribe(again, kAudit).find("status") == Value{403});
}

}  // namespace tandem::simulation
