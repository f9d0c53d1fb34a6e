#include "store/telemetry/log_record.h"

#include "base/random.h"
#include "store/telemetry/log_event.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <deque>
#include <limits>

using namespace tandem;
using namespace tandem::store;

namespace {

constexpr Instant kBase{Duration{1'790'000'000'123'456}};
constexpr auto kMin = std::numeric_limits<std::int64_t>::min();
constexpr auto kMax = std::numeric_limits<std::int64_t>::max();

std::uint64_t bits_of(double number) {
    return std::bit_cast<std::uint64_t>(number);
}

// Records that anything may be in, and what they point to.
class Records {
public:
    Records(Random& random, Sequence next) : random_{random}, next_{next} {}

    LogRecord any() {
        switch (random_.next() % 8) {
            case 0:
                return DeviceRecord{.number = number(), .tenant = text(), .device = text()};
            case 1:
                return SlotRecord{
                    .device = number(), .slot = static_cast<Slot>(number()), .series = text()};
            case 2:
                return EventRecord{.sequence = take(1),
                                   .kind = static_cast<Event::Kind>(random_.next() % 8),
                                   .tenant = text(),
                                   .device = text(),
                                   .series = text(),
                                   .time = time(),
                                   .late = random_.next() % 2 == 0,
                                   .value = text()};
            default:
                return row();
        }
    }

private:
    // As likely to be short as long.
    std::uint64_t number() { return random_.next() >> (random_.next() % 64); }

    std::int64_t time() {
        const std::int64_t base = kBase.time_since_epoch().count();
        const auto near = static_cast<std::int64_t>(random_.next() % 20'000'000) - 10'000'000;
        switch (random_.next() % 6) {
            case 0:
                return (base + near) / 1'000'000 * 1'000'000;
            case 1:
                return (base + near) / 1'000 * 1'000;
            case 2:
                return base + near;
            case 3:
                return random_.next() % 2 == 0 ? kMin : kMax;
            default:
                return static_cast<std::int64_t>(random_.next());
        }
    }

    std::string_view text() {
        const bool is_long = random_.next() % 64 == 0;
        return texts_.emplace_back(random_.bytes(random_.next() % (is_long ? 65'537 : 20)));
    }

    Sequence take(std::size_t count) {
        if (random_.next() % 4 == 0) next_ += number() >> 20U;  // a hole
        const Sequence first = next_;
        next_ += count;
        return first;
    }

    double number_double() {
        switch (random_.next() % 4) {
            case 0:
                return std::bit_cast<double>(random_.next());  // any bits
            case 1:
                return static_cast<double>(static_cast<std::int64_t>(number()));
            default: {
                const auto whole = static_cast<double>(random_.next() % 10'000'000) - 5e6;
                return whole / std::pow(10.0, static_cast<double>(random_.next() % 12));
            }
        }
    }

    Cell value() {
        Cell value{.slot = static_cast<Slot>(random_.next() % 2 == 0 ? last_slot_++ : number()),
                   .type = static_cast<ValueType>(1 + random_.next() % 6),
                   .late = random_.next() % 8 == 0};
        if (is_text(value.type)) {
            value.text = text();
        } else if (value.type == ValueType::kBoolean) {
            value.bits = random_.next() % 2;
        } else if (value.type == ValueType::kDouble) {
            value.bits = bits_of(number_double());
        } else {
            value.bits = value.type == ValueType::kInteger ? number() : random_.next();
            if (random_.next() % 2 == 0) value.bits = ~value.bits;
        }
        return value;
    }

    RowRecord row() {
        last_slot_ = 0;
        auto& values = values_.emplace_back();
        const std::size_t count = 1 + random_.next() % (random_.next() % 8 == 0 ? 40 : 4);
        while (values.size() < count)
            values.push_back(value());
        return {.device = random_.next() % 2 == 0 ? 7 : number(),
                .time = time(),
                .first = take(count),
                .values = values};
    }

    Random& random_;
    Sequence next_;
    Slot last_slot_ = 0;
    std::deque<std::string> texts_;
    std::deque<std::vector<Cell>> values_;
};

void add(RecordWriter& writer, const LogRecord& record) {
    std::visit([&](const auto& one) { writer.add(one); }, record);
}

// The one value of a payload, after a way through it. A text is in `kept`.
Cell through(Cell value, std::string* kept = nullptr) {
    RecordWriter writer{1, kBase};
    writer.add(RowRecord{.device = 1, .first = 1, .values = {&value, 1}});
    RecordReader reader{writer.payload(), 1, kBase};
    const auto record = reader.next();
    REQUIRE(record);
    REQUIRE(*record);
    const auto* row = std::get_if<RowRecord>(&**record);
    REQUIRE(row != nullptr);
    REQUIRE(row->values.size() == 1);
    Cell read = row->values[0];
    if (kept != nullptr) read.text = *kept = read.text;
    return read;
}

std::size_t size_of(double number) {
    const Cell value{.bits = bits_of(number)};
    RecordWriter writer{1, kBase};
    writer.add(RowRecord{.device = 1, .first = 1, .values = {&value, 1}});
    return writer.payload().size();
}

}  // namespace

TEST_CASE("whatever is put into a frame is read from it, in order and with its sequences") {
    SeededRandom random{7};
    for (int round = 0; round < 400; ++round) {
        CAPTURE(round);
        const Sequence first = random.next() % 1'000'000;
        Records records{random, first};
        std::vector<LogRecord> written(random.next() % 30);
        RecordWriter writer{first, kBase};
        for (LogRecord& record : written) {
            record = records.any();
            add(writer, record);
        }
        RecordReader reader{writer.payload(), first, kBase};
        for (const LogRecord& record : written) {
            const auto read = reader.next();
            REQUIRE(read);
            REQUIRE(*read);
            REQUIRE((**read == record));
        }
        const auto end = reader.next();
        REQUIRE(end);
        CHECK(!*end);
        CHECK(reader.sequence() == writer.next());
    }
}

TEST_CASE("every value keeps its bits") {
    for (const double number :
         {0.0, -0.0, 1.0, -1.0, 21.53, 0.1, 1e-8, 1e-9, 1e8, 1e15, 1e300, 3.141592653589793,
          1 / 3.0, 9'007'199'254'740'993.0, std::numeric_limits<double>::denorm_min(),
          std::numeric_limits<double>::max(), std::numeric_limits<double>::infinity()}) {
        CAPTURE(number);
        CHECK(through({.bits = bits_of(number)}).bits == bits_of(number));
        CHECK(through({.bits = bits_of(-number)}).bits == bits_of(-number));
    }
    for (const std::uint64_t bits : {std::uint64_t{1} << 63U, ~std::uint64_t{0}}) {
        CHECK(through({.type = ValueType::kUnsigned, .bits = bits}).bits == bits);
    }
    for (const std::int64_t number : {kMin, kMax, std::int64_t{0}, std::int64_t{-1}}) {
        const auto bits = static_cast<std::uint64_t>(number);
        CHECK(through({.type = ValueType::kInteger, .bits = bits}).bits == bits);
    }
    const std::string longest(65'536, 'x');
    std::string kept;
    CHECK(through({.type = ValueType::kString, .text = longest}, &kept).text == longest);
    CHECK(through({.slot = ~Slot{0}, .type = ValueType::kBoolean, .late = true, .bits = 1}) ==
          Cell{.slot = ~Slot{0}, .type = ValueType::kBoolean, .late = true, .bits = 1});
}

TEST_CASE("a decimal number is short, another takes its eight bytes") {
    const std::size_t whole = size_of(0.0);
    CHECK(size_of(0.5) == whole);
    CHECK(size_of(21.5) == whole + 1);
    CHECK(size_of(-21.53) == whole + 1);
    CHECK(size_of(1'013.25) == whole + 2);
    CHECK(size_of(1 / 3.0) == whole + 7);
    CHECK(size_of(-0.0) == whole + 7);
}

TEST_CASE("a row of a temperature, a counter and a switch takes thirteen bytes") {
    const std::int64_t time = kBase.time_since_epoch().count() / 1'000 * 1'000 - 500'000;
    const std::vector<Cell> values{
        {.slot = 0, .bits = bits_of(21.53)},
        {.slot = 1, .type = ValueType::kInteger, .bits = 12'345},
        {.slot = 2, .type = ValueType::kBoolean, .bits = 1},
    };
    RecordWriter writer{1, kBase};
    writer.add(RowRecord{.device = 5'000, .time = time, .first = 1, .values = values});
    CHECK(writer.payload().size() <= 13);
}

TEST_CASE("a payload that is cut off or changed is an error with its place, or other records") {
    SeededRandom random{11};
    Records records{random, 1};
    RecordWriter writer{1, kBase};
    for (int count = 0; count < 20; ++count)
        add(writer, records.any());
    const auto read_all = [](std::string_view payload) {
        RecordReader reader{payload, 1, kBase};
        while (true) {
            const auto record = reader.next();
            if (!record) {
                CHECK(record.error().code == ErrorCode::kStorageFailed);
                CHECK(record.error().detail.find("byte ") != std::string::npos);
                CHECK(!reader.next());
                return;
            }
            if (!*record) return;
        }
    };
    const std::string whole = writer.payload();
    for (int round = 0; round < 2'000; ++round) {
        std::string changed = whole;
        char& byte = changed[random.next() % changed.size()];
        byte = static_cast<char>(byte ^ (1 << (random.next() % 8)));
        read_all(changed);
        read_all(std::string_view{whole}.substr(0, random.next() % whole.size()));
    }
}

TEST_CASE("what no writer makes is refused") {
    struct Refused {
        std::string bytes;
        std::string why;
    };
    const std::vector<Refused> rows{
        {std::string("\x00", 1), "no record begins so"},
        {"\x10", "no record begins so"},
        {"\x02\x01\x05"
         "a",
         "a text longer than the frame"},
        {"\x04\x01\xFF\xFF\xFF\xFF\x7F\x01"
         "a",
         "a slot beyond 32 bits"},
        {"\x06\x08", "an event of no kind"},
        {"\x11\x01\x02", "a row without its value"},
        {std::string("\x01\x01\x00\x02\x02", 5), "a row of no values"},
        {"\x01\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01\x02", "a row of too many values"},
        {"\x17\x01\x02\x02", "a time in no unit"},
        {"\x15\x01\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01\x02", "a time beyond all times"},
        {"\x0E\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", "sequences that end"},
        {"\x0E\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02", "a number of 65 bits"},
        {"\x0E\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", "a number of eleven bytes"},
    };
    for (const Refused& row : rows) {
        CAPTURE(row.why);
        RecordReader reader{row.bytes, 1, kBase};
        const auto refused = reader.next();
        REQUIRE(!refused);
        CHECK(refused.error().code == ErrorCode::kStorageFailed);
    }
}

TEST_CASE("an event comes back as it was") {
    const Event event{.sequence = 900,
                      .kind = Event::Kind::kCommand,
                      .device = {.tenant = TenantId{"default"}, .id = DeviceId{"lamp-1"}},
                      .series = "dimmed",
                      .time = kBase - 3s,
                      .value = Value{Value::Object{{"level", 0.5}, {"by", "user:admin"}}},
                      .late = false};
    RecordWriter writer{890, kBase};
    add_event(writer, event);
    CHECK(writer.next() == 901);
    RecordReader reader{writer.payload(), 890, kBase};
    const auto record = reader.next();
    REQUIRE(record);
    REQUIRE(*record);
    const auto* read = std::get_if<EventRecord>(&**record);
    REQUIRE(read != nullptr);
    const auto back = event_of(*read);
    REQUIRE(back);
    CHECK(*back == event);
}
