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

struct TwinView {
    VersionedDocument config;
    VersionedDocument state;
    SyncView sync;
};
inline const Shape& shape_of(const TwinView*) {
    static const Shape made{
        .name = "Twin",
        .fields = {
            field<&TwinView::config>({.name = "config", .required = true}),
            field<&TwinView::state>({.name = "state", .required = true}),
            field<&TwinView::sync>(
                {.name = "sync", .required = true, .says = "How each key of the config stands."})}};
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
    static const Shape made = [] {
        Shape shape{.name = kPatch ? "TwinPatch" : "TwinPut",
                    .fields = {device_in_path(field<&T::device>({})),
                               field<&T::body>({.name = "body",
                                                .from = From::kBody,
                                                .required = true,
                                                .says = kPatch ? "A JSON Merge Patch, RFC 7396."
                                                               : "The whole document, an object.",
                                                .described = any_object})}};
        for (const Field& each : preconditions<T>())
            shape.fields.push_back(each);
        return shape;
    }();
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

inline const auto kConfigGet = operation<DeviceGet, TwinDocumentView>({
    .name = "config.get",
    .path = "/v1/devices/{device}/config",
    .scope = Scope::kConfigRead,
    .versioned = true,
    .says = "Gives what the owner wants of the device.",
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
