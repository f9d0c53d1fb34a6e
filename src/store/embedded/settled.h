#pragma once

#include "base/error.h"
#include "store/telemetry/log_check.h"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace tandem::store {

class Connection;

/// Opens and closes the store as a hub does: files are brought up to date, and the log is told what
/// only the registry knows. Fails as EmbeddedStore::open().
[[nodiscard]] Result<void> open_and_close(const std::filesystem::path& directory);

/// Rows of the log that recovery leaves out, because what they are called is not known.
struct LeftOut {
    std::uint64_t readings = 0;
    std::vector<Nameless> nameless;  ///< devices whose names are lost for good
};
[[nodiscard]] Result<LeftOut> left_out(Connection& telemetry, const std::filesystem::path& log);

/// Puts what the log holds into chunks, and notes in telemetry.db that recovery needs nothing of it
/// any more: erasures need not be remembered then, and segments that are missing not be missed.
/// After open_and_close(), which makes the folder `log`. Fails as the disk does.
[[nodiscard]] Result<void> put_all_in_chunks(Connection& telemetry,
                                             const std::filesystem::path& log);

}  // namespace tandem::store
