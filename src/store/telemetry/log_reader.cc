#include "store/telemetry/log_reader.h"

#include <algorithm>

namespace tandem::store {
namespace {

// Frames are read one after the other: as much as a few of them take.
constexpr std::size_t kReadAhead = 128 * 1'024;

}  // namespace

Result<std::string_view> SegmentOnDisk::at(std::uint64_t offset, std::size_t length) {
    const bool there = offset >= begin_ && offset + length <= begin_ + buffer_.size();
    if (!there) {
        buffer_.resize(std::max(length, kReadAhead));
        auto got = file_.read(offset, buffer_);
        if (!got) {
            buffer_.clear();
            return pass(got);
        }
        buffer_.resize(*got);
        begin_ = offset;
    }
    return std::string_view{buffer_}.substr(offset - begin_, length);
}

SegmentReader::SegmentReader(std::shared_ptr<const Segment> segment,
                             const SegmentInfo& info,
                             SegmentPlace from)
    : segment_{std::move(segment)},
      bytes_{*segment_->file},
      scanner_{bytes_,
               segment_->key,
               {.begin = from.offset,
                .end = info.end,
                .first = std::max(from.sequence, info.first),
                .complete = info.next}} {}

}  // namespace tandem::store
