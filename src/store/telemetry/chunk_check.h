#pragma once

#include "store/telemetry/chunk_store.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tandem::store {

/// What a stored chunk is worth.
enum class ChunkState : std::uint8_t {
    kSound,
    kUnreadable,  ///< its bytes are damaged
    kMisfiled,    ///< sound in itself, but it does not belong where it is stored
    kSummary,     ///< its values are good, but not what its header says of them
};

struct ChunkLook {
    ChunkState state = ChunkState::kSound;
    std::string why;  ///< empty when it is sound
    std::uint64_t readings =
        0;  ///< of an unreadable one as many as its header says, if it can be read
    std::vector<Slot> slots;  ///< of its columns, ascending; likewise
};

/// Looks at everything that can be known of a chunk by itself: the CRC, the header, all values, the
/// summaries of them, and whether its times and slots are those of its row and its line.
[[nodiscard]] ChunkLook look_at(ChunkLine line, const StoredChunk& stored);

}  // namespace tandem::store
