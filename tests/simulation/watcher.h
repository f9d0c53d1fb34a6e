#pragma once

#include "simulation/fleet.h"
#include "simulation/follower.h"

#include <string>

namespace tandem::simulation {

/// Follows the stream while `following`: over a socket, by server-sent events or by long poll,
/// another way whenever it has been cut off or feels like it. Does not read for a while at times.
/// `encoding` is that of its sockets.
[[nodiscard]] Task<void> watcher(Run* run,
                                 Follower* follower,
                                 std::string key,
                                 contract::Encoding encoding);

}  // namespace tandem::simulation
