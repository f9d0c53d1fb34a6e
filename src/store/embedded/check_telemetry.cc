#include "base/checked.h"
#include "store/embedded/check_parts.h"
#include "store/telemetry/chunk_check.h"

#include <algorithm>

namespace tandem::store {
namespace {

Instant instant(std::int64_t micros) {
    return Instant{Duration{micros}};
}

class TelemetryCheck {
public:
    TelemetryCheck(Connection& telemetry, Connection* registry, const Findings& found)
        : telemetry_{telemetry}, registry_{registry}, found_{found} {}

    Result<void> run(CheckedFile& counts) {
        for (const auto step :
             {&TelemetryCheck::names, &TelemetryCheck::chunks, &TelemetryCheck::order,
              &TelemetryCheck::aside, &TelemetryCheck::orphans, &TelemetryCheck::rows_of_before}) {
            if (auto done = (this->*step)(); !done) return done;
        }
        counts.counts.insert(counts.counts.end(), {{"devices", devices_},
                                                   {"series", series_},
                                                   {"chunks", chunks_},
                                                   {"readings", readings_}});
        return {};
    }

private:
    // ---- names

    Result<void> names() {
        Statement rows = telemetry_.prepare(
            "SELECT device.id, count(metric.slot), ifnull(max(metric.slot), -1) FROM device "
            "LEFT JOIN metric ON metric.device = device.id GROUP BY device.id");
        while (true) {
            auto more = rows.next();
            if (!more) return pass(more);
            if (!*more) return {};
            ++devices_;
            series_ += static_cast<std::uint64_t>(rows.integer(1));
            if (rows.integer(1) == rows.integer(2) + 1) continue;
            found_({.kind = FindingKind::kNamesMissing,
                    .file = kFile,
                    .what = "series without a name: " +
                            std::to_string(rows.integer(2) + 1 - rows.integer(1)),
                    .device = device(rows.integer(0))});
        }
    }

    std::optional<DeviceRef> device(std::int64_t number) {
        Statement find = telemetry_.prepare("SELECT tenant, name FROM device WHERE id = ?");
        auto row = find.bind(number).next();
        if (!row || !*row) return {};
        return DeviceRef{.tenant = TenantId{find.text(0)}, .id = DeviceId{find.text(1)}};
    }

    std::vector<std::string> series(std::int64_t device, std::span<const Slot> slots) {
        std::vector<std::string> names;
        for (const Slot slot : slots) {
            Statement find =
                telemetry_.prepare("SELECT name FROM metric WHERE device = ? AND slot = ?");
            auto row = find.bind(device).bind(std::int64_t{slot}).next();
            if (row && *row) names.push_back(find.text(0));
        }
        return names;
    }

    // Up to which slot a device has names; none when it has none itself. Holes are told of once, by
    // names().
    Result<std::optional<Slot>> slots_of(std::int64_t device) {
        Statement find = telemetry_.prepare(
            "SELECT (SELECT ifnull(max(slot) + 1, 0) FROM metric WHERE device = device.id) FROM "
            "device WHERE id = ?");
        auto row = find.bind(device).next();
        if (!row) return pass(row);
        if (!*row) return std::optional<Slot>{};
        return std::optional{static_cast<Slot>(find.integer(0))};
    }

    // ---- chunks, as they lie on the disk

    Result<void> chunks() {
        Statement rows = telemetry_.prepare("SELECT id, device, grp, t0, t1, data FROM chunk");
        while (true) {
            auto more = rows.next();
            if (!more) return pass(more);
            if (!*more) return {};
            const StoredChunk stored{.id = rows.integer(0),
                                     .from = rows.integer(3),
                                     .to = rows.integer(4),
                                     .bytes = rows.blob(5)};
            if (auto done = chunk(rows.integer(1), rows.integer(2), stored); !done) return done;
        }
    }

    Result<void> chunk(std::int64_t device, std::int64_t group, const StoredChunk& stored) {
        ++chunks_;
        const ChunkLine line{.device = static_cast<std::uint64_t>(device),
                             .group = static_cast<std::uint32_t>(group)};
        const ChunkLook look = look_at(line, stored);
        if (look.state != ChunkState::kUnreadable) readings_ += look.readings;
        if (look.state != ChunkState::kSound) {
            tell(kind_of(look.state), device, stored, look, look.why);
        }
        auto known = slots_of(device);
        if (!known) return pass(known);
        if (!*known) {
            tell(FindingKind::kChunkNameless, device, stored, look,
                 "its device, number " + std::to_string(device) + ", has no name");
        } else if (look.state != ChunkState::kUnreadable && !look.slots.empty() &&
                   look.slots.back() >= checked(*known)) {
            tell(FindingKind::kChunkNameless, device, stored, look,
                 "its series " + std::to_string(look.slots.back()) + " has no name");
        }
        return {};
    }

    static FindingKind kind_of(ChunkState state) {
        switch (state) {
            case ChunkState::kMisfiled:
                return FindingKind::kChunkMisfiled;
            case ChunkState::kSummary:
                return FindingKind::kChunkSummary;
            case ChunkState::kUnreadable:
            case ChunkState::kSound:
                break;
        }
        return FindingKind::kChunkUnreadable;
    }

    void tell(FindingKind kind,
              std::int64_t number,
              const StoredChunk& stored,
              const ChunkLook& look,
              const std::string& why) {
        Finding finding{.kind = kind,
                        .file = kFile,
                        .what = "chunk " + std::to_string(stored.id) + ": " + why,
                        .device = device(number),
                        .series = series(number, look.slots),
                        .span = std::pair{instant(stored.from), instant(stored.to)}};
        if (look.readings > 0) finding.readings = look.readings;
        found_(finding);
    }

    // ---- chunks, in order of their lines

    // Sorted by SQLite, in a temporary file: reading them in this order would look for each on the
    // disk.
    Result<void> order() {
        Statement rows = telemetry_.prepare(
            "SELECT device, grp, t0, t1, id FROM chunk NOT INDEXED ORDER BY device, grp, t0");
        std::pair<std::int64_t, std::int64_t> line{0, -1};
        std::int64_t last = 0;
        std::int64_t last_id = 0;
        while (true) {
            auto more = rows.next();
            if (!more) return pass(more);
            if (!*more) return {};
            const bool same = std::exchange(line, std::pair{rows.integer(0), rows.integer(1)}) ==
                              std::pair{rows.integer(0), rows.integer(1)};
            const std::int64_t from = rows.integer(2);
            const std::int64_t to = rows.integer(3);
            if (same && from <= last) {
                found_({.kind = FindingKind::kChunksOverlap,
                        .file = kFile,
                        .what = "the chunks " + std::to_string(last_id) + " and " +
                                std::to_string(rows.integer(4)) + " share a span of time",
                        .device = device(line.first),
                        .span =
                            std::pair{instant(from), instant(std::max(from, std::min(to, last)))}});
            }
            if (!same || to > last) {
                last = to;
                last_id = rows.integer(4);
            }
        }
    }

    // ---- what is not damage

    Result<void> aside() {
        Statement rows = telemetry_.prepare(
            "SELECT device, count(*), min(t0), max(t1) FROM damaged GROUP BY device");
        while (true) {
            auto more = rows.next();
            if (!more) return pass(more);
            if (!*more) return {};
            found_(
                {.kind = FindingKind::kChunksAside,
                 .file = kFile,
                 .what = "damaged chunks that were put aside: " + std::to_string(rows.integer(1)),
                 .device = device(rows.integer(0)),
                 .span = std::pair{instant(rows.integer(2)), instant(rows.integer(3))}});
        }
    }

    // Names of devices that were deleted stay; their readings do not.
    Result<void> orphans() {
        if (registry_ == nullptr) return {};
        Statement rows = telemetry_.prepare("SELECT device, count(*) FROM chunk GROUP BY device");
        while (true) {
            auto more = rows.next();
            if (!more) return pass(more);
            if (!*more) return {};
            const auto ref = device(rows.integer(0));
            if (!ref) continue;
            Statement find = registry_->prepare("SELECT 1 FROM device WHERE tenant = ? AND id = ?");
            const std::string tenant = ref->tenant.text();
            const std::string id = ref->id.text();
            auto known = find.bind(tenant).bind(id).next();
            if (!known) return {};  // What is wrong with the registry is told of there.
            if (*known) continue;
            found_(
                {.kind = FindingKind::kChunksOrphaned,
                 .file = kFile,
                 .what = std::to_string(rows.integer(1)) + " chunks of a device that is not there",
                 .device = ref});
        }
    }

    Result<void> rows_of_before() {
        auto old = telemetry_.number("SELECT count(*) FROM sqlite_schema WHERE name = 'reading'");
        if (!old) return pass(old);
        if (*old == 0) return {};
        found_({.kind = FindingKind::kVersionOlder,
                .file = kFile,
                .what = "some of its readings are in rows of version 1 still"});
        return {};
    }

    static constexpr const char* kFile = "telemetry.db";

    Connection& telemetry_;
    Connection* registry_;
    const Findings& found_;
    std::uint64_t devices_ = 0;
    std::uint64_t series_ = 0;
    std::uint64_t chunks_ = 0;
    std::uint64_t readings_ = 0;
};

}  // namespace

Result<void> check_telemetry(Connection& telemetry,
                             Connection* registry,
                             CheckedFile& counts,
                             const Findings& found) {
    return TelemetryCheck{telemetry, registry, found}.run(counts);
}

}  // namespace tandem::store
