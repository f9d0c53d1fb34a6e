#include "store/embedded/mending.h"

#include "base/checked.h"
#include "store/embedded/migration.h"
#include "store/embedded/sqlite_chunks.h"
#include "store/telemetry/chunk.h"
#include "store/telemetry/chunk_check.h"
#include "store/telemetry/row_builder.h"
#include "store/telemetry/sealing.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <utility>

namespace tandem::store {
namespace {

using Told = std::function<void(const SalvageAct&)>;

struct Stored {
    ChunkLine line;
    StoredChunk chunk;
};

class TelemetryMending {
public:
    TelemetryMending(Connection& telemetry, const Told& told)
        : telemetry_{telemetry}, chunks_{telemetry}, told_{told} {}

    Result<void> name(const Nameless& lost) {
        const auto device = static_cast<std::int64_t>(lost.device);
        auto done = chunks_.begin();
        if (done && lost.ref) done = chunks_.define(lost.device, *lost.ref);
        if (done) done = put_device(device);
        Slot slot = lost.known.value_or(0) - static_cast<Slot>(lost.series.size());
        for (const std::string& each : lost.series) {
            if (done) done = chunks_.define(lost.device, slot++, each);
        }
        if (done) done = put_slots(device, lost.needed);
        if (done) done = chunks_.commit();
        if (!done) chunks_.rollback();
        return done;
    }

    Result<void> run() {
        for (const auto step : {&TelemetryMending::name_devices, &TelemetryMending::name_series,
                                &TelemetryMending::mend_chunks, &TelemetryMending::part_all}) {
            if (auto done = (this->*step)(); !done) return done;
        }
        return {};
    }

private:
    void tell(std::string what) const { told_({.file = "telemetry.db", .what = std::move(what)}); }

    Result<void> in_transaction(Result<void> (TelemetryMending::*change)()) {
        auto done = chunks_.begin();
        if (done) done = (this->*change)();
        if (done) done = chunks_.commit();
        if (!done) chunks_.rollback();
        return done;
    }

    // ---- names

    Result<void> name_devices() { return in_transaction(&TelemetryMending::put_devices); }
    Result<void> put_devices() {
        while (true) {
            auto lost = telemetry_.number(
                "SELECT device FROM (SELECT device FROM chunk UNION SELECT "
                "device FROM metric) WHERE device NOT IN (SELECT id FROM "
                "device) LIMIT 1");
            if (!lost) return pass(lost);
            if (*lost == 0) return {};
            if (auto done = put_device(*lost); !done) return done;
        }
    }
    Result<void> put_device(std::int64_t number) {
        std::string name = "lost-" + std::to_string(number);
        while (true) {
            auto named = has_name(number);
            if (!named) return pass(named);
            if (*named) return {};
            // The tenant that is there: a hub has one.
            Statement put = telemetry_.prepare(
                "INSERT OR IGNORE INTO device(id, tenant, name) VALUES (?1, ifnull((SELECT tenant "
                "FROM device LIMIT 1), 'main'), ?2)");
            if (auto done = put.bind(number).bind(std::string_view{name}).run(); !done) return done;
            if (telemetry_.changes() > 0) {
                tell("the device with the number " + std::to_string(number) + " is called " + name +
                     " now: make a device of that name to see its readings");
                return {};
            }
            name += "-";  // Another has that name.
        }
    }
    Result<bool> has_name(std::int64_t device) {
        Statement find = telemetry_.prepare("SELECT 1 FROM device WHERE id = ?");
        return find.bind(device).next();
    }

    Result<void> name_series() { return in_transaction(&TelemetryMending::put_series); }
    Result<void> put_series() {
        while (true) {
            Statement find = telemetry_.prepare(
                "SELECT device, max(slot) FROM metric GROUP BY device "
                "HAVING count(*) <> max(slot) + 1 LIMIT 1");
            auto row = find.next();
            if (!row) return pass(row);
            if (!*row) return {};
            const std::int64_t device = find.integer(0);
            const std::int64_t slots = find.integer(1) + 1;
            find.reset();
            if (auto done = put_slots(device, slots); !done) return done;
        }
    }

    // Gives a name to every slot below `slots` that has none.
    Result<void> put_slots(std::int64_t device, std::int64_t slots) {
        for (std::int64_t slot = 0; slot < slots; ++slot) {
            if (auto done = put_slot(device, slot); !done) return done;
        }
        return {};
    }
    Result<void> put_slot(std::int64_t device, std::int64_t slot) {
        std::string name = "lost-" + std::to_string(slot);
        while (true) {
            Statement put = telemetry_.prepare(
                "INSERT INTO metric(device, slot, name) SELECT ?1, ?2, ?3 WHERE NOT EXISTS "
                "(SELECT 1 FROM metric WHERE device = ?1 AND (slot = ?2 OR name = ?3))");
            put.bind(device).bind(slot).bind(std::string_view{name});
            if (auto done = put.run(); !done) return done;
            if (telemetry_.changes() > 0) {
                tell("a series of the device number " + std::to_string(device) + " is called " +
                     name + " now");
                return {};
            }
            auto named = has_name(device, slot);
            if (!named) return pass(named);
            if (*named) return {};
            name += "-";  // Somebody has a series of that name.
        }
    }
    Result<bool> has_name(std::int64_t device, std::int64_t slot) {
        Statement find = telemetry_.prepare("SELECT 1 FROM metric WHERE device = ? AND slot = ?");
        return find.bind(device).bind(slot).next();
    }

    // ---- chunks by themselves

    Result<void> mend_chunks() {
        std::int64_t id = std::numeric_limits<std::int64_t>::min();
        while (true) {
            auto stored = next_after(id);
            if (!stored) return pass(stored);
            if (!*stored) return {};
            const Stored& found = checked(*stored);
            id = found.chunk.id;
            const ChunkLook look = look_at(found.line, found.chunk);
            auto done = chunks_.begin();
            if (done) done = mend(found, look);
            if (done) done = chunks_.commit();
            if (done) continue;
            chunks_.rollback();
            return done;
        }
    }

    Result<std::optional<Stored>> next_after(std::int64_t id) {
        Statement find = telemetry_.prepare(
            "SELECT id, device, grp, t0, t1, data FROM chunk WHERE id > ? ORDER BY id LIMIT 1");
        auto row = find.bind(id).next();
        if (!row) return pass(row);
        if (!*row) return std::optional<Stored>{};
        return std::optional{Stored{.line = {.device = static_cast<std::uint64_t>(find.integer(1)),
                                             .group = static_cast<std::uint32_t>(find.integer(2))},
                                    .chunk = {.id = find.integer(0),
                                              .from = find.integer(3),
                                              .to = find.integer(4),
                                              .bytes = find.blob(5)}}};
    }

    Result<void> mend(const Stored& stored, const ChunkLook& look) {
        const auto device = static_cast<std::int64_t>(stored.line.device);
        if (look.state == ChunkState::kUnreadable) {
            tell(words(stored) + " is in the table damaged now: " + look.why);
            return chunks_.set_aside(stored.chunk.id);
        }
        if (!look.slots.empty()) {
            auto named = has_name(device, look.slots.back());
            if (!named) return pass(named);
            if (!*named) {
                auto done = put_slots(device, std::int64_t{look.slots.back()} + 1);
                if (!done) return done;
            }
        }
        if (look.state == ChunkState::kSound) return {};
        auto rows = rows_of(stored.chunk);
        if (!rows) return pass(rows);
        if (look.state == ChunkState::kSummary) {
            tell(words(stored) + " has new summaries");
            StoredChunk again = stored.chunk;
            again.bytes = encode_chunk(*rows);
            return chunks_.put(stored.line, again);
        }
        tell(words(stored) + " was in the wrong place: " + look.why);
        if (auto done = chunks_.remove(stored.chunk.id); !done) return done;
        return put_where_it_belongs(stored, look);
    }

    static std::string words(const Stored& stored) {
        return "chunk " + std::to_string(stored.chunk.id);
    }
    static Result<Rows> rows_of(const StoredChunk& stored) {
        auto chunk = Chunk::open(stored.bytes);
        if (!chunk) return pass(chunk);
        return chunk->rows();
    }

    // Its slots may be of several groups.
    Result<void> put_where_it_belongs(const Stored& stored, const ChunkLook& look) {
        std::map<std::uint32_t, std::vector<Slot>> groups;
        for (const Slot slot : look.slots)
            groups[group_of(slot)].push_back(slot);
        auto chunk = Chunk::open(stored.chunk.bytes);
        if (!chunk) return pass(chunk);
        for (const auto& [group, slots] : groups) {
            auto rows = chunk->rows(slots);
            if (!rows) return pass(rows);
            const ChunkLine line{.device = stored.line.device, .group = group};
            if (auto done = seal(chunks_, line, std::move(*rows)); !done) return done;
        }
        return {};
    }

    // ---- chunks that overlap

    Result<void> part_all() {
        while (true) {
            auto found = overlapping();
            if (!found) return pass(found);
            if (found->empty()) return {};
            auto done = chunks_.begin();
            if (done) done = part(*found);
            if (done) done = chunks_.commit();
            if (done) continue;
            chunks_.rollback();
            return done;
        }
    }

    // The first chunks of one line that share a span of time, one with the next, in order of time.
    Result<std::vector<std::int64_t>> overlapping() {
        Statement rows = telemetry_.prepare(
            "SELECT device, grp, t0, t1, id FROM chunk NOT INDEXED ORDER BY device, grp, t0");
        std::vector<std::int64_t> ids;
        std::pair<std::int64_t, std::int64_t> line{0, -1};
        std::int64_t last = 0;
        while (true) {
            auto more = rows.next();
            if (!more) return pass(more);
            const auto its = *more ? std::pair{rows.integer(0), rows.integer(1)} : line;
            const bool joins = *more && its == line && rows.integer(2) <= last;
            if (!joins && ids.size() > 1) return ids;
            if (!*more) return std::vector<std::int64_t>{};
            if (!joins) ids.clear();
            ids.push_back(rows.integer(4));
            last = joins ? std::max(last, rows.integer(3)) : rows.integer(3);
            line = its;
        }
    }

    // Where two have a value of one series and time, that of the chunk with the later number stays.
    Result<void> part(std::vector<std::int64_t> ids) {
        std::ranges::sort(ids);
        tell(std::to_string(ids.size()) + " chunks that overlapped, " +
             std::to_string(ids.front()) + " and others, have parted");
        Rows all;
        ChunkLine line;
        for (const std::int64_t id : ids) {
            auto stored = next_after(id - 1);
            if (!stored) return pass(stored);
            const Stored& each = checked(*stored);
            auto rows = rows_of(each.chunk);
            if (!rows) return pass(rows);
            line = each.line;
            all = all.times.empty() ? std::move(*rows) : merged(all, *rows);
            if (auto done = chunks_.remove(id); !done) return done;
        }
        return seal(chunks_, line, std::move(all));
    }

    Connection& telemetry_;
    SqliteChunkStore chunks_;
    const Told& told_;
};

struct Belonging {
    std::string_view table;
    std::string_view remove;
};
constexpr std::array kBelongings{
    Belonging{"twin",
              "DELETE FROM twin WHERE (tenant, device) NOT IN (SELECT tenant, id FROM "
              "device)"},
    Belonging{"command",
              "DELETE FROM command WHERE (tenant, device) NOT IN (SELECT tenant, id "
              "FROM device)"},
    Belonging{"series",
              "DELETE FROM series WHERE (tenant, device) NOT IN (SELECT tenant, id FROM "
              "device)"},
    Belonging{"presence",
              "DELETE FROM presence WHERE (tenant, device) NOT IN (SELECT tenant, id "
              "FROM device)"},
    Belonging{"credential",
              "DELETE FROM credential WHERE device IS NOT NULL AND (tenant, device) "
              "NOT IN (SELECT tenant, id FROM device)"},
    Belonging{"access_token",
              "DELETE FROM access_token WHERE device IS NOT NULL AND (tenant, device) "
              "NOT IN (SELECT tenant, id FROM device)"},
    Belonging{"authorization_code",
              "DELETE FROM authorization_code WHERE device IS NOT NULL AND (tenant, device) "
              "NOT IN (SELECT tenant, id FROM device)"},
    Belonging{"refresh_family",
              "DELETE FROM refresh_family WHERE device IS NOT NULL AND (tenant, device) "
              "NOT IN (SELECT tenant, id FROM device)"},
    Belonging{"device_grant",
              "DELETE FROM device_grant WHERE device IS NOT NULL AND (tenant, device) "
              "NOT IN (SELECT tenant, id FROM device)"},
};

}  // namespace

Result<void> mend_telemetry(Connection& telemetry, const Told& told) {
    return TelemetryMending{telemetry, told}.run();
}

Result<void> name_lost(Connection& telemetry, const Nameless& lost, const Told& told) {
    return TelemetryMending{telemetry, told}.name(lost);
}

Result<void> mend_registry(Connection& registry, const Told& told) {
    for (const Belonging& each : kBelongings) {
        if (auto done = registry.prepare(each.remove).run(); !done) return done;
        const std::int64_t gone = registry.changes();
        if (gone == 0) continue;
        told({.file = "registry.db",
              .what = std::to_string(gone) + " rows of " + std::string{each.table} +
                      " were of devices that are not there, and are gone"});
    }
    auto last = meta_number(registry, "sequence");
    if (!last) return pass(last);
    auto newest = registry.number("SELECT ifnull(max(sequence), 0) FROM outbox");
    if (!newest) return pass(newest);
    if (*newest <= last->value_or(0)) return {};
    told({.file = "registry.db", .what = "the last sequence is the newest event's again"});
    return set_meta(registry, "sequence", *newest);
}

}  // namespace tandem::store
