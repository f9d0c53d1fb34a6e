#include "measure/hub_process.h"

#include <doctest/doctest.h>
#include <unistd.h>

namespace tandem::measure {
namespace {

/// What a program that is started says.
struct Started {
    SystemClock clock;
    net::Loop loop{clock};
    std::optional<Result<std::string>> said;
    std::unique_ptr<HubProcess> process;

    explicit Started(const std::string& script) {
        auto started =
            HubProcess::start(loop, {"/bin/sh", "-c", script}, [this](Result<std::string> url) {
                said = std::move(url);
                loop.stop();
            });
        REQUIRE(started.has_value());
        process = std::move(*started);
        loop.run();
    }
};

TEST_CASE("a program that listens says where, and what it has used is known until it ends") {
    int pid = 0;
    {
        Started it{"echo something; echo listening on http://127.0.0.1:1; exec sleep 60"};
        REQUIRE(it.said.has_value());
        REQUIRE(it.said->has_value());
        CHECK(**it.said == "http://127.0.0.1:1");
        pid = it.process->pid();
        CHECK(it.process->usage().memory > 0);
    }
    CHECK(usage_of(pid).memory == 0);
    CHECK(usage_of(pid).cpu == 0);
}

TEST_CASE("a program that ends before it listens is told of") {
    const Started it{"echo nothing of interest"};
    REQUIRE(it.said.has_value());
    REQUIRE_FALSE(it.said->has_value());
    CHECK(it.said->error().code == ErrorCode::kUnavailable);
}

TEST_CASE("the processor time of this process grows with its work") {
    const double before = own_cpu();
    double sum = 0;
    while (own_cpu() < before + 0.01)
        sum += 1;
    CHECK(sum > 0);
    CHECK(usage_of(::getpid()).cpu > 0);
}

}  // namespace
}  // namespace tandem::measure
