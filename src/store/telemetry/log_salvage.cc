#include "store/telemetry/log_salvage.h"

#include "base/checked.h"
#include "store/telemetry/log_opening.h"
#include "store/telemetry/log_reader.h"
#include "store/telemetry/log_record.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace tandem::store {
namespace {

constexpr std::uint64_t kCopiedAtOnce = std::uint64_t{1} << 20U;

/// The records of a frame again, as far as they can be understood.
RecordWriter records_of(const Frame& frame, bool& whole) {
    RecordWriter out{frame.first, frame.time};
    RecordReader in{frame.payload, frame.first, frame.time};
    while (true) {
        auto record = in.next();
        whole = record.has_value();
        if (!record || !*record) break;
        std::visit([&](const auto& each) { out.add(each); }, checked(*record));
    }
    whole = whole && in.sequence() == frame.first + frame.count;
    return out;
}

/// Takes what is whole of a segment, and writes it to a file, one frame behind the other.
class Rewrite {
public:
    /// Without a file it only finds out whether anything is lost.
    Rewrite(const Opening& opening, DiskFile* to) : opening_{opening}, to_{to} {}

    Result<void> take(const ScannedFrame& scanned, std::uint32_t mark) {
        bool whole = false;
        const RecordWriter records = records_of(scanned.frame, whole);
        if (whole) return put(scanned.frame, mark);
        lost_ = true;
        const std::uint64_t count = records.next() - records.first();
        salvaged.events_lost += scanned.frame.count - std::min(count, scanned.frame.count);
        salvaged.bytes_lost += scanned.frame.payload.size() - records.payload().size();
        if (records.payload().empty()) return {};
        return put({.first = records.first(),
                    .count = count,
                    .time = records.time(),
                    .payload = records.payload()},
                   mark);
    }
    void take(const Damage& damage) {
        lost_ = true;
        salvaged.bytes_lost += damage.length;
        salvaged.events_lost += damage.next - damage.first;
    }
    [[nodiscard]] bool lost() const { return lost_; }

    /// Head and, of a segment that is complete, seal; all is on the disk then.
    Result<void> finish(std::uint32_t mark, Sequence first, bool complete) {
        SegmentHead head{.key = {.number = opening_.key.number, .mark = std::max(mark, 1U)},
                         .first = first};
        if (opening_.head) head = checked(opening_.head);
        auto done = to_->write(0, to_bytes(head));
        if (done && complete) {
            const Sequence next = opening_.seal ? checked(opening_.seal).next : next_;
            const Seal seal{.end = end_, .next = std::max(next, next_), .newest = newest_};
            done = to_->write(kSealAt, to_bytes(seal, head.key));
        }
        return done ? to_->sync() : done;
    }

    SalvagedSegment salvaged;

private:
    Result<void> put(const Frame& frame, std::uint32_t mark) {
        if (to_ == nullptr) return {};
        FrameHead head = head_of(frame);
        head.mark = mark;
        std::string bytes;
        put_head(bytes, head, opening_.key.number);
        bytes += frame.payload;
        if (auto done = to_->write(end_, bytes); !done) return done;
        end_ += head.stride();
        next_ = head.next();
        newest_ = frame.time;
        ++salvaged.groups;
        return {};
    }

    const Opening& opening_;
    DiskFile* to_;
    std::uint64_t end_ = kFramesAt;
    Sequence next_ = 0;
    Instant newest_;
    bool lost_ = false;
};

class LogSalvage {
public:
    LogSalvage(Disk& disk, std::string_view ending) : disk_{disk}, ending_{ending} {}

    Result<std::vector<SalvagedSegment>> run() {
        auto files = open_segments(disk_, Disk::Open::kExisting);
        if (!files) return pass(files);
        auto complete = count_complete(*files);
        if (!complete) return pass(complete);
        // The one behind them is the newest, if it has frames; then there is nothing.
        const std::size_t end = std::min(*complete + 1, files->size());
        for (std::size_t at = 0; at < end; ++at) {
            auto done = look_at((*files)[at], at < *complete);
            if (!done) return pass(done);
        }
        return std::move(out_);
    }

private:
    Result<void> look_at(const SegmentFile& segment, bool complete) {
        auto opening = read_opening(*segment.file, segment.number);
        if (!opening) return pass(opening);
        auto size = segment.file->size();
        if (!size) return pass(size);
        ScanRange range{.end = *size, .first = next_, .complete = {}, .synced = complete};
        if (opening->head) range.first = std::max(next_, checked(opening->head).first);
        if (opening->seal) {
            range.end = checked(opening->seal).end;
            range.complete = checked(opening->seal).next;
        }
        Rewrite look{*opening, nullptr};
        if (auto scanned = scan(segment, *opening, range, look); !scanned) return pass(scanned);
        if (!look.lost()) return {};
        const std::string fresh = segment_name(segment.number) + ".new";
        // What an attempt that was interrupted has left must not lie behind what is written.
        static_cast<void>(disk_.remove(fresh));
        auto made = disk_.open(fresh, Disk::Open::kOrCreate);
        if (!made) return pass(made);
        Rewrite rewrite{*opening, made->get()};
        auto mark = scan(segment, *opening, range, rewrite);
        if (!mark) return pass(mark);
        if (auto done = (*made)->preallocate(*size); !done) return done;
        if (auto done = rewrite.finish(*mark, range.first, complete); !done) return done;
        return replace(segment, fresh, std::move(rewrite.salvaged));
    }

    // Gives the mark.
    Result<std::uint32_t> scan(const SegmentFile& segment,
                               const Opening& opening,
                               const ScanRange& range,
                               Rewrite& rewrite) {
        SegmentOnDisk bytes{*segment.file};
        FrameScanner scanner{bytes, opening.key, range};
        next_ = std::max(next_, range.first);
        while (true) {
            auto scanned = scanner.next();
            if (!scanned) return pass(scanned);
            if (std::holds_alternative<ScanEnd>(*scanned)) break;
            if (const auto* damage = std::get_if<Damage>(&*scanned)) {
                rewrite.take(*damage);
                continue;
            }
            const auto& frame = std::get<ScannedFrame>(*scanned);
            next_ = frame.frame.first + frame.frame.count;
            if (auto done = rewrite.take(frame, scanner.mark()); !done) return pass(done);
        }
        if (range.complete) next_ = std::max(next_, *range.complete);
        return scanner.mark();
    }

    // The damaged file is copied rather than renamed: there is a segment of this name always.
    Result<void> replace(const SegmentFile& segment,
                         const std::string& fresh,
                         SalvagedSegment salvaged) {
        const std::string name = segment_name(segment.number);
        salvaged.number = segment.number;
        salvaged.aside = name + std::string{ending_};
        auto aside = disk_.open(salvaged.aside, Disk::Open::kOrCreate);
        if (!aside) return pass(aside);
        auto done = copy(*segment.file, **aside);
        // The name of what is put aside is there before what it was is gone.
        if (done) done = disk_.sync();
        if (done) done = disk_.rename(fresh, name);
        if (done) done = disk_.sync();
        if (done) out_.push_back(std::move(salvaged));
        return done;
    }

    static Result<void> copy(const DiskFile& from, DiskFile& to) {
        std::string piece(kCopiedAtOnce, '\0');
        for (std::uint64_t at = 0;; at += piece.size()) {
            auto got = from.read(at, piece);
            if (!got) return pass(got);
            piece.resize(*got);
            if (auto done = to.write(at, piece); !done) return done;
            if (piece.size() < kCopiedAtOnce) return to.sync();
        }
    }

    Disk& disk_;
    std::string_view ending_;
    Sequence next_ = 1;
    std::vector<SalvagedSegment> out_;
};

}  // namespace

Result<std::vector<SalvagedSegment>> salvage_log(Disk& disk, std::string_view ending) {
    return LogSalvage{disk, ending}.run();
}

}  // namespace tandem::store
