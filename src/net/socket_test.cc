#include "net/socket.h"

#include "net/test_sockets.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <vector>

using namespace tandem;
using namespace tandem::net;

namespace {

std::string pattern(std::size_t size) {
    std::string text(size, ' ');
    for (std::size_t at = 0; at < size; ++at)
        text[at] = static_cast<char>('a' + at * 7 % 26);
    return text;
}

/// A server with one connection, which is `client`.
struct Pair : TestServer {
    std::unique_ptr<RawClient> client;

    explicit Pair(int receive_bytes = 0) : receive_bytes_{receive_bytes} {}
    void connect() {
        open();
        client = std::make_unique<RawClient>(port(), receive_bytes_);
        REQUIRE(until([this] { return !heard.empty() && heard[0]->opened == 1; }));
    }
    [[nodiscard]] Heard& there() { return *heard.at(0); }
    /// Turns until the client has heard that nothing more comes.
    bool until_client_ends() {
        return until([this] { return !client->receive(); });
    }
    bool until_closed() {
        return until([this] { return there().closed == 1; });
    }

private:
    int receive_bytes_;
};

}  // namespace

TEST_CASE("socket: bytes in and out") {
    Pair pair;

    SUBCASE("what comes is handed over and what is written arrives") {
        pair.prepare = [](Heard& heard) { heard.on_bytes = echo(); };
        pair.connect();
        pair.client->send("hello");
        CHECK(
            pair.until([&] { return pair.client->receive(), pair.client->received() == "hello"; }));
        CHECK(pair.there().peer.address == "127.0.0.1");
        CHECK(pair.there().peer.loopback);
        CHECK_FALSE(pair.there().peer.tls);
        CHECK_FALSE(pair.there().peer.local);
    }
    SUBCASE("what one turn writes leaves in one segment at its end") {
        pair.connect();
        const auto block = std::make_shared<const std::string>("block");
        for (int at = 0; at < 100; ++at) {
            pair.there().transport->write("piece");
            pair.there().transport->write(block);
        }
        CHECK(pair.there().transport->queued_bytes() == 1'000);
        CHECK(pair.client->segments() == 0);
        REQUIRE(pair.until(
            [&] { return pair.client->receive(), pair.client->received().size() == 1'000; }));
        CHECK(pair.client->segments() == 1);
        CHECK(pair.there().transport->queued_bytes() == 0);
        CHECK(pair.there().drained == 0);
        CHECK(block.use_count() == 1);
    }
    SUBCASE("what may wait leaves together when its time has come") {
        pair.connect();
        const auto block = std::make_shared<const std::string>("tick");
        for (int at = 0; at < 3; ++at) {
            pair.there().transport->write_shared(SharedBytes{block}, 5ms);
            pair.loop.turn(0ms);
        }
        CHECK(pair.client->receive());
        CHECK(pair.client->received().empty());
        pair.clock.advance(5ms);
        REQUIRE(pair.until(
            [&] { return pair.client->receive() && pair.client->received() == "tickticktick"; }));
        CHECK(pair.client->segments() == 1);
    }
    SUBCASE("what may not wait takes along what may, and much of it does not wait") {
        pair.connect();
        const auto block = std::make_shared<const std::string>("tick");
        pair.there().transport->write_shared(SharedBytes{block}, 1h);
        pair.loop.turn(0ms);
        pair.there().transport->write("now");
        REQUIRE(pair.until(
            [&] { return pair.client->receive() && pair.client->received() == "ticknow"; }));
        const auto big = std::make_shared<const std::string>(20'000, 'x');
        pair.there().transport->write_shared(SharedBytes{big}, 1h);
        CHECK(pair.until(
            [&] { return pair.client->receive() && pair.client->received().size() == 20'007; }));
    }
    SUBCASE("one connection takes no more than four reads of a turn") {
        pair.connect();
        const std::string much = pattern(std::size_t{8} * 1'024 * 1'024);
        std::size_t sent = 0;
        while (sent < much.size() || pair.there().bytes.size() < much.size()) {
            const ssize_t taken = ::send(pair.client->fd(), much.data() + sent, much.size() - sent,
                                         MSG_DONTWAIT | MSG_NOSIGNAL);
            if (taken > 0) sent += static_cast<std::size_t>(taken);
            const std::size_t before = pair.there().pieces.size();
            pair.loop.turn(5ms);
            REQUIRE(pair.there().pieces.size() - before <= 4);
        }
        CHECK(pair.there().bytes == much);
    }
}

namespace {

/// Keeps what it is told at a connection's end.
class Watcher final : public TrafficWatcher {
public:
    explicit Watcher(std::vector<Traffic>& told) : told_{told} {}
    void on_over(const Traffic& all) override { told_.push_back(all); }

private:
    std::vector<Traffic>& told_;
};

// What a server has counted is what the other end has, but for the SYN-ACK.
void check_mirrors(const TcpCount& server, const TcpCount& client) {
    CHECK(server.bytes_sent == client.bytes_received);
    CHECK(server.bytes_received == client.bytes_sent);
    CHECK(server.segments_received == client.segments_sent);
    CHECK(server.segments_sent + 1 == client.segments_received);
}

}  // namespace

TEST_CASE("socket: what has passed") {
    std::vector<Traffic> told;  // Also at the end of the pair.
    Pair pair;
    pair.prepare = [](Heard& heard) { heard.on_bytes = echo(); };
    pair.connect();
    pair.there().transport->set_watcher(std::make_shared<Watcher>(told));
    const std::string text = pattern(1'000);
    pair.client->send(text);
    REQUIRE(pair.until([&] { return pair.client->receive(), pair.client->received() == text; }));

    SUBCASE("is counted by the protocol and by the kernel, as at the other end") {
        const auto counted = [&] { return pair.there().transport->traffic(); };
        // The other end may acknowledge a moment later.
        CHECK(pair.until([&] {
            const auto client = count_tcp(pair.client->fd());
            const auto server = counted().tcp;
            return client && server && server->segments_received == client->segments_sent;
        }));
        const Traffic all = counted();
        CHECK(all.plain_up == 1'000);
        CHECK(all.plain_down == 1'000);
        CHECK(pair.there().transport->plain_up() == 1'000);
        REQUIRE(all.tcp.has_value());
        CHECK(all.tcp->bytes_sent == 1'000);
        CHECK(told.empty());
        const auto client = count_tcp(pair.client->fd());
        REQUIRE(client.has_value());
        check_mirrors(*all.tcp, *client);
    }
    SUBCASE("is told once at the end, whoever ends it") {
        SUBCASE("the hub") {
            pair.there().transport->close();
        }
        SUBCASE("the peer") {
            pair.there().on_end = [](Heard& heard) { heard.transport->close(); };
            pair.client->send_end();
        }
        REQUIRE(pair.until_client_ends());
        if (pair.there().closed == 0) pair.client->send_end();
        REQUIRE(pair.until_closed());
        REQUIRE(told.size() == 1);
        CHECK(told[0].plain_up == 1'000);
        CHECK(told[0].plain_down == 1'000);
        REQUIRE(told[0].tcp.has_value());
        CHECK(told[0].tcp->bytes_sent == 1'000);
        CHECK(told[0].tcp->segments_sent >= 2);
    }
    SUBCASE("is told with the reset that ends it") {
        const auto before = pair.there().transport->traffic().tcp;
        REQUIRE(before.has_value());
        pair.there().transport->abort();
        REQUIRE(pair.until_closed());
        REQUIRE(told.size() == 1);
        REQUIRE(told[0].tcp.has_value());
        CHECK(told[0].tcp->segments_sent == before->segments_sent + 1);
    }
}

TEST_CASE("socket: what is no TCP connection has no such counts") {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
    CHECK_FALSE(count_tcp(ends[0]).has_value());
    CHECK_FALSE(count_tcp_at_end(ends[1], true).has_value());
    CHECK_FALSE(count_tcp(-1).has_value());
    for (const int end : ends)
        ::close(end);
}

TEST_CASE("socket: back-pressure") {
    Pair pair{4'096};
    const auto block = std::make_shared<const std::string>(pattern(std::size_t{1} << 20U));

    SUBCASE("a slow reader gets everything in order, and on_drained comes once it has left") {
        pair.connect();
        for (int at = 0; at < 16; ++at)
            pair.there().transport->write(block);
        pair.loop.turn(0ms);
        CHECK(pair.there().transport->queued_bytes() > 0);
        CHECK(block.use_count() > 1);
        REQUIRE(pair.until([&] {
            pair.client->receive();
            return pair.client->received().size() == 16 * block->size();
        }));
        CHECK(pair.until([&] { return pair.there().drained == 1; }));
        CHECK(pair.there().transport->queued_bytes() == 0);
        CHECK(block.use_count() == 1);
        for (std::size_t at = 0; at < 16; ++at) {
            REQUIRE(pair.client->received().compare(at * block->size(), block->size(), *block) ==
                    0);
        }
    }
    SUBCASE("a reader that takes nothing for write_stall is aborted and counted") {
        pair.connect();
        for (int at = 0; at < 16; ++at)
            pair.there().transport->write(block);
        pair.loop.turn(0ms);
        // What the kernels' buffers take is progress; then there is none.
        for (int at = 0; at < 20; ++at)
            pair.loop.turn(1ms);
        pair.clock.advance(pair.limits.write_stall - 1s);
        pair.loop.turn(0ms);
        CHECK(pair.there().closed == 0);
        CHECK(pair.limit_hits("write_stall") == 0);
        pair.clock.advance(2s);
        CHECK(pair.until_closed());
        CHECK(pair.limit_hits("write_stall") == 1);
        CHECK(block.use_count() == 1);
    }
    SUBCASE("a reader that takes a little now and then is not aborted") {
        pair.connect();
        for (int at = 0; at < 16; ++at)
            pair.there().transport->write(block);
        pair.loop.turn(0ms);
        for (int at = 0; at < 5; ++at) {
            const std::size_t before = pair.there().transport->queued_bytes();
            REQUIRE(pair.until([&] {
                pair.client->receive(65'536);
                return pair.there().transport->queued_bytes() < before;
            }));
            pair.clock.advance(pair.limits.write_stall - 1s);
            pair.loop.turn(0ms);
        }
        CHECK(pair.there().closed == 0);
        CHECK(pair.limit_hits("write_stall") == 0);
    }
    SUBCASE("while reading is paused nothing is handed over; afterwards everything is") {
        pair.prepare = [](Heard& heard) {
            heard.on_open = [](Heard& opened) { opened.transport->pause_reading(true); };
        };
        pair.connect();
        pair.client->send("waiting");
        for (int at = 0; at < 5; ++at)
            pair.loop.turn(1ms);
        CHECK(pair.there().bytes.empty());
        pair.there().transport->pause_reading(false);
        CHECK(pair.until([&] { return pair.there().bytes == "waiting"; }));
    }
}

TEST_CASE("socket: ends") {
    Pair pair;

    SUBCASE("close() delivers everything that was written, then FIN") {
        pair.connect();
        const std::string much = pattern(std::size_t{4} << 20U);
        pair.there().transport->write(much);
        pair.there().transport->close();
        pair.there().transport->write("too late");
        CHECK(pair.until_client_ends());
        CHECK_FALSE(pair.client->was_reset());
        CHECK(pair.client->received() == much);
        CHECK(pair.there().closed == 0);
        pair.client->close();
        CHECK(pair.until_closed());
    }
    SUBCASE("the answer arrives although the peer was still sending") {
        pair.prepare = [](Heard& heard) {
            heard.on_bytes = [](Heard& asked, std::string_view) {
                asked.transport->write("answer");
                asked.transport->close();
            };
        };
        pair.connect();
        pair.client->send("question");
        REQUIRE(pair.until([&] { return pair.there().bytes == "question"; }));
        pair.client->send(pattern(100'000));
        CHECK(pair.until_client_ends());
        CHECK_FALSE(pair.client->was_reset());
        CHECK(pair.client->received() == "answer");
        CHECK(pair.there().bytes == "question");
    }
    SUBCASE("a peer that does not close after close() is left after two seconds") {
        pair.connect();
        pair.there().transport->write("bye");
        pair.there().transport->close();
        CHECK(pair.until_client_ends());
        pair.clock.advance(1'900ms);
        pair.loop.turn(0ms);
        CHECK(pair.there().closed == 0);
        pair.clock.advance(200ms);
        CHECK(pair.until_closed());
        CHECK(pair.client->received() == "bye");
    }
    SUBCASE("a peer that goes on sending after close() is left after 256 KiB") {
        pair.connect();
        pair.there().transport->close();
        CHECK(pair.until_client_ends());
        const std::string more = pattern(65'536);
        CHECK(pair.until([&] {
            ::send(pair.client->fd(), more.data(), more.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            return pair.there().closed == 1;
        }));
    }
    SUBCASE("abort() resets, and what was written is lost") {
        pair.connect();
        pair.there().transport->write("lost");
        pair.there().transport->abort();
        CHECK(pair.there().closed == 0);  // Never from inside the call.
        CHECK(pair.until_closed());
        CHECK(pair.until_client_ends());
        CHECK(pair.client->was_reset());
        CHECK(pair.client->received().empty());
    }
    SUBCASE("FIN is told by on_end; an answer can still be sent") {
        pair.prepare = [](Heard& heard) {
            heard.on_end = [](Heard& ended) {
                ended.transport->write("got " + ended.bytes);
                ended.transport->close();
            };
        };
        pair.connect();
        pair.client->send("all of it");
        pair.client->send_end();
        CHECK(pair.until_client_ends());
        CHECK(pair.client->received() == "got all of it");
        CHECK(pair.until_closed());
        CHECK(pair.there().ended == 1);
    }
    SUBCASE("a half-closed connection costs no turns") {
        pair.connect();
        pair.client->send_end();
        REQUIRE(pair.until([&] { return pair.there().ended == 1; }));
        for (int at = 0; at < 5; ++at)
            pair.loop.turn(1ms);
        CHECK(pair.there().ended == 1);
        CHECK(pair.there().closed == 0);
        pair.there().transport->write("still here");
        CHECK(pair.until([&] { return pair.client->receive(), !pair.client->received().empty(); }));
    }
    SUBCASE("a peer's reset is told once, also while reading is paused") {
        bool paused = false;
        SUBCASE("reading") {}
        SUBCASE("paused") {
            paused = true;
        }
        pair.connect();
        pair.there().transport->pause_reading(paused);
        const ::linger now{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(pair.client->fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
        pair.client->close();
        CHECK(pair.until_closed());
        CHECK(pair.there().ended == 0);
        CHECK(pair.there().destroyed == 1);
        CHECK(pair.listener->connections() == 0);
    }
    SUBCASE("what the peer said before it reset is heard when writing fails") {
        pair.connect();
        // Between the turn's events and its end, so that writing is what finds out.
        pair.loop.post([&] {
            pair.client->send("refused");
            const ::linger now{.l_onoff = 1, .l_linger = 0};
            ::setsockopt(pair.client->fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
            pair.client->close();
            pair.there().transport->write("for nobody");
        });
        CHECK(pair.until_closed());
        CHECK(pair.there().bytes == "refused");
    }
}

TEST_CASE("socket: ends from inside every callback") {
    struct Row {
        const char* where;
        bool abort;
    };
    for (const Row row : {Row{"open", false}, Row{"open", true}, Row{"bytes", false},
                          Row{"bytes", true}, Row{"end", false}, Row{"end", true}}) {
        CAPTURE(row.where);
        CAPTURE(row.abort);
        Pair pair;
        const auto leave = [row](Heard& heard) {
            // Twice, and writing in between: the later calls are dropped.
            for (int at = 0; at < 2; ++at) {
                if (row.abort) {
                    heard.transport->abort();
                } else {
                    heard.transport->close();
                }
                heard.transport->write("dropped");
                heard.transport->pause_reading(at == 0);
            }
        };
        pair.prepare = [&](Heard& heard) {
            const std::string_view where = row.where;
            if (where == "open") heard.on_open = leave;
            if (where == "bytes")
                heard.on_bytes = [leave](Heard& at, std::string_view) { leave(at); };
            if (where == "end") heard.on_end = leave;
        };
        pair.connect();
        // A connection that was reset refuses it.
        ::send(pair.client->fd(), "x", 1, MSG_NOSIGNAL);
        pair.client->send_end();
        CHECK(pair.until_client_ends());
        CHECK(pair.client->received().empty());
        CHECK(pair.until_closed());
        CHECK(pair.there().destroyed == 1);
        CHECK(pair.listener->connections() == 0);
    }
}

TEST_CASE("socket: the owner lets go inside a callback") {
    Pair pair;
    pair.prepare = [&](Heard& heard) {
        heard.on_bytes = [&](Heard& at, std::string_view) {
            pair.listener.reset();
            // The protocol is still running: it hears of its end when it returns.
            CHECK(at.closed == 0);
            CHECK(at.destroyed == 0);
            at.transport->write("dropped");
        };
    };
    pair.connect();
    pair.client->send("go");
    CHECK(pair.until_closed());
    CHECK(pair.there().destroyed == 1);
    CHECK(pair.until_client_ends());
}
