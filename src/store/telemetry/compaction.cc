#include "store/telemetry/compaction.h"

#include "base/checked.h"
#include "store/telemetry/chunk.h"
#include "store/telemetry/row_builder.h"
#include "store/telemetry/sealing.h"

#include <limits>
#include <utility>
#include <vector>

namespace tandem::store {
namespace {

/// Neighbours that may become one chunk.
class Run {
public:
    Run(ChunkStore& chunks, ChunkLine line) : chunks_{chunks}, line_{line} {}

    /// Whether so many rows more would be one chunk still.
    [[nodiscard]] bool fits(std::size_t rows) const { return rows_ + rows <= kChunkRows; }
    void add(StoredChunk chunk, std::size_t rows) {
        rows_ += rows;
        members_.push_back(std::move(chunk));
    }

    /// Makes one of them, if there are several; gives how many are gone. As new then.
    Result<std::size_t> end() {
        rows_ = 0;
        const auto members = std::exchange(members_, {});
        if (members.size() < 2) return 0;
        Rows all;
        for (const StoredChunk& member : members) {
            auto chunk = Chunk::open(member.bytes);
            auto rows = chunk ? chunk->rows() : Result<Rows>{pass(chunk)};
            if (!rows) return 0;  // The header was good, the body is not: it is no time to mend it.
            all = all.times.empty() ? std::move(*rows) : merged(all, *rows);
        }
        if (!fits_chunk(all)) return 0;
        for (std::size_t at = 1; at < members.size(); ++at) {
            if (auto done = chunks_.remove(members[at].id); !done) return pass(done);
        }
        auto put = chunks_.put(line_, {.id = members.front().id,
                                       .from = all.times.front(),
                                       .to = all.times.back(),
                                       .bytes = encode_chunk(all)});
        if (!put) return pass(put);
        return members.size() - 1;
    }

private:
    ChunkStore& chunks_;
    ChunkLine line_;
    std::size_t rows_ = 0;
    std::vector<StoredChunk> members_;  // kChunkRows at most: none is empty.
};

}  // namespace

Result<std::size_t> merge_small(ChunkStore& chunks, ChunkLine line) {
    Run run{chunks, line};
    std::size_t gone = 0;
    std::int64_t behind = std::numeric_limits<std::int64_t>::min();
    while (true) {
        auto found = chunks.after(line, behind);
        if (!found) return pass(found);
        const auto chunk = *found ? Chunk::open(checked(*found).bytes) : Result<Chunk>{fail({})};
        const bool joins = chunk && run.fits(chunk->row_count());
        if (!joins) {
            auto ended = run.end();
            if (!ended) return ended;
            gone += *ended;
        }
        if (!*found) return gone;
        behind = checked(*found).from;
        if (chunk) run.add(std::move(checked(*found)), chunk->row_count());
    }
}

}  // namespace tandem::store
