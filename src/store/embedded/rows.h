#pragma once

#include "domain/access.h"
#include "store/embedded/sqlite.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::store {

// How rows of registry.db become records.

/// The file holds what this hub never writes: kStorageFailed.
inline std::unexpected<Error> damaged(std::string_view what) {
    return fail(ErrorCode::kStorageFailed,
                "registry.db holds an unknown " + std::string{what} + ": it is damaged");
}

/// The one of `all` that has this name; `what` it is, where none has.
template <typename All>
Result<typename All::value_type> named(std::string_view name,
                                       const All& all,
                                       std::string_view what) {
    for (const auto one : all) {
        if (name_of(one) == name) return one;
    }
    return damaged(what);
}

inline Result<PrincipalKind> kind_named(std::string_view name) {
    using enum PrincipalKind;
    return named(name, std::array{kDevice, kUser, kApp}, "kind of principal");
}

/// All rows of `query`, each read by `read`.
template <typename Row>
Result<std::vector<Row>> all_rows(Statement& query, Result<Row> (*read)(const Statement&)) {
    std::vector<Row> out;
    while (true) {
        auto more = query.next();
        if (!more) return pass(more);
        if (!*more) return out;
        auto row = read(query);
        if (!row) return pass(row);
        out.push_back(std::move(*row));
    }
}

/// The row of `query` if it has one.
template <typename Row>
Result<std::optional<Row>> one_row(Statement& query, Result<Row> (*read)(const Statement&)) {
    auto found = query.next();
    if (!found) return pass(found);
    if (!*found) return std::optional<Row>{};
    auto row = read(query);
    if (!row) return pass(row);
    return std::optional<Row>{std::move(*row)};
}

}  // namespace tandem::store
