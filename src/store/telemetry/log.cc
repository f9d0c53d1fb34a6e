#include "store/telemetry/log.h"

#include "base/check.h"
#include "base/checked.h"
#include "base/fault.h"

#include <algorithm>
#include <iterator>
#include <limits>

namespace tandem::store {
namespace {

// By write_again().
constexpr std::uint64_t kWrittenAtOnce = std::uint64_t{1} << 20U;

// The time of the first frame; none where its head is damaged.
Result<std::optional<Instant>> first_time(const DiskFile& file, SegmentKey key) {
    std::string bytes(kFrameHeadBytes, '\0');
    if (auto got = file.read(kFramesAt, bytes); !got) return pass(got);
    const auto head = read_head(bytes, key);
    if (!head) return std::optional<Instant>{};
    return std::optional{head->time};
}

// What scanning a segment to its end finds.
struct Scan {
    SegmentKey key;
    bool any = false;
    Sequence first = 0;
    Sequence next = 0;
    Instant oldest;
    Instant newest;
    ScanEnd end;
};

Result<Scan> scan_to_end(const DiskFile& file, SegmentKey key, const ScanRange& range) {
    SegmentOnDisk bytes{file};
    FrameScanner scanner{bytes, key, range};
    Scan out{.key = key, .next = range.first};
    while (true) {
        auto scanned = scanner.next();
        if (!scanned) return pass(scanned);
        if (const auto* end = std::get_if<ScanEnd>(&*scanned)) {
            out.end = *end;
            out.key.mark = scanner.mark();
            return out;
        }
        const auto* found = std::get_if<ScannedFrame>(&*scanned);
        if (found == nullptr) continue;  // Whoever reads the segment is told of damage.
        if (!out.any) out.first = found->frame.first;
        if (!out.any) out.oldest = found->frame.time;
        out.any = true;
        out.next = found->frame.first + found->frame.count;
        out.newest = found->frame.time;
    }
}

// Where a segment begins whose head is lost: where the one before it ended, if there is one.
Sequence begin_of(const Scan& scan, Sequence first) {
    return first == 1 && scan.any ? scan.first : first;
}

// Writes the first `end` bytes of a file once more. After a sync that failed the kernel may take
// pages for written that are not on the disk: another sync alone would not bring them there.
Result<void> write_again(DiskFile& file, std::uint64_t end) {
    std::string piece(std::min<std::uint64_t>(end, kWrittenAtOnce), '\0');
    for (std::uint64_t at = 0; at < end; at += piece.size()) {
        piece.resize(std::min<std::uint64_t>(end - at, piece.size()));
        auto got = file.read(at, piece);
        if (!got) return pass(got);
        if (auto done = file.write(at, piece); !done) return done;
    }
    return {};
}

// Overwrites [begin, end) and makes that durable: what is written next must not be followed by
// frames that do not count.
Result<void> wipe(DiskFile& file, std::uint64_t begin, std::uint64_t end) {
    const std::string zeros(64 * 1'024, '\0');
    for (std::uint64_t at = begin; at < end; at += zeros.size()) {
        const auto piece = std::min<std::uint64_t>(zeros.size(), end - at);
        if (auto done = file.write(at, std::string_view{zeros}.substr(0, piece)); !done) {
            return done;
        }
    }
    return file.sync();
}

// Makes what is damaged of a complete segment's head and seal anew from its frames, none of which
// begins before the sequence `first`.
Result<void> restore_opening(DiskFile& file, Opening& opening, Sequence first) {
    auto size = file.size();
    if (!size) return pass(size);
    const std::uint64_t end = opening.seal ? opening.seal->end : *size;
    auto scan = scan_to_end(file, opening.key, {.end = end, .first = first});
    if (!scan) return pass(scan);
    if (!opening.head) opening.head = {.key = scan->key, .first = begin_of(*scan, first)};
    if (!opening.seal) {
        opening.seal = {.end = scan->end.offset, .next = scan->next, .newest = scan->newest};
    }
    auto done = file.write(0, to_bytes(*opening.head));
    if (done) done = file.write(kSealAt, to_bytes(*opening.seal, opening.head->key));
    return done ? file.sync() : done;
}

// Whether nobody reads a segment any more. use_count() alone orders nothing; to let go of one more
// does: what others have done with the segment is over then.
bool is_free(const std::shared_ptr<Segment>& segment) {
    if (segment.use_count() != 1) return false;
    std::shared_ptr<Segment>{segment}.reset();
    return true;
}

}  // namespace

// ---------------------------------------------------------------- opening

Result<std::unique_ptr<Log>> Log::open(Disk& disk, Random& random, const LogSettings& settings) {
    std::unique_ptr<Log> log{new Log{disk, random, settings}};
    if (auto done = log->recover(); !done) return pass(done);
    return log;
}

Result<void> Log::recover() {
    // What an earlier process has renamed is relied on from here.
    if (auto done = disk_.sync(); !done) return done;
    auto files = open_segments(disk_, Disk::Open::kExisting);
    if (!files) return pass(files);
    auto complete = count_complete(*files);
    if (!complete) return pass(complete);
    for (std::size_t at = 0; at < files->size(); ++at) {
        if (at >= *complete) {
            spares_.push_back(std::move((*files)[at]));
        } else if (auto done = list_complete(std::move((*files)[at])); !done) {
            return done;
        }
    }
    auto done = resume();
    spares_count_ = spares_.size();
    return done;
}

Result<void> Log::list_complete(Spare file) {
    auto opening = read_opening(*file.file, file.number);
    if (!opening) return pass(opening);
    if (!opening->head || !opening->seal) {
        if (auto done = restore_opening(*file.file, *opening, next_); !done) return done;
    }
    const SegmentHead& head = checked(opening->head);
    const Seal& seal = checked(opening->seal);
    next_ = std::max(next_, seal.next);
    auto oldest = first_time(*file.file, head.key);
    if (!oldest) return pass(oldest);
    list(std::make_shared<Segment>(head.key, std::move(file.file)),
         {.number = file.number,
          .first = head.first,
          .next = seal.next,
          .oldest = oldest->value_or(seal.newest),
          .newest = seal.newest,
          .end = seal.end,
          .sealed = true});
    return {};
}

// Goes on in the first file that is not complete, if it has frames.
Result<void> Log::resume() {
    if (spares_.empty()) return {};
    Spare& newest = spares_.front();
    auto opening = read_opening(*newest.file, newest.number);
    if (!opening) return pass(opening);
    auto size = newest.file->size();
    if (!size) return pass(size);
    const Sequence first = opening->head ? std::max(next_, checked(opening->head).first) : next_;
    auto scan =
        scan_to_end(*newest.file, opening->key, {.end = *size, .first = first, .synced = false});
    if (!scan) return pass(scan);
    if (!scan->any) return {};  // Begins anew with another mark: nothing in it counts then.
    if (!opening->head) {
        opening->head = {.key = scan->key, .first = begin_of(*scan, next_)};
        auto done = newest.file->write(0, to_bytes(checked(opening->head)));
        if (!done) return done;
    }
    // What was found may not have reached the disk yet: the next line syncs in any case.
    if (auto done = write_again(*newest.file, scan->end.offset); !done) return done;
    if (auto done = wipe(*newest.file, scan->end.offset, scan->end.remains); !done) return done;
    current_ = std::make_shared<Segment>(scan->key, std::move(newest.file));
    end_ = synced_end_ = scan->end.offset;
    next_ = scan->next;
    oldest_ = scan->oldest;
    newest_ = scan->newest;
    list(current_, {.number = newest.number, .first = checked(opening->head).first});
    publish(false);
    spares_.pop_front();
    return {};
}

// ---------------------------------------------------------------- writing

Result<void> Log::append(const Frame& frame) {
    check(frame.first >= next_);
    if (stopped_) return stop({});
    FrameHead head = head_of(frame);
    const bool fits = current_ && !closing_ &&
                      (end_ + head.stride() <= settings_.segment_bytes || end_ == kFramesAt);
    if (!fits) {
        if (auto done = rotate(); !done) return done;
    }
    head.mark = current_->key.mark;
    head.unsynced = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(end_ - synced_end_, std::numeric_limits<std::uint32_t>::max()));
    buffer_.clear();
    put_head(buffer_, head, current_->key.number);
    buffer_ += frame.payload;
    if (auto done = settle(current_->file->write(end_, buffer_)); !done) return done;
    if (end_ == kFramesAt) oldest_ = frame.time;
    end_ += head.stride();
    next_ = head.next();
    newest_ = frame.time;
    show();
    return {};
}

Result<void> Log::sync() {
    if (stopped_) return stop({});
    if (!has_unsynced()) return {};
    if (!has_fault(Fault::kLogNotSynced)) {
        auto done = current_->file->sync();
        if (!done && !has_fault(Fault::kLogSyncFailureIgnored)) return stop(done.error());
    }
    synced_end_ = end_;
    publish(false);
    return {};
}

Result<void> Log::make_room() {
    if (stopped_) return stop({});
    if (!spares_.empty()) return {};
    return make_spare();
}

// Passes on how a step has ended that may be tried again when there was no room for it.
Result<void> Log::settle(Result<void> done) {
    if (done || done.error().code == ErrorCode::kStorageFull) return done;
    return stop(done.error());
}

Result<void> Log::stop(const Error& error) {
    stopped_ = true;
    return fail(ErrorCode::kStorageFailed, error.detail.empty()
                                               ? "the log has stopped: an earlier write has failed"
                                               : error.detail);
}

// The next segment's file is there before the current one is sealed: a disk that is full then
// leaves everything as it was.
Result<void> Log::rotate() {
    if (spares_.empty()) {
        if (auto done = make_spare(); !done) return done;
    }
    if (auto done = close_current(); !done) return done;
    return begin_segment();
}

Result<void> Log::make_spare() {
    const std::uint64_t number = number_max() + 1;
    auto file = disk_.open(segment_name(number), Disk::Open::kOrCreate);
    Result<void> done;
    if (file) {
        done = (*file)->preallocate(settings_.segment_bytes);
    } else {
        done = pass(file);
    }
    if (!done) {
        // Half a file helps nobody who needs the room. Should it stay, it is used the next time.
        static_cast<void>(disk_.remove(segment_name(number)));
        return settle(std::move(done));
    }
    if (!has_fault(Fault::kLogNameNotSynced)) {
        if (auto synced = disk_.sync(); !synced) return stop(synced.error());
    }
    spares_.push_back({.number = number, .file = std::move(*file)});
    spares_count_ = spares_.size();
    return {};
}

Result<void> Log::close_current() {
    if (!current_) return {};
    // In this order: a seal says that all before it is on the disk.
    if (auto done = sync(); !done) return done;
    closing_ = true;
    const Seal seal{.end = end_, .next = next_, .newest = newest_};
    auto done = settle(current_->file->write(kSealAt, to_bytes(seal, current_->key)));
    if (!done) return done;
    if (done = current_->file->sync(); !done) return stop(done.error());
    publish(true);
    current_.reset();
    closing_ = false;
    return {};
}

// The head becomes durable with the first frame.
Result<void> Log::begin_segment() {
    Spare& spare = spares_.front();
    SegmentHead head{.key = {.number = spare.number}, .first = next_};
    while (head.key.mark == 0)
        head.key.mark = static_cast<std::uint32_t>(random_.next());
    if (auto done = settle(spare.file->write(0, to_bytes(head))); !done) return done;
    current_ = std::make_shared<Segment>(head.key, std::move(spare.file));
    spares_.pop_front();
    spares_count_ = spares_.size();
    end_ = synced_end_ = kFramesAt;
    list(current_, {.number = head.key.number, .first = next_, .next = next_, .newest = newest_});
    return {};
}

// ---------------------------------------------------------------- recycling

Result<void> Log::recycle(std::uint64_t number) {
    // A segment that has a frame in memory only does not count as one that has.
    if (auto done = sync(); !done) return done;
    std::deque<Spare> reused;
    Result<void> done;
    for (const auto& segment : take_retired(number)) {
        if (auto retired = retire(*segment, reused); !retired && done) done = std::move(retired);
    }
    // Before anything is written into them: a crash must not bring a file that has been written
    // again back under its old name.
    if (auto synced = disk_.sync(); !synced) return stop(synced.error());
    recycled_ += reused.size();
    std::ranges::move(reused, std::back_inserter(spares_));
    spares_count_ = spares_.size();
    return done;
}

// Takes what may go off the list, so that nobody begins to read it.
std::vector<std::shared_ptr<Segment>> Log::take_retired(std::uint64_t number) {
    const Lock lock{mutex_};
    std::vector<std::shared_ptr<Segment>> retired;
    std::vector<Listed> kept;
    // The last segment with a durable frame stays: it knows the newest sequence.
    std::size_t last = segments_.size();
    while (last > 0 && segments_[last - 1].info.end == kFramesAt)
        --last;
    for (std::size_t at = 0; at < segments_.size(); ++at) {
        Listed& listed = segments_[at];
        const bool goes = at + 1 < last && listed.info.number <= number && listed.info.sealed &&
                          is_free(listed.segment);
        if (goes) {
            retired.push_back(std::move(listed.segment));
        } else {
            kept.push_back(std::move(listed));
        }
    }
    segments_ = std::move(kept);
    return retired;
}

Result<void> Log::retire(Segment& segment, std::deque<Spare>& reused) {
    const std::string name = segment_name(segment.key.number);
    const auto size = segment.file->size();
    // One that a big frame has made longer would keep that room for ever.
    const bool usable = size && *size == settings_.segment_bytes;
    if (!usable || spares_.size() + reused.size() >= settings_.spare_segments) {
        return disk_.remove(name);
    }
    const std::uint64_t number = reused.empty() ? number_max() + 1 : reused.back().number + 1;
    if (auto done = disk_.rename(name, segment_name(number)); !done) return done;
    reused.push_back({.number = number, .file = std::move(segment.file)});
    return {};
}

// ---------------------------------------------------------------- the list of segments

void Log::list(std::shared_ptr<Segment> segment, const SegmentInfo& info) {
    const Lock lock{mutex_};
    segments_.push_back({.segment = std::move(segment), .info = info, .written = info});
}

// Lets readers see what is in the current segment.
void Log::show() {
    const Lock lock{mutex_};
    SegmentInfo& written = segments_.back().written;
    written.next = next_;
    written.oldest = oldest_;
    written.newest = newest_;
    written.end = end_;
}

// All that was written is durable.
void Log::publish(bool sealed) {
    show();
    const Lock lock{mutex_};
    Listed& current = segments_.back();
    current.written.sealed = sealed;
    current.info = current.written;
}

std::uint64_t Log::number_max() const {
    if (!spares_.empty()) return spares_.back().number;
    const Lock lock{mutex_};
    return segments_.empty() ? 0 : segments_.back().info.number;
}

std::vector<SegmentInfo> Log::segments() const {
    const Lock lock{mutex_};
    std::vector<SegmentInfo> out;
    out.reserve(segments_.size());
    for (const Listed& listed : segments_)
        out.push_back(listed.info);
    return out;
}

Log::Figures Log::figures() const {
    Figures out{.file_bytes = spares_count_ * settings_.segment_bytes, .recycled = recycled_};
    const Lock lock{mutex_};
    for (const Listed& listed : segments_) {
        const SegmentInfo& info = listed.info;
        ++out.segments;
        out.bytes += info.end;
        out.file_bytes += std::max(info.end, settings_.segment_bytes);
        if (info.end == kFramesAt) continue;  // Nothing durable yet.
        if (!out.oldest) out.oldest = info.oldest;
        out.newest = info.newest;
    }
    return out;
}

Result<std::unique_ptr<SegmentReader>> Log::read(std::uint64_t number, SegmentPlace from) const {
    const Lock lock{mutex_};
    const auto at = std::ranges::find(segments_, number,
                                      [](const Listed& listed) { return listed.info.number; });
    if (at == segments_.end()) return fail(ErrorCode::kNotFound, "no such segment of the log");
    return std::make_unique<SegmentReader>(at->segment, at->written, from);
}

std::vector<Log::Held> Log::hold_after(std::uint64_t number) const {
    const Lock lock{mutex_};
    std::vector<Held> out;
    for (const Listed& listed : segments_) {
        if (listed.info.number > number) out.push_back({listed.segment, listed.info});
    }
    return out;
}

}  // namespace tandem::store
