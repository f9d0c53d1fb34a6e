// Whatever bytes a segment of the log holds: frames in order, damage and an end; whatever a frame
// holds: records that are written and read again as the same, or an error that says where.
// The first byte says which of the two the others are.
#include "base/check.h"
#include "store/telemetry/log_record.h"
#include "store/telemetry/log_scanner.h"

#include <cstddef>
#include <cstdint>

using namespace tandem;
using namespace tandem::store;

namespace {

// Reads as many records as can be read, and writes them into `writer`.
void copy_records(std::string_view payload, RecordWriter& writer) {
    RecordReader reader{payload, writer.first(), writer.time()};
    while (true) {
        const auto record = reader.next();
        if (!record) {
            check(record.error().code == ErrorCode::kStorageFailed);
            check(record.error().detail.find("byte ") != std::string::npos);
            check(!reader.next());
            return;
        }
        if (!*record) return;
        std::visit([&](const auto& one) { writer.add(one); }, **record);
    }
}

void read_records(std::string_view payload, Sequence first, Instant time) {
    RecordWriter writer{first, time};
    copy_records(payload, writer);
    RecordReader reader{payload, first, time};
    RecordReader again{writer.payload(), first, time};
    while (true) {
        const auto copy = again.next();
        check(copy.has_value());
        if (!*copy) return;
        const auto record = reader.next();
        check(record.has_value());
        check(record->has_value());
        check(**record == **copy);
    }
}

void scan(std::string_view bytes, SegmentKey key, const ScanRange& range) {
    SegmentInMemory segment{bytes};
    FrameScanner scanner{segment, key, range};
    std::uint64_t at = range.begin;
    Sequence sequence = range.first;
    while (true) {
        const auto scanned = scanner.next();
        check(scanned.has_value());
        if (const auto* found = std::get_if<ScannedFrame>(&*scanned)) {
            check(found->offset == at);
            check(found->frame.first >= sequence);
            sequence = found->frame.first + found->frame.count;
            read_records(found->frame.payload, found->frame.first, found->frame.time);
        } else if (const auto* damage = std::get_if<Damage>(&*scanned)) {
            check(damage->offset == at);
            check(damage->length > 0);
            check(damage->first == sequence);
            check(damage->next >= damage->first);
        } else {
            check(std::get<ScanEnd>(*scanned).offset >= at);
            return;
        }
        at = scanner.place().offset;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input{reinterpret_cast<const char*>(data) + 1, size - 1};
    if (data[0] % 2 != 0) {
        read_records(input, 1, Instant{Duration{1'790'000'000'123'456}});
        return 0;
    }
    SegmentKey key{.number = 1};
    if (const auto head = read_segment_head(input, key.number)) key = head->key;
    scan(input, key, {.end = input.size()});
    scan(input, key, {.end = input.size(), .synced = false});
    ScanRange complete{.end = input.size(), .complete = 1'000};
    if (const auto seal = read_seal(input.substr(std::min(input.size(), kSealAt)), key)) {
        complete.end = seal->end;
        complete.complete = seal->next;
    }
    scan(input, key, complete);
    return 0;
}
