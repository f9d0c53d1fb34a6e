#include "net/client.h"
#include "net/test_sockets.h"

#include <doctest/doctest.h>
#include <unistd.h>

using namespace tandem;
using namespace tandem::net;

namespace {

/// A server, and clients on its loop.
struct Both : TestServer {
    std::shared_ptr<Heard> here = std::make_shared<Heard>();

    std::unique_ptr<Transport> connect(const std::string& host, std::uint16_t port) {
        return connect_tcp(loop, host, port, nullptr, std::make_unique<Recorder>(here));
    }
};

/// A port that nobody listens on any more.
std::uint16_t free_port() {
    TestServer server;
    server.open();
    return server.port();
}

}  // namespace

TEST_CASE("connect: TCP") {
    Both both;
    both.prepare = [](Heard& heard) { heard.on_bytes = echo(); };

    SUBCASE("a connection opens and carries bytes both ways") {
        both.open();
        std::string host;
        SUBCASE("address") {
            host = "127.0.0.1";
        }
        SUBCASE("name") {
            host = "localhost";
        }
        const auto transport = both.connect(host, both.port());
        CHECK(both.here->opened == 0);  // Never from inside connect_tcp().
        transport->write("written before it opened");
        CHECK(both.until([&] { return both.here->bytes == "written before it opened"; }));
        CHECK(both.here->opened == 1);
        CHECK(transport->peer().address == "127.0.0.1");
        CHECK(transport->peer().loopback);
        CHECK_FALSE(transport->peer().local);
    }
    SUBCASE("failure is on_closed without on_open, never from inside connect_tcp()") {
        std::string host = "127.0.0.1";
        SUBCASE("nobody listens") {}
        SUBCASE("no such name") {
            host = "no such name";
        }
        const auto transport = both.connect(host, free_port());
        CHECK(both.here->closed == 0);
        CHECK(both.until([&] { return both.here->closed == 1; }));
        CHECK(both.here->opened == 0);
        CHECK(both.here->destroyed == 1);
        // What is left of it still takes calls.
        transport->write("dropped");
        transport->close();
        transport->abort();
        CHECK(transport->queued_bytes() == 0);
    }
    SUBCASE("letting go aborts, and on_closed has been called when it returns") {
        both.open();
        auto transport = both.connect("127.0.0.1", both.port());
        bool opened = false;
        SUBCASE("before it opens") {}
        SUBCASE("after it has opened") {
            opened = true;
            REQUIRE(both.until([&] { return both.here->opened == 1; }));
        }
        transport.reset();
        CHECK(both.here->closed == 1);
        CHECK(both.here->destroyed == 1);
        both.loop.turn(0ms);
        CHECK(both.here->closed == 1);
        CHECK(both.here->opened == (opened ? 1 : 0));
    }
    SUBCASE("letting go inside a callback is told when that returns") {
        both.open();
        std::unique_ptr<Transport> transport;
        both.here->on_open = [&](Heard& heard) {
            transport.reset();
            CHECK(heard.closed == 0);
        };
        transport = both.connect("127.0.0.1", both.port());
        CHECK(both.until([&] { return both.here->closed == 1; }));
        CHECK(both.here->destroyed == 1);
    }
    SUBCASE("the hub's end arrives as on_end, then on_closed after close()") {
        both.prepare = [](Heard& heard) {
            heard.on_open = [](Heard& opened) {
                opened.transport->write("bye");
                opened.transport->close();
            };
        };
        both.open();
        both.here->on_end = [](Heard& heard) { heard.transport->close(); };
        const auto transport = both.connect("127.0.0.1", both.port());
        CHECK(both.until(
            [&] { return both.here->closed == 1 && both.listener->connections() == 0; }));
        CHECK(both.here->bytes == "bye");
        CHECK(both.here->ended == 1);
    }
    SUBCASE("an address that never answers is given up after ten seconds") {
        // Its queue is full and it never accepts: the kernel drops the third one's SYN.
        const FileDescriptor full{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        const auto any = SocketAddress::numeric("127.0.0.1", 0);
        REQUIRE(::bind(full.get(), any->get(), any->size()) == 0);
        REQUIRE(::listen(full.get(), 0) == 0);
        const std::uint16_t port = SocketAddress::of_socket(full).port();
        const RawClient first{port};
        const auto transport = both.connect("127.0.0.1", port);
        for (int at = 0; at < 5; ++at)
            both.loop.turn(1ms);
        REQUIRE(both.here->opened == 0);
        both.clock.advance(9s);
        both.loop.turn(0ms);
        CHECK(both.here->closed == 0);
        both.clock.advance(2s);
        CHECK(both.until([&] { return both.here->closed == 1; }));
    }
}

TEST_CASE("connect: Unix socket") {
    Both both;
    const TemporaryFolder folder;
    const auto path = folder.path() / "admin.sock";

    SUBCASE("a connection opens and carries bytes both ways") {
        both.prepare = [](Heard& heard) { heard.on_bytes = echo(); };
        auto listener =
            Listener::open_local(both.loop, path, both.limits, both.metrics, both.recorder());
        REQUIRE(listener);
        const auto transport =
            connect_local(both.loop, path, std::make_unique<Recorder>(both.here));
        transport->write("hello");
        CHECK(both.until([&] { return both.here->bytes == "hello"; }));
        CHECK(transport->peer().local);
    }
    SUBCASE("failure is on_closed without on_open") {
        std::filesystem::path wrong = path;
        SUBCASE("no file") {}
        SUBCASE("path too long") {
            wrong = folder.path() / std::string(120, 'x');
        }
        const auto transport =
            connect_local(both.loop, wrong, std::make_unique<Recorder>(both.here));
        CHECK(both.here->closed == 0);
        CHECK(both.until([&] { return both.here->closed == 1; }));
        CHECK(both.here->opened == 0);
    }
}
