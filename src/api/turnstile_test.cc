#include "api/turnstile.h"

#include "conformance/manual_executor.h"

#include <doctest/doctest.h>

#include <string>

using namespace tandem;
using namespace tandem::api;
using conformance::ManualExecutor;
using conformance::Started;

namespace {

/// Somebody who goes through the turnstile and stays until told to go on.
Task<int> visit(Turnstile* turnstile, std::string* seen, char name, Completion<bool> leave) {
    const auto pass = co_await turnstile->enter();
    *seen += name;
    co_await leave;
    co_return 0;
}

struct Fixture {
    ManualExecutor loop;
    Turnstile turnstile{loop};
    std::string seen;
};

}  // namespace

TEST_CASE("one at a time passes, in the order of their coming") {
    Fixture fixture;
    std::vector<Completion<bool>> leave(3);
    Started<int> a{visit(&fixture.turnstile, &fixture.seen, 'a', leave[0])};
    Started<int> b{visit(&fixture.turnstile, &fixture.seen, 'b', leave[1])};
    Started<int> c{visit(&fixture.turnstile, &fixture.seen, 'c', leave[2])};
    fixture.loop.run_posted();
    CHECK(fixture.seen == "a");
    leave[2].complete(true);  // Ready early, but not its turn.
    fixture.loop.run_posted();
    CHECK(fixture.seen == "a");
    leave[0].complete(true);
    fixture.loop.run_posted();
    CHECK(fixture.seen == "ab");
    leave[1].complete(true);
    fixture.loop.run_posted();
    CHECK(fixture.seen == "abc");
    CHECK(c.done());
}

TEST_CASE("the next runs in a turn of its own, not inside the last statement of the one before") {
    Fixture fixture;
    std::vector<Completion<bool>> leave(2);
    Started<int> a{visit(&fixture.turnstile, &fixture.seen, 'a', leave[0])};
    Started<int> b{visit(&fixture.turnstile, &fixture.seen, 'b', leave[1])};
    leave[0].complete(true);
    CHECK(a.done());
    CHECK(fixture.seen == "a");
    fixture.loop.run_posted();
    CHECK(fixture.seen == "ab");
}

TEST_CASE("nobody slips in between the one that leaves and the one that waits") {
    Fixture fixture;
    std::vector<Completion<bool>> leave(3);
    Started<int> a{visit(&fixture.turnstile, &fixture.seen, 'a', leave[0])};
    Started<int> b{visit(&fixture.turnstile, &fixture.seen, 'b', leave[1])};
    leave[0].complete(true);
    Started<int> c{visit(&fixture.turnstile, &fixture.seen, 'c', leave[2])};
    CHECK(fixture.seen == "a");
    fixture.loop.run_posted();
    CHECK(fixture.seen == "ab");
    leave[1].complete(true);
    fixture.loop.run_posted();
    CHECK(fixture.seen == "abc");
}

TEST_CASE("an empty turnstile lets pass at once") {
    Fixture fixture;
    Completion<bool> leave;
    leave.complete(true);
    Started<int> a{visit(&fixture.turnstile, &fixture.seen, 'a', leave)};
    Started<int> b{visit(&fixture.turnstile, &fixture.seen, 'b', leave)};
    CHECK(fixture.seen == "ab");
}

TEST_CASE("a pass may be given back early, and outlive the turnstile") {
    ManualExecutor loop;
    auto turnstile = std::make_unique<Turnstile>(loop);
    std::string seen;
    const auto first = conformance::start(turnstile->enter());
    REQUIRE(first->has_value());
    Completion<bool> leave;
    Started<int> b{visit(turnstile.get(), &seen, 'b', leave)};
    (*first)->release();
    (*first)->release();  // Once is enough, twice is once.
    loop.run_posted();
    CHECK(seen == "b");
    turnstile.reset();
    leave.complete(true);
    CHECK(b.done());
}
