#include "measure/alarm.h"

#include "base/check.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace tandem::measure {

Alarm::Alarm(net::Loop& loop)
    : loop_{loop}, fd_{::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)} {
    check(fd_ >= 0);
    loop_.watch(fd_, EPOLLIN, *this);
}

Alarm::~Alarm() {
    loop_.unwatch(fd_);
    ::close(fd_);
}

void Alarm::set(Monotonic when, Work work) {
    work_ = std::move(work);
    constexpr std::int64_t million = 1'000'000;
    // Zero would stop it.
    const std::int64_t at = std::max<std::int64_t>(when.time_since_epoch().count(), 1);
    itimerspec spec{};
    spec.it_value.tv_sec = at / million;
    spec.it_value.tv_nsec = at % million * 1'000;
    check(::timerfd_settime(fd_, TFD_TIMER_ABSTIME, &spec, nullptr) == 0);
}

void Alarm::on_events(std::uint32_t /*events*/) {
    std::uint64_t times = 0;
    if (::read(fd_, &times, sizeof times) != static_cast<ssize_t>(sizeof times)) return;
    if (Work work = std::exchange(work_, {})) work();
}

}  // namespace tandem::measure
