#pragma once

#include "contract/operation.h"

#include <string>

namespace tandem::contract {

// What openapi.cc and asyncapi.cc share: the JSON Schemas of the catalogue, each described once.

/// `components/schemas`: every struct that the operations mention, and Problem.
[[nodiscard]] Value component_schemas();

/// The schema of an operation's body: a `$ref`, or that of the whole body; null without one.
[[nodiscard]] Value request_body_schema(const Operation& operation);
[[nodiscard]] Value response_body_schema(const Operation& operation);

/// Whether the body of a request has to be there.
[[nodiscard]] bool request_body_needed(const Operation& operation);

/// The operation's example, parsed: `{"path","query","headers","body"}`.
[[nodiscard]] Value example_of(const Operation& operation);

/// The hub's version, as the documents tell it.
inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace tandem::contract
