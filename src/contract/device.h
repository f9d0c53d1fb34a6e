#pragma once

#include "contract/operation.h"
#include "contract/precondition.h"
#include "domain/device.h"

#include <optional>
#include <string>
#include <utility>

namespace tandem::contract {

// ---------------------------------------------------------------- messages

struct PresenceView {
    bool online = false;
    std::optional<std::string> door;
    std::optional<Instant> since;
    std::optional<Instant> last_seen;
};
inline const Shape& shape_of(const PresenceView*) {
    static const Shape made{
        .name = "Presence",
        .fields = {
            field<&PresenceView::online>({.name = "online", .required = true}),
            field<&PresenceView::door>({.name = "door", .says = "rest, poll, sse or ws."}),
            field<&PresenceView::since>({.name = "since", .says = "Since when it is so."}),
            field<&PresenceView::last_seen>({.name = "last_seen", .says = "When last heard."})}};
    return made;
}

struct DeviceView {
    std::string id;
    std::string name;
    std::string type;
    Labels labels;
    std::optional<Value> schema;
    PresenceView presence;
    Instant created;
    std::int64_t version = 0;
};
inline const Shape& shape_of(const DeviceView*) {
    static const Shape made{
        .name = "Device",
        .fields = {field<&DeviceView::id>({.name = "id", .required = true, .form = Form::kName}),
                   field<&DeviceView::name>({.name = "name", .required = true}),
                   field<&DeviceView::type>({.name = "type", .required = true}),
                   field<&DeviceView::labels>({.name = "labels", .required = true}),
                   field<&DeviceView::schema>({.name = "schema"}),
                   field<&DeviceView::presence>({.name = "presence", .required = true}),
                   field<&DeviceView::created>({.name = "created", .required = true}),
                   field<&DeviceView::version>({.name = "version", .required = true})}};
    return made;
}

/// What a device's schema (domain/schema.h) looks like, as JSON Schema.
[[nodiscard]] Value described_device_schema();

/// What the owner says of a device: the body of put, and what a patch applies to.
struct DeviceFields {
    std::string name;
    std::string type;
    Labels labels;
    Value schema;
};
template <typename T>
std::vector<Field> device_fields() {
    return {
        field<&T::name>({.name = "name", .max = 128, .says = "For people."}),
        field<&T::type>({.name = "type", .max = 64, .says = "The kind of device."}),
        field<&T::labels>({.name = "labels", .max = 32, .says = "To find and group devices by."}),
        field<&T::schema>({.name = "schema",
                           .says = "What its commands, config and series look like; null: "
                                   "anything goes.",
                           .described = described_device_schema})};
}
inline const Shape& shape_of(const DeviceFields*) {
    static const Shape made{.name = "DeviceFields", .fields = device_fields<DeviceFields>()};
    return made;
}

struct DeviceCreate : DeviceFields {
    std::optional<std::string> id;
};
inline const Shape& shape_of(const DeviceCreate*) {
    static const Shape made = [] {
        Shape shape{.name = "DeviceCreate", .fields = device_fields<DeviceCreate>()};
        shape.fields.push_back(field<&DeviceCreate::id>(
            {.name = "id", .form = Form::kName, .says = "Made by the hub when it is missing."}));
        return shape;
    }();
    return made;
}

struct DeviceGet {
    std::string device;
};
inline Field device_in_path(Field made) {
    made.name = "device";
    made.from = From::kPath;
    made.required = true;
    made.form = Form::kName;
    made.says = "The device's id; `me` for the device that asks.";
    return made;
}
inline const Shape& shape_of(const DeviceGet*) {
    static const Shape made{.name = "DeviceGet",
                            .fields = {device_in_path(field<&DeviceGet::device>({}))}};
    return made;
}

struct DevicePut : DeviceFields {
    std::string device;
    std::optional<EntityTags> if_match;
    std::optional<EntityTags> if_none_match;
};
/// The shape with the header fields `if_match` and `if_none_match` of T.
template <typename T>
Shape with_preconditions(Shape shape) {
    shape.fields.push_back(field<&T::if_match>(
        {.name = "if-match", .from = From::kHeader, .says = "Only if it has this version."}));
    shape.fields.push_back(field<&T::if_none_match>({.name = "if-none-match",
                                                     .from = From::kHeader,
                                                     .says = "`*`: only if it does not exist."}));
    return shape;
}
inline const Shape& shape_of(const DevicePut*) {
    static const Shape made = [] {
        Shape shape{.name = "DevicePut", .fields = device_fields<DevicePut>()};
        shape.fields.push_back(device_in_path(field<&DevicePut::device>({})));
        return with_preconditions<DevicePut>(std::move(shape));
    }();
    return made;
}

struct DevicePatch {
    std::string device;
    Value change;
    std::optional<EntityTags> if_match;
    std::optional<EntityTags> if_none_match;
};
inline const Shape& shape_of(const DevicePatch*) {
    static const Shape made = with_preconditions<DevicePatch>(
        {.name = "DevicePatch",
         .fields = {device_in_path(field<&DevicePatch::device>({})),
                    field<&DevicePatch::change>(
                        {.name = "change",
                         .from = From::kBody,
                         .required = true,
                         .says = "A JSON Merge Patch, RFC 7396, of name, type, labels "
                                 "and schema.",
                         .described = any_object})}});
    return made;
}

struct DeviceDelete {
    std::string device;
    std::optional<EntityTags> if_match;
    std::optional<EntityTags> if_none_match;
};
inline const Shape& shape_of(const DeviceDelete*) {
    static const Shape made = with_preconditions<DeviceDelete>(
        {.name = "DeviceDelete", .fields = {device_in_path(field<&DeviceDelete::device>({}))}});
    return made;
}

struct DeviceList {
    std::optional<std::string> type;
    Labels labels;
    std::optional<std::string> search;
    std::int64_t limit = 100;
    std::optional<std::string> cursor;
};
inline const Shape& shape_of(const DeviceList*) {
    static const Shape made{
        .name = "DeviceList",
        .fields = {
            field<&DeviceList::type>(
                {.name = "type", .from = From::kQuery, .max = 64, .says = "Only of this type."}),
            field<&DeviceList::labels>({.name = "labels",
                                        .from = From::kQuery,
                                        .says = "Only with these: `site=hall-3,line=2`."}),
            field<&DeviceList::search>({.name = "search",
                                        .from = From::kQuery,
                                        .max = 64,
                                        .says = "Only with this in id or name."}),
            field<&DeviceList::limit>({.name = "limit",
                                       .from = From::kQuery,
                                       .min = 1,
                                       .max = 1'000,
                                       .says = "How many at most."}),
            field<&DeviceList::cursor>(
                {.name = "cursor", .from = From::kQuery, .says = "`next` of the page before."})}};
    return made;
}

// ---------------------------------------------------------------- operations

inline const auto kDevicesList = operation<DeviceList, Page<DeviceView>>({
    .name = "devices.list",
    .path = "/v1/devices",
    .scope = Scope::kDevicesRead,
    .says = "Lists devices in order of id.",
    .example = R"({"query":{"limit":10}})",
    .answer = R"({"items":[{"id":"lamp-1","name":"","type":"","labels":{},"presence":{)"
              R"("online":false},"created":1732386600000,"version":1}]})",
});

inline const auto kDevicesCreate = operation<DeviceCreate, DeviceView>({
    .name = "devices.create",
    .method = Method::kPost,
    .path = "/v1/devices",
    .scope = Scope::kDevicesWrite,
    .status = 201,
    .audited = true,
    .versioned = true,
    .located = true,
    .says = "Makes a device.",
    .errors = {ErrorCode::kAlreadyExists},
    .example =
        R"({"body":{"id":"pump-7","name":"Pump 7","type":"pump","labels":{"site":"hall-3"}}})",
    .answer = R"({"id":"pump-7","name":"Pump 7","type":"pump","labels":{"site":"hall-3"},)"
              R"("presence":{"online":false},"created":1732386600000,"version":1})",
});

inline const auto kDevicesGet = operation<DeviceGet, DeviceView>({
    .name = "devices.get",
    .path = "/v1/devices/{device}",
    .scope = Scope::kDevicesRead,
    .versioned = true,
    .says = "Gives a device.",
    .errors = {ErrorCode::kNotFound},
    .example = R"({"path":{"device":"lamp-1"}})",
    .answer = R"({"id":"lamp-1","name":"","type":"","labels":{},"presence":{"online":false},)"
              R"("created":1732386600000,"version":1})",
});

inline const auto kDevicesPut = operation<DevicePut, DeviceView>({
    .name = "devices.put",
    .method = Method::kPut,
    .path = "/v1/devices/{device}",
    .scope = Scope::kDevicesWrite,
    .also = {201},
    .audited = true,
    .versioned = true,
    .located = true,
    .says = "Makes the device, or replaces what is said of it.",
    .errors = {ErrorCode::kPreconditionFailed},
    .example = R"({"path":{"device":"lamp-1"},"body":{"name":"Desk lamp","type":"lamp"}})",
    .answer = R"({"id":"lamp-1","name":"Desk lamp","type":"lamp","labels":{},"presence":{)"
              R"("online":false},"created":1732386600000,"version":2})",
});

inline const auto kDevicesPatch = operation<DevicePatch, DeviceView>({
    .name = "devices.patch",
    .method = Method::kPatch,
    .path = "/v1/devices/{device}",
    .scope = Scope::kDevicesWrite,
    .audited = true,
    .versioned = true,
    .says = "Changes what is said of the device.",
    .errors = {ErrorCode::kNotFound, ErrorCode::kPreconditionFailed},
    .example = R"({"path":{"device":"lamp-1"},"body":{"labels":{"room":"study"}}})",
    .answer = R"({"id":"lamp-1","name":"Desk lamp","type":"lamp","labels":{"room":"study"},)"
              R"("presence":{"online":false},"created":1732386600000,"version":3})",
});

inline const auto kDevicesDelete = operation<DeviceDelete, Nothing>({
    .name = "devices.delete",
    .method = Method::kDelete,
    .path = "/v1/devices/{device}",
    .scope = Scope::kDevicesWrite,
    .status = 204,
    .audited = true,
    .says = "Deletes the device with its keys, twin, commands and readings.",
    .errors = {ErrorCode::kNotFound, ErrorCode::kPreconditionFailed},
    .example = R"({"path":{"device":"lamp-1"}})",
});

}  // namespace tandem::contract
