#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "domain/principal.h"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace tandem::auth {

/// Called when a credential has ended, from any thread.
using RevocationListener = std::function<void(const std::string& credential)>;

/// Browser sessions, the tickets that open their sockets and the one-time codes that begin them.
/// In memory: a restart logs everybody out. Only digests of the secrets are kept; what is asked at
/// each message is one look, however many sessions there are. Any thread.
class Sessions {
public:
    static constexpr Duration kIdle = 30min;
    static constexpr Duration kLife = 12h;
    static constexpr Duration kTicketLife = 30s;
    static constexpr Duration kCodeLife = 10min;
    static constexpr std::size_t kMax = 10'000;  ///< of each; the oldest then ends

    explicit Sessions(Random& random) : random_{random} {}

    /// Begins a session and gives the cookie's value. `actor.credential` becomes the session's id.
    [[nodiscard]] std::string begin(Actor actor, Monotonic now);
    /// Who a cookie stands for; using it keeps it from idling out.
    [[nodiscard]] Result<Actor> find(std::string_view cookie, Monotonic now);
    [[nodiscard]] bool alive(const std::string& session, Monotonic now);
    /// How long a session lives at most; nothing where there is none.
    [[nodiscard]] std::optional<Duration> left(const std::string& session, Monotonic now);
    /// Ends a session; gives whose it was, or nothing when there was none.
    std::optional<Actor> end(std::string_view cookie);
    /// Ends every session, ticket and code of a principal, and tells the listeners.
    void end_principal(const Principal& principal);
    void listen(RevocationListener listener);

    struct Ticket {
        std::string text;
        Duration life;
    };
    /// A ticket of 30 s for one socket of `actor`, from a page of `origin` (empty: not a browser).
    [[nodiscard]] Ticket make_ticket(const Actor& actor, std::string origin, Monotonic now);
    /// Takes the ticket: it works once, in time, from the same origin.
    [[nodiscard]] Result<Actor> redeem_ticket(std::string_view ticket,
                                              std::string_view origin,
                                              Monotonic now);

    /// A code that begins one session as `actor`.
    [[nodiscard]] std::string make_code(const Actor& actor, Monotonic now);
    [[nodiscard]] Result<Actor> redeem_code(std::string_view code, Monotonic now);

private:
    struct Held {
        Actor actor;
        std::string origin;
        Monotonic began;
        Monotonic used;
    };
    // By digest of the secret. Ordered, so that a look takes no memory.
    using Table = std::map<std::string, Held, std::less<>>;
    void hold(Table& table, std::string_view secret, Held held);
    std::optional<Held> take(Table& table, std::string_view secret, Duration life, Monotonic now);
    static bool over(const Held& held, Monotonic now);

    Random& random_;
    std::mutex mutex_;
    Table sessions_;  // Guarded by mutex_, as the next two.
    Table tickets_;
    Table codes_;
    std::vector<RevocationListener> listeners_;  // Guarded by mutex_; only grows.
};

}  // namespace tandem::auth
