#include "net/websocket_deflate.h"

#include "base/random.h"
#include "net/test_websocket.h"

#include <doctest/doctest.h>

#include <string>

namespace tandem::net {
namespace {

constexpr std::size_t kBombBytes = 10'000'000;

constexpr auto kText = Opcode::kText;

std::string compressed(std::string_view message, int window_bits = 15) {
    return std::string{MessageDeflate::of_this_thread().compress(message, window_bits)};
}

/// A client's frame that says that it is compressed.
std::string deflated(Opcode opcode, std::string_view payload, bool final = true) {
    return encode_frame({.final = final,
                         .compressed = opcode != Opcode::kContinuation,
                         .opcode = opcode,
                         .mask = Mask{1, 2, 3, 4},
                         .payload_bytes = payload.size()},
                        payload);
}

}  // namespace

TEST_CASE("a message comes out of any window as it went in") {
    MessageDeflate deflate;
    SeededRandom random{11};
    std::string noise(20'000, '\0');
    random.fill({reinterpret_cast<std::uint8_t*>(noise.data()), noise.size()});
    for (const std::string& message :
         {std::string{}, std::string{"a"}, std::string(100'000, 'a'), noise}) {
        for (int bits = 9; bits <= 15; ++bits) {
            CAPTURE(bits);
            const std::string small{deflate.compress(message, bits)};
            const auto back = deflate.inflate(small, message.size());
            REQUIRE(back);
            CHECK(*back == message);
        }
    }
}

TEST_CASE("the examples of RFC 7692 section 7.2.3 are read") {
    MessageDeflate deflate;
    using namespace std::string_view_literals;
    // One block, one without compression, one that calls itself the last, and two blocks.
    for (const std::string_view payload :
         {"\xf2\x48\xcd\xc9\xc9\x07\x00"sv, "\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"sv,
          "\xf3\x48\xcd\xc9\xc9\x07\x00\x00"sv,
          "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"sv}) {
        const auto said = deflate.inflate(payload, 100);
        REQUIRE(said);
        CHECK(*said == "Hello");
    }
}

TEST_CASE("no more is made of a message than may be") {
    MessageDeflate deflate;
    const std::string bomb = compressed(std::string(kBombBytes, 'x'));
    CHECK(bomb.size() < 50'000);
    const auto said = deflate.inflate(bomb, 100'000);
    REQUIRE_FALSE(said);
    CHECK(said.error().code == ErrorCode::kBodyTooLarge);
    CHECK(said.error().limit == "ws.message_bytes");
    CHECK(deflate.inflate(compressed(std::string(100'000, 'x')), 100'000));
    CHECK_FALSE(deflate.inflate(compressed(std::string(100'001, 'x')), 100'000));
}

TEST_CASE("what DEFLATE does not make is refused") {
    MessageDeflate deflate;
    using namespace std::string_view_literals;
    const std::string whole = compressed("a message that is long enough to be cut anywhere");
    for (std::size_t size = 1; size < whole.size(); ++size) {
        CAPTURE(size);
        CHECK_FALSE(deflate.inflate(std::string_view{whole}.substr(0, size), 1'000));
    }
    CHECK_FALSE(deflate.inflate("\xff\xff\xff"sv, 1'000));
    CHECK(deflate.inflate(whole, 1'000));
}

TEST_CASE("a connection with permessage-deflate") {
    OpenSocket socket;
    socket.open(nullptr, 15);
    const std::string message(2'000, 'm');

    SUBCASE("hands over what was compressed, whole or in fragments") {
        const std::string small = compressed(message);
        socket.feed(deflated(kText, small));
        socket.feed(deflated(kText, small.substr(0, 3), false));
        socket.feed(masked(Opcode::kPing, "between"));
        socket.feed(deflated(Opcode::kContinuation, small.substr(3)));
        CHECK(socket.told.messages == std::vector{"text " + message, "text " + message});
    }
    SUBCASE("takes messages that are not compressed too") {
        socket.feed(masked(kText, "plain"));
        CHECK(socket.told.messages == std::vector<std::string>{"text plain"});
    }
    SUBCASE("compresses what is long enough") {
        socket.connection->send(MessageKind::kText, message);
        OpenSocket client;
        SeededRandom random{3};
        client.open(&random, 15);
        client.feed(socket.transport.out);
        CHECK(client.told.messages == std::vector{"text " + message});
        CHECK(socket.transport.out.size() < 100);
        socket.transport.out.clear();
        socket.connection->send(MessageKind::kText, "short");
        CHECK(socket.transport.out == unmasked(kText, "short"));
    }
    SUBCASE("shares the compressed frame with others") {
        OpenSocket other;
        other.open(nullptr, 15);
        const auto frame = make_frame(MessageKind::kText, message);
        socket.connection->send(frame);
        other.connection->send(frame);
        CHECK(socket.transport.shared == other.transport.shared);
        CHECK(socket.transport.out.size() < 100);
    }
    SUBCASE("closes 1007 when the text that was compressed is none") {
        socket.feed(deflated(kText, compressed("\xff\xfe")));
        CHECK(socket.transport.out.substr(2, 2) == "\x03\xef");
        CHECK(socket.told.messages.empty());
    }
    SUBCASE("closes 1009 on a bomb") {
        socket.feed(deflated(kText, compressed(std::string(kBombBytes, 'x'))));
        CHECK(socket.transport.out.substr(2, 2) == "\x03\xf1");
        CHECK(socket.hits("ws.message_bytes") == 1);
    }
    SUBCASE("closes 1002 when the bit stands where no message begins") {
        const std::string ping = encode_frame({.compressed = true,
                                               .opcode = Opcode::kPing,
                                               .mask = Mask{1, 2, 3, 4},
                                               .payload_bytes = 0},
                                              "");
        socket.feed(ping.substr(0, 1));
        CHECK(socket.transport.out.substr(2, 2) == "\x03\xea");
    }
}

TEST_CASE("a client with a smaller window gets what it can inflate") {
    OpenSocket socket;
    socket.open(nullptr, 9);
    std::string message;
    for (int at = 0; at < 3'000; ++at)
        message += std::to_string(at);
    socket.connection->send(make_frame(MessageKind::kText, message));
    OpenSocket client;
    SeededRandom random{5};
    client.open(&random, 9);
    client.feed(socket.transport.out);
    CHECK(client.told.messages == std::vector{"text " + message});
}

}  // namespace tandem::net
