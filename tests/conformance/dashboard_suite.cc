#include "conformance/suites.h"

namespace tandem::conformance {
namespace {

const TenantId kHome{"home"};
const TenantId kPlant{"plant"};

Principal user(std::string id, const TenantId& tenant = kHome) {
    return {.kind = PrincipalKind::kUser, .tenant = tenant, .id = std::move(id)};
}
Principal app(std::string id) {
    return {.kind = PrincipalKind::kApp, .tenant = kHome, .id = std::move(id)};
}

Dashboard board(std::string id, const Principal& owner, bool shared = false) {
    return {.tenant = owner.tenant,
            .id = DashboardId{std::move(id)},
            .owner = owner,
            .title = "Hall 3",
            .shared = shared,
            .created = kNoon,
            .updated = kNoon + 1s,
            .version = 1,
            .tiles = Value::Array{Value::Object{{"kind", "text"}, {"x", 0}}}};
}

PutUser made_user(std::string name, const TenantId& tenant = kHome) {
    return {.user = {.tenant = tenant,
                     .name = UserId{std::move(name)},
                     .full_name = {},
                     .password = "hash",
                     .created = kNoon,
                     .version = 1}};
}

PutDashboard put(Dashboard dashboard, std::int64_t expected = 0) {
    return {.dashboard = std::move(dashboard), .expected = expected};
}

std::string ids(const std::vector<Dashboard>& found) {
    std::string out;
    for (const Dashboard& each : found)
        out += (out.empty() ? "" : " ") + each.id.text();
    return out;
}

std::string seen_by(Fixture& at, std::optional<Principal> reader, const TenantId& tenant = kHome) {
    return ids(at.get(at.registry().dashboards(
        {.tenant = tenant, .after = {}, .limit = 100, .reader = std::move(reader)})));
}

void are_compared_and_set(Fixture& at) {
    SUBCASE("one is found as it was put, every field of it, in its tenant alone") {
        Dashboard nobodys = board("b2", user("anna"), true);
        nobodys.owner.reset();
        at.get(at.commit({put(board("b1", user("anna"))), put(nobodys)}));
        CHECK(at.get(at.registry().dashboard(kHome, DashboardId{"b1"})) ==
              board("b1", user("anna")));
        CHECK(at.get(at.registry().dashboard(kHome, DashboardId{"b2"})) == nobodys);
        CHECK(!at.get(at.registry().dashboard(kPlant, DashboardId{"b1"})));
    }
    SUBCASE("a change names the version that it was made from") {
        at.get(at.commit({put(board("b1", user("anna")))}));
        CHECK(at.failure(at.commit({put(board("b1", user("ben")))})) == ErrorCode::kAlreadyExists);
        Dashboard changed = board("b1", user("anna"), true);
        changed.title = "Hall 4";
        changed.tiles = Value::Array{};
        changed.version = 2;
        at.get(at.commit({put(changed, 1)}));
        CHECK(at.failure(at.commit({put(changed, 1)})) == ErrorCode::kPreconditionFailed);
        CHECK(at.failure(at.commit({put(board("b2", user("anna")), 1)})) ==
              ErrorCode::kPreconditionFailed);
        CHECK(at.get(at.registry().dashboard(kHome, DashboardId{"b1"})) == changed);
    }
    SUBCASE("one is deleted once, and in its tenant alone") {
        at.get(at.commit({put(board("b1", user("anna"))), put(board("b1", user("anna", kPlant)))}));
        const DeleteDashboard gone{.tenant = kHome, .id = DashboardId{"b1"}};
        at.get(at.commit({gone}));
        CHECK(at.failure(at.commit({gone})) == ErrorCode::kNotFound);
        CHECK(!at.get(at.registry().dashboard(kHome, gone.id)));
        CHECK(at.get(at.registry().dashboard(kPlant, gone.id)));
    }
}

void are_listed_and_counted(Fixture& at) {
    const auto fill = [&] {
        at.get(at.commit({put(board("b1", user("anna"))), put(board("b2", user("ben"), true)),
                          put(board("b3", app("anna"))), put(board("b4", user("ben"))),
                          put(board("b5", user("anna", kPlant), true))}));
    };
    SUBCASE("a reader is shown its own and the shared ones of its tenant, in order, page by page") {
        fill();
        CHECK(seen_by(at, user("anna")) == "b1 b2");
        CHECK(seen_by(at, user("ben")) == "b2 b4");
        CHECK(seen_by(at, app("anna")) == "b2 b3");
        CHECK(seen_by(at, {}) == "b1 b2 b3 b4");
        CHECK(seen_by(at, user("anna", kPlant), kPlant) == "b5");
        DashboardQuery page{.tenant = kHome, .after = "b1", .limit = 1, .reader = user("ben")};
        CHECK(ids(at.get(at.registry().dashboards(page))) == "b2");
        page.after = "b2";
        CHECK(ids(at.get(at.registry().dashboards(page))) == "b4");
    }
    SUBCASE("a list leaves the tiles out, and nothing else") {
        fill();
        Dashboard head = board("b1", user("anna"));
        head.tiles = Value::Array{};
        CHECK(at.get(at.registry().dashboards({.tenant = kHome})).front() == head);
    }
    SUBCASE("they are counted by owner and by tenant") {
        fill();
        const DashboardCounts anna = at.get(at.registry().dashboard_counts(user("anna")));
        CHECK(anna.of_owner == 1);
        CHECK(anna.of_tenant == 4);
        CHECK(at.get(at.registry().dashboard_counts(user("ben"))).of_owner == 2);
        CHECK(at.get(at.registry().dashboard_counts(user("nobody"))).of_owner == 0);
        CHECK(at.get(at.registry().dashboard_counts(user("x", kPlant))).of_tenant == 1);
    }
}

void go_with_their_owner(Fixture& at) {
    SUBCASE("of a user that is deleted the private ones go, and the shared ones are nobody's") {
        at.get(at.commit({made_user("anna"), put(board("b1", user("anna"))),
                          put(board("b2", user("anna"), true)), put(board("b3", user("ben"))),
                          put(board("b4", app("anna"))), put(board("b5", user("anna", kPlant)))}));
        at.get(at.commit({DeleteUser{.tenant = kHome, .name = UserId{"anna"}}}));
        CHECK(seen_by(at, {}) == "b2 b3 b4");
        CHECK(seen_by(at, {}, kPlant) == "b5");
        Dashboard nobodys = board("b2", user("anna"), true);
        nobodys.owner.reset();
        nobodys.version = 2;
        CHECK(at.get(at.registry().dashboard(kHome, nobodys.id)) == nobodys);
    }
    SUBCASE("and so of an app") {
        at.get(at.commit({PutApp{.app = {.tenant = kHome,
                                         .id = AppId{"wall"},
                                         .name = {},
                                         .created = kNoon,
                                         .version = 1}},
                          put(board("b1", app("wall"))), put(board("b2", app("wall"), true))}));
        at.get(at.commit({DeleteApp{.tenant = kHome, .id = AppId{"wall"}}}));
        CHECK(seen_by(at, user("anna")) == "b2");
        CHECK(seen_by(at, {}) == "b2");
        CHECK(!at.get(at.registry().dashboard(kHome, DashboardId{"b2"}))->owner);
    }
    SUBCASE("a delete that fails gives them back") {
        at.get(at.commit({made_user("anna"), put(board("b1", user("anna"))),
                          put(board("b2", user("anna"), true))}));
        CHECK(at.failure(at.commit({DeleteUser{.tenant = kHome, .name = UserId{"anna"}},
                                    DeleteUser{.tenant = kHome, .name = UserId{"nobody"}}})) ==
              ErrorCode::kNotFound);
        CHECK(seen_by(at, user("anna")) == "b1 b2");
        CHECK(at.get(at.registry().dashboard(kHome, DashboardId{"b2"})) ==
              board("b2", user("anna"), true));
    }
    SUBCASE("of a tenant all go, and nobody else's") {
        at.get(at.commit({PutTenant{{.id = kPlant, .name = {}, .created = kNoon, .deleted = {}}},
                          put(board("b1", user("anna", kPlant), true)),
                          put(board("b1", user("anna")))}));
        at.get(at.commit({DeleteTenant{.id = kPlant, .at = kNoon}}));
        CHECK(seen_by(at, {}, kPlant).empty());
        CHECK(seen_by(at, {}) == "b1");
    }
}

}  // namespace

void dashboard_suite(const MakeEngine& make) {
    Fixture at{make};
    are_compared_and_set(at);
    are_listed_and_counted(at);
    go_with_their_owner(at);
}

}  // namespace tandem::conformance
