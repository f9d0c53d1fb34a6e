#include "store/embedded/sqlite.h"

#include "base/check.h"
#include "base/fault.h"
#include "base/log.h"

#include <fcntl.h>
#include <unistd.h>

#include <limits>
#include <utility>

namespace tandem::store {
namespace {

// Inside the hub only a reader that meets a recovery ever waits, and never for long.
constexpr Duration kLockWait = 5s;
// A -wal goes back into its file when it is about so long.
constexpr std::int64_t kWalBytes = std::int64_t{4} << 20U;
// About every millisecond of a scan.
constexpr int kStepsBetweenLooks = 10'000;

// What the file is called, without the way to it.
std::string name_of(sqlite3* database) {
    const char* path = database == nullptr ? nullptr : sqlite3_db_filename(database, "main");
    return path == nullptr ? "the store" : std::filesystem::path{path}.filename().string();
}

Error error_of(int status, sqlite3* database) {
    const int extended = database == nullptr ? status : sqlite3_extended_errcode(database);
    const std::string file = name_of(database);
    std::string detail = file + " failed: " + sqlite3_errstr(status);
    switch (status & 0xFF) {
        case SQLITE_FULL:
            return fail(ErrorCode::kStorageFull, "the disk is full").error();
        case SQLITE_IOERR:
            // The file that processes share has to grow when a database is opened: nothing of the
            // database has been written by then.
            if (extended == SQLITE_IOERR_SHMSIZE) {
                return fail(ErrorCode::kStorageFull, "the disk is full").error();
            }
            break;
        case SQLITE_INTERRUPT:
            return fail(ErrorCode::kUnavailable, "the store is closing").error();
        case SQLITE_BUSY:
            return fail(ErrorCode::kUnavailable, "another program is writing to " + file).error();
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            detail = file + " is damaged: " + sqlite3_errstr(status);
            break;
        case SQLITE_CONSTRAINT:
            if (extended == SQLITE_CONSTRAINT_FOREIGNKEY) {
                return fail(ErrorCode::kNotFound, "there is no such device").error();
            }
            break;
        default:
            break;
    }
    log(LogLevel::kError, "store-failed",
        {{"reason", detail},
         {"code", std::to_string(extended)},
         {"errno", std::to_string(database == nullptr ? 0 : sqlite3_system_errno(database))}});
    return fail(ErrorCode::kStorageFailed, std::move(detail)).error();
}

int size_of(std::string_view bytes) {
    check(bytes.size() <= std::numeric_limits<int>::max());
    return static_cast<int>(bytes.size());
}

// SQLite would make it with the mode of the umask; its -wal and -shm take the mode of the file.
Result<void> create_private(const std::filesystem::path& file) {
    const int made = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (made < 0) return fail(ErrorCode::kStorageFailed, "cannot open " + file.string());
    ::close(made);
    return {};
}

bool has_bytes(const std::filesystem::path& file) {
    std::error_code missing;
    const auto bytes = std::filesystem::file_size(file, missing);
    return !missing && bytes > 0;
}

// https://www.sqlite.org/uri.html
std::string uri_of(const std::filesystem::path& file) {
    std::string uri = "file:";
    for (const char c : file.string()) {
        const bool special = c == '%' || c == '?' || c == '#';
        uri += special ? (c == '%' ? "%25" : c == '?' ? "%3f" : "%23") : std::string(1, c);
    }
    return uri;
}

}  // namespace

Statement::~Statement() {
    if (statement_ != nullptr) reset();
}

void Statement::bound(int status) {
    if (status_ == SQLITE_OK) status_ = status;
}

Statement& Statement::bind(std::int64_t number) {
    if (status_ == SQLITE_OK) bound(sqlite3_bind_int64(statement_, ++parameter_, number));
    return *this;
}

Statement& Statement::bind(double number) {
    if (status_ == SQLITE_OK) bound(sqlite3_bind_double(statement_, ++parameter_, number));
    return *this;
}

Statement& Statement::bind(std::string_view text) {
    if (status_ != SQLITE_OK) return *this;
    // A view of nothing may have no address, which SQLite would take for NULL.
    const char* data = text.empty() ? "" : text.data();
    bound(sqlite3_bind_text(statement_, ++parameter_, data, size_of(text), SQLITE_STATIC));
    return *this;
}

Statement& Statement::bind(Blob blob) {
    if (status_ != SQLITE_OK) return *this;
    const char* data = blob.bytes.empty() ? "" : blob.bytes.data();
    bound(sqlite3_bind_blob(statement_, ++parameter_, data, size_of(blob.bytes), SQLITE_STATIC));
    return *this;
}

Statement& Statement::bind(std::nullptr_t) {
    if (status_ == SQLITE_OK) bound(sqlite3_bind_null(statement_, ++parameter_));
    return *this;
}

Result<bool> Statement::next() {
    if (status_ == SQLITE_OK) {
        const int stepped = sqlite3_step(statement_);
        if (stepped == SQLITE_ROW) return true;
        if (stepped == SQLITE_DONE) return false;
        status_ = stepped;
    }
    return std::unexpected(error_of(status_, database_));
}

Result<void> Statement::run() {
    auto row = next();
    if (!row) return pass(row);
    check(!*row);
    return {};
}

void Statement::reset() {
    // Gives the failure of the last step once more; it has been told.
    static_cast<void>(sqlite3_reset(statement_));
    static_cast<void>(sqlite3_clear_bindings(statement_));
    parameter_ = 0;
    if (statement_ != nullptr) status_ = SQLITE_OK;
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_, column);
}

double Statement::number(int column) const {
    return sqlite3_column_double(statement_, column);
}

std::string Statement::text(int column) const {
    return blob(column);
}

std::string Statement::blob(int column) const {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    const int size = sqlite3_column_bytes(statement_, column);
    return data == nullptr ? std::string{} : std::string(data, static_cast<std::size_t>(size));
}

std::optional<Instant> Statement::time_if_any(int column) const {
    if (is_null(column)) return {};
    return time(column);
}

std::optional<Duration> Statement::span_if_any(int column) const {
    if (is_null(column)) return {};
    return Duration{integer(column)};
}

Result<std::unique_ptr<Connection>> Connection::open(const std::filesystem::path& file,
                                                     Role role,
                                                     int page_bytes) {
    if (role == Role::kWriter) {
        if (auto made = create_private(file); !made) return pass(made);
    }
    sqlite3* database = nullptr;
    const int access = role == Role::kWriter ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    // One thread at a time uses a connection: no mutexes inside.
    const int flags = access | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const int status = sqlite3_open_v2(file.c_str(), &database, flags, nullptr);
    // There is an object to close even when opening has failed.
    std::unique_ptr<Connection> opened{new Connection{database}};
    if (status != SQLITE_OK) return std::unexpected(error_of(status, database));
    if (auto done = opened->configure(role, page_bytes); !done) return pass(done);
    return opened;
}

Result<std::unique_ptr<Connection>> Connection::open_copy(const std::filesystem::path& file) {
    if (auto made = create_private(file); !made) return pass(made);
    sqlite3* database = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const int status = sqlite3_open_v2(file.c_str(), &database, flags, nullptr);
    std::unique_ptr<Connection> opened{new Connection{database}};
    if (status != SQLITE_OK) return std::unexpected(error_of(status, database));
    auto done = opened->execute("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;");
    if (!done) return pass(done);
    return opened;
}

Result<std::unique_ptr<Connection>> Connection::open_untouched(const std::filesystem::path& file) {
    if (has_bytes(file.string() + "-journal")) {
        return fail(ErrorCode::kUnavailable, file.filename().string() +
                                                 " has a -journal that must be rolled back first: "
                                                 "start the hub and stop it");
    }
    sqlite3* database = nullptr;
    // Whoever reads a -wal makes a -shm, unless the file is its alone: then all is in memory.
    const bool wal = has_bytes(file.string() + "-wal");
    const std::string uri = uri_of(file) + (wal ? "" : "?immutable=1");
    const int access = wal ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    const int flags = access | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const int status = sqlite3_open_v2(uri.c_str(), &database, flags, nullptr);
    std::unique_ptr<Connection> opened{new Connection{database}};
    if (status != SQLITE_OK) return std::unexpected(error_of(status, database));
    sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    auto done = opened->execute("PRAGMA query_only=ON; PRAGMA locking_mode=EXCLUSIVE;");
    if (!done) return pass(done);
    return opened;
}

Result<void> Connection::attach_untouched(const std::filesystem::path& file,
                                          const std::string& name) {
    const std::string uri = uri_of(file) + "?immutable=1";
    return prepare("ATTACH ? AS " + name).bind(std::string_view{uri}).run();
}

Result<void> Connection::configure(Role role, int page_bytes) {
    wait_for_locks(kLockWait);
    if (role == Role::kReader) {
        sqlite3_db_config(database_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
        return {};
    }
    auto done = execute(
        "PRAGMA page_size=" + std::to_string(page_bytes) +
        ";"
        "PRAGMA auto_vacuum=INCREMENTAL;"
        "PRAGMA journal_mode=WAL;" +
        std::string{has_fault(Fault::kRegistryNotSynced) ? "PRAGMA synchronous=OFF;"
                                                         : "PRAGMA synchronous=FULL;"} +
        // A file for what is in between could fail to open when sockets have used up the rest.
        "PRAGMA temp_store=MEMORY;"
        "PRAGMA foreign_keys=ON;");
    if (!done) return done;
    auto bytes = number("PRAGMA page_size");  // An older file has its own.
    if (!bytes) return pass(bytes);
    return execute("PRAGMA wal_autocheckpoint=" + std::to_string(kWalBytes / *bytes));
}

Connection::~Connection() {
    for (const auto& [sql, statement] : statements_)
        sqlite3_finalize(statement);
    sqlite3_close(database_);
}

Statement Connection::prepare(std::string_view sql) {
    const auto known = statements_.find(sql);
    if (known != statements_.end()) return {database_, known->second, SQLITE_OK};
    sqlite3_stmt* statement = nullptr;
    const int status = sqlite3_prepare_v3(database_, sql.data(), size_of(sql),
                                          SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (status == SQLITE_OK) statements_.emplace(sql, statement);
    return {database_, statement, status};
}

Result<void> Connection::execute(const std::string& sql) {
    const int status = sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
    if (status != SQLITE_OK) return std::unexpected(error_of(status, database_));
    return {};
}

Result<std::int64_t> Connection::number(std::string_view sql) {
    Statement query = prepare(sql);
    auto row = query.next();
    if (!row) return pass(row);
    return *row ? query.integer(0) : 0;
}

void Connection::wait_for_locks(Duration longest) {
    sqlite3_busy_timeout(database_, static_cast<int>(longest / 1ms));
}

void Connection::stop_when(const std::atomic<bool>& stop) {
    const auto look = [](void* flag) -> int {
        return static_cast<const std::atomic<bool>*>(flag)->load(std::memory_order_relaxed) ? 1 : 0;
    };
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): the C API has no const
    auto* flag = const_cast<std::atomic<bool>*>(&stop);
    sqlite3_progress_handler(database_, kStepsBetweenLooks, look, flag);
}

}  // namespace tandem::store
