#pragma once

#include "base/metric.h"
#include "store/embedded/sqlite.h"
#include "store/telemetry/chunk_store.h"

namespace tandem::store {

/// How far the log is in chunks, as telemetry.db says.
[[nodiscard]] Result<Flushed> flushed_in(Connection& telemetry);

/// Chunks and names in telemetry.db, as a connection sees them. It outlives this.
class SqliteChunkReader final : public ChunkReader {
public:
    explicit SqliteChunkReader(Connection& telemetry) : telemetry_{telemetry} {}

    Result<std::optional<StoredDevice>> device(const DeviceRef& ref) override;
    Result<std::optional<StoredDevice>> device(std::uint64_t number) override;
    Result<std::optional<StoredChunk>> at_or_before(ChunkLine line, std::int64_t time) override;
    Result<std::optional<StoredChunk>> after(ChunkLine line, std::int64_t time) override;

private:
    Connection& telemetry_;
};

/// The same for the only connection that writes.
class SqliteChunkStore final : public ChunkStore {
public:
    explicit SqliteChunkStore(Connection& telemetry) : telemetry_{telemetry}, reader_{telemetry} {}

    Result<std::optional<StoredDevice>> device(const DeviceRef& ref) override {
        return reader_.device(ref);
    }
    Result<std::optional<StoredDevice>> device(std::uint64_t number) override {
        return reader_.device(number);
    }
    Result<std::optional<StoredChunk>> at_or_before(ChunkLine line, std::int64_t time) override {
        return reader_.at_or_before(line, time);
    }
    Result<std::optional<StoredChunk>> after(ChunkLine line, std::int64_t time) override {
        return reader_.after(line, time);
    }

    /// Learns what there is, from where that is cheap to know: the highest number of a chunk.
    Result<void> count();
    /// Chunks: exact but for those that had been removed before count(). Any thread.
    [[nodiscard]] std::int64_t chunks() const { return chunks_.value(); }
    /// Those that were set aside. Any thread.
    [[nodiscard]] std::int64_t damaged() const { return damaged_.value(); }

    Result<void> begin() override;
    Result<void> commit() override;
    void rollback() override;
    Result<ChunkMarks> marks() override;
    Result<void> set_flushed(Flushed flushed) override;
    Result<void> add(const Erasure& erasure) override;
    Result<void> define(std::uint64_t number, const DeviceRef& ref) override;
    Result<void> define(std::uint64_t device, Slot slot, std::string_view series) override;
    Result<void> put(ChunkLine line, const StoredChunk& chunk) override;
    Result<void> remove(std::int64_t id) override;
    Result<void> set_aside(std::int64_t id) override;
    Result<bool> give_back(std::size_t bytes) override;

private:
    Connection& telemetry_;
    SqliteChunkReader reader_;
    bool gave_back_ = false;  // and the file is as long as before
    Metric chunks_;
    Metric damaged_;
    // By the transaction that runs.
    std::int64_t chunks_more_ = 0;
    std::int64_t damaged_more_ = 0;
};

}  // namespace tandem::store
