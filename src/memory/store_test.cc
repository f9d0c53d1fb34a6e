#include "memory/store.h"

#include "conformance/suites.h"

#include <doctest/doctest.h>

#include <deque>

using namespace tandem;
using namespace tandem::conformance;

namespace {

std::unique_ptr<StoreEngine> make_memory() {
    SeededRandom random{1};
    return std::make_unique<memory::MemoryStore>(random);
}

}  // namespace

TEST_CASE("registry in memory") {
    registry_suite(make_memory);
}
TEST_CASE("who may do what, in memory") {
    policy_suite(make_memory);
}
TEST_CASE("dashboards in memory") {
    dashboard_suite(make_memory);
}
TEST_CASE("records of OAuth, in memory") {
    oauth_suite(make_memory);
}
TEST_CASE("telemetry in memory") {
    telemetry_suite(make_memory);
}
TEST_CASE("event log in memory") {
    event_log_suite(make_memory);
}
TEST_CASE("figures in memory") {
    figures_suite(make_memory);
}

TEST_CASE("memory store without a delay") {
    Fixture at{make_memory};

    SUBCASE("every call is complete when it returns") {
        CHECK(start(at.commit({made(ref("a"))}))->has_value());
        CHECK(start(at.write(ref("a"), {reading(kNoon, 1)}))->has_value());
        CHECK(start(at.registry().device(ref("a")))->has_value());
    }
}

TEST_CASE("memory store with a delay") {
    SeededRandom random{1};
    std::deque<Duration> delays{5ms, 1ms, 1ms};
    memory::MemoryStore store{random, [&] {
                                  const Duration next = delays.front();
                                  delays.pop_front();
                                  return next;
                              }};
    ManualExecutor loop;
    auto attached = store.attach(loop);
    const auto commit_of = [&](const std::string& id) {
        return attached->ports().registry->commit({.changes = {made(ref(id))}});
    };
    const auto commit = [&](const std::string& id) { return start(commit_of(id)); };
    const auto exists = [](AttachedStores& stores, const std::string& id) {
        return (*start(stores.ports().registry->device(ref(id))))->value().has_value();
    };

    SUBCASE("a commit is neither visible nor acknowledged before its time") {
        const auto done = commit("a");
        loop.advance(4ms);
        CHECK(!done->has_value());
        CHECK(!exists(*attached, "a"));
        loop.advance(1ms);
        CHECK(done->has_value());
        CHECK(exists(*attached, "a"));
    }
    SUBCASE("a short delay does not overtake a long one") {
        const auto first = commit("a");
        const auto second = commit("b");
        loop.advance(1ms);
        CHECK(first->has_value());
        CHECK(!second->has_value());
        loop.advance(4ms);
        CHECK(second->has_value());
    }
    SUBCASE("a commit that nobody waits for any more never happens, the next one does") {
        {
            const Started dropped{commit_of("a")};
        }
        const auto second = commit("b");
        loop.advance(10ms);
        CHECK(second->has_value());
        CHECK(!exists(*attached, "a"));
        CHECK(exists(*attached, "b"));
    }
    SUBCASE("what waits when the loop is detached never happens, what was committed stays") {
        const auto first = commit("a");
        loop.advance(5ms);
        const Started second{commit_of("b")};
        attached.reset();
        loop.advance(1s);
        ManualExecutor restarted;
        const auto again = store.attach(restarted);
        CHECK(first->has_value());
        CHECK(!second.done());
        CHECK(exists(*again, "a"));
        CHECK(!exists(*again, "b"));
    }
}
