#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"

#include <string>
#include <string_view>

namespace tandem::auth {

/// What makes the first administrator of a hub: it works once, for 10 minutes. One loop.
class SetupToken {
public:
    static constexpr Duration kLife = 10min;

    /// Gives the token to `text`, this once: 26 letters and digits, 130 bits.
    SetupToken(Random& random, Monotonic now, std::string& text);

    /// Takes the token. Fails with kUnauthenticated when it is another, has been used, or its time
    /// is over.
    [[nodiscard]] Result<void> take(std::string_view token, Monotonic now);
    /// What it was taken for could not be done: it is there again, as long as it lasts.
    void give_back() { is_used_ = false; }

private:
    std::string digest_;
    Monotonic began_;
    bool is_used_ = false;
};

}  // namespace tandem::auth
