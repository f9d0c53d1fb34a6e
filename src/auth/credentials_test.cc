#include "auth/credentials.h"

#include "auth/access_token.h"
#include "auth/key.h"

#include <doctest/doctest.h>

#include <set>

using namespace tandem;
using namespace tandem::auth;

namespace {

constexpr Instant kNoon{Duration{1'700'000'000'000'000}};
const TenantId kHome{"home"};
const TenantId kElsewhere{"elsewhere"};

/// A hub's keys, and what its listener was told.
struct Keys {
    Credentials credentials{"a pepper"};
    SeededRandom random{1};
    std::vector<std::string> ended;

    Keys() {
        credentials.listen([this](const std::string& credential) { ended.push_back(credential); });
    }

    Credential credential_of(const std::string& key,
                             const std::string& principal,
                             PrincipalKind kind = PrincipalKind::kDevice) const {
        const auto parts = read_key(key);
        REQUIRE(parts.has_value());
        return {.id = parts->id,
                .kind = kind,
                .tenant = kHome,
                .principal = principal,
                .scopes = device_scopes(),
                .digest = credentials.digest_of(parts->secret),
                .created = kNoon,
                .expires = {}};
    }
    /// A live key of `principal`, as its owner has it.
    std::string issue(const std::string& principal, std::optional<Instant> expires = {}) {
        std::string key = make_key(PrincipalKind::kDevice, random);
        Credential made = credential_of(key, principal);
        made.expires = expires;
        credentials.put(std::move(made));
        return key;
    }
};

std::string id_of(const std::string& key) {
    return read_key(key)->id.text();
}

}  // namespace

TEST_CASE("a certificate tells which device calls, until it ends") {
    Keys keys;
    const std::string fingerprint(64, 'a');
    Credential certificate = keys.credential_of(keys.issue("lamp-2"), "lamp-1");
    certificate.id = KeyId{fingerprint};
    certificate.expires = kNoon + 1h;
    keys.credentials.put(certificate);
    const auto holder = keys.credentials.holder_of(fingerprint, kNoon);
    REQUIRE(holder);
    CHECK(holder->id == "lamp-1");
    CHECK(holder->credential == fingerprint);
    CHECK_FALSE(keys.credentials.holder_of(fingerprint, kNoon + 1h));
    CHECK_FALSE(keys.credentials.holder_of(std::string(64, 'b'), kNoon));
    CHECK_FALSE(keys.credentials.holder_of("", kNoon));
    CHECK_FALSE(keys.credentials.authenticate(fingerprint, kNoon));
    keys.credentials.erase(KeyId{fingerprint});
    CHECK_FALSE(keys.credentials.holder_of(fingerprint, kNoon));
    CHECK(keys.ended == std::vector<std::string>{fingerprint});
}

TEST_CASE("a key tells who calls") {
    Keys keys;
    const std::string key = keys.issue("lamp-1");
    const auto actor = keys.credentials.authenticate(key, kNoon);
    REQUIRE(actor.has_value());
    CHECK(actor->kind == PrincipalKind::kDevice);
    CHECK(actor->tenant == kHome);
    CHECK(actor->id == "lamp-1");
    CHECK(actor->credential == id_of(key));
    CHECK(actor->scopes == device_scopes());
    CHECK(keys.credentials.alive(actor->credential, kNoon));
}

TEST_CASE("whatever is wrong with a key, the refusal says the same") {
    Keys keys;
    const std::string good = keys.issue("lamp-1");
    const std::string expired = keys.issue("lamp-2", kNoon);
    const std::string unknown = make_key(PrincipalKind::kDevice, keys.random);
    // The id of a good key with a secret that is not its own, and a CRC that fits.
    const std::string other = make_key(PrincipalKind::kDevice, keys.random);
    Credential swapped = keys.credential_of(other, "lamp-1");
    swapped.digest = keys.credentials.digest_of("another secret");
    keys.credentials.put(swapped);
    struct Row {
        std::string key;
        std::string_view why;
    };
    for (const Row& row : {Row{"", "nothing"}, Row{"tdk_x", "no key"}, Row{unknown, "unknown"},
                           Row{other, "the secret of another"}, Row{expired, "expired"},
                           Row{good.substr(0, 70), "cut short"}}) {
        CAPTURE(row.why);
        const auto actor = keys.credentials.authenticate(row.key, kNoon);
        REQUIRE_FALSE(actor.has_value());
        CHECK(actor.error().code == ErrorCode::kUnauthenticated);
        CHECK(actor.error().detail == "the key is not valid");
    }
}

TEST_CASE("a key under another pepper is refused: a stolen table of digests opens nothing") {
    Keys keys;
    const std::string key = keys.issue("lamp-1");
    Credentials other{"another pepper"};
    other.put(keys.credential_of(key, "lamp-1"));
    CHECK_FALSE(other.authenticate(key, kNoon).has_value());
    CHECK(other.digest_of("secret") != keys.credentials.digest_of("secret"));
}

TEST_CASE("a key is good until the moment in which it expires") {
    Keys keys;
    const std::string key = keys.issue("lamp-1", kNoon + 10s);
    CHECK(keys.credentials.authenticate(key, kNoon).has_value());
    CHECK(keys.credentials.authenticate(key, kNoon + 10s - 1us).has_value());
    CHECK(keys.credentials.alive(id_of(key), kNoon + 10s - 1us));
    CHECK_FALSE(keys.credentials.authenticate(key, kNoon + 10s).has_value());
    CHECK_FALSE(keys.credentials.alive(id_of(key), kNoon + 10s));
}

TEST_CASE("what is put again replaces what was there") {
    Keys keys;
    const std::string key = keys.issue("lamp-1");
    Credential shorter = keys.credential_of(key, "lamp-1");
    shorter.expires = kNoon + 1s;
    keys.credentials.put(shorter);
    CHECK(keys.credentials.authenticate(key, kNoon).has_value());
    CHECK_FALSE(keys.credentials.authenticate(key, kNoon + 1s).has_value());
    CHECK(keys.ended.empty());
}

TEST_CASE("a key that is ended is refused from then on, and the listeners are told") {
    Keys keys;
    std::vector<std::string> also_told;
    keys.credentials.listen([&](const std::string& id) { also_told.push_back(id); });
    const std::string key = keys.issue("lamp-1");
    const std::string kept = keys.issue("lamp-1");
    keys.credentials.erase(KeyId{id_of(key)});
    CHECK_FALSE(keys.credentials.authenticate(key, kNoon).has_value());
    CHECK_FALSE(keys.credentials.alive(id_of(key), kNoon));
    CHECK(keys.credentials.authenticate(kept, kNoon).has_value());
    CHECK(keys.ended == std::vector{id_of(key)});
    CHECK(also_told == std::vector{id_of(key)});
}

TEST_CASE("by the time a listener is told, the key is refused") {
    Keys keys;
    const std::string key = keys.issue("lamp-1");
    bool alive = true;
    keys.credentials.listen(
        [&](const std::string& id) { alive = keys.credentials.alive(id, kNoon); });
    keys.credentials.erase(KeyId{id_of(key)});
    CHECK_FALSE(alive);
}

TEST_CASE("the end of a principal ends all of its keys and no others") {
    Keys keys;
    const std::string first = keys.issue("lamp-1");
    const std::string second = keys.issue("lamp-1");
    const std::string other = keys.issue("lamp-2");
    const std::string app = make_key(PrincipalKind::kApp, keys.random);
    keys.credentials.put(keys.credential_of(app, "lamp-1", PrincipalKind::kApp));
    const std::string foreign = make_key(PrincipalKind::kDevice, keys.random);
    Credential of_elsewhere = keys.credential_of(foreign, "lamp-1");
    of_elsewhere.tenant = kElsewhere;
    keys.credentials.put(of_elsewhere);

    keys.credentials.erase_principal(PrincipalKind::kDevice, kHome, "lamp-1");
    CHECK_FALSE(keys.credentials.authenticate(first, kNoon).has_value());
    CHECK_FALSE(keys.credentials.authenticate(second, kNoon).has_value());
    CHECK(keys.credentials.authenticate(other, kNoon).has_value());
    CHECK(keys.credentials.authenticate(app, kNoon).has_value());
    CHECK(keys.credentials.authenticate(foreign, kNoon).has_value());
    CHECK(std::set<std::string>{keys.ended.begin(), keys.ended.end()} ==
          std::set<std::string>{id_of(first), id_of(second)});
    keys.ended.clear();
    keys.credentials.erase_principal(PrincipalKind::kDevice, kHome, "lamp-1");
    CHECK(keys.ended.empty());
}

TEST_CASE("the live keys of a device are told oldest first") {
    Keys keys;
    const auto put = [&](std::string id, Instant created, std::optional<Instant> expires) {
        keys.credentials.put({.id = KeyId{std::move(id)},
                              .tenant = kHome,
                              .principal = "lamp-1",
                              .created = created,
                              .expires = expires});
    };
    put("c", kNoon, {});
    put("a", kNoon + 1s, {});
    put("b", kNoon, kNoon + 1h);
    put("d", kNoon - 1s, kNoon + 1s);
    const auto ids = [&](Instant now) {
        std::string out;
        for (const Credential& each :
             keys.credentials.of(PrincipalKind::kDevice, kHome, "lamp-1", now))
            out += each.id.text();
        return out;
    };
    CHECK(ids(kNoon) == "dbca");
    CHECK(ids(kNoon + 1s) == "bca");
    CHECK(ids(kNoon + 1h) == "ca");
    CHECK(keys.credentials.of(PrincipalKind::kDevice, kElsewhere, "lamp-1", kNoon).empty());
    CHECK(keys.credentials.of(PrincipalKind::kApp, kHome, "lamp-1", kNoon).empty());
}

TEST_CASE("loading replaces everything") {
    Keys keys;
    const std::string before = keys.issue("lamp-1");
    const std::string after = make_key(PrincipalKind::kDevice, keys.random);
    keys.credentials.load({keys.credential_of(after, "lamp-2")});
    CHECK_FALSE(keys.credentials.authenticate(before, kNoon).has_value());
    CHECK(keys.credentials.authenticate(after, kNoon)->id == "lamp-2");
    const auto keys_of = [&](const std::string& device) {
        return keys.credentials.of(PrincipalKind::kDevice, kHome, device, kNoon).size();
    };
    CHECK(keys_of("lamp-1") == 0);
    CHECK(keys_of("lamp-2") == 1);
}

TEST_CASE("a key that is put again with another owner is no longer the first one's") {
    Keys keys;
    const std::string key = keys.issue("lamp-1");
    keys.credentials.put(keys.credential_of(key, "lamp-2"));
    CHECK(keys.credentials.of(PrincipalKind::kDevice, kHome, "lamp-1", kNoon).empty());
    CHECK(keys.credentials.of(PrincipalKind::kDevice, kHome, "lamp-2", kNoon).size() == 1);
    keys.credentials.erase(read_key(key)->id);
    CHECK(keys.credentials.of(PrincipalKind::kDevice, kHome, "lamp-2", kNoon).empty());
}

// ---------------------------------------------------------------- access tokens

namespace {

/// A token of the app `wall`, or of a user to whom it speaks.
std::string issue_token(Keys& keys,
                        const std::string& family,
                        const std::string& principal = "anna",
                        PrincipalKind kind = PrincipalKind::kUser) {
    const Delegation of{.kind = kind,
                        .tenant = kHome,
                        .principal = principal,
                        .client = "home/wall",
                        .scopes = {Scope::kTelemetryRead}};
    const Mint mint{.pepper = "a pepper", .random = keys.random, .now = kNoon};
    auto issued = issue_access_token(of, KeyId{family}, {}, mint);
    keys.credentials.put(issued.record);
    return issued.text;
}

std::string id_of_token(const std::string& token) {
    return read_access_token(token)->id.text();
}

}  // namespace

TEST_CASE("an access token is a bearer like a key, until it runs out") {
    Keys keys;
    const std::string token = issue_token(keys, "f1");
    const auto actor = keys.credentials.authenticate(token, kNoon);
    REQUIRE(actor);
    CHECK(actor->kind == PrincipalKind::kUser);
    CHECK(actor->id == "anna");
    CHECK(actor->scopes == Scopes{Scope::kTelemetryRead});
    CHECK(actor->credential == id_of_token(token));
    CHECK(keys.credentials.alive(actor->credential, kNoon + 14min));
    CHECK(keys.credentials.expires(actor->credential) == kNoon + 15min);
    CHECK(!keys.credentials.alive(actor->credential, kNoon + 15min));
    CHECK(keys.credentials.authenticate(token, kNoon + 15min).error().detail ==
          "the token has expired");
    std::string wrong = token;
    wrong[30] = wrong[30] == 'A' ? 'B' : 'A';
    CHECK(!keys.credentials.authenticate(wrong, kNoon));
    CHECK(keys.credentials.of(PrincipalKind::kUser, kHome, "anna", kNoon).empty());
}

TEST_CASE("tokens end alone, with their family, with whom they speak for, and with their app") {
    Keys keys;
    const std::string first = issue_token(keys, "f1");
    const std::string second = issue_token(keys, "f1");
    const std::string other = issue_token(keys, "f2", "bert");
    const std::string itself = issue_token(keys, "", "wall", PrincipalKind::kApp);
    const auto live = [&](const std::string& token) {
        return keys.credentials.authenticate(token, kNoon).has_value();
    };
    SUBCASE("alone") {
        keys.credentials.erase(KeyId{id_of_token(first)});
        CHECK(!live(first));
        CHECK(live(second));
        CHECK(keys.ended == std::vector{id_of_token(first)});
    }
    SUBCASE("with their family") {
        keys.credentials.end_family(KeyId{"f1"});
        CHECK(!live(first));
        CHECK(!live(second));
        CHECK(live(other));
        CHECK(keys.ended.size() == 2);
        keys.credentials.end_family(KeyId{"f1"});
        CHECK(keys.ended.size() == 2);
    }
    SUBCASE("with whom they speak for") {
        keys.credentials.erase_principal(PrincipalKind::kUser, kHome, "anna");
        CHECK(!live(first));
        CHECK(live(other));
        CHECK(live(itself));
        CHECK(keys.ended.size() == 2);
    }
    SUBCASE("with their app, of the same tenant alone") {
        keys.credentials.erase_principal(PrincipalKind::kApp, kElsewhere, "wall");
        CHECK(live(other));
        keys.credentials.erase_principal(PrincipalKind::kApp, kHome, "wall");
        for (const std::string& each : {first, second, other, itself})
            CHECK(!live(each));
        CHECK(keys.ended.size() == 4);
    }
}

TEST_CASE("tokens that have run out are forgotten, not before a socket could renew them") {
    Keys keys;
    const std::string token = issue_token(keys, "f1");
    const KeyId id{id_of_token(token)};
    CHECK(keys.credentials.has_room(kNoon + 16min));
    CHECK(keys.credentials.token(id));
    CHECK(keys.credentials.has_room(kNoon + 17min));
    CHECK(!keys.credentials.token(id));
    CHECK(keys.ended.empty());
}

TEST_CASE("what was given to act for somebody ends without their keys and outside tokens") {
    Keys keys;
    const std::string given = issue_token(keys, "f1");
    const std::string other = issue_token(keys, "f2", "bert");
    const AccessToken outside{.id = KeyId{"jwt-1"},
                              .digest = {},
                              .delegation = {.kind = PrincipalKind::kUser,
                                             .tenant = kHome,
                                             .principal = "anna",
                                             .client = "https://idp.example",
                                             .scopes = {}},
                              .family = {},
                              .certificate = {},
                              .created = kNoon,
                              .expires = kNoon + 1h};
    REQUIRE(keys.credentials.put(outside, {"https://idp.example", "s", ""}, 10, kNoon));
    keys.credentials.end_delegated({.kind = PrincipalKind::kUser, .tenant = kHome, .id = "anna"});
    CHECK(!keys.credentials.authenticate(given, kNoon));
    CHECK(keys.credentials.authenticate(other, kNoon));
    CHECK(keys.credentials.token(outside.id));
    CHECK(keys.ended == std::vector{id_of_token(given)});
}

TEST_CASE("an issuer's tokens are so many; they are looked through at most once a second") {
    Keys keys;
    const auto put = [&](const std::string& id, const std::string& issuer, Instant now) {
        AccessToken token{.id = KeyId{id},
                          .digest = {},
                          .delegation = {.tenant = kHome, .principal = "anna", .client = issuer},
                          .family = {},
                          .certificate = {},
                          .created = kNoon,
                          .expires = kNoon + 1min};
        return keys.credentials.put(std::move(token), {issuer, "s-" + id, "j-" + id}, 2, now);
    };
    CHECK(put("a", "one", kNoon));
    CHECK(put("b", "one", kNoon));
    CHECK(!put("c", "one", kNoon));
    CHECK(put("b", "one", kNoon));
    CHECK(put("c", "two", kNoon));
    CHECK(keys.credentials.has_room(kNoon));
    // Forgotten two minutes after their end.
    CHECK(!put("d", "one", kNoon + 3min - 500ms));
    CHECK(!put("d", "one", kNoon + 3min));
    CHECK(put("d", "one", kNoon + 3min + 500ms));
    CHECK(!keys.credentials.token(KeyId{"a"}));
}

TEST_CASE("outside tokens of a tenant end by what they are called") {
    Keys keys;
    const auto put = [&](const std::string& id, const TenantId& tenant) {
        AccessToken token{.id = KeyId{id},
                          .digest = {},
                          .delegation = {.tenant = tenant, .principal = "anna", .client = "one"},
                          .family = {},
                          .certificate = {},
                          .created = kNoon,
                          .expires = kNoon + 1h};
        REQUIRE(keys.credentials.put(std::move(token), {"one", "s-" + id, ""}, 10, kNoon));
    };
    put("a", kHome);
    put("b", kHome);
    put("c", kElsewhere);
    keys.credentials.end_outside(kHome, [](const OutsideName& name) {
        return name.subject == "s-a" || name.subject == "s-c";
    });
    CHECK(keys.ended == std::vector<std::string>{"a"});
    CHECK(!keys.credentials.token(KeyId{"a"}));
    CHECK(keys.credentials.token(KeyId{"c"}));
}
