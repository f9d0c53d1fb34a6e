#pragma once

#include "net/held_bytes.h"
#include "net/http_answer.h"
#include "net/http_connection.h"
#include "net/http_parser.h"
#include "net/kept_until_sent.h"
#include "net/queue_watch.h"
#include "net/request_timer.h"
#include "net/websocket_connection.h"

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace tandem::net {

/// HTTP/1.1 on one connection, until an exchange has accepted WebSocket and what came behind it has
/// been handed over; the connection's loop only.
class HttpConnection final : public Protocol {
public:
    struct Setup {
        HttpHandler& handler;
        const Limits& limits;
        Metrics& metrics;
        const Clock& clock;
    };
    explicit HttpConnection(const Setup& setup);

    void on_open(Transport& transport) override;
    void on_bytes(std::span<const std::uint8_t> bytes) override;
    void on_end() override;
    void on_drained() override;
    void on_closed() override;

    void answer(std::uint64_t number, HttpResponse response);
    void abandon(std::uint64_t number);
    void begin(std::uint64_t number, HttpResponse response);
    void write(std::uint64_t number, std::string_view piece);
    void finish(std::uint64_t number);
    void reset();
    void trust() { transport_->trust(); }
    [[nodiscard]] Transport& transport() { return *transport_; }
    [[nodiscard]] bool has_room(std::uint64_t number) const;
    void watch_room(std::uint64_t number);
    WebSocketStream* accept(const Exchange& exchange,
                            const Headers& headers,
                            std::unique_ptr<WebSocketHandler> handler,
                            std::optional<int> deflate_bits);
    /// WebSocket has taken over and nothing is left to be done here: what goes on alone; null
    /// before.
    [[nodiscard]] std::unique_ptr<WebSocketConnection> take_websocket();

private:
    /// A request whose answer has not left.
    struct Due {
        std::weak_ptr<Exchange> exchange;
        std::optional<HttpResponse> response;
        bool head_only = false;
        bool last = false;       ///< The connection ends with this answer.
        bool chunks = true;      ///< The peer understands a chunked answer.
        bool streaming = false;  ///< The response's body comes in pieces,
        bool ended = false;      ///< of which there are no more.
        bool begun = false;      ///< Its head has left.
    };
    [[nodiscard]] bool may_read() const;
    [[nodiscard]] std::span<const std::uint8_t> read(std::span<const std::uint8_t> bytes);
    void take(HttpRequestParser::Step step, bool body_has_come);
    void accept_body(bool body_has_come);
    void run(HttpRequest request);
    void refuse(const Error& error);
    void end_with(HttpResponse response);
    void send_answers();
    void send(Due& due);
    [[nodiscard]] bool send_pieces(Due& due);
    [[nodiscard]] bool closes_with(const Due& due) const;
    void tell_of_room();
    void end();

    void go_on();
    void go_on_later();
    void settle();
    void update_reading();
    void update_timer();
    [[nodiscard]] RequestTimer::Wait waits_for() const;
    void on_expired(RequestTimer::Wait wait, std::string_view limit);
    void hand_over();

    HttpHandler& handler_;
    const Limits& limits_;
    Metrics& metrics_;
    const Clock& clock_;
    Transport* transport_ = nullptr;
    std::shared_ptr<HttpConnection*> self_;  // What exchanges hold weakly. Null once closed.

    std::unique_ptr<HttpRequestParser> parser_;  // Null once WebSocket has taken over.
    std::vector<Due> due_;     // In order; one more than Limits::pipelined_requests at most.
    std::uint64_t first_ = 0;  // The number of the first that is due.
    HeldBytes held_;
    DateKeeper date_;

    bool reading_ = false;        // Inside read(): whoever answers is called from there.
    bool whole_ = false;          // The parser has a request that has not been run.
    bool upgrade_asked_ = false;  // By that request.
    bool upgrading_ = false;      // A request for an upgrade is due.
    bool continue_due_ = false;   // 100 waits for the answers before it.
    bool reading_over_ = false;   // No request will be run any more.
    bool over_ = false;           // The transport has been told to close.
    bool peer_ended_ = false;
    bool paused_ = false;
    bool posted_ = false;

    std::optional<RequestTimer> timer_;
    KeptUntilSent kept_;
    std::unique_ptr<QueueWatch> crowded_;  // While too much waits to leave.
    std::unique_ptr<QueueWatch> room_;     // While the writer of an answer in pieces waits.
    std::unique_ptr<WebSocketConnection> websocket_;
};

}  // namespace tandem::net
