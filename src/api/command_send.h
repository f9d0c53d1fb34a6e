#pragma once

#include "api/call.h"
#include "api/device_state.h"
#include "api/world.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tandem::api {

// How a command gets to its device, for one and for many. On the device's loop.

/// What is sent, whichever device it is for.
struct Outgoing {
    std::string name;
    Value params;
    std::optional<Duration> ttl;
    bool watched = false;  ///< its end will be waited for
    /// What is stored together with the command.
    std::function<std::vector<Change>(const Command&)> also;
};

/// A command that its device has, or that waits for it.
struct Sent {
    DeviceStatePtr state;
    Command command;
    std::optional<Completion<std::optional<Command>>> end;  ///< where it was watched
};

/// A command as its sender left it.
struct Outcome {
    Command command;
    bool ended = false;
};

/// A failure when `value` is longer than `bytes` as JSON: with the field and the limit's name.
[[nodiscard]] Result<void> check_size(const Value& value,
                                      std::size_t bytes,
                                      const std::string& field,
                                      const std::string& limit);

/// What is wrong with a command whoever gets it.
[[nodiscard]] Result<void> check_outgoing(const World& world, const Outgoing& outgoing);

/// Checks it against the device's schema, admits, stores and hands it over.
[[nodiscard]] Task<Result<Sent>> send_command(World world,
                                              Caller caller,
                                              DeviceRef device,
                                              Outgoing outgoing);

/// A command that was sent before, `watched` from now on. Nothing when it is no more.
[[nodiscard]] Task<Result<std::optional<Sent>>> find_sent(World world,
                                                          DeviceRef device,
                                                          CommandId id,
                                                          bool watched);

/// Waits for the end of a watched command, `wait` at most.
[[nodiscard]] Task<Result<Outcome>> await_end(World world, Sent sent, Duration wait);

}  // namespace tandem::api
