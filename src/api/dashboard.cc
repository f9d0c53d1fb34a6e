// dashboards.*: one handler per operation.
#include "contract/dashboard.h"

#include "api/administration.h"
#include "api/bind.h"
#include "base/checked.h"
#include "codec/json.h"
#include "contract/precondition.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

namespace tandem::api {
namespace {

using contract::DashboardHead;
using contract::DashboardView;
using contract::Nothing;
using contract::Page;

DashboardHead head_of(const Dashboard& dashboard) {
    DashboardHead out{.id = dashboard.id.text(),
                      .title = dashboard.title,
                      .owner = {},
                      .shared = dashboard.shared ? "tenant" : "private",
                      .created = dashboard.created,
                      .updated = dashboard.updated,
                      .version = dashboard.version};
    if (dashboard.owner) {
        const Principal& owner = checked(dashboard.owner);
        out.owner = text_of(owner.kind, owner.id);
    }
    return out;
}

Answer<DashboardView> answer(const Dashboard& dashboard) {
    Answer<DashboardView> out = DashboardView{head_of(dashboard), dashboard.tiles};
    out.version = dashboard.version;
    return out;
}

// What the request says takes the place of what there is.
Result<void> apply(const World& world,
                   Dashboard& dashboard,
                   const contract::DashboardFields& fields) {
    if (auto good = contract::check_tiles(fields.tiles); !good) return good;
    const bool shared = fields.shared == "tenant";
    if (!shared && !dashboard.owner) {
        return fail_field("/shared", "its owner is no more: it stays shared, or is deleted");
    }
    Value tiles = contract::document_of(fields.tiles);
    const std::size_t most = world.rules().dashboard_bytes;
    if (codec::to_json(tiles).size() > most) {
        auto refused = fail(ErrorCode::kBodyTooLarge, "the tiles of a dashboard may take " +
                                                          std::to_string(most) + " bytes as JSON");
        refused.error().limit = "dashboards.bytes";
        return refused;
    }
    dashboard.title = fields.title;
    dashboard.shared = shared;
    dashboard.tiles = std::move(tiles);
    dashboard.updated = world.now();
    return {};
}

Result<void> check_counts(const World& world, const DashboardCounts& counts) {
    const Rules& rules = world.rules();
    if (counts.of_owner >= rules.dashboards_owned) {
        return too_many(rules.dashboards_owned, "dashboards of yours", "dashboards.owned");
    }
    if (counts.of_tenant >= rules.dashboards) {
        return too_many(rules.dashboards, "dashboards", "tenant.dashboards");
    }
    return {};
}

// One that the caller may read.
Task<Result<Dashboard>> load(World world, Actor actor, std::string id) {
    auto found = co_await world.registry().dashboard(actor.tenant, DashboardId{std::move(id)});
    if (!found) co_return pass(found);
    std::optional<Dashboard> dashboard = std::move(*found);
    if (!dashboard || !may_read(actor, *dashboard)) co_return no_such_dashboard();
    co_return checked(std::move(dashboard));
}

Task<Result<Answer<DashboardView>>> create(World world,
                                           Caller caller,
                                           contract::DashboardCreate request) {
    const Principal owner = principal_of(caller.actor);
    const Instant now = world.now();
    Dashboard dashboard{.tenant = owner.tenant,
                        .id = DashboardId{world.new_id()},
                        .owner = owner,
                        .title = {},
                        .created = now,
                        .updated = now,
                        .version = 1};
    if (auto good = apply(world, dashboard, request); !good) co_return pass(good);
    auto counts = co_await world.registry().dashboard_counts(owner);
    if (!counts) co_return pass(counts);
    if (auto room = check_counts(world, *counts); !room) co_return pass(room);
    Answer<DashboardView> out = answer(dashboard);
    out.location = "/v1/dashboards/" + dashboard.id.text();
    Transaction transaction;
    transaction.changes.emplace_back(PutDashboard{.dashboard = std::move(dashboard)});
    std::ranges::move(remembering(contract::kDashboardsCreate, caller, out, now),
                      std::back_inserter(transaction.changes));
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    co_return out;
}

Task<Result<Answer<Page<DashboardHead>>>> list(World world,
                                               Caller caller,
                                               contract::PageQuery request) {
    const auto limit = static_cast<std::size_t>(request.limit);
    // One more: whether there is a next page.
    DashboardQuery query{.tenant = caller.actor.tenant, .after = {}, .limit = limit + 1};
    if (!reads_every_dashboard(caller.actor)) query.reader = principal_of(caller.actor);
    if (request.cursor) {
        auto position = read_page_cursor('b', *request.cursor);
        if (!position) co_return pass(position);
        query.after = std::move(*position);
    }
    auto found = co_await world.registry().dashboards(std::move(query));
    if (!found) co_return pass(found);
    Page<DashboardHead> page;
    if (found->size() > limit) {
        found->pop_back();
        page.next = page_cursor('b', found->back().id.text());
    }
    for (const Dashboard& each : *found)
        page.items.push_back(head_of(each));
    co_return page;
}

Task<Result<Answer<DashboardView>>> get(World world,
                                        Caller caller,
                                        contract::DashboardGet request) {
    auto dashboard = co_await load(world, std::move(caller.actor), std::move(request.dashboard));
    if (!dashboard) co_return pass(dashboard);
    co_return answer(*dashboard);
}

Task<Result<Answer<DashboardView>>> put(World world,
                                        Caller caller,
                                        contract::DashboardPut request) {
    auto stored = co_await load(world, caller.actor, request.dashboard);
    if (!stored) co_return pass(stored);
    if (auto may = check_may_change(caller.actor, *stored); !may) co_return pass(may);
    if (!request.if_match) {
        co_return fail(ErrorCode::kPreconditionRequired,
                       "send If-Match with the version that the change was made from");
    }
    auto same =
        contract::check_preconditions(request.if_match, request.if_none_match, stored->version);
    if (!same) co_return pass(same);
    Dashboard changed = *stored;
    if (auto good = apply(world, changed, request); !good) co_return pass(good);
    ++changed.version;
    Answer<DashboardView> out = answer(changed);
    Transaction transaction;
    transaction.changes.emplace_back(
        PutDashboard{.dashboard = std::move(changed), .expected = stored->version});
    auto committed = co_await world.registry().commit(std::move(transaction));
    if (!committed) co_return pass(committed);
    co_return out;
}

Task<Result<Answer<Nothing>>> remove(World world,
                                     Caller caller,
                                     contract::DashboardDelete request) {
    auto stored = co_await load(world, caller.actor, request.dashboard);
    if (!stored) co_return pass(stored);
    if (auto may = check_may_change(caller.actor, *stored); !may) co_return pass(may);
    auto same =
        contract::check_preconditions(request.if_match, request.if_none_match, stored->version);
    if (!same) co_return pass(same);
    Transaction transaction;
    transaction.changes.emplace_back(DeleteDashboard{.tenant = stored->tenant, .id = stored->id});
    auto committed = co_await world.registry().commit(std::move(transaction));
    if (!committed) co_return pass(committed);
    co_return Nothing{};
}

// In turn, as users come and go: a dashboard's owner is there when it is stored.
constexpr std::array kHandlers{
    bind<contract::kDashboardsCreate, &InTurn<&create>::run>(),
    bind<contract::kDashboardsList, list>(),
    bind<contract::kDashboardsGet, get>(),
    bind<contract::kDashboardsPut, &InTurn<&put>::run>(),
    bind<contract::kDashboardsDelete, &InTurn<&remove>::run>(),
};

}  // namespace

std::span<const Bound> dashboard_handlers() {
    return kHandlers;
}

}  // namespace tandem::api
