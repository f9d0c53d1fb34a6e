#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/value.h"
#include "domain/device.h"

#include <optional>
#include <string>
#include <vector>

namespace tandem {

/// A request to a device. One life, whatever door the device uses:
/// queued → delivered → acknowledged → done / failed / expired / cancelled.
struct Command {
    enum class Status : std::uint8_t {
        kQueued,
        kDelivered,     ///< pushed to a socket or leased by a poll, not yet acknowledged
        kAcknowledged,  ///< the device has it and works on it
        kDone,
        kFailed,
        kExpired,
        kCancelled,
    };

    CommandId id;  ///< sorts after those that were open when it was made
    DeviceRef device;
    std::string name;
    Value params;
    Status status = Status::kQueued;
    int attempt = 0;  ///< deliveries so far; 1 at the first
    Instant created;
    Instant expires;
    /// When a delivery that is not acknowledged goes back to the queue. None while it is on a
    /// socket: the socket's end is its end.
    std::optional<Instant> lease_until;
    std::optional<Instant> updated;
    Value progress;            ///< how far the device said it is, or null
    Value result;              ///< what the device gave back, or null
    std::string sent_by;       ///< the principal
    std::int64_t version = 0;  ///< one more with each change
    bool operator==(const Command&) const = default;
};

[[nodiscard]] std::string_view name_of(Command::Status status);
[[nodiscard]] std::optional<Command::Status> command_status(std::string_view name);
/// Done, failed, expired or cancelled: nothing follows.
[[nodiscard]] bool is_final(Command::Status status);
/// A poll has the command and may lose it yet. What was sent after it waits meanwhile, or it would
/// come back behind them.
[[nodiscard]] bool holds_up(const Command& command);

struct CommandRules {
    Duration ttl = 1h;
    Duration ttl_max = 7 * 24h;
    Duration lease = 30s;
    std::size_t queue = 100;  ///< not final, a device
    std::size_t group = 256;  ///< devices of one request
    // As JSON text:
    std::size_t params_bytes = 64 * 1'024;
    std::size_t progress_bytes = 4 * 1'024;
    std::size_t result_bytes = 64 * 1'024;
    Duration finish_grace = 1h;  ///< an acknowledged command may finish so long after `expires`
};

/// A new command may join `waiting` others of its device. Fails with kQueueFull.
[[nodiscard]] Result<void> admit(std::size_t waiting, const CommandRules& rules);

/// Hands the command out once more. `lease` when it goes to a poll.
[[nodiscard]] Command deliver(Command command, std::optional<Duration> lease, Instant now);

/// The poll that has it needs longer: `lease` from now. Fails with kConflict when it is not leased.
[[nodiscard]] Result<Command> renew(Command command, Duration lease, Instant now);

/// The queued ones of a device's `open` commands that may be handed out now, `limit` at most. In
/// order: none behind one that a poll has leased.
[[nodiscard]] std::vector<Command> next_queued(const std::vector<Command>& open,
                                               std::size_t limit,
                                               Instant now);

/// The device has it. A repeated acknowledgement changes nothing. Fails with kConflict when the
/// command has ended.
[[nodiscard]] Result<Command> acknowledge(Command command, Instant now);

/// How far the device is. The same again changes nothing. Fails with kConflict unless the device
/// has acknowledged the command and has not finished it.
[[nodiscard]] Result<Command> report_progress(Command command, Value progress, Instant now);

/// The device is through. Finishing again with the same outcome and result changes nothing; the
/// first outcome stands. Fails with kConflict when the command has ended otherwise.
[[nodiscard]] Result<Command> finish(Command command, bool done, Value result, Instant now);

/// Nobody wants it any more. Fails with kConflict when it has ended, or when the device has
/// acknowledged it and is at work.
[[nodiscard]] Result<Command> cancel(Command command, Instant now);

/// What time alone makes of the command: expired, or back in the queue when its lease has passed.
/// Nothing when it stays as it is.
[[nodiscard]] std::optional<Command> after_time(const Command& command,
                                                Instant now,
                                                const CommandRules& rules);

/// The socket that had it has gone: back to the queue. Nothing unless it was delivered there.
[[nodiscard]] std::optional<Command> after_disconnect(const Command& command, Instant now);

}  // namespace tandem
