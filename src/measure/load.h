#pragma once

#include "base/error.h"
#include "base/random.h"
#include "base/task.h"
#include "net/loop.h"

#include <functional>
#include <vector>

namespace tandem::measure {

/// Sends one message as one of several senders and waits for its answer.
using Send = std::function<Task<Result<void>>(std::size_t sender, std::uint64_t number)>;

/// What came of sending for some time.
struct Sent {
    std::vector<double> latencies;  ///< µs, from when each was due until its answer
    std::vector<double> lateness;   ///< µs, from when each was due until it was sent
    std::uint64_t answered = 0;
    std::uint64_t failed = 0;
    std::uint64_t unanswered = 0;  ///< five seconds after the last was due
    double seconds = 0;
    std::string first_failure;
};

/// How often, by how many, for how long.
struct Pace {
    std::size_t senders = 1;
    double per_second = 100;
    Duration time = 1s;
    double jitter = 0;  ///< of the span between two messages, as a share
};

/// Sends at a rate, whatever the answers do: a slow answer holds nothing back, and the latency of
/// what had to wait counts from when it was due (G. Tene's coordinated omission). The loop outlives
/// it.
[[nodiscard]] Task<Sent> send_at_rate(net::Loop* loop, Random* random, Pace pace, Send send);

/// Each sender sends as soon as its last message is answered: as fast as they go.
[[nodiscard]] Task<Sent> send_flat_out(net::Loop* loop, Pace pace, Send send);

}  // namespace tandem::measure
