#include "store/telemetry/log_scanner.h"

#include "codec/crc32.h"
#include "store/telemetry/byte_reader.h"

#include <algorithm>

namespace tandem::store {
namespace {

// How much is searched at a time.
constexpr std::size_t kSearchBytes = 64 * 1'024;

}  // namespace

FrameScanner::FrameScanner(SegmentBytes& bytes, SegmentKey key, ScanRange range)
    : bytes_{bytes}, key_{key}, range_{range}, at_{range.begin}, sequence_{range.first} {}

Result<Scanned> FrameScanner::next() {
    while (!done_) {
        auto result = found_at(at_);
        if (!result) return pass(result);
        const std::optional<Found> found = *result;
        if (!found) return bad_stretch();
        if (found->head.next() > wanted_) {
            auto good = is_good(*found);
            if (!good) return pass(good);
            return *good ? give(*found) : bad_stretch();
        }
        at_ = found->end();
        sequence_ = found->head.next();
    }
    return finish();
}

Result<std::optional<FrameScanner::Found>> FrameScanner::found_at(std::uint64_t offset) {
    auto result = head_at(offset);
    if (!result) return pass(result);
    const std::optional<FrameHead> head = *result;
    if (!head) return std::optional<Found>{};
    return std::optional{Found{.head = *head, .offset = offset}};
}

// A head of this life at `offset`, with a frame that fits into the segment and into the order.
Result<std::optional<FrameHead>> FrameScanner::head_at(std::uint64_t offset) {
    if (offset + kFrameHeadBytes > range_.end) return std::optional<FrameHead>{};
    const auto bytes = bytes_.at(offset, kFrameHeadBytes);
    if (!bytes) return std::unexpected(bytes.error());
    auto head = read_head(*bytes, key_);
    if (head) remains_ = std::max(remains_, std::min(offset + head->stride(), range_.end));
    const bool fits =
        head && offset + kFrameHeadBytes + head->length <= range_.end && head->first >= sequence_;
    if (!fits) return std::optional<FrameHead>{};
    key_.mark = head->mark;
    return head;
}

Result<bool> FrameScanner::is_good(const Found& found) {
    const auto payload = bytes_.at(found.offset + kFrameHeadBytes, found.head.length);
    if (!payload) return std::unexpected(payload.error());
    return payload->size() == found.head.length && codec::crc32(*payload) == found.head.payload_crc;
}

Result<Scanned> FrameScanner::give(const Found& found) {
    const auto payload = bytes_.at(found.offset + kFrameHeadBytes, found.head.length);
    if (!payload) return std::unexpected(payload.error());
    at_ = found.end();
    sequence_ = found.head.next();
    return ScannedFrame{.frame = {.first = found.head.first,
                                  .count = found.head.count,
                                  .time = found.head.time,
                                  .payload = *payload},
                        .offset = found.offset};
}

ScanEnd FrameScanner::finish() {
    done_ = true;
    return ScanEnd{.offset = at_, .remains = std::max(at_, remains_)};
}

// What begins at `at_` is no good frame: damage, or the end.
Result<Scanned> FrameScanner::bad_stretch() {
    const std::uint64_t begin = at_;
    if (range_.complete && begin >= range_.end) return finish();
    auto result = search(begin);
    if (!result) return pass(result);
    const std::optional<Found> behind = *result;
    if (behind) {
        auto synced = was_synced(begin, *behind);
        if (!synced) return pass(synced);
        if (!*synced) return finish();
        at_ = behind->offset;
    } else {
        if (!range_.complete) return finish();
        at_ = range_.end;
    }
    const Sequence next = behind ? behind->head.first : range_.complete.value_or(0);
    return Damage{.offset = begin,
                  .length = at_ - begin,
                  .first = sequence_,
                  .next = std::max(sequence_, next)};
}

// The first good frame behind the bad bytes at `offset`.
Result<std::optional<FrameScanner::Found>> FrameScanner::search(std::uint64_t offset) {
    while (offset < range_.end) {
        auto result = found_at(offset);
        if (!result) return pass(result);
        const std::optional<Found> found = *result;
        if (!found) {
            auto candidate = next_candidate(offset + kFrameAlignment);
            if (!candidate) return pass(candidate);
            offset = *candidate;
            continue;
        }
        auto good = is_good(*found);
        if (!good) return pass(good);
        if (*good) return found;
        offset = found->end();
    }
    return std::optional<Found>{};
}

// The first place from `offset` on that begins with the mark, or with anything when the mark is
// not known.
Result<std::uint64_t> FrameScanner::next_candidate(std::uint64_t offset) {
    while (offset < range_.end) {
        const auto bytes =
            bytes_.at(offset, std::min<std::uint64_t>(kSearchBytes, range_.end - offset));
        if (!bytes) return std::unexpected(bytes.error());
        if (bytes->size() < kFrameHeadBytes) break;
        for (std::size_t at = 0; at + sizeof key_.mark <= bytes->size(); at += kFrameAlignment) {
            const auto mark =
                ByteReader{bytes->substr(at, sizeof key_.mark)}.fixed<std::uint32_t>();
            if (mark != 0 && (key_.mark == 0 || mark == key_.mark)) return offset + at;
        }
        offset += kSearchBytes;
    }
    return range_.end;
}

// Whether what was at `offset`, which is bad, had once reached the disk. `behind` is the first good
// frame behind it.
Result<bool> FrameScanner::was_synced(std::uint64_t offset, const Found& behind) {
    if (range_.synced) return true;
    if (!synced_end_) {
        const Sequence sequence = sequence_;
        std::uint64_t end = 0;
        std::optional<Found> found = behind;
        while (found) {
            const std::uint64_t unsynced = found->head.unsynced;
            end = std::max(end, found->offset - std::min(found->offset, unsynced));
            sequence_ = found->head.next();
            auto next = search(found->end());
            if (!next) return pass(next);
            found = *next;
        }
        sequence_ = sequence;
        synced_end_ = end;
    }
    return *synced_end_ > offset;
}

}  // namespace tandem::store
