#pragma once

#include "store/telemetry/chunk_store.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace tandem::store {

/// Chunks in memory, for tests. Checks what every store relies on: chunks of a line do not overlap.
class ChunksInMemory final : public ChunkStore {
public:
    Result<std::optional<StoredDevice>> device(const DeviceRef& ref) override {
        for (const auto& [number, device] : state_.devices) {
            if (device.ref == ref) return std::optional{device};
        }
        return std::optional<StoredDevice>{};
    }
    Result<std::optional<StoredDevice>> device(std::uint64_t number) override {
        const auto found = state_.devices.find(number);
        if (found == state_.devices.end()) return std::optional<StoredDevice>{};
        return std::optional{found->second};
    }
    Result<std::optional<StoredChunk>> at_or_before(ChunkLine line, std::int64_t time) override {
        return best_of(line, [time](const StoredChunk& chunk, const StoredChunk* best) {
            return chunk.from <= time && (best == nullptr || chunk.from > best->from);
        });
    }
    Result<std::optional<StoredChunk>> after(ChunkLine line, std::int64_t time) override {
        return best_of(line, [time](const StoredChunk& chunk, const StoredChunk* best) {
            return chunk.from > time && (best == nullptr || chunk.from < best->from);
        });
    }

    Result<void> begin() override {
        before_ = state_;
        return {};
    }
    Result<void> commit() override {
        if (failing_) return fail(ErrorCode::kStorageFull, "no room");
        before_.reset();
        return {};
    }
    void rollback() override {
        if (before_) state_ = *std::exchange(before_, {});
    }
    /// Commits fail from now on, or no more.
    void fail_commits(bool failing) { failing_ = failing; }
    /// The hub dies: what is not committed is gone.
    void crash() { rollback(); }

    Result<ChunkMarks> marks() override {
        ChunkMarks marks{.devices = 0, .flushed = state_.flushed, .erasures = state_.erasures};
        if (!state_.devices.empty()) marks.devices = state_.devices.rbegin()->first;
        return marks;
    }
    Result<void> set_flushed(Flushed flushed) override {
        state_.flushed = flushed;
        std::erase_if(state_.erasures,
                      [&](const Erasure& each) { return each.until <= flushed.sequence; });
        return {};
    }
    Result<void> add(const Erasure& erasure) override {
        state_.erasures.push_back(erasure);
        return {};
    }
    Result<void> define(std::uint64_t number, const DeviceRef& ref) override {
        state_.devices.try_emplace(number,
                                   StoredDevice{.number = number, .ref = ref, .series = {}});
        return {};
    }
    Result<void> define(std::uint64_t device, Slot slot, std::string_view series) override {
        auto& names = state_.devices.at(device).series;
        if (slot < names.size()) return {};
        REQUIRE(slot == names.size());
        names.emplace_back(series);
        return {};
    }
    Result<void> put(ChunkLine line, const StoredChunk& chunk) override {
        REQUIRE(chunk.from <= chunk.to);
        const std::int64_t id = chunk.id != 0 ? chunk.id : ++state_.last_id;
        auto& stored = state_.chunks[id];
        stored = {line, chunk};
        stored.second.id = id;
        return {};
    }
    Result<void> remove(std::int64_t id) override {
        REQUIRE(state_.chunks.erase(id) == 1);
        return {};
    }

    Result<void> set_aside(std::int64_t id) override {
        ++state_.aside;
        return remove(id);
    }
    Result<bool> give_back(std::size_t bytes) override {
        given_back_ += bytes;
        return false;
    }
    [[nodiscard]] std::size_t given_back() const { return given_back_; }
    /// How many have been set aside.
    [[nodiscard]] std::size_t aside() const { return state_.aside; }
    /// Changes a byte in the middle of each.
    void damage() {
        for (auto& [id, each] : state_.chunks)
            each.second.bytes[each.second.bytes.size() / 2] ^= 1;
    }

    /// The chunks of a line in order of time.
    [[nodiscard]] std::vector<StoredChunk> chunks_of(ChunkLine line) const {
        std::vector<StoredChunk> found;
        for (const auto& [id, each] : state_.chunks) {
            if (each.first.device == line.device && each.first.group == line.group)
                found.push_back(each.second);
        }
        std::ranges::sort(found, {}, &StoredChunk::from);
        return found;
    }
    void check_order(ChunkLine line) const {
        const auto chunks = chunks_of(line);
        for (std::size_t at = 1; at < chunks.size(); ++at)
            REQUIRE(chunks[at - 1].to < chunks[at].from);
    }
    [[nodiscard]] std::size_t count() const { return state_.chunks.size(); }
    /// All of them, with their lines, by their numbers.
    [[nodiscard]] const std::map<std::int64_t, std::pair<ChunkLine, StoredChunk>>& all() const {
        return state_.chunks;
    }

private:
    template <typename IsBetter>
    [[nodiscard]] std::optional<StoredChunk> best_of(ChunkLine line,
                                                     const IsBetter& is_better) const {
        const StoredChunk* best = nullptr;
        for (const auto& [id, each] : state_.chunks) {
            if (each.first.device != line.device || each.first.group != line.group) continue;
            if (is_better(each.second, best)) best = &each.second;
        }
        if (best == nullptr) return std::nullopt;
        return *best;
    }

    struct State {
        std::map<std::uint64_t, StoredDevice> devices;
        std::map<std::int64_t, std::pair<ChunkLine, StoredChunk>> chunks;
        std::int64_t last_id = 0;
        std::size_t aside = 0;
        Flushed flushed;
        std::vector<Erasure> erasures;
    };
    State state_;
    std::optional<State> before_;
    bool failing_ = false;
    std::size_t given_back_ = 0;
};

}  // namespace tandem::store
