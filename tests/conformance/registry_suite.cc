#include "conformance/suites.h"
#include "domain/audit_event.h"

namespace tandem::conformance {
namespace {

const DeviceRef kLamp = ref("lamp-1");

std::vector<std::string> ids(const std::vector<Device>& devices) {
    std::vector<std::string> out;
    for (const Device& one : devices)
        out.push_back(one.ref.id.text());
    return out;
}

std::vector<std::string> ids(const std::vector<Command>& commands) {
    std::vector<std::string> out;
    for (const Command& one : commands)
        out.push_back(one.id.text());
    return out;
}

void devices_are_compared_and_set(Fixture& at) {
    SUBCASE("a device is found as it was put, every field of it") {
        Device full = device(kLamp);
        full.labels = {{"room", "kitchen"}, {"floor", "0"}};
        full.schema = Value::Object{{"series", Value::Object{{"power", "number"}}}};
        at.get(at.commit({PutDevice{.device = full}}));
        CHECK(at.get(at.registry().device(kLamp)) == full);
    }
    SUBCASE("a device that was never put is not found") {
        CHECK(!at.get(at.registry().device(kLamp)));
    }
    SUBCASE("making a device twice fails with kAlreadyExists and keeps the first") {
        at.get(at.commit({made(kLamp)}));
        Device other = device(kLamp);
        other.name = "Another";
        CHECK(at.failure(at.commit({PutDevice{.device = other}})) == ErrorCode::kAlreadyExists);
        CHECK(at.get(at.registry().device(kLamp))->name == "Lamp");
    }
    SUBCASE("a change names the version that it was made from") {
        at.get(at.commit({made(kLamp)}));
        at.get(at.commit({PutDevice{.device = device(kLamp, 2), .expected = 1}}));
        CHECK(at.failure(at.commit({PutDevice{.device = device(kLamp, 2), .expected = 1}})) ==
              ErrorCode::kPreconditionFailed);
        CHECK(at.get(at.registry().device(kLamp))->version == 2);
    }
    SUBCASE("changing a device that does not exist fails with kPreconditionFailed") {
        CHECK(at.failure(at.commit({PutDevice{.device = device(kLamp, 2), .expected = 1}})) ==
              ErrorCode::kPreconditionFailed);
    }
    SUBCASE("changing a device keeps what belongs to it") {
        at.get(at.commit({made(kLamp), PutCommand{.command = command(kLamp, "c1")}}));
        at.get(at.commit({PutDevice{.device = device(kLamp, 2), .expected = 1}}));
        CHECK(at.get(at.registry().command(kLamp, CommandId{"c1"})));
    }
    SUBCASE("the same id in two tenants is two devices") {
        const DeviceRef other = ref("lamp-1", "plant");
        at.get(at.commit({made(kLamp), made(other)}));
        at.get(at.commit({DeleteDevice{other}}));
        CHECK(at.get(at.registry().device(kLamp)));
        CHECK(!at.get(at.registry().device(other)));
    }
}

void transactions_are_whole(Fixture& at) {
    SUBCASE("nothing of a transaction remains when its last change fails") {
        at.get(at.commit({made(kLamp)}));
        const auto before = at.log().head();
        const Device changed = device(kLamp, 2);
        CHECK(at.failure(at.commit({PutDevice{.device = changed, .expected = 1}, made(ref("b")),
                                    PutUser{.user = {.tenant = kLamp.tenant, .name = UserId{"u"}}},
                                    DeleteDevice{ref("absent")}},
                                   {event(kLamp, "never")})) == ErrorCode::kNotFound);
        CHECK(at.get(at.registry().device(kLamp)) == device(kLamp));
        CHECK(!at.get(at.registry().device(ref("b"))));
        CHECK(!at.get(at.registry().user(kLamp.tenant, UserId{"u"})));
        CHECK(at.log().head() == before);
    }
    SUBCASE("a later change sees the earlier ones of its transaction") {
        at.get(at.commit({made(kLamp), PutDevice{.device = device(kLamp, 2), .expected = 1},
                          DeleteDevice{kLamp}, made(kLamp)}));
        CHECK(at.get(at.registry().device(kLamp))->version == 1);
    }
    SUBCASE("a failed delete gives everything back") {
        at.get(at.commit({made(kLamp), PutCommand{.command = command(kLamp, "c1")}}));
        CHECK(at.failure(at.commit({DeleteDevice{kLamp}, DeleteDevice{kLamp}})) ==
              ErrorCode::kNotFound);
        CHECK(at.get(at.registry().command(kLamp, CommandId{"c1"})));
    }
    SUBCASE("a failed transaction does not harm the ones around it") {
        const auto first = start(at.commit({made(ref("a"))}));
        const auto second = start(at.commit({made(ref("a"))}));
        const auto third = start(at.commit({made(ref("b"))}));
        REQUIRE(at.loop.run_until([&] { return first->has_value() && third->has_value(); }));
        REQUIRE(at.loop.run_until([&] { return second->has_value(); }));
        CHECK((*first)->has_value());
        CHECK((*second)->error().code == ErrorCode::kAlreadyExists);
        CHECK((*third)->has_value());
        CHECK(ids(at.get(at.registry().devices({.tenant = kLamp.tenant}))) ==
              std::vector<std::string>{"a", "b"});
    }
}

void deleting_takes_all(Fixture& at) {
    const Credential key{.id = KeyId{"k1"},
                         .tenant = kLamp.tenant,
                         .principal = "lamp-1",
                         .digest = "d",
                         .created = kNoon};
    Credential app = key;
    app.id = KeyId{"k2"};
    app.kind = PrincipalKind::kApp;

    SUBCASE("a device goes with its keys, twin, series, presence and commands") {
        at.get(at.commit({made(kLamp), PutCredential{key}, PutCredential{app},
                          PutTwin{.device = kLamp, .document = {.version = 1}},
                          PutSeries{.device = kLamp, .series = {.name = "power"}},
                          PutPresence{.device = kLamp, .presence = {.online = true}},
                          PutCommand{.command = command(kLamp, "c1")}}));
        at.get(at.commit({DeleteDevice{kLamp}}));
        at.get(at.commit({made(kLamp)}));
        CHECK(at.get(at.registry().credentials()) == std::vector{app});
        CHECK(at.get(at.registry().twin(kLamp)).config == TwinDocument{});
        CHECK(at.get(at.registry().series(kLamp)).empty());
        CHECK(!at.get(at.registry().presence(kLamp)));
        CHECK(!at.get(at.registry().command(kLamp, CommandId{"c1"})));
        CHECK(at.get(at.registry().devices_with_open_commands()).empty());
    }
    SUBCASE("what is not there cannot be deleted") {
        CHECK(at.failure(at.commit({DeleteDevice{kLamp}})) == ErrorCode::kNotFound);
        CHECK(at.failure(at.commit({DeleteCredential{kLamp.tenant, KeyId{"k1"}}})) ==
              ErrorCode::kNotFound);
    }
    SUBCASE("nothing can be put for a device that does not exist") {
        const std::vector<Change> rows{
            PutTwin{.device = kLamp, .document = {.version = 1}},
            PutCommand{.command = command(kLamp, "c1")},
            PutSeries{.device = kLamp, .series = {.name = "power"}},
            PutPresence{.device = kLamp},
            PutCredential{key},
        };
        for (const Change& row : rows) {
            CAPTURE(row.index());
            CHECK(at.failure(at.commit({row})) == ErrorCode::kNotFound);
        }
    }
}

void devices_are_listed(Fixture& at) {
    const auto list = [&](DeviceQuery query) {
        query.tenant = kLamp.tenant;
        return ids(at.get(at.registry().devices(std::move(query))));
    };
    using Ids = std::vector<std::string>;
    Device pump = device(ref("pump-1"));
    pump.name = "Main Pump";
    pump.type = "pump";
    pump.labels = {{"room", "cellar"}, {"floor", "-1"}};
    at.get(at.commit({made(ref("lamp-2")), made(ref("Lamp-3")), PutDevice{.device = pump},
                      made(kLamp), made(ref("lamp-1", "plant"))}));

    SUBCASE("devices come in order of id, capitals first, of one tenant alone") {
        CHECK(list({}) == Ids{"Lamp-3", "lamp-1", "lamp-2", "pump-1"});
    }
    SUBCASE("devices are counted, of one tenant alone") {
        CHECK(at.get(at.registry().device_count(kLamp.tenant)) == 4);
        CHECK(at.get(at.registry().device_count(TenantId{"plant"})) == 1);
        CHECK(at.get(at.registry().device_count(TenantId{"nobody"})) == 0);
    }
    SUBCASE("a page ends at its limit and the next goes on after its last") {
        CHECK(list({.limit = 2}) == Ids{"Lamp-3", "lamp-1"});
        CHECK(list({.after = "lamp-1", .limit = 2}) == Ids{"lamp-2", "pump-1"});
        CHECK(list({.after = "pump-1", .limit = 2}).empty());
    }
    SUBCASE("a page may start after an id that does not exist") {
        CHECK(list({.after = "lamp-1x"}) == Ids{"lamp-2", "pump-1"});
    }
    SUBCASE("filters leave out before the limit counts") {
        CHECK(list({.limit = 1, .type = "pump"}) == Ids{"pump-1"});
        CHECK(list({.type = "pum"}).empty());
    }
    SUBCASE("every label must be there and equal") {
        CHECK(list({.labels = {{"room", "cellar"}}}) == Ids{"pump-1"});
        CHECK(list({.labels = {{"room", "cellar"}, {"floor", "0"}}}).empty());
        CHECK(list({.labels = {{"colour", "red"}}}).empty());
    }
    SUBCASE("a search looks into id and name without case") {
        CHECK(list({.search = "LAMP-"}) == Ids{"Lamp-3", "lamp-1", "lamp-2"});
        CHECK(list({.search = "main p"}) == Ids{"pump-1"});
        CHECK(list({.search = "%"}).empty());
    }
}

void twins_are_compared_and_set(Fixture& at) {
    at.get(at.commit({made(kLamp)}));
    const TwinDocument first{.value = Value::Object{{"level", 3}, {"mode", "eco"}},
                             .version = 1,
                             .updated = kNoon,
                             .changed = {{"level", kNoon}, {"mode", kNoon - 1s}}};

    SUBCASE("a twin that was never written is two empty documents") {
        const Twin twin = at.get(at.registry().twin(kLamp));
        CHECK(twin.config == TwinDocument{});
        CHECK(twin.state == TwinDocument{});
    }
    SUBCASE("what the device has acknowledged is kept beside the sides") {
        CHECK_FALSE(at.get(at.registry().device_facts(kLamp))->has_config);
        at.get(at.commit({PutTwin{kLamp, TwinSide::kAcknowledged, first, 0}}));
        const Twin twin = at.get(at.registry().twin(kLamp));
        CHECK(twin.acknowledged == first);
        CHECK(twin.config == TwinDocument{});
        CHECK(twin.state == TwinDocument{});
        CHECK_FALSE(at.get(at.registry().device_facts(kLamp))->has_config);
        at.get(at.commit({PutTwin{kLamp, TwinSide::kConfig, first, 0}}));
        CHECK(at.get(at.registry().device_facts(kLamp))->has_config);
    }
    SUBCASE("the sides have their own versions") {
        at.get(at.commit({PutTwin{kLamp, TwinSide::kState, first, 0}}));
        TwinDocument second = first;
        second.version = 2;
        at.get(at.commit({PutTwin{kLamp, TwinSide::kState, second, 1}}));
        const Twin twin = at.get(at.registry().twin(kLamp));
        CHECK(twin.state == second);
        CHECK(twin.config == TwinDocument{});
    }
    SUBCASE("a document is compared with the version it was made from") {
        at.get(at.commit({PutTwin{kLamp, TwinSide::kConfig, first, 0}}));
        CHECK(at.failure(at.commit({PutTwin{kLamp, TwinSide::kConfig, first, 0}})) ==
              ErrorCode::kAlreadyExists);
        CHECK(at.failure(at.commit({PutTwin{kLamp, TwinSide::kConfig, first, 7}})) ==
              ErrorCode::kPreconditionFailed);
        CHECK(at.failure(at.commit({PutTwin{kLamp, TwinSide::kState, first, 1}})) ==
              ErrorCode::kPreconditionFailed);
    }
}

void commands_are_kept(Fixture& at) {
    using enum Command::Status;
    at.get(at.commit({made(kLamp), made(ref("b")), made(ref("lamp-1", "plant"))}));
    const auto put = [&](const DeviceRef& device, std::string id, Command::Status status) {
        Command one = command(device, std::move(id));
        one.status = status;
        at.get(at.commit({PutCommand{.command = one}}));
    };
    const auto list = [&](CommandQuery query) {
        query.device = kLamp;
        return ids(at.get(at.registry().commands(std::move(query))));
    };
    using Ids = std::vector<std::string>;

    SUBCASE("a command is found as it was put, every field of it") {
        Command full = command(kLamp, "c1");
        full.status = kDone;
        full.attempt = 2;
        full.lease_until = kNoon + 30s;
        full.updated = kNoon + 1s;
        full.progress = Value::Object{{"percent", 40}};
        full.result = Value::Array{1, "two", nullptr};
        full.version = 5;
        at.get(at.commit({PutCommand{.command = full}}));
        CHECK(at.get(at.registry().command(kLamp, full.id)) == full);
        CHECK(!at.get(at.registry().command(ref("b"), full.id)));
    }
    SUBCASE("a command is compared with the version it was made from") {
        put(kLamp, "c1", kQueued);
        Command next = command(kLamp, "c1");
        next.version = 2;
        CHECK(at.failure(at.commit({PutCommand{next, 0}})) == ErrorCode::kAlreadyExists);
        CHECK(at.failure(at.commit({PutCommand{next, 2}})) == ErrorCode::kPreconditionFailed);
        at.get(at.commit({PutCommand{next, 1}}));
    }
    SUBCASE("commands of a device come in order of id, by status, page by page") {
        put(kLamp, "c2", kDelivered);
        put(kLamp, "c1", kQueued);
        put(kLamp, "c4", kQueued);
        put(kLamp, "c3", kDone);
        put(ref("b"), "c0", kQueued);
        CHECK(list({}) == Ids{"c1", "c2", "c3", "c4"});
        CHECK(list({.statuses = {kQueued}}) == Ids{"c1", "c4"});
        CHECK(list({.statuses = {kQueued, kDelivered}}) == Ids{"c1", "c2", "c4"});
        CHECK(list({.statuses = {kDone, kQueued}}) == Ids{"c1", "c3", "c4"});
        CHECK(list({.statuses = {kQueued}, .after = "c1", .limit = 1}) == Ids{"c4"});
        CHECK(list({.statuses = {kExpired}}).empty());
    }
    SUBCASE("devices with a command that has not ended are found, each once") {
        put(ref("b"), "c1", kQueued);
        put(ref("b"), "c2", kAcknowledged);
        put(ref("lamp-1", "plant"), "c1", kDelivered);
        put(kLamp, "c1", kDone);
        CHECK(at.get(at.registry().devices_with_open_commands()) ==
              std::vector{ref("b"), ref("lamp-1", "plant")});
        CHECK(at.get(at.registry().device_facts(ref("b")))->open_commands);
        CHECK(at.get(at.registry().device_facts(ref("lamp-1", "plant")))->open_commands);
        CHECK_FALSE(at.get(at.registry().device_facts(kLamp))->open_commands);
    }
}

void small_records_are_kept(Fixture& at) {
    at.get(at.commit({made(kLamp)}));

    SUBCASE("series come in order of name, the last put of each") {
        const Series power{.name = "power",
                           .type = Series::Type::kNumber,
                           .unit = "W",
                           .interval = 10s,
                           .stale_after = 1min,
                           .retention = 24h};
        const Series mode{.name = "mode", .type = Series::Type::kString};
        at.get(at.commit({PutSeries{kLamp, {.name = "power"}}, PutSeries{kLamp, power},
                          PutSeries{kLamp, mode}}));
        CHECK(at.get(at.registry().series(kLamp)) == std::vector{mode, power});
        const auto facts = at.get(at.registry().device_facts(kLamp));
        REQUIRE(facts);
        CHECK(facts->device == device(kLamp));
        CHECK(facts->series == std::vector{mode, power});
        CHECK_FALSE(facts->open_commands);
        CHECK_FALSE(facts->presence);
        CHECK_FALSE(at.get(at.registry().device_facts(ref("b"))));
        CHECK(at.get(at.registry().series(ref("b"))).empty());
    }
    SUBCASE("a series keeps whether it is stale, and devices with such series are found") {
        at.get(at.commit({made(ref("b")), made(ref("lamp-1", "plant"))}));
        const Series watched{
            .name = "power", .stale_after = 1min, .stale = true, .since = kNoon + 1us};
        at.get(at.commit({PutSeries{kLamp, watched}, PutSeries{kLamp, {.name = "mode"}},
                          PutSeries{ref("b"), {.name = "mode", .interval = 1s}},
                          PutSeries{ref("lamp-1", "plant"), watched}}));
        CHECK(at.get(at.registry().series(kLamp)).back() == watched);
        CHECK(at.get(at.registry().devices_with_stale_after()) ==
              std::vector{kLamp, ref("lamp-1", "plant")});
    }
    SUBCASE("presence is the last put") {
        const Presence here{.online = true, .door = Door::kWs, .since = kNoon, .last_seen = kNoon};
        at.get(at.commit({PutPresence{kLamp, here}}));
        CHECK(at.get(at.registry().presence(kLamp)) == here);
        CHECK(at.get(at.registry().device_facts(kLamp))->presence == here);
        at.get(at.commit({PutPresence{kLamp, {}}}));
        CHECK(at.get(at.registry().presence(kLamp)) == Presence{});
    }
    SUBCASE("a key is found among all tenants' until it is deleted") {
        const Credential key{.id = KeyId{"k1"},
                             .kind = PrincipalKind::kUser,
                             .tenant = kLamp.tenant,
                             .principal = "admin",
                             .scopes = Scopes::all(),
                             .digest = std::string("\0\xFF\x80", 3),
                             .created = kNoon,
                             .expires = kNoon + 1h};
        Credential other = key;
        other.tenant = TenantId{"plant"};
        other.expires = {};
        at.get(at.commit({PutCredential{key}, PutCredential{other}}));
        CHECK(at.get(at.registry().credentials()) == std::vector{key, other});
        at.get(at.commit({DeleteCredential{key.tenant, key.id}}));
        CHECK(at.get(at.registry().credentials()) == std::vector{other});
    }
}

AppendAudit told(std::string action, std::string tenant = "home", Instant time = kNoon) {
    return AppendAudit{{.time = time,
                        .tenant = TenantId{std::move(tenant)},
                        .actor = "user:admin",
                        .credential = "k1",
                        .address = "::1",
                        .door = Door::kLocal,
                        .action = std::move(action),
                        .resource = "device:lamp-1",
                        .result = "ok"}};
}

void audit_is_a_chain(Fixture& at) {
    const auto list = [&](AuditQuery query) {
        if (query.tenant.text().empty()) query.tenant = TenantId{"home"};
        return at.get(at.registry().audit(std::move(query)));
    };
    const auto actions = [&](AuditQuery query) {
        std::string out;
        for (const AuditLine& line : list(std::move(query)))
            out += line.action;
        return out;
    };

    SUBCASE("audit gives the newest lines of the tenant, oldest first") {
        at.get(at.commit({told("a"), told("b"), told("x", "plant")}));
        at.get(at.commit({told("c")}));
        CHECK(actions({.tenant = {}, .after = {}, .limit = 2}) == "bc");
        CHECK(actions({}) == "abc");
        CHECK(list({.tenant = TenantId{"nobody"}}).empty());
    }
    SUBCASE("each tenant's lines are numbered and chained, over commits and failed ones") {
        at.get(at.commit({told("a"), told("keys.create"), told("x", "plant")}));
        CHECK(at.failure(
                  at.commit({told("lost"), DeleteCredential{TenantId{"home"}, KeyId{"nobody"}}})) ==
              ErrorCode::kNotFound);
        at.get(at.commit({told("c")}));
        const auto lines = list({});
        REQUIRE(lines.size() == 3);
        AuditLine expected = told("a").line;
        expected.number = 1;
        expected.previous = kChainBegin;
        CHECK(lines[0] == expected);
        CHECK(lines[1].kind == "authn_token_created");
        ChainCheck check;
        for (const AuditLine& line : lines)
            CHECK(check.add(link_of(line)) == std::nullopt);
        for (const AuditLine& line : list({.tenant = TenantId{"plant"}}))
            CHECK(check.add(link_of(line)) == std::nullopt);
        CHECK(check.chains().at("home").lines == 3);
        CHECK(check.chains().at("plant").lines == 1);
    }
    SUBCASE("a line that was added is an event of its tenant, as it stands in the chain") {
        std::vector<Event> heard;
        at.log().listen([&](const std::vector<Event>& more) {
            heard.insert(heard.end(), more.begin(), more.end());
        });
        const DeviceRef lamp = ref("lamp-1");
        at.get(at.commit({told("a")}));
        const auto both = at.get(at.commit({told("b"), told("x", "plant")}, {event(lamp, "said")}));
        CHECK(both.first == 2);
        CHECK(both.last == 4);
        CHECK(at.failure(
                  at.commit({told("lost"), DeleteCredential{TenantId{"home"}, KeyId{"nobody"}}})) ==
              ErrorCode::kNotFound);
        REQUIRE(at.loop.run_until([&] { return heard.size() == 4; }));
        CHECK(heard[1].value == Value{"said"});
        const auto lines = list({});
        std::vector<Event> expected{audit_event(lines[0]), audit_event(lines[1]),
                                    audit_event(list({.tenant = TenantId{"plant"}}).front())};
        expected[0].sequence = 1;
        expected[1].sequence = 3;
        expected[2].sequence = 4;
        CHECK(std::vector{heard[0], heard[2], heard[3]} == expected);
        const Past past = at.get(at.log().read({.after = 0, .until = 4}));
        CHECK(past.events == heard);
    }
    SUBCASE("a line stands for as many refusals as it says") {
        AppendAudit refused = told("devices.list");
        refused.line.result = "forbidden";
        refused.line.count = 7;
        at.get(at.commit({refused}));
        CHECK(list({}).front().count == 7);
        CHECK(list({}).front().kind == "authz_fail");
    }
    SUBCASE("lines beyond a number come in order, so that pages follow each other") {
        at.get(at.commit({told("a"), told("b"), told("c"), told("d")}));
        CHECK(actions({.tenant = {}, .after = 0, .limit = 2}) == "ab");
        CHECK(actions({.tenant = {}, .after = 2, .limit = 2}) == "cd");
        CHECK(actions({.tenant = {}, .after = 4, .limit = 2}) == "");
    }
    SUBCASE("filters go together, and the limit counts what they let through") {
        at.get(at.commit({told("a"), told("b", "home", kNoon + 1s), told("a", "home", kNoon + 2s),
                          told("b", "home", kNoon + 3s), told("a", "home", kNoon + 4s)}));
        CHECK(list({.tenant = {}, .after = {}, .limit = 2, .action = "a"}).front().number == 3);
        CHECK(list({.tenant = {}, .after = 1, .limit = 1, .action = "a"}).front().number == 3);
        CHECK(actions({.tenant = {}, .after = {}, .since = kNoon + 1s, .until = kNoon + 4s}) ==
              "bab");
        CHECK(actions({.tenant = {}, .after = {}, .actor = "user:admin", .action = "b"}) == "bb");
        CHECK(actions({.tenant = {}, .after = {}, .actor = "user:other"}) == "");
        CHECK(actions({.tenant = {}, .after = {}, .kind = "authz_fail"}) == "");
        CHECK(actions({.tenant = {}, .after = {}, .result = "ok"}) == "ababa");
    }
}

void replies_are_remembered(Fixture& at) {
    const auto reply = [](std::string key, Instant created) {
        return RememberedReply{.tenant = TenantId{"home"},
                               .principal = "admin",
                               .key = std::move(key),
                               .fingerprint = std::string("\0\1", 2),
                               .status = 201,
                               .headers = "location: /v1/x\r\n",
                               .body = std::string("{\0}", 3),
                               .created = created};
    };
    const auto find = [&](const std::string& key) {
        return at.get(at.registry().reply(TenantId{"home"}, "admin", key));
    };

    SUBCASE("a reply is found by tenant, principal and key") {
        at.get(at.commit({PutReply{reply("a", kNoon)}}));
        CHECK(find("a") == reply("a", kNoon));
        CHECK(!find("b"));
        CHECK(!at.get(at.registry().reply(TenantId{"home"}, "other", "a")));
        CHECK(!at.get(at.registry().reply(TenantId{"plant"}, "admin", "a")));
    }
    SUBCASE("a reply makes room for new ones after a day, not before") {
        at.get(at.commit({PutReply{reply("a", kNoon)}}));
        at.get(at.commit({PutReply{reply("b", kNoon + 23h)}}));
        CHECK(find("a"));
        at.get(at.commit({PutReply{reply("c", kNoon + 25h)}}));
        CHECK(!find("a"));
        CHECK(find("b"));
    }
}

}  // namespace

void registry_suite(const MakeEngine& make) {
    Fixture at{make};
    devices_are_compared_and_set(at);
    transactions_are_whole(at);
    deleting_takes_all(at);
    SUBCASE("devices are listed") {
        devices_are_listed(at);
    }
    SUBCASE("twins are compared and set") {
        twins_are_compared_and_set(at);
    }
    SUBCASE("commands are kept") {
        commands_are_kept(at);
    }
    SUBCASE("small records are kept") {
        small_records_are_kept(at);
    }
    audit_is_a_chain(at);
    replies_are_remembered(at);
}

}  // namespace tandem::conformance
