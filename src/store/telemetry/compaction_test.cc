#include "store/telemetry/compaction.h"

#include "store/telemetry/chunk.h"
#include "store/telemetry/row_builder.h"
#include "store/telemetry/sealing.h"
#include "store/telemetry/test_chunk_store.h"
#include "store/telemetry/test_rows.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::store;

namespace {

constexpr ChunkLine kLine{.device = 1, .group = 0};

void put(ChunksInMemory& chunks, const Rows& rows) {
    REQUIRE(chunks.put(kLine, {.id = 0,
                               .from = rows.times.front(),
                               .to = rows.times.back(),
                               .bytes = encode_chunk(rows)}));
}

Rows all_of(const ChunksInMemory& chunks) {
    Rows all;
    for (const StoredChunk& each : chunks.chunks_of(kLine)) {
        auto chunk = Chunk::open(each.bytes);
        REQUIRE(chunk);
        auto rows = chunk->rows();
        REQUIRE(rows);
        all = all.times.empty() ? *rows : merged(all, *rows);
    }
    return all;
}

std::size_t merge(ChunksInMemory& chunks) {
    REQUIRE(chunks.begin());
    const auto gone = merge_small(chunks, kLine);
    REQUIRE(gone);
    REQUIRE(chunks.commit());
    chunks.check_order(kLine);
    return *gone;
}

}  // namespace

TEST_CASE("small chunks that are neighbours become one, value by value") {
    const Rows rows = sensor_rows(7, 2'000);
    ChunksInMemory chunks;
    Dice dice{3};
    std::size_t pieces = 0;
    for (std::size_t at = 0; at < rows.times.size(); ++pieces) {
        const std::size_t end = std::min(at + 1 + dice.below(200), rows.times.size());
        put(chunks, part_of(rows, at, end));
        at = end;
    }
    const std::size_t gone = merge(chunks);
    CHECK(gone > 0);
    CHECK(chunks.count() == pieces - gone);
    CHECK(chunks.count() <= 6);
    CHECK(all_of(chunks) == rows);
    CHECK(merge(chunks) == 0);
}

TEST_CASE("full chunks stay, and small ones beside them that would be too much") {
    const Rows rows = sensor_rows(7, kChunkRows + 300 + 300);
    ChunksInMemory chunks;
    put(chunks, part_of(rows, 0, kChunkRows));
    put(chunks, part_of(rows, kChunkRows, kChunkRows + 300));
    put(chunks, part_of(rows, kChunkRows + 300, rows.times.size()));
    CHECK(merge(chunks) == 0);
    CHECK(chunks.count() == 3);
}

TEST_CASE("what cannot be read is left alone, and its neighbours are not put together over it") {
    const Rows rows = sensor_rows(7, 90);
    ChunksInMemory chunks;
    put(chunks, part_of(rows, 0, 30));
    put(chunks, part_of(rows, 30, 60));
    chunks.damage();
    put(chunks, part_of(rows, 60, 70));
    put(chunks, part_of(rows, 70, 90));
    CHECK(merge(chunks) == 1);
    CHECK(chunks.count() == 3);
}
