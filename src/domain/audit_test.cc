#include "domain/audit.h"

#include <doctest/doctest.h>

#include <vector>

using namespace tandem;

namespace {

const Instant kTime{std::chrono::sys_days{std::chrono::year{2026} / 1 / 2} + 3h + 4min + 5s + 6us};

AuditLine plain() {
    return {.time = kTime,
            .tenant = TenantId{"home"},
            .actor = "user:admin",
            .credential = "key-1",
            .address = "::1",
            .door = Door::kRest,
            .action = "keys.create",
            .resource = "device:lamp-1",
            .result = "ok"};
}

std::vector<AuditLine> chain_of(int count) {
    std::vector<AuditLine> out;
    for (int at = 0; at < count; ++at)
        out.push_back(chained(plain(), out.empty() ? ChainHead{} : head_after(out.back())));
    return out;
}

// What the check says of lines that a hub has noted `noted` of; empty if all fits.
std::string verdict(const std::vector<AuditLine>& lines, const ChainHead& noted) {
    ChainCheck check;
    for (const AuditLine& line : lines) {
        if (auto wrong = check.add(link_of(line))) return *wrong;
    }
    return check.end("home", noted).value_or("");
}

}  // namespace

TEST_CASE("an audit line has one text, that of RFC 8785") {
    AuditLine line = chained(plain(), {});
    CHECK(canonical(line) ==
          R"({"action":"keys.create","actor":"user:admin","address":"::1","count":1,)"
          R"("credential":"key-1","door":"rest","kind":"authn_token_created","number":1,)"
          R"("prev":"0000000000000000000000000000000000000000000000000000000000000000",)"
          R"("resource":"device:lamp-1","result":"ok","tenant":"home",)"
          R"("time":"2026-01-02T03:04:05.000006Z"})");
    // As `sha256sum` says of that text.
    CHECK(hash_of(line) == "22dcf183fed344ead7503e336ac9eb4892d64491e5d5c79736521f0867023774");
    line.resource = "a\"b\\c\n\x01\x7f/ü";
    CHECK(canonical(line).find("\"resource\":\"a\\\"b\\\\c\\n\\u0001\x7f/ü\"") !=
          std::string::npos);
}

TEST_CASE("a text that a caller chose is cut where a character ends") {
    AuditLine line = plain();
    line.resource = std::string(kAuditTextMax - 1, 'x') + "üü";
    CHECK(chained(line, {}).resource == std::string(kAuditTextMax - 1, 'x'));
    line.resource = std::string(kAuditTextMax - 2, 'x') + "üü";
    CHECK(chained(line, {}).resource == std::string(kAuditTextMax - 2, 'x') + "ü");
}

TEST_CASE("a chain that nobody has touched is whole") {
    const auto lines = chain_of(5);
    CHECK(verdict(lines, head_after(lines.back())).empty());
    // Also without the oldest lines, which make room for new ones.
    CHECK(verdict({lines.begin() + 2, lines.end()}, head_after(lines.back())).empty());
    CHECK(verdict({}, {}).empty());
}

TEST_CASE("whatever is done to a line is found, and the line is named") {
    const auto whole = chain_of(5);
    const ChainHead noted = head_after(whole.back());
    auto lines = whole;

    SUBCASE("changed") {
        lines[2].actor = "user:other";
        CHECK(verdict(lines, noted) == "line 4 does not fit: it was written behind another line 3");
    }
    SUBCASE("the last one changed") {
        lines[4].actor = "user:other";
        CHECK(verdict(lines, noted) == "line 5 does not fit: the hub wrote another one");
    }
    SUBCASE("taken out") {
        lines.erase(lines.begin() + 1, lines.begin() + 3);
        CHECK(verdict(lines, noted) == "lines 2 to 3 are missing");
    }
    SUBCASE("cut off at the end") {
        lines.pop_back();
        CHECK(verdict(lines, noted) == "lines after 4 are missing: there were 5");
    }
    SUBCASE("all taken away") {
        CHECK(verdict({}, noted) == "lines after 0 are missing: there were 5");
    }
    SUBCASE("added at the end") {
        lines.push_back(chained(plain(), noted));
        CHECK(verdict(lines, noted) == "lines after 5 were not written by the hub");
    }
    SUBCASE("put in another order") {
        std::swap(lines[1], lines[2]);
        CHECK(verdict(lines, noted) == "line 2 is missing");
    }
    SUBCASE("told twice") {
        lines.insert(lines.begin() + 2, lines[1]);
        CHECK(verdict(lines, noted) == "line 2 comes after line 2");
    }
    SUBCASE("made to look older than the chain") {
        lines[3].previous.clear();
        CHECK(verdict(lines, noted) == "line 4 has lost its link to the line before it");
    }
    SUBCASE("the first one put behind something") {
        lines[0].previous = noted.hash;
        CHECK(verdict(lines, noted) == "line 1 does not fit: it was written behind another line");
    }
}

TEST_CASE("lines that are older than the chain come before it, and it holds on to the last") {
    auto lines = chain_of(2);
    for (AuditLine& line : lines)
        line.previous.clear();
    lines.push_back(chained(plain(), head_after(lines.back())));
    CHECK(verdict(lines, head_after(lines.back())).empty());
    lines[1].actor = "user:other";
    CHECK(verdict(lines, head_after(lines.back())) ==
          "line 3 does not fit: it was written behind another line 2");
}

TEST_CASE("what a line tells has a name in OWASP's vocabulary") {
    CHECK(audit_kind("session.begin", "ok") == "authn_login_success");
    CHECK(audit_kind("session.begin", "unauthenticated") == "authn_login_fail");
    CHECK(audit_kind("devices.list", "forbidden") == "authz_fail");
    CHECK(audit_kind("telemetry.delete", "ok") == "");
    CHECK(audit_kind("session.begin", "rate-limited") == "authn_login_fail_max");
    CHECK(audit_kind("users.password", "rate-limited") == "authn_login_fail_max");
    CHECK(audit_kind("devices.list", "rate-limited") == "excess_rate_limit_exceeded");
    CHECK(tells_refusal("forbidden"));
    CHECK(tells_refusal("rate-limited"));
    CHECK(!tells_refusal("ok"));
}
