// Answers whose body is made while it is sent: Exchange::begin(), write() and end().
#include "net/http_connection.h"
#include "net/test_http.h"

#include <doctest/doctest.h>

namespace tandem::net {
namespace {

const std::string kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

std::string head(std::string_view more) {
    return "HTTP/1.1 200 OK\r\nServer: tandem\r\nDate: Mon, 12 Jan 1970 13:46:40 GMT\r\n" +
           std::string{more} + "\r\n";
}
const std::string kChunkedHead = head("Transfer-Encoding: chunked\r\n");

TEST_CASE("an answer in pieces is chunked, and the connection goes on") {
    ServedConnection server;
    server.open();
    server.feed(kGet);
    Exchange& exchange = *server.handler.waiting.at(0);
    exchange.begin({.status = 200});
    CHECK(server.transport.out == kChunkedHead);
    exchange.write("hello");
    exchange.write("");
    exchange.write("sixteen letters!");
    exchange.end();
    CHECK(server.transport.out ==
          kChunkedHead + "5\r\nhello\r\n10\r\nsixteen letters!\r\n0\r\n\r\n");
    CHECK_FALSE(server.transport.closed);
    server.feed(kGet);
    CHECK(server.handler.requests == 2);
}

TEST_CASE("an empty answer in pieces is the last chunk alone") {
    ServedConnection server;
    server.open();
    server.feed(kGet);
    server.handler.waiting.at(0)->begin({.status = 200});
    server.handler.waiting.at(0)->end();
    CHECK(server.transport.out == kChunkedHead + "0\r\n\r\n");
}

TEST_CASE("HTTP/1.0 gets the pieces as they are, until the connection ends") {
    ServedConnection server;
    server.open();
    server.feed("GET / HTTP/1.0\r\n\r\n");
    Exchange& exchange = *server.handler.waiting.at(0);
    exchange.begin({.status = 200});
    exchange.write("hello");
    CHECK_FALSE(server.transport.closed);
    exchange.end();
    CHECK(server.transport.out == head("Connection: close\r\n") + "hello");
    CHECK(server.transport.closed);
}

TEST_CASE("HEAD gets the head of an answer in pieces and no chunk") {
    ServedConnection server;
    server.open();
    server.feed("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    Exchange& exchange = *server.handler.waiting.at(0);
    exchange.begin({.status = 200});
    exchange.write("hello");
    exchange.end();
    CHECK(server.transport.out == kChunkedHead);
}

TEST_CASE("pieces wait for the answers before them, and those behind wait for the last piece") {
    ServedConnection server;
    server.open();
    server.feed(kGet + kGet + kGet);
    server.handler.waiting.at(1)->begin({.status = 200});
    server.handler.waiting.at(1)->write("one");
    CHECK_FALSE(server.handler.waiting.at(1)->has_room());
    server.answer(2, "behind");
    CHECK(server.transport.out.empty());
    server.answer(0, "before");
    CHECK(server.transport.out.ends_with("before" + kChunkedHead + "3\r\none\r\n"));
    CHECK(server.handler.waiting.at(1)->has_room());
    server.handler.waiting.at(1)->write("two");
    server.handler.waiting.at(1)->end();
    CHECK(server.transport.out.find("3\r\ntwo\r\n0\r\n\r\nHTTP/1.1 200 OK") != std::string::npos);
    CHECK(server.transport.out.ends_with("behind"));
}

TEST_CASE("whoever waits for its turn is told when it comes") {
    ServedConnection server;
    server.open();
    server.feed(kGet + kGet);
    server.handler.waiting.at(1)->begin({.status = 200});
    int told = 0;
    server.handler.waiting.at(1)->on_room([&] { ++told; });
    server.loop.run_posted();
    CHECK(told == 0);
    server.answer(0, "before");
    server.loop.run_posted();
    CHECK(told == 1);
}

TEST_CASE("whoever waits for room is told when the queue has left") {
    ServedConnection server;
    server.open();
    server.feed(kGet);
    Exchange& exchange = *server.handler.waiting.at(0);
    exchange.begin({.status = 200});
    server.transport.stuck = true;
    exchange.write(std::string(server.limits.queue_bytes + 1, 'x'));
    CHECK_FALSE(exchange.has_room());
    int told = 0;
    exchange.on_room([&] { ++told; });
    server.loop.run_posted();
    CHECK(told == 0);
    server.transport.queued = 0;
    server.protocol->on_drained();
    CHECK(told == 1);
    CHECK(exchange.has_room());
}

TEST_CASE("whoever waits for room is told when the connection goes") {
    ServedConnection server;
    server.open();
    server.feed(kGet);
    Exchange& exchange = *server.handler.waiting.at(0);
    exchange.begin({.status = 200});
    server.transport.stuck = true;
    exchange.write(std::string(server.limits.queue_bytes + 1, 'x'));
    int told = 0;
    exchange.on_room([&] { ++told; });
    server.protocol->on_closed();
    CHECK(told == 1);
    CHECK(exchange.gone());
    exchange.write("nobody hears this");
    exchange.end();
}

TEST_CASE("an answer that stops in the middle resets the connection") {
    ServedConnection server;
    server.open();
    server.feed(kGet);
    server.handler.waiting.at(0)->begin({.status = 200});
    server.handler.waiting.at(0)->write("half of it");
    server.handler.waiting.clear();
    CHECK(server.transport.aborted);
    CHECK_FALSE(server.transport.out.ends_with("0\r\n\r\n"));
}

TEST_CASE("a hub that stops ends the connection behind an answer in pieces") {
    ServedConnection server;
    server.open();
    server.feed(kGet);
    server.handler.drains = true;
    server.handler.waiting.at(0)->begin({.status = 200});
    server.handler.waiting.at(0)->end();
    CHECK(server.transport.out ==
          head("Transfer-Encoding: chunked\r\nConnection: close\r\n") + "0\r\n\r\n");
    CHECK(server.transport.closed);
}

}  // namespace
}  // namespace tandem::net
