#pragma once

#include "base/value.h"
#include "domain/device.h"
#include "domain/event.h"
#include "store/telemetry/head.h"
#include "store/telemetry/rows.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace tandem::store {

/// The newest value of a series by its own time.
struct Newest {
    std::int64_t time = 0;
    Sequence sequence = 0;  ///< 0: of an earlier life of the hub
    Value value;
};

/// What the engine has in memory of a device that has written since the hub began.
struct DeviceLine {
    /// How much of its names something knows.
    struct Known {
        bool device = false;
        Slot slots = 0;
    };

    std::uint64_t number = 0;
    DeviceRef ref;
    std::vector<std::string> series;  ///< by slot
    std::unordered_map<std::string, Slot> slots;
    std::vector<std::optional<Newest>> newest;  ///< by slot, once it is known
    bool newest_known = false;

    Head head;                           ///< since the last freeze
    std::shared_ptr<const Head> frozen;  ///< what is being put into chunks

    Known added;               ///< to the log, committed or not
    Known committed;           ///< in the log
    Known stored;              ///< beside the chunks
    bool dirty = false;        ///< has rows in its head
    bool uncommitted = false;  ///< has rows that no commit has covered yet

    [[nodiscard]] std::optional<Slot> slot(const std::string& name) const {
        const auto found = slots.find(name);
        if (found == slots.end()) return std::nullopt;
        return found->second;
    }
    Slot add_series(std::string name) {
        const auto slot = static_cast<Slot>(series.size());
        slots.emplace(name, slot);
        series.push_back(std::move(name));
        newest.emplace_back();
        return slot;
    }
};

}  // namespace tandem::store
