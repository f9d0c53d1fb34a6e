#include "net/epoll_wait.h"

#include "base/check.h"

#include <cerrno>

namespace tandem::net {

int EpollWait::wait(int epoll, std::span<epoll_event> events, Duration longest) {
    const auto most = static_cast<int>(events.size());
    int ready = -1;
    if (precise_ != nullptr) {
        const timespec timeout{
            .tv_sec = longest / 1s,
            .tv_nsec = std::chrono::nanoseconds{longest % 1s}.count(),
        };
        ready = precise_(epoll, events.data(), most, &timeout, nullptr);
        if (ready < 0 && (errno == ENOSYS || errno == EPERM)) precise_ = nullptr;
    }
    if (precise_ == nullptr) {
        // Rounded up: a timer may be late, and a loop that waits for 0 ms would spin until it is
        // due.
        const auto ms = std::chrono::ceil<std::chrono::milliseconds>(longest).count();
        ready = coarse_(epoll, events.data(), most, static_cast<int>(ms));
    }
    check(ready >= 0 || errno == EINTR);
    return ready < 0 ? 0 : ready;
}

}  // namespace tandem::net
