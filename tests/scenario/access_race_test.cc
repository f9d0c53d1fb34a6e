// What is decided once more after a wait: rights that go while a request waits for its turn, for
// the store, or for a change to come.
#include "api/device_state.h"
#include "base/checked.h"
#include "codec/json.h"
#include "contract/certificate.h"
#include "scenario/access_fixture.h"
#include "scenario/hooked_registry.h"

#include <algorithm>
#include <array>

namespace tandem::simulation {
namespace {

/// Holds a turn, so that requests queue behind it in the order in which they come.
class HeldTurn {
public:
    HeldTurn(ServedHub& hub, api::Turnstile& turn) : hub_{hub} {
        spawn(take(&turn, pass_));
        REQUIRE(pass_->has_value());
    }
    void release() {
        pass_->reset();
        hub_.settle();
    }

private:
    using Held = std::shared_ptr<std::optional<api::Turnstile::Pass>>;
    static Task<void> take(api::Turnstile* turn, Held into) {
        auto pass = co_await turn->enter();
        into->emplace(std::move(pass));
    }
    ServedHub& hub_;
    Held pass_ = std::make_shared<std::optional<api::Turnstile::Pass>>();
};

/// A request on a connection of its own, whose answer is looked for later.
class Waiting {
public:
    Waiting(Estate& estate,
            const std::string& key,
            const std::string& method,
            const std::string& target,
            const std::string& body = "")
        : connection_{estate.hub} {
        std::string text = method + " " + target +
                           " HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAuthorization: Bearer " + key +
                           "\r\n";
        if (!body.empty()) {
            text +=
                "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
                "\r\n";
        }
        connection_.feed(text + "\r\n" + body);
        estate.hub.settle();
    }
    /// 0: there is no answer yet.
    int status() {
        const std::string answer = connection_.take();
        return answer.empty() ? 0 : std::stoi(answer.substr(std::string{"HTTP/1.1 "}.size()));
    }

private:
    Connection connection_;
};

constexpr const char* kAnna = R"({"id":"anna","role":"admin","password":"first word of anna"})";

/// An estate whose registry lets things happen meanwhile.
struct Hooked : Estate {
    Hooked() { hub.part->shard.stores.registry = &registry; }
    ~Hooked() { hub.part->shard.stores.registry = &behind; }
    Hooked(const Hooked&) = delete;
    Hooked& operator=(const Hooked&) = delete;

    Registry& behind = *hub.part->shard.stores.registry;
    HookedRegistry registry{behind, hub.loop};
};

}  // namespace

TEST_CASE("who is no administrator any more when its turn comes changes nothing") {
    Estate estate{{}, false};
    estate.done("POST", "/v1/users", kAnna);
    const std::string anna = estate.key_of_user("anna");
    HeldTurn held{estate.hub, estate.hub.part->shard.policy};
    SUBCASE("because it was deleted") {
        Waiting ends{estate, estate.boss, "DELETE", "/v1/users/anna"};
        Waiting acts{estate, anna, "POST", "/v1/apps", R"({"id":"hers"})"};
        CHECK(acts.status() == 0);
        held.release();
        CHECK(ends.status() == 204);
        CHECK(acts.status() == 401);
    }
    SUBCASE("because it is a viewer now") {
        Waiting demotes{estate, estate.boss, "PATCH", "/v1/users/anna", R"({"role":"viewer"})"};
        Waiting acts{estate, anna, "POST", "/v1/apps", R"({"id":"hers"})"};
        CHECK(acts.status() == 0);
        held.release();
        CHECK(demotes.status() == 200);
        CHECK(acts.status() == 403);
    }
    CHECK(estate.call(estate.boss, "GET", "/v1/apps/hers").status == 404);
}

TEST_CASE("nobody is made in a tenant that has been deleted meanwhile") {
    Estate estate{{}, false};
    estate.done("POST", "/v1/tenants",
                R"({"id":"plant","user":"head","password":"first word of head"})");
    const TenantId plant{"plant"};
    const std::string head = estate.key_of_user("head", plant);
    HeldTurn held{estate.hub, estate.hub.part->shard.policy};
    Waiting ends{estate, estate.boss, "DELETE", "/v1/tenants/plant"};
    Waiting makes{estate, head, "POST", "/v1/users", kAnna};
    CHECK(makes.status() == 0);
    held.release();
    CHECK(ends.status() == 204);
    CHECK(makes.status() == 401);
    CHECK(estate.hub.hub->policies.users(plant).empty());
}

TEST_CASE("a device that has become another's before the turn is not taken back nor deleted") {
    Estate estate;
    estate.hub.make_device("lamp", {{"site", "hall-3"}});
    const std::string app = estate.make_app("planner");
    estate.grant(R"("app":"planner","scopes":["devices:read","devices:write"],)"
                 R"("labels":{"site":"hall-3"})");
    const DeviceRef lamp{.tenant = node::home_tenant(), .id = DeviceId{"lamp"}};
    HeldTurn held{estate.hub, estate.hub.part->shard.devices->find(lamp)->turn};
    Waiting moves{estate, estate.boss, "PATCH", "/v1/devices/lamp",
                  R"({"labels":{"site":"yard"}})"};
    Waiting puts{estate, app, "PUT", "/v1/devices/lamp", R"({"labels":{"site":"hall-3"}})"};
    Waiting patches{estate, app, "PATCH", "/v1/devices/lamp", R"({"labels":{"site":"hall-3"}})"};
    Waiting deletes{estate, app, "DELETE", "/v1/devices/lamp"};
    CHECK(puts.status() == 0);
    held.release();
    CHECK(moves.status() == 200);
    CHECK(puts.status() == 404);
    CHECK(patches.status() == 404);
    CHECK(deletes.status() == 404);
    CHECK(*estate.done("GET", "/v1/devices/lamp").find("labels") ==
          Value::Object{{"site", "yard"}});
}

TEST_CASE("who has no key any more when the device's turn comes leaves nothing on it") {
    Estate estate;
    estate.hub.make_device("lamp-1");
    const std::string app = estate.make_app("planner");
    estate.grant(R"("app":"planner","scopes":["devices:write","commands:send","keys:manage"],)"
                 R"("devices":["lamp-1"])");
    const Value example = checked(codec::parse_json(contract::kCertificatesCreate.example));
    const std::string certificate = codec::to_json(*example.find("body"));
    const DeviceRef lamp{.tenant = node::home_tenant(), .id = DeviceId{"lamp-1"}};
    const auto credentials_of_lamp = [&estate] {
        return estate.hub.hub->credentials
            .of(PrincipalKind::kDevice, node::home_tenant(), "lamp-1", estate.hub.clock.now())
            .size();
    };
    const std::size_t before = credentials_of_lamp();
    HeldTurn held{estate.hub, estate.hub.part->shard.devices->find(lamp)->turn};
    Waiting declares{estate, app, "PUT", "/v1/devices/lamp-1/series/power", R"({"type":"number"})"};
    Waiting sends{estate, app, "POST", "/v1/devices/lamp-1/commands", R"({"name":"blink"})"};
    Waiting certifies{estate, app, "POST", "/v1/devices/lamp-1/certificates", certificate};
    CHECK(estate.hub.hub->credentials
              .of(PrincipalKind::kApp, node::home_tenant(), "planner", estate.hub.clock.now())
              .size() == 1);
    estate.hub.hub->credentials.erase(
        KeyId{estate.call(app, "GET", "/v1/me").json().find("credential")->get<std::string>()[0]});
    held.release();
    CHECK(declares.status() == 401);
    CHECK(sends.status() == 401);
    CHECK(certifies.status() == 401);
    CHECK(estate.call(estate.boss, "GET", "/v1/devices/lamp-1/series/power").status == 404);
    CHECK(credentials_of_lamp() == before);
}

TEST_CASE("a subscription begins with what may be followed when it begins") {
    Hooked estate;
    for (const char* site : {"hall", "yard"})
        estate.hub.make_device(site, {{"site", site}});
    const std::string app = estate.make_app("display");
    const std::string id =
        estate.grant(R"("app":"display","scopes":["telemetry:read"],"labels":{"site":"hall"})");
    auth::Policies& policies = estate.hub.hub->policies;
    Socket socket{estate.hub, bearer(app)};
    REQUIRE(socket.open());
    SUBCASE("nothing, where the grant has gone") {
        estate.registry.meanwhile = [&] { policies.erase(node::home_tenant(), GrantId{id}); };
        CHECK(*subscribe(socket, "{}").find("status") == Value{403});
    }
    SUBCASE("of a page as well") {
        estate.registry.meanwhile = [&] { policies.erase(node::home_tenant(), GrantId{id}); };
        CHECK(estate.call(app, "GET", "/v1/stream").status == 403);
    }
    SUBCASE("something else, where the grant is another") {
        Grant other = *policies.grant(node::home_tenant(), GrantId{id});
        other.allowance.labels = {{"site", "yard"}};
        estate.registry.meanwhile = [&] { policies.put(other); };
        CHECK(*subscribe(socket, "{}").find("status") == Value{200});
        CHECK(socket.closed().empty());
        estate.write("hall", R"({"power":1})");
        estate.write("yard", R"({"power":1})");
        CHECK(heard(socket) == Names{"yard/power"});
    }
    SUBCASE("nothing, where the key has been revoked") {
        const auto key = auth::read_key(app);
        estate.registry.meanwhile = [&] { estate.hub.hub->credentials.erase(key->id); };
        CHECK(estate.call(app, "GET", "/v1/stream").status == 401);
    }
}

TEST_CASE("for a filter by labels and a grant by labels the devices are looked for once") {
    Hooked estate;
    estate.hub.make_device("lamp", {{"site", "hall"}});
    const std::string app = estate.make_app("display");
    estate.grant(R"("app":"display","scopes":["telemetry:read"],"labels":{"site":"hall"})");
    Socket socket{estate.hub, bearer(app)};
    estate.registry.lists = 0;
    REQUIRE(*subscribe(socket, R"({"labels":{"site":"hall"}})").find("status") == Value{200});
    CHECK(estate.registry.lists == 1);
    estate.write("lamp", R"({"power":1})");
    CHECK(heard(socket) == Names{"lamp/power"});
}

TEST_CASE("a change of anybody's rights ends no read of a socket in the grace of its key") {
    Estate estate;
    estate.hub.make_device("lamp");
    estate.done("PATCH", "/v1/devices/lamp/config", R"({"level":1})");
    const std::string app = estate.make_app("display");
    const std::string grant =
        estate.grant(R"("app":"display","scopes":["config:read"],"devices":["lamp"])");
    estate.done("POST", "/v1/apps/display/secrets");
    Socket socket{estate.hub, bearer(app)};
    REQUIRE(socket.open());
    static_cast<void>(socket.messages());
    // The old secret has run out; the socket has its time to say another.
    estate.hub.clock.passed += 24h + 1s;
    socket.send(R"({"id":1,"op":"config.get","path":{"device":"lamp"},)"
                R"("headers":{"prefer":"wait=60","if-none-match":"\"1\""}})");
    estate.hub.settle();
    CHECK(socket.messages().empty());
    SUBCASE("somebody else's") {
        estate.make_app("other");
    }
    SUBCASE("its own") {
        estate.done("PATCH", "/v1/grants/" + grant, R"({"scopes":["config:read","state:read"]})");
    }
    estate.hub.settle();
    CHECK(socket.closed().empty());
    estate.done("PATCH", "/v1/devices/lamp/config", R"({"level":2})");
    estate.hub.settle();
    const auto messages = socket.messages();
    REQUIRE(messages.size() == 1);
    CHECK(*messages[0].find("status") == Value{200});
}

TEST_CASE("a secret that has run out is revoked, and the socket that it opened closes at once") {
    Estate estate;
    const std::string app = estate.make_app("display");
    const std::string id = auth::read_key(app)->id.text();
    estate.done("POST", "/v1/apps/display/secrets");
    Socket socket{estate.hub, bearer(app)};
    REQUIRE(socket.open());
    estate.hub.clock.passed += 24h + 1s;
    CHECK(estate.done("GET", "/v1/apps/display").find("secrets")->get<Value::Array>()->size() == 1);
    CHECK(socket.closed().empty());
    estate.done("DELETE", "/v1/apps/display/secrets/" + id);
    estate.hub.settle();
    CHECK(socket.closed().starts_with("4401"));
    CHECK(estate.call(estate.boss, "DELETE", "/v1/apps/display/secrets/" + id).status == 404);
}

TEST_CASE("a new name ends no stream") {
    Estate estate{{}, false};
    estate.hub.make_device("lamp");
    estate.done("POST", "/v1/users",
                R"({"id":"anna","role":"viewer","password":"a word of hers"})");
    const std::string app = estate.make_app("display");
    estate.grant(R"("app":"display","scopes":["telemetry:read"],"devices":["lamp"])");
    Socket hers{estate.hub, bearer(estate.key_of_user("anna"))};
    Socket its{estate.hub, bearer(app)};
    for (Socket* each : {&hers, &its}) {
        REQUIRE(*subscribe(*each, "{}").find("status") == Value{200});
        static_cast<void>(each->messages());
    }
    estate.done("PATCH", "/v1/users/anna", R"({"name":"Anna Berg"})");
    estate.done("POST", "/v1/users/anna/password", R"({"password":"another word"})");
    estate.done("PATCH", "/v1/apps/display", R"({"name":"The display"})");
    estate.write("lamp", R"({"power":1})");
    estate.hub.settle();
    for (Socket* each : {&hers, &its}) {
        CHECK(each->closed().empty());
        CHECK(heard(*each) == Names{"lamp/power"});
    }
    // What lets it do more does.
    estate.done("PATCH", "/v1/users/anna", R"({"role":"operator"})");
    estate.hub.settle();
    CHECK(hers.closed().starts_with("4500"));
    CHECK(its.closed().empty());
}

TEST_CASE("passwords are verified and hashed outside the turn of changes") {
    Estate estate{{}, false};
    estate.done("POST", "/v1/users", kAnna);
    const std::string anna = estate.key_of_user("anna");
    HeldTurn held{estate.hub, estate.hub.part->shard.policy};
    SUBCASE("a wrong one is refused while others change things") {
        Waiting guesses{estate, anna, "POST", "/v1/users/anna/password",
                        R"({"password":"another word","current":"a guess of mine"})"};
        CHECK(guesses.status() == 403);
    }
    SUBCASE("one that is not the present one any more when the turn comes is wrong") {
        Waiting first{estate, estate.boss, "POST", "/v1/users/anna/password",
                      R"({"password":"what the boss says"})"};
        Waiting second{estate, anna, "POST", "/v1/users/anna/password",
                       R"({"password":"another word","current":"first word of anna"})"};
        CHECK(second.status() == 0);
        held.release();
        CHECK(first.status() == 204);
        CHECK(second.status() == 403);
    }
    SUBCASE("what may not be made costs no hash and no turn") {
        Waiting user{estate, estate.boss, "POST", "/v1/users", kAnna};
        CHECK(user.status() == 409);
        Waiting tenant{estate, estate.boss, "POST", "/v1/tenants",
                       R"({"id":"main","user":"head","password":"first word of head"})"};
        CHECK(tenant.status() == 409);
    }
    SUBCASE("of two who make the same one the second is refused") {
        Waiting first{estate, estate.boss, "POST", "/v1/users",
                      R"({"id":"eve","password":"first word of eve"})"};
        Waiting second{estate, anna, "POST", "/v1/users",
                       R"({"id":"eve","password":"second word of eve"})"};
        held.release();
        CHECK(first.status() == 201);
        CHECK(second.status() == 409);
    }
}

TEST_CASE("a command whose cancellation is not stored leaves no line of it") {
    Hooked estate;
    const std::string lamp = estate.hub.make_device("lamp");
    const std::string app = estate.make_app("display");
    const std::string grant =
        estate.grant(R"("app":"display","scopes":["commands:send"],"devices":["lamp"])");
    REQUIRE(estate.call(app, "POST", "/v1/devices/lamp/commands", R"({"name":"blink"})").status ==
            202);
    estate.done("DELETE", "/v1/grants/" + grant);
    const auto take = [&] {
        net::Headers headers = bearer(lamp);
        headers.emplace_back("Prefer", "wait=0");
        return ask(estate.hub, {.target = "/v1/me/commands", .headers = headers}).status;
    };
    const auto lines = [&] {
        estate.hub.settle();
        return std::ranges::count(estate.hub.audit(),
                                  std::string{"app:display commands.release forbidden"});
    };
    estate.registry.keeps_commands = false;
    CHECK(take() == 503);
    CHECK(lines() == 0);
    estate.registry.keeps_commands = true;
    CHECK(take() == 200);
    CHECK(lines() == 1);
}

}  // namespace tandem::simulation
