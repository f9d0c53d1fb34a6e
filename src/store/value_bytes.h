#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/value.h"
#include "domain/device.h"

#include <map>
#include <string>
#include <string_view>

namespace tandem::store {

/// `value` as CBOR, exactly: what the database keeps of documents.
[[nodiscard]] std::string to_bytes(const Value& value);
/// The other way. Fails with kStorageFailed: only a damaged file holds anything else.
[[nodiscard]] Result<Value> from_bytes(std::string_view bytes);

/// Labels, and the times at which the keys of a twin changed, as a document.
[[nodiscard]] std::string to_bytes(const Labels& labels);
[[nodiscard]] Result<Labels> labels_from_bytes(std::string_view bytes);
using ChangeTimes = std::map<std::string, Instant, std::less<>>;
[[nodiscard]] std::string to_bytes(const ChangeTimes& times);
[[nodiscard]] Result<ChangeTimes> change_times_from_bytes(std::string_view bytes);

}  // namespace tandem::store
