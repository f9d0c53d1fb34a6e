#pragma once

#include "base/clock.h"
#include "net/loop.h"

namespace tandem::measure {

/// Wakes at a moment to some ten microseconds (timerfd_create(2)): a loop's own timers are
/// milliseconds late, which would be taken for latency. One moment at a time.
class Alarm final : private net::EventHandler {
public:
    explicit Alarm(net::Loop& loop);
    Alarm(const Alarm&) = delete;
    Alarm& operator=(const Alarm&) = delete;
    ~Alarm() override;

    /// Runs `work` at `when`, or at once when that is over; what was set before is forgotten.
    void set(Monotonic when, Work work);

private:
    void on_events(std::uint32_t events) override;

    net::Loop& loop_;
    int fd_;
    Work work_;
};

}  // namespace tandem::measure
