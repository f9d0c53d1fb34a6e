#pragma once

#include "api/call.h"
#include "api/paging.h"
#include "api/world.h"
#include "contract/precondition.h"
#include "contract/shape.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tandem::api {

// What changes of users, apps, grants and tenants have in common.

/// Runs a handler where who may do what is changed: on the first loop, one change after the other,
/// so that memory learns of them in the order of their commits.
template <auto kHandle>
struct InTurn;
// NOLINTNEXTLINE(readability-identifier-naming): named like every constant
template <typename R, typename Q, Task<Result<Answer<R>>> (*kHandle)(World, Caller, Q)>
struct InTurn<kHandle> {
    static Task<Result<Answer<R>>> run(World world, Caller caller, Q request) {
        Shard& here = world.shard();
        Shard& home = *world.hub().shards.front();
        if (&home != &here) co_await hop(home.executor);
        auto answer = co_await alone(World{home}, std::move(caller), std::move(request));
        if (&home != &here) co_await hop(here.executor);
        co_return answer;
    }

private:
    static Task<Result<Answer<R>>> alone(World world, Caller caller, Q request) {
        const auto turn = co_await world.shard().policy.enter();
        co_return co_await kHandle(world, std::move(caller), std::move(request));
    }
};

/// One page of `all`, which are in order of what `id_of` gives. `kind`: of the cursor.
template <typename T, typename View, typename IdOf>
Result<std::vector<T>> page_of(std::vector<T> all,
                               char kind,
                               const View& asked,
                               IdOf id_of,
                               std::optional<std::string>& next) {
    std::vector<T> out;
    std::string after;
    if (asked.cursor) {
        auto position = read_page_cursor(kind, *asked.cursor);
        if (!position) return pass(position);
        after = std::move(*position);
    }
    for (T& each : all) {
        if (id_of(each) <= after) continue;
        if (out.size() == static_cast<std::size_t>(asked.limit)) {
            next = page_cursor(kind, id_of(out.back()));
            break;
        }
        out.push_back(std::move(each));
    }
    return out;
}

/// `fields` with a merge patch applied, read again as the contract describes them.
template <typename Fields>
Result<Fields> patched(const Fields& fields, const Value& change) {
    if (change.get<Value::Object>() == nullptr) return contract::wrong("an object is expected");
    const auto reread = [](std::string_view text, auto read) -> Result<void> {
        const auto reader = contract::make_reader(contract::Encoding::kJson, text, {});
        if (auto token = reader->next(); !token) return pass(token);
        return read(*reader);
    };
    const auto writer = contract::make_writer(contract::Encoding::kJson);
    contract::write_object(*writer, contract::shape<Fields>(), &fields);
    Value value;
    auto parsed = reread(writer->take(), [&](Reader& reader) -> Result<void> {
        auto read = read_value(reader);
        if (!read) return pass(read);
        value = std::move(*read);
        return {};
    });
    if (!parsed) return pass(parsed);
    merge_patch(value, change);
    const auto again = contract::make_writer(contract::Encoding::kJson);
    write_value(*again, value);
    Fields out;
    auto good = reread(again->take(), [&](Reader& reader) {
        return contract::read_object(reader, contract::shape<Fields>(), &out);
    });
    if (!good) return pass(good);
    return out;
}

/// The tenant, or the hub, has as many as it may: 409.
[[nodiscard]] inline std::unexpected<Error> too_many(std::size_t most,
                                                     std::string_view what,
                                                     std::string limit) {
    auto refused = fail(ErrorCode::kConflict, "there are " + std::to_string(most) + " " +
                                                  std::string{what} + ", as many as there may be");
    refused.error().limit = std::move(limit);
    return refused;
}

/// The hash of a password, off the loop; in the simulator, which has no threads, on it.
[[nodiscard]] Task<Result<std::string>> hash_of(World world, std::string password);
/// Whether it is the password of `phc`.
[[nodiscard]] Task<Result<bool>> is_password(World world, std::string password, std::string phc);

/// All credentials of a user or an app that is no more: its sessions and sockets end.
void end_credentials(World world, const Principal& principal);

}  // namespace tandem::api
