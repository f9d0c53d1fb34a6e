#include "conformance/suites.h"

namespace tandem::conformance {
namespace {

const TenantId kHome{"home"};
const TenantId kPlant{"plant"};
const std::string kDigest(32, '\x5A');

Delegation anna(std::string client = "home/dashboard", const TenantId& tenant = kHome) {
    return {.kind = PrincipalKind::kUser,
            .tenant = tenant,
            .principal = "anna",
            .client = std::move(client),
            .scopes = {Scope::kTelemetryRead, Scope::kSelfRead}};
}

Delegation lamp() {
    Delegation of = anna("~device");
    of.kind = PrincipalKind::kDevice;
    of.principal = "lamp-1";
    return of;
}

AccessToken token(std::string id, Delegation of = anna(), std::string family = "f1") {
    return {.id = KeyId{std::move(id)},
            .digest = kDigest,
            .delegation = std::move(of),
            .family = KeyId{std::move(family)},
            .certificate = std::string("\0\xFF", 2),
            .created = kNoon,
            .expires = kNoon + 15min};
}

AuthorizationCode code(std::string id, Delegation of = anna()) {
    return {.id = KeyId{std::move(id)},
            .digest = kDigest,
            .delegation = std::move(of),
            .redirect_uri = "https://app.example/done",
            .challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            .nonce = "n",
            .family = KeyId{"f1"},
            .created = kNoon};
}

RefreshFamily family(std::string id, Delegation of = anna(), Instant created = kNoon) {
    return {.id = KeyId{std::move(id)},
            .digest = kDigest,
            .delegation = std::move(of),
            .created = created,
            .rotated = kNoon + 1h,
            .revoked = {}};
}

DeviceGrant pending(std::string id, Instant created = kNoon) {
    return {.id = KeyId{std::move(id)},
            .digest = kDigest,
            .user_code = std::string(32, '\xC3'),
            .client = "home/dashboard",
            .scopes = {Scope::kTelemetryRead},
            .name = "A <box>",
            .address = "192.0.2.7",
            .created = created,
            .interval = 5s,
            .asked = {},
            .delegation = {},
            .family = KeyId{"f2"}};
}

ClaimCode claim(std::string id, const TenantId& tenant = kHome) {
    return {.id = KeyId{id},
            .digest = "digest of " + id,
            .tenant = tenant,
            .device = "",
            .prefix = "pump-",
            .type = "pump",
            .labels = {{"site", "hall-3"}},
            .uses = 500,
            .made_by = "user:anna",
            .created = kNoon,
            .expires = kNoon + 24h};
}

template <typename Record>
PutRecord<Record> put(Record record, std::optional<Record> before = {}, Instant now = kNoon) {
    return {
        .record = std::move(record), .before = std::move(before), .now = now, .until = kNoon + 24h};
}

UsedAssertion assertion(std::string client = "home/service") {
    return {.client = std::move(client), .digest = kDigest, .until = kNoon + 24h};
}

DeniedToken denied(const TenantId& tenant = kHome, Instant until = kNoon + 24h) {
    return {.tenant = tenant, .issuer = "https://idp.example", .digest = kDigest, .until = until};
}

void records_are_kept(Fixture& at) {
    SUBCASE("a token and an assertion are there when the hub starts") {
        at.get(at.commit({put(token("t1")), put(assertion())}));
        const LiveRecords live = at.get(at.oauth().live());
        CHECK(live.tokens == std::vector{token("t1")});
        CHECK(live.assertions == std::vector{assertion()});
    }
    SUBCASE("and a denial, of which a newer one takes the place") {
        at.get(at.commit({put(denied()), put(denied(kPlant))}));
        PutRecord<DeniedToken> longer = put(denied(kHome, kNoon + 48h));
        longer.until = kNoon + 48h;
        at.get(at.commit({longer}));
        const LiveRecords live = at.get(at.oauth().live());
        CHECK(live.denied == std::vector{denied(kHome, kNoon + 48h), denied(kPlant)});
    }
    SUBCASE("a code, a family, a device grant and a claim code are found as they were put") {
        at.get(at.commit({put(code("c1")), put(family("f1")), put(pending("d1")), put(claim("k1")),
                          put(claim("k2", kPlant))}));
        CHECK(at.get(at.oauth().code(KeyId{"c1"})) == code("c1"));
        CHECK(at.get(at.oauth().family(KeyId{"f1"})) == family("f1"));
        CHECK(at.get(at.oauth().device_grant(KeyId{"d1"})) == pending("d1"));
        CHECK(at.get(at.oauth().claim_codes(kHome)) == std::vector{claim("k1")});
        CHECK(at.get(at.oauth().claim_code("digest of k2")) == claim("k2", kPlant));
        CHECK(!at.get(at.oauth().code(KeyId{"f1"})));
        CHECK(!at.get(at.oauth().family(KeyId{"c1"})));
        CHECK(!at.get(at.oauth().device_grant(KeyId{"c1"})));
        CHECK(!at.get(at.oauth().claim_code("k1")));
    }
    SUBCASE("a family that was rotated and ended says so") {
        RefreshFamily ended = family("f1");
        ended.revoked = kNoon + 2h;
        at.get(at.commit({put(family("f1"))}));
        at.get(at.commit({put(ended, std::optional{family("f1")})}));
        CHECK(at.get(at.oauth().family(KeyId{"f1"})) == ended);
    }
    SUBCASE("a device grant is found by its user code while it waits, the newest of two") {
        at.get(at.commit({put(pending("d1")), put(pending("d2", kNoon + 1s))}));
        const std::string user_code = pending("d1").user_code;
        CHECK(at.get(at.oauth().pending_grant(user_code)) == pending("d2", kNoon + 1s));
        DeviceGrant approved = pending("d2", kNoon + 1s);
        approved.state = DeviceGrant::State::kApproved;
        approved.delegation = anna();
        approved.asked = kNoon + 3s;
        at.get(at.commit({put(approved, std::optional{pending("d2", kNoon + 1s)})}));
        CHECK(at.get(at.oauth().pending_grant(user_code)) == pending("d1"));
        CHECK(at.get(at.oauth().device_grant(KeyId{"d2"})) == approved);
        CHECK(!at.get(at.oauth().pending_grant("another")));
    }
    SUBCASE("families are listed by whom they speak for, the oldest first") {
        at.get(at.commit({put(family("f2", anna(), kNoon + 1s)), put(family("f1")),
                          put(family("f3", anna("plant/dashboard", kPlant)))}));
        const Principal of{PrincipalKind::kUser, kHome, "anna"};
        CHECK(at.get(at.oauth().families(of)) ==
              std::vector{family("f1"), family("f2", anna(), kNoon + 1s)});
        RefreshFamily ended = family("f1");
        ended.revoked = kNoon + 2s;
        at.get(at.commit({put(ended, std::optional{family("f1")})}));
        CHECK(at.get(at.oauth().families(of)) == std::vector{family("f2", anna(), kNoon + 1s)});
    }
}

void records_are_compared_and_set(Fixture& at) {
    SUBCASE("of two who come with one code the second fails, and changes nothing") {
        AuthorizationCode used = code("c1");
        used.used = true;
        at.get(at.commit({put(code("c1"))}));
        at.get(at.commit({put(used, std::optional{code("c1")})}));
        CHECK(at.failure(at.commit({put(used, std::optional{code("c1")}), put(family("f1"))})) ==
              ErrorCode::kPreconditionFailed);
        CHECK(!at.get(at.oauth().family(KeyId{"f1"})));
    }
    SUBCASE("what must not be there yet is not overwritten, what must be there not made") {
        at.get(at.commit({put(assertion())}));
        CHECK(at.failure(at.commit({put(assertion())})) == ErrorCode::kPreconditionFailed);
        CHECK(at.failure(at.commit({put(family("f1"), std::optional{family("f1")})})) ==
              ErrorCode::kPreconditionFailed);
        at.get(at.commit({put(assertion("plant/service"))}));
    }
}

void records_are_bounded(Fixture& at) {
    SUBCASE("what is past its time leaves with those that come") {
        at.get(at.commit({put(token("t1")), put(code("c1"))}));
        at.get(at.commit({put(token("t2"), {}, kNoon + 24h)}));
        CHECK(at.get(at.oauth().live()).tokens == std::vector{token("t2")});
        CHECK(at.get(at.oauth().code(KeyId{"c1"})).has_value());
    }
    SUBCASE("there are no more than may be, but those that are there may change") {
        PutRecord<DeviceGrant> first = put(pending("d1"));
        first.most = 1;
        PutRecord<DeviceGrant> second = put(pending("d2"));
        second.most = 1;
        at.get(at.commit({first}));
        CHECK(at.failure(at.commit({second})) == ErrorCode::kUnavailable);
        first.before = pending("d1");
        at.get(at.commit({first}));
        second.now = kNoon + 24h;
        at.get(at.commit({second}));
    }
}

void records_go_with_what_they_are_of(Fixture& at) {
    const App app{.tenant = kHome,
                  .id = AppId{"dashboard"},
                  .name = "",
                  .is_public = true,
                  .redirect_uris = {"https://app.example/done", "com.example.app:/done"},
                  .jwks = Value::Object{{"keys", Value::Array{}}},
                  .created = kNoon,
                  .version = 1};
    const User user{.tenant = kHome,
                    .name = UserId{"anna"},
                    .full_name = "",
                    .password = "x",
                    .created = kNoon,
                    .version = 1};
    const Delegation itself{.kind = PrincipalKind::kApp,
                            .tenant = kHome,
                            .principal = "dashboard",
                            .client = "home/dashboard",
                            .scopes = {}};
    const Delegation other = anna("home/other");
    at.get(
        at.commit({PutTenant{.tenant = {.id = kHome, .name = "", .created = kNoon, .deleted = {}}},
                   PutApp{.app = app}, PutUser{.user = user}, put(token("t1")),
                   put(token("t2", itself)), put(token("t3", other, "f3")), put(code("c1")),
                   put(family("f1")), put(family("f3", other)), put(claim("k1"))}));
    const auto tokens = [&] {
        std::string ids;
        for (const AccessToken& each : at.get(at.oauth().live()).tokens)
            ids += each.id.text();
        return ids;
    };
    SUBCASE("an app is found as it was registered") {
        CHECK(at.get(at.registry().policy()).apps == std::vector{app});
    }
    SUBCASE("with an app what it was given") {
        at.get(at.commit({DeleteApp{.tenant = kHome, .id = app.id}}));
        CHECK(tokens() == "t3");
        CHECK(!at.get(at.oauth().code(KeyId{"c1"})));
        CHECK(!at.get(at.oauth().family(KeyId{"f1"})));
        CHECK(at.get(at.oauth().family(KeyId{"f3"})));
    }
    SUBCASE("with a user what speaks for it") {
        at.get(at.commit({DeleteUser{.tenant = kHome, .name = user.name}}));
        CHECK(tokens() == "t2");
        CHECK(!at.get(at.oauth().family(KeyId{"f3"})));
    }
    SUBCASE("with a user, or an app, the claim codes that it has made, and no others") {
        ClaimCode of_app = claim("k2");
        of_app.made_by = "app:dashboard";
        ClaimCode elsewhere = claim("k3", kPlant);
        at.get(at.commit({put(of_app), put(elsewhere)}));
        at.get(at.commit({DeleteUser{.tenant = kHome, .name = user.name}}));
        CHECK(at.get(at.oauth().claim_codes(kHome)) == std::vector{of_app});
        CHECK(at.get(at.oauth().claim_codes(kPlant)) == std::vector{elsewhere});
        at.get(at.commit({DeleteApp{.tenant = kHome, .id = app.id}}));
        CHECK(at.get(at.oauth().claim_codes(kHome)).empty());
    }
    SUBCASE("what a user has agreed to ends without the user") {
        at.get(at.commit({EndDelegated{.to = principal_of(user)}}));
        CHECK(tokens() == "t2");
        CHECK(!at.get(at.oauth().family(KeyId{"f3"})));
        CHECK(at.get(at.registry().user(kHome, user.name)));
    }
    SUBCASE("a change of the user or the app takes nothing away") {
        User changed = user;
        changed.version = 2;
        App renamed = app;
        renamed.version = 2;
        at.get(at.commit(
            {PutUser{.user = changed, .expected = 1}, PutApp{.app = renamed, .expected = 1}}));
        CHECK(tokens() == "t1t2t3");
    }
    SUBCASE("with a tenant all of it") {
        at.get(at.commit({DeleteTenant{.id = kHome, .at = kNoon}}));
        CHECK(tokens().empty());
        CHECK(at.get(at.oauth().claim_codes(kHome)).empty());
    }
    SUBCASE("with a family its tokens, and a token alone") {
        at.get(at.commit({EndFamily{.family = KeyId{"f3"}}, DeleteAccessToken{.id = KeyId{"t2"}},
                          DeleteAccessToken{.id = KeyId{"nobody"}}}));
        CHECK(tokens() == "t1");
    }
    SUBCASE("a claim code is its tenant's to delete, once") {
        CHECK(at.failure(at.commit({DeleteClaimCode{.tenant = kPlant, .id = KeyId{"k1"}}})) ==
              ErrorCode::kNotFound);
        at.get(at.commit({DeleteClaimCode{.tenant = kHome, .id = KeyId{"k1"}}}));
        CHECK(at.failure(at.commit({DeleteClaimCode{.tenant = kHome, .id = KeyId{"k1"}}})) ==
              ErrorCode::kNotFound);
    }
}

void records_of_devices_go_with_the_device(Fixture& at) {
    DeviceGrant approved = pending("d1");
    approved.client = "~device";
    approved.state = DeviceGrant::State::kApproved;
    approved.delegation = lamp();
    CHECK(at.failure(at.commit({put(approved)})) == ErrorCode::kNotFound);
    at.get(at.commit(
        {made(ref("lamp-1")), put(approved), put(token("t1", lamp())), put(token("t2"))}));
    at.get(at.commit({DeleteDevice{.device = ref("lamp-1")}}));
    CHECK(!at.get(at.oauth().device_grant(KeyId{"d1"})));
    CHECK(at.get(at.oauth().live()).tokens == std::vector{token("t2")});
}

}  // namespace

void oauth_suite(const MakeEngine& make) {
    Fixture at{make};
    SUBCASE("records of OAuth are kept") {
        records_are_kept(at);
    }
    SUBCASE("records of OAuth are compared and set") {
        records_are_compared_and_set(at);
    }
    SUBCASE("records of OAuth are bounded") {
        records_are_bounded(at);
    }
    SUBCASE("records of OAuth go with what they are of") {
        records_go_with_what_they_are_of(at);
    }
    SUBCASE("records of a device go with it") {
        records_of_devices_go_with_the_device(at);
    }
}

}  // namespace tandem::conformance
