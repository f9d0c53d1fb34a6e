#pragma once

#include "base/clock.h"
#include "base/executor.h"
#include "net/limits.h"
#include "net/timer.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace tandem::net {

/// How long the peer of one connection is waited for. A time runs from its beginning, whatever
/// trickles in: it is not begun again for the same part of the same request. One timer runs as long
/// as the connection is used, and looks at what is due when it ends: a request costs none.
class RequestTimer {
public:
    /// What the peer is being waited for.
    enum class Wait : std::uint8_t { kNothing, kRequest, kHead, kBody };
    /// `limit`: the name of the limit that was hit.
    using Expired = std::move_only_function<void(Wait, std::string_view limit)>;

    RequestTimer(Executor& executor, const Clock& clock, const Limits& limits, Expired expired);

    /// From now on for this part of this request.
    void wait_for(Wait wait, std::uint64_t request);
    /// More of the body has come, so many bytes as they were sent.
    void body_came(std::size_t bytes) { body_bytes_ += bytes; }
    /// What comes is not of that body any more.
    void body_over() { body_bytes_ = 0; }
    void stop();

private:
    [[nodiscard]] Duration time() const;
    [[nodiscard]] Duration time_at_rate() const;
    [[nodiscard]] std::string_view limit_hit(Duration passed) const;
    void arm(Duration after);
    void look();

    const Clock& clock_;
    const Limits& limits_;
    Expired expired_;
    Timer timer_;
    Wait wait_ = Wait::kNothing;
    std::uint64_t request_ = 0;
    std::size_t body_bytes_ = 0;
    Monotonic began_;
    Monotonic armed_until_ = Monotonic::max();  ///< max: the timer does not run
};

}  // namespace tandem::net
