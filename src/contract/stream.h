#pragma once

#include "contract/access.h"
#include "contract/device.h"
#include "domain/event.h"

#include <optional>
#include <string>
#include <vector>

namespace tandem::contract {

// ---------------------------------------------------------------- messages

/// What a subscription wants. SSE and long poll take the same in their query.
struct StreamSubscribe {
    std::vector<std::string> devices;
    Labels labels;
    std::vector<std::string> series;
    std::vector<std::string> kinds;
    std::string start = "now";
    std::optional<std::int64_t> gather_ms;
};
inline const Shape& shape_of(const StreamSubscribe*) {
    static const Shape made{
        .name = "StreamSubscribe",
        .fields = {
            field<&StreamSubscribe::devices>(
                {.name = "devices",
                 .form = Form::kName,
                 .max = 1'000,
                 .says = "Only these; all that one may see if missing."}),
            field<&StreamSubscribe::labels>(
                {.name = "labels", .max = 8, .says = "Only devices with these labels."}),
            field<&StreamSubscribe::series>(
                {.name = "series",
                 .max = 100,
                 .says = "Only readings of these; a `*` at the end stands for any rest."}),
            field<&StreamSubscribe::kinds>(
                {.name = "kinds",
                 .max = 8,
                 .choices = {"reading", "config", "state", "command", "presence", "device", "event",
                             "series"},
                 .says = "Only events of these kinds; `reading` if missing."}),
            field<&StreamSubscribe::start>(
                {.name = "start",
                 .max = 128,
                 .says = "`now`; `latest`: the newest reading of each series first; or a cursor."}),
            field<&StreamSubscribe::gather_ms>(
                {.name = "gather_ms",
                 .min = 0,
                 .max = 1'000,
                 .says = "How long events may wait for others to be sent with them, in "
                         "milliseconds; what the hub is set to if missing."})}};
    return made;
}

struct StreamSubscribed {
    std::int64_t sub = 0;
    std::string cursor;
};
inline const Shape& shape_of(const StreamSubscribed*) {
    static const Shape made{
        .name = "StreamSubscribed",
        .fields = {
            field<&StreamSubscribed::sub>(
                {.name = "sub", .required = true, .says = "What its events are marked with."}),
            field<&StreamSubscribed::cursor>(
                {.name = "cursor", .required = true, .says = "The position it begins at."})}};
    return made;
}

struct StreamUnsubscribe {
    std::int64_t sub = 0;
};
inline const Shape& shape_of(const StreamUnsubscribe*) {
    static const Shape made{
        .name = "StreamUnsubscribe",
        .fields = {field<&StreamUnsubscribe::sub>({.name = "sub", .required = true, .min = 1})}};
    return made;
}

struct AuthRequest {
    std::string token;
};
inline const Shape& shape_of(const AuthRequest*) {
    static const Shape made{
        .name = "AuthRequest",
        .fields = {field<&AuthRequest::token>({.name = "token", .required = true, .max = 4'096})}};
    return made;
}

// ---------------------------------------------------------------- operations

inline const auto kStreamSubscribe = operation<StreamSubscribe, StreamSubscribed>({
    .name = "stream.subscribe",
    .scope = Scope::kSelfRead,
    .urgency = Urgency::kLasting,
    .doors = Doors::kWsOnly,
    .says = "Starts to send events to this socket.",
    .errors = {ErrorCode::kTooManySubscriptions},
    .example = R"({"body":{"devices":["lamp-1"],"series":["power"]}})",
    .answer = R"({"sub":1,"cursor":"AcFcAonsLQqRAAc"})",
});

inline const auto kStreamUnsubscribe = operation<StreamUnsubscribe, Nothing>({
    .name = "stream.unsubscribe",
    .scope = Scope::kSelfRead,
    .urgency = Urgency::kVital,
    .doors = Doors::kWsOnly,
    .status = 204,
    .says = "Ends a subscription.",
    .errors = {ErrorCode::kNotFound},
    .example = R"({"body":{"sub":1}})",
});

inline const auto kAuth = operation<AuthRequest, MeView>({
    .name = "auth",
    .scope = Scope::kSelfRead,
    .urgency = Urgency::kVital,
    .doors = Doors::kWsOnly,
    .says = "Says who is calling, as the first message of a socket that has not, or renews.",
    .errors = {ErrorCode::kUnauthenticated},
    .example = R"({"body":{"token":"tdk_…"}})",
    .answer = R"({"kind":"app","id":"admin","tenant":"main","credential":"kQ3vW8nZr1LpXa0c",)"
              R"("scopes":["devices:read","devices:write","telemetry:read","telemetry:write",)"
              R"("config:read","config:write","state:read","state:write","commands:read",)"
              R"("commands:send","commands:take","events:read","events:write","keys:manage",)"
              R"("audit:read","metrics:read","self:read"]})",
});

}  // namespace tandem::contract
