#pragma once

#include "contract/access.h"
#include "contract/device.h"
#include "domain/event.h"

#include <optional>
#include <string>
#include <vector>

namespace tandem::contract {

// ---------------------------------------------------------------- messages

/// What a stream shall carry, the same at every way out: members of the body that subscribes, or
/// parameters of a query.
struct StreamWish {
    std::vector<std::string> devices;
    Labels labels;
    std::vector<std::string> series;
    std::vector<std::string> kinds;
    std::vector<std::string> fields;
    std::string start = "now";
    std::string flow = "all";
    std::optional<std::int64_t> every_ms;
    std::optional<double> delta;
    std::optional<std::int64_t> credit;
};
template <typename T>
std::vector<Field> stream_wish(From from) {
    return {
        field<&T::devices>({.name = "devices",
                            .from = from,
                            .form = Form::kName,
                            .max = 1'000,
                            .says = "Only these; all that one may see if missing."}),
        field<&T::labels>(
            {.name = "labels", .from = from, .max = 8, .says = "Only devices with these labels."}),
        field<&T::series>({.name = "series",
                           .from = from,
                           .max = 100,
                           .says = "Only readings of these, and events of the kind `series`; a `*` "
                                   "at the end stands for any rest."}),
        field<&T::kinds>({.name = "kinds",
                          .from = from,
                          .max = 10,
                          .choices = {"reading", "config", "state", "command", "presence", "device",
                                      "event", "series", "audit", "advice"},
                          .says = "Only events of these kinds; `reading` if missing. `audit` takes "
                                  "the scope `audit:read`."}),
        field<&T::fields>(
            {.name = "fields",
             .from = from,
             .max = 6,
             .choices = {"d", "k", "s", "t", "v", "late"},
             .says = "Only these members of each event: device, kind, series, time, value, "
                     "whether it is late; all if missing."}),
        field<&T::start>(
            {.name = "start",
             .from = from,
             .max = 128,
             .says = "`now`; `latest`: the newest reading of each series first; or a cursor."}),
        field<&T::flow>(
            {.name = "flow",
             .from = from,
             .choices = {"all", "latest", "every", "change", "credit"},
             .says = "`all`: every event, as far as the client takes them. `latest`: of "
                     "readings that have to wait, the newest of each series. `every`: at most "
                     "one of each series in `every_ms`. `change`: readings that have moved by "
                     "`delta`. `credit`: so many events as `credit` says, then those that are "
                     "granted. What is not sent is receipted."}),
        field<&T::every_ms>({.name = "every_ms",
                             .from = from,
                             .min = 10,
                             .max = 3'600'000,
                             .unit = "milliseconds",
                             .says = "For `every`; 1 s if missing."}),
        field<&T::delta>({.name = "delta",
                          .from = from,
                          .min = 0,
                          .says = "For `change`: by how much a number has to move; 0, that it "
                                  "moves at all, if missing."}),
        field<&T::credit>({.name = "credit",
                           .from = from,
                           .min = 0,
                           .max = 1'000'000,
                           .says = "For `credit`: how many events may come at first; none if "
                                   "missing."})};
}

struct StreamSubscribe : StreamWish {
    std::optional<std::int64_t> gather_ms;
};
inline const Shape& shape_of(const StreamSubscribe*) {
    static const Shape made = [] {
        Shape shape{.name = "StreamSubscribe",
                    .fields = stream_wish<StreamSubscribe>(From::kField)};
        shape.fields.push_back(field<&StreamSubscribe::gather_ms>(
            {.name = "gather_ms",
             .min = 0,
             .max = 1'000,
             .says = "How long events may wait for others to be sent with them, in "
                     "milliseconds; what the hub is set to if missing."}));
        return shape;
    }();
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

struct StreamCredit {
    std::int64_t sub = 0;
    std::int64_t more = 0;
};
inline const Shape& shape_of(const StreamCredit*) {
    static const Shape made{
        .name = "StreamCredit",
        .fields = {field<&StreamCredit::sub>({.name = "sub", .required = true, .min = 1}),
                   field<&StreamCredit::more>({.name = "more",
                                               .required = true,
                                               .min = 1,
                                               .max = 1'000'000,
                                               .says = "So many events more may come."})}};
    return made;
}

/// A request for events over HTTP: one answer, waited for or not, or server-sent events.
struct StreamRead : StreamWish {
    std::int64_t limit = 1'000;
    Preferences prefer;
    std::optional<std::string> last_event;
};
inline const Shape& shape_of(const StreamRead*) {
    static const Shape made = [] {
        Shape shape{.name = "StreamRead", .fields = stream_wish<StreamRead>(From::kQuery)};
        shape.fields.push_back(field<&StreamRead::limit>(
            {.name = "limit",
             .from = From::kQuery,
             .min = 1,
             .max = 10'000,
             .says = "Of an answer: about so many events. Server-sent events have no end."}));
        shape.fields.push_back(field<&StreamRead::prefer>(
            {.name = "prefer",
             .from = From::kHeader,
             .says = "wait=N: when there is none yet, wait up to N seconds for the first."}));
        shape.fields.push_back(field<&StreamRead::last_event>(
            {.name = "last-event-id",
             .from = From::kHeader,
             .max = 128,
             .says = "Go on after this cursor, whatever `start` says: what a browser sends when it "
                     "connects again."}));
        return shape;
    }();
    return made;
}

struct StreamEvent {
    std::optional<std::string> device;
    std::optional<std::string> kind;
    std::optional<std::string> series;
    std::optional<Instant> time;
    std::optional<Value> value;
    std::optional<bool> late;
};
inline const Shape& shape_of(const StreamEvent*) {
    static const Shape made{
        .name = "StreamEvent",
        .fields = {
            field<&StreamEvent::device>(
                {.name = "d", .says = "The device; missing where it is of none."}),
            field<&StreamEvent::kind>({.name = "k", .says = "The kind; missing: a reading."}),
            field<&StreamEvent::series>({.name = "s", .says = "The series of a reading."}),
            field<&StreamEvent::time>({.name = "t"}),
            field<&StreamEvent::value>({.name = "v", .says = "The value, or what has changed."}),
            field<&StreamEvent::late>(
                {.name = "late", .says = "True for a reading older than the newest."})}};
    return made;
}

struct StreamGap {
    std::string from;
    std::string to;
    std::int64_t n = 0;
    std::string why;
};
inline const Shape& shape_of(const StreamGap*) {
    static const Shape made{
        .name = "StreamGap",
        .fields = {
            field<&StreamGap::from>(
                {.name = "from", .required = true, .says = "The cursor before them."}),
            field<&StreamGap::to>(
                {.name = "to", .required = true, .says = "The cursor after them."}),
            field<&StreamGap::n>({.name = "n",
                                  .required = true,
                                  .says = "How many were not sent; 0 when nobody knows."}),
            field<&StreamGap::why>({.name = "why",
                                    .required = true,
                                    .choices = {"unchanged", "conflated", "slow", "history"}})}};
    return made;
}

struct StreamLag {
    std::optional<std::int64_t> ms;
    std::int64_t n = 0;
};
inline const Shape& shape_of(const StreamLag*) {
    static const Shape made{
        .name = "StreamLag",
        .fields = {
            field<&StreamLag::ms>(
                {.name = "ms",
                 .unit = "milliseconds",
                 .says = "How long the oldest that waits has waited; missing: nobody knows."}),
            field<&StreamLag::n>({.name = "n",
                                  .required = true,
                                  .says = "How many events the hub has after those that were "
                                          "sent, wanted or not."})}};
    return made;
}

struct StreamPage {
    std::string cursor;
    std::vector<StreamEvent> events;
    std::vector<StreamGap> gaps;
    std::optional<StreamLag> lag;
};
inline const Shape& shape_of(const StreamPage*) {
    static const Shape made{
        .name = "StreamPage",
        .fields = {
            field<&StreamPage::cursor>({.name = "cur",
                                        .required = true,
                                        .says = "Where to go on: `start` of the next request, at "
                                                "any way out."}),
            field<&StreamPage::events>({.name = "ev", .required = true}),
            field<&StreamPage::gaps>(
                {.name = "gaps",
                 .required = true,
                 .says = "Receipts for what was wanted and is not among the events."}),
            field<&StreamPage::lag>(
                {.name = "lag", .says = "Missing when there is nothing after `cur`."})}};
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
    .example = R"({"body":{"devices":["lamp-1"],"series":["power"],"flow":"credit","credit":100}})",
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

inline const auto kStreamCredit = operation<StreamCredit, Nothing>({
    .name = "stream.credit",
    .scope = Scope::kSelfRead,
    .urgency = Urgency::kVital,
    .doors = Doors::kWsOnly,
    .status = 204,
    .says = "Lets more events come to a subscription whose flow is `credit`. Nothing is lost "
            "without credit, as long as the log keeps it.",
    .errors = {ErrorCode::kNotFound},
    .example = R"({"body":{"sub":1,"more":100}})",
});

inline const auto kStreamRead = operation<StreamRead, StreamPage>({
    .name = "stream.read",
    .path = "/v1/stream",
    .scope = Scope::kSelfRead,
    .urgency = Urgency::kLasting,
    .doors = Doors::kRestOnly,
    .gives = Bodies::kEvents,
    .says = "Gives events: those since a cursor; with `Prefer: wait` the next ones when they "
            "come; with `Accept: text/event-stream` all of them as they come.",
    .example = R"({"query":{"devices":["lamp-1"],"series":["power"]}})",
    .answer = R"({"cur":"AcFcAonsLQqRAAc","ev":[],"gaps":[]})",
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
              R"("commands:send","commands:take","events:read","events:write",)"
              R"("dashboards:read","dashboards:write","keys:manage","access:manage",)"
              R"("audit:read","metrics:read","self:read"]})",
});

}  // namespace tandem::contract
