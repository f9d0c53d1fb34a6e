#include "net/websocket_connection.h"

#include "net/test_websocket.h"

#include <doctest/doctest.h>

namespace tandem::net {
namespace {

using namespace std::string_literals;
using enum Opcode;
using Messages = std::vector<std::string>;

/// The close code of the last frame in `out`, 0 when it is no close frame.
int close_code_in(std::string_view out) {
    int code = 0;
    while (!out.empty()) {
        const auto header = read_frame_header(bytes_of(out), FrameFrom::kServer);
        REQUIRE(header.has_value());
        REQUIRE(header->has_value());
        const std::string_view payload =
            out.substr((*header)->header_bytes, (*header)->payload_bytes);
        const auto close = read_close(payload);
        code = (*header)->opcode == kClose && close ? close->code : 0;
        out.remove_prefix((*header)->header_bytes + payload.size());
    }
    return code;
}

TEST_CASE("messages arrive whole, of either kind, however they are cut") {
    const std::string long_text(70'000, 'x');
    const std::string bytes = masked(kText, "h\xc3\xa9llo") + masked(kBinary, "\xff\x00"s) +
                              masked(kText, "") + masked(kText, "in ", false) +
                              masked(kContinuation, "three \xe2\x82", false) + masked(kPing, "p") +
                              masked(kContinuation, "\xac parts");
    const Messages expected{"text h\xc3\xa9llo", "binary \xff\x00"s, "text ",
                            "text in three \xe2\x82\xac parts"};

    SUBCASE("in one piece") {
        OpenSocket socket;
        socket.open();
        socket.feed(bytes);
        CHECK(socket.told.messages == expected);
        CHECK(socket.transport.out == unmasked(kPong, "p"));
    }
    SUBCASE("in two pieces, cut anywhere") {
        for (std::size_t at = 1; at < bytes.size(); ++at) {
            CAPTURE(at);
            OpenSocket socket;
            socket.open();
            socket.feed(std::string_view{bytes}.substr(0, at));
            socket.feed(std::string_view{bytes}.substr(at));
            CHECK(socket.told.messages == expected);
            CHECK(socket.transport.out == unmasked(kPong, "p"));
        }
    }
    SUBCASE("byte by byte") {
        OpenSocket socket;
        socket.open();
        for (const char one : bytes)
            socket.feed({&one, 1});
        CHECK(socket.told.messages == expected);
    }
    SUBCASE("with each form of length") {
        OpenSocket socket;
        socket.open();
        for (const std::size_t length : {125U, 126U, 65'535U, 65'536U}) {
            const std::string_view payload = std::string_view{long_text}.substr(0, length);
            socket.feed(masked(kText, payload));
            CHECK(socket.told.messages.back() == "text " + std::string{payload});
        }
    }
}

TEST_CASE("a peer that breaks the protocol is told how, and nothing of it is heard after that") {
    struct Row {
        std::string_view why;
        std::string bytes;
        int code;
    };
    const std::string nothing_masked = unmasked(kText, "x");
    const Row rows[] = {
        {"a frame without a mask", nothing_masked, 1002},
        {"a reserved bit", "\xc1\x80\0\0\0\0"s, 1002},
        {"a reserved opcode", "\x83\x80\0\0\0\0"s, 1002},
        {"a ping in fragments", masked(kPing, "", false), 1002},
        {"a ping of 126 bytes", masked(kPing, std::string(126, 'x')), 1002},
        {"a continuation of nothing", masked(kContinuation, "x"), 1002},
        {"a message inside another", masked(kText, "x", false) + masked(kText, "y"), 1002},
        {"a continuation after the end",
         masked(kText, "x", false) + masked(kContinuation, "y") + masked(kContinuation, "z"), 1002},
        {"a length of 2^63", "\x81\xff\x80\0\0\0\0\0\0\0\0\0\0\0"s, 1002},
        {"a length of 2^63 - 1", "\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0"s, 1009},
        {"text that is not UTF-8", masked(kText, "\xff"), 1007},
        {"text that ends inside a character", masked(kText, "\xe2\x82"), 1007},
        {"a surrogate", masked(kText, "\xed\xa0\x80"), 1007},
        {"a wrong byte in the second fragment",
         masked(kText, "\xe2", false) + masked(kContinuation, "x", false), 1007},
        {"half a close code", masked(kClose, "\x03"), 1002},
        {"close code 1005", masked(kClose, "\x03\xed"), 1002},
        {"close code 999", masked(kClose, "\x03\xe7"), 1002},
        {"close code 5000", masked(kClose, "\x13\x88"), 1002},
        {"a close reason that is not UTF-8", masked(kClose, "\x03\xe8\xff"), 1007},
    };
    for (const Row& row : rows) {
        for (const bool bytewise : {false, true}) {
            CAPTURE(row.why);
            OpenSocket socket;
            socket.open();
            const std::string all = row.bytes + masked(kText, "heard?");
            for (std::size_t at = 0; at < all.size(); at += bytewise ? 1 : all.size())
                socket.feed(std::string_view{all}.substr(at, bytewise ? 1 : all.size()));
            CHECK(close_code_in(socket.transport.out) == row.code);
            CHECK(socket.transport.closed);
            for (const std::string& message : socket.told.messages)
                CHECK(message != "text heard?");
            CHECK(socket.told.closed.empty());
            socket.connection->on_closed();
            REQUIRE(socket.told.closed.size() == 1);
            CHECK(socket.told.closed.front().starts_with("1006 "));
        }
    }
}

TEST_CASE("wrong text is refused at its first wrong byte, before the frame is whole") {
    OpenSocket socket;
    socket.open();
    const std::string frame = masked(kText, "ab\xf8" + std::string(50, 'x'));
    socket.feed(std::string_view{frame}.substr(0, 8));
    CHECK(socket.transport.out.empty());
    socket.feed(std::string_view{frame}.substr(8, 1));
    CHECK(close_code_in(socket.transport.out) == 1007);
}

TEST_CASE("limits of what a peer sends") {
    OpenSocket socket;

    SUBCASE("a message that is too big is refused by its header") {
        socket.limits.message_bytes = 10;
        socket.open();
        socket.feed(masked(kText, "0123456789"));
        CHECK(socket.told.messages.size() == 1);
        socket.feed(masked(kText, "01234567890").substr(0, 6));
        CHECK(close_code_in(socket.transport.out) == 1009);
        CHECK(socket.hits("ws.message_bytes") == 1);
    }
    SUBCASE("the fragments of a message count together") {
        socket.limits.message_bytes = 10;
        socket.open();
        socket.feed(masked(kText, "012345", false) + masked(kContinuation, "6789", false));
        CHECK(socket.transport.out.empty());
        socket.feed(masked(kContinuation, "0"));
        CHECK(close_code_in(socket.transport.out) == 1009);
    }
    SUBCASE("the limit may be another later") {
        socket.open();
        socket.connection->set_message_limit(3, "ws.other");
        socket.feed(masked(kText, "abc"));
        socket.connection->set_message_limit(5, "ws.other");
        socket.feed(masked(kText, "abcde"));
        CHECK(socket.told.messages.size() == 2);
        socket.connection->set_message_limit(4, "ws.other");
        socket.feed(masked(kText, "abcde"));
        CHECK(close_code_in(socket.transport.out) == 1009);
    }
    SUBCASE("a message has so many fragments, empty ones included") {
        socket.open();
        socket.feed(masked(kText, "", false));
        for (std::size_t count = 1; count < socket.limits.message_fragments; ++count)
            socket.feed(masked(kContinuation, "", false));
        CHECK(socket.transport.out.empty());
        socket.feed(masked(kContinuation, ""));
        CHECK(close_code_in(socket.transport.out) == 1008);
        CHECK(socket.hits("ws.message_fragments") == 1);
    }
    SUBCASE("a message takes so long, whatever trickles in") {
        socket.open();
        socket.feed(masked(kText, "a", false));
        for (int second = 0; second < 9; ++second) {
            socket.loop.advance(1s);
            socket.feed(masked(kContinuation, "a", false));
        }
        CHECK(socket.transport.out.empty());
        socket.loop.advance(1s);
        CHECK(close_code_in(socket.transport.out) == 1008);
        CHECK(socket.hits("ws.message_time") == 1);
    }
    SUBCASE("a frame that stops inside takes no longer") {
        socket.open();
        socket.feed(masked(kText, "abc").substr(0, 3));
        socket.loop.advance(10s);
        CHECK(close_code_in(socket.transport.out) == 1008);
    }
    SUBCASE("each message has its own time") {
        socket.open();
        socket.feed(masked(kText, "a", false));
        for (int count = 0; count < 10; ++count) {
            socket.loop.advance(6s);
            socket.feed(masked(kContinuation, "b") + masked(kText, "a", false));
        }
        CHECK(socket.told.messages.size() == 10);
        CHECK(socket.transport.out.empty());
    }
    SUBCASE("control frames come at a rate, with a burst") {
        socket.open();
        for (std::size_t count = 0; count < socket.limits.control_burst; ++count)
            socket.feed(masked(kPong, ""));
        CHECK(socket.transport.out.empty());
        for (int count = 0; count < 100; ++count) {
            socket.loop.advance(100ms);
            socket.feed(masked(kPong, ""));
        }
        CHECK(socket.transport.out.empty());
        socket.feed(masked(kPong, ""));
        CHECK(close_code_in(socket.transport.out) == 1008);
        CHECK(socket.hits("ws.control_burst") == 1);
    }
}

TEST_CASE("the close handshake") {
    OpenSocket socket;
    socket.open();

    SUBCASE("that the peer begins is answered with its code, and the connection ends") {
        socket.feed(masked(kClose,
                           "\x0f\xa0"
                           "bye") +
                    masked(kText, "heard?"));
        CHECK(socket.transport.out == unmasked(kClose, "\x0f\xa0"));
        CHECK(socket.transport.closed);
        CHECK(socket.told.messages.empty());
        socket.connection->on_closed();
        CHECK(socket.told.closed == Messages{"4000 bye"});
    }
    SUBCASE("without a code is answered without one") {
        socket.feed(masked(kClose, ""));
        CHECK(socket.transport.out == unmasked(kClose, ""));
        socket.connection->on_closed();
        CHECK(socket.told.closed == Messages{"1005 "});
    }
    SUBCASE("that we begin waits for the peer; its messages are dropped, its pings too") {
        socket.connection->close(1000, "done");
        CHECK(socket.transport.out == unmasked(kClose,
                                               "\x03\xe8"
                                               "done"));
        CHECK_FALSE(socket.transport.closed);
        socket.feed(masked(kText, "a") + masked(kPing, "b") + masked(kClose, "\x03\xe8"));
        CHECK(socket.told.messages.empty());
        CHECK(socket.transport.closed);
        CHECK(socket.transport.out == unmasked(kClose,
                                               "\x03\xe8"
                                               "done"));
        socket.connection->on_closed();
        CHECK(socket.told.closed == Messages{"1000 "});
    }
    SUBCASE("that the peer does not finish ends in a reset") {
        socket.connection->close(1000, "");
        socket.loop.advance(socket.limits.close_time - 1ms);
        CHECK_FALSE(socket.transport.aborted);
        socket.loop.advance(1ms);
        CHECK(socket.transport.aborted);
        CHECK(socket.hits("ws.close_time") == 1);
        socket.connection->on_closed();
        CHECK(socket.told.closed == Messages{"1006 "});
    }
    SUBCASE("is begun once, and nothing is sent after it") {
        socket.connection->close(1000, "");
        socket.connection->close(1001, "");
        socket.connection->send(MessageKind::kText, "a");
        socket.connection->send(make_frame(MessageKind::kText, "b"));
        CHECK(socket.transport.out == unmasked(kClose, "\x03\xe8"));
    }
    SUBCASE("is done without when the peer ends TCP") {
        socket.connection->on_end();
        CHECK(socket.transport.closed);
        socket.connection->on_closed();
        CHECK(socket.told.closed == Messages{"1006 "});
    }
    CHECK(socket.told.closed.size() <= 1);
    if (!socket.told.closed.empty()) {
        socket.connection->on_closed();
        CHECK(socket.told.closed.size() == 1);
        CHECK(socket.loop.timers() == 0);
    }
}

TEST_CASE("silence") {
    OpenSocket socket;
    socket.open();

    SUBCASE("is broken by a ping, and any frame is an answer") {
        for (int count = 1; count <= 5; ++count) {
            socket.loop.advance(socket.limits.ping_interval - 1ms);
            CHECK(socket.transport.take().empty());
            socket.loop.advance(1ms);
            CHECK(socket.transport.take() == unmasked(kPing, ""));
            socket.loop.advance(socket.limits.dead_after - socket.limits.ping_interval - 1ms);
            socket.feed(masked(kPong, ""));
        }
        CHECK_FALSE(socket.transport.aborted);
    }
    SUBCASE("is not while messages come") {
        for (int count = 0; count < 100; ++count) {
            socket.loop.advance(1s);
            socket.feed(masked(kText, ""));
        }
        CHECK(socket.transport.out.empty());
    }
    SUBCASE("that lasts ends the connection with 1001 and a reset") {
        socket.loop.advance(socket.limits.dead_after - 1ms);
        CHECK(close_code_in(socket.transport.out) == 0);
        socket.loop.advance(1ms);
        CHECK(close_code_in(socket.transport.out) == 1001);
        CHECK(socket.hits("ws.dead_after") == 1);
        socket.loop.advance(1s);
        CHECK(socket.transport.aborted);
    }
    SUBCASE("may be as long as hello says, and death moves along") {
        socket.connection->set_ping_interval(60s);
        socket.loop.advance(59s);
        CHECK(socket.transport.out.empty());
        socket.loop.advance(1s);
        CHECK(socket.transport.take() == unmasked(kPing, ""));
        socket.loop.advance(24s);
        CHECK(socket.transport.take().empty());
        socket.loop.advance(1s);
        CHECK(close_code_in(socket.transport.out) == 1001);
    }
    SUBCASE("is ours while reading is paused") {
        socket.connection->pause_reading(true);
        socket.loop.advance(1'000s);
        CHECK(socket.transport.out.empty());
        socket.connection->pause_reading(false);
        socket.loop.advance(socket.limits.ping_interval);
        CHECK(socket.transport.out == unmasked(kPing, ""));
    }
}

TEST_CASE("pausing stops messages at once and loses none") {
    OpenSocket socket;
    socket.open();
    socket.told.on_message = [&] { socket.connection->pause_reading(true); };
    socket.feed(masked(kText, "a") + masked(kText, "b") + masked(kText, "c").substr(0, 5));
    CHECK(socket.told.messages == Messages{"text a"});
    CHECK(socket.transport.paused);
    socket.feed(masked(kText, "c").substr(5));
    CHECK(socket.told.messages == Messages{"text a"});
    socket.loop.advance(60s);

    SUBCASE("they go on in their order, and not from inside pause_reading()") {
        socket.connection->pause_reading(false);
        CHECK(socket.told.messages == Messages{"text a"});
        CHECK(socket.transport.paused);  // What has come is used before more is read.
        socket.loop.run_posted();
        CHECK(socket.told.messages == Messages{"text a", "text b"});
        CHECK(socket.transport.paused);
        socket.connection->pause_reading(false);
        CHECK(socket.transport.paused);
        socket.loop.run_posted();
        CHECK(socket.told.messages == Messages{"text a", "text b", "text c"});
        socket.connection->pause_reading(false);
        CHECK_FALSE(socket.transport.paused);
    }
    SUBCASE("the end of the peer comes after them") {
        socket.connection->on_end();
        CHECK_FALSE(socket.transport.closed);
        for (int count = 0; count < 3; ++count) {
            socket.connection->pause_reading(false);
            socket.loop.run_posted();
        }
        CHECK(socket.told.messages.size() == 3);
        CHECK(socket.transport.closed);
    }
    SUBCASE("closing reads on, for the peer's close frame") {
        socket.connection->close(1000, "");
        CHECK_FALSE(socket.transport.paused);
        socket.feed(masked(kClose, "\x03\xe8"));
        CHECK(socket.transport.closed);
        CHECK(socket.told.messages == Messages{"text a"});
    }
    SUBCASE("work that waits is forgotten with the connection") {
        socket.connection->pause_reading(false);
        socket.connection->on_closed();
        socket.connection.reset();
        socket.loop.run_posted();
        CHECK(socket.told.messages == Messages{"text a"});
    }
}

TEST_CASE("sending") {
    OpenSocket socket;
    socket.open();

    SUBCASE("is one write a message, its payload unchanged") {
        socket.connection->send(MessageKind::kText, "short");
        const std::string big(100'000, 'x');
        socket.connection->send(MessageKind::kBinary, big);
        CHECK(socket.transport.writes == 2);
        CHECK(socket.transport.out == unmasked(kText, "short") + unmasked(kBinary, big));
    }
    SUBCASE("a shared frame is passed on by reference") {
        const SharedFrame frame = make_frame(MessageKind::kText, "for all");
        socket.connection->send(frame);
        CHECK(socket.transport.shared == std::vector{frame->plain().bytes().data()});
        CHECK(socket.transport.out == unmasked(kText, "for all"));
    }
}

TEST_CASE("a peer that does not read") {
    OpenSocket socket;
    socket.limits.queue_bytes = 1'000;
    socket.limits.control_reserve_bytes = 500;
    socket.open();
    socket.transport.stuck = true;
    const std::string hundred(98, 'x');
    const auto send = [&](int count) {
        for (int at = 0; at < count; ++at)
            socket.connection->send(MessageKind::kText, hundred);
    };

    SUBCASE("that has read again is told of, once, if more than half was queued") {
        send(5);
        socket.connection->on_drained();
        CHECK(socket.told.drained == 0);
        send(1);
        socket.transport.queued = 0;
        socket.connection->on_drained();
        CHECK(socket.told.drained == 1);
        socket.connection->on_drained();
        socket.loop.advance(1s);
        CHECK(socket.told.drained == 1);
    }
    SUBCASE("is told of too when the queue left whole, which no transport says") {
        send(8);
        socket.transport.queued = 0;
        socket.loop.run_posted();
        CHECK(socket.told.drained == 1);
    }
    SUBCASE("may be sent to until the reserve is used up, then it is closed with 1013") {
        send(16);
        CHECK(socket.transport.queued == 1'600);
        CHECK_FALSE(socket.transport.closed);
        send(1);
        CHECK(close_code_in(socket.transport.out) == 1013);
        CHECK(socket.transport.closed);
        CHECK(socket.hits("ws.queue_bytes") == 1);
    }
    SUBCASE("and that we do not read either is read again once it is closed") {
        socket.connection->pause_reading(true);
        send(17);
        CHECK(socket.transport.closed);
        CHECK_FALSE(socket.transport.paused);
    }
    SUBCASE("gets one message of any length") {
        socket.connection->send(MessageKind::kText, std::string(100'000, 'x'));
        CHECK_FALSE(socket.transport.closed);
    }
    SUBCASE("gets an answer to its latest ping alone") {
        send(6);
        socket.transport.out.clear();
        socket.feed(masked(kPing, "1") + masked(kPing, "2") + masked(kPing, "3"));
        CHECK(socket.transport.out.empty());
        socket.transport.queued = 0;
        socket.connection->on_drained();
        CHECK(socket.transport.out == unmasked(kPong, "3"));
    }
    SUBCASE("of our close frame is reset in time") {
        send(6);
        socket.connection->close(1000, "");
        socket.loop.advance(socket.limits.close_time);
        CHECK(socket.transport.aborted);
    }
}

TEST_CASE("a handler may end the connection from inside a message") {
    OpenSocket socket;
    socket.open();
    socket.told.on_message = [&] { socket.connection->close(4401, "who are you"); };
    socket.feed(masked(kText, "a") + masked(kText, "b") + masked(kClose, "\x11\x31"));
    CHECK(socket.told.messages == Messages{"text a"});
    CHECK(socket.transport.closed);
    CHECK(close_code_in(socket.transport.out) == 4401);
}

TEST_CASE("the client's end") {
    OpenSocket socket;
    SeededRandom random{7};
    socket.open(&random);

    SUBCASE("masks what it sends, each frame anew") {
        socket.connection->send(MessageKind::kText, "hello");
        socket.connection->send(make_frame(MessageKind::kText, "hello"));
        socket.connection->send(MessageKind::kBinary, std::string(5'000, 'x'));
        OpenSocket server;
        server.open();
        server.feed(socket.transport.out);
        CHECK(server.told.messages ==
              Messages{"text hello", "text hello", "binary " + std::string(5'000, 'x')});
        CHECK(socket.transport.out.substr(2, 4) != socket.transport.out.substr(13, 4));
    }
    SUBCASE("takes no masked frame") {
        socket.feed(masked(kText, "x"));
        CHECK(socket.transport.closed);
        CHECK(socket.told.messages.empty());
    }
    SUBCASE("hears messages and answers pings") {
        socket.feed(unmasked(kText, "a") + unmasked(kPing, "b"));
        CHECK(socket.told.messages == Messages{"text a"});
        CHECK(socket.transport.out.size() == 7);
    }
    SUBCASE("leaves the end of TCP to the server, but not for ever") {
        socket.feed(unmasked(kClose, "\x03\xe8"));
        CHECK(socket.transport.out.size() == 8);
        CHECK_FALSE(socket.transport.closed);
        SUBCASE("that ends it") {
            socket.connection->on_end();
            CHECK(socket.transport.closed);
            CHECK_FALSE(socket.transport.aborted);
        }
        SUBCASE("that does not") {
            socket.loop.advance(socket.limits.close_time);
            CHECK(socket.transport.aborted);
        }
    }
}

}  // namespace
}  // namespace tandem::net
