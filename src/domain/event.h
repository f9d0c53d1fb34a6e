#pragma once

#include "base/clock.h"
#include "base/value.h"
#include "domain/device.h"

#include <optional>
#include <string>
#include <vector>

namespace tandem {

/// The place of an event in the log of one shard; the first is 1.
using Sequence = std::uint64_t;

/// Anything that a stream can carry.
struct Event {
    enum class Kind : std::uint8_t {
        kReading,
        kConfig,    ///< the config of a twin changed: its version and value
        kState,     ///< the state of a twin changed
        kCommand,   ///< a command changed
        kPresence,  ///< a device came or went
        kDevice,    ///< a device was made, changed or deleted
        kEvent,     ///< made by the device itself (events.append)
        kSeries,    ///< a declared series went stale or came back
        kAudit,     ///< a line was added to the tenant's audit; of no device
        kAdvice,    ///< another door is advised to the device than before
    };
    Sequence sequence = 0;  ///< assigned by the store when it commits
    Kind kind = Kind::kReading;
    DeviceRef device;    ///< its id is empty where the event is of the tenant
    std::string series;  ///< of a reading or a series; the name of a device-made event
    Instant time;        ///< event time: of a reading its own
    Value value;
    bool late = false;  ///< a reading older than the latest of its series
    bool operator==(const Event&) const = default;
};

[[nodiscard]] std::string_view name_of(Event::Kind kind);
[[nodiscard]] std::optional<Event::Kind> event_kind(std::string_view name);

/// A position in the event log that every transport understands: everything up to `sequence` has
/// been seen. `log` is random per log and new at every restore.
struct Cursor {
    std::string log;  ///< 8 raw bytes
    Sequence sequence = 0;
    bool operator==(const Cursor&) const = default;
};

/// Opaque text: version byte, log id, (shard, sequence) as varints, base64url without padding.
[[nodiscard]] std::string cursor_text(const Cursor& cursor);
/// Nothing when `text` is not a cursor of this version.
[[nodiscard]] std::optional<Cursor> read_cursor(std::string_view text);

}  // namespace tandem
