#include "client/rest_client.h"

#include "client/test_hub.h"

#include <doctest/doctest.h>

namespace tandem::client {
namespace {

Access access_to_hub() {
    return {.url = {.tls = false, .host = "hub", .port = 8080}, .key = "tak_1", .tls = {}};
}

std::string answer(int status, const std::string& body, const std::string& headers = "") {
    return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: application/json\r\n" +
           headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

const Call kMe{.operation = "me.get"};
const Call kSend{.operation = "commands.send",
                 .path = Value::Object{{"device", "lamp-1"}},
                 .body = Value::Object{{"name", "blink"}}};

}  // namespace

TEST_CASE("the REST client") {
    net::ManualLoop loop;
    TestHub hub{loop};
    RestClient client{loop, access_to_hub(), hub.connect()};

    SUBCASE("asks with the key in the header, never in the target") {
        const auto reply = begin(client.call(kMe));
        const std::string sent = hub.line().take();
        CHECK(sent.starts_with("GET /v1/me HTTP/1.1\r\nHost: hub:8080\r\n"));
        CHECK(sent.contains("Authorization: Bearer tak_1\r\n"));
        hub.line().send(answer(200, R"({"kind":"app"})"));
        loop.run_posted();
        REQUIRE(reply->has_value());
        REQUIRE(**reply);
        CHECK(text_at((**reply)->body, "kind") == "app");
    }

    SUBCASE("keeps its connection, and pipelines on it") {
        const auto first = begin(client.call(kMe));
        const auto second = begin(client.call(kSend));
        hub.line().send(answer(200, "{}") + answer(202, R"({"status":"queued"})"));
        loop.run_posted();
        REQUIRE(second->has_value());
        CHECK((**first)->status == 200);
        CHECK((**second)->status == 202);
        const auto third = begin(client.call(kMe));
        hub.line().send(answer(200, "{}"));
        loop.run_posted();
        CHECK(third->has_value());
        CHECK(hub.connections() == 1);
        CHECK(loop.timers() == 0);
    }

    SUBCASE("opens another when the hub has said that it will close") {
        const auto first = begin(client.call(kMe));
        hub.line().send(answer(200, "{}", "Connection: close\r\n"));
        loop.run_posted();
        CHECK(first->has_value());
        const auto second = begin(client.call(kMe));
        CHECK(hub.connections() == 2);
        hub.line().send(answer(200, "{}"));
        loop.run_posted();
        CHECK(second->has_value());
    }

    SUBCASE("repeats a read whose used connection broke, once") {
        const auto first = begin(client.call(kMe));
        hub.line().send(answer(200, "{}"));
        loop.run_posted();
        const auto second = begin(client.call(kMe));
        hub.line().hang_up();
        loop.run_posted();
        CHECK(!second->has_value());
        REQUIRE(hub.connections() == 2);
        hub.line().hang_up();
        loop.run_posted();
        REQUIRE(second->has_value());
        CHECK((*second)->error().code == ErrorCode::kUnavailable);
        CHECK(hub.connections() == 2);
    }

    SUBCASE("never repeats a command: it may have arrived") {
        const auto first = begin(client.call(kMe));
        hub.line().send(answer(200, "{}"));
        loop.run_posted();
        const auto second = begin(client.call(kSend));
        hub.line().hang_up();
        loop.run_posted();
        REQUIRE(second->has_value());
        CHECK((*second)->error().code == ErrorCode::kUnavailable);
        CHECK(hub.connections() == 1);
    }

    SUBCASE("a hub that is not there is unavailable, and the error says where it was sought") {
        hub.unreachable = true;
        const auto reply = begin(client.call(kMe));
        loop.run_posted();
        REQUIRE(reply->has_value());
        CHECK((*reply)->error().code == ErrorCode::kUnavailable);
        CHECK((*reply)->error().detail == "no connection to http://hub:8080");
    }

    SUBCASE("loses patience when it said it would") {
        Call call = kMe;
        call.patience = 5s;
        const auto reply = begin(client.call(call));
        loop.advance(4s);
        CHECK(!reply->has_value());
        loop.advance(2s);
        REQUIRE(reply->has_value());
        CHECK((*reply)->error().code == ErrorCode::kRequestTimeout);
        // Its answer may still come, so the connection is of no more use.
        CHECK(hub.line().gone);
    }

    SUBCASE("gives a long answer in pieces, and is patient with each of them") {
        Call call = kMe;
        call.patience = 5s;
        call.headers = Value::Object{{"accept", "application/x-ndjson"}};
        std::string pieces;
        const RestClient::Piece piece = [&](std::string_view bytes) { pieces += bytes; };
        const auto reply = begin(client.call(call, piece));
        const std::string sent = hub.line().take();
        CHECK(sent.contains("Accept: application/x-ndjson\r\n") !=
              sent.contains("accept: application/x-ndjson\r\n"));
        CHECK_FALSE(sent.contains("application/json"));
        hub.line().send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\na\n\r\n");
        loop.advance(4s);
        hub.line().send("2\r\nb\n\r\n");
        loop.advance(4s);
        CHECK(!reply->has_value());
        hub.line().send("0\r\n\r\n");
        loop.run_posted();
        REQUIRE(reply->has_value());
        CHECK((*reply)->has_value());
        CHECK(pieces == "a\nb\n");
        CHECK(loop.timers() == 0);
    }

    SUBCASE("a long answer that breaks off is not asked for again") {
        const auto first = begin(client.call(kMe));
        hub.line().send(answer(200, "{}"));
        loop.run_posted();
        std::string pieces;
        const RestClient::Piece piece = [&](std::string_view bytes) { pieces += bytes; };
        const auto reply = begin(client.call(kMe, piece));
        hub.line().send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\na\n\r\n");
        hub.line().hang_up();
        loop.run_posted();
        REQUIRE(reply->has_value());
        CHECK((*reply)->error().code == ErrorCode::kUnavailable);
        CHECK(pieces == "a\n");
        CHECK(hub.connections() == 1);
    }

    SUBCASE("sends bytes as they are, of the type that is said") {
        Call call{.operation = "telemetry.write_many"};
        call.headers = Value::Object{{"content-type", "text/csv"}};
        call.bytes = "time\r\n";
        const auto reply = begin(client.call(call));
        const std::string sent = hub.line().take();
        CHECK(sent.contains("content-type: text/csv\r\n"));
        CHECK(sent.ends_with("Content-Length: 6\r\n\r\ntime\r\n"));
        CHECK_FALSE(reply->has_value());
        hub.line().send(answer(200, "{}"));
        loop.run_posted();
        CHECK(reply->has_value());
    }

    SUBCASE("closing it tells whoever waits") {
        const auto reply = begin(client.call(kMe));
        client.close();
        loop.run_posted();
        REQUIRE(reply->has_value());
        CHECK((*reply)->error().code == ErrorCode::kUnavailable);
        CHECK(loop.timers() == 0);
    }

    SUBCASE("an operation without a route never reaches the network") {
        const auto reply = begin(client.call({.operation = "stream.subscribe"}));
        REQUIRE(reply->has_value());
        CHECK((*reply)->error().code == ErrorCode::kBadRequest);
        CHECK(hub.connections() == 0);
    }
}

}  // namespace tandem::client
