#include "base/check.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>

using namespace tandem;

namespace {

struct Ending {
    int signal = 0;       ///< What ended the process, 0 when nothing did.
    std::string printed;  ///< On standard error.
};

/// Runs `what` in a process of its own.
template <typename What>
Ending ending_of(What what) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        // doctest's own handler would report the abort as a failure of this test.
        std::signal(SIGABRT, SIG_DFL);
        ::dup2(ends[1], STDERR_FILENO);
        what();
        ::_exit(0);
    }
    ::close(ends[1]);
    Ending out;
    std::array<char, 512> chunk{};
    while (true) {
        const ssize_t got = ::read(ends[0], chunk.data(), chunk.size());
        if (got <= 0) break;
        out.printed.append(chunk.data(), static_cast<std::size_t>(got));
    }
    ::close(ends[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    if (WIFSIGNALED(status)) out.signal = WTERMSIG(status);
    return out;
}

}  // namespace

TEST_CASE("check") {
    SUBCASE("a fact that holds lets the program go on") {
        const Ending ending = ending_of([] { check(true); });
        CHECK(ending.signal == 0);
        CHECK(ending.printed.empty());
    }

    SUBCASE("a fact that does not hold stops it and says where") {
        const Ending ending = ending_of([] { check(false); });
        CHECK(ending.signal == SIGABRT);
        CHECK(ending.printed.starts_with("check failed: "));
        CHECK(ending.printed.contains("check_test.cc:"));
        CHECK(ending.printed.ends_with("\n"));
    }
}
