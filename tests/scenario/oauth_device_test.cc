// The device grant of RFC 8628, how a box becomes a device with it, and claim codes.
#include "scenario/oauth_fixture.h"

#include <initializer_list>

namespace tandem::simulation {
namespace {

constexpr std::string_view kDeviceCode = "urn:ietf:params:oauth:grant-type:device_code";

api::Rules patient() {
    api::Rules rules;
    rules.oauth.failures = 1'000;
    rules.oauth.askings = 1'000;
    rules.oauth.user_codes = 1'000;
    return rules;
}

/// A box and the person in front of it.
struct Boxes : OAuthEstate {
    explicit Boxes(api::Rules rules = patient()) : OAuthEstate{std::move(rules)} {}

    Value begin(const std::string& client = "wall", const std::string& name = "The lamp") {
        const Answer answer =
            form("/oauth/device_authorization",
                 {{"client_id", client}, {"scope", "telemetry:read"}, {"name", name}});
        REQUIRE_MESSAGE(answer.status == 200, answer.body);
        return answer.json();
    }
    Answer poll(const Value& begun, const std::string& client = "wall") {
        return token({{"grant_type", std::string{kDeviceCode}},
                      {"device_code", text_in(begun, "device_code")},
                      {"client_id", client}});
    }
    Answer enter(const std::string& user_code, Parameters also, const std::string& cookie) {
        also.emplace_back("user_code", user_code);
        return decide("/oauth/device", also, cookie);
    }
    Answer say(const Value& begun, const std::string& decision, const std::string& device = "") {
        return enter(text_in(begun, "user_code"), {{"decision", decision}, {"device", device}},
                     anna);
    }
};

}  // namespace

TEST_CASE("a box waits until somebody lets it in, and then acts for them") {
    Boxes boxes;
    const Value begun = boxes.begin();
    CHECK(text_in(begun, "verification_uri") == kOrigin + "/oauth/device");
    CHECK(text_in(begun, "verification_uri_complete") ==
          kOrigin + "/oauth/device?user_code=" + text_in(begun, "user_code"));
    CHECK(*begun.find("expires_in") == Value{600});
    CHECK(*begun.find("interval") == Value{5});
    CHECK(error_in(boxes.poll(begun)) == "authorization_pending");
    boxes.hub.pass(5s);
    CHECK(error_in(boxes.poll(begun)) == "authorization_pending");
    const Answer page = boxes.enter(text_in(begun, "user_code"), {}, boxes.anna);
    CHECK(page.status == 200);
    CHECK(page.body.contains("The lamp"));
    CHECK(page.body.contains("192.0.2.7"));
    CHECK(page.body.contains("<code>telemetry:read</code>"));
    boxes.hub.pass(5s);
    CHECK(error_in(boxes.poll(begun)) == "authorization_pending");
    CHECK(boxes.say(begun, "allow").status == 200);
    boxes.hub.pass(5s);
    const Answer given = boxes.poll(begun);
    REQUIRE_MESSAGE(given.status == 200, given.body);
    const Value tokens = given.json();
    CHECK(text_in(boxes.me(text_in(tokens, "access_token")).json(), "id") == "anna");
    CHECK(boxes.refresh(text_in(tokens, "refresh_token")).status == 200);
    CHECK(boxes.audited("user:anna oauth.approve ok"));
    CHECK(boxes.say(begun, "allow").body.contains("No device waits with this code."));
}

TEST_CASE("a box in a hurry is told to slow down, and each time by more") {
    Boxes boxes;
    const Value begun = boxes.begin();
    CHECK(error_in(boxes.poll(begun)) == "authorization_pending");
    boxes.hub.pass(4s);
    CHECK(error_in(boxes.poll(begun)) == "slow_down");
    boxes.hub.pass(9s);
    CHECK(error_in(boxes.poll(begun)) == "slow_down");
    boxes.hub.pass(15s);
    CHECK(error_in(boxes.poll(begun)) == "authorization_pending");
}

TEST_CASE("a box that never pauses is held up before anything is stored for it") {
    api::Rules rules = patient();
    rules.oauth.of_client = 3;
    Boxes boxes{rules};
    const Value begun = boxes.begin();
    CHECK(error_in(boxes.poll(begun)) == "authorization_pending");
    for (int at = 0; at < 2; ++at)
        CHECK(error_in(boxes.poll(begun)) == "slow_down");
    const Answer often = boxes.poll(begun);
    CHECK(often.status == 429);
    CHECK(often.field("retry-after") == "20");
    // Another box has its own.
    CHECK(error_in(boxes.poll(boxes.begin())) == "authorization_pending");
}

TEST_CASE("a box that is refused, is late, or comes again, gets nothing") {
    Boxes boxes;
    const Value refused = boxes.begin();
    CHECK(boxes.say(refused, "deny").status == 200);
    CHECK(error_in(boxes.poll(refused)) == "access_denied");
    CHECK(boxes.audited("user:anna oauth.deny ok"));
    const Value late = boxes.begin();
    const Value other = boxes.begin();
    CHECK(error_in(boxes.poll(other, "nobody")) == "invalid_client");
    CHECK(error_in(boxes.poll(other, "~device")) == "invalid_grant");
    boxes.say(other, "allow");
    const Value tokens = boxes.poll(other).json();
    CHECK(error_in(boxes.poll(other)) == "invalid_grant");
    CHECK(boxes.me(text_in(tokens, "access_token")).status == 401);
    boxes.hub.pass(10min);
    CHECK(error_in(boxes.poll(late)) == "expired_token");
    CHECK(boxes.say(late, "allow").body.contains("No device waits with this code."));
}

TEST_CASE("a box becomes a device with a key of its own, that its owner sees and ends") {
    Boxes boxes;
    const std::string boss = boxes.cookie_of("admin");
    const Value begun = boxes.begin("~device", "Pump 7 <hall>");
    const std::string user_code = text_in(begun, "user_code");
    const Answer page = boxes.enter(user_code, {}, boss);
    CHECK(page.body.contains("Pump 7 &lt;hall&gt;"));
    CHECK(page.body.contains("value=\"Pump-7--hall-\""));
    CHECK(boxes.enter(user_code, {{"decision", "allow"}, {"device", "pump 7"}}, boss)
              .body.contains("The id is 1 to 64"));
    CHECK(boxes.enter(user_code, {{"decision", "allow"}, {"device", "pump-7"}}, boss)
              .body.contains("goes on by itself"));
    const Answer given = boxes.poll(begun, "~device");
    REQUIRE_MESSAGE(given.status == 200, given.body);
    const Value body = given.json();
    CHECK(text_in(body, "device") == "pump-7");
    CHECK(body.find("expires_in") == nullptr);
    CHECK(body.find("refresh_token") == nullptr);
    const std::string key = text_in(body, "access_token");
    CHECK(key.starts_with("tdk_"));
    CHECK(boxes.call(key, "POST", "/v1/me/telemetry", R"({"power":1})").status == 200);
    CHECK(text_in(boxes.done("GET", "/v1/devices/pump-7"), "name") == "Pump 7 <hall>");
    const Value keys = boxes.done("GET", "/v1/devices/pump-7/keys");
    REQUIRE(names_in(keys).size() == 1);
    Socket socket{boxes.hub, bearer(key)};
    REQUIRE(socket.open());
    boxes.done("DELETE", "/v1/devices/pump-7/keys/" + *names_in(keys).begin());
    boxes.hub.settle();
    CHECK(socket.closed().starts_with("4401"));
    CHECK(boxes.audited("user:admin oauth.approve ok"));
    CHECK(boxes.audited("device:pump-7 oauth.claim ok"));
}

TEST_CASE("a device code that comes again ends the key that it gave") {
    Boxes boxes;
    const Value begun = boxes.begin("~device");
    CHECK(boxes
              .enter(text_in(begun, "user_code"), {{"decision", "allow"}, {"device", "pump-7"}},
                     boxes.cookie_of("admin"))
              .status == 200);
    const std::string key = text_in(boxes.poll(begun, "~device").json(), "access_token");
    CHECK(boxes.me(key).status == 200);
    CHECK(error_in(boxes.poll(begun, "~device")) == "invalid_grant");
    CHECK(boxes.me(key).status == 401);
    CHECK(boxes.audited("device:pump-7 oauth.reuse ok"));
}

TEST_CASE("who may not make devices or keys lets no box become one") {
    Boxes boxes;
    const Value begun = boxes.begin("~device");
    for (const char* device : {"pump-7", "lamp-1"}) {
        CAPTURE(device);
        const Answer page = boxes.say(begun, "allow", device);
        CHECK(page.body.contains("class=\"wrong\""));
        CHECK(error_in(boxes.poll(begun, "~device")) != "");
        boxes.hub.pass(20s);
    }
    CHECK(boxes.call(boxes.boss, "GET", "/v1/devices/pump-7").status == 404);
    // Whoever may give the device a key lets the box be it.
    boxes.grant(R"("user":"anna","devices":["lamp-1"],"scopes":["keys:manage"])");
    CHECK(boxes.say(begun, "allow", "lamp-1").body.contains("goes on by itself"));
    CHECK(text_in(boxes.poll(begun, "~device").json(), "device") == "lamp-1");
    // But not more boxes than a device has keys.
    const Value second = boxes.begin("~device");
    CHECK(boxes.say(second, "allow", "lamp-1").body.contains("as many keys as it may"));
}

TEST_CASE("guesses of user codes are counted in the session, and by address") {
    SUBCASE("in the session") {
        Boxes boxes;
        const Value begun = boxes.begin();
        for (int at = 0; at < 5; ++at)
            CHECK(boxes.enter("BCDF-GHJK", {}, boxes.anna).status == 200);
        CHECK(boxes.enter("BCDF-GHJK", {}, boxes.anna).status == 429);
        // A right one is too late then.
        CHECK(boxes.say(begun, "allow").status == 429);
        CHECK(boxes.enter(text_in(begun, "user_code"), {}, boxes.cookie_of("anna")).status == 200);
    }
    SUBCASE("by address") {
        api::Rules rules = patient();
        rules.oauth.user_codes = 2;
        Boxes boxes{rules};
        CHECK(boxes.enter("BCDF-GHJK", {}, boxes.anna).status == 200);
        CHECK(boxes.enter("nonsense", {}, boxes.cookie_of("anna")).status == 200);
        CHECK(boxes.enter("BCDF-GHJK", {}, boxes.cookie_of("anna")).status == 429);
        boxes.hub.pass(30s);
        CHECK(boxes.enter("BCDF-GHJK", {}, boxes.cookie_of("anna")).status == 200);
    }
}

TEST_CASE("boxes that ask are counted by address, and no more wait than may") {
    api::Rules rules = patient();
    rules.oauth.askings = 2;
    rules.oauth.pending = 3;
    Boxes boxes{rules};
    boxes.begin();
    boxes.begin();
    const Parameters asked{{"client_id", "wall"}};
    const Answer often = boxes.form("/oauth/device_authorization", asked);
    CHECK(often.status == 429);
    CHECK(often.field("retry-after") == "30");
    boxes.hub.pass(60s);
    boxes.begin();
    const Answer full = boxes.form("/oauth/device_authorization", asked);
    CHECK(full.status == 503);
    CHECK(error_in(full) == "temporarily_unavailable");
    boxes.hub.pass(10min);
    boxes.begin();
}

TEST_CASE("a box asks as itself, in good words") {
    Boxes boxes;
    const auto asked = [&](Parameters parameters, const std::string& authorization = "") {
        net::Headers headers;
        if (!authorization.empty()) headers.emplace_back("Authorization", authorization);
        return error_in(boxes.form("/oauth/device_authorization", parameters, std::move(headers)));
    };
    CHECK(asked({}) == "invalid_client");
    CHECK(asked({{"client_id", "robot"}}) == "invalid_client");
    CHECK(asked({}, basic("robot", boxes.robot)) == "");
    CHECK(asked({{"client_id", "wall"}, {"scope", "users:manage"}}) == "invalid_scope");
    CHECK(asked({{"client_id", "wall"}, {"name", std::string(65, 'x')}}) == "invalid_request");
    CHECK(asked({{"client_id", "wall"}, {"name", "two\nlines"}}) == "invalid_request");
    CHECK(asked({{"client_id", "~device"}, {"scope", "telemetry:read"}}) == "");
    CHECK(error_in(boxes.token({{"grant_type", "refresh_token"},
                                {"refresh_token", "x"},
                                {"client_id", "~device"}})) == "unauthorized_client");
}

// ---------------------------------------------------------------- claim codes

namespace {

Answer claim(Boxes& boxes, const std::string& code, const std::string& device = "") {
    return boxes.token(
        {{"grant_type", "urn:tandem:claim"}, {"claim_code", code}, {"device", device}});
}

}  // namespace

TEST_CASE("a code for one device works once, whether the device is there or not") {
    Boxes boxes;
    const std::string fresh = text_in(
        boxes.done("POST", "/v1/claim-codes", R"({"device":"pump-1","type":"pump"})"), "code");
    CHECK(fresh.size() == 24);
    CHECK(error_in(claim(boxes, fresh, "pump-2")) == "invalid_grant");
    // Hyphens, small letters and what is taken for digits are as good.
    std::string typed = fresh.substr(0, 12) + "-" + fresh.substr(12);
    for (char& c : typed) {
        if (c == '0') c = 'o';
        if (c == '1') c = 'l';
    }
    const Answer given = claim(boxes, typed);
    REQUIRE_MESSAGE(given.status == 200, given.body);
    CHECK(text_in(given.json(), "device") == "pump-1");
    CHECK(boxes.me(text_in(given.json(), "access_token")).status == 200);
    CHECK(text_in(boxes.done("GET", "/v1/devices/pump-1"), "type") == "pump");
    CHECK(error_in(claim(boxes, fresh)) == "invalid_grant");
    const std::string there =
        text_in(boxes.done("POST", "/v1/claim-codes", R"({"device":"pump-1"})"), "code");
    CHECK(claim(boxes, there, "pump-1").status == 200);
    CHECK(boxes.audited("device:pump-1 oauth.claim ok"));
}

TEST_CASE("a fleet's key lets in so many new devices of its kind, and none that is there") {
    Boxes boxes;
    const Value made =
        boxes.done("POST", "/v1/claim-codes",
                   R"({"prefix":"pump-","type":"pump","labels":{"site":"hall-3"},"uses":2})");
    const std::string key = text_in(made, "code");
    CHECK(error_in(claim(boxes, key, "lamp-9")) == "invalid_grant");
    CHECK(error_in(claim(boxes, key)) == "invalid_request");
    CHECK(error_in(claim(boxes, key, "pump- 1")) == "invalid_request");
    CHECK(claim(boxes, key, "pump-1").status == 200);
    CHECK(text_in(*boxes.done("GET", "/v1/devices/pump-1").find("labels"), "site") == "hall-3");
    // Who has the fleet's key does not become another of the fleet.
    CHECK(error_in(claim(boxes, key, "pump-1")) == "invalid_grant");
    CHECK(claim(boxes, key, "pump-2").status == 200);
    CHECK(error_in(claim(boxes, key, "pump-3")) == "invalid_grant");
    const Value page = boxes.done("GET", "/v1/claim-codes");
    const Value& listed = page.find("items")->get<Value::Array>()->front();
    CHECK(*listed.find("uses") == Value{0});
    CHECK(listed.find("code") == nullptr);
    CHECK(text_in(listed, "made_by") == "user:admin");
}

TEST_CASE("a claim code ends with its time, with its deletion, and with what its maker may") {
    Boxes boxes;
    const auto make = [&] {
        return boxes.done("POST", "/v1/claim-codes", R"({"prefix":"pump-","uses":9})");
    };
    const std::string late = text_in(make(), "code");
    boxes.hub.clock.ahead += 24h;
    CHECK(error_in(claim(boxes, late, "pump-1")) == "invalid_grant");
    const Value deleted = make();
    boxes.done("DELETE", "/v1/claim-codes/" + text_in(deleted, "id"));
    CHECK(error_in(claim(boxes, text_in(deleted, "code"), "pump-1")) == "invalid_grant");
    const std::string keeper = boxes.make_app("keeper");
    const std::string id =
        boxes.grant(R"("app":"keeper","devices":["*"],)"
                    R"("scopes":["access:manage","devices:write","keys:manage"])");
    const std::string code = text_in(
        boxes.call(keeper, "POST", "/v1/claim-codes", R"({"prefix":"pump-","uses":9})").json(),
        "code");
    CHECK(claim(boxes, code, "pump-1").status == 200);
    boxes.done("DELETE", "/v1/grants/" + id);
    CHECK(error_in(claim(boxes, code, "pump-2")) == "invalid_grant");
    boxes.done("DELETE", "/v1/apps/keeper");
    CHECK(error_in(claim(boxes, code, "pump-3")) == "invalid_grant");
    CHECK(boxes.call(boxes.boss, "GET", "/v1/devices/pump-2").status == 404);
}

TEST_CASE("claim codes are asked for sensibly, and bounded") {
    api::Rules rules = patient();
    rules.oauth.claim_codes = 1;
    Boxes boxes{rules};
    for (const char* body : {R"({"device":"a","prefix":"b"})", R"({"device":"a","uses":2})",
                             R"({"device":"me"})", R"({"uses":0})", R"({"expires":1})"}) {
        CAPTURE(body);
        CHECK(boxes.call(boxes.boss, "POST", "/v1/claim-codes", body).status == 400);
    }
    boxes.done("POST", "/v1/claim-codes", "{}");
    CHECK(boxes.call(boxes.boss, "POST", "/v1/claim-codes", "{}").status == 409);
    boxes.hub.clock.ahead += 24h;
    boxes.done("POST", "/v1/claim-codes", "{}");
    CHECK(boxes.call(boxes.robot, "POST", "/v1/claim-codes", "{}").problem() == "forbidden");
    CHECK(error_in(claim(boxes, "nonsense", "pump-1")) == "invalid_grant");
    CHECK(error_in(claim(boxes, std::string(24, '7'), "pump-1")) == "invalid_grant");
}

}  // namespace tandem::simulation
