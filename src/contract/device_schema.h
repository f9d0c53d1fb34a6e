#pragma once

#include "base/value.h"

namespace tandem::contract {

// What a device's schema (domain/schema.h) looks like, as JSON Schema: `DeviceSchema` and
// `ValueSchema` under components.

[[nodiscard]] Value device_schema();
[[nodiscard]] Value value_schema();

}  // namespace tandem::contract
