#pragma once

#include "base/clock.h"

#include <cstddef>

namespace tandem::api {

/// What an operator may set of subscriptions.
struct StreamRules {
    /// What may be kept for a client beyond its queue: events that wait for a snapshot or their
    /// turn, and what policy `change` compares with.
    std::size_t pending_bytes = 256 * 1'024;
    Duration bookmark = 30s;  ///< a client that gets nothing is told where it is so often
};

}  // namespace tandem::api
