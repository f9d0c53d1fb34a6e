#include "api/quota.h"

#include <doctest/doctest.h>

#include <optional>

using namespace tandem;
using namespace tandem::api;

namespace {

const TenantId kHome{"home"};
const TenantId kPlant{"plant"};

}  // namespace

TEST_CASE("a tenant gets no more than it may, and each has its own") {
    Quota quota{"tenant.devices", "devices", ErrorCode::kConflict, 2};
    auto first = quota.take(kHome);
    auto second = quota.take(kHome);
    REQUIRE(first);
    REQUIRE(second);
    const auto refused = quota.take(kHome);
    REQUIRE(!refused);
    CHECK(refused.error().code == ErrorCode::kConflict);
    CHECK(refused.error().limit == "tenant.devices");
    CHECK(refused.error().detail == "the tenant has 2 devices, as many as it may have");
    CHECK(quota.take(kPlant));
    CHECK(quota.count(kHome) == 2);
}

TEST_CASE("a place that is not kept is given back, one that is kept stays until it is dropped") {
    Quota quota{"tenant.devices", "devices", ErrorCode::kConflict, 1};
    {
        const auto tried = quota.take(kHome);
        REQUIRE(tried);
        CHECK(quota.count(kHome) == 1);
    }
    CHECK(quota.count(kHome) == 0);
    {
        auto stored = quota.take(kHome);
        REQUIRE(stored);
        stored->keep();
    }
    CHECK(quota.count(kHome) == 1);
    CHECK(!quota.take(kHome));
    quota.drop(kHome);
    CHECK(quota.count(kHome) == 0);
    // There is none to be dropped any more.
    quota.drop(kHome);
    CHECK(quota.count(kHome) == 0);
}

TEST_CASE("a place may be moved, and is given back once") {
    Quota quota{"tenant.sockets", "sockets", ErrorCode::kRateLimited, 5};
    auto first = quota.take(kHome);
    auto second = quota.take(kHome);
    REQUIRE(first);
    REQUIRE(second);
    std::optional<Quota::Place> kept = std::move(*first);
    *second = std::move(*kept);
    CHECK(quota.count(kHome) == 1);
    kept.reset();
    CHECK(quota.count(kHome) == 1);
}

TEST_CASE("what is there at start counts, even where it is more than there may be") {
    Quota quota{"tenant.devices", "devices", ErrorCode::kConflict, 2};
    quota.set(kHome, 3);
    CHECK(!quota.take(kHome));
    quota.drop(kHome);
    quota.drop(kHome);
    CHECK(quota.count(kHome) == 1);
    CHECK(quota.take(kHome));
    quota.set(kHome, 0);
    CHECK(quota.count(kHome) == 0);
}
