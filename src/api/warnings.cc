#include "api/warnings.h"

#include <fmt/format.h>

namespace tandem::api {
namespace {

// Some segments of the log, and what SQLite needs until its files are checkpointed.
constexpr std::uint64_t kDiskFreeLow = std::uint64_t{256} << 20U;

std::uint64_t mebibytes(std::uint64_t bytes) {
    return bytes >> 20U;
}

void add_state(const StoreFigures& store, std::vector<Warning>& out) {
    if (store.state == StoreState::kFailed) {
        out.push_back({"store-failed",
                       "a write to the disk has failed: nothing is written, reads are answered. "
                       "Look at the disk and at the hub's log, then restart the hub"});
    }
    if (store.state == StoreState::kFull) {
        out.push_back({"disk-full",
                       "the disk is full: readings are refused with 507, keys can still be "
                       "revoked, reads are answered. Make room on the disk of the data directory; "
                       "the hub goes on by itself"});
    }
}

void add_disk(const DiskFigures& disk, StoreState state, std::vector<Warning>& out) {
    if (!disk.flushes.failing.empty()) {
        out.push_back({"flush-failing",
                       fmt::format("readings stay in memory and in the log, and cannot be put into "
                                   "chunks: {}. It is tried again every second",
                                   disk.flushes.failing)});
    }
    if (state != StoreState::kFull && disk.files.disk_free < kDiskFreeLow) {
        out.push_back({"disk-nearly-full",
                       fmt::format("the disk is nearly full: {} MiB are left. Make room on the "
                                   "disk of the data directory, or readings will be refused",
                                   mebibytes(disk.files.disk_free))});
    }
    if (disk.waiting.for_flush) {
        out.push_back({"writes-wait",
                       "writes wait for the disk: more readings come than can be put into chunks"});
    }
    if (disk.chunks.damaged > 0) {
        out.push_back({"chunks-damaged",
                       fmt::format("{} chunks of readings could not be read and were set aside in "
                                   "the table `damaged` of telemetry.db. Look at the disk; a "
                                   "backup has them if it is older than the damage",
                                   disk.chunks.damaged)});
    }
    if (disk.log.frames_damaged > 0) {
        out.push_back({"log-damaged",
                       fmt::format("{} stretches of the log could not be read when the hub "
                                   "started; what they held and no chunk has is lost. The hub's "
                                   "log says where. Look at the disk",
                                   disk.log.frames_damaged)});
    }
}

}  // namespace

std::string_view why_unready(StoreState state) {
    switch (state) {
        case StoreState::kFull:
            return "the disk is full: reads are answered, readings are refused until there is room";
        case StoreState::kFailed:
            return "a write to the disk has failed: reads are answered, nothing is written";
        case StoreState::kWriting:
            break;
    }
    return {};
}

std::vector<Warning> warnings_of(const StoreFigures& store, Pressure pressure) {
    std::vector<Warning> out;
    add_state(store, out);
    if (store.disk) add_disk(*store.disk, store.state, out);
    if (pressure != Pressure::kNone) {
        out.push_back(
            {"pressed", fmt::format("the hub has more to do than it can and does less, step {} of "
                                    "3: see tandem_memory_bytes and tandem_loop_lag_microseconds "
                                    "in /metrics",
                                    static_cast<int>(pressure))});
    }
    return out;
}

}  // namespace tandem::api
