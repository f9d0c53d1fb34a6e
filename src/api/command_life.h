#pragma once

#include "api/device_state.h"
#include "api/world.h"

#include <string_view>
#include <vector>

namespace tandem::api {

// What happens to commands beside the operations: sockets that come and go, leases that pass, time
// that runs out. All on the device's loop.

/// Who sent a command through the administrative socket: the owner of the data, who may always.
inline constexpr std::string_view kOwnerOfData = "local";

/// A command's change with its event, ready to be stored.
void add_change(Transaction& transaction, const Command& before, const Command& after, Instant now);

/// The command with the end of its lease as the hub's clock has it now: a lease lasts as long as it
/// was given for, however that clock is set meanwhile. Under the device's turnstile.
[[nodiscard]] Command clocked(World world, DeviceState& state, Command command);

/// Commands of the device that have not ended, oldest first, as time has made them: what has
/// expired or lost its lease is stored so first, and what waits and whose sender may not send to
/// the device any more is cancelled. Under the device's turnstile.
[[nodiscard]] Task<Result<std::vector<Command>>> open_commands(World world, DeviceStatePtr state);

/// Stores one changed command, with `also` in the same transaction, and wakes whoever waits for its
/// end. Under the turnstile.
[[nodiscard]] Task<Result<void>> store_command(World world,
                                               DeviceStatePtr state,
                                               Command before,
                                               Command after,
                                               std::vector<Change> also = {});

/// Hands queued commands to the device's socket, in order, if it has one: all, or those before one
/// that a poll has leased. Without a socket it wakes the polls that wait. Where the store cannot be
/// used it tries again later. Under the turnstile.
[[nodiscard]] Task<void> push_queued(World world, DeviceStatePtr state);

/// Sees to it that leases and expiry are looked at no later than `at`.
void sweep_by(World world, const DeviceStatePtr& state, Instant at);
void sweep_by(World world, const DeviceStatePtr& state, const Command& command);

/// Loads the devices and sweeps: at start, for those of this loop that have open commands. To be
/// loaded is enough for those whose series can go stale.
void look_after(World world, std::vector<DeviceRef> devices);

/// A device's socket has opened: it takes over from an older one, the device is online, and what
/// waits for it is handed over. Any loop; goes on to the device's. `link` stays alive through it.
[[nodiscard]] Task<void> attach_link(World world,
                                     DeviceRef device,
                                     std::shared_ptr<DeviceLink> link);
/// The socket has closed: what it had and did not acknowledge goes back to the queue. A socket that
/// was taken over from changes nothing.
[[nodiscard]] Task<void> detach_link(World world,
                                     DeviceRef device,
                                     std::shared_ptr<DeviceLink> link);

}  // namespace tandem::api
