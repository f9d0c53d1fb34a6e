#pragma once

#include "store/embedded/sqlite.h"

#include <filesystem>
#include <memory>

struct sqlite3_backup;

namespace tandem::store {

/// Where a copy of a database is made. What a crash leaves there is removed at the next start.
[[nodiscard]] std::filesystem::path copy_of(const std::filesystem::path& file);

/// Removes the copy of `file` and what is beside it.
void remove_copy(const std::filesystem::path& file);

/// Writes what is in `file` to its copy, mode 0600: without what is free, with pages of
/// `page_bytes`. What is in `file`-wal is in `file` afterwards. Fails with kStorageFull and
/// kStorageFailed.
[[nodiscard]] Result<void> write_compact_copy(const std::filesystem::path& file, int page_bytes);

/// Puts the copy of `file`, which nobody has open, in its place when all of it is on the disk:
/// whenever that is interrupted one of both is there as a whole. Where `ending` is not empty,
/// `file` stays with what is beside it, its name followed by `ending`. Fails with kUnavailable
/// while `file` has a -wal otherwise: a program has it open.
[[nodiscard]] Result<void> put_copy_in_place(const std::filesystem::path& file,
                                             std::string_view ending);

/// Copies what a connection sees into a file of its own, some pages at a time. With a transaction
/// open on `from`, what others commit meanwhile changes nothing. One thread at a time.
class DatabaseCopy {
public:
    /// Makes `to`, mode 0600, in place of what was there. `from` outlives the copy. Fails with
    /// kStorageFull and kStorageFailed.
    static Result<std::unique_ptr<DatabaseCopy>> begin(Connection& from,
                                                       const std::filesystem::path& to);
    DatabaseCopy(const DatabaseCopy&) = delete;
    DatabaseCopy& operator=(const DatabaseCopy&) = delete;
    ~DatabaseCopy();

    /// Copies `pages` more; true when all are there. Fails as begin().
    Result<bool> step(int pages);

private:
    explicit DatabaseCopy(std::unique_ptr<Connection> to) : to_{std::move(to)} {}

    std::unique_ptr<Connection> to_;
    sqlite3_backup* copying_ = nullptr;
};

}  // namespace tandem::store
