#include "store/embedded/publisher.h"

#include "conformance/fixture.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::conformance;
using namespace tandem::store;

namespace {

std::vector<Event> numbered(Sequence first, Sequence last) {
    std::vector<Event> out;
    for (Sequence at = first; at <= last; ++at) {
        out.push_back(event(ref("lamp-1"), "a"));
        out.back().sequence = at;
    }
    return out;
}

}  // namespace

TEST_CASE("publisher") {
    ManualExecutor loop;
    Publisher publisher{{.log = "logident", .sequence = 3}};
    std::vector<Sequence> heard;
    const auto subscriber = std::make_shared<Subscriber>(
        loop,
        [&](const std::vector<Event>& events) {
            for (const Event& one : events)
                heard.push_back(one.sequence);
        },
        Sequence{0});
    const auto commit = [&](Sequence first, Sequence last) {
        if (publisher.advance(last)) publisher.publish(numbered(first, last));
    };

    SUBCASE("who subscribes is told all that is committed from then on, in order") {
        publisher.subscribe(subscriber);
        commit(4, 5);
        commit(6, 6);
        loop.run_posted();
        CHECK(heard == std::vector<Sequence>{4, 5, 6});
        CHECK(publisher.head() == Cursor{.log = "logident", .sequence = 6});
    }
    SUBCASE("who subscribes after a commit and before it is told of does not hear of it") {
        CHECK_FALSE(publisher.advance(5));
        publisher.subscribe(subscriber);
        publisher.publish(numbered(4, 5));
        commit(6, 6);
        loop.run_posted();
        CHECK(heard == std::vector<Sequence>{6});
    }
    SUBCASE("who has left is told nothing") {
        publisher.subscribe(subscriber);
        publisher.unsubscribe(subscriber);
        commit(4, 4);
        loop.run_posted();
        CHECK(heard.empty());
    }
}
