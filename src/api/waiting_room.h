#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/executor.h"
#include "base/task.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace tandem::api {

/// Where what costs much is done: so much at a time in all, and so much for one principal, so that
/// nobody fills the memory or keeps the others waiting. Who finds no place waits in line, and is
/// called in a later turn. One loop; a place may be let go on any thread.
class WaitingRoom {
public:
    struct Rules {
        std::size_t places = 8;
        std::size_t of_one = 2;                              ///< of one principal
        std::size_t waiting = 64;                            ///< of one principal; then 429
        Duration patience = 10s;                             ///< of whoever waits; then 429 too
        std::string_view limit = "telemetry.reads_waiting";  ///< what that counts as
    };
    /// A place, for as long as it is kept.
    using Place = std::shared_ptr<void>;

    WaitingRoom(Executor& executor, Rules rules);

    /// A place, at once or when one is free. Fails with kRateLimited.
    [[nodiscard]] Task<Result<Place>> enter(std::string principal);
    [[nodiscard]] std::size_t taken() const;

private:
    struct State;
    class Seat;
    std::shared_ptr<State> state_;
};

}  // namespace tandem::api
