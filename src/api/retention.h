#pragma once

#include "api/world.h"

namespace tandem::api {

/// Erases the readings of every device of the hub that are older than they are kept: see
/// erased_before(). What fails is told in the log and left for the next time. One loop of the hub,
/// once at a time.
Task<void> erase_old(World world);

}  // namespace tandem::api
