#pragma once

#include "contract/operation.h"

#include <string>
#include <vector>

namespace tandem::contract {

// What openapi.cc and asyncapi.cc share: the JSON Schemas of the catalogue, each described once.

/// `components/schemas`: every struct that the operations mention, Problem, and what devices say of
/// themselves. Operations that are at another door alone, `left_out`, do not count.
[[nodiscard]] Value component_schemas(Doors left_out);

/// The schema of an operation's body: a `$ref`, or that of the whole body; null without one.
[[nodiscard]] Value request_body_schema(const Operation& operation);
[[nodiscard]] Value response_body_schema(const Operation& operation);
/// The schema of a body in `encoding` whose value has the schema `value`. Formats that are no tree
/// of values are texts; SenML packs have a schema of their own.
[[nodiscard]] Value schema_in(Encoding encoding, const Value& value);

/// The encodings of a request's body and of an answer's. Files are answers only of what is read in
/// pages: many rows.
[[nodiscard]] std::vector<Encoding> request_encodings(const Operation& operation);
[[nodiscard]] std::vector<Encoding> response_encodings(const Operation& operation);

/// Whether the body of a request has to be there.
[[nodiscard]] bool request_body_needed(const Operation& operation);

/// The operation's example, parsed: `{"path","query","headers","body"}`. `$command`, `$key`,
/// `$secret`, `$grant` and `$dashboard` stand for what an example before it made.
[[nodiscard]] Value example_of(const Operation& operation);
/// The same with ids in their place.
[[nodiscard]] Value shown_example_of(const Operation& operation);
/// The body that answers it; null without one.
[[nodiscard]] Value answer_of(const Operation& operation);

/// What an operation is about, the first part of its name.
[[nodiscard]] std::string_view noun_of(const Operation& operation);
/// `[{"name","description"}]` for the nouns of the operations; `left_out` as above.
[[nodiscard]] Value tags(Doors left_out);

/// The error as the documents show it, with everything that such a problem has.
[[nodiscard]] Value problem_example(ErrorCode code);
/// What may go wrong with an operation: its own errors and those of every one, each once. Beside
/// these stands what a door refuses before there is an operation.
[[nodiscard]] std::vector<ErrorCode> errors_of(const Operation& operation);

/// What all documents say of the project.
[[nodiscard]] Value license();
[[nodiscard]] Value contact();

/// The hub's version, as the documents tell it.
inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace tandem::contract
