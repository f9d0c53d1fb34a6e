#include "store/embedded/migration.h"

namespace tandem::store {
namespace {

constexpr std::string_view kGetMeta = "SELECT value FROM meta WHERE key = ?";
constexpr std::string_view kSetMeta = "INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)";

Result<void> take_steps(Connection& connection, std::span<const std::string_view> steps) {
    for (const std::string_view step : steps) {
        if (auto done = connection.execute(std::string{step}); !done) return done;
    }
    return {};
}

}  // namespace

Result<std::int64_t> schema_version(Connection& connection) {
    return connection.number("PRAGMA user_version");
}

Result<void> migrate(Connection& connection,
                     std::span<const std::string_view> steps,
                     std::string_view file) {
    const auto version = schema_version(connection);
    if (!version) return std::unexpected(version.error());
    const auto known = static_cast<std::int64_t>(steps.size());
    if (*version > known) {
        return fail(ErrorCode::kStorageFailed,
                    std::string{file} + " has version " + std::to_string(*version) +
                        ", this hub knows versions up to " + std::to_string(known) +
                        ": start the newer hub that wrote it");
    }
    if (*version == known) return {};
    if (auto begun = connection.execute("BEGIN IMMEDIATE"); !begun) return begun;
    auto done = take_steps(connection, steps.subspan(static_cast<std::size_t>(*version)));
    if (done) done = connection.execute("PRAGMA user_version = " + std::to_string(known));
    if (done) done = connection.execute("COMMIT");
    if (!done && connection.in_transaction()) {
        static_cast<void>(connection.execute("ROLLBACK"));  // The first failure is the one to tell.
    }
    return done;
}

Result<std::optional<std::int64_t>> meta_number(Connection& connection, std::string_view key) {
    Statement get = connection.prepare(kGetMeta);
    auto row = get.bind(key).next();
    if (!row) return pass(row);
    if (!*row) return std::nullopt;
    return get.integer(0);
}

Result<std::optional<std::string>> meta_bytes(Connection& connection, std::string_view key) {
    Statement get = connection.prepare(kGetMeta);
    auto row = get.bind(key).next();
    if (!row) return pass(row);
    if (!*row) return std::nullopt;
    return get.blob(0);
}

Result<void> set_meta(Connection& connection, std::string_view key, std::int64_t value) {
    return connection.prepare(kSetMeta).bind(key).bind(value).run();
}

Result<void> set_meta(Connection& connection, std::string_view key, Blob value) {
    return connection.prepare(kSetMeta).bind(key).bind(value).run();
}

}  // namespace tandem::store
