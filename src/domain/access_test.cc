#include "domain/access.h"

#include <doctest/doctest.h>

#include <vector>

using namespace tandem;

namespace {

const TenantId kHome{"home"};
const TenantId kPlant{"plant"};

Actor actor(PrincipalKind kind, Scopes scopes) {
    return {.kind = kind,
            .tenant = kHome,
            .id = kind == PrincipalKind::kDevice ? "lamp-1" : "admin",
            .credential = "k1",
            .scopes = scopes};
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
                    CHECK(fate(actor(kind, {action}), action, what) == Fate::kAllowed);
                    CHECK(fate(actor(kind, others), action, what) == Fate::kForbidden);
                    CHECK(fate(actor(kind, {}), action, what) == Fate::kForbidden);
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
