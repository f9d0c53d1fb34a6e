#pragma once

#include "base/clock.h"
#include "base/error.h"

#include <sqlite3.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::store {

/// Bytes that are no text, to be bound as a BLOB.
struct Blob {
    std::string_view bytes;
};

/// A statement that a `Connection` has prepared, borrowed until this object's end. Binding and
/// stepping after a failure do nothing but give the failure again, so that only `next` and `run`
/// need a look.
class Statement {
public:
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    ~Statement();

    /// Binds the next parameter, from the first on. What is bound must outlive the statement.
    Statement& bind(std::int64_t number);
    Statement& bind(double number);
    Statement& bind(std::string_view text);
    Statement& bind(Blob blob);
    Statement& bind(std::nullptr_t);
    Statement& bind(Instant time) { return bind(std::int64_t{time.time_since_epoch().count()}); }
    Statement& bind(Duration span) { return bind(std::int64_t{span.count()}); }
    template <typename T>
    Statement& bind(const std::optional<T>& value) {
        return value ? bind(*value) : bind(nullptr);
    }

    /// Steps to the next row; false after the last.
    Result<bool> next();
    /// Runs a statement that gives no rows.
    Result<void> run();
    /// Makes ready for another round of `bind` and `next`.
    void reset();

    // Of the present row, columns from 0. Text and bytes are copies.
    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] double number(int column) const;
    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] std::string blob(int column) const;
    [[nodiscard]] Instant time(int column) const { return Instant{Duration{integer(column)}}; }
    [[nodiscard]] std::optional<Instant> time_if_any(int column) const;
    [[nodiscard]] std::optional<Duration> span_if_any(int column) const;

private:
    friend class Connection;
    Statement(sqlite3* database, sqlite3_stmt* statement, int status)
        : database_{database}, statement_{statement}, status_{status} {}
    void bound(int status);

    sqlite3* database_;
    sqlite3_stmt* statement_;  // None when it could not be prepared.
    int status_;               // SQLITE_OK, or the first failure.
    int parameter_ = 0;        // Bound so far.
};

/// A connection to one SQLite file. One thread at a time.
class Connection {
public:
    /// What is usual.
    static constexpr int kPageBytes = 4'096;

    enum class Role {
        kWriter,  ///< makes the file; the only one that writes and checkpoints
        kReader,  ///< read-only; never checkpoints, so that it cannot meet the writer's reset
    };

    /// Opens `file`, as a writer with mode 0600, WAL, `synchronous=FULL` and foreign keys; a file
    /// that is new has pages of `page_bytes`, a power of two from 512 to 65,536.
    /// Fails with kStorageFailed, also when the file is no database, with kUnavailable while
    /// another program has it locked.
    static Result<std::unique_ptr<Connection>> open(const std::filesystem::path& file,
                                                    Role role,
                                                    int page_bytes = kPageBytes);
    /// Makes `file`, mode 0600, for a copy that nobody needs after a crash: nothing is synced.
    /// Fails as open().
    static Result<std::unique_ptr<Connection>> open_copy(const std::filesystem::path& file);
    /// Opens `file`, which no hub has open, to look at it: nothing changes in it, nor beside it.
    /// What a hub that was killed has left in `file`-wal is seen. Fails as open().
    static Result<std::unique_ptr<Connection>> open_untouched(const std::filesystem::path& file);
    /// Lets statements of this connection read `file` as `name`, as open_untouched() would; what is
    /// in its -wal is not seen.
    Result<void> attach_untouched(const std::filesystem::path& file, const std::string& name);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    /// The statement `sql`, prepared at its first use. `sql` is a literal: the cache has as many
    /// entries as the program has statements. Not to be borrowed twice at a time.
    [[nodiscard]] Statement prepare(std::string_view sql);
    /// Runs statements without parameters, for schemas and transactions.
    Result<void> execute(const std::string& sql);
    /// The first number of the first row that `sql` gives, a literal as for prepare(); 0 of none.
    Result<std::int64_t> number(std::string_view sql);

    /// Whether a transaction is open. A failure can have ended it.
    [[nodiscard]] bool in_transaction() const { return sqlite3_get_autocommit(database_) == 0; }
    /// Rows that the last statement has changed.
    [[nodiscard]] std::int64_t changes() const { return sqlite3_changes64(database_); }
    [[nodiscard]] std::int64_t last_rowid() const { return sqlite3_last_insert_rowid(database_); }

    /// How long a statement waits for another program's lock; kUnavailable then. 5 s at first.
    void wait_for_locks(Duration longest);

    /// Statements stop with kUnavailable soon after `stop` becomes true. It outlives this.
    void stop_when(const std::atomic<bool>& stop);

private:
    friend class DatabaseCopy;
    explicit Connection(sqlite3* database) : database_{database} {}
    Result<void> configure(Role role, int page_bytes);

    sqlite3* database_;
    std::map<std::string, sqlite3_stmt*, std::less<>> statements_;
};

}  // namespace tandem::store
