#pragma once

#include "base/error.h"
#include "base/task.h"
#include "net/loop.h"

#include <memory>
#include <utility>

namespace tandem::measure {

/// Ends after `time`.
inline Task<void> pause(net::Loop* loop, Duration time) {
    Completion<bool> over;
    loop->call_after(time, [over]() mutable { over.complete(true); });
    co_await over;
}

/// An answer that is awaited, told once: by what comes, by time, or when the last that holds on to
/// this lets go, as a connection that ends does with its callbacks.
template <typename T>
class Awaited : public std::enable_shared_from_this<Awaited<T>> {
public:
    explicit Awaited(net::Loop& loop) : loop_{loop} {}
    Awaited(const Awaited&) = delete;
    Awaited& operator=(const Awaited&) = delete;
    ~Awaited() { tell(fail(ErrorCode::kUnavailable, "the connection ended")); }

    /// From now on it waits: for `patience`, then it is told kRequestTimeout. Once.
    [[nodiscard]] Completion<Result<T>> begin(Duration patience) {
        timer_ = loop_.call_after(patience, [weak = this->weak_from_this()] {
            const auto waits = weak.lock();
            if (waits != nullptr)
                waits->tell(fail(ErrorCode::kRequestTimeout, "no answer in time"));
        });
        return completion_;
    }
    void tell(Result<T> result) {
        if (std::exchange(told_, true)) return;
        loop_.cancel(timer_);
        // A turn of its own: whoever waits may end the connection that the answer came from.
        loop_.post([completion = completion_, given = std::move(result)]() mutable {
            completion.complete(std::move(given));
        });
    }

private:
    net::Loop& loop_;
    Completion<Result<T>> completion_;
    TimerId timer_ = 0;
    bool told_ = false;
};

/// What it was told.
template <typename T>
Task<Result<T>> told(Completion<Result<T>> completion) {
    co_return co_await completion;
}

}  // namespace tandem::measure
