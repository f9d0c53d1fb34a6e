#pragma once

#include "contract/device.h"

#include <optional>
#include <string>
#include <vector>

namespace tandem::contract {

// ---------------------------------------------------------------- messages

/// Bytes on the wire by the layer that needs them.
struct BytesView {
    std::int64_t payload = 0;
    std::int64_t framing = 0;
    std::int64_t tls = 0;
    std::int64_t tcp_ip = 0;
    std::int64_t total = 0;
};
inline const Shape& shape_of(const BytesView*) {
    static const Shape made{
        .name = "AdviceBytes",
        .fields = {field<&BytesView::payload>({.name = "payload",
                                               .required = true,
                                               .unit = "B",
                                               .says = "Readings, parameters, events."}),
                   field<&BytesView::framing>({.name = "framing",
                                               .required = true,
                                               .unit = "B",
                                               .says = "HTTP heads, WebSocket frames, envelopes, "
                                                       "replies."}),
                   field<&BytesView::tls>({.name = "tls", .required = true, .unit = "B"}),
                   field<&BytesView::tcp_ip>(
                       {.name = "tcp_ip",
                        .required = true,
                        .unit = "B",
                        .says = "Headers of every packet, acknowledgements and what was sent again "
                                "included."}),
                   field<&BytesView::total>({.name = "total", .required = true, .unit = "B"})}};
    return made;
}

/// What one way of a device has carried.
struct TrafficView {
    std::string door;
    std::int64_t messages_up = 0;
    std::int64_t messages_down = 0;
    BytesView bytes;
    std::int64_t bytes_up = 0;
    std::int64_t bytes_down = 0;
    std::int64_t packets = 0;
    std::int64_t connections = 0;
    std::int64_t tls_handshakes = 0;
    std::int64_t upgrades = 0;
    double connected = 0;
    double hub_cpu = 0;
};
inline const Shape& shape_of(const TrafficView*) {
    static const Shape made{
        .name = "AdviceTraffic",
        .fields = {
            field<&TrafficView::door>({.name = "door",
                                       .required = true,
                                       .choices = {"rest", "poll", "sse", "ws"},
                                       .says = "`poll` and `sse` are the waiting ways of REST."}),
            field<&TrafficView::messages_up>(
                {.name = "messages_up", .required = true, .says = "Requests, or messages."}),
            field<&TrafficView::messages_down>({.name = "messages_down",
                                                .required = true,
                                                .says = "Answers, replies, commands and events."}),
            field<&TrafficView::bytes>({.name = "bytes", .required = true}),
            field<&TrafficView::bytes_up>({.name = "bytes_up",
                                           .required = true,
                                           .unit = "B",
                                           .says = "Of them from the device, all layers."}),
            field<&TrafficView::bytes_down>({.name = "bytes_down", .required = true, .unit = "B"}),
            field<&TrafficView::packets>({.name = "packets", .required = true}),
            field<&TrafficView::connections>(
                {.name = "connections", .required = true, .says = "That were opened."}),
            field<&TrafficView::tls_handshakes>({.name = "tls_handshakes", .required = true}),
            field<&TrafficView::upgrades>(
                {.name = "upgrades", .required = true, .says = "To WebSocket."}),
            field<&TrafficView::connected>({.name = "connected_s",
                                            .required = true,
                                            .unit = "s",
                                            .says = "How long connections were open, together."}),
            field<&TrafficView::hub_cpu>(
                {.name = "hub_cpu_s",
                 .required = true,
                 .unit = "s",
                 .says = "Processor time of the hub, estimated: docs/advise.md."})}};
    return made;
}

/// What a way would have cost.
struct CostView {
    std::string door;
    std::string way;
    BytesView bytes;
    std::int64_t messages = 0;
    std::int64_t packets = 0;
    double handshakes = 0;
    double hub_cpu = 0;
    std::optional<double> radio_on;
};
inline const Shape& shape_of(const CostView*) {
    static const Shape made{
        .name = "AdviceCost",
        .fields = {
            field<&CostView::door>(
                {.name = "door", .required = true, .choices = {"rest", "poll", "sse", "ws"}}),
            field<&CostView::way>({.name = "way", .required = true, .says = "In words."}),
            field<&CostView::bytes>({.name = "bytes", .required = true}),
            field<&CostView::messages>(
                {.name = "messages", .required = true, .says = "Both ways together."}),
            field<&CostView::packets>({.name = "packets", .required = true}),
            field<&CostView::handshakes>(
                {.name = "handshakes",
                 .required = true,
                 .says = "Connections that would have been opened; a share of one where the time "
                         "is shorter than its life."}),
            field<&CostView::hub_cpu>({.name = "hub_cpu_s", .required = true, .unit = "s"}),
            field<&CostView::radio_on>(
                {.name = "radio_on_s",
                 .unit = "s",
                 .says = "Where the label `network` says what the device is connected with."})}};
    return made;
}

/// The last hour, or day.
struct AdviceWindowView {
    double seconds = 0;
    std::vector<TrafficView> doors;
    std::optional<CostView> here;
    std::optional<CostView> other;
};
inline const Shape& shape_of(const AdviceWindowView*) {
    static const Shape made{
        .name = "AdviceWindow",
        .fields = {
            field<&AdviceWindowView::seconds>({.name = "seconds",
                                               .required = true,
                                               .unit = "s",
                                               .says = "So much of it the device was observed."}),
            field<&AdviceWindowView::doors>({.name = "doors",
                                             .required = true,
                                             .says = "What was counted; those that were used."}),
            field<&AdviceWindowView::here>(
                {.name = "here",
                 .says = "All that was counted together, through the door that it uses."}),
            field<&AdviceWindowView::other>(
                {.name = "other",
                 .says = "What the same would have cost through the other door."})}};
    return made;
}

/// How much less the other door would cost a day; below 0: more.
struct SavingView {
    std::int64_t bytes = 0;
    std::int64_t messages = 0;
    double handshakes = 0;
    double hub_cpu = 0;
    std::optional<double> radio_on;
    double share = 0;
};
inline const Shape& shape_of(const SavingView*) {
    static const Shape made{
        .name = "AdviceSaving",
        .fields = {
            field<&SavingView::bytes>({.name = "bytes_a_day", .required = true, .unit = "B"}),
            field<&SavingView::messages>({.name = "messages_a_day", .required = true}),
            field<&SavingView::handshakes>({.name = "handshakes_a_day", .required = true}),
            field<&SavingView::hub_cpu>({.name = "hub_cpu_s_a_day", .required = true, .unit = "s"}),
            field<&SavingView::radio_on>({.name = "radio_on_s_a_day", .unit = "s"}),
            field<&SavingView::share>(
                {.name = "share",
                 .required = true,
                 .says = "Of the bytes: 0.5 is half of them, -1 twice as many."})}};
    return made;
}

/// What is advised to a device. Of one that has not spoken there is nothing to say of doors.
struct AdviceBrief {
    std::string device;
    std::optional<std::string> door;
    std::optional<std::string> way;
    std::optional<std::string> advised_door;
    std::optional<std::string> advised_way;
    bool worth_changing = false;
    std::string reason;
    std::string says;
    std::optional<SavingView> saving;
    double sure = 0;
    std::optional<Instant> since;
    std::optional<Instant> last;
};
template <typename T>
std::vector<Field> advice_fields() {
    return {field<&T::device>({.name = "device", .required = true, .form = Form::kName}),
            field<&T::door>({.name = "door",
                             .choices = {"rest", "poll", "sse", "ws"},
                             .says = "The one that it uses."}),
            field<&T::way>({.name = "way", .says = "How it uses it."}),
            field<&T::advised_door>({.name = "advised_door",
                                     .choices = {"rest", "poll", "sse", "ws"},
                                     .says = "The one that fits."}),
            field<&T::advised_way>({.name = "advised_way"}),
            field<&T::worth_changing>(
                {.name = "worth_changing",
                 .required = true,
                 .says = "Whether it is on the wrong door, by more than is worth a change."}),
            field<&T::reason>({.name = "reason",
                               .required = true,
                               .choices = {"worth", "fits", "small", "young"},
                               .says = "Why it is worth it or not."}),
            field<&T::says>({.name = "says", .required = true, .says = "The same in a sentence."}),
            field<&T::saving>(
                {.name = "saving", .says = "What the other door would save, a day like this."}),
            field<&T::sure>({.name = "sure",
                             .required = true,
                             .says = "From 0 to 1: how long and how much was observed."}),
            field<&T::since>({.name = "since", .says = "Observed since then."}),
            field<&T::last>({.name = "last", .says = "When it last spoke."})};
}
inline const Shape& shape_of(const AdviceBrief*) {
    static const Shape made{.name = "AdviceBrief", .fields = advice_fields<AdviceBrief>()};
    return made;
}

/// The whole of it.
struct AdviceView : AdviceBrief {
    AdviceWindowView hour;
    AdviceWindowView day;
};
inline const Shape& shape_of(const AdviceView*) {
    static const Shape made = [] {
        Shape shape{.name = "Advice", .fields = advice_fields<AdviceView>()};
        shape.fields.push_back(field<&AdviceView::hour>({.name = "hour", .required = true}));
        shape.fields.push_back(field<&AdviceView::day>({.name = "day", .required = true}));
        return shape;
    }();
    return made;
}

struct AdviceGet {
    std::string device;
};
inline const Shape& shape_of(const AdviceGet*) {
    static const Shape made{.name = "AdviceGet",
                            .fields = {device_in_path(field<&AdviceGet::device>({}))}};
    return made;
}

struct AdviceList {
    std::optional<bool> worth_changing;
    std::optional<std::string> door;
    std::optional<std::int64_t> saving;
    std::int64_t limit = 100;
    std::optional<std::string> cursor;
};
inline const Shape& shape_of(const AdviceList*) {
    static const Shape made{
        .name = "AdviceList",
        .fields = {
            field<&AdviceList::worth_changing>({.name = "worth_changing",
                                                .from = From::kQuery,
                                                .says = "`true`: only those on the wrong door."}),
            field<&AdviceList::door>({.name = "door",
                                      .from = From::kQuery,
                                      .choices = {"rest", "poll", "sse", "ws"},
                                      .says = "Only those that use this one."}),
            field<&AdviceList::saving>({.name = "saving",
                                        .from = From::kQuery,
                                        .min = 0,
                                        .unit = "B",
                                        .says = "Only where the other door would save so much a "
                                                "day, or more."}),
            field<&AdviceList::limit>({.name = "limit",
                                       .from = From::kQuery,
                                       .min = 1,
                                       .max = 1'000,
                                       .says = "How many at most."}),
            field<&AdviceList::cursor>(
                {.name = "cursor", .from = From::kQuery, .says = "`next` of the page before."})}};
    return made;
}

// ---------------------------------------------------------------- operations

inline const auto kAdviceGet = operation<AdviceGet, AdviceView>({
    .name = "advice.get",
    .path = "/v1/devices/{device}/advice",
    .scope = Scope::kDevicesRead,
    .says = "Tells what the device has cost through its door in the last hour and day, what the "
            "other door would have cost, and which to take.",
    .errors = {ErrorCode::kNotFound},
    .example = R"({"path":{"device":"lamp-1"}})",
    .answer = R"({"device":"lamp-1","worth_changing":false,"reason":"young",)"
              R"("says":"It has not spoken since the hub was started.","sure":0.0,)"
              R"("hour":{"seconds":0.0,"doors":[]},"day":{"seconds":0.0,"doors":[]}})",
});

inline const auto kAdviceList = operation<AdviceList, Page<AdviceBrief>>({
    .name = "advice.list",
    .path = "/v1/advice",
    .scope = Scope::kDevicesRead,
    .says = "Lists what is advised to devices that have spoken in the last day, in order of id.",
    .example = R"({"query":{"worth_changing":true,"limit":10}})",
    .answer = R"({"items":[]})",
});

}  // namespace tandem::contract
