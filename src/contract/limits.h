#pragma once

#include "contract/access.h"

#include <optional>
#include <string>
#include <vector>

namespace tandem::contract {

// ---------------------------------------------------------------- messages

/// One limit, as it is for whoever asks.
struct LimitView {
    std::string name;
    std::int64_t max = 0;
    std::optional<double> per_second;
    std::optional<std::int64_t> used;
    std::optional<std::int64_t> remaining;
    std::optional<Duration> reset;
    std::string says;
};
inline const Shape& shape_of(const LimitView*) {
    static const Shape made{
        .name = "Limit",
        .fields = {
            field<&LimitView::name>(
                {.name = "name", .required = true, .says = "As in problems and metrics."}),
            field<&LimitView::max>({.name = "max", .required = true, .says = "At once."}),
            field<&LimitView::per_second>(
                {.name = "per_second", .says = "Of a budget: so many come back."}),
            field<&LimitView::used>({.name = "used", .says = "So many there are."}),
            field<&LimitView::remaining>({.name = "remaining", .says = "So many are left now."}),
            field<&LimitView::reset>(
                {.name = "reset", .unit = "ms", .says = "Until the budget is full again."}),
            field<&LimitView::says>({.name = "says", .required = true, .says = "What it is of."})}};
    return made;
}

/// A time that the caller was refused, or held up.
struct LimitHitView {
    Instant time;
    std::string limit;
    std::string operation;
    std::string door;
    std::int64_t count = 1;
    std::string detail;
    std::optional<Duration> retry_after;
    std::string advice;
};
inline const Shape& shape_of(const LimitHitView*) {
    static const Shape made{
        .name = "LimitHit",
        .fields = {
            field<&LimitHitView::time>({.name = "time", .required = true}),
            field<&LimitHitView::limit>({.name = "limit", .required = true, .says = "Its name."}),
            field<&LimitHitView::operation>({.name = "operation",
                                             .required = true,
                                             .says = "What was asked for; empty: anything."}),
            field<&LimitHitView::door>({.name = "door", .required = true}),
            field<&LimitHitView::count>({.name = "count",
                                         .required = true,
                                         .says = "How often in a row, `time` being the last."}),
            field<&LimitHitView::detail>(
                {.name = "detail", .required = true, .says = "What the problem said."}),
            field<&LimitHitView::retry_after>(
                {.name = "retry_after", .unit = "ms", .says = "After the last one, as it said."}),
            field<&LimitHitView::advice>(
                {.name = "advice", .required = true, .says = "How to stay below it."})}};
    return made;
}

struct LimitsView {
    std::vector<LimitView> limits;
    std::vector<LimitHitView> hits;
};
inline const Shape& shape_of(const LimitsView*) {
    static const Shape made{
        .name = "Limits",
        .fields = {
            field<&LimitsView::limits>({.name = "limits", .required = true}),
            field<&LimitsView::hits>({.name = "hits",
                                      .required = true,
                                      .says = "The last times that the caller was limited, the "
                                              "newest first; since the hub was started."})}};
    return made;
}

/// A workload of some devices alike.
struct LimitsCheck {
    std::int64_t devices = 1;
    Duration interval{0};
    std::int64_t readings = 1;
    std::optional<std::int64_t> message_bytes;
    std::int64_t requests = 0;
    std::string door = "rest";
    std::string sender = "device";
    std::int64_t sockets = 0;
    std::int64_t subscriptions = 0;
};
inline const Shape& shape_of(const LimitsCheck*) {
    static const Shape made{
        .name = "LimitsCheck",
        .fields = {
            field<&LimitsCheck::devices>({.name = "devices",
                                          .required = true,
                                          .min = 1,
                                          .max = 10'000'000,
                                          .says = "So many in the tenant, in all."}),
            field<&LimitsCheck::interval>({.name = "interval",
                                           .required = true,
                                           .min = 1,
                                           .max = 31'622'400'000,
                                           .unit = "ms",
                                           .says = "From one message of a device to its next."}),
            field<&LimitsCheck::readings>({.name = "readings",
                                           .min = 1,
                                           .max = 1'000'000,
                                           .says = "In a message; 1 unless it is said."}),
            field<&LimitsCheck::message_bytes>(
                {.name = "message_bytes", .min = 1, .max = 1'000'000'000, .unit = "B"}),
            field<&LimitsCheck::requests>(
                {.name = "requests",
                 .min = 0,
                 .max = 1'000'000,
                 .says = "Others of a device in an interval, such as a poll for commands."}),
            field<&LimitsCheck::door>({.name = "door", .choices = {"rest", "ws"}}),
            field<&LimitsCheck::sender>(
                {.name = "sender",
                 .choices = {"device", "gateway", "app"},
                 .says = "Each device for itself, or one for all: a device that is a gateway, or "
                         "an app."}),
            field<&LimitsCheck::sockets>({.name = "sockets",
                                          .min = 0,
                                          .max = 10'000'000,
                                          .says = "Beside those of the senders."}),
            field<&LimitsCheck::subscriptions>(
                {.name = "subscriptions", .min = 0, .max = 1'000'000, .says = "Of a socket."})}};
    return made;
}

/// What one limit says of the workload.
struct LimitFit {
    std::string limit;
    bool fits = false;
    double wanted = 0;
    double allowed = 0;
    std::string says;
    std::optional<std::string> change;
};
inline const Shape& shape_of(const LimitFit*) {
    static const Shape made{
        .name = "LimitFit",
        .fields = {field<&LimitFit::limit>({.name = "limit", .required = true}),
                   field<&LimitFit::fits>({.name = "fits", .required = true}),
                   field<&LimitFit::wanted>({.name = "wanted", .required = true}),
                   field<&LimitFit::allowed>({.name = "allowed", .required = true}),
                   field<&LimitFit::says>(
                       {.name = "says", .required = true, .says = "What the figures are of."}),
                   field<&LimitFit::change>(
                       {.name = "change", .says = "Where it does not fit: what would."})}};
    return made;
}

struct LimitsFit {
    bool fits = false;
    std::vector<LimitFit> limits;
};
inline const Shape& shape_of(const LimitsFit*) {
    static const Shape made{
        .name = "LimitsFit",
        .fields = {field<&LimitsFit::fits>({.name = "fits", .required = true}),
                   field<&LimitsFit::limits>({.name = "limits", .required = true})}};
    return made;
}

// ---------------------------------------------------------------- operations

inline const auto kLimitsGet = operation<Empty, LimitsView>({
    .name = "limits.get",
    .path = "/v1/me/limits",
    .scope = Scope::kSelfRead,
    .says = "Tells the limits of whoever calls, what is left of them, and why it was limited: the "
            "last times, with what to do. Who manages apps or users sees the tenant's, too.",
    .example = "{}",
    .answer = R"({"limits":[{"name":"requests_per_second","max":200,"per_second":50,)"
              R"("remaining":199,"reset":20,"says":"requests, at all doors together"}],)"
              R"("hits":[{"time":1732387200000,"limit":"requests_per_second",)"
              R"("operation":"devices.list","door":"rest","count":3,)"
              R"("detail":"requests_per_second is 50 with bursts of 200","retry_after":20,)"
              R"("advice":"ask less often: follow a stream instead of polling"}]})",
});

inline const auto kLimitsCheck = operation<LimitsCheck, LimitsFit>({
    .name = "limits.check",
    .method = Method::kPost,
    .path = "/v1/me/limits/check",
    .scope = Scope::kSelfRead,
    .says = "Would this workload fit? Each limit with the figure that is wanted and the one that "
            "is allowed, and what to change. Nothing is spent or reserved.",
    .example = R"({"body":{"devices":100,"interval":10000,"readings":3}})",
    .answer = R"({"fits":true,"limits":[{"limit":"readings_per_second","fits":true,"wanted":0.3,)"
              R"("allowed":2000,"says":"readings a second of each device"}]})",
});

}  // namespace tandem::contract
