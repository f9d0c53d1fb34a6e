#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "contract/operation.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace tandem::api {

/// How hard a hub is pressed. Each step does without what those before it did without, too.
enum class Pressure : std::uint8_t {
    kNone,
    kHigh,     ///< nothing new is compressed; slow sockets get receipts for events earlier
    kHigher,   ///< no new subscriptions; an HTTP connection ends with its answer
    kHighest,  ///< no new sockets, and only what is vital: contract::Urgency
};

/// What a node sees when it looks.
struct LoadSeen {
    std::size_t memory = 0;      ///< bytes that are the hub's own
    std::size_t memory_max = 0;  ///< bytes that it may take
    Duration lag{0};             ///< how late the latest loop was
};

/// What the hub is pressed by, from looks at it: memory above 85, 92 and 95 % of its budget, or a
/// loop that has been more than 50 ms late for a second, which is the second step. Not thread-safe.
class LoadWatch {
public:
    struct Judged {
        Pressure memory = Pressure::kNone;
        bool late = false;
    };
    Judged look(const LoadSeen& seen, Monotonic now);

private:
    std::optional<Monotonic> late_since_;
};

/// How hard the hub is pressed, for whoever lets something in. Any thread.
class Load {
public:
    void set(const LoadWatch::Judged& judged);
    [[nodiscard]] Pressure pressure() const;
    /// Fails with kUnavailable, naming the limit, what is not served under this pressure.
    [[nodiscard]] Result<void> admit(contract::Urgency urgency) const;
    /// The same of what is let in up to `most`.
    [[nodiscard]] Result<void> admit_below(Pressure most) const;

private:
    std::atomic<Pressure> memory_ = Pressure::kNone;
    std::atomic<bool> late_ = false;
};

/// Requests that are not answered yet: so many in all, and so many of one principal over REST; a
/// socket has a limit of its own, `ws.in_flight`. Any thread.
class InFlight {
public:
    struct Rules {
        std::size_t of_one = 64;  ///< then 429
        std::size_t all = 4'096;  ///< then 503
    };
    struct State;
    struct Leave {
        std::shared_ptr<State> keeps;
        std::string principal;
        void operator()(State* state) const;
    };
    /// A place, for as long as it is kept.
    using Place = std::unique_ptr<State, Leave>;

    explicit InFlight(const Rules& rules);
    /// `principal` is empty for those that count only in all. Fails with kRateLimited or
    /// kUnavailable.
    [[nodiscard]] Result<Place> enter(std::string principal);
    /// How many there are.
    [[nodiscard]] std::size_t count() const;

private:
    std::shared_ptr<State> state_;
};

}  // namespace tandem::api
