#include "node/administrator.h"

#include "auth/credentials.h"
#include "auth/key.h"
#include "auth/password.h"
#include "auth/policies.h"
#include "conformance/fixture.h"
#include "memory/store.h"

#include <doctest/doctest.h>

#include <cctype>

using namespace tandem;
using namespace tandem::node;
using conformance::Fixture;

namespace {

const std::string kPepper = "a pepper of tests only";

class NoonClock final : public Clock {
public:
    [[nodiscard]] Instant now() const override { return conformance::kNoon; }
    [[nodiscard]] Monotonic monotonic() const override { return {}; }
};

struct Hub {
    explicit Hub(std::uint64_t seed = 1) : random{seed} {}

    SeededRandom random;
    NoonClock clock;
    Fixture store{[this] { return std::make_unique<memory::MemoryStore>(random); }};

    Task<Result<Initialised>> make() {
        return make_administrator(&store.registry(), &clock, &random, kPepper);
    }
};

}  // namespace

TEST_CASE("a fresh hub has no administrator, and then one") {
    Hub hub;
    CHECK_FALSE(hub.store.get(has_administrator(&hub.store.registry())));
    const Initialised made = hub.store.get(hub.make());
    CHECK(hub.store.get(has_administrator(&hub.store.registry())));
    CHECK(made.tenant == "main");
    CHECK(made.admin_user == "admin");
}

TEST_CASE("the administrator is made once") {
    Hub hub;
    const Initialised first = hub.store.get(hub.make());
    CHECK(hub.store.failure(hub.make()) == ErrorCode::kAlreadyExists);
    // The first stays what it was.
    const auto user = hub.store.get(hub.store.registry().user(home_tenant(), UserId{"admin"}));
    REQUIRE(user.has_value());
    CHECK(auth::verify_password(first.admin_password, user->password));
    CHECK(hub.store.get(hub.store.registry().credentials()).size() == 1);
}

TEST_CASE("an administrator who has chosen a name and a password is the only one, without a key") {
    Hub hub;
    auto& registry = hub.store.registry();
    CHECK(hub.store.run(make_administrator_named(&registry, &hub.clock, UserId{"boss"}, "a hash"))
              .has_value());
    CHECK(hub.store.get(has_administrator(&registry)));
    const auto user = hub.store.get(registry.user(home_tenant(), UserId{"boss"}));
    REQUIRE(user.has_value());
    CHECK(user->role == Role::kAdmin);
    CHECK(user->password == "a hash");
    CHECK(hub.store.get(registry.credentials()).empty());
    CHECK(hub.store.failure(make_administrator_named(&registry, &hub.clock, UserId{"other"},
                                                     "a hash")) == ErrorCode::kAlreadyExists);
    CHECK(hub.store.failure(hub.make()) == ErrorCode::kAlreadyExists);
}

TEST_CASE("the password is long, easy to copy, and stored only as its hash") {
    Hub hub;
    const Initialised made = hub.store.get(hub.make());
    CHECK(made.admin_password.size() == 20);
    for (const char c : made.admin_password) {
        CAPTURE(c);
        CHECK(std::isalnum(static_cast<unsigned char>(c)) != 0);
        CHECK(std::string_view{"Il1O0o"}.find(c) == std::string_view::npos);
    }
    const auto user = hub.store.get(hub.store.registry().user(home_tenant(), UserId{"admin"}));
    CHECK(user->password.starts_with("$argon2id$"));
    CHECK(user->password.find(made.admin_password) == std::string::npos);
    CHECK(user->role == Role::kAdmin);
    CHECK(user->created == conformance::kNoon);
}

TEST_CASE("the first key may do everything but manage users and tenants") {
    Hub hub;
    const Initialised made = hub.store.get(hub.make());
    CHECK(made.admin_key.starts_with("tak_"));
    auth::Credentials credentials{kPepper};
    credentials.load(hub.store.get(hub.store.registry().credentials()));
    const auto actor = credentials.authenticate(made.admin_key, conformance::kNoon + 24h * 365);
    REQUIRE(actor.has_value());
    CHECK(actor->kind == PrincipalKind::kApp);
    CHECK(actor->tenant == home_tenant());
    auth::Policies policies;
    policies.load(hub.store.get(hub.store.registry().policy()), home_tenant());
    const auto resolved = policies.resolve(*actor);
    REQUIRE(resolved.has_value());
    Scopes expected = Scopes::all();
    expected.remove(Scope::kUsersManage);
    expected.remove(Scope::kTenantsManage);
    CHECK(scopes_of(*resolved) == expected);
}

TEST_CASE("nothing that is stored opens a door") {
    Hub hub;
    const Initialised made = hub.store.get(hub.make());
    const auto key = auth::read_key(made.admin_key);
    REQUIRE(key.has_value());
    for (const Credential& each : hub.store.get(hub.store.registry().credentials())) {
        CHECK(each.digest.find(key->secret) == std::string::npos);
        CHECK(each.digest == auth::keyed_digest(kPepper, key->secret));
        CHECK(each.digest != auth::digest(key->secret));
    }
}

TEST_CASE("two hubs share neither password nor key") {
    Hub first;
    Hub second{2};
    const Initialised one = first.store.get(first.make());
    const Initialised other = second.store.get(second.make());
    CHECK(one.admin_password != other.admin_password);
    CHECK(one.admin_key != other.admin_key);
}

TEST_CASE("whoever owns the data may do everything") {
    const Actor owner = owner_of_data();
    CHECK(owner.kind == PrincipalKind::kUser);
    CHECK(owner.tenant == home_tenant());
    CHECK(owner.id == "admin");
    CHECK(scopes_of(owner) == Scopes::all());
}
