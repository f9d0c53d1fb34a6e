#include "client/websocket_client.h"

#include "client/test_hub.h"
#include "net/websocket_frame.h"
#include "net/websocket_handshake.h"
#include "net/websocket_stream.h"

#include <doctest/doctest.h>

namespace tandem::client {
namespace {

Access access_to_hub() {
    return {.url = {.tls = false, .host = "hub", .port = 8080}, .key = "tdk_1", .tls = {}};
}

std::string header_of(const std::string& request, const std::string& name) {
    const std::size_t at = request.find(name + ": ");
    REQUIRE(at != std::string::npos);
    const std::size_t begin_at = at + name.size() + 2;
    return request.substr(begin_at, request.find("\r\n", begin_at) - begin_at);
}

// The payloads of the frames that a client sent.
std::vector<std::string> payloads(const std::string& bytes) {
    std::vector<std::string> out;
    auto rest = net::bytes_of(bytes);
    while (!rest.empty()) {
        const auto header = net::read_frame_header(rest, net::FrameFrom::kClient);
        REQUIRE(header);
        REQUIRE(header->has_value());
        const net::FrameHeader& frame = **header;
        const auto length = static_cast<std::size_t>(frame.payload_bytes);
        std::string payload(length, '\0');
        net::apply_mask(*frame.mask, 0, rest.subspan(frame.header_bytes, length),
                        reinterpret_cast<std::uint8_t*>(payload.data()));
        out.push_back(payload);
        rest = rest.subspan(frame.header_bytes + length);
    }
    return out;
}

class Socket {
public:
    explicit Socket(const Access& access = access_to_hub())
        : client{loop, random, access, hub.connect()} {
        client.on_message([this](const Value& message) { heard.push_back(message); });
        client.on_closed([this](const Closing& closing) { closings.push_back(closing); });
    }

    // Nobody is left waiting: what waits for an answer is told that there will be none.
    ~Socket() {
        client.close();
        loop.advance(2s);
    }

    void accept(const std::string& headers = {}) {
        const std::string key = header_of(hub.line().take(), "Sec-WebSocket-Key");
        hub.line().send(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Protocol: tandem.v1.json\r\n"
            "Sec-WebSocket-Accept: " +
            net::accept_key(key) + "\r\n" + headers + "\r\n");
        loop.run_posted();
    }
    /// What extensions it asks for; empty when none.
    std::string offer() {
        const auto hello = begin(client.open());
        const std::string asked = hub.line().out;
        const bool any = asked.find("Sec-WebSocket-Extensions: ") != std::string::npos;
        return any ? header_of(asked, "Sec-WebSocket-Extensions") : std::string{};
    }
    void send(std::string_view message) {
        hub.line().send(net::make_frame(net::MessageKind::kText, message)->plain().bytes());
        loop.run_posted();
    }
    void greet() {
        const auto hello = begin(client.open());
        accept();
        send(R"({"hello":{"protocol":"tandem.v1"}})");
        REQUIRE(hello->has_value());
        REQUIRE(**hello);
    }
    void close_with(std::uint16_t code, std::string_view reason) {
        std::string payload{static_cast<char>(code >> 8U), static_cast<char>(code & 0xffU)};
        payload += reason;
        hub.line().send(net::encode_frame(
            {.opcode = net::Opcode::kClose, .mask = {}, .payload_bytes = payload.size()}, payload));
        hub.line().hang_up();
        loop.run_posted();
    }

    net::ManualLoop loop;
    TestHub hub{loop};
    SeededRandom random{1};
    std::vector<Value> heard;
    std::vector<Closing> closings;
    WebSocketClient client;
};

}  // namespace

TEST_CASE(
    "a WebSocket client offers deflate when it is told to, and says whether it is agreed on") {
    Access access = access_to_hub();
    CHECK(Socket{access}.offer().empty());
    access.deflate = true;
    const std::string offer = Socket{access}.offer();
    CHECK(offer.starts_with("permessage-deflate;"));
    for (const bool agreed : {true, false}) {
        Socket socket{access};
        const auto hello = begin(socket.client.open());
        socket.accept(agreed ? "Sec-WebSocket-Extensions: " + offer + "\r\n" : "");
        CHECK_FALSE(socket.client.compresses());
        socket.send(R"({"hello":{"protocol":"tandem.v1"}})");
        CHECK(socket.client.compresses() == agreed);
    }
}

TEST_CASE("the WebSocket client") {
    Socket socket;

    SUBCASE("offers the protocol of its encoding, with the key in the header") {
        const auto hello = begin(socket.client.open());
        const std::string request = socket.hub.line().out;
        CHECK(request.starts_with("GET /v1/stream HTTP/1.1\r\n"));
        CHECK(header_of(request, "Sec-WebSocket-Protocol") == "tandem.v1.json");
        CHECK(header_of(request, "Authorization") == "Bearer tdk_1");
        CHECK(!socket.client.is_open());
        CHECK(!hello->has_value());
    }

    SUBCASE("is open from the hub's hello on, which is handed to the opener alone") {
        socket.greet();
        CHECK(socket.client.is_open());
        CHECK(socket.heard.empty());
    }

    SUBCASE("does not wait for ever for a hello") {
        const auto hello = begin(socket.client.open());
        socket.accept();
        socket.loop.advance(11s);
        REQUIRE(hello->has_value());
        CHECK((*hello)->error().code == ErrorCode::kRequestTimeout);
        CHECK(socket.hub.line().gone);
    }

    SUBCASE("tells the problem that the hub refused the handshake with") {
        const auto hello = begin(socket.client.open());
        socket.hub.line().send(
            "HTTP/1.1 401 X\r\nContent-Type: application/problem+json\r\nContent-Length: 62\r\n\r\n"
            R"({"type":"/problems/unauthenticated","detail":"no such key xx"})");
        socket.loop.run_posted();
        REQUIRE(hello->has_value());
        CHECK((*hello)->error().code == ErrorCode::kUnauthenticated);
        CHECK((*hello)->error().detail == "no such key xx");
        CHECK(socket.closings.empty());
    }

    SUBCASE("a hub that is not there is unavailable") {
        socket.hub.unreachable = true;
        const auto hello = begin(socket.client.open());
        socket.loop.run_posted();
        REQUIRE(hello->has_value());
        CHECK((*hello)->error().code == ErrorCode::kUnavailable);
        CHECK((*hello)->error().detail == "no connection to http://hub:8080");
        CHECK(socket.closings.empty());
    }

    SUBCASE("calls are answered by their numbers, what comes unasked is handed on") {
        socket.greet();
        const auto reply = begin(socket.client.call({.operation = "me.get"}));
        CHECK(payloads(socket.hub.line().take()) ==
              std::vector<std::string>{R"({"op":"me.get","id":1})"});
        socket.send(R"([{"cmd":{"id":"c1"}},{"id":1,"status":200,"body":{"kind":"device"}}])");
        REQUIRE(reply->has_value());
        CHECK(text_at((**reply)->body, "kind") == "device");
        REQUIRE(socket.heard.size() == 1);
        CHECK(socket.heard.front().find("cmd") != nullptr);
    }

    SUBCASE("a call loses patience when it said it would, and the socket goes on") {
        socket.greet();
        const auto reply = begin(socket.client.call({.operation = "me.get", .patience = 3s}));
        socket.loop.advance(4s);
        REQUIRE(reply->has_value());
        CHECK((*reply)->error().code == ErrorCode::kRequestTimeout);
        CHECK(socket.client.is_open());
    }

    SUBCASE("when the hub closes, waiting calls fail and the closing is told once") {
        socket.greet();
        const auto reply = begin(socket.client.call({.operation = "me.get"}));
        socket.close_with(4409, "superseded");
        REQUIRE(reply->has_value());
        CHECK((*reply)->error().code == ErrorCode::kUnavailable);
        REQUIRE(socket.closings.size() == 1);
        CHECK(socket.closings.front().code == 4409);
        CHECK(socket.closings.front().reason == "superseded");
        CHECK(socket.closings.front().final());
        CHECK(!socket.client.is_open());
    }

    SUBCASE("can be opened again after it was lost") {
        socket.greet();
        socket.close_with(1012, "restart");
        CHECK(!socket.closings.front().final());
        socket.greet();
        CHECK(socket.hub.connections() == 2);
        CHECK(socket.client.is_open());
    }

    SUBCASE("closing it says goodbye, fails what waits, and lets the connection go in a second") {
        socket.greet();
        const auto reply = begin(socket.client.call({.operation = "me.get"}));
        static_cast<void>(socket.hub.line().take());
        socket.client.close();
        socket.loop.run_posted();
        REQUIRE(reply->has_value());
        CHECK((*reply)->error().code == ErrorCode::kUnavailable);
        CHECK(payloads(socket.hub.line().take()) == std::vector<std::string>{"\x03\xe8"});
        CHECK(!socket.hub.line().gone);
        socket.loop.advance(2s);
        CHECK(socket.hub.line().gone);
        CHECK(socket.closings.empty());
    }

    SUBCASE("whoever has closed it is told no more, and may be gone") {
        socket.greet();
        auto gone = std::make_unique<int>(0);
        socket.client.on_closed([told = gone.get()](const Closing&) { ++*told; });
        socket.client.close();
        gone.reset();
        socket.loop.advance(2s);
    }

    SUBCASE("a call on a closed socket fails at once") {
        const auto reply = begin(socket.client.call({.operation = "me.get"}));
        REQUIRE(reply->has_value());
        CHECK((*reply)->error().code == ErrorCode::kUnavailable);
    }

    SUBCASE("a message that cannot be read ends the socket") {
        socket.greet();
        static_cast<void>(socket.hub.line().take());
        socket.send("{");
        const auto sent = payloads(socket.hub.line().take());
        REQUIRE(sent.size() == 1);
        CHECK(sent.front().starts_with("\x03\xef"));
    }
}

}  // namespace tandem::client
