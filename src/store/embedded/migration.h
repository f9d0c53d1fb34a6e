#pragma once

#include "store/embedded/sqlite.h"

#include <span>
#include <string_view>

namespace tandem::store {

/// Brings the schema up to date: `steps[n]` leads from version n to n + 1. All of the missing
/// steps or none, in one transaction.
/// Fails with kStorageFailed when the file is newer than the last step; `file` is for the detail.
Result<void> migrate(Connection& connection,
                     std::span<const std::string_view> steps,
                     std::string_view file);

/// `PRAGMA user_version`: how many steps have been taken.
Result<std::int64_t> schema_version(Connection& connection);

/// A value of the table `meta`, which both files have.
Result<std::optional<std::int64_t>> meta_number(Connection& connection, std::string_view key);
Result<std::optional<std::string>> meta_bytes(Connection& connection, std::string_view key);
Result<void> set_meta(Connection& connection, std::string_view key, std::int64_t value);
Result<void> set_meta(Connection& connection, std::string_view key, Blob value);

}  // namespace tandem::store
