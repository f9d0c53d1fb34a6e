#pragma once

#include "base/error.h"
#include "domain/event.h"
#include "store/telemetry/byte_reader.h"
#include "store/telemetry/cell.h"
#include "store/telemetry/rows.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tandem::store {

// What the log says, record by record. Texts are views: of a record that was read, into the
// payload. Times are microseconds since 1970.

/// Gives a device the number by which later records name it.
struct DeviceRecord {
    std::uint64_t number = 0;
    std::string_view tenant;
    std::string_view device;
    bool operator==(const DeviceRecord&) const = default;
};

/// Gives a series of a device the slot by which later rows name it.
struct SlotRecord {
    std::uint64_t device = 0;
    Slot slot = 0;
    std::string_view series;
    bool operator==(const SlotRecord&) const = default;
};

/// The readings that one device made at one time. Each value is an event: they take the sequences
/// from `first` on, in their order.
struct RowRecord {
    std::uint64_t device = 0;
    std::int64_t time = 0;
    Sequence first = 0;
    std::span<const Cell> values;  ///< one at least; of a read row, good until the next record
};

/// An event that is no reading. log_event.h makes it from an `Event` and back.
struct EventRecord {
    Sequence sequence = 0;
    Event::Kind kind = Event::Kind::kEvent;
    std::string_view tenant;
    std::string_view device;
    std::string_view series;
    std::int64_t time = 0;
    bool late = false;
    std::string_view value;  ///< CBOR
    bool operator==(const EventRecord&) const = default;
};

using LogRecord = std::variant<DeviceRecord, SlotRecord, RowRecord, EventRecord>;

/// Whether two rows say the same.
[[nodiscard]] bool operator==(const RowRecord& left, const RowRecord& right);

/// Puts records into the payload of one frame. `next` is the first sequence that the frame may
/// use; `time`, which the frame's header holds, is what the times of records are relative to.
class RecordWriter {
public:
    RecordWriter(Sequence next, Instant time);

    /// Sequences ascend: a record's is not below the one after the last record's. Those left out
    /// are holes.
    void add(const DeviceRecord& record);
    void add(const SlotRecord& record);
    void add(const RowRecord& record);
    void add(const EventRecord& record);

    [[nodiscard]] Sequence first() const { return first_; }
    /// The sequence after the last record's.
    [[nodiscard]] Sequence next() const { return next_; }
    [[nodiscard]] Instant time() const { return Instant{Duration{base_}}; }
    [[nodiscard]] const std::string& payload() const { return out_; }

    /// As new, for the next frame; keeps its memory.
    void clear(Sequence next, Instant time);

private:
    void skip_to(Sequence sequence);
    void put_value(const Cell& value, Slot expected);
    void put_time(std::int64_t time);

    std::string out_;
    Sequence first_;
    Sequence next_;
    std::int64_t base_;
    std::uint64_t device_ = 0;  // Of the last row.
};

/// Takes the records out of a payload again. Trusts nothing.
class RecordReader {
public:
    /// `first` and `time` are those of the frame's header. `payload` outlives the reader.
    RecordReader(std::string_view payload, Sequence first, Instant time);

    /// The next record, or nothing after the last. Fails with kStorageFailed and the byte's offset
    /// where the payload is not one that a RecordWriter makes; the reader is done then.
    Result<std::optional<LogRecord>> next();

    /// The sequence after the last record's.
    [[nodiscard]] Sequence sequence() const { return next_; }

private:
    LogRecord row(std::uint8_t tag);
    LogRecord other(std::uint8_t kind);
    EventRecord event();
    Cell value(Slot expected);
    void number_of(Cell& value, std::uint8_t code);
    std::int64_t row_time(std::uint8_t unit);
    std::int64_t time();
    Slot slot();
    Sequence take_sequences(std::uint64_t count);

    ByteReader in_;
    Sequence next_;
    std::int64_t base_;
    std::uint64_t device_ = 0;
    std::vector<Cell> values_;
};

}  // namespace tandem::store
