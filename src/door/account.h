#pragma once

#include "advise/constants.h"
#include "advise/ledger.h"
#include "api/call.h"
#include "api/ledgers.h"
#include "api/world.h"
#include "net/transport.h"

#include <cstdint>
#include <memory>
#include <string>

namespace tandem::door {

/// What one connection carries for whom: counted where it happens, put into the device's ledger at
/// the connection's end, when somebody looks, when its device or its way changes, and once for each
/// bucket. In between a message costs some additions. Kept by the connection; its loop only.
class Account final : public net::TrafficWatcher, public api::Meter {
public:
    /// The connection's, made where it has none.
    [[nodiscard]] static std::shared_ptr<Account> of(net::Transport& transport, api::World world);
    Account(net::Transport& transport, api::World world);
    ~Account() override;

    /// From now on it is the device's, by this way. What is not counted yet is whose it was, but
    /// for the bytes that have come since the last message: they are of this one.
    void belong(const DeviceRef& device, advise::Door door);
    /// Adds what one message is about. Nothing while the connection belongs to nobody.
    void note(const advise::Flow& message);
    /// The same of one that the hub sends of itself,
    void note_down() { pending_.messages_down += 1; }
    /// and of one for a subscription.
    void note_event(std::size_t bytes);
    /// What its device is to be told of the other door; null: nothing.
    [[nodiscard]] const api::Hint* hint() const;

    void read() override;
    void on_over(const net::Traffic& all) override;

private:
    /// How much of a connection has been counted: bytes as advise::Flow has them.
    struct Mark {
        double app_up = 0;
        double app_down = 0;
        double tls_up = 0;
        double tls_down = 0;
        double headers_up = 0;
        double headers_down = 0;
        double packets = 0;
    };
    [[nodiscard]] Mark mark_of(const net::Traffic& all) const;
    void settle(const Mark& until, Monotonic to);
    void let_go();

    net::Transport* transport_;  // Null once it is over.
    api::World world_;
    std::shared_ptr<api::DeviceLedger> ledger_;
    advise::Door door_ = advise::Door::kRest;
    advise::Flow pending_;
    Mark counted_;
    double seen_up_ = 0;  // App bytes up when the last message was noted.
    Monotonic seen_at_;
    Monotonic from_;  // What is not counted has passed since then.
    bool tls_;
    bool v6_;
};

/// What a request over REST was about, and by which way it came.
struct Noted {
    advise::Door door = advise::Door::kRest;
    advise::Flow flow;
};
/// `asked`: bytes of its body. Of an answer in pieces the pieces are noted by themselves.
[[nodiscard]] Noted noted_request(const contract::Operation& operation,
                                  bool waits,
                                  std::size_t asked,
                                  const api::Reply& reply);
/// The same of a message of a socket, without the reply to it.
[[nodiscard]] advise::Flow noted_message(const contract::Operation& operation,
                                         std::size_t asked,
                                         const api::Reply& reply);
/// And of a command that is pushed, with so many bytes.
[[nodiscard]] advise::Flow noted_command(const advise::Constants& constants, std::size_t bytes);

}  // namespace tandem::door
