#include "net/http_protocol.h"

#include <utility>

namespace tandem::net {
namespace {

/// A connection while it speaks HTTP, and then, with nothing of that kept, while it speaks
/// WebSocket: there may be very many of those, which have nothing to say for hours.
class ServedConnection final : public Protocol {
public:
    explicit ServedConnection(const HttpConnection::Setup& setup)
        : http_{std::make_unique<HttpConnection>(setup)} {}

    void on_open(Transport& transport) override { http_->on_open(transport); }
    void on_bytes(std::span<const std::uint8_t> bytes) override {
        tell([bytes](auto& spoken) { spoken.on_bytes(bytes); });
    }
    void on_end() override {
        tell([](auto& spoken) { spoken.on_end(); });
    }
    void on_drained() override {
        tell([](auto& spoken) { spoken.on_drained(); });
    }
    void on_closed() override {
        tell([](auto& spoken) { spoken.on_closed(); });
    }

private:
    template <typename Call>
    void tell(Call call) {
        if (websocket_ != nullptr) return call(*websocket_);
        call(*http_);
        websocket_ = http_->take_websocket();
        if (websocket_ != nullptr) http_ = nullptr;
    }

    std::unique_ptr<HttpConnection> http_;
    std::unique_ptr<WebSocketConnection> websocket_;
};

}  // namespace

std::unique_ptr<Protocol> serve_http(HttpHandler& handler,
                                     const Limits& limits,
                                     Metrics& metrics,
                                     const Clock& clock) {
    return std::make_unique<ServedConnection>(HttpConnection::Setup{
        .handler = handler, .limits = limits, .metrics = metrics, .clock = clock});
}

}  // namespace tandem::net
