// Deliberate faults (base/fault.h), one at a time: the simulator has to see each of them.
// docs/internals/simulator.md
#include "base/fault.h"
#include "base/log.h"
#include "simulation/story.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <thread>
#include <utility>

namespace tandem::simulation {
namespace {

constexpr std::uint64_t kSeedsMost = 400;
constexpr unsigned kSecondsMost = 300;
constexpr int kCaught = 10;

// The seeds that have seen a fault before are tried first. When the simulator has changed, another
// seed may be the first, and is printed: to be noted here.
constexpr std::array kSeenBefore{
    std::pair{std::string_view{"a failed sync of the log counts"}, std::uint64_t{5}},
    std::pair{std::string_view{"a full disk makes the hub read-only"}, std::uint64_t{10}},
    std::pair{std::string_view{"more counts as flushed than is"}, std::uint64_t{14}},
    std::pair{std::string_view{"a replay begins one event late"}, std::uint64_t{2}},
    std::pair{std::string_view{"what came during a replay is lost"}, std::uint64_t{4}},
    std::pair{std::string_view{"a dead socket's commands stay with it"}, std::uint64_t{4}},
    std::pair{std::string_view{"a lease never passes"}, std::uint64_t{2}},
    std::pair{std::string_view{"a command's ack is not stored"}, std::uint64_t{2}},
    std::pair{std::string_view{"a command's id is by the clock alone"}, std::uint64_t{58}},
    std::pair{std::string_view{"a page's cursor is the log's head"}, std::uint64_t{2}},
};

std::uint64_t seen_before(std::string_view name) {
    for (const auto& [fault, seed] : kSeenBefore)
        if (fault == name) return seed;
    return 1;
}

// The first promise that seed finds broken; "" when it finds none.
std::string broken_by(std::uint64_t seed) {
    Story story{seed};
    try {
        story.tell();
    } catch (const std::exception& failed) {
        return failed.what();
    }
    return story.wrong().empty() ? std::string{} : story.wrong().front();
}

// A process of its own: with a fault the hub may also come to a sudden end, which is seen as well.
[[noreturn]] void look_for(Fault fault, std::string_view name) {
    ::alarm(kSecondsMost);
    present_fault = fault;
    for (std::uint64_t tried = 0; tried <= kSeedsMost; ++tried) {
        const std::uint64_t seed = tried == 0 ? seen_before(name) : tried;
        const std::string found = broken_by(seed);
        if (found.empty()) continue;
        std::printf("%.*s: seed %llu: %s\n", static_cast<int>(name.size()), name.data(),
                    static_cast<unsigned long long>(seed), found.c_str());
        std::fflush(stdout);
        ::_exit(kCaught);
    }
    ::_exit(0);
}

bool was_caught(int status) {
    if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGABRT;
    return WIFEXITED(status) && WEXITSTATUS(status) == kCaught;
}

/// As many at a time as there are cores.
class Hunt {
public:
    void begin(Fault fault, std::string_view name) {
        if (running_.size() >= std::max(1U, std::thread::hardware_concurrency())) end_one();
        std::fflush(stdout);
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) look_for(fault, name);
        running_[child] = name;
    }
    void end() {
        while (!running_.empty())
            end_one();
    }
    [[nodiscard]] std::size_t caught() const { return caught_; }

private:
    void end_one() {
        int status = 0;
        const pid_t ended = ::wait(&status);
        REQUIRE(ended > 0);
        const std::string name{running_.at(ended)};
        running_.erase(ended);
        if (WIFSIGNALED(status)) MESSAGE(name << ": signal " << WTERMSIG(status));
        CHECK_MESSAGE(was_caught(status), "not caught: " << name);
        if (was_caught(status)) ++caught_;
    }

    std::map<pid_t, std::string_view> running_;
    std::size_t caught_ = 0;
};

TEST_CASE("each deliberate fault is seen by some seed") {
    set_log_level(LogLevel::kNone);
    const char* only = std::getenv("TANDEM_FAULT");
    std::size_t faults = 0;
    Hunt hunt;
    for (const auto& [fault, name] : kFaults) {
        if (only != nullptr && name != only) continue;
        ++faults;
        hunt.begin(fault, name);
    }
    hunt.end();
    MESSAGE("mutants " << hunt.caught() << "/" << faults);
    CHECK(hunt.caught() == faults);
    CHECK(faults > 0);
}

}  // namespace
}  // namespace tandem::simulation
