#pragma once

#include "base/error.h"
#include "store/telemetry/chunk_store.h"

#include <cstddef>

namespace tandem::store {

/// Puts neighbouring chunks of a line together where they make one that is not fuller than full,
/// inside the open transaction; gives how many chunks there are fewer. What cannot be read stays as
/// it is.
[[nodiscard]] Result<std::size_t> merge_small(ChunkStore& chunks, ChunkLine line);

}  // namespace tandem::store
