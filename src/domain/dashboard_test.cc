#include "domain/dashboard.h"

#include <doctest/doctest.h>

using namespace tandem;

namespace {

const TenantId kHome{"home"};

Actor actor(PrincipalKind kind, const std::string& id, Scopes scopes = {}) {
    scopes.add(Scope::kDashboardsRead);
    scopes.add(Scope::kDashboardsWrite);
    const Allowance all{.scopes = scopes, .every_device = true, .devices = {}, .labels = {}};
    return {.kind = kind,
            .tenant = kHome,
            .id = id,
            .credential = {},
            .scopes = Scopes::all(),
            .allowances = std::make_shared<const Allowances>(Allowances{all})};
}
const Actor kAnna = actor(PrincipalKind::kUser, "anna");
const Actor kBen = actor(PrincipalKind::kUser, "ben");
const Actor kAnnaTheApp = actor(PrincipalKind::kApp, "anna");
const Actor kBoss = actor(PrincipalKind::kUser, "boss", {Scope::kAccessManage});

Dashboard annas(bool shared) {
    return {.tenant = kHome,
            .id = DashboardId{"1"},
            .owner = principal_of(kAnna),
            .title = "Kitchen",
            .shared = shared,
            .created = {},
            .updated = {},
            .version = 1};
}

std::string fate(const Actor& who, const Dashboard& dashboard) {
    const auto may = check_may_change(who, dashboard);
    return may ? "changes" : std::string{row(may.error().code).name};
}

}  // namespace

TEST_CASE("a private dashboard is there for its owner and who manages access alone") {
    const Dashboard hers = annas(false);
    for (const Actor& each : {kAnna, kBoss}) {
        CAPTURE(each.id);
        CHECK(may_read(each, hers));
        CHECK(fate(each, hers) == "changes");
    }
    // An app of the same name is another.
    for (const Actor& each : {kBen, kAnnaTheApp}) {
        CHECK(!may_read(each, hers));
        CHECK(fate(each, hers) == "not-found");
    }
}

TEST_CASE("a shared dashboard is read by everybody, and changed by no more than before") {
    const Dashboard hers = annas(true);
    CHECK(may_read(kBen, hers));
    CHECK(fate(kAnna, hers) == "changes");
    CHECK(fate(kBoss, hers) == "changes");
    CHECK(fate(kBen, hers) == "forbidden");
    CHECK(fate(kAnnaTheApp, hers) == "forbidden");
}

TEST_CASE("a dashboard without an owner is changed by who manages access alone") {
    Dashboard nobodys = annas(true);
    nobodys.owner.reset();
    CHECK(may_read(kAnna, nobodys));
    CHECK(fate(kAnna, nobodys) == "forbidden");
    CHECK(fate(kBoss, nobodys) == "changes");
}

TEST_CASE("nobody of another tenant knows of a dashboard, however it is shared") {
    Actor stranger = kAnna;
    stranger.tenant = TenantId{"plant"};
    Actor manager = kBoss;
    manager.tenant = TenantId{"plant"};
    for (const Actor& each : {stranger, manager}) {
        CHECK(!may_read(each, annas(true)));
        CHECK(fate(each, annas(true)) == "not-found");
    }
}

TEST_CASE("managing access counts with a credential that is good for it") {
    Actor token = kBoss;
    token.scopes.remove(Scope::kAccessManage);
    CHECK(!may_read(token, annas(false)));
    CHECK(fate(token, annas(true)) == "forbidden");
}
