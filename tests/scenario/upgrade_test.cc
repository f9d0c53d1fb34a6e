// The WebSocket door's entrance: who may come in, in which encoding, and what becomes of those who
// do not say who they are.
#include "advise/constants.h"
#include "simulation/served_hub.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace tandem::simulation {
namespace {

net::Headers offering(const std::string& key, const std::string& protocols) {
    net::Headers headers = bearer(key);
    if (!protocols.empty()) headers.emplace_back("Sec-WebSocket-Protocol", protocols);
    return headers;
}

/// A user's session: its cookie.
std::string cookie_of_user(ServedHub& hub) {
    const Answer code = ask(hub, {.method = "POST", .target = "/v1/login-codes", .local = true});
    const Answer begun =
        ask(hub, {.method = "POST",
                  .target = "/v1/session",
                  .body = codec::to_json(Value::Object{{"code", *code.json().find("code")}})});
    REQUIRE(begun.status == 201);
    const std::string field = begun.field("set-cookie");
    return field.substr(0, field.find(';'));
}

std::string ticket_for(ServedHub& hub, const std::string& cookie, const std::string& origin) {
    const Answer made = ask(hub, {.method = "POST",
                                  .target = "/v1/ws-tickets",
                                  .headers = {{"Cookie", cookie}, {"Origin", origin}}});
    REQUIRE_MESSAGE(made.status == 201, made.body);
    return *made.json().find("ticket")->get<std::string>();
}

net::Headers with_ticket(const std::string& ticket, const std::string& origin) {
    net::Headers headers{{"Sec-WebSocket-Protocol", "tandem.v1.json, tandem.ticket." + ticket}};
    if (!origin.empty()) headers.emplace_back("Origin", origin);
    return headers;
}

const std::string kOrigin = "http://127.0.0.1:8080";

}  // namespace

TEST_CASE("a key opens a socket, and the hub says hello") {
    ServedHub hub;
    Socket socket{hub, bearer(hub.make_device("lamp-1"))};
    REQUIRE(socket.open());
    const auto messages = socket.messages();
    REQUIRE(messages.size() == 1);
    const Value& hello = *messages[0].find("hello");
    CHECK(*hello.find("protocol") == Value{"tandem.v1"});
    CHECK(*hello.find("principal") == Value::Object{{"kind", "device"}, {"id", "lamp-1"}});
    CHECK(*hello.find("ping_ms") == Value{20'000});
    CHECK(*hello.find("message_bytes") == Value{131'072});
    CHECK(*socket.request(R"({"id":1,"op":"me.get"})").find("status") == Value{200});
}

TEST_CASE("a client chooses after how much silence it is pinged, within bounds") {
    ServedHub hub;
    const std::string key = hub.make_device("lamp-1");
    const auto asking = [&](const std::string& query) {
        return Socket{hub, bearer(key), {.address = "192.0.2.7"}, "/v1/stream?" + query};
    };
    Socket socket = asking("ping_ms=60000");
    REQUIRE(socket.open());
    CHECK(*socket.messages().at(0).find("hello")->find("ping_ms") == Value{60'000});
    hub.pass(59s);
    CHECK(socket.connection().take().empty());
    hub.pass(1s);
    CHECK(socket.connection().take() == std::string{"\x89\x00", 2});
    hub.pass(24s);
    CHECK(socket.closed() == "");
    hub.pass(1s);
    CHECK(socket.closed().starts_with("1001"));
    for (const char* wrong : {"ping_ms=9999", "ping_ms=240001", "ping_ms=", "ping_ms=20s",
                              "ping_ms=20000&ping_ms=20000", "ping_ms=-20000"}) {
        CAPTURE(wrong);
        const Socket refused = asking(wrong);
        CHECK(refused.answer().status == 400);
        CHECK(refused.answer().body.find("/query/ping_ms") != std::string::npos);
    }
    // Which are those that advice reckons with.
    const advise::Constants constants;
    for (const auto& [bound, beyond] :
         {std::pair{advise::Constant::kPingLeast, -1}, std::pair{advise::Constant::kPingMost, 1}}) {
        const auto ping = static_cast<std::int64_t>(constants[bound] * 1'000);
        CHECK(asking("ping_ms=" + std::to_string(ping)).open());
        CHECK_FALSE(asking("ping_ms=" + std::to_string(ping + beyond)).open());
    }
}

TEST_CASE("the first subprotocol that the hub knows is chosen") {
    ServedHub hub;
    struct Row {
        std::string offered;
        int status;
        std::string_view chosen;
        std::string_view why;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"", 101, "", "none was offered: JSON, unnamed"},
             {"tandem.v1.json", 101, "tandem.v1.json", "the only one"},
             {"tandem.v1.cbor", 101, "tandem.v1.cbor", "the only one"},
             {"tandem.v1.cbor, tandem.v1.json", 101, "tandem.v1.cbor", "the client's favourite"},
             {"mqtt, tandem.v1.json", 101, "tandem.v1.json", "the one that is known"},
             {"tandem.v2.json, tandem.v1.cbor", 101, "tandem.v1.cbor", "the one that is known"},
             {"mqtt", 400, "", "none that is known"},
             {"tandem.v1.xml", 400, "", "no such encoding"},
             {"tandem.v1.", 400, "", "no encoding"},
             {"Tandem.v1.json", 400, "", "subprotocols have a case"}}) {
        CAPTURE(row.offered);
        const Socket socket{hub, offering(hub.admin.admin_key, row.offered)};
        CHECK_MESSAGE(socket.answer().status == row.status, row.why);
        CHECK(socket.answer().field("sec-websocket-protocol") == row.chosen);
    }
}

TEST_CASE("what is no handshake is told how to make one") {
    ServedHub hub;
    const Answer plain = ask(hub, {.target = "/v1/stream",
                                   .headers = {{"Authorization", "Bearer " + hub.admin.admin_key},
                                               {"Sec-WebSocket-Version", "13"}}});
    CHECK(plain.problem() == "upgrade-required");
    CHECK(plain.field("upgrade") == "websocket");
    CHECK(plain.field("sec-websocket-version") == "13");
    const Answer post = ask(hub, {.method = "POST", .target = "/v1/stream"});
    CHECK(post.status == 405);
    CHECK(post.field("allow") == "GET, HEAD, OPTIONS");
    const std::string sample_key = "dGhlIHNhbXBsZSBub25jZQ==";
    const Answer elsewhere = ask(hub, {.target = "/v1/me",
                                       .headers = {{"Upgrade", "websocket"},
                                                   {"Connection", "Upgrade"},
                                                   {"Sec-WebSocket-Version", "13"},
                                                   {"Sec-WebSocket-Key", sample_key}}});
    // Elsewhere it is an ordinary request: RFC 9110 section 7.8.
    CHECK(elsewhere.problem() == "unauthenticated");
}

TEST_CASE("a wrong key is refused in the handshake, with an audit line") {
    ServedHub hub;
    std::string key = hub.admin.admin_key;
    key.back() = key.back() == 'A' ? 'B' : 'A';
    const Socket socket{hub, bearer(key)};
    CHECK(socket.answer().problem() == "unauthenticated");
    const auto lines = hub.audit();
    CHECK(std::ranges::find(lines, "anonymous stream.open unauthenticated") != lines.end());
}

TEST_CASE("a page's ticket opens its socket once, in time, from that page") {
    struct Row {
        std::string origin;
        Duration after;
        bool good;
        std::string_view why;
    };
    for (const Row& row : std::initializer_list<Row>{
             {kOrigin, 0s, true, "at once"},
             {kOrigin, 30s, true, "at the last moment"},
             {kOrigin, 31s, false, "too late"},
             {"", 0s, false, "no page at all"},
             {"https://app.example", 0s, false, "another page, which may call the hub"}}) {
        CAPTURE(row.why);
        ServedHub hub{{.origins = {"https://app.example"}}};
        const std::string ticket = ticket_for(hub, cookie_of_user(hub), kOrigin);
        hub.pass(row.after);
        Socket socket{hub, with_ticket(ticket, row.origin)};
        CHECK(socket.open() == row.good);
        if (!row.good) {
            CHECK(socket.answer().problem() == "unauthenticated");
            continue;
        }
        CHECK(socket.answer().field("sec-websocket-protocol") == "tandem.v1.json");
        CHECK(*socket.messages().at(0).find("hello")->find("principal") ==
              Value::Object{{"kind", "user"}, {"id", "admin"}});
        const Socket again{hub, with_ticket(ticket, row.origin)};
        CHECK(again.answer().status == 401);
    }
}

TEST_CASE("a ticket without a subprotocol of the hub is not spent") {
    ServedHub hub;
    const std::string ticket = ticket_for(hub, cookie_of_user(hub), kOrigin);
    const Socket bare{hub,
                      {{"Sec-WebSocket-Protocol", "tandem.ticket." + ticket}, {"Origin", kOrigin}}};
    CHECK(bare.answer().status == 400);
    const Socket good{hub, with_ticket(ticket, kOrigin)};
    CHECK(good.open());
}

TEST_CASE("a cookie alone opens nobody's socket") {
    ServedHub hub;
    const std::string cookie = cookie_of_user(hub);
    Socket socket{hub, {{"Cookie", cookie}, {"Origin", kOrigin}}};
    REQUIRE(socket.open());
    CHECK(socket.messages().empty());  // No hello: nobody is there.
    const Value reply = socket.request(R"({"id":1,"op":"devices.list"})");
    CHECK(*reply.find("status") == Value{401});
    CHECK(socket.closed() == "1008 the first message is auth");
}

TEST_CASE("a page of another origin gets no socket, whatever it has") {
    ServedHub hub;
    net::Headers headers = bearer(hub.admin.admin_key);
    headers.emplace_back("Origin", "https://evil.example");
    const Socket socket{hub, headers};
    CHECK(socket.answer().problem() == "origin-refused");
}

TEST_CASE("the first message may say who is there") {
    ServedHub hub;
    Socket socket{hub};
    REQUIRE(socket.open());
    CHECK(socket.messages().empty());
    socket.send(R"({"id":1,"op":"auth","body":{"token":")" + hub.make_device("lamp-1") + R"("}})");
    const auto messages = socket.messages();
    REQUIRE(messages.size() == 2);
    CHECK(*messages[0].find("id") == Value{1});
    CHECK(*messages[0].find("body")->find("id") == Value{"lamp-1"});
    CHECK(messages[1].find("hello") != nullptr);
    CHECK(*socket.request(R"({"id":2,"op":"me.get"})").find("status") == Value{200});
}

TEST_CASE("a first message with a wrong key ends the socket") {
    ServedHub hub;
    Socket socket{hub};
    const Value reply = socket.request(R"({"id":1,"op":"auth","body":{"token":"tdk_x"}})");
    CHECK(*reply.find("status") == Value{401});
    CHECK(socket.closed() == "4401 the key is not valid");
    const auto lines = hub.audit();
    CHECK(std::ranges::find(lines, "anonymous auth unauthenticated") != lines.end());
}

TEST_CASE("who does not say who they are within 5 seconds is sent away") {
    ServedHub hub;
    Socket socket{hub};
    hub.pass(4'900ms);
    CHECK(socket.closed() == "");
    hub.pass(200ms);
    CHECK(socket.closed() == "1008 no credentials in time");
}

TEST_CASE("who has said who they are is not sent away") {
    ServedHub hub;
    Socket socket{hub};
    const Value reply =
        socket.request(R"({"id":1,"op":"auth","body":{"token":")" + hub.admin.admin_key + R"("}})");
    REQUIRE(*reply.find("status") == Value{200});
    hub.pass(6s);
    CHECK(socket.closed() == "");
}

TEST_CASE("the first message has 4 KiB at most") {
    ServedHub hub;
    Socket socket{hub};
    socket.send(R"({"id":1,"op":"auth","body":{"token":")" + std::string(4'096, 'x') + R"("}})");
    CHECK(socket.closed().starts_with("1009"));
}

TEST_CASE("as many as may wait to say who they are, and no more") {
    ServedHub hub{{.pending_max = 2}};
    auto first = std::make_unique<Socket>(hub);
    Socket second{hub};
    REQUIRE(first->open());
    REQUIRE(second.open());
    const Socket third{hub};
    CHECK(third.answer().problem() == "unavailable");
    CHECK(third.answer().field("retry-after") == "1");
    CHECK(*third.answer().json().find("limit") == Value{"ws.pending"});
    // Whoever shows a key in the handshake does not wait.
    const Socket known{hub, bearer(hub.admin.admin_key)};
    CHECK(known.open());
    // One goes, one says who it is: there is room for two more.
    first.reset();
    CHECK(
        *second.request(R"({"id":1,"op":"auth","body":{"token":")" + hub.admin.admin_key + R"("}})")
             .find("status") == Value{200});
    Socket fourth{hub};
    Socket fifth{hub};
    CHECK(fourth.open());
    CHECK(fifth.open());
    CHECK(Socket{hub}.answer().status == 503);
}

TEST_CASE("the end of a key ends its sockets at once, and no others") {
    ServedHub hub;
    const std::string key = hub.make_device("lamp-1");
    Socket socket{hub, bearer(key)};
    Socket other{hub, bearer(hub.make_device("lamp-2"))};
    const Answer revoked = ask(hub, {.method = "DELETE",
                                     .target = "/v1/devices/lamp-1/keys/" + key.substr(4, 16),
                                     .headers = bearer(hub.admin.admin_key)});
    CHECK(revoked.status == 204);
    CHECK(socket.closed() == "4401 the credential has ended");
    CHECK(other.closed() == "");
    CHECK(Socket{hub, bearer(key)}.answer().status == 401);
}

TEST_CASE("a socket may renew its key, but stays whose it is") {
    ServedHub hub;
    const std::string first = hub.make_device("lamp-1");
    const Answer made = ask(hub, {.method = "POST",
                                  .target = "/v1/devices/lamp-1/keys",
                                  .headers = bearer(hub.admin.admin_key)});
    const std::string second = *made.json().find("key")->get<std::string>();
    Socket socket{hub, bearer(first)};
    const auto renew = [&](const std::string& key) {
        return socket.request(R"({"id":1,"op":"auth","body":{"token":")" + key + R"("}})");
    };
    CHECK(*renew(hub.make_device("lamp-2")).find("status") == Value{403});
    CHECK(*renew(second).find("status") == Value{200});
    const Answer revoked = ask(hub, {.method = "DELETE",
                                     .target = "/v1/devices/lamp-1/keys/" + first.substr(4, 16),
                                     .headers = bearer(hub.admin.admin_key)});
    REQUIRE(revoked.status == 204);
    CHECK(socket.closed() == "");
    CHECK(*socket.request(R"({"id":2,"op":"me.get"})").find("status") == Value{200});
}

TEST_CASE("a second socket of a device takes over from the first") {
    ServedHub hub;
    const std::string key = hub.make_device("lamp-1");
    Socket first{hub, bearer(key)};
    Socket second{hub, bearer(key)};
    CHECK(first.closed() == "4409 another socket of the same device has taken over");
    CHECK(second.closed() == "");
    const auto app = bearer(hub.admin.admin_key);
    Socket one{hub, app};
    const Socket two{hub, app};
    CHECK(one.closed() == "");  // Programs may have several.
}

}  // namespace tandem::simulation
