#include "store/embedded/database_copy.h"

#include "base/system_error.h"
#include "store/embedded/directory.h"
#include "store/telemetry/system_disk.h"

#include <unistd.h>

#include <array>
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

constexpr std::array<std::string_view, 2> kBeside{"-wal", "-shm"};

std::filesystem::path beside(const std::filesystem::path& file, std::string_view part) {
    return file.string() + std::string{part};
}

// Gives `file` a second name, with what belongs to it.
Result<void> put_aside(const std::filesystem::path& file, std::string_view ending) {
    const auto aside = beside(file, ending);
    if (::link(file.c_str(), aside.c_str()) != 0) return fail_with_errno("link", aside);
    std::error_code failed;
    for (const std::string_view part : kBeside) {
        const auto with = beside(file, part);
        if (!std::filesystem::exists(with, failed)) continue;
        std::filesystem::rename(with, beside(aside, part), failed);
        if (failed) return fail_with_errno("rename", with, failed.value());
    }
    return {};
}

}  // namespace

std::filesystem::path copy_of(const std::filesystem::path& file) {
    return file.string() + ".copy";
}

void remove_copy(const std::filesystem::path& file) {
    const auto copy = copy_of(file);
    std::error_code ignored;
    std::filesystem::remove(copy, ignored);
    for (const std::string_view part : kBeside)
        std::filesystem::remove(beside(copy, part), ignored);
}

Result<void> write_compact_copy(const std::filesystem::path& file, int page_bytes) {
    remove_copy(file);
    const std::string copy = copy_of(file).string();
    // Made by hand, for its mode: VACUUM takes a file that is empty.
    if (auto made = Connection::open_copy(copy); !made) return pass(made);
    auto opened = Connection::open(file, Connection::Role::kWriter);
    if (!opened) return pass(opened);
    auto done = (*opened)->execute(
        "PRAGMA wal_checkpoint(TRUNCATE);"
        "PRAGMA page_size=" +
        std::to_string(page_bytes) +
        ";"
        "PRAGMA auto_vacuum=INCREMENTAL;");
    if (!done) return done;
    return (*opened)->prepare("VACUUM INTO ?").bind(std::string_view{copy}).run();
}

Result<void> put_copy_in_place(const std::filesystem::path& file, std::string_view ending) {
    const auto copy = copy_of(file);
    auto disk = SystemDisk::open_existing(file.parent_path());
    if (!disk) return pass(disk);
    auto made = (*disk)->open(copy.filename().string(), Disk::Open::kExisting);
    if (!made) return pass(made);
    auto done = (*made)->sync();
    if (done && !ending.empty()) done = put_aside(file, ending);
    if (!done) return done;
    std::error_code missing;
    if (std::filesystem::exists(beside(file, "-wal"), missing)) return fail_open(file);
    // The -wal is gone for good before the file is another: none may be applied to the new one.
    done = (*disk)->sync();
    if (done) done = (*disk)->rename(copy.filename().string(), file.filename().string());
    if (done) done = (*disk)->sync();
    return done;
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
