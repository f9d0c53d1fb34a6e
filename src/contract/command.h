#pragma once

#include "contract/device.h"
#include "domain/command.h"

#include <optional>
#include <string>

namespace tandem::contract {

// ---------------------------------------------------------------- messages

struct CommandView {
    std::string id;
    std::string device;
    std::string name;
    std::optional<Value> params;
    std::string status;
    std::int64_t attempt = 0;
    Instant created;
    Instant expires;
    std::optional<Instant> lease_until;
    std::optional<Value> progress;
    std::optional<Value> result;
};
inline const Shape& shape_of(const CommandView*) {
    static const Shape made{
        .name = "Command",
        .fields = {
            field<&CommandView::id>({.name = "id", .required = true}),
            field<&CommandView::device>({.name = "device", .required = true}),
            field<&CommandView::name>({.name = "name", .required = true}),
            field<&CommandView::params>({.name = "params"}),
            field<&CommandView::status>({.name = "status",
                                         .required = true,
                                         .choices = {"queued", "delivered", "acknowledged", "done",
                                                     "failed", "expired", "cancelled"}}),
            field<&CommandView::attempt>(
                {.name = "attempt", .required = true, .says = "Deliveries so far."}),
            field<&CommandView::created>({.name = "created", .required = true}),
            field<&CommandView::expires>({.name = "expires", .required = true}),
            field<&CommandView::lease_until>(
                {.name = "lease_until",
                 .says = "Acknowledge before it, or it is handed out again."}),
            field<&CommandView::progress>(
                {.name = "progress", .says = "How far the device said it is."}),
            field<&CommandView::result>({.name = "result", .says = "What the device gave back."})}};
    return made;
}
[[nodiscard]] CommandView view_of(const Command& command);

struct CommandSend {
    std::string device;
    std::string name;
    Value params;
    std::optional<Duration> ttl;
    Preferences prefer;
};
inline const Shape& shape_of(const CommandSend*) {
    static const Shape made{
        .name = "CommandSend",
        .fields = {
            device_in_path(field<&CommandSend::device>({})),
            field<&CommandSend::name>({.name = "name",
                                       .required = true,
                                       .form = Form::kName,
                                       .says = "What to do; one that the device's schema knows."}),
            field<&CommandSend::params>({.name = "params", .says = "With what; anything."}),
            field<&CommandSend::ttl>(
                {.name = "ttl",
                 .min = 1,
                 .max = 7.0 * 86'400'000,
                 .unit = "milliseconds",
                 .says = "How long it may wait for the device; 1 h if missing."}),
            field<&CommandSend::prefer>(
                {.name = "prefer",
                 .from = From::kHeader,
                 .says =
                     "wait=N: answer when the device has finished, N seconds later at most."})}};
    return made;
}

struct CommandSendMany {
    std::vector<std::string> devices;
    Labels labels;
    std::string name;
    Value params;
    std::optional<Duration> ttl;
    Preferences prefer;
};
inline const Shape& shape_of(const CommandSendMany*) {
    static const Shape made{
        .name = "CommandSendMany",
        .fields = {
            field<&CommandSendMany::devices>(
                {.name = "devices", .form = Form::kName, .says = "These; or else `labels`."}),
            field<&CommandSendMany::labels>(
                {.name = "labels", .says = "Every device that has all of these."}),
            field<&CommandSendMany::name>({.name = "name",
                                           .required = true,
                                           .form = Form::kName,
                                           .says = "What to do; one that their schemas know."}),
            field<&CommandSendMany::params>({.name = "params", .says = "With what; anything."}),
            field<&CommandSendMany::ttl>(
                {.name = "ttl",
                 .min = 1,
                 .max = 7.0 * 86'400'000,
                 .unit = "milliseconds",
                 .says = "How long it may wait for each device; 1 h if missing."}),
            field<&CommandSendMany::prefer>(
                {.name = "prefer",
                 .from = From::kHeader,
                 .says =
                     "wait=N: answer when all devices have finished, N seconds later at most."})}};
    return made;
}

/// Why one of many was refused, in an answer about all of them.
struct Problem {
    Error error;
};
template <>
struct Codec<Problem> {
    static Result<void> read(Reader& reader, Problem& out, const Field& field);
    static void write(Writer& writer, const Problem& value);
    static Value schema(const Field& field);
};

/// What became of one device's command, or why there is none.
struct CommandSent {
    std::string device;
    std::optional<CommandView> command;
    std::optional<Problem> problem;
};
inline const Shape& shape_of(const CommandSent*) {
    static const Shape made{
        .name = "CommandSent",
        .fields = {field<&CommandSent::device>({.name = "device", .required = true}),
                   field<&CommandSent::command>({.name = "command", .says = "Without its params."}),
                   field<&CommandSent::problem>(
                       {.name = "problem", .says = "Why the device did not get it."})}};
    return made;
}

struct CommandsSent {
    std::vector<CommandSent> items;
};
inline const Shape& shape_of(const CommandsSent*) {
    static const Shape made{
        .name = "CommandsSent",
        .fields = {field<&CommandsSent::items>(
            {.name = "items",
             .required = true,
             .says = "One of each device; those with labels in order of id."})}};
    return made;
}

struct CommandList {
    std::string device;
    std::vector<std::string> status;
    std::int64_t limit = 100;
    std::optional<std::string> cursor;
};
inline const Shape& shape_of(const CommandList*) {
    static const Shape made{
        .name = "CommandList",
        .fields = {
            device_in_path(field<&CommandList::device>({})),
            field<&CommandList::status>({.name = "status",
                                         .from = From::kQuery,
                                         .choices = {"queued", "delivered", "acknowledged", "done",
                                                     "failed", "expired", "cancelled"},
                                         .says = "Only these, with commas between."}),
            field<&CommandList::limit>(
                {.name = "limit", .from = From::kQuery, .min = 1, .max = 1'000}),
            field<&CommandList::cursor>({.name = "cursor", .from = From::kQuery})}};
    return made;
}

struct CommandTake {
    std::string device;
    std::string status = "queued";
    std::int64_t limit = 10;
    std::optional<Duration> lease;
    Preferences prefer;
};
inline const Shape& shape_of(const CommandTake*) {
    static const Shape made{
        .name = "CommandTake",
        .fields = {
            device_in_path(field<&CommandTake::device>({})),
            field<&CommandTake::status>(
                {.name = "status", .from = From::kQuery, .choices = {"queued"}}),
            field<&CommandTake::limit>(
                {.name = "limit", .from = From::kQuery, .min = 1, .max = 100}),
            field<&CommandTake::lease>(
                {.name = "lease",
                 .from = From::kQuery,
                 .min = 1'000,
                 .max = 3'600'000,
                 .unit = "milliseconds",
                 .says = "How long the caller has to acknowledge; 30 s if missing."}),
            field<&CommandTake::prefer>({.name = "prefer",
                                         .from = From::kHeader,
                                         .says = "wait=N: wait up to N seconds for the first."})}};
    return made;
}

struct CommandGet {
    std::string device;
    std::string command;
};
template <typename T>
std::vector<Field> command_in_path() {
    return {device_in_path(field<&T::device>({})),
            field<&T::command>(
                {.name = "command", .from = From::kPath, .required = true, .form = Form::kName})};
}
inline const Shape& shape_of(const CommandGet*) {
    static const Shape made{.name = "CommandGet", .fields = command_in_path<CommandGet>()};
    return made;
}

struct CommandRenew {
    std::string device;
    std::string command;
    std::optional<Duration> lease;
};
inline const Shape& shape_of(const CommandRenew*) {
    static const Shape made = [] {
        Shape shape{.name = "CommandRenew", .fields = command_in_path<CommandRenew>()};
        shape.fields.push_back(field<&CommandRenew::lease>(
            {.name = "lease",
             .min = 1'000,
             .max = 3'600'000,
             .unit = "milliseconds",
             .says = "How long from now the caller has to acknowledge; 30 s if missing."}));
        return shape;
    }();
    return made;
}

struct CommandProgress {
    std::string device;
    std::string command;
    Value progress;
};
inline const Shape& shape_of(const CommandProgress*) {
    static const Shape made = [] {
        Shape shape{.name = "CommandProgress", .fields = command_in_path<CommandProgress>()};
        shape.fields.push_back(field<&CommandProgress::progress>(
            {.name = "progress", .required = true, .says = "How far it is; anything."}));
        return shape;
    }();
    return made;
}

struct CommandFinish {
    std::string device;
    std::string command;
    std::string status;
    Value result;
};
inline const Shape& shape_of(const CommandFinish*) {
    static const Shape made = [] {
        Shape shape{.name = "CommandFinish", .fields = command_in_path<CommandFinish>()};
        shape.fields.push_back(field<&CommandFinish::status>(
            {.name = "status", .required = true, .choices = {"done", "failed"}}));
        shape.fields.push_back(
            field<&CommandFinish::result>({.name = "result", .says = "For the sender; anything."}));
        return shape;
    }();
    return made;
}

// ---------------------------------------------------------------- operations

inline const auto kCommandsSend = operation<CommandSend, CommandView>({
    .name = "commands.send",
    .method = Method::kPost,
    .path = "/v1/devices/{device}/commands",
    .scope = Scope::kCommandsSend,
    .urgency = Urgency::kVital,
    .status = 202,
    .also = {200},
    .audited = true,
    .located = true,
    .says = "Sends a command to the device, or queues it until the device returns. With "
            "`Prefer: wait` answers 200 when it has ended, else 202.",
    .errors = {ErrorCode::kNotFound, ErrorCode::kQueueFull},
    .example = R"({"path":{"device":"lamp-1"},"body":{"name":"blink","params":{"times":3}}})",
    .answer = R"({"id":"01JD9N4K2VQ8W3T5X7Z0ABCDEF","device":"lamp-1","name":"blink",)"
              R"("params":{"times":3},"status":"queued","attempt":0,"created":1732386600000,)"
              R"("expires":1732390860000})",
});

// Before commands.list: with `Prefer: wait` the same request takes (router.h).
inline const auto kCommandsTake = operation<CommandTake, Page<CommandView>>({
    .name = "commands.take",
    .path = "/v1/devices/{device}/commands",
    .scope = Scope::kCommandsTake,
    .urgency = Urgency::kVital,
    .says = "For the device: leases its next commands. On REST, GET with `Prefer: wait=N` and "
            "`status=queued`.",
    .errors = {ErrorCode::kNotFound},
    .example = R"({"path":{"device":"lamp-1"},"query":{"status":"queued"},)"
               R"("headers":{"prefer":"wait=0"}})",
    .answer = R"({"items":[{"id":"01JD9N4K2VQ8W3T5X7Z0ABCDEF","device":"lamp-1",)"
              R"("name":"blink","params":{"times":3},"status":"delivered","attempt":1,)"
              R"("created":1732386600000,"expires":1732390860000,)"
              R"("lease_until":1732387290000}]})",
});

inline const auto kCommandsList = operation<CommandList, Page<CommandView>>({
    .name = "commands.list",
    .path = "/v1/devices/{device}/commands",
    .scope = Scope::kCommandsRead,
    .urgency = Urgency::kVital,
    .says = "Lists commands of the device, oldest first.",
    .errors = {ErrorCode::kNotFound},
    .example = R"({"path":{"device":"lamp-1"},"query":{"limit":10}})",
    .answer = R"({"items":[{"id":"01JD9N4K2VQ8W3T5X7Z0ABCDEF","device":"lamp-1",)"
              R"("name":"blink","params":{"times":3},"status":"queued","attempt":0,)"
              R"("created":1732386600000,"expires":1732390860000}]})",
});

inline const auto kCommandsGet = operation<CommandGet, CommandView>({
    .name = "commands.get",
    .path = "/v1/devices/{device}/commands/{command}",
    .scope = Scope::kCommandsRead,
    .urgency = Urgency::kVital,
    .versioned = true,
    .says = "Gives a command.",
    .errors = {ErrorCode::kNotFound},
    .example = R"({"path":{"device":"lamp-1","command":"$command"}})",
    .answer = R"({"id":"01JD9N4K2VQ8W3T5X7Z0ABCDEF","device":"lamp-1","name":"blink",)"
              R"("params":{"times":3},"status":"delivered","attempt":1,)"
              R"("created":1732386600000,"expires":1732390860000,"lease_until":1732387290000})",
});

inline const auto kCommandsRenew = operation<CommandRenew, CommandView>({
    .name = "commands.renew",
    .method = Method::kPost,
    .path = "/v1/devices/{device}/commands/{command}/lease",
    .scope = Scope::kCommandsTake,
    .urgency = Urgency::kVital,
    .says = "For the device: it needs longer before it acknowledges a command that it has leased.",
    .errors = {ErrorCode::kNotFound, ErrorCode::kConflict},
    .example = R"({"path":{"device":"lamp-1","command":"$command"},"body":{"lease":60000}})",
    .answer = R"({"id":"01JD9N4K2VQ8W3T5X7Z0ABCDEF","device":"lamp-1","name":"blink",)"
              R"("params":{"times":3},"status":"delivered","attempt":1,)"
              R"("created":1732386600000,"expires":1732390860000,"lease_until":1732387290000})",
});

inline const auto kCommandsAck = operation<CommandGet, CommandView>({
    .name = "commands.ack",
    .method = Method::kPost,
    .path = "/v1/devices/{device}/commands/{command}/ack",
    .scope = Scope::kCommandsTake,
    .urgency = Urgency::kVital,
    .says = "For the device: it has the command and works on it.",
    .errors = {ErrorCode::kNotFound, ErrorCode::kConflict},
    .example = R"({"path":{"device":"lamp-1","command":"$command"}})",
    .answer = R"({"id":"01JD9N4K2VQ8W3T5X7Z0ABCDEF","device":"lamp-1","name":"blink",)"
              R"("params":{"times":3},"status":"acknowledged","attempt":1,)"
              R"("created":1732386600000,"expires":1732390860000})",
});

inline const auto kCommandsProgress = operation<CommandProgress, CommandView>({
    .name = "commands.progress",
    .method = Method::kPost,
    .path = "/v1/devices/{device}/commands/{command}/progress",
    .scope = Scope::kCommandsTake,
    .urgency = Urgency::kVital,
    .says = "For the device: how far it is with a command that it has acknowledged.",
    .errors = {ErrorCode::kNotFound, ErrorCode::kConflict},
    .example = R"({"path":{"device":"lamp-1","command":"$command"},)"
               R"("body":{"progress":{"blinked":1}}})",
    .answer = R"({"id":"01JD9N4K2VQ8W3T5X7Z0ABCDEF","device":"lamp-1","name":"blink",)"
              R"("params":{"times":3},"status":"acknowledged","attempt":1,)"
              R"("created":1732386600000,"expires":1732390860000,"progress":{"blinked":1}})",
});

inline const auto kCommandsFinish = operation<CommandFinish, CommandView>({
    .name = "commands.finish",
    .method = Method::kPost,
    .path = "/v1/devices/{device}/commands/{command}/result",
    .scope = Scope::kCommandsTake,
    .urgency = Urgency::kVital,
    .says = "For the device: it is through, with this result.",
    .errors = {ErrorCode::kNotFound, ErrorCode::kConflict},
    .example = R"({"path":{"device":"lamp-1","command":"$command"},)"
               R"("body":{"status":"done","result":{"blinked":3}}})",
    .answer = R"({"id":"01JD9N4K2VQ8W3T5X7Z0ABCDEF","device":"lamp-1","name":"blink",)"
              R"("params":{"times":3},"status":"done","attempt":1,"created":1732386600000,)"
              R"("expires":1732390860000,"progress":{"blinked":1},"result":{"blinked":3}})",
});

inline const auto kCommandsCancel = operation<CommandGet, CommandView>({
    .name = "commands.cancel",
    .method = Method::kDelete,
    .path = "/v1/devices/{device}/commands/{command}",
    .scope = Scope::kCommandsSend,
    .urgency = Urgency::kVital,
    .audited = true,
    .says = "Cancels a command that the device has not acknowledged.",
    .errors = {ErrorCode::kNotFound, ErrorCode::kConflict},
    .example = R"({"path":{"device":"lamp-1","command":"$command"}})",
    .answer = R"({"id":"01JD9N4K2VQ8W3T5X7Z0ABCDEF","device":"lamp-1","name":"blink",)"
              R"("status":"cancelled","attempt":0,"created":1732386600000,)"
              R"("expires":1732390860000})",
});

inline const auto kCommandsSendMany = operation<CommandSendMany, CommandsSent>({
    .name = "commands.send_many",
    .method = Method::kPost,
    .path = "/v1/commands",
    .scope = Scope::kCommandsSend,
    .urgency = Urgency::kVital,
    .status = 202,
    .also = {200, 207},
    .audited = true,
    .says = "Sends a command to each of many devices, by name or by label, as `commands.send` does "
            "to one. 207 when a device did not get it. With `Prefer: wait` answers 200 when all "
            "have ended, else 202.",
    .example = R"({"body":{"devices":["lamp-1"],"name":"blink","params":{"times":3}}})",
    .answer = R"({"items":[{"device":"lamp-1","command":{"id":"01JD9N4K2VQ8W3T5X7Z0ABCDEF",)"
              R"("device":"lamp-1","name":"blink","status":"queued","attempt":0,)"
              R"("created":1732386600000,"expires":1732390860000}}]})",
});

}  // namespace tandem::contract
