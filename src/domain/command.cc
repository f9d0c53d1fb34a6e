#include "domain/command.h"

#include "base/fault.h"

#include <array>

namespace tandem {
namespace {

using Status = Command::Status;

constexpr std::array kNames{
    std::pair{Status::kQueued, std::string_view{"queued"}},
    std::pair{Status::kDelivered, std::string_view{"delivered"}},
    std::pair{Status::kAcknowledged, std::string_view{"acknowledged"}},
    std::pair{Status::kDone, std::string_view{"done"}},
    std::pair{Status::kFailed, std::string_view{"failed"}},
    std::pair{Status::kExpired, std::string_view{"expired"}},
    std::pair{Status::kCancelled, std::string_view{"cancelled"}},
};

Command changed(Command command, Status status, Instant now) {
    command.status = status;
    command.updated = now;
    command.lease_until.reset();
    ++command.version;
    return command;
}

std::unexpected<Error> impossible(const Command& command) {
    return fail(ErrorCode::kConflict, "the command is " + std::string{name_of(command.status)});
}

}  // namespace

std::string_view name_of(Command::Status status) {
    return kNames.at(static_cast<std::size_t>(status)).second;
}

std::optional<Command::Status> command_status(std::string_view name) {
    for (const auto& [status, text] : kNames) {
        if (text == name) return status;
    }
    return {};
}

bool is_final(Command::Status status) {
    return status >= Status::kDone;
}

bool holds_up(const Command& command) {
    return command.status == Status::kDelivered && command.lease_until.has_value();
}

Result<void> admit(std::size_t waiting, const CommandRules& rules) {
    if (waiting < rules.queue) return {};
    auto full = fail(ErrorCode::kQueueFull, "the device has " + std::to_string(waiting) +
                                                " commands waiting, as many as it may have");
    full.error().limit = "commands.queue";
    full.error().retry_after = rules.lease;
    return full;
}

std::vector<Command> next_queued(const std::vector<Command>& open, std::size_t limit, Instant now) {
    std::vector<Command> out;
    for (const Command& command : open) {
        if (holds_up(command) || out.size() == limit) break;
        // It may have expired since it was looked at.
        const bool in_time = now < command.expires || has_fault(Fault::kExpiredDelivered);
        if (command.status == Status::kQueued && in_time) out.push_back(command);
    }
    return out;
}

Command deliver(Command command, std::optional<Duration> lease, Instant now) {
    Command out = changed(std::move(command), Status::kDelivered, now);
    if (!has_fault(Fault::kAttemptNotCounted)) ++out.attempt;
    if (lease) out.lease_until = now + (has_fault(Fault::kLeaseForever) ? Duration{48h} : *lease);
    return out;
}

Result<Command> renew(Command command, Duration lease, Instant now) {
    if (command.status != Status::kDelivered) return impossible(command);
    if (!command.lease_until) {
        return fail(ErrorCode::kConflict, "the command is on the device's socket, without a lease");
    }
    Command out = changed(std::move(command), Status::kDelivered, now);
    out.lease_until = now + lease;
    return out;
}

Result<Command> acknowledge(Command command, Instant now) {
    if (command.status == Status::kAcknowledged) return command;
    if (is_final(command.status)) return impossible(command);
    return changed(std::move(command), Status::kAcknowledged, now);
}

Result<Command> report_progress(Command command, Value progress, Instant now) {
    if (command.status != Status::kAcknowledged) return impossible(command);
    if (command.progress == progress) return command;
    Command out = changed(std::move(command), Status::kAcknowledged, now);
    out.progress = std::move(progress);
    return out;
}

Result<Command> finish(Command command, bool done, Value result, Instant now) {
    const Status outcome = done ? Status::kDone : Status::kFailed;
    if (command.status == outcome && command.result == result) return command;
    if (is_final(command.status)) return impossible(command);
    Command out = changed(std::move(command), outcome, now);
    out.result = std::move(result);
    return out;
}

Result<Command> cancel(Command command, Instant now) {
    if (command.status == Status::kCancelled) return command;
    if (is_final(command.status) || command.status == Status::kAcknowledged)
        return impossible(command);
    return changed(std::move(command), Status::kCancelled, now);
}

std::optional<Command> after_time(const Command& command, Instant now, const CommandRules& rules) {
    if (is_final(command.status)) return {};
    const bool working = command.status == Status::kAcknowledged;
    const bool ends = working || !has_fault(Fault::kExpiredDelivered);
    if (ends && now >= command.expires + (working ? rules.finish_grace : Duration{0})) {
        return changed(command, Status::kExpired, now);
    }
    if (command.status == Status::kDelivered && command.lease_until &&
        now >= *command.lease_until) {
        return changed(command, Status::kQueued, now);
    }
    return {};
}

std::optional<Command> after_disconnect(const Command& command, Instant now) {
    if (command.status != Status::kDelivered || command.lease_until) return {};
    if (has_fault(Fault::kRedeliveryLost)) return {};
    return changed(command, Status::kQueued, now);
}

}  // namespace tandem
