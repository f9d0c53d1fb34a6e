#include "net/client.h"
#include "net/test_http.h"
#include "net/test_websocket.h"
#include "net/websocket_handshake.h"

#include <doctest/doctest.h>

namespace tandem::net {
namespace {

HttpRequest get(std::string target) {
    return {.method = "GET", .target = std::move(target), .host = "hub", .headers = {}, .body = {}};
}

/// The client's end of one connection, without a network; answers in words.
struct Client {
    HttpClientConnection::Answered note() {
        return [this](Result<HttpResponse> answer) {
            answers.push_back(answer ? std::to_string(answer->status) + " " + answer->body
                                     : std::string{row(answer.error().code).name});
        };
    }
    void upgrade(HttpRequest request = get("/v1/stream")) {
        connection->upgrade(request, random, std::make_unique<TellingHandler>(told),
                            [this](Result<WebSocketStream*> opened) {
                                ++opened_calls;
                                if (opened) {
                                    stream = *opened;
                                } else {
                                    error = opened.error();
                                }
                            });
    }
    void feed(std::string_view bytes) { connection->on_bytes(bytes_of(bytes)); }

    ManualLoop loop;
    TestTransport transport{loop};
    Limits limits;
    SeededRandom random{7};
    Told told;
    std::unique_ptr<HttpClientConnection> connection =
        std::make_unique<HttpClientConnection>(limits, loop);
    std::vector<std::string> answers;
    int opened_calls = 0;
    WebSocketStream* stream = nullptr;
    Error error;
};

using Words = std::vector<std::string>;

TEST_CASE("a request is written as RFC 9112 section 3 says") {
    Client client;
    client.connection->on_open(client.transport);
    client.connection->request({.method = "POST",
                                .target = "/a?b",
                                .host = "hub:80",
                                .headers = {{"X-Some", "c"}},
                                .body = "body"},
                               client.note());
    CHECK(client.transport.take() ==
          "POST /a?b HTTP/1.1\r\nHost: hub:80\r\nX-Some: c\r\nContent-Length: 4\r\n\r\nbody");
    client.connection->request({.method = "POST", .target = "/", .host = "hub"}, client.note());
    CHECK(client.transport.take() == "POST / HTTP/1.1\r\nHost: hub\r\nContent-Length: 0\r\n\r\n");
    client.connection->request(get("/"), client.note());
    CHECK(client.transport.take() == "GET / HTTP/1.1\r\nHost: hub\r\n\r\n");
}

TEST_CASE("requests wait for the connection") {
    Client client;
    client.connection->request(get("/1"), client.note());
    client.connection->request(get("/2"), client.note());
    client.connection->on_open(client.transport);
    CHECK(client.transport.out ==
          "GET /1 HTTP/1.1\r\nHost: hub\r\n\r\n"
          "GET /2 HTTP/1.1\r\nHost: hub\r\n\r\n");
}

TEST_CASE("answers belong to the requests in their order, however they are cut") {
    const std::string bytes =
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"
        "HTTP/1.1 100 Continue\r\n\r\n"
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
        "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n"
        "1\r\nc\r\n0\r\n\r\n";
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        CAPTURE(at);
        Client client;
        client.connection->on_open(client.transport);
        client.connection->request(get("/1"), client.note());
        HttpRequest head = get("/2");
        head.method = "HEAD";
        client.connection->request(head, client.note());
        client.connection->request(get("/3"), client.note());
        client.feed(std::string_view{bytes}.substr(0, at));
        client.feed(std::string_view{bytes}.substr(at));
        CHECK(client.answers == Words{"200 a", "200 ", "404 c"});
        CHECK_FALSE(client.transport.closed);
    }
}

TEST_CASE("a long answer is given in pieces, whatever its length, and what follows it is whole") {
    const std::string bytes =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        "4\r\nabcd\r\n8\r\nefghijkl\r\n0\r\n\r\n"
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nz";
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        CAPTURE(at);
        Client client;
        client.limits.body_bytes = 6;
        std::string pieces;
        client.connection->on_open(client.transport);
        client.connection->request(
            get("/1"), [&](std::string_view piece) { pieces += piece; }, client.note());
        client.connection->request(get("/2"), client.note());
        client.feed(std::string_view{bytes}.substr(0, at));
        client.feed(std::string_view{bytes}.substr(at));
        CHECK(pieces == "abcdefghijkl");
        CHECK(client.answers == Words{"200 ", "200 z"});
    }
}

TEST_CASE("a refusal is no piece, and has the limit of any answer") {
    Client client;
    client.limits.body_bytes = 6;
    client.connection->on_open(client.transport);
    const auto none = [](std::string_view) { FAIL("nothing was given"); };
    client.connection->request(get("/1"), none, client.note());
    client.feed("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno");
    CHECK(client.answers == Words{"404 no"});
    client.connection->request(get("/2"), none, client.note());
    client.feed("HTTP/1.1 404 Not Found\r\nContent-Length: 7\r\n\r\nno");
    CHECK(client.answers == Words{"404 no", "body-too-large"});
}

TEST_CASE("a request from inside an answer is the next one") {
    Client client;
    client.connection->on_open(client.transport);
    client.connection->request(get("/1"), [&](Result<HttpResponse> answer) {
        CHECK(answer.has_value());
        client.connection->request(get("/2"), client.note());
    });
    client.feed("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    CHECK(client.transport.out.ends_with("GET /2 HTTP/1.1\r\nHost: hub\r\n\r\n"));
    client.feed("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb");
    CHECK(client.answers == Words{"200 b"});
}

TEST_CASE("a request whose answer cannot come any more fails, once") {
    Client client;
    client.connection->on_open(client.transport);
    client.connection->request(get("/1"), client.note());
    client.connection->request(get("/2"), client.note());

    SUBCASE("when the connection ends") {
        client.connection->on_closed();
        CHECK(client.answers == Words{"unavailable", "unavailable"});
    }
    SUBCASE("when the peer ends inside an answer") {
        client.feed("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
        client.connection->on_end();
        CHECK(client.answers == Words{"unavailable", "unavailable"});
        CHECK(client.transport.closed);
    }
    SUBCASE("behind an answer that ends the connection") {
        client.feed("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na");
        CHECK(client.answers == Words{"200 a", "unavailable"});
        CHECK(client.transport.closed);
    }
    SUBCASE("behind an answer that lasts until the end") {
        client.feed("HTTP/1.1 200 OK\r\n\r\nab");
        CHECK(client.answers.empty());
        client.connection->on_end();
        CHECK(client.answers == Words{"200 ab", "unavailable"});
    }
    SUBCASE("when what comes is no answer") {
        client.feed("SSH-2.0-x\r\n");
        CHECK(client.answers == Words{"bad-request", "bad-request"});
        CHECK(client.transport.aborted);
    }
    client.connection->on_closed();
    CHECK(client.answers.size() == 2);
    client.connection->request(get("/3"), client.note());
    CHECK(client.answers.back() == "unavailable");
}

TEST_CASE("a connection that was never made fails what waited for it") {
    Client client;
    client.connection->request(get("/1"), client.note());
    client.connection->on_closed();
    CHECK(client.answers == Words{"unavailable"});
}

TEST_CASE("an answer that nobody asked for ends the connection") {
    Client client;
    client.connection->on_open(client.transport);
    client.feed("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    CHECK(client.transport.aborted);
}

std::string key_in(const std::string& request) {
    const std::string name = "Sec-WebSocket-Key: ";
    const auto at = request.find(name);
    REQUIRE(at != std::string::npos);
    return request.substr(at + name.size(), 24);
}

std::string switched(const std::string& accept, std::string_view more = "") {
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: " +
           accept + "\r\n" + std::string{more} + "\r\n";
}

TEST_CASE("an upgrade that is accepted gives the stream, and what follows is WebSocket") {
    Client client;
    client.connection->on_open(client.transport);
    HttpRequest request = get("/v1/stream");
    request.headers.emplace_back("Sec-WebSocket-Protocol", "p, q");
    client.upgrade(request);
    const std::string asked = client.transport.take();
    CHECK(
        asked.find("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n") !=
        std::string::npos);
    client.feed(switched(accept_key(key_in(asked)), "Sec-WebSocket-Protocol: q\r\n") +
                unmasked(Opcode::kText, "hello"));
    REQUIRE(client.stream != nullptr);
    CHECK(client.told.messages == Words{"text hello"});
    client.stream->send(MessageKind::kText, "hi");
    OpenSocket server;
    server.open();
    server.feed(client.transport.out);
    CHECK(server.told.messages == Words{"text hi"});
    client.connection->on_closed();
    CHECK(client.told.closed.size() == 1);
    CHECK(client.opened_calls == 1);
}

TEST_CASE("an upgrade that offers deflate compresses where the server agrees, and only there") {
    Client client;
    client.connection->on_open(client.transport);
    HttpRequest request = get("/v1/stream");
    request.headers.emplace_back("Sec-WebSocket-Extensions", std::string{kDeflateOffer});
    client.upgrade(request);
    const std::string asked = client.transport.take();
    const std::string accept = accept_key(key_in(asked));
    const std::string long_text(2'000, 'a');
    OpenSocket server;

    SUBCASE("both ways when it agrees") {
        client.feed(
            switched(accept, "Sec-WebSocket-Extensions: " + std::string{kDeflateOffer} + "\r\n"));
        REQUIRE(client.stream != nullptr);
        CHECK(client.connection->compresses());
        server.open(nullptr, 15);
        client.stream->send(MessageKind::kText, long_text);
        CHECK(client.transport.out.size() < 100);
        server.feed(client.transport.take());
        CHECK(server.told.messages == Words{"text " + long_text});
        server.connection->send(MessageKind::kText, long_text);
        CHECK(server.transport.out.size() < 100);
        client.feed(server.transport.take());
        CHECK(client.told.messages == Words{"text " + long_text});
    }
    SUBCASE("not at all when it does not answer the offer") {
        client.feed(switched(accept));
        REQUIRE(client.stream != nullptr);
        CHECK_FALSE(client.connection->compresses());
        client.stream->send(MessageKind::kText, long_text);
        CHECK(client.transport.out.size() > long_text.size());
    }
    client.connection->on_closed();
}

TEST_CASE("a message that inflates to more than a client takes ends its connection") {
    Client client;
    client.limits.message_bytes = 1'000;
    client.connection->on_open(client.transport);
    HttpRequest request = get("/v1/stream");
    request.headers.emplace_back("Sec-WebSocket-Extensions", std::string{kDeflateOffer});
    client.upgrade(request);
    const std::string asked = client.transport.take();
    client.feed(switched(accept_key(key_in(asked)),
                         "Sec-WebSocket-Extensions: " + std::string{kDeflateOffer} + "\r\n"));
    OpenSocket server;
    server.open(nullptr, 15);
    server.connection->send(MessageKind::kText, std::string(100'000, 'a'));
    CHECK(server.transport.out.size() < 1'000);
    client.feed(server.transport.take());
    CHECK(client.told.messages.empty());
    client.connection->on_closed();
    CHECK(client.told.closed.size() == 1);
}

TEST_CASE("an upgrade that fails says why, once") {
    Client client;
    client.connection->on_open(client.transport);
    client.upgrade();
    const std::string good = accept_key(key_in(client.transport.out));

    SUBCASE("when it is answered otherwise, with the answer") {
        client.feed("HTTP/1.1 401 Unauthorized\r\nContent-Length: 3\r\n\r\nwho");
        CHECK(client.error.code == ErrorCode::kUnauthenticated);
        CHECK(client.error.detail == "401 who");
        CHECK(client.transport.closed);
    }
    SUBCASE("when the key's answer is another's") {
        client.feed(switched(accept_key("other")));
        CHECK(client.error.code == ErrorCode::kBadRequest);
        CHECK(client.transport.aborted);
    }
    SUBCASE("when a subprotocol is chosen that was not offered") {
        client.feed(switched(good, "Sec-WebSocket-Protocol: p\r\n"));
        CHECK(client.transport.aborted);
    }
    SUBCASE("when an extension is chosen") {
        client.feed(switched(good, "Sec-WebSocket-Extensions: permessage-deflate\r\n"));
        CHECK(client.transport.aborted);
    }
    SUBCASE("when the connection ends") {
        client.connection->on_closed();
        CHECK(client.error.code == ErrorCode::kUnavailable);
    }
    CHECK(client.stream == nullptr);
    client.connection->on_closed();
    CHECK(client.opened_calls == 1);
    CHECK(client.told.closed.empty());
}

TEST_CASE("both ends understand each other") {
    ServedConnection server;
    server.open();
    Told told;
    server.handler.answers = [&](Exchange& exchange) {
        if (!wants_websocket(exchange.request())) {
            return exchange.respond(
                {.status = 200, .headers = {}, .body = exchange.request().body});
        }
        exchange.accept_websocket({}, std::make_unique<TellingHandler>(told));
    };
    Client client;
    client.connection->on_open(client.transport);
    const auto exchange_bytes = [&] {
        server.feed(client.transport.take());
        client.feed(server.transport.take());
    };
    client.connection->request(
        {.method = "POST", .target = "/", .host = "hub", .headers = {}, .body = "echo"},
        client.note());
    exchange_bytes();
    CHECK(client.answers == Words{"200 echo"});
    client.upgrade();
    exchange_bytes();
    REQUIRE(client.stream != nullptr);
    client.stream->send(MessageKind::kText, "hi");
    client.stream->close(1000, "done");
    exchange_bytes();
    CHECK(told.messages == Words{"text hi"});
    CHECK(server.transport.closed);
    server.protocol->on_closed();
    CHECK(told.closed == Words{"1000 done"});
}

}  // namespace
}  // namespace tandem::net
