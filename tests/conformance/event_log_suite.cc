#include "conformance/suites.h"

#include <algorithm>
#include <iterator>

namespace tandem::conformance {
namespace {

const DeviceRef kLamp = ref("lamp-1");

// Notes what a listener is told.
struct Heard {
    std::vector<Event> events;
    EventListener listener() {
        return [this](const std::vector<Event>& more) {
            events.insert(events.end(), more.begin(), more.end());
        };
    }
};

void sequences_count_commits(Fixture& at) {
    Heard heard;
    at.log().listen(heard.listener());

    SUBCASE("a new log is empty and has an identity of 8 bytes") {
        CHECK(at.log().head().sequence == 0);
        CHECK(at.log().head().log.size() == 8);
    }
    SUBCASE("registry and telemetry count in one sequence, without a hole") {
        const auto first = at.get(at.commit({made(kLamp)}, {event(kLamp, "a"), event(kLamp, "b")}));
        const auto second = at.get(at.write(kLamp, {reading(kNoon, 1)}));
        const auto third = at.get(at.commit({}, {event(kLamp, "c")}));
        CHECK(first.first == 1);
        CHECK(first.last == 2);
        CHECK(second.events.first == 3);
        CHECK(third.last == 4);
        CHECK(at.log().head().sequence == 4);
        REQUIRE(at.loop.run_until([&] { return heard.events.size() == 4; }));
        for (std::size_t place = 0; place < 4; ++place) {
            CHECK(heard.events[place].sequence == place + 1);
        }
    }
    SUBCASE("an event is told as it was committed, with its sequence") {
        Event said = event(kLamp, "hello");
        said.kind = Event::Kind::kCommand;
        at.get(at.commit({}, {said}));
        REQUIRE(at.loop.run_until([&] { return heard.events.size() == 1; }));
        said.sequence = 1;
        CHECK(heard.events.front() == said);
    }
    SUBCASE("a commit without events stands at the head") {
        at.get(at.commit({}, {event(kLamp, "a")}));
        const auto quiet = at.get(at.commit({made(kLamp)}));
        CHECK(quiet.first == 1);
        CHECK(quiet.last == 1);
        CHECK(at.log().head().sequence == 1);
    }
    SUBCASE("a failed transaction takes no sequence and tells nobody") {
        CHECK(at.failure(at.commit({DeleteDevice{kLamp}}, {event(kLamp, "never")})) ==
              ErrorCode::kNotFound);
        CHECK(at.get(at.commit({}, {event(kLamp, "a")})).first == 1);
        REQUIRE(at.loop.run_until([&] { return !heard.events.empty(); }));
        CHECK(heard.events.size() == 1);
    }
    SUBCASE("commits that are asked for together are told in the order of their sequences") {
        for (int count = 0; count < 50; ++count) {
            static_cast<void>(start(at.commit({}, {event(kLamp, std::to_string(count))})));
            static_cast<void>(start(at.write(kLamp, {reading(kNoon + count * 1s, count)})));
        }
        REQUIRE(at.loop.run_until([&] { return heard.events.size() == 100; }));
        for (std::size_t place = 0; place < 100; ++place) {
            CHECK(heard.events[place].sequence == place + 1);
        }
    }
}

void listeners_hear_after_the_commit(Fixture& at) {
    SUBCASE("the listener is not called inside the commit") {
        bool committing = true;
        bool heard = false;
        at.log().listen([&](const std::vector<Event>&) {
            CHECK(!committing);
            heard = true;
        });
        const auto done = start(at.commit({}, {event(kLamp, "a")}));
        committing = false;
        REQUIRE(at.loop.run_until([&] { return heard; }));
        CHECK(done->has_value());
    }
    SUBCASE("whoever hears of a reading can read it") {
        std::optional<std::size_t> found;
        at.log().listen([&](const std::vector<Event>&) { found = 0; });
        static_cast<void>(start(at.write(kLamp, {reading(kNoon, 1)})));
        REQUIRE(at.loop.run_until([&] { return found.has_value(); }));
        CHECK(at.readings(kLamp, "temperature").size() == 1);
        CHECK(at.log().head().sequence == 1);
    }
    SUBCASE("every loop that listens hears the same") {
        ManualExecutor loop;
        const auto attached = at.engine().attach(loop);
        Heard here;
        Heard there;
        at.log().listen(here.listener());
        attached->ports().log->listen(there.listener());
        at.get(at.commit({}, {event(kLamp, "a"), event(kLamp, "b")}));
        REQUIRE(at.loop.run_until([&] { return here.events.size() == 2; }));
        REQUIRE(loop.run_until([&] { return there.events.size() == 2; }));
        CHECK(here.events == there.events);
        CHECK(attached->ports().log->head() == at.log().head());
    }
    SUBCASE("a loop hears nothing of what was committed before it listened") {
        for (int round = 0; round < 30; ++round) {
            ManualExecutor loop;
            const auto attached = at.engine().attach(loop);
            at.get(at.commit({}, {event(kLamp, "before")}));
            Heard heard;
            attached->ports().log->listen(heard.listener());
            const auto after = at.get(at.commit({}, {event(kLamp, "after")}));
            REQUIRE(loop.run_until([&] { return !heard.events.empty(); }));
            loop.run_posted();
            REQUIRE(heard.events.size() == 1);
            CHECK(heard.events.front().sequence == after.first);
        }
    }
    SUBCASE("a loop has one listener, and each event is told once however often it changes") {
        Heard former;
        Heard present;
        at.log().listen(former.listener());
        at.log().listen({});
        at.log().listen(present.listener());
        at.get(at.commit({}, {event(kLamp, "a")}));
        at.get(at.commit({}, {event(kLamp, "b")}));
        REQUIRE(at.loop.run_until([&] { return present.events.size() >= 2; }));
        at.loop.run_posted();
        CHECK(former.events.empty());
        CHECK(present.events.size() == 2);
    }
    SUBCASE("between listening and listening again nothing is heard") {
        Heard heard;
        at.log().listen(heard.listener());
        at.log().listen({});
        at.get(at.write(kLamp, {reading(kNoon, 1)}));
        at.get(at.commit({}, {event(kLamp, "unheard")}));
        const Cursor before = at.log().head();
        at.log().listen(heard.listener());
        at.get(at.commit({}, {event(kLamp, "heard")}));
        REQUIRE(at.loop.run_until([&] { return !heard.events.empty(); }));
        at.loop.run_posted();
        REQUIRE(heard.events.size() == 1);
        CHECK(heard.events.front().sequence == before.sequence + 1);
    }
    SUBCASE("a loop that has left hears nothing") {
        ManualExecutor loop;
        auto attached = at.engine().attach(loop);
        Heard heard;
        attached->ports().log->listen(heard.listener());
        at.get(at.commit({}, {event(kLamp, "a")}));
        attached.reset();
        at.get(at.commit({}, {event(kLamp, "b")}));
        loop.run_posted();
        CHECK(heard.events.empty());
    }
}

/// All that the log has after `after`, read in pieces of `limit`.
std::vector<Event> read_all(Fixture& at, Sequence after, std::size_t limit) {
    std::vector<Event> out;
    Stretch wanted{.after = after, .until = at.log().head().sequence, .limit = limit};
    while (wanted.after < wanted.until) {
        Past past = at.get(at.log().read(wanted));
        CHECK(past.gone == 0);
        CHECK(past.events.size() <= limit);
        REQUIRE(past.through > wanted.after);
        wanted.after = past.through;
        wanted.hint = past.hint;
        std::ranges::move(past.events, std::back_inserter(out));
    }
    return out;
}

void past_events_are_kept(Fixture& at) {
    SUBCASE("what was told can be read again, in pieces of any size") {
        Heard heard;
        at.log().listen(heard.listener());
        at.get(at.commit({made(kLamp)}, {event(kLamp, "made")}));
        at.get(at.write(
            kLamp, {reading(kNoon, 1), reading(kNoon, true, "on"), reading(kNoon, "text", "state"),
                    reading(kNoon + 1s, 2.5), reading(kNoon + 2s, Value::Array{1, 2}, "list")}));
        at.get(at.write(kLamp, {reading(kNoon - 1s, 0), reading(kNoon, 1)}));
        at.get(at.write(ref("other"), {reading(kNoon, 7)}));
        at.get(at.commit({}, {event(kLamp, "a"), event(kLamp, "b")}));
        REQUIRE(at.loop.run_until([&] { return heard.events.size() == 10; }));
        for (const std::size_t limit : {1U, 2U, 3U, 100U}) {
            CAPTURE(limit);
            CHECK(read_all(at, 0, limit) == heard.events);
        }
        const std::vector<Event> last(heard.events.begin() + 6, heard.events.end());
        CHECK(read_all(at, heard.events[5].sequence, 100) == last);
    }
    SUBCASE("what comes after what was asked for is left out") {
        at.get(
            at.write(kLamp, {reading(kNoon, 1), reading(kNoon + 1s, 2), reading(kNoon + 2s, 3)}));
        const Past past = at.get(at.log().read({.after = 1, .until = 2}));
        REQUIRE(past.events.size() == 1);
        CHECK(past.events.front().value == Value{2});
        CHECK(past.through == 2);
    }
    SUBCASE("nothing is read of an empty log") {
        const Past past = at.get(at.log().read({.after = 0, .until = 0}));
        CHECK(past.events.empty());
        CHECK(past.gone == 0);
    }
}

}  // namespace

void event_log_suite(const MakeEngine& make) {
    Fixture at{make};
    SUBCASE("sequences count commits") {
        sequences_count_commits(at);
    }
    listeners_hear_after_the_commit(at);
    past_events_are_kept(at);
}

}  // namespace tandem::conformance
