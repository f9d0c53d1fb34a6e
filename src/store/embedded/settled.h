#pragma once

#include "base/error.h"
#include "store/telemetry/chunk_store.h"
#include "store/telemetry/log_check.h"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace tandem::store {

class Connection;

/// Opens and closes the store as a hub does: files are brought up to date, and the log is told what
/// only the registry knows. Fails as EmbeddedStore::open().
[[nodiscard]] Result<void> open_and_close(const std::filesystem::path& directory);

/// What the log has before it is put into chunks.
struct LogState {
    ChunkMarks marks;                ///< of telemetry.db
    std::vector<Nameless> nameless;  ///< whose rows are left out
};
[[nodiscard]] Result<LogState> log_state(Connection& telemetry, const std::filesystem::path& log);

/// Lets recovery begin where it would have begun with `marks`, which telemetry.db had before:
/// replaying what is in chunks already changes nothing.
[[nodiscard]] Result<void> replay_again(Connection& telemetry, const ChunkMarks& marks);

/// Puts what the log holds into chunks, and notes in telemetry.db that recovery needs nothing of it
/// any more: erasures need not be remembered then, and segments that are missing not be missed.
/// After open_and_close(), which makes the folder `log`. Gives how many readings of the log were
/// left out, because nobody knows what they are called.
[[nodiscard]] Result<std::uint64_t> put_all_in_chunks(Connection& telemetry,
                                                      const std::filesystem::path& log);

}  // namespace tandem::store
