#pragma once

#include "api/call.h"
#include "api/device_state.h"
#include "api/streams.h"
#include "auth/budget.h"
#include "base/checked.h"
#include "door/account.h"
#include "door/door.h"
#include "door/envelope.h"
#include "net/websocket_stream.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::door {

/// Close codes of the hub, beside RFC 6455's. 4400–4499: do not retry in the same way.
enum class Close : std::uint16_t {
    kGoingAway = 1001,
    kPolicy = 1008,
    kRestart = 1012,
    kOverloaded = 1013,
    kUnauthenticated = 4401,
    kSuperseded = 4409,
    kTooFast = 4429,        ///< after `retry_ms` of its reason
    kAccessChanged = 4500,  ///< come back: what its principal may do is another
};

/// Of Close::kRestart.
inline constexpr std::string_view kRestartReason = R"({"retry_ms":1000})";

/// One WebSocket connection of the hub: messages in become calls, replies and events go out.
/// Subscriber of the stream and, for a device, the link that its commands take. Its loop only.
class WebSocketSession final : public api::Subscriber,
                               public api::DeviceLink,
                               public std::enable_shared_from_this<WebSocketSession> {
public:
    /// `actor`: found in the handshake; none: the first message must say.
    WebSocketSession(Doorway doorway,
                     contract::Encoding encoding,
                     std::optional<Actor> actor,
                     std::string origin);
    ~WebSocketSession() override;

    /// The handler that a connection owns; it keeps the session alive as long as the socket.
    [[nodiscard]] static std::unique_ptr<net::WebSocketHandler> handler(
        std::shared_ptr<WebSocketSession> session);

    /// The hub as the client reached it; before open().
    void set_base(std::string base) { base_ = std::move(base); }
    /// Its place among the tenant's sockets; before open(), where its caller is known.
    void keep(api::Quota::Place place) { place_ = std::move(place); }
    /// After how much silence its client wants to be pinged; before open(). The hub's own if
    /// unsaid.
    void set_ping(Duration interval) { ping_ = interval; }
    /// What its connection carries; before open(). Only of what may be a device's.
    void count_in(std::shared_ptr<Account> account) { account_ = std::move(account); }
    void open(net::WebSocketStream& stream);
    void on_message(net::MessageKind kind, std::string_view payload);
    void on_drained();
    void on_closed();

    /// The credential has ended.
    void end(Close code, std::string_view reason);
    /// The credential will end in so long; said once.
    void warn(Duration left);
    /// The hub stops: says so, and closes after `until`.
    void leave(const Leaving& how, Duration until);
    [[nodiscard]] const std::string& credential() const;
    [[nodiscard]] bool authenticated() const { return actor_.has_value(); }
    /// Who it is, to be asked whether that still holds; a key that runs out has its grace.
    [[nodiscard]] api::Proof proof() const;

    // api::Subscriber
    [[nodiscard]] contract::Encoding encoding() const override { return encoding_; }
    [[nodiscard]] Door door() const override { return Door::kWs; }
    [[nodiscard]] const Actor& actor() const override { return checked(actor_); }
    [[nodiscard]] bool full() const override;
    [[nodiscard]] std::size_t queued() const override;
    void send(const std::shared_ptr<const api::Rendered>& message, Duration within) override;

    // api::DeviceLink
    [[nodiscard]] Executor& executor() override { return doorway_.world.executor(); }
    void deliver(const Command& command) override;
    void configure(const ConfigDelta& change) override;
    void superseded() override;

private:
    /// The fingerprint of the client's certificate; "" without one.
    [[nodiscard]] std::string certificate() const;
    void begin();
    void greet();
    void write_advice(Writer& writer) const;
    void handle(Envelope envelope);
    void authenticate(const Envelope& envelope);
    void identify(const Envelope& envelope, const std::string& token);
    /// The same for an outside token, which has to be verified first.
    static Task<void> verify(std::shared_ptr<WebSocketSession> self,
                             Envelope envelope,
                             std::string token);
    void answer(const Envelope& about, const api::Reply& reply);
    void settle(const Envelope& about, const api::Reply& reply);
    void acknowledge();
    void refuse_frame(const Error& error);
    void refuse(const Envelope& about, const Error& error);
    void send_control(const std::string& payload);
    void slow_down();
    void tell_limits(const auth::BudgetLeft& left);
    void tell_slowed(const auth::Rate& rate);
    void work_off();
    void pause();
    void resume();
    static Task<void> serve(std::shared_ptr<WebSocketSession> self,
                            Envelope envelope,
                            api::Call call);

    Doorway doorway_;
    contract::Encoding encoding_;
    std::optional<Actor> actor_;
    std::string origin_;
    Duration ping_;
    std::string base_;
    std::shared_ptr<Account> account_;        // Null for who is no device.
    net::WebSocketStream* stream_ = nullptr;  // Null before open() and after on_closed().
    std::shared_ptr<std::atomic<bool>> gone_ = std::make_shared<std::atomic<bool>>(false);
    bool verifying_ = false;  // Its first message; before greeted_.
    bool greeted_ = false;
    bool closing_ = false;
    std::vector<Envelope> waiting_;  // Read, and from begun_ on not begun: while paused, of one
    std::size_t begun_ = 0;      // frame or two. No memory is kept for them while there are none.
    std::size_t in_flight_ = 0;  // Messages that are not answered; reading stops at the limit.
    bool paused_ = false;
    TimerId timer_ = 0;         // While it is not read for its message rate.
    TimerId auth_timer_ = 0;    // Until it has said who it is.
    TimerId leave_timer_ = 0;   // Until it is closed by a hub that stops.
    std::string warned_;        // The credential whose end has been told of.
    std::int64_t settled_ = 0;  // Batched messages that are through and not acknowledged,
    std::int64_t refused_ = 0;  // and those among them that have an answer of their own.
    auth::Bucket messages_;
    api::Quota::Place place_;                      // Once it has said who it is, until it closes.
    std::unique_ptr<Sockets::Stranger> stranger_;  // Before that.

    enum class Scarcity : std::uint8_t { kNone, kScarce, kEmpty };
    std::array<Scarcity, 2> scarcity_{};  // That has been told, of each auth::Budget.
};

/// A place among the sockets of the caller's tenant. Fails with kRateLimited.
[[nodiscard]] Result<api::Quota::Place> take_socket(const Doorway& doorway, const Actor& actor);

}  // namespace tandem::door
