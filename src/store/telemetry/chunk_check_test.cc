#include "store/telemetry/chunk_check.h"

#include "store/telemetry/chunk.h"
#include "store/telemetry/test_rows.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::store;

namespace {

constexpr ChunkLine kLine{.device = 3, .group = 0};

StoredChunk stored(const Rows& rows) {
    return {
        .id = 1, .from = rows.times.front(), .to = rows.times.back(), .bytes = encode_chunk(rows)};
}

}  // namespace

TEST_CASE("a chunk that is looked at") {
    const Rows rows = sensor_rows(1, 300);
    StoredChunk chunk = stored(rows);

    SUBCASE("is sound as it was written, and tells how many readings of which series it has") {
        const ChunkLook look = look_at(kLine, chunk);
        CHECK(look.state == ChunkState::kSound);
        CHECK(look.why.empty());
        CHECK(look.readings == readings_of(rows));
        CHECK(look.slots == std::vector<Slot>{1, 2, 3, 4, 5});
    }
    SUBCASE("is unreadable when any of its bits is another") {
        Dice dice{5};
        for (int round = 0; round < 200; ++round) {
            StoredChunk other = chunk;
            const std::size_t at = dice.below(other.bytes.size());
            other.bytes[at] = static_cast<char>(other.bytes[at] ^ (1 << dice.below(8)));
            CAPTURE(at);
            const ChunkLook look = look_at(kLine, other);
            CHECK(look.state == ChunkState::kUnreadable);
            CHECK(look.why.find("CRC") != std::string::npos);
        }
    }
    SUBCASE("tells of damage in its body what the header says of it") {
        chunk.bytes[chunk.bytes.size() - 10] ^= 1;
        const ChunkLook look = look_at(kLine, chunk);
        CHECK(look.state == ChunkState::kUnreadable);
        CHECK(look.readings == readings_of(rows));
        CHECK(look.slots.size() == 5);
    }
    SUBCASE("does not belong to another time, nor to another group") {
        chunk.from -= 1;
        CHECK(look_at(kLine, chunk).state == ChunkState::kMisfiled);
        chunk = stored(rows);
        chunk.to += 1;
        CHECK(look_at(kLine, chunk).state == ChunkState::kMisfiled);
        chunk = stored(rows);
        CHECK(look_at({.device = 3, .group = 1}, chunk).state == ChunkState::kMisfiled);
    }
    SUBCASE("whose header sums its values up wrongly says so, though its CRC is right") {
        const WrongSum wrong;
        chunk = stored(wrong.rows);
        REQUIRE(look_at(kLine, chunk).state == ChunkState::kSound);
        chunk.bytes = wrong.bytes;
        const ChunkLook look = look_at(kLine, chunk);
        CHECK(look.state == ChunkState::kSummary);
        CHECK(look.readings == 3);
    }
}
