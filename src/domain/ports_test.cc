#include "domain/ports.h"

#include <doctest/doctest.h>

#include <vector>

using namespace tandem;

TEST_CASE("filters of a device query") {
    const Device pump{.ref = {.tenant = TenantId{"home"}, .id = DeviceId{"pump-1"}},
                      .name = "Main Pump Ä",
                      .type = "pump",
                      .labels = {{"room", "cellar"}, {"floor", "-1"}},
                      .schema = {},
                      .created = {},
                      .version = 1};

    SUBCASE("let through what they describe") {
        const std::vector<DeviceQuery> rows{
            {},
            {.type = "pump"},
            {.labels = {{"room", "cellar"}}},
            {.labels = {{"room", "cellar"}, {"floor", "-1"}}},
            {.search = "PUMP-1"},
            {.search = "n pump"},
            {.search = "Ä"},
            {.type = "pump", .labels = {{"floor", "-1"}}, .search = "main"},
        };
        for (std::size_t row = 0; row < rows.size(); ++row) {
            CAPTURE(row);
            CHECK(matches(rows[row], pump));
        }
    }
    SUBCASE("hold back everything else") {
        struct Row {
            DeviceQuery query;
            std::string why;
        };
        const std::vector<Row> rows{
            {{.type = "pum"}, "a part of the type"},
            {{.type = "Pump"}, "the type in another case"},
            {{.labels = {{"room", "Cellar"}}}, "a label in another case"},
            {{.labels = {{"Room", "cellar"}}}, "a label's name in another case"},
            {{.labels = {{"room", "cellar"}, {"floor", "0"}}}, "one label of two"},
            {{.labels = {{"colour", ""}}}, "a label that is not there"},
            {{.search = "pump 1"}, "other words"},
            {{.search = "pump-11"}, "more than there is"},
            {{.search = "cellar"}, "what only a label says"},
            {{.search = "ä"}, "another case beyond ASCII"},
            {{.type = "lamp", .search = "pump"}, "one filter of two"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            CHECK(!matches(row.query, pump));
        }
    }
    SUBCASE("hide what the viewer may not know of") {
        const auto seen_by = [&](Allowance allowance) {
            const Viewer viewer{.actor = {.kind = PrincipalKind::kApp,
                                          .tenant = TenantId{"home"},
                                          .id = "board",
                                          .credential = {},
                                          .scopes = Scopes::all(),
                                          .allowances = std::make_shared<const Allowances>(
                                              Allowances{std::move(allowance)})},
                                .scope = Scope::kDevicesRead};
            return matches({.viewer = viewer}, pump);
        };
        const Scopes reads{Scope::kDevicesRead};
        CHECK(seen_by({.scopes = reads, .every_device = true, .devices = {}, .labels = {}}));
        CHECK(seen_by({.scopes = reads, .devices = {"pump-1"}, .labels = {}}));
        CHECK(seen_by({.scopes = reads, .devices = {}, .labels = {{"room", "cellar"}}}));
        CHECK(!seen_by({.scopes = reads, .devices = {"pump-2"}, .labels = {{"room", "attic"}}}));
        CHECK(!seen_by({.scopes = {Scope::kTelemetryRead}, .devices = {"pump-1"}, .labels = {}}));
        CHECK(!seen_by({.scopes = reads, .devices = {}, .labels = {}}));
    }
    SUBCASE("do not look at tenant and page") {
        CHECK(matches({.tenant = TenantId{"plant"}, .after = "z", .limit = 0}, pump));
    }
}
