#include "store/embedded/rebuild.h"

#include "store/embedded/database_copy.h"
#include "store/embedded/migration.h"

#include <algorithm>
#include <limits>

namespace tandem::store {
namespace {

// Rows that are copied with one statement: when one of them cannot be read, all are tried again by
// halves.
constexpr std::int64_t kRowsAtOnce = 1'000;
// Blocks of numbers without anything to read, one behind the other, after which there is no more.
constexpr int kBadBlocksMax = 20;

std::string text(std::int64_t number) {
    return std::to_string(number);
}

/// Copies tables from the attached database `old` into `main`.
class TableCopy {
public:
    explicit TableCopy(Connection& to) : to_{to} {}

    Result<Rebuilt::Table> copy(const std::string& name) {
        table_ = {.name = name};
        auto keys = keys_of(name);
        if (!keys) return pass(keys);
        auto done = keys->size() == 1 ? copy_by_number(keys->front()) : copy_from_ends(*keys);
        if (!done) return pass(done);
        auto kept = count(name);
        if (!kept) return pass(kept);
        table_.kept = static_cast<std::uint64_t>(*kept);
        return table_;
    }

private:
    // One column of whole numbers, or several, or one of another type: then twice.
    Result<std::vector<std::string>> keys_of(const std::string& name) {
        Statement info =
            to_.prepare("SELECT name, type FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk");
        info.bind(name);
        std::vector<std::string> keys;
        bool numbers = true;
        while (true) {
            auto more = info.next();
            if (!more) return pass(more);
            if (!*more) break;
            keys.push_back(info.text(0));
            numbers = numbers && info.text(1) == "INTEGER";
        }
        if (keys.size() == 1 && !numbers) keys.push_back(keys.front());
        return keys;
    }

    Result<std::int64_t> count(const std::string& name) {
        return number_of("SELECT count(*) FROM main." + name);
    }

    // Without the cache of statements, which is for literals.
    Result<std::int64_t> number_of(const std::string& sql) {
        auto done = to_.execute("DELETE FROM temp.told; INSERT INTO temp.told " + sql);
        if (!done) return pass(done);
        return to_.number("SELECT number FROM temp.told");
    }

    // Only what is wrong with the old file may be passed over.
    static bool is_of_old(const Error& error) { return error.code != ErrorCode::kStorageFull; }

    // ---- tables whose rows have numbers

    Result<void> copy_by_number(const std::string& key) {
        std::int64_t at = 0;
        int bad = 0;
        while (bad < kBadBlocksMax) {
            auto next = number_of("SELECT ifnull(min(" + key + "), -1) FROM old." + table_.name +
                                  " WHERE " + key + " >= " + text(at));
            if (next && *next < 0) return {};
            if (next) at = *next;
            const std::uint64_t failed = table_.failed;
            if (auto done = copy_range(key, at, at + kRowsAtOnce - 1); !done) return done;
            bad = !next && table_.failed > failed ? bad + 1 : 0;
            at += kRowsAtOnce;
        }
        return {};
    }

    // NOLINTNEXTLINE(misc-no-recursion): half of it each time
    Result<void> copy_range(const std::string& key, std::int64_t first, std::int64_t last) {
        auto done = to_.execute("INSERT OR IGNORE INTO main." + table_.name +
                                " SELECT * FROM old." + table_.name + " WHERE " + key +
                                " BETWEEN " + text(first) + " AND " + text(last));
        if (done || !is_of_old(done.error())) return done;
        if (first == last) {
            ++table_.failed;
            return {};
        }
        const std::int64_t middle = first + (last - first) / 2;
        if (auto half = copy_range(key, first, middle); !half) return half;
        return copy_range(key, middle + 1, last);
    }

    // ---- small tables with other keys: all from the front, and from the back, as far as it goes

    Result<void> copy_from_ends(const std::vector<std::string>& keys) {
        auto all = to_.execute("INSERT OR IGNORE INTO main." + table_.name + " SELECT * FROM old." +
                               table_.name);
        if (all || !is_of_old(all.error())) return all;
        for (const char* order : {"", " DESC"}) {
            std::string by;
            for (const std::string& each : keys)
                by += (by.empty() ? "" : ", ") + each + order;
            auto whole = copy_in_order(by);
            if (!whole) return pass(whole);
            if (*whole) return {};
        }
        ++table_.failed;
        return {};
    }

    // Whether all could be read.
    Result<bool> copy_in_order(const std::string& by) {
        for (std::int64_t at = 0;; at += kRowsAtOnce) {
            auto done = to_.execute("INSERT OR IGNORE INTO main." + table_.name +
                                    " SELECT * FROM old." + table_.name + " ORDER BY " + by +
                                    " LIMIT " + text(kRowsAtOnce) + " OFFSET " + text(at));
            if (done && to_.changes() == 0) return true;
            if (done) continue;
            if (!is_of_old(done.error())) return pass(done);
            done = copy_singly(by, at);
            if (!done) return pass(done);
            return false;
        }
    }

    Result<void> copy_singly(const std::string& by, std::int64_t from) {
        for (std::int64_t at = from; at < from + kRowsAtOnce; ++at) {
            auto done =
                to_.execute("INSERT OR IGNORE INTO main." + table_.name + " SELECT * FROM old." +
                            table_.name + " ORDER BY " + by + " LIMIT 1 OFFSET " + text(at));
            if (done) continue;
            if (!is_of_old(done.error())) return done;
            break;
        }
        return {};
    }

    Connection& to_;
    Rebuilt::Table table_;
};

// What the file's rows are like. Today's, where nothing can be read of it.
std::size_t version_of(const std::filesystem::path& file, std::size_t known) {
    auto opened = Connection::open_untouched(file);
    if (!opened) return known;
    const auto version = schema_version(**opened);
    if (!version || *version < 1) return known;
    return std::min(known, static_cast<std::size_t>(*version));
}

std::vector<std::string> tables_of(Connection& made) {
    Statement names = made.prepare(
        "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
    std::vector<std::string> out;
    while (true) {
        auto more = names.next();
        if (!more || !*more) return out;
        out.push_back(names.text(0));
    }
}

Result<std::vector<Rebuilt::Table>> fill(Connection& made, const std::filesystem::path& file) {
    // Where even its schema cannot be read nothing can.
    if (!made.attach_untouched(file, "old")) return std::vector<Rebuilt::Table>{};
    if (!made.number("SELECT count(*) FROM old.sqlite_schema")) {
        return std::vector<Rebuilt::Table>{};
    }
    // No transaction around them all: a failure to read would end it. What is copied is synced at
    // the end.
    auto done = made.execute(
        "CREATE TEMP TABLE told (number INTEGER); PRAGMA foreign_keys=OFF; "
        "PRAGMA synchronous=OFF");
    if (!done) return pass(done);
    std::vector<Rebuilt::Table> out;
    TableCopy copy{made};
    for (const std::string& name : tables_of(made)) {
        auto table = copy.copy(name);
        if (!table) return pass(table);
        out.push_back(std::move(*table));
    }
    return out;
}

}  // namespace

Result<Rebuilt> rebuild(const std::filesystem::path& file,
                        std::span<const std::string_view> steps,
                        int page_bytes,
                        std::string_view ending) {
    Rebuilt out{.aside = file.filename().string() + std::string{ending}, .tables = {}};
    {
        remove_copy(file);
        auto made = Connection::open(copy_of(file), Connection::Role::kWriter, page_bytes);
        if (!made) return pass(made);
        auto ready =
            migrate(**made, steps.first(version_of(file, steps.size())), file.filename().string());
        if (!ready) return pass(ready);
        auto tables = fill(**made, file);
        if (!tables) return pass(tables);
        out.tables = std::move(*tables);
    }
    if (auto done = put_copy_in_place(file, ending); !done) return pass(done);
    return out;
}

}  // namespace tandem::store
