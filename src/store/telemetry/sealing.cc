#include "store/telemetry/sealing.h"

#include "base/checked.h"
#include "base/log.h"
#include "store/telemetry/chunk.h"
#include "store/telemetry/row_builder.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace tandem::store {
namespace {

// Rows that come late make a chunk longer; beyond this it is cut in two.
constexpr std::size_t kChunkRowsLate = 768;

/// Writes rows as chunks, the first of them in the place of `replaced`, where that is not 0.
class Pieces {
public:
    Pieces(ChunkStore& chunks, ChunkLine line, std::int64_t replaced)
        : chunks_{chunks}, line_{line}, replaced_{replaced} {}

    /// As chunks of `each` rows.
    Result<void> put(const Rows& rows, std::size_t each) {
        for (std::size_t at = 0; at < rows.times.size(); at += each) {
            const std::size_t end = std::min(at + each, rows.times.size());
            if (auto done = put_one(part_of(rows, at, end)); !done) return done;
        }
        return {};
    }

private:
    // Long texts may be too much for one chunk: then it is two.
    Result<void> put_one(const Rows& rows) {  // NOLINT(misc-no-recursion): half of it each time
        const std::size_t count = rows.times.size();
        if (count > 1 && !fits_chunk(rows)) {
            if (auto done = put_one(part_of(rows, 0, count / 2)); !done) return done;
            return put_one(part_of(rows, count / 2, count));
        }
        return chunks_.put(line_, {.id = std::exchange(replaced_, 0),
                                   .from = rows.times.front(),
                                   .to = rows.times.back(),
                                   .bytes = encode_chunk(rows)});
    }

    ChunkStore& chunks_;
    ChunkLine line_;
    std::int64_t replaced_;
};

Result<bool> done(Result<void> put) {
    if (!put) return pass(put);
    return true;
}

/// A chunk and the span of time that it owns.
struct Owner {
    std::optional<StoredChunk> chunk;  ///< none: there is no chunk yet
    std::optional<std::int64_t> next;  ///< where the next one begins; none: it is the last
};

Result<Owner> owner_of(ChunkStore& chunks, ChunkLine line, std::int64_t time) {
    Owner owner;
    auto found = chunks.at_or_before(line, time);
    // What is older than everything belongs to the first.
    if (found && !*found) found = chunks.after(line, time);
    if (!found) return pass(found);
    owner.chunk = std::move(*found);
    if (!owner.chunk) return owner;
    auto next = chunks.after(line, owner.chunk->from);
    if (!next) return pass(next);
    if (*next) owner.next = checked(*next).from;
    return owner;
}

// A damaged chunk keeps nobody from writing.
Result<void> set_aside(ChunkStore& chunks,
                       ChunkLine line,
                       const StoredChunk& stored,
                       const Error& why) {
    log(LogLevel::kError, "chunk_damaged",
        {{"device", std::to_string(line.device)},
         {"group", std::to_string(line.group)},
         {"from", std::to_string(stored.from)},
         {"to", std::to_string(stored.to)},
         {"why", why.detail}});
    return chunks.set_aside(stored.id);
}

// Whether that is done; if not, the chunk was damaged, has been set aside, and it can be tried
// again.
Result<bool> put_in(ChunkStore& chunks, ChunkLine line, const Owner& owner, const Rows& rows) {
    const auto as_new = [&] { return done(Pieces{chunks, line, 0}.put(rows, kChunkRows)); };
    if (!owner.chunk) return as_new();
    auto chunk = Chunk::open(owner.chunk->bytes);
    const bool last = !owner.next;
    if (chunk && last && chunk->row_count() >= kChunkRows && rows.times.front() > owner.chunk->to) {
        return as_new();
    }
    auto stored = chunk ? chunk->rows() : Result<Rows>{pass(chunk)};
    if (!stored) {
        auto aside = set_aside(chunks, line, *owner.chunk, stored.error());
        if (!aside) return pass(aside);
        return false;
    }
    const Rows all = merged(*stored, rows);
    Pieces pieces{chunks, line, owner.chunk->id};
    if (last) return done(pieces.put(all, kChunkRows));
    const std::size_t count = all.times.size();
    return done(pieces.put(all, count <= kChunkRowsLate ? count : (count + 1) / 2));
}

/// What is to go.
struct Range {
    const Slot* slot = nullptr;  ///< none: all
    std::int64_t from = 0;
    std::int64_t to = 0;
};

Result<std::uint64_t> erase_in(ChunkStore& chunks,
                               ChunkLine line,
                               const StoredChunk& stored,
                               const Range& range) {
    auto chunk = Chunk::open(stored.bytes);
    auto rows = chunk ? chunk->rows() : Result<Rows>{pass(chunk)};
    if (!rows) {
        // Where all of it is to go it goes, readable or not.
        const bool all = range.slot == nullptr && range.from <= stored.from && stored.to < range.to;
        auto gone = all ? chunks.remove(stored.id) : set_aside(chunks, line, stored, rows.error());
        if (!gone) return pass(gone);
        return 0;
    }
    const Erased erased = without(*rows, range.slot, range.from, range.to);
    if (erased.count == 0) return 0;
    auto left = erased.rows.times.empty()
                    ? chunks.remove(stored.id)
                    : Pieces{chunks, line, stored.id}.put(erased.rows, kChunkRowsLate);
    if (!left) return pass(left);
    return erased.count;
}

}  // namespace

Result<void> seal(ChunkStore& chunks, ChunkLine line, Rows rows) {
    while (!rows.times.empty()) {
        auto owner = owner_of(chunks, line, rows.times.front());
        if (!owner) return pass(owner);
        std::size_t mine = rows.times.size();
        // Late rows for a chunk in the middle, not too many at a time, so that it does not grow
        // too long.
        if (owner->next) {
            const auto end = std::ranges::lower_bound(rows.times, checked(owner->next));
            mine = std::min(kChunkRows, static_cast<std::size_t>(end - rows.times.begin()));
        }
        const bool whole = mine == rows.times.size();
        auto put = put_in(chunks, line, *owner, whole ? rows : part_of(rows, 0, mine));
        if (!put) return pass(put);
        if (!*put) continue;
        if (whole) return {};
        rows = part_of(rows, mine, rows.times.size());
    }
    return {};
}

Result<std::uint64_t> erase(ChunkStore& chunks,
                            ChunkLine line,
                            const Slot* slot,
                            std::int64_t from,
                            std::int64_t to) {
    std::uint64_t count = 0;
    auto found = chunks.at_or_before(line, from);
    if (found && !*found) found = chunks.after(line, from);
    while (true) {
        if (!found) return pass(found);
        if (!*found || checked(*found).from >= to) return count;
        const StoredChunk stored = std::move(checked(*found));
        if (stored.to >= from) {
            auto erased = erase_in(chunks, line, stored, {.slot = slot, .from = from, .to = to});
            if (!erased) return erased;
            count += *erased;
        }
        found = chunks.after(line, stored.from);
    }
}

}  // namespace tandem::store
