#pragma once

#include "base/clock.h"

#include <sys/epoll.h>

#include <csignal>
#include <ctime>
#include <span>

namespace tandem::net {

/// Waits on an epoll(7) descriptor: to the microsecond with epoll_pwait2(2); to the millisecond
/// where there is none, because the kernel is older than 5.11 (ENOSYS) or a container's seccomp
/// filter is older than the call (EPERM). One thread.
class EpollWait {
public:
    using Precise = int (*)(int, epoll_event*, int, const timespec*, const sigset_t*);

    using Coarse = int (*)(int, epoll_event*, int, int);

    /// Both calls are for tests.
    explicit EpollWait(Precise precise = ::epoll_pwait2, Coarse coarse = ::epoll_wait)
        : precise_{precise}, coarse_{coarse} {}

    /// How many of `events` are ready, after `longest` at least where there are none. 0 when a
    /// signal has come in between.
    [[nodiscard]] int wait(int epoll, std::span<epoll_event> events, Duration longest);

    [[nodiscard]] bool is_precise() const { return precise_ != nullptr; }

private:
    Precise precise_;  // Null once it has turned out not to be there.
    Coarse coarse_;
};

}  // namespace tandem::net
