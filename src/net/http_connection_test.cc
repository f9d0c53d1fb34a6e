#include "net/http_connection.h"

#include "net/test_http.h"
#include "net/test_requests.h"

#include <doctest/doctest.h>

namespace tandem::net {
namespace {

const std::string kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string kUpgrade =
    "GET /v1/stream HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

std::string get(std::string_view path) {
    return "GET " + std::string{path} + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

void respond(Exchange& exchange) {
    exchange.respond({.status = 200, .headers = {}, .body = exchange.request().target});
}

TEST_CASE("an answer has a length, a date and a server") {
    ServedConnection server;
    server.open();
    server.feed(kGet);
    REQUIRE(server.handler.waiting.size() == 1);
    CHECK(server.handler.waiting[0]->peer().address == "192.0.2.7");
    server.handler.waiting[0]->respond(
        {.status = 201, .headers = {{"Location", "/b"}}, .body = "made"});
    std::string expected = answer_text("201 Created", "made");
    expected.insert(expected.find("\r\n\r\n") + 2, "Location: /b\r\n");
    CHECK(server.transport.out == expected);
    CHECK_FALSE(server.transport.closed);
}

TEST_CASE("fields that would end the head early or say it twice are left out") {
    ServedConnection server;
    server.open();
    server.handler.answers = [](Exchange& exchange) {
        exchange.respond({.status = 200,
                          .headers = {{"X", "a\r\nY: b"},
                                      {"X\r\n", "a"},
                                      {"content-length", "9"},
                                      {"Connection", "keep-alive"}},
                          .body = {}});
    };
    server.feed(kGet);
    CHECK(server.transport.out == answer_text("200 OK", ""));
}

TEST_CASE("answers leave in the order of the requests, whatever the order of their making") {
    ServedConnection server;
    server.open();
    server.feed(get("/1") + get("/2") + get("/3"));
    REQUIRE(server.handler.waiting.size() == 3);
    server.answer(2, "third");
    server.answer(1, "second");
    CHECK(server.transport.out.empty());
    server.answer(0, "first");
    CHECK(server.transport.out == answer_text("200 OK", "first") + answer_text("200 OK", "second") +
                                      answer_text("200 OK", "third"));
}

TEST_CASE("an exchange that is let go unanswered is answered 500") {
    ServedConnection server;
    server.open();
    server.handler.answers = [](Exchange&) {};
    server.feed(kGet);
    CHECK(server.transport.out == answer_text("500 Internal Server Error", "refused"));
    CHECK_FALSE(server.transport.closed);
}

TEST_CASE("HEAD gets the length without the body") {
    ServedConnection server;
    server.open();
    server.feed("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    server.answer(0, "12345");
    std::string expected = answer_text("200 OK", "12345");
    CHECK(server.transport.out == expected.substr(0, expected.size() - 5));
}

TEST_CASE("204 and 304 have no length and no body") {
    for (const int status : {204, 304}) {
        ServedConnection server;
        server.open();
        server.feed(kGet);
        server.handler.waiting[0]->respond({.status = status, .headers = {}, .body = "x"});
        CHECK(server.transport.out.find("Content-Length") == std::string::npos);
        CHECK(server.transport.out.ends_with("\r\n\r\n"));
    }
}

TEST_CASE("a long body goes out by reference") {
    ServedConnection server;
    server.open();
    server.feed(kGet);
    std::string body(100'000, 'x');
    const char* where = body.data();
    server.handler.waiting[0]->respond({.status = 200, .headers = {}, .body = std::move(body)});
    CHECK(server.transport.shared == std::vector{where});
    CHECK(server.transport.out.ends_with("\r\n\r\n" + std::string(100'000, 'x')));
}

TEST_CASE("every good request is answered once, wherever it is cut") {
    for (const GoodRequest& one : good_requests()) {
        for (std::size_t at = 1; at <= one.bytes.size(); ++at) {
            CAPTURE(one.what);
            CAPTURE(at);
            ServedConnection server;
            server.open();
            server.handler.answers = [&](Exchange& exchange) {
                CHECK(exchange.request().body == one.body);
                respond(exchange);
            };
            server.feed(std::string_view{one.bytes}.substr(0, at));
            server.feed(std::string_view{one.bytes}.substr(at));
            REQUIRE(server.handler.requests == 1);
            REQUIRE(server.transport.closed == !one.keep_alive);
            const auto end = server.transport.out.find("HTTP/1.1 200 OK\r\n");
            REQUIRE(end != std::string::npos);
        }
    }
}

TEST_CASE("what is no request is refused once, ends the connection and runs nothing") {
    for (const auto& [why, bytes, code] : refused_requests()) {
        for (const bool bytewise : {false, true}) {
            CAPTURE(why);
            CAPTURE(bytewise);
            ServedConnection server;
            server.open();
            server.handler.answers = respond;
            const std::string all = bytes + kGet;
            if (bytewise) {
                for (const char one : all)
                    server.feed({&one, 1});
            } else {
                server.feed(all);
            }
            CHECK(server.handler.requests == 0);
            CHECK(server.transport.closed);
            const std::string status = "HTTP/1.1 " + std::to_string(row(code).status) + " ";
            CHECK(server.transport.out.starts_with(status));
            CHECK(server.transport.out.find("Connection: close\r\n") != std::string::npos);
            CHECK(server.transport.out.find("HTTP/1.1", 1) == std::string::npos);
        }
    }
}

TEST_CASE("a refusal waits for the answers before it") {
    ServedConnection server;
    server.open();
    server.feed(kGet + "no request\r\n\r\n" + kGet);
    CHECK(server.transport.out.empty());
    REQUIRE(server.handler.requests == 1);
    server.answer(0, "first");
    CHECK(server.transport.out ==
          answer_text("200 OK", "first") + answer_text("400 Bad Request", "refused", true));
    CHECK(server.transport.closed);
}

TEST_CASE("the connection ends after the answer") {
    ServedConnection server;

    SUBCASE("when the request asks for it; what follows is not run") {
        server.open();
        server.feed("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + kGet);
        CHECK(server.handler.requests == 1);
        CHECK_FALSE(server.transport.closed);
    }
    SUBCASE("to HTTP/1.0") {
        server.open();
        server.feed("GET / HTTP/1.0\r\n\r\n");
    }
    SUBCASE("when the hub goes down") {
        server.open();
        server.feed(kGet);
        server.handler.drains = true;
    }
    SUBCASE("to as many requests as a connection may make") {
        server.limits.requests_per_connection = 2;
        server.open();
        server.feed(kGet);
        server.answer(0, "first");
        CHECK(server.transport.take() == answer_text("200 OK", "first"));
        server.handler.waiting.clear();
        server.feed(kGet + kGet);
        CHECK(server.handler.requests == 2);
        CHECK(server.hits("http.requests_per_connection") == 1);
    }
    server.answer(0, "last");
    CHECK(server.transport.out == answer_text("200 OK", "last", true));
    CHECK(server.transport.closed);
}

TEST_CASE("the connection ends after an answer that says so, and later answers are dropped") {
    ServedConnection server;
    server.open();
    server.feed(kGet + kGet);
    server.handler.waiting[0]->respond(
        {.status = 200, .headers = {}, .body = "last", .close = true});
    server.answer(1, "too late");
    CHECK(server.transport.out == answer_text("200 OK", "last", true));
}

TEST_CASE("going down lets every request that has been run have its answer") {
    ServedConnection server;
    server.open();
    server.feed(kGet + kGet);
    server.handler.drains = true;
    server.answer(0, "first");
    CHECK_FALSE(server.transport.closed);
    server.answer(1, "last");
    CHECK(server.transport.out ==
          answer_text("200 OK", "first") + answer_text("200 OK", "last", true));
    CHECK(server.transport.closed);
}

TEST_CASE("reading stops at so many requests without an answer and goes on after one") {
    ServedConnection server;
    server.limits.pipelined_requests = 2;
    server.open();
    server.feed(kGet + kGet + kGet + kGet + kGet.substr(0, 7));
    CHECK(server.handler.requests == 2);
    CHECK(server.transport.paused);
    CHECK(server.hits("http.pipelined_requests") == 1);
    server.feed(kGet.substr(7));
    CHECK(server.handler.requests == 2);

    server.answer(0, "first");
    CHECK(server.handler.requests == 2);  // Not from inside respond().
    CHECK(server.transport.paused);       // What has come is used before more is read.
    server.loop.run_posted();
    CHECK(server.handler.requests == 3);
    for (std::size_t at = 1; at < 5; ++at) {
        server.answer(at, "next");
        server.loop.run_posted();
    }
    CHECK(server.handler.requests == 5);
    CHECK_FALSE(server.transport.paused);
}

TEST_CASE("who sends many requests at once lets others have their turn in between") {
    ServedConnection server;
    server.open();
    server.handler.answers = respond;
    std::string many;
    for (int count = 0; count < 100; ++count)
        many += kGet;
    server.feed(many);
    CHECK(server.handler.requests == 16);
    CHECK(server.transport.paused);  // What has come is used before more is read.
    server.loop.run_posted_once();
    CHECK(server.handler.requests == 32);
    server.loop.run_posted();
    CHECK(server.handler.requests == 100);
    CHECK_FALSE(server.transport.paused);
}

TEST_CASE("reading stops while the peer does not read its answers") {
    ServedConnection server;
    server.limits.queue_bytes = 1'000;
    server.open();
    server.handler.answers = respond;
    server.transport.stuck = true;
    std::string many;
    for (int count = 0; count < 100; ++count)
        many += kGet;
    server.feed(many);
    CHECK(server.transport.paused);
    CHECK(server.handler.requests < 20);
    CHECK(server.transport.queued < 1'000 + 200);

    SUBCASE("and goes on when the transport says that all has left") {
        server.transport.stuck = false;
        server.transport.queued = 0;
        server.protocol->on_drained();
        server.loop.run_posted();
        CHECK(server.handler.requests == 100);
    }
    SUBCASE("and goes on when the queue left whole, which nobody says") {
        server.transport.stuck = false;
        server.transport.queued = 0;
        server.loop.run_posted();
        CHECK(server.handler.requests == 100);
    }
    SUBCASE("and goes on later when some of it has left") {
        server.loop.run_posted();
        server.transport.stuck = false;
        server.transport.queued = 500;
        server.loop.advance(1s);
        server.loop.run_posted();
        CHECK(server.handler.requests == 100);
    }
    CHECK_FALSE(server.transport.paused);
}

TEST_CASE("time limits") {
    ServedConnection server;
    server.open();

    SUBCASE("a head that trickles is answered 408, counted from its first byte") {
        server.loop.advance(9s);
        for (const char one : std::string_view{"GET / HTT"}) {
            server.feed({&one, 1});
            server.loop.advance(1s);
        }
        CHECK(server.transport.out.empty());
        server.feed("P");
        server.loop.advance(1s);
        CHECK(server.transport.out.starts_with("HTTP/1.1 408 "));
        CHECK(server.transport.closed);
        CHECK(server.hits("http.head_time") == 1);
        server.feed("/1.1\r\nHost: a\r\n\r\n");
        CHECK(server.handler.requests == 0);
    }
    SUBCASE("a body below the least rate is answered 408 once its grace is over") {
        server.feed(post_with("Content-Length: 100000\r\n", ""));
        server.feed(std::string(1'000, 'x'));  // Two seconds' worth.
        server.loop.advance(6'900ms);
        CHECK(server.transport.out.empty());
        server.loop.advance(100ms);
        CHECK(server.transport.out.starts_with("HTTP/1.1 408 "));
        CHECK(server.hits("http.body_rate") == 1);
        CHECK(server.handler.requests == 0);
    }
    SUBCASE("a body at the least rate is read, in any pieces") {
        server.handler.answers = respond;
        server.feed(post_with("Content-Length: 20000\r\n", ""));
        for (int at = 0; at < 40; ++at) {
            server.feed(std::string(500, 'x'));
            server.loop.advance(1s);
        }
        CHECK(server.transport.out.starts_with("HTTP/1.1 200 "));
    }
    SUBCASE("a body that trickles is answered 408, counted from its head") {
        server.limits.body_grace = 60s;
        server.feed(post_with("Content-Length: 100\r\n", ""));
        for (int second = 0; second < 59; ++second) {
            server.feed("x");
            server.loop.advance(1s);
        }
        CHECK(server.transport.out.empty());
        server.loop.advance(1s);
        CHECK(server.transport.out.starts_with("HTTP/1.1 408 "));
        CHECK(server.transport.closed);
        CHECK(server.hits("http.body_time") == 1);
    }
    SUBCASE("a connection that asks nothing is closed sooner than one that has asked") {
        server.loop.advance(9'900ms);
        CHECK_FALSE(server.transport.closed);
        server.loop.advance(100ms);
        CHECK(server.transport.closed);
        CHECK(server.transport.out.empty());
        CHECK(server.hits("http.head_time") == 1);
    }
    SUBCASE("an idle connection is closed without a word") {
        server.feed(kGet);
        server.answer(0, "first");
        server.transport.out.clear();
        server.loop.advance(74s);
        CHECK_FALSE(server.transport.closed);
        server.loop.advance(1s);
        CHECK(server.transport.closed);
        CHECK(server.transport.out.empty());
        CHECK(server.hits("http.idle_time") == 1);
    }
    SUBCASE("each request begins the idle time anew") {
        server.handler.answers = respond;
        for (int count = 0; count < 5; ++count) {
            server.feed(kGet);
            server.loop.advance(70s);
        }
        CHECK_FALSE(server.transport.closed);
    }
    SUBCASE("a peer that waits for an answer is not idle") {
        server.feed(kGet);
        server.loop.advance(1'000s);
        CHECK_FALSE(server.transport.closed);
        server.answer(0, "late");
        CHECK(server.transport.out.ends_with("late"));
    }
    SUBCASE("a peer that still reads an answer is not idle") {
        server.transport.stuck = true;
        server.handler.answers = respond;
        server.feed(kGet);
        server.loop.advance(75s);
        CHECK_FALSE(server.transport.closed);
        server.transport.queued = 0;
        server.loop.advance(75s);
        CHECK(server.transport.closed);
    }
    SUBCASE("a peer that is not read from is not slow") {
        std::string many;
        for (std::size_t count = 0; count < server.limits.pipelined_requests; ++count)
            many += kGet;
        server.feed(many + "GET ");
        server.loop.advance(1'000s);
        CHECK_FALSE(server.transport.closed);
    }
    SUBCASE("nor is one whose next request is half read when reading stops") {
        server.feed(kGet + "GET ");
        server.transport.stuck = true;
        server.answer(0, std::string(server.limits.queue_bytes + 1, 'x'));
        CHECK(server.transport.paused);
        server.loop.advance(1'000s);
        CHECK_FALSE(server.transport.closed);
    }
}

TEST_CASE("when the peer ends its side") {
    ServedConnection server;
    server.open();

    SUBCASE("an idle connection ends at once") {
        server.protocol->on_end();
        CHECK(server.transport.closed);
        CHECK(server.transport.out.empty());
    }
    SUBCASE("half a request is dropped") {
        server.feed("GET / HT");
        server.protocol->on_end();
        CHECK(server.transport.closed);
        CHECK(server.transport.out.empty());
    }
    SUBCASE("what it asked for is answered first") {
        server.feed(kGet);
        server.protocol->on_end();
        CHECK_FALSE(server.transport.closed);
        server.answer(0, "last");
        CHECK(server.transport.out == answer_text("200 OK", "last"));
        CHECK(server.transport.closed);
    }
    SUBCASE("what it asked for and has not been read yet too") {
        std::string many;
        for (std::size_t count = 0; count <= server.limits.pipelined_requests; ++count)
            many += kGet;
        server.feed(many);
        server.protocol->on_end();
        for (std::size_t at = 0; at <= server.limits.pipelined_requests; ++at) {
            CHECK_FALSE(server.transport.closed);
            server.answer(at, "x");
            server.loop.run_posted();
        }
        CHECK(server.transport.closed);
    }
}

TEST_CASE("when the connection goes, whoever has not answered hears it once") {
    ServedConnection server;
    server.open();
    server.feed(kGet + kGet + kGet);
    int told = 0;
    for (const auto& exchange : server.handler.waiting)
        exchange->on_gone([&told, &server] {
            ++told;
            CHECK(server.handler.waiting.back()->gone());
        });
    server.answer(1, "made, not sent");
    CHECK_FALSE(server.handler.waiting[0]->gone());
    server.protocol->on_closed();
    CHECK(told == 2);
    server.protocol.reset();
    server.answer(0, "nobody hears this");
    server.handler.waiting.clear();
    CHECK(server.transport.out.empty());
    CHECK(server.loop.timers() == 0);
}

class Quiet final : public WebSocketHandler {
public:
    explicit Quiet(std::string& said) : said_{said} {}
    void on_message(MessageKind /*kind*/, std::string_view payload) override { said_ += payload; }
    void on_drained() override {}
    void on_closed(std::uint16_t code, std::string_view /*reason*/) override {
        said_ += std::to_string(code);
    }

private:
    std::string& said_;
};

// A client's text frame "hi" with a mask of zeros.
const std::string kHi{"\x81\x82\0\0\0\0hi", 8};

TEST_CASE("an upgrade") {
    ServedConnection server;
    server.open();
    std::string said;
    const auto accept = [&said](Exchange& exchange) {
        return exchange.accept_websocket({{"Sec-WebSocket-Protocol", "p"}},
                                         std::make_unique<Quiet>(said));
    };
    const std::string switched =
        "HTTP/1.1 101 Switching Protocols\r\nServer: tandem\r\n"
        "Date: Mon, 12 Jan 1970 13:46:40 GMT\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: p\r\n\r\n";

    SUBCASE("is answered 101 with the key's answer, and what follows is WebSocket") {
        server.handler.answers = [&](Exchange& exchange) { CHECK(accept(exchange) != nullptr); };
        server.feed(kUpgrade + kHi);
        CHECK(server.transport.out == switched);
        server.feed(kHi);
        CHECK(said == "hihi");
        server.protocol->on_closed();
        CHECK(said == "hihi1006");
    }
    SUBCASE("that is accepted later finds what has come by then") {
        server.feed(kUpgrade + kHi.substr(0, 3));
        CHECK(server.transport.paused);
        server.feed(kHi.substr(3));
        WebSocketStream* stream = accept(*server.handler.waiting[0]);
        REQUIRE(stream != nullptr);
        CHECK_FALSE(server.transport.paused);
        CHECK(said.empty());
        server.loop.run_posted();
        CHECK(said == "hi");
        stream->send(MessageKind::kText, "yo");
        CHECK(server.transport.out == switched + "\x81\x02yo");
    }
    SUBCASE("waits until the requests before it have been answered") {
        server.feed(kGet + kUpgrade + kHi);
        CHECK(server.handler.requests == 1);
        server.answer(0, "first");
        server.loop.run_posted();
        REQUIRE(server.handler.requests == 2);
        accept(*server.handler.waiting[1]);
        server.loop.run_posted();
        CHECK(server.transport.out == answer_text("200 OK", "first") + switched);
        CHECK(said == "hi");
    }
    SUBCASE("that is refused leaves HTTP as it was") {
        server.feed(kUpgrade + kGet);
        CHECK(server.handler.requests == 1);
        server.handler.waiting[0]->respond({.status = 403, .headers = {}, .body = {}});
        server.loop.run_posted();
        CHECK(server.handler.requests == 2);
        server.answer(1, "next");
        CHECK(server.transport.out ==
              answer_text("403 Forbidden", "") + answer_text("200 OK", "next"));
    }
    SUBCASE("of a connection that has gone is dropped") {
        server.feed(kUpgrade);
        server.protocol->on_closed();
        CHECK(accept(*server.handler.waiting[0]) == nullptr);
        CHECK(said.empty());
    }
    SUBCASE("is told the end of a peer that ended before it was accepted") {
        server.feed(kUpgrade);
        server.protocol->on_end();
        CHECK_FALSE(server.transport.closed);
        accept(*server.handler.waiting[0]);
        server.loop.run_posted();
        CHECK(server.transport.closed);
    }
    SUBCASE("has no idle time of HTTP") {
        server.handler.answers = [&](Exchange& exchange) { accept(exchange); };
        server.feed(kUpgrade);
        for (int count = 0; count < 10; ++count) {
            server.loop.advance(30s);
            server.feed(kHi);
        }
        CHECK_FALSE(server.transport.closed);
    }
}

}  // namespace
}  // namespace tandem::net
