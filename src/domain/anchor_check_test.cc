#include "domain/anchor_check.h"

#include <doctest/doctest.h>

#include <vector>

using namespace tandem;

namespace {

std::vector<AuditLine> chain_of(int count) {
    std::vector<AuditLine> out;
    for (int at = 0; at < count; ++at) {
        AuditLine line{.tenant = TenantId{"home"}, .action = "keys.create", .result = "ok"};
        out.push_back(chained(std::move(line), out.empty() ? ChainHead{} : head_after(out.back())));
    }
    return out;
}

// What is said of an anchor when the lines from `first` to `last` are there; empty if it holds.
std::string verdict(const ChainHead& anchor, std::size_t first, std::size_t last) {
    const auto lines = chain_of(6);
    AnchorCheck check{"home", anchor};
    for (std::size_t number = first; number <= last; ++number) {
        if (auto wrong = check.add(link_of(lines[number - 1]))) return *wrong;
    }
    return check.end().value_or("");
}

}  // namespace

TEST_CASE("an anchor holds where its line is there, or was there before the oldest one") {
    const ChainHead third = head_after(chain_of(3).back());
    CHECK(verdict(third, 1, 6).empty());
    CHECK(verdict(third, 1, 3).empty());
    CHECK(verdict(third, 3, 6).empty());
    CHECK(verdict(third, 4, 6).empty());
}

TEST_CASE("an anchor finds a chain that is not the one that it was noted of") {
    const ChainHead third = head_after(chain_of(3).back());
    const ChainHead other{.number = 3, .hash = head_after(chain_of(2).back()).hash};
    CHECK(verdict(other, 1, 6) == "line 3 is not the one of the anchor");
    CHECK(verdict(other, 4, 6) == "line 4 was not written behind the one of the anchor");
    CHECK(verdict(third, 5, 6) == "line 3 of the anchor is not there: the oldest is line 5");
    CHECK(verdict(third, 1, 2) == "lines after 2 are missing: the anchor is of line 3");
    CHECK(verdict(third, 1, 0) == "lines after 0 are missing: the anchor is of line 3");
}

TEST_CASE("a hub's chain has what it keeps, and a note of its newest line") {
    ChainCheck::Chain chain{.first = 1, .lines = 6, .chained = true};
    CHECK(!missing_around(chain, 10, true));
    CHECK(missing_around(chain, 10, false) == "the hub's note of the newest line is missing");
    chain.first = 4;
    CHECK(missing_around(chain, 7, true) ==
          "lines before 4 are missing: they make room only where 7 are there");
    CHECK(!missing_around(chain, 6, true));
    chain = {.first = 1, .lines = 6, .unchained = 6};
    CHECK(!missing_around(chain, 10, false));
}

TEST_CASE("an anchor is of one tenant") {
    const auto lines = chain_of(3);
    AnchorCheck check{"guest", head_after(lines[1])};
    for (const AuditLine& line : lines)
        CHECK(!check.add(link_of(line)));
    CHECK(check.end() == "lines after 0 are missing: the anchor is of line 2");
}
