#pragma once

#include "door/door.h"
#include "net/http_connection.h"

namespace tandem::door {

/// The first thing that every request meets: is it for this hub, from a page that may ask, without
/// a secret in its URL? Then it goes to the REST door, the WebSocket door or a page. One loop.
class Front final : public net::HttpHandler {
public:
    explicit Front(Doorway doorway) : doorway_{doorway} {}

    void on_request(std::shared_ptr<net::Exchange> exchange) override;
    net::HttpResponse refusal(const Error& error) override;
    [[nodiscard]] std::size_t body_bytes_max(const net::HttpRequest& head,
                                             const net::Peer& peer) const override;
    [[nodiscard]] std::optional<net::HttpResponse> answer_early(const net::HttpRequest& head,
                                                                const net::Peer& peer) override;
    [[nodiscard]] bool draining() const override { return doorway_.settings.draining.load(); }

private:
    [[nodiscard]] Result<void> check(const net::HttpRequest& request, const net::Peer& peer) const;
    /// check(), where it refuses with an audit line if it takes one.
    [[nodiscard]] Result<void> admit(const net::HttpRequest& request, const net::Peer& peer) const;
    void serve(const std::shared_ptr<net::Exchange>& exchange) const;

    Doorway doorway_;
};

}  // namespace tandem::door
