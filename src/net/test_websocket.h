#pragma once

#include "base/random.h"
#include "net/test_transport.h"
#include "net/websocket_connection.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::net {

/// What a WebSocket handler was told, in words. Outlives the handler.
struct Told {
    std::vector<std::string> messages;  ///< `text abc`, `binary abc`
    int drained = 0;
    std::vector<std::string> closed;  ///< `1000 reason`
    std::function<void()> on_message = [] {};
};

class TellingHandler final : public WebSocketHandler {
public:
    explicit TellingHandler(Told& told) : told_{told} {}
    void on_message(MessageKind kind, std::string_view payload) override {
        const std::string_view what = kind == MessageKind::kText ? "text " : "binary ";
        told_.messages.push_back(std::string{what} + std::string{payload});
        told_.on_message();
    }
    void on_drained() override { ++told_.drained; }
    void on_closed(std::uint16_t code, std::string_view reason) override {
        told_.closed.push_back(std::to_string(code) + " " + std::string{reason});
    }

private:
    Told& told_;
};

inline std::string masked(Opcode opcode, std::string_view payload, bool final = true) {
    return encode_frame({.final = final,
                         .opcode = opcode,
                         .mask = Mask{0x12, 0xf4, 0x56, 0x9a},
                         .payload_bytes = payload.size()},
                        payload);
}
inline std::string unmasked(Opcode opcode, std::string_view payload, bool final = true) {
    return encode_frame(
        {.final = final, .opcode = opcode, .mask = {}, .payload_bytes = payload.size()}, payload);
}

/// One end of a WebSocket connection, without a network. `limits` may be changed before open().
struct OpenSocket {
    void open(Random* masks = nullptr, std::optional<int> deflate_bits = {}) {
        connection = std::make_unique<WebSocketConnection>(
            WebSocketConnection::Setup{.transport = transport,
                                       .limits = limits,
                                       .clock = loop,
                                       .metrics = &metrics,
                                       .masks = masks,
                                       .deflate_bits = deflate_bits},
            std::make_unique<TellingHandler>(told));
    }
    void feed(std::string_view bytes) { connection->on_bytes(bytes_of(bytes)); }
    [[nodiscard]] std::int64_t hits(std::string_view limit) {
        const std::string labels = "limit=\"" + std::string{limit} + "\"";
        return metrics.counter("tandem_limit_hits_total", labels).value();
    }

    ManualLoop loop;
    TestTransport transport{loop};
    Limits limits;
    Metrics metrics;
    Told told;
    std::unique_ptr<WebSocketConnection> connection;
};

}  // namespace tandem::net
