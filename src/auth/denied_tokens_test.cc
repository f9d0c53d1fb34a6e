#include "auth/denied_tokens.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::auth;

namespace {

const Instant kNoon{1'700'000'000s};
const TenantId kHome{"main"};
const TenantId kElsewhere{"plant"};
constexpr std::string_view kIssuer = "https://idp.example";

DeniedToken denial(Denied what, std::string_view value) {
    return {.tenant = kHome,
            .issuer = std::string{kIssuer},
            .digest = denial_digest(what, value),
            .until = kNoon + 1h};
}

}  // namespace

TEST_CASE("a denial is of one issuer's subject or token in one tenant, until its time") {
    DeniedTokens denied;
    denied.put(denial(Denied::kSubject, "anna"), kNoon);
    denied.put(denial(Denied::kToken, "t-1"), kNoon);
    const auto has = [&](const DeniedTokens::Token& token, Duration later = 0s) {
        return denied.has(token, kNoon + later);
    };
    CHECK(has({kHome, kIssuer, "anna", "t-9"}));
    CHECK(has({kHome, kIssuer, "anna", ""}));
    CHECK(has({kHome, kIssuer, "bert", "t-1"}));
    CHECK(!has({kHome, kIssuer, "bert", "t-9"}));
    CHECK(!has({kElsewhere, kIssuer, "anna", "t-1"}));
    CHECK(!has({kHome, "https://other.example", "anna", "t-1"}));
    // A subject that is called like a token is another thing, and so is the other way round.
    CHECK(!has({kHome, kIssuer, "t-1", "anna"}));
    CHECK(has({kHome, kIssuer, "anna", ""}, 1h - 1ms));
    CHECK(!has({kHome, kIssuer, "anna", ""}, 1h));
}

TEST_CASE("denials that were stored hold after a start") {
    DeniedTokens denied;
    denied.put(denial(Denied::kToken, "t-1"), kNoon);
    denied.load({denial(Denied::kSubject, "anna")});
    CHECK(denied.has({kHome, kIssuer, "anna", ""}, kNoon));
    CHECK(!denied.has({kHome, kIssuer, "bert", "t-1"}, kNoon));
}
