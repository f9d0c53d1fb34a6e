// The whole hub with its clients in one process: time, chance, network and disk are virtual, and
// what goes wrong follows from a seed. docs/internals/simulator.md
#include "base/log.h"
#include "simulation/story.h"

#include <doctest/doctest.h>

#include <cstdlib>

namespace tandem::simulation {
namespace {

std::uint64_t number_of(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// Tells the story of one seed; false when a promise was broken, which it prints.
bool tell(std::uint64_t seed, Story::Figures& sum) {
    Story story{seed};
    try {
        story.tell();
    } catch (const std::exception& failed) {
        MESSAGE("seed " << seed << " ends early: " << failed.what());
        return false;
    }
    const Story::Figures seen = story.figures();
    sum.readings += seen.readings;
    sum.commands += seen.commands;
    sum.events += seen.events;
    sum.gaps += seen.gaps;
    sum.cuts += seen.cuts;
    sum.crashes += seen.crashes;
    sum.faults += seen.faults;
    sum.takeovers += seen.takeovers;
    constexpr std::size_t shown = 5;
    for (std::size_t at = 0; at < std::min(shown, story.wrong().size()); ++at)
        MESSAGE("seed " << seed << ": " << story.wrong()[at]);
    return story.wrong().empty();
}

TEST_CASE("through cuts, crashes and faults of the disk the hub keeps its promises") {
    if (std::getenv("TANDEM_LOG") == nullptr) set_log_level(LogLevel::kNone);
    const std::uint64_t only = number_of("TANDEM_SEED", 0);
    const std::uint64_t first = only != 0 ? only : number_of("TANDEM_FIRST_SEED", 1);
    // Several processes may share the seeds.
    const std::uint64_t share = only != 0 ? 0 : number_of("TANDEM_SHARE", 0);
    const std::uint64_t shares = only != 0 ? 1 : number_of("TANDEM_SHARES", 1);
    const std::uint64_t all = only != 0 ? 1 : number_of("TANDEM_SEEDS", 300);
    std::uint64_t count = 0;
    Story::Figures sum;
    std::uint64_t violations = 0;
    for (std::uint64_t seed = first + share; seed < first + all; seed += shares) {
        ++count;
        if (tell(seed, sum)) continue;
        ++violations;
        MESSAGE("again: TANDEM_SEED=" << seed << " build/release/tests/simulation_test");
    }
    MESSAGE("seeds " << count << ", violations " << violations << ": " << sum.readings
                     << " readings and " << sum.commands << " commands acknowledged, " << sum.events
                     << " events streamed with " << sum.gaps << " gaps; " << sum.cuts << " cuts, "
                     << sum.takeovers << " takeovers, " << sum.crashes << " crashes, " << sum.faults
                     << " faults of the disk");
    CHECK(violations == 0);
    // Runs in which nothing happens would prove nothing.
    CHECK(sum.readings > 100 * count);
    CHECK(sum.commands > 10 * count);
    CHECK(sum.events > 200 * count);
    if (count < 10) return;
    CHECK(sum.cuts > 5 * count);
    CHECK(sum.crashes > count);
    CHECK(sum.faults > count / 4);
    CHECK(sum.gaps > count / 4);
    CHECK(sum.takeovers > count);
}

TEST_CASE("the same seed tells the same story") {
    if (std::getenv("TANDEM_LOG") == nullptr) set_log_level(LogLevel::kNone);
    for (const std::uint64_t seed : {41U, 44U}) {  // One with a disk, one without.
        const auto told = [seed] {
            Story story{seed};
            story.tell();
            return story.summary();
        };
        CHECK(told() == told());
    }
}

}  // namespace
}  // namespace tandem::simulation
