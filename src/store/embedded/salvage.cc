#include "store/embedded/salvage.h"

#include "codec/time_text.h"
#include "store/embedded/check_parts.h"
#include "store/embedded/directory.h"
#include "store/embedded/mending.h"
#include "store/embedded/migration.h"
#include "store/embedded/rebuild.h"
#include "store/embedded/registry_schema.h"
#include "store/embedded/settled.h"
#include "store/embedded/telemetry_schema.h"
#include "store/telemetry/log_opening.h"
#include "store/telemetry/log_salvage.h"
#include "store/telemetry/system_disk.h"

#include <algorithm>
#include <array>
#include <system_error>

namespace tandem::store {
namespace {

using Told = std::function<void(const SalvageAct&)>;

// `20260301T120000Z`: without what some file systems and shells do not like in a name.
std::string ending_of(Instant now) {
    std::string time = codec::rfc3339(Instant{now.time_since_epoch() / 1s * 1s});
    std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
    return ".damaged-" + time;
}

struct Database {
    std::filesystem::path file;
    std::span<const std::string_view> steps;
    int page_bytes;
};

// The registry, then telemetry.
std::array<Database, 2> databases_of(const DataDirectory& held) {
    return {Database{held.registry(), kRegistrySteps, Connection::kPageBytes},
            Database{held.telemetry(), kTelemetrySteps, kTelemetryPageBytes}};
}

enum class Pages : std::uint8_t { kSound, kMalformed, kNewer };

Pages look_at_pages(const Database& database) {
    bool malformed = false;
    bool newer = false;
    const Findings found = [&](const Finding& each) {
        malformed |=
            each.kind == FindingKind::kFileUnreadable || each.kind == FindingKind::kFileDamaged;
        newer |= each.kind == FindingKind::kVersionNewer;
    };
    auto opened = Connection::open_untouched(database.file);
    if (!opened) return Pages::kMalformed;
    const Soundness sound = check_pages(**opened, "", std::ssize(database.steps), found);
    malformed |= !sound.readable;
    if (newer && !malformed) return Pages::kNewer;
    return malformed ? Pages::kMalformed : Pages::kSound;
}

// What is in the -wal comes into the file, if SQLite can do that.
void checkpoint(const std::filesystem::path& file) {
    const auto opened = Connection::open(file, Connection::Role::kWriter);
    if (opened) static_cast<void>((*opened)->execute("PRAGMA wal_checkpoint(TRUNCATE)"));
}

class Salvage {
public:
    Salvage(std::filesystem::path path, Instant now, const Told& told)
        : path_{std::move(path)}, ending_{ending_of(now)}, told_{told} {}

    Result<void> run() {
        {
            // A hub that starts in between finds files that are as good as before.
            auto held = DataDirectory::open(path_);
            if (!held) return pass(held);
            for (const Database& each : databases_of(**held)) {
                if (auto done = see_to_pages(each); !done) return done;
            }
            if (auto done = see_to_log((*held)->log()); !done) return done;
            // Before anything is added to chunks, so that it does not meet those.
            if (auto done = see_to_rows(**held); !done) return done;
            if (auto done = name_rows(**held); !done) return done;
        }
        if (auto done = open_and_close(path_); !done) return done;
        auto held = DataDirectory::open(path_);
        if (!held) return pass(held);
        // Once more: a file of an older hub has today's tables only now.
        if (auto done = see_to_rows(**held); !done) return done;
        auto telemetry = Connection::open((*held)->telemetry(), Connection::Role::kWriter);
        if (!telemetry) return pass(telemetry);
        return put_all_in_chunks(**telemetry, (*held)->log());
    }

private:
    void tell(const std::string& file, std::string what) const {
        told_({.file = file, .what = std::move(what)});
    }

    Result<void> see_to_pages(const Database& database) {
        const std::string name = database.file.filename().string();
        std::error_code missing;
        if (!std::filesystem::exists(database.file, missing)) {
            tell(name, "it was missing; a new one holds nothing yet");
            return {};
        }
        checkpoint(database.file);
        switch (look_at_pages(database)) {
            case Pages::kSound:
                return {};
            case Pages::kNewer:
                return fail(ErrorCode::kStorageFailed,
                            name + " is of a newer hub: salvage it with that");
            case Pages::kMalformed:
                break;
        }
        auto rebuilt = rebuild(database.file, database.steps, database.page_bytes, ending_);
        if (!rebuilt) return pass(rebuilt);
        std::string rows;
        for (const Rebuilt::Table& table : rebuilt->tables) {
            rows += ", " + table.name + " " + std::to_string(table.kept);
            if (table.failed > 0) rows += " (" + std::to_string(table.failed) + " unreadable)";
        }
        tell(name, "it was malformed, and is made anew of the rows that could be read" +
                       (rows.empty() ? ": none" : ": " + rows.substr(2)) + "; the old one is " +
                       rebuilt->aside);
        return {};
    }

    Result<void> see_to_log(const std::filesystem::path& log) {
        std::error_code missing;
        if (!std::filesystem::exists(log, missing)) return {};
        auto disk = SystemDisk::open_existing(log);
        if (!disk) return pass(disk);
        auto salvaged = salvage_log(**disk, ending_);
        if (!salvaged) return pass(salvaged);
        for (const SalvagedSegment& each : *salvaged) {
            tell("log/" + segment_name(each.number),
                 "written anew with the " + std::to_string(each.groups) +
                     " groups that are whole; " + std::to_string(each.events_lost) +
                     " events are lost at most; the old one is " + each.aside);
        }
        return {};
    }

    Result<void> see_to_rows(const DataDirectory& held) {
        const auto& [registry, telemetry] = databases_of(held);
        auto done =
            with_current(registry, [this](Connection& file) { return mend_registry(file, told_); });
        if (!done) return done;
        return with_current(telemetry,
                            [this](Connection& file) { return mend_telemetry(file, told_); });
    }

    // Rows whose names went with a damaged group would be left out when the store is opened.
    Result<void> name_rows(const DataDirectory& held) {
        std::error_code missing;
        if (!std::filesystem::exists(held.log(), missing)) return {};
        return with_current(databases_of(held)[1], [&](Connection& telemetry) -> Result<void> {
            auto out = left_out(telemetry, held.log());
            if (!out) return pass(out);
            if (out->readings == 0) return {};
            for (const Nameless& each : out->nameless) {
                if (auto done = name_lost(telemetry, each, told_); !done) return done;
            }
            out = left_out(telemetry, held.log());
            if (!out) return pass(out);
            if (out->readings > 0) {
                tell("log", std::to_string(out->readings) +
                                " readings are left out: nobody knows what they are called");
            }
            return {};
        });
    }

    Result<void> with_current(const Database& database,
                              const std::function<Result<void>(Connection& file)>& mend) {
        std::error_code missing;
        if (!std::filesystem::exists(database.file, missing)) return {};
        auto opened = Connection::open(database.file, Connection::Role::kWriter);
        if (!opened) return pass(opened);
        auto version = schema_version(**opened);
        if (!version) return pass(version);
        if (*version != std::ssize(database.steps)) return {};
        return mend(**opened);
    }

    const std::filesystem::path path_;
    const std::string ending_;
    const Told& told_;
};

}  // namespace

Result<void> salvage_directory(const std::filesystem::path& directory,
                               Instant now,
                               const Told& told) {
    // Nothing is made where nothing is.
    if (auto held = DataDirectory::hold(directory); !held) return pass(held);
    return Salvage{directory, now, told}.run();
}

}  // namespace tandem::store
