#include "store/telemetry/log_record.h"

#include "base/check.h"
#include "store/telemetry/byte_writer.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace tandem::store {
namespace {

// A record begins with a byte. Its lowest bit is set in a row:
//   bit 0      1
//   bits 1, 2  the unit of its time: 0 µs, 1 ms, 2 s
//   bit 3      the device is the last row's; else its number follows
//   bits 4–7   how many values; 0: a varint says it
// then the time, relative to the frame's, and the values. Else the byte is one of these:
enum class Kind : std::uint8_t {
    kDevice = 0x02,
    kSlot = 0x04,
    kEvent = 0x06,
    kLateEvent = 0x08,
    kSkip = 0x0E,  ///< a hole in the sequences
};
constexpr std::uint8_t kRow = 1;
constexpr std::uint8_t kSameDevice = 8;
constexpr std::uint64_t kRowCountMax = 15;

// A value begins with a byte:
//   bits 0–3  one of `Code`
//   bit 4     late
//   bits 5–7  how many slots after the one that was to be expected; 7: the slot follows
enum Code : std::uint8_t {
    kFalse = 0,
    kTrue = 1,
    kInteger = 2,   ///< a signed varint
    kUnsigned = 3,  ///< 8 bytes
    kRaw = 4,       ///< a double, 8 bytes
    kString = 5,
    kDocument = 6,
    kDecimal = 7,  ///< and above: a double that is a signed varint over 10^(code − 7)
};
constexpr std::uint8_t kCodeMask = 15;
constexpr std::uint8_t kLate = 16;
constexpr std::uint8_t kSlotFollows = 7;

constexpr std::array kPowers{1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8};
static_assert(kDecimal + kPowers.size() - 1 == kCodeMask);
// Above it, eight raw bytes are as short, and numbers would cease to be exact soon.
constexpr double kDecimalMax = static_cast<double>(std::int64_t{1} << 48U);

constexpr std::array<std::int64_t, 3> kUnits{1, 1'000, 1'000'000};

struct Decimal {
    std::int64_t scaled;
    std::uint8_t power;
};

// `number` as a whole number over `power`, if that reads as exactly `number`. Both a whole number
// below 2^53 and a power of ten are exact as doubles, so their quotient is rounded once, as it is
// when decimals are read. |number · power| is below kDecimalMax.
std::optional<std::int64_t> scaled_by(double power, double number) {
    const double product = number * power;
    // std::round() is a call to a library where the processor's own is not known to be there.
    const auto scaled = static_cast<std::int64_t>(product + std::copysign(0.5, product));
    if (static_cast<double>(scaled) / power != number) return {};
    return scaled;
}

// The shortest such decimal.
std::optional<Decimal> decimal_of(double number) {
    const double size = std::abs(number);
    if (!(size < kDecimalMax) || (number == 0 && std::signbit(number))) return {};
    // One look tells of most numbers with more digits.
    const bool look = size * kPowers.back() < kDecimalMax;
    if (look && !scaled_by(kPowers.back(), number)) return {};
    for (std::size_t power = 0; power < kPowers.size(); ++power) {
        if (size * kPowers[power] >= kDecimalMax) return {};
        if (const auto scaled = scaled_by(kPowers[power], number)) {
            return Decimal{.scaled = *scaled, .power = static_cast<std::uint8_t>(power)};
        }
    }
    return {};
}

std::uint8_t unit_of(std::int64_t time) {
    if (time % kUnits[2] == 0) return 2;
    return time % kUnits[1] == 0 ? 1 : 0;
}

// Both wrap round, so that every two times have a difference.
std::int64_t minus(std::int64_t left, std::int64_t right) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(left) -
                                     static_cast<std::uint64_t>(right));
}
std::int64_t plus(std::int64_t left, std::int64_t right) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(left) +
                                     static_cast<std::uint64_t>(right));
}

constexpr std::uint8_t byte_of(Kind kind) {
    return static_cast<std::uint8_t>(kind);
}

}  // namespace

bool operator==(const RowRecord& left, const RowRecord& right) {
    return left.device == right.device && left.time == right.time && left.first == right.first &&
           std::ranges::equal(left.values, right.values);
}

// ---------------------------------------------------------------- writing

RecordWriter::RecordWriter(Sequence next, Instant time)
    : first_{next}, next_{next}, base_{time.time_since_epoch().count()} {}

void RecordWriter::clear(Sequence next, Instant time) {
    out_.clear();
    first_ = next_ = next;
    base_ = time.time_since_epoch().count();
    device_ = 0;
}

void RecordWriter::add(const DeviceRecord& record) {
    out_ += static_cast<char>(Kind::kDevice);
    put_varint(out_, record.number);
    put_text(out_, record.tenant);
    put_text(out_, record.device);
}

void RecordWriter::add(const SlotRecord& record) {
    out_ += static_cast<char>(Kind::kSlot);
    put_varint(out_, record.device);
    put_varint(out_, record.slot);
    put_text(out_, record.series);
}

void RecordWriter::add(const RowRecord& record) {
    check(!record.values.empty());
    skip_to(record.first);
    next_ += record.values.size();
    const bool same = record.device == device_;
    const bool short_count = record.values.size() <= kRowCountMax;
    const std::uint8_t unit = unit_of(record.time);
    std::uint64_t tag = kRow | std::uint64_t{unit} << 1U;
    if (same) tag |= kSameDevice;
    if (short_count) tag |= record.values.size() << 4U;
    out_ += static_cast<char>(tag);
    if (!same) put_varint(out_, record.device);
    device_ = record.device;
    if (!short_count) put_varint(out_, record.values.size());
    if (unit == 0) {
        put_time(record.time);
    } else {
        put_signed(out_, record.time / kUnits[unit] - base_ / kUnits[unit]);
    }
    Slot expected = 0;
    for (const Cell& value : record.values) {
        put_value(value, expected);
        expected = value.slot + 1;
    }
}

void RecordWriter::put_value(const Cell& value, Slot expected) {
    const Slot ahead = value.slot - expected;  // wraps when it is not ahead
    const bool follows = ahead >= kSlotFollows;
    const auto begin = [&](std::uint8_t code) {
        out_ += static_cast<char>(code | (value.late ? kLate : 0U) |
                                  (follows ? Slot{kSlotFollows} : ahead) << 5U);
        if (follows) put_varint(out_, value.slot);
    };
    switch (value.type) {
        case ValueType::kBoolean:
            check(value.bits <= 1);
            return begin(value.bits == 0 ? kFalse : kTrue);
        case ValueType::kInteger:
            begin(kInteger);
            return put_signed(out_, static_cast<std::int64_t>(value.bits));
        case ValueType::kUnsigned:
            begin(kUnsigned);
            return put_fixed(out_, value.bits);
        case ValueType::kDouble:
            if (const auto decimal = decimal_of(std::bit_cast<double>(value.bits))) {
                begin(static_cast<std::uint8_t>(kDecimal + decimal->power));
                return put_signed(out_, decimal->scaled);
            }
            begin(kRaw);
            return put_fixed(out_, value.bits);
        case ValueType::kString:
        case ValueType::kDocument:
            begin(value.type == ValueType::kString ? kString : kDocument);
            return put_text(out_, value.text);
    }
}

void RecordWriter::add(const EventRecord& record) {
    skip_to(record.sequence);
    ++next_;
    out_ += static_cast<char>(record.late ? Kind::kLateEvent : Kind::kEvent);
    out_ += static_cast<char>(record.kind);
    put_text(out_, record.tenant);
    put_text(out_, record.device);
    put_text(out_, record.series);
    put_time(record.time);
    put_text(out_, record.value);
}

void RecordWriter::skip_to(Sequence sequence) {
    check(sequence >= next_);
    if (sequence == next_) return;
    out_ += static_cast<char>(Kind::kSkip);
    put_varint(out_, sequence - next_);
    next_ = sequence;
}

void RecordWriter::put_time(std::int64_t time) {
    put_signed(out_, minus(time, base_));
}

// ---------------------------------------------------------------- reading

RecordReader::RecordReader(std::string_view payload, Sequence first, Instant time)
    : in_{payload, "log frame, byte "}, next_{first}, base_{time.time_since_epoch().count()} {}

Result<std::optional<LogRecord>> RecordReader::next() {
    while (!in_.at_end()) {
        const std::uint8_t first = in_.byte();
        if (first == byte_of(Kind::kSkip)) {
            static_cast<void>(take_sequences(in_.varint()));
            continue;
        }
        LogRecord record = (first & kRow) != 0 ? row(first) : other(first);
        if (!in_.failed()) return std::optional{record};
    }
    if (auto good = in_.outcome(); !good) return pass(good);
    return std::optional<LogRecord>{};
}

LogRecord RecordReader::row(std::uint8_t tag) {
    RowRecord record;
    if ((tag & kSameDevice) == 0) device_ = in_.varint();
    record.device = device_;
    std::uint64_t count = tag >> 4U;
    if (count == 0) count = in_.varint();
    record.time = row_time((tag >> 1U) & 3U);
    // Every value takes a byte at least: a made-up count costs no memory.
    in_.require(count > 0 && count <= in_.left(), "a row has no values, or more than bytes follow");
    values_.clear();
    Slot expected = 0;
    for (; count > 0 && !in_.failed(); --count) {
        values_.push_back(value(expected));
        expected = values_.back().slot + 1;
    }
    record.first = take_sequences(values_.size());
    record.values = values_;
    return record;
}

LogRecord RecordReader::other(std::uint8_t kind) {
    switch (kind) {
        case byte_of(Kind::kDevice): {
            const std::uint64_t number = in_.varint();
            const std::string_view tenant = in_.text();
            return DeviceRecord{.number = number, .tenant = tenant, .device = in_.text()};
        }
        case byte_of(Kind::kSlot): {
            const std::uint64_t device = in_.varint();
            const Slot number = slot();
            return SlotRecord{.device = device, .slot = number, .series = in_.text()};
        }
        case byte_of(Kind::kEvent):
            return event();
        case byte_of(Kind::kLateEvent): {
            EventRecord record = event();
            record.late = true;
            return record;
        }
        default:
            break;
    }
    in_.refuse("no such kind of record");
    return {};
}

EventRecord RecordReader::event() {
    EventRecord record;
    const std::uint8_t kind = in_.byte();
    if (kind <= static_cast<std::uint8_t>(Event::Kind::kAdvice)) {
        record.kind = static_cast<Event::Kind>(kind);
    } else {
        in_.refuse("no such kind of event");
    }
    record.tenant = in_.text();
    record.device = in_.text();
    record.series = in_.text();
    record.time = time();
    record.value = in_.text();
    record.sequence = take_sequences(1);
    return record;
}

Cell RecordReader::value(Slot expected) {
    const std::uint8_t first = in_.byte();
    const std::uint8_t ahead = first >> 5U;
    Cell value{.slot = ahead == kSlotFollows ? slot() : expected + ahead,
               .late = (first & kLate) != 0};
    const std::uint8_t code = first & kCodeMask;
    if (code == kString || code == kDocument) {
        value.type = code == kString ? ValueType::kString : ValueType::kDocument;
        value.text = in_.text();
    } else {
        number_of(value, code);
    }
    return value;
}

void RecordReader::number_of(Cell& value, std::uint8_t code) {
    if (code <= kTrue) {
        value.type = ValueType::kBoolean;
        value.bits = code;
    } else if (code == kInteger) {
        value.type = ValueType::kInteger;
        value.bits = static_cast<std::uint64_t>(in_.signed_varint());
    } else if (code == kUnsigned || code == kRaw) {
        value.type = code == kUnsigned ? ValueType::kUnsigned : ValueType::kDouble;
        value.bits = in_.fixed<std::uint64_t>();
    } else {
        const auto scaled = static_cast<double>(in_.signed_varint());
        value.bits = std::bit_cast<std::uint64_t>(scaled / kPowers[code - kDecimal]);
    }
}

std::int64_t RecordReader::row_time(std::uint8_t unit) {
    if (unit == 0) return time();
    std::int64_t relative = 0;
    std::int64_t time = 0;
    if (unit >= kUnits.size() ||
        __builtin_add_overflow(base_ / kUnits[unit], in_.signed_varint(), &relative) ||
        __builtin_mul_overflow(relative, kUnits[unit], &time)) {
        in_.refuse("no time is so far away");
    }
    return time;
}

std::int64_t RecordReader::time() {
    return plus(base_, in_.signed_varint());
}

Slot RecordReader::slot() {
    const std::uint64_t number = in_.varint();
    in_.require(number <= std::numeric_limits<Slot>::max(), "no slot is so high");
    return static_cast<Slot>(number);
}

// The first of the next `count` sequences.
Sequence RecordReader::take_sequences(std::uint64_t count) {
    const Sequence first = next_;
    if (count > std::numeric_limits<Sequence>::max() - first) {
        in_.refuse("the sequences come to an end");
        return 0;
    }
    next_ += count;
    return first;
}

}  // namespace tandem::store
