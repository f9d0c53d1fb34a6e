#pragma once

#include "store/embedded/sqlite.h"
#include "store/telemetry/chunk_store.h"

namespace tandem::store {

/// Puts the readings of a telemetry.db of version 1, which had a row for each, into chunks. A
/// device at a time, so that an interruption costs nothing; when there are none left it does
/// nothing.
Result<void> convert_rows(Connection& telemetry, ChunkStore& chunks);

}  // namespace tandem::store
