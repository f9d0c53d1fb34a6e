#pragma once

#include "base/random.h"
#include "store/embedded/test_store.h"
#include "store/telemetry/log.h"
#include "store/telemetry/memory_disk.h"
#include "store/telemetry/system_disk.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

namespace tandem::store {

// What the tests of the log share.

/// A frame that owns its payload.
struct KeptFrame {
    Sequence first = 0;
    std::uint64_t count = 0;
    Instant time;
    std::string payload;
    bool operator==(const KeptFrame&) const = default;

    [[nodiscard]] Frame frame() const {
        return {.first = first, .count = count, .time = time, .payload = payload};
    }
};

/// A log on a disk in memory, whose power can fail.
class MemoryWorld {
public:
    explicit MemoryWorld(const LogSettings& settings = {}) : settings_{settings} {}

    [[nodiscard]] MemoryDisk& disk() { return disk_; }
    [[nodiscard]] Log& log() {
        if (!log_) reopen();
        return *log_;
    }
    void crash(Random& random) {
        log_.reset();
        disk_.crash(random);
    }
    void close() { log_.reset(); }
    void reopen() {
        log_.reset();
        auto opened = Log::open(disk_, random_, settings_);
        if (!opened) FAIL("cannot open the log: " << opened.error().detail);
        log_ = std::move(*opened);
    }

private:
    LogSettings settings_;
    SeededRandom random_{1};
    MemoryDisk disk_;
    std::unique_ptr<Log> log_;
};

/// A log in a directory of its own.
class SystemWorld {
public:
    explicit SystemWorld(const LogSettings& settings = {}) : settings_{settings} {
        auto opened = SystemDisk::open(directory_.path());
        REQUIRE(opened);
        disk_ = std::move(*opened);
    }

    [[nodiscard]] SystemDisk& disk() { return *disk_; }
    [[nodiscard]] Log& log() {
        if (!log_) reopen();
        return *log_;
    }
    void close() { log_.reset(); }
    void reopen() {
        log_.reset();
        auto opened = Log::open(*disk_, random_, settings_);
        if (!opened) FAIL("cannot open the log: " << opened.error().detail);
        log_ = std::move(*opened);
    }

private:
    TemporaryDirectory directory_;
    LogSettings settings_;
    SystemRandom random_;
    std::unique_ptr<SystemDisk> disk_;
    std::unique_ptr<Log> log_;
};

/// Everything that is in a log.
struct Contents {
    std::vector<KeptFrame> frames;
    std::vector<Damage> damage;
};
inline void read_segment(SegmentReader& reader, Contents& out) {
    while (true) {
        const auto scanned = reader.next();
        REQUIRE(scanned);
        if (const auto* found = std::get_if<ScannedFrame>(&*scanned)) {
            out.frames.push_back({.first = found->frame.first,
                                  .count = found->frame.count,
                                  .time = found->frame.time,
                                  .payload = std::string{found->frame.payload}});
        } else if (const auto* damage = std::get_if<Damage>(&*scanned)) {
            out.damage.push_back(*damage);
        } else {
            return;
        }
    }
}
inline Contents contents_of(const Log& log) {
    Contents out;
    for (const SegmentInfo& info : log.segments()) {
        auto reader = log.read(info.number);
        REQUIRE(reader);
        read_segment(**reader, out);
    }
    return out;
}

/// The next frame of a log, with `bytes` of payload that tell it from others.
inline KeptFrame next_frame(const Log& log, std::size_t bytes, std::uint64_t count = 3) {
    SeededRandom random{log.next()};
    return {.first = log.next(),
            .count = count,
            .time = Instant{Duration{1'790'000'000'000'000} + 1s * log.next()},
            .payload = random.bytes(bytes)};
}
/// Appends and syncs such a frame.
inline KeptFrame put_frame(Log& log, std::size_t bytes) {
    KeptFrame frame = next_frame(log, bytes);
    REQUIRE(log.append(frame.frame()));
    REQUIRE(log.sync());
    return frame;
}

}  // namespace tandem::store
