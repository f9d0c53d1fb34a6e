#pragma once

#include "base/error.h"
#include "base/value.h"

#include <string>

namespace tandem {

// A device's schema: `{"series": {name: {"type", "unit"}}, "commands": {name: {"params": SCHEMA}},
// "config": SCHEMA}`, every part optional, where SCHEMA is a subset of JSON Schema 2020-12: type,
// properties, required, additionalProperties (boolean), items, enum, minimum, maximum, minLength,
// maxLength, minItems, maxItems, title, description. Null: anything goes. Numbers are compared
// exactly, 1 and 1.0 are the same, lengths count characters. Pointers are RFC 6901's.

/// Whether a schema is one. Fails with kInvalidField, pointers below /schema.
[[nodiscard]] Result<void> check_device_schema(const Value& schema);

/// Whether the device's schema knows the command and accepts the parameters. Fails with
/// kInvalidField for /name or below /params.
[[nodiscard]] Result<void> check_command(const Value& schema,
                                         const std::string& name,
                                         const Value& params);

/// Whether the device's schema accepts the config.
[[nodiscard]] Result<void> check_config(const Value& schema, const Value& config);

/// Whether `value` is as `schema` (the subset above) says. `pointer` is where the value stands.
[[nodiscard]] Result<void> validate(const Value& schema,
                                    const Value& value,
                                    const std::string& pointer);

}  // namespace tandem
