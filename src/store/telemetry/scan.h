#pragma once

#include "base/error.h"
#include "domain/buckets.h"
#include "store/telemetry/chunk_store.h"
#include "store/telemetry/head.h"

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

namespace tandem::store {

/// A value of one series with its time.
struct Timed {
    std::int64_t time = 0;
    Value value;
};

/// The values of one series: those that are in no chunk, in order of time, over those of the
/// chunks. Where both have one of a time, the former counts.
class SeriesScan {
public:
    struct Where {
        ChunkLine line;
        Slot slot = 0;
        Head::Span span;
    };
    /// `may_go_on` is asked before each chunk; where it says no, all ends with kUnprocessable.
    SeriesScan(
        ChunkReader& chunks,
        Where where,
        std::vector<Timed> unsealed,
        std::function<bool()> may_go_on = [] { return true; })
        : chunks_{chunks},
          where_{where},
          unsealed_{std::move(unsealed)},
          may_go_on_{std::move(may_go_on)} {}

    /// Gives each value in turn to `take`, in order of time or the other way round, until that
    /// returns false.
    using Take = std::function<bool(std::int64_t time, Value&& value)>;
    Result<void> run(bool newest_first, const Take& take);

    /// The values as buckets, in order of time: `limit` of them at most. Chunks of which a bucket
    /// holds all are not decoded, unless quantiles are wanted; their sums add up in another order
    /// than those of readings do. Fails with kUnprocessable where a bucket has more numbers than
    /// kQuantileNumbersMax.
    Result<std::vector<Bucket>> buckets(const Buckets& how, std::size_t limit);

private:
    // Either gives false when `take` wants no more.
    Result<bool> run_chunk(const StoredChunk& stored, bool newest_first, const Take& take);
    // Null when there are no more.
    Timed* next_unsealed(bool newest_first);
    bool take_unsealed(bool newest_first, std::int64_t until, const Take& take);
    Result<std::optional<StoredChunk>> first_chunk(bool newest_first);
    Result<std::optional<StoredChunk>> next_chunk(const StoredChunk& chunk, bool newest_first);
    [[nodiscard]] bool unsealed_within(std::int64_t from, std::int64_t to) const;
    Result<bool> add_chunks(bool whole, std::size_t limit, Bucketer& into, const Take& take);
    Result<bool> add_chunk(const StoredChunk& stored, bool whole, Bucketer& into, const Take& take);
    Result<bool> add_whole(const StoredChunk& stored, Bucketer& into);
    Result<bool> add_numbers(const StoredChunk& stored, Bucketer& into);

    ChunkReader& chunks_;
    const Where where_;
    std::vector<Timed> unsealed_;  // Those before next_ have been given away.
    std::size_t next_ = 0;         // Of unsealed_, in the order asked for.
    std::function<bool()> may_go_on_;
};

}  // namespace tandem::store
