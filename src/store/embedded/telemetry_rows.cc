#include "store/embedded/telemetry_rows.h"

#include "base/checked.h"
#include "store/telemetry/row_builder.h"
#include "store/telemetry/sealing.h"

#include <bit>
#include <optional>

namespace tandem::store {
namespace {

// So many readings of one device become chunks at a time.
constexpr std::size_t kReadingsAtOnce = 10'000;

// Stored in `reading.type` by version 1.
enum class RowType : std::int64_t {
    kNull = 0,
    kBool = 1,
    kInteger = 2,
    kUnsigned = 3,  // above 2^63-1, as the signed number of the same bits
    kDouble = 4,
    kNegativeZero = 5,  // SQLite keeps −0.0 as 0.0
    kString = 6,
    kDocument = 7,  // CBOR
};

// From the columns type and value: `type` and the one behind it. `kept` holds a text.
Result<Cell> cell_at(const Statement& row, int type, std::string& kept) {
    const int at = type + 1;
    Cell cell;
    switch (static_cast<RowType>(row.integer(type))) {
        case RowType::kBool:
            cell.type = ValueType::kBoolean;
            cell.bits = row.integer(at) != 0 ? 1 : 0;
            return cell;
        case RowType::kInteger:
            cell.type = ValueType::kInteger;
            cell.bits = std::bit_cast<std::uint64_t>(row.integer(at));
            return cell;
        case RowType::kUnsigned:
            cell.type = ValueType::kUnsigned;
            cell.bits = std::bit_cast<std::uint64_t>(row.integer(at));
            return cell;
        case RowType::kDouble:
            cell.bits = std::bit_cast<std::uint64_t>(row.number(at));
            return cell;
        case RowType::kNegativeZero:
            cell.bits = std::bit_cast<std::uint64_t>(-0.0);
            return cell;
        case RowType::kString:
            cell.type = ValueType::kString;
            cell.text = kept = row.text(at);
            return cell;
        case RowType::kDocument:
            cell.type = ValueType::kDocument;
            cell.text = kept = row.blob(at);
            return cell;
        case RowType::kNull:
            break;
    }
    return fail(ErrorCode::kStorageFailed, "telemetry.db holds an unknown type: it is damaged");
}

Result<std::optional<std::int64_t>> next_device(Connection& telemetry) {
    Statement find = telemetry.prepare("SELECT device FROM reading LIMIT 1");
    auto row = find.next();
    if (!row) return pass(row);
    if (!*row) return std::optional<std::int64_t>{};
    return std::optional{find.integer(0)};
}

/// Puts the readings of a group of series of one device into chunks.
Result<void> convert_group(Connection& telemetry,
                           ChunkStore& chunks,
                           std::int64_t device,
                           std::int64_t group) {
    Statement rows = telemetry.prepare(
        "SELECT metric.slot, reading.t, reading.type, reading.value FROM metric "
        "JOIN series ON series.device = metric.device AND series.name = metric.name "
        "JOIN reading ON reading.device = metric.device AND reading.series = series.id "
        "WHERE metric.device = ? AND metric.slot BETWEEN ? AND ? ORDER BY reading.t");
    rows.bind(device).bind(group * kGroupSlots).bind(group * kGroupSlots + kGroupSlots - 1);
    const ChunkLine line{.device = static_cast<std::uint64_t>(device),
                         .group = static_cast<std::uint32_t>(group)};
    RowBuilder builder;
    std::string kept;
    std::size_t count = 0;
    std::int64_t last = 0;
    while (true) {
        auto more = rows.next();
        if (!more) return pass(more);
        // Those of one time stay together.
        if (!*more || (count >= kReadingsAtOnce && rows.integer(1) != last)) {
            if (auto done = seal(chunks, line, builder.take()); !done) return done;
            count = 0;
        }
        if (!*more) return {};
        auto cell = cell_at(rows, 2, kept);
        if (!cell) return pass(cell);
        cell->slot = static_cast<Slot>(rows.integer(0));
        last = rows.integer(1);
        builder.add(last, *cell);
        ++count;
    }
}

Result<void> convert_device(Connection& telemetry, ChunkStore& chunks, std::int64_t device) {
    Statement highest =
        telemetry.prepare("SELECT ifnull(max(slot), 0) FROM metric WHERE device = ?");
    if (auto row = highest.bind(device).next(); !row) return pass(row);
    const std::int64_t groups = highest.integer(0) / kGroupSlots + 1;
    for (std::int64_t group = 0; group < groups; ++group) {
        auto done = convert_group(telemetry, chunks, device, group);
        if (!done) return done;
    }
    return telemetry.prepare("DELETE FROM reading WHERE device = ?").bind(device).run();
}

Result<bool> has_rows(Connection& telemetry) {
    return telemetry.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'reading'").next();
}

}  // namespace

Result<void> convert_rows(Connection& telemetry, ChunkStore& chunks) {
    auto old = has_rows(telemetry);
    if (!old) return pass(old);
    if (!*old) return {};
    while (true) {
        auto device = next_device(telemetry);
        if (!device) return pass(device);
        if (!*device) break;
        auto done = chunks.begin();
        if (done) done = convert_device(telemetry, chunks, checked(*device));
        if (done) done = chunks.commit();
        if (!done) {
            chunks.rollback();
            return done;
        }
    }
    return telemetry.execute("DROP TABLE reading; DROP TABLE series;");
}

}  // namespace tandem::store
