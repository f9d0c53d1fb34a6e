#pragma once

#include "base/error.h"
#include "store/telemetry/chunk_store.h"
#include "store/telemetry/rows.h"

#include <cstdint>

namespace tandem::store {

/// A chunk that has so many rows is full.
inline constexpr std::size_t kChunkRows = 512;

/// Puts rows into the chunks of a line, inside the open transaction: into those that own their
/// times, behind the last, and where two have a value of one series and time, the new one. Chunks
/// stay about as full as kChunkRows, and never overlap.
Result<void> seal(ChunkStore& chunks, ChunkLine line, Rows rows);

/// Takes the values of a slot (of all, if none) from `from` to before `to` out of the chunks of a
/// line, inside the open transaction; gives the count.
Result<std::uint64_t> erase(ChunkStore& chunks,
                            ChunkLine line,
                            const Slot* slot,
                            std::int64_t from,
                            std::int64_t to);

}  // namespace tandem::store
