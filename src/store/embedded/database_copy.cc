#include "store/embedded/database_copy.h"

#include <system_error>
#include <utility>

namespace tandem::store {
namespace {

Error error_of(int status, sqlite3* to) {
    if ((status & 0xFF) == SQLITE_FULL) {
        return fail(ErrorCode::kStorageFull, "the disk has no room for a copy").error();
    }
    return fail(ErrorCode::kStorageFailed, std::string{"the copy of a database failed: "} +
                                               sqlite3_errstr(status) + ", " + sqlite3_errmsg(to))
        .error();
}

std::string quoted(const std::filesystem::path& file) {
    std::string out = "'";
    for (const char c : file.string())
        out += c == '\'' ? std::string{"''"} : std::string(1, c);
    return out + "'";
}

}  // namespace

std::filesystem::path copy_of(const std::filesystem::path& file) {
    return file.string() + ".copy";
}

Result<void> write_compact_copy(const std::filesystem::path& file,
                                const std::filesystem::path& copy,
                                int page_bytes) {
    std::error_code ignored;
    std::filesystem::remove(copy, ignored);
    // Made by hand, for its mode: VACUUM takes a file that is empty.
    if (auto made = Connection::open_copy(copy); !made) return pass(made);
    auto opened = Connection::open(file, Connection::Role::kWriter);
    if (!opened) return pass(opened);
    return (*opened)->execute(
        "PRAGMA wal_checkpoint(TRUNCATE);"
        "PRAGMA page_size=" +
        std::to_string(page_bytes) +
        ";"
        "PRAGMA auto_vacuum=INCREMENTAL;"
        "VACUUM INTO " +
        quoted(copy));
}

Result<std::unique_ptr<DatabaseCopy>> DatabaseCopy::begin(Connection& from,
                                                          const std::filesystem::path& to) {
    std::error_code ignored;
    std::filesystem::remove(to, ignored);
    auto made = Connection::open_copy(to);
    if (!made) return pass(made);
    std::unique_ptr<DatabaseCopy> copy{new DatabaseCopy{std::move(*made)}};
    sqlite3* target = copy->to_->database_;
    copy->copying_ = sqlite3_backup_init(target, "main", from.database_, "main");
    if (copy->copying_ == nullptr) {
        return std::unexpected(error_of(sqlite3_errcode(target), target));
    }
    return copy;
}

DatabaseCopy::~DatabaseCopy() {
    if (copying_ != nullptr) sqlite3_backup_finish(copying_);
}

Result<bool> DatabaseCopy::step(int pages) {
    const int stepped = sqlite3_backup_step(copying_, pages);
    if (stepped == SQLITE_OK) return false;
    if (stepped != SQLITE_DONE) return std::unexpected(error_of(stepped, to_->database_));
    const int ended = sqlite3_backup_finish(std::exchange(copying_, nullptr));
    if (ended != SQLITE_OK) return std::unexpected(error_of(ended, to_->database_));
    return true;
}

}  // namespace tandem::store
