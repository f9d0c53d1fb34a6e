#pragma once

#include "base/clock.h"
#include "base/error.h"

#include <filesystem>
#include <functional>
#include <string>

namespace tandem::store {

/// Something that salvaging has done, in a sentence.
struct SalvageAct {
    std::string file;  ///< below the data directory
    std::string what;
};

/// Keeps what is whole of the store of a hub that does not run, so that check_directory() finds no
/// damage any more and a hub starts:
///
/// - a database that SQLite calls malformed is made anew of the rows that can be read;
/// - segments of the log are written anew without what is damaged in them;
/// - chunks that cannot be read go to the table `damaged`; those that are whole but in the wrong
///   place, or overlap, are put where they belong; wrong summaries are made anew;
/// - devices and series whose name is lost get one, `lost-3`, so that their readings, in chunks and
///   in the log, can be asked for;
/// - what the log holds is put into chunks.
///
/// A damaged file is never deleted: it keeps a name that ends in `.damaged-` and the time `now`.
/// `told` hears of all that is done. Can be interrupted and repeated.
///
/// Fails with kNotFound where no hub's data is, with kUnavailable while a hub runs there, with
/// kStorageFull, and with kStorageFailed for what cannot be mended: a file of a newer hub. Blocks.
[[nodiscard]] Result<void> salvage_directory(const std::filesystem::path& directory,
                                             Instant now,
                                             const std::function<void(const SalvageAct&)>& told);

}  // namespace tandem::store
