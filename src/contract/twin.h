#pragma once

#include "contract/device.h"
#include "domain/twin.h"

#include <map>
#include <optional>
#include <string>

namespace tandem::contract {

// ---------------------------------------------------------------- messages

/// One half of a twin: the body is the document itself, its version the entity tag.
struct TwinDocumentView {
    Value value;
};
inline const Shape& shape_of(const TwinDocumentView*) {
    static const Shape made{.name = "TwinDocument",
                            .fields = {field<&TwinDocumentView::value>({.name = "value",
                                                                        .from = From::kBody,
                                                                        .says = "Any object.",
                                                                        .described = any_object})}};
    return made;
}

struct VersionedDocument {
    std::int64_t version = 0;
    std::optional<Instant> updated;
    Value value;
};
inline const Shape& shape_of(const VersionedDocument*) {
    static const Shape made{
        .name = "VersionedDocument",
        .fields = {field<&VersionedDocument::version>({.name = "version", .required = true}),
                   field<&VersionedDocument::updated>({.name = "updated"}),
                   field<&VersionedDocument::value>({.name = "value", .required = true})}};
    return made;
}

/// For each key of the config whether the state has the same value.
struct SyncView {
    std::map<std::string, KeySync> keys;
};
template <>
struct Codec<SyncView> {
    static Result<void> read(Reader& reader, SyncView& out, const Field& field);
    static void write(Writer& writer, const SyncView& value);
    static Value schema(const Field& field);
};

/// Which version of the config the device has said to have.
struct AcknowledgedView {
    std::int64_t version = 0;
    std::optional<Instant> updated;
};
inline const Shape& shape_of(const AcknowledgedView*) {
    static const Shape made{
        .name = "Acknowledged",
        .fields = {field<&AcknowledgedView::version>({.name = "version", .required = true}),
                   field<&AcknowledgedView::updated>({.name = "updated"})}};
    return made;
}

struct TwinView {
    VersionedDocument config;
    VersionedDocument state;
    SyncView sync;
    std::optional<AcknowledgedView> acknowledged;
};
inline const Shape& shape_of(const TwinView*) {
    static const Shape made{
        .name = "Twin",
        .fields = {
            field<&TwinView::config>({.name = "config", .required = true}),
            field<&TwinView::state>({.name = "state", .required = true}),
            field<&TwinView::sync>(
                {.name = "sync", .required = true, .says = "How each key of the config stands."}),
            field<&TwinView::acknowledged>(
                {.name = "acknowledged",
                 .says = "The version of the config that the device has said to have."})}};
    return made;
}

struct ConfigGet {
    std::string device;
    std::optional<EntityTags> if_none_match;
    Preferences prefer;
};
inline const Shape& shape_of(const ConfigGet*) {
    static const Shape made{
        .name = "ConfigGet",
        .fields = {
            device_in_path(field<&ConfigGet::device>({})),
            field<&ConfigGet::if_none_match>(
                {.name = "if-none-match",
                 .from = From::kHeader,
                 .says = "The version that the caller has: 304 while it is the same."}),
            field<&ConfigGet::prefer>({.name = "prefer",
                                       .from = From::kHeader,
                                       .says = "wait=N: with If-None-Match, wait up to N seconds "
                                               "for another version."})}};
    return made;
}

struct ConfigAck {
    std::string device;
    std::int64_t version = 0;
};
inline const Shape& shape_of(const ConfigAck*) {
    static const Shape made{
        .name = "ConfigAck",
        .fields = {device_in_path(field<&ConfigAck::device>({})),
                   field<&ConfigAck::version>({.name = "version",
                                               .required = true,
                                               .min = 0,
                                               .says = "Of the config that the device has; 0: it "
                                                       "has none."})}};
    return made;
}

struct ConfigAcknowledged {
    std::int64_t acknowledged = 0;
    std::int64_t version = 0;
};
inline const Shape& shape_of(const ConfigAcknowledged*) {
    static const Shape made{
        .name = "ConfigAcknowledged",
        .fields = {field<&ConfigAcknowledged::acknowledged>(
                       {.name = "acknowledged",
                        .required = true,
                        .says = "Changes are told from this version on."}),
                   field<&ConfigAcknowledged::version>(
                       {.name = "version", .required = true, .says = "Of the config by now."})}};
    return made;
}

struct TwinWrite {
    std::string device;
    Value body;
    std::optional<EntityTags> if_match;
    std::optional<EntityTags> if_none_match;
};
/// One request type per operation, or their handlers could not be told apart.
// NOLINTNEXTLINE(readability-identifier-naming): named like every constant
template <TwinSide kSide, bool kPatch>
struct TwinWriteOf : TwinWrite {};

// NOLINTNEXTLINE(readability-identifier-naming): named like every constant
template <TwinSide kSide, bool kPatch>
const Shape& shape_of(const TwinWriteOf<kSide, kPatch>*) {
    using T = TwinWriteOf<kSide, kPatch>;
    static const Shape made = with_preconditions<T>(
        {.name = kPatch ? "TwinPatch" : "TwinPut",
         .fields = {device_in_path(field<&T::device>({})),
                    field<&T::body>({.name = "body",
                                     .from = From::kBody,
                                     .required = true,
                                     .says = kPatch ? "A JSON Merge Patch, RFC 7396."
                                                    : "The whole document, an object.",
                                     .described = any_object})}});
    return made;
}

using ConfigPut = TwinWriteOf<TwinSide::kConfig, false>;
using ConfigPatch = TwinWriteOf<TwinSide::kConfig, true>;
using StatePut = TwinWriteOf<TwinSide::kState, false>;
using StatePatch = TwinWriteOf<TwinSide::kState, true>;

// ---------------------------------------------------------------- operations

inline const auto kTwinGet = operation<DeviceGet, TwinView>({
    .name = "twin.get",
    .path = "/v1/devices/{device}/twin",
    .scope = Scope::kConfigRead,
    .says = "Gives config and state with their versions, and which keys agree.",
    .errors = {ErrorCode::kNotFound},
    .example = R"({"path":{"device":"lamp-1"}})",
    .answer = R"({"config":{"version":0,"value":{}},"state":{"version":0,"value":{}},"sync":{)"
              R"(}})",
});

inline const auto kConfigGet = operation<ConfigGet, TwinDocumentView>({
    .name = "config.get",
    .path = "/v1/devices/{device}/config",
    .scope = Scope::kConfigRead,
    .versioned = true,
    .says = "Gives what the owner wants of the device. With If-None-Match and `Prefer: wait` it "
            "waits for another version.",
    .errors = {ErrorCode::kNotFound},
    .example = R"({"path":{"device":"lamp-1"}})",
    .answer = R"({})",
});

inline const auto kConfigPut = operation<ConfigPut, TwinDocumentView>({
    .name = "config.put",
    .method = Method::kPut,
    .path = "/v1/devices/{device}/config",
    .scope = Scope::kConfigWrite,
    .audited = true,
    .versioned = true,
    .says = "Replaces what the owner wants of the device; needs If-Match (\"0\" at first).",
    .errors = {ErrorCode::kNotFound, ErrorCode::kPreconditionFailed,
               ErrorCode::kPreconditionRequired},
    .example = R"({"path":{"device":"lamp-1"},"headers":{"if-match":"\"0\""},)"
               R"("body":{"brightness":80}})",
    .answer = R"({"brightness":80})",
});

inline const auto kConfigPatch = operation<ConfigPatch, TwinDocumentView>({
    .name = "config.patch",
    .method = Method::kPatch,
    .path = "/v1/devices/{device}/config",
    .scope = Scope::kConfigWrite,
    .audited = true,
    .versioned = true,
    .says = "Changes what the owner wants of the device.",
    .errors = {ErrorCode::kNotFound, ErrorCode::kPreconditionFailed},
    .example = R"({"path":{"device":"lamp-1"},"body":{"brightness":60}})",
    .answer = R"({"brightness":60})",
});

inline const auto kConfigAck = operation<ConfigAck, ConfigAcknowledged>({
    .name = "config.ack",
    .method = Method::kPost,
    .path = "/v1/devices/{device}/config/ack",
    .scope = Scope::kStateWrite,
    .says = "For the device: says which version of the config it has. What changes after that is "
            "told to its next socket in one message.",
    .errors = {ErrorCode::kNotFound},
    .example = R"({"path":{"device":"lamp-1"},"body":{"version":2}})",
    .answer = R"({"acknowledged":2,"version":2})",
});

inline const auto kStateGet = operation<DeviceGet, TwinDocumentView>({
    .name = "state.get",
    .path = "/v1/devices/{device}/state",
    .scope = Scope::kStateRead,
    .versioned = true,
    .says = "Gives what the device says it is.",
    .errors = {ErrorCode::kNotFound},
    .example = R"({"path":{"device":"lamp-1"}})",
    .answer = R"({})",
});

inline const auto kStatePut = operation<StatePut, TwinDocumentView>({
    .name = "state.put",
    .method = Method::kPut,
    .path = "/v1/devices/{device}/state",
    .scope = Scope::kStateWrite,
    .versioned = true,
    .says = "Replaces what the device says it is.",
    .errors = {ErrorCode::kNotFound, ErrorCode::kPreconditionFailed},
    .example = R"({"path":{"device":"lamp-1"},"body":{"brightness":80,"on":true}})",
    .answer = R"({"brightness":80,"on":true})",
});

inline const auto kStatePatch = operation<StatePatch, TwinDocumentView>({
    .name = "state.patch",
    .method = Method::kPatch,
    .path = "/v1/devices/{device}/state",
    .scope = Scope::kStateWrite,
    .versioned = true,
    .says = "Changes what the device says it is.",
    .errors = {ErrorCode::kNotFound, ErrorCode::kPreconditionFailed},
    .example = R"({"path":{"device":"lamp-1"},"body":{"on":false}})",
    .answer = R"({"brightness":80,"on":false})",
});

}  // namespace tandem::contract
