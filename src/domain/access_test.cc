#include "domain/access.h"

#include <doctest/doctest.h>

#include <vector>

using namespace tandem;

namespace {

const TenantId kHome{"home"};
const TenantId kPlant{"plant"};

// A device whose key is good for the scopes; a user or an app that has them with every device.
Actor actor(PrincipalKind kind, Scopes scopes) {
    Actor made{.kind = kind,
               .tenant = kHome,
               .id = kind == PrincipalKind::kDevice ? "lamp-1" : "admin",
               .credential = "k1",
               .scopes = scopes};
    if (kind == PrincipalKind::kDevice) return made;
    made.scopes = Scopes::all();
    made.allowances = std::make_shared<const Allowances>(
        Allowances{{.scopes = scopes, .every_device = true, .devices = {}, .labels = {}}});
    return made;
}

Actor granted(Allowances allowances, Scopes ceiling = Scopes::all()) {
    return {.kind = PrincipalKind::kUser,
            .tenant = kHome,
            .id = "anna",
            .credential = "session-1",
            .scopes = ceiling,
            .allowances = std::make_shared<const Allowances>(std::move(allowances))};
}

std::vector<Scope> all_scopes() {
    std::vector<Scope> out;
    for (std::size_t at = 0; at < kScopeCount; ++at)
        out.push_back(static_cast<Scope>(at));
    return out;
}

// What becomes of a request: allowed, or how it fails.
enum class Fate { kAllowed, kNotFound, kForbidden };

Fate fate(const Actor& who, Scope action, const Resource& what) {
    const auto decided = authorize(who, action, what, {});
    if (decided) return Fate::kAllowed;
    CHECK(!decided.error().detail.empty());
    if (decided.error().code == ErrorCode::kNotFound) return Fate::kNotFound;
    REQUIRE(decided.error().code == ErrorCode::kForbidden);
    return Fate::kForbidden;
}

const Resource kItself{.tenant = kHome, .device = DeviceId{"lamp-1"}};
const Resource kNeighbour{.tenant = kHome, .device = DeviceId{"lamp-2"}};
const Resource kNamesake{.tenant = kPlant, .device = DeviceId{"lamp-1"}};
const Resource kTenant{.tenant = kHome, .device = {}};
const Resource kOtherTenant{.tenant = kPlant, .device = {}};

}  // namespace

TEST_CASE("scopes") {
    SUBCASE("every scope is found by its name") {
        for (const Scope scope : all_scopes())
            CHECK(scope_named(name_of(scope)) == scope);
        CHECK(!scope_named(""));
        CHECK(!scope_named("devices"));
        CHECK(!scope_named("Devices:read"));
    }
    SUBCASE("a set is written as names with spaces between, and read back") {
        const Scopes some{Scope::kTelemetryWrite, Scope::kDevicesRead};
        CHECK(some.text() == "devices:read telemetry:write");
        CHECK(Scopes::parse("telemetry:write  devices:read ") == some);
        CHECK(Scopes::parse(Scopes::all().text()) == Scopes::all());
        CHECK(Scopes::parse("") == Scopes{});
        CHECK(Scopes{}.text().empty());
    }
    SUBCASE("a set with an unknown name is none") {
        CHECK(!Scopes::parse("devices:read devices:paint"));
        CHECK(!Scopes::parse("devices:read,devices:write"));
        CHECK(!Scopes::parse("devices:read\tdevices:write"));
    }
    SUBCASE("a scope is added and removed alone") {
        Scopes scopes = Scopes::all();
        scopes.remove(Scope::kAuditRead);
        CHECK(!scopes.has(Scope::kAuditRead));
        CHECK(scopes.has(Scope::kMetricsRead));
        scopes.add(Scope::kAuditRead);
        CHECK(scopes == Scopes::all());
    }
}

TEST_CASE("access") {
    SUBCASE("a device with every scope a device may have does with itself what those say") {
        const Actor lamp = actor(PrincipalKind::kDevice, device_scopes());
        for (const Scope action : all_scopes()) {
            CAPTURE(name_of(action));
            const bool may = device_scopes().has(action);
            CHECK(fate(lamp, action, kItself) == (may ? Fate::kAllowed : Fate::kForbidden));
        }
    }
    SUBCASE("a device never writes its config, sends commands or administers, whatever its key") {
        const Actor lamp = actor(PrincipalKind::kDevice, Scopes::all());
        for (const Scope action :
             {Scope::kDevicesWrite, Scope::kConfigWrite, Scope::kCommandsSend, Scope::kKeysManage,
              Scope::kUsersManage, Scope::kAuditRead, Scope::kMetricsRead}) {
            CAPTURE(name_of(action));
            CHECK(fate(lamp, action, kItself) == Fate::kForbidden);
        }
    }
    SUBCASE("to a device every other device does not exist, with any scope") {
        const Actor lamp = actor(PrincipalKind::kDevice, Scopes::all());
        for (const Scope action : all_scopes()) {
            CAPTURE(name_of(action));
            CHECK(fate(lamp, action, kNeighbour) == Fate::kNotFound);
            CHECK(fate(lamp, action, kNamesake) == Fate::kNotFound);
        }
    }
    SUBCASE("a device asks about the tenant no more than who it is itself") {
        const Actor lamp = actor(PrincipalKind::kDevice, Scopes::all());
        for (const Scope action : all_scopes()) {
            CAPTURE(name_of(action));
            const bool self = action == Scope::kSelfRead;
            CHECK(fate(lamp, action, kTenant) == (self ? Fate::kAllowed : Fate::kForbidden));
        }
    }
    SUBCASE("users and apps need the very scope, for one device and for the tenant") {
        for (const PrincipalKind kind : {PrincipalKind::kUser, PrincipalKind::kApp}) {
            for (const Scope action : all_scopes()) {
                CAPTURE(name_of(kind));
                CAPTURE(name_of(action));
                Scopes others = Scopes::all();
                others.remove(action);
                for (const Resource& what : {kItself, kNeighbour, kTenant}) {
                    // Who one is oneself everybody may hear.
                    const bool self = action == Scope::kSelfRead && !what.device;
                    const Fate without = self ? Fate::kAllowed : Fate::kForbidden;
                    CHECK(fate(actor(kind, {action}), action, what) == Fate::kAllowed);
                    CHECK(fate(actor(kind, others), action, what) == without);
                    CHECK(fate(actor(kind, {}), action, what) == without);
                }
            }
        }
    }
    SUBCASE("another tenant does not exist, whoever asks for whatever") {
        for (const PrincipalKind kind :
             {PrincipalKind::kDevice, PrincipalKind::kUser, PrincipalKind::kApp}) {
            for (const Scope action : all_scopes()) {
                CAPTURE(name_of(action));
                CHECK(fate(actor(kind, Scopes::all()), action, kNamesake) == Fate::kNotFound);
                CHECK(fate(actor(kind, Scopes::all()), action, kOtherTenant) == Fate::kNotFound);
            }
        }
    }
    SUBCASE("a refused stranger cannot tell what is another's from what is not there") {
        const Actor lamp = actor(PrincipalKind::kDevice, device_scopes());
        const auto neighbour = authorize(lamp, Scope::kDevicesRead, kNeighbour, {});
        const auto foreign = authorize(lamp, Scope::kDevicesRead, kNamesake, {});
        CHECK(neighbour.error().detail == foreign.error().detail);
    }
    SUBCASE("every door decides alike") {
        const Actor lamp = actor(PrincipalKind::kDevice, {Scope::kTelemetryWrite});
        for (const Door door : {Door::kRest, Door::kPoll, Door::kSse, Door::kWs, Door::kLocal}) {
            CHECK(authorize(lamp, Scope::kTelemetryWrite, kItself, {.door = door}));
            CHECK(!authorize(lamp, Scope::kTelemetryRead, kItself, {.door = door}));
        }
    }
    SUBCASE("only a device is a device") {
        CHECK(actor(PrincipalKind::kDevice, {}).device() ==
              DeviceRef{.tenant = kHome, .id = DeviceId{"lamp-1"}});
        CHECK(!actor(PrincipalKind::kUser, {}).device());
        CHECK(!actor(PrincipalKind::kApp, {}).device());
    }
}

TEST_CASE("grants") {
    const Labels hall{{"site", "hall-3"}, {"line", "2"}};
    const Labels yard{{"site", "yard"}};
    const auto device = [](const char* id, const Labels* labels) {
        return Resource{.tenant = kHome, .device = DeviceId{id}, .labels = labels};
    };
    const Allowance by_id{.scopes = {Scope::kTelemetryRead, Scope::kCommandsSend},
                          .every_device = false,
                          .devices = {"lamp-1"},
                          .labels = {}};
    const Allowance by_labels{.scopes = {Scope::kTelemetryRead, Scope::kConfigWrite},
                              .every_device = false,
                              .devices = {},
                              .labels = {{"site", "hall-3"}}};

    SUBCASE("decide by ids and labels, each with its own scopes") {
        const Actor anna = granted({by_id, by_labels});
        struct Row {
            const char* id;
            const Labels* labels;
            Scope action;
            Fate fate;
            const char* why;
        };
        const Row rows[] = {
            {"lamp-1", &yard, Scope::kTelemetryRead, Fate::kAllowed, "named"},
            {"lamp-1", nullptr, Scope::kCommandsSend, Fate::kAllowed, "named, labels unknown"},
            {"lamp-1", &yard, Scope::kConfigWrite, Fate::kForbidden, "another grant's scope"},
            {"lamp-1", &hall, Scope::kConfigWrite, Fate::kAllowed, "named and labelled: the union"},
            {"pump-7", &hall, Scope::kTelemetryRead, Fate::kAllowed, "labelled"},
            {"pump-7", &hall, Scope::kCommandsSend, Fate::kForbidden, "labelled, scope by id"},
            {"pump-7", &yard, Scope::kTelemetryRead, Fate::kNotFound, "another label"},
            {"pump-7", nullptr, Scope::kTelemetryRead, Fate::kNotFound, "labels unknown"},
            {"lamp-10", &yard, Scope::kTelemetryRead, Fate::kNotFound, "an id that begins so"},
            {"LAMP-1", &yard, Scope::kTelemetryRead, Fate::kNotFound, "an id in another case"},
            {"*", &yard, Scope::kTelemetryRead, Fate::kNotFound, "no id is a pattern"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            CHECK(fate(anna, row.action, device(row.id, row.labels)) == row.fate);
        }
    }
    SUBCASE("need all of their labels") {
        Allowance both = by_labels;
        both.labels = hall;
        const Actor anna = granted({both});
        CHECK(fate(anna, Scope::kTelemetryRead, device("pump-7", &hall)) == Fate::kAllowed);
        const Labels one{{"site", "hall-3"}};
        CHECK(fate(anna, Scope::kTelemetryRead, device("pump-7", &one)) == Fate::kNotFound);
        const Labels more{{"site", "hall-3"}, {"line", "2"}, {"floor", "0"}};
        CHECK(fate(anna, Scope::kTelemetryRead, device("pump-7", &more)) == Fate::kAllowed);
    }
    SUBCASE("that name nothing cover nothing, and no grant at all allows nothing") {
        Actor bare = granted({});
        for (const Scope action : all_scopes()) {
            CAPTURE(name_of(action));
            const Actor empty = granted(
                {{.scopes = Scopes::all(), .every_device = false, .devices = {}, .labels = {}}});
            CHECK(fate(empty, action, device("lamp-1", &hall)) == Fate::kNotFound);
            bare.allowances = granted({}).allowances;
            CHECK(fate(bare, action, device("lamp-1", &hall)) == Fate::kNotFound);
            bare.allowances = nullptr;
            CHECK(fate(bare, action, device("lamp-1", &hall)) == Fate::kNotFound);
            const bool self = action == Scope::kSelfRead;
            CHECK(fate(bare, action, kTenant) == (self ? Fate::kAllowed : Fate::kForbidden));
        }
    }
    SUBCASE("give no more than the credential is good for") {
        const Actor anna = granted({by_id}, {Scope::kTelemetryRead});
        CHECK(fate(anna, Scope::kTelemetryRead, device("lamp-1", {})) == Fate::kAllowed);
        CHECK(fate(anna, Scope::kCommandsSend, device("lamp-1", {})) == Fate::kForbidden);
        CHECK(fate(anna, Scope::kCommandsSend, kTenant) == Fate::kForbidden);
        CHECK(scopes_of(anna) == Scopes{Scope::kTelemetryRead, Scope::kSelfRead});
    }
    SUBCASE("of some devices let ask for many, and nothing of the tenant as a whole") {
        const Actor anna = granted({{.scopes = Scopes::all(),
                                     .every_device = false,
                                     .devices = {"lamp-1"},
                                     .labels = {}}});
        for (const Scope action : all_scopes()) {
            CAPTURE(name_of(action));
            const bool of_tenant = action == Scope::kUsersManage ||
                                   action == Scope::kAccessManage ||
                                   action == Scope::kTenantsManage || action == Scope::kAuditRead ||
                                   action == Scope::kMetricsRead;
            CHECK(fate(anna, action, kTenant) == (of_tenant ? Fate::kForbidden : Fate::kAllowed));
        }
    }
    SUBCASE("are of one tenant") {
        const Actor anna = granted({by_id});
        CHECK(fate(anna, Scope::kTelemetryRead, kNamesake) == Fate::kNotFound);
    }
    SUBCASE("limit series by name and by beginning") {
        Allowance power = by_id;
        power.series = {"power", "temp*"};
        const Actor anna = granted({power});
        struct Row {
            const char* series;
            bool may;
        };
        for (const Row& row :
             {Row{"power", true}, Row{"temp", true}, Row{"temperature", true}, Row{"powers", false},
              Row{"tem", false}, Row{"Power", false}, Row{"*", false}, Row{"", false}}) {
            CAPTURE(row.series);
            Resource what = device("lamp-1", {});
            what.series = row.series;
            CHECK(fate(anna, Scope::kTelemetryRead, what) ==
                  (row.may ? Fate::kAllowed : Fate::kForbidden));
            CHECK(series_for(anna, Scope::kTelemetryRead, device("lamp-1", {})).has(row.series) ==
                  row.may);
        }
        // Of a device that is not covered no series is.
        CHECK(!series_for(anna, Scope::kTelemetryRead, device("lamp-2", {})).has("power"));
        CHECK(!series_for(anna, Scope::kDevicesWrite, device("lamp-1", {})).has("power"));
    }
    SUBCASE("add up in their series, as far as the scope goes") {
        Allowance power = by_id;
        power.series = {"power"};
        Allowance rest = by_labels;
        rest.series = {"*"};
        const Actor anna = granted({power, rest});
        CHECK(!series_for(anna, Scope::kTelemetryRead, device("lamp-1", &yard)).all);
        CHECK(series_for(anna, Scope::kTelemetryRead, device("lamp-1", &hall)).all);
        CHECK(!series_for(anna, Scope::kCommandsSend, device("lamp-1", &hall)).all);
    }
    SUBCASE("without series cover none") {
        Allowance none = by_id;
        none.series = {};
        const Actor anna = granted({none});
        CHECK(!series_for(anna, Scope::kTelemetryRead, device("lamp-1", {})).has("power"));
        CHECK(fate(anna, Scope::kCommandsSend, device("lamp-1", {})) == Fate::kAllowed);
    }
    SUBCASE("a device has all of its own series and needs no grant") {
        const Actor lamp = actor(PrincipalKind::kDevice, device_scopes());
        CHECK(series_for(lamp, Scope::kTelemetryWrite, kItself).all);
        CHECK(!series_for(lamp, Scope::kTelemetryWrite, kNeighbour).all);
    }
    SUBCASE("depend on labels only where they name some and not every device") {
        CHECK(depends_on_labels(granted({by_id, by_labels})));
        CHECK(!depends_on_labels(granted({by_id})));
        Allowance every = by_labels;
        every.every_device = true;
        CHECK(!depends_on_labels(granted({every})));
        CHECK(!depends_on_labels(actor(PrincipalKind::kDevice, device_scopes())));
    }
    SUBCASE("hide alike what is another's and what is not there") {
        const Actor anna = granted({by_id});
        const auto hidden = authorize(anna, Scope::kDevicesRead, device("pump-7", &hall), {});
        const auto foreign = authorize(anna, Scope::kDevicesRead, kNamesake, {});
        CHECK(hidden.error().detail == foreign.error().detail);
    }
}
