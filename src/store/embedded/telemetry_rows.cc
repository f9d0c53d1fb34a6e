#include "store/embedded/telemetry_rows.h"

#include "base/check.h"
#include "store/embedded/value_bytes.h"

#include <bit>
#include <cmath>
#include <optional>

namespace tandem::store {

// NOLINTBEGIN(bugprone-unchecked-optional-access): the check sees no optional in a Result

namespace {

// Stored in `reading.type`; a number never changes its meaning.
enum class ValueType : std::int64_t {
    kNull = 0,
    kBool = 1,
    kInteger = 2,
    kUnsigned = 3,  // above 2^63-1, as the signed number of the same bits
    kDouble = 4,
    kNegativeZero = 5,  // SQLite keeps −0.0 as 0.0
    kString = 6,
    kDocument = 7,  // CBOR
};

// A value as its two columns; `bytes` is what a bound document points to.
struct Columns {
    ValueType type;
    std::string bytes;
};

Columns columns_of(const Value& value) {
    if (value.is_null()) return {ValueType::kNull, {}};
    if (value.get<bool>() != nullptr) return {ValueType::kBool, {}};
    if (value.get<std::int64_t>() != nullptr) return {ValueType::kInteger, {}};
    if (value.get<std::uint64_t>() != nullptr) return {ValueType::kUnsigned, {}};
    if (const auto* number = value.get<double>()) {
        const bool negative_zero = *number == 0 && std::signbit(*number);
        return {negative_zero ? ValueType::kNegativeZero : ValueType::kDouble, {}};
    }
    if (value.get<std::string>() != nullptr) return {ValueType::kString, {}};
    return {ValueType::kDocument, to_bytes(value)};
}

void bind_value(Statement& statement, const Value& value, const Columns& columns) {
    statement.bind(static_cast<std::int64_t>(columns.type));
    switch (columns.type) {
        case ValueType::kNull:
            statement.bind(nullptr);
            break;
        case ValueType::kBool:
            statement.bind(std::int64_t{*value.get<bool>() ? 1 : 0});
            break;
        case ValueType::kInteger:
            statement.bind(*value.get<std::int64_t>());
            break;
        case ValueType::kUnsigned:
            statement.bind(std::bit_cast<std::int64_t>(*value.get<std::uint64_t>()));
            break;
        case ValueType::kDouble:
        case ValueType::kNegativeZero:
            statement.bind(*value.get<double>());
            break;
        case ValueType::kString:
            statement.bind(std::string_view{*value.get<std::string>()});
            break;
        case ValueType::kDocument:
            statement.bind(Blob{columns.bytes});
            break;
    }
}

// From the columns `type` and `type + 1`.
Result<Value> value_at(const Statement& row, int type) {
    const int at = type + 1;
    switch (static_cast<ValueType>(row.integer(type))) {
        case ValueType::kNull:
            return Value{};
        case ValueType::kBool:
            return Value{row.integer(at) != 0};
        case ValueType::kInteger:
            return Value{row.integer(at)};
        case ValueType::kUnsigned:
            return Value{std::bit_cast<std::uint64_t>(row.integer(at))};
        case ValueType::kDouble:
            return Value{row.number(at)};
        case ValueType::kNegativeZero:
            return Value{-0.0};
        case ValueType::kString:
            return Value{row.text(at)};
        case ValueType::kDocument:
            return from_bytes(row.blob(at));
    }
    return fail(ErrorCode::kStorageFailed, "telemetry.db holds an unknown type: it is damaged");
}

// The id that `find` selects, if any.
Result<std::optional<std::int64_t>> id_of(Statement& find) {
    auto row = find.next();
    if (!row) return pass(row);
    if (!*row) return std::optional<std::int64_t>{};
    return std::optional{find.integer(0)};
}

Result<std::optional<std::int64_t>> find_device(Connection& telemetry, const DeviceRef& ref) {
    Statement find = telemetry.prepare("SELECT id FROM device WHERE tenant = ? AND name = ?");
    find.bind(ref.tenant.text()).bind(ref.id.text());
    return id_of(find);
}

Result<std::optional<std::int64_t>> find_series(Connection& telemetry,
                                                std::int64_t device,
                                                const std::string& name) {
    Statement find = telemetry.prepare("SELECT id FROM series WHERE device = ? AND name = ?");
    find.bind(device).bind(name);
    return id_of(find);
}

Result<std::int64_t> made_device(Connection& telemetry, const DeviceRef& ref) {
    auto known = find_device(telemetry, ref);
    if (!known) return pass(known);
    if (*known) return **known;
    Statement make = telemetry.prepare("INSERT INTO device(tenant, name) VALUES (?, ?)");
    auto made = make.bind(ref.tenant.text()).bind(ref.id.text()).run();
    if (!made) return pass(made);
    return telemetry.last_rowid();
}

Result<std::int64_t> made_series(Connection& telemetry,
                                 std::int64_t device,
                                 const std::string& name) {
    auto known = find_series(telemetry, device, name);
    if (!known) return pass(known);
    if (*known) return **known;
    Statement make = telemetry.prepare("INSERT INTO series(device, name) VALUES (?, ?)");
    if (auto made = make.bind(device).bind(name).run(); !made) return pass(made);
    return telemetry.last_rowid();
}

// One series of one device.
struct Place {
    std::int64_t device = 0;
    std::int64_t series = 0;
};

Result<std::optional<Place>> find_place(Connection& telemetry,
                                        const DeviceRef& ref,
                                        const std::string& series) {
    auto device = find_device(telemetry, ref);
    if (!device) return pass(device);
    if (!*device) return std::optional<Place>{};
    auto found = find_series(telemetry, **device, series);
    if (!found) return pass(found);
    if (!*found) return std::optional<Place>{};
    return std::optional<Place>{Place{.device = **device, .series = **found}};
}

Result<std::optional<Value>> stored_at(Connection& telemetry, const Place& place, Instant time) {
    Statement find = telemetry.prepare(
        "SELECT type, value FROM reading WHERE device = ? AND series = ? AND t = ?");
    auto row = find.bind(place.device).bind(place.series).bind(time).next();
    if (!row) return pass(row);
    if (!*row) return std::optional<Value>{};
    auto value = value_at(find, 0);
    if (!value) return pass(value);
    return std::optional<Value>{std::move(*value)};
}

Result<bool> has_later(Connection& telemetry, const Place& place, Instant time) {
    Statement find = telemetry.prepare(
        "SELECT 1 FROM reading WHERE device = ? AND series = ? AND t > ? LIMIT 1");
    return find.bind(place.device).bind(place.series).bind(time).next();
}

Result<void> put(Connection& telemetry, const Place& place, const Reading& reading) {
    Statement write = telemetry.prepare(
        "INSERT OR REPLACE INTO reading(device, series, t, type, value) VALUES (?, ?, ?, ?, ?)");
    write.bind(place.device).bind(place.series).bind(reading.time);
    const Columns columns = columns_of(reading.value);
    bind_value(write, reading.value, columns);
    return write.run();
}

// What one reading leads to.
struct Outcome {
    std::size_t Written::* counted = &Written::repeated;
    bool late = false;
};

Result<Outcome> write_reading(Connection& telemetry, std::int64_t device, const Reading& reading) {
    auto series = made_series(telemetry, device, reading.series);
    if (!series) return pass(series);
    const Place place{.device = device, .series = *series};
    auto before = stored_at(telemetry, place, reading.time);
    if (!before) return pass(before);
    if (*before && **before == reading.value) return Outcome{};
    auto late = has_later(telemetry, place, reading.time);
    if (!late) return pass(late);
    if (auto done = put(telemetry, place, reading); !done) return pass(done);
    return Outcome{.counted = *before ? &Written::replaced : &Written::stored, .late = *late};
}

Result<void> write_device(Connection& telemetry,
                          const DeviceReadings& batch,
                          Written& written,
                          std::vector<Event>& events) {
    auto device = made_device(telemetry, batch.device);
    if (!device) return pass(device);
    for (const Reading& reading : batch.readings) {
        auto outcome = write_reading(telemetry, *device, reading);
        if (!outcome) return pass(outcome);
        ++(written.*outcome->counted);
        if (outcome->counted == &Written::repeated) continue;
        events.push_back(Event{.kind = Event::Kind::kReading,
                               .device = batch.device,
                               .series = reading.series,
                               .time = reading.time,
                               .value = reading.value,
                               .late = outcome->late});
    }
    return {};
}

constexpr std::string_view kOldestFirst =
    "SELECT t, type, value FROM reading WHERE device = ? AND series = ? AND t >= ? AND t < ? "
    "ORDER BY t";
constexpr std::string_view kNewestFirst =
    "SELECT t, type, value FROM reading WHERE device = ? AND series = ? AND t >= ? AND t < ? "
    "ORDER BY t DESC";

// Gives each reading of the range in turn to `take` until that returns false.
template <typename Take>
Result<void> scan(Connection& telemetry,
                  const RangeQuery& query,
                  std::string_view sql,
                  const Take& take) {
    auto place = find_place(telemetry, query.device, query.series);
    if (!place) return pass(place);
    if (!*place) return {};
    Statement rows = telemetry.prepare(sql);
    rows.bind((*place)->device).bind((*place)->series);
    rows.bind(query.range.from).bind(query.range.to);
    while (true) {
        auto more = rows.next();
        if (!more) return pass(more);
        if (!*more) return {};
        auto value = value_at(rows, 1);
        if (!value) return pass(value);
        if (!take({.series = query.series, .time = rows.time(0), .value = std::move(*value)})) {
            return {};
        }
    }
}

Result<std::uint64_t> erase_series(Connection& telemetry,
                                   const Place& place,
                                   const TimeRange& range) {
    Statement erase = telemetry.prepare(
        "DELETE FROM reading WHERE device = ? AND series = ? AND t >= ? AND t < ?");
    erase.bind(place.device).bind(place.series).bind(range.from).bind(range.to);
    if (auto done = erase.run(); !done) return pass(done);
    return static_cast<std::uint64_t>(telemetry.changes());
}

struct NamedSeries {
    std::int64_t id = 0;
    std::string name;
};

Result<std::vector<NamedSeries>> series_of(Connection& telemetry, std::int64_t device) {
    Statement rows =
        telemetry.prepare("SELECT id, name FROM series WHERE device = ? ORDER BY name");
    rows.bind(device);
    std::vector<NamedSeries> out;
    while (true) {
        auto more = rows.next();
        if (!more) return pass(more);
        if (!*more) return out;
        out.push_back({.id = rows.integer(0), .name = rows.text(1)});
    }
}

}  // namespace

Result<Written> write_readings(Connection& telemetry,
                               const std::vector<DeviceReadings>& batch,
                               std::vector<Event>& events) {
    Written written;
    for (const DeviceReadings& of_device : batch) {
        auto done = write_device(telemetry, of_device, written, events);
        if (!done) return pass(done);
    }
    return written;
}

Result<std::uint64_t> erase_readings(Connection& telemetry,
                                     const DeviceRef& device,
                                     const std::string& series,
                                     const TimeRange& range) {
    auto id = find_device(telemetry, device);
    if (!id) return pass(id);
    if (!*id) return 0;
    auto all = series_of(telemetry, **id);
    if (!all) return pass(all);
    std::uint64_t count = 0;
    for (const NamedSeries& one : *all) {
        if (!series.empty() && one.name != series) continue;
        auto erased = erase_series(telemetry, {.device = **id, .series = one.id}, range);
        if (!erased) return pass(erased);
        count += *erased;
    }
    return count;
}

Result<std::vector<Reading>> read_readings(Connection& telemetry, const RangeQuery& query) {
    std::vector<Reading> out;
    if (query.limit == 0) return out;
    std::size_t weight = 0;
    auto done = scan(telemetry, query, query.newest_first ? kNewestFirst : kOldestFirst,
                     [&](Reading reading) {
                         weight += weight_of(reading.value);
                         out.push_back(std::move(reading));
                         return out.size() < query.limit && weight <= query.weight;
                     });
    if (!done) return pass(done);
    return out;
}

Result<std::vector<Bucket>> aggregate_readings(Connection& telemetry,
                                               const RangeQuery& query,
                                               Duration step) {
    check(step > Duration{0});
    Bucketer bucketer{step};
    // One bucket more than wanted tells that the last wanted one is complete.
    auto done = scan(telemetry, query, kOldestFirst, [&](const Reading& reading) {
        bucketer.add(reading);
        return bucketer.size() <= query.limit;
    });
    if (!done) return pass(done);
    auto buckets = bucketer.take();
    if (buckets.size() > query.limit) buckets.resize(query.limit);
    return buckets;
}

Result<std::vector<Reading>> latest_readings(Connection& telemetry, const DeviceRef& device) {
    std::vector<Reading> out;
    auto id = find_device(telemetry, device);
    if (!id) return pass(id);
    if (!*id) return out;
    auto all = series_of(telemetry, **id);
    if (!all) return pass(all);
    for (const NamedSeries& one : *all) {
        auto done = scan(telemetry, {.device = device, .series = one.name, .range = {}, .limit = 1},
                         kNewestFirst, [&](Reading reading) {
                             out.push_back(std::move(reading));
                             return false;
                         });
        if (!done) return pass(done);
    }
    return out;
}

// NOLINTEND(bugprone-unchecked-optional-access)

}  // namespace tandem::store
