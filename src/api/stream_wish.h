#pragma once

#include "api/call.h"
#include "api/streams.h"
#include "api/world.h"
#include "contract/stream.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tandem::api {

/// What a caller has asked a stream for, checked, and with what it may see: the same at every way
/// out.
struct Asked {
    Wish wish;
    bool latest = false;  ///< the newest reading of each series comes first
};

/// Reads what was asked for. Fails with kInvalidField, pointers after `place` (`` or `#query`), and
/// with kForbidden.
Task<Result<Asked>> read_wish(World world,
                              Caller caller,
                              contract::StreamWish asked,
                              std::string place);

/// The newest reading of each series that the filter lets through, for `"start":"latest"`.
Task<Result<std::vector<Event>>> snapshot(World world, Filter filter);

/// Reads one piece of the log for a subscription that is behind; false: it is not, or has ended.
/// Fails when the log cannot be read: the subscription is where it was, and may try again.
Task<Result<bool>> read_on(World world, std::shared_ptr<Subscriber> subscriber, std::int64_t id);

/// Reads on, as the client takes it, until the subscription has caught up; then it is live. While
/// the log cannot be read it is tried again: nothing of it is gone.
Task<void> catch_up(World world, std::shared_ptr<Subscriber> subscriber, std::int64_t id);

}  // namespace tandem::api
