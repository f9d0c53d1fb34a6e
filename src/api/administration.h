#pragma once

#include "api/again.h"
#include "api/call.h"
#include "api/paging.h"
#include "api/world.h"

#include <optional>
#include <string>
#include <type_traits>
#include <utility>

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
        const Resource tenant{.tenant = caller.actor.tenant, .device = {}};
        auto still = ask_again(world, caller, tenant);
        if (!still) co_return pass(still);
        caller.actor = std::move(*still);
        co_return co_await kHandle(world, std::move(caller), std::move(request));
    }
};

/// One page of what `rows_of` gives, in order of what `id_of` gives. `kind`: of the cursor.
template <typename View, typename RowsOf, typename IdOf>
auto page_of(RowsOf rows_of,
             char kind,
             const View& asked,
             IdOf id_of,
             std::optional<std::string>& next)
    -> Result<std::invoke_result_t<RowsOf, const auth::Rows&>> {
    const auto limit = static_cast<std::size_t>(asked.limit);
    auth::Rows rows{.after = {}, .limit = limit + 1};  // Whether there is a next page.
    if (asked.cursor) {
        auto position = read_page_cursor(kind, *asked.cursor);
        if (!position) return pass(position);
        rows.after = std::move(*position);
    }
    auto out = rows_of(rows);
    if (out.size() > limit) {
        out.pop_back();
        next = page_cursor(kind, id_of(out.back()));
    }
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
