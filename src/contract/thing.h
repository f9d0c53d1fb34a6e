#pragma once

#include "contract/device.h"
#include "domain/telemetry.h"

#include <string>
#include <vector>

namespace tandem::contract {

// ---------------------------------------------------------------- messages

/// A W3C Thing Description 1.1.
struct ThingDocument {
    Value value;
};
template <>
struct Codec<ThingDocument> {
    static Result<void> read(Reader& reader, ThingDocument& out, const Field& field);
    static void write(Writer& writer, const ThingDocument& value);
    static Value schema(const Field& field);
};

struct ThingView {
    ThingDocument document;
};
inline const Shape& shape_of(const ThingView*) {
    static const Shape made{
        .name = "ThingDescription",
        .fields = {field<&ThingView::document>({.name = "document", .from = From::kBody})}};
    return made;
}

/// Describes the device as a thing: its series, config and state as properties, its commands as
/// actions, its coming and going as events. Each has a form for each door that can carry it.
///
/// `series` are those that are declared or have readings; a declaration counts before what the
/// device's schema says of the same name. `base` is the hub as the client reached it,
/// `https://hub.example:8443`; of the WebSocket form `wss` then, as `ws` of `http`.
[[nodiscard]] Value thing_description(const Device& device,
                                      const std::vector<Series>& series,
                                      const std::string& base);

/// The description of the device that the examples make, in JSON.
[[nodiscard]] std::string_view thing_example();

// ---------------------------------------------------------------- operations

inline const auto kTdGet = operation<DeviceGet, ThingView>({
    .name = "td.get",
    .path = "/v1/devices/{device}/td",
    .scope = Scope::kDevicesRead,
    .json_type = "application/td+json",
    .says = "Describes the device as a W3C Thing Description 1.1, with forms for both doors.",
    .errors = {ErrorCode::kNotFound},
    .example = R"({"path":{"device":"lamp-1"}})",
    .answer = thing_example(),
});

}  // namespace tandem::contract
