#include "net/queue_watch.h"

#include <utility>

namespace tandem::net {
namespace {

// Seldom needed, and then nobody is in a hurry: the other end reads slowly.
constexpr Duration kLookAgain = 50ms;

}  // namespace

QueueWatch::QueueWatch(Transport& transport, std::size_t below, Work left)
    : transport_{transport}, below_{below}, left_{std::move(left)}, timer_{transport.executor()} {
    // Posted twice: work that posted work posts runs in the next turn, after this one's output.
    Executor& executor = transport_.executor();
    auto look_then = [this, alive = std::weak_ptr{alive_}] {
        if (!alive.expired()) look();
    };
    executor.post([&executor, look_then]() mutable { executor.post(std::move(look_then)); });
}

void QueueWatch::look() {
    if (transport_.queued_bytes() > below_) {
        timer_.start(kLookAgain, [this] { look(); });
        return;
    }
    Work told = std::move(left_);
    told();
}

}  // namespace tandem::net
