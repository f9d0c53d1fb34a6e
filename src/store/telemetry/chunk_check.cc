#include "store/telemetry/chunk_check.h"

#include "store/telemetry/chunk.h"

#include <algorithm>
#include <span>

namespace tandem::store {
namespace {

// Of a header alone, which may be damaged as well.
void take_columns(ChunkLook& look, std::span<const ColumnSummary> columns) {
    for (const ColumnSummary& column : columns) {
        look.readings += column.count;
        if (look.slots.empty() || look.slots.back() != column.slot)
            look.slots.push_back(column.slot);
    }
}

void guess_from_header(ChunkLook& look, std::string_view bytes) {
    ByteReader from{bytes};
    const ChunkHeader header = read_header(from);
    if (!from.failed()) take_columns(look, header.columns);
}

ChunkLook unreadable(const StoredChunk& stored, const Error& error) {
    ChunkLook look{
        .state = ChunkState::kUnreadable, .why = error.detail, .readings = 0, .slots = {}};
    guess_from_header(look, stored.bytes);
    return look;
}

bool is_in(ChunkLine line, Slot slot) {
    return group_of(slot) == line.group;
}

bool are_summed_up(const Rows& rows, std::span<const ColumnSummary> told) {
    return std::ranges::equal(rows.columns, told, [&](const Column& column, const auto& summary) {
        return summarise(column, rows.times) == summary;
    });
}

}  // namespace

ChunkLook look_at(ChunkLine line, const StoredChunk& stored) {
    const auto chunk = Chunk::open(stored.bytes);
    if (!chunk) return unreadable(stored, chunk.error());
    const auto rows = chunk->rows();
    if (!rows) return unreadable(stored, rows.error());
    ChunkLook look;
    take_columns(look, chunk->columns());
    const auto found = [&](ChunkState state, std::string why) {
        look.state = state;
        look.why = std::move(why);
        return look;
    };
    if (!std::ranges::all_of(look.slots, [&](Slot slot) { return is_in(line, slot); })) {
        return found(ChunkState::kMisfiled, "its series are of another group");
    }
    if (chunk->from() != stored.from || chunk->to() != stored.to) {
        return found(ChunkState::kMisfiled, "its times are not those of its row");
    }
    if (!are_summed_up(*rows, chunk->columns())) {
        return found(ChunkState::kSummary, "least, largest or sum are not those of the values");
    }
    return look;
}

}  // namespace tandem::store
