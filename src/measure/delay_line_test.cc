#include "measure/delay_line.h"

#include <doctest/doctest.h>

namespace tandem::measure {
namespace {

Monotonic at(Duration since) {
    return Monotonic{1h + since};
}

}  // namespace

TEST_CASE("what is sent arrives after the delay, and not before") {
    SeededRandom random{1};
    DelayLine line{{.delay = 40ms}, random};
    CHECK_FALSE(line.next().has_value());
    line.push("one", at(0ms));
    line.push("two", at(10ms));
    CHECK(line.next() == at(40ms));
    CHECK(line.take(at(39ms)).empty());
    CHECK(line.take(at(40ms)) == "one");
    CHECK(line.take(at(60ms)) == "two");
    CHECK_FALSE(line.next().has_value());
}

TEST_CASE("bytes leave no faster than the link, one packet behind the other") {
    SeededRandom random{1};
    DelayLine line{{.delay = 5ms, .bytes_per_second = 144'800}, random};
    line.push(std::string(2 * DelayLine::kPacketBytes, 'a'), at(0ms));
    CHECK(line.take(at(14ms)).empty());
    CHECK(line.take(at(15ms)).size() == DelayLine::kPacketBytes);
    line.push("b", at(16ms));  // While the second still leaves, until 20 ms.
    CHECK(line.take(at(25ms)).size() == DelayLine::kPacketBytes);
    CHECK(line.take(at(26ms)) == "b");
}

TEST_CASE("nothing leaves before the connection is there") {
    SeededRandom random{1};
    DelayLine line{{.delay = 10ms}, random};
    line.leave_from(at(20ms));
    line.push("a", at(1ms));
    CHECK(line.next() == at(30ms));
}

TEST_CASE("a lost packet comes later and holds up those behind it, none is missing") {
    SeededRandom random{7};
    DelayLine line{{.delay = 10ms, .loss = 0.2, .again = 200ms}, random};
    std::string sent;
    std::string arrived;
    int late = 0;
    for (int count = 0; count < 1'000; ++count) {
        const std::string packet = std::to_string(count) + " ";
        sent += packet;
        const Monotonic now = at(count * 1s);
        line.push(packet, now);
        const std::string in_time = line.take(now + 10ms);
        if (in_time.empty()) ++late;
        arrived += in_time;
        arrived += line.take(now + 999ms);
    }
    arrived += line.take(at(2'000s));
    CHECK(arrived == sent);
    CHECK(late > 150);
    CHECK(late < 250);
    line.push(std::string(20 * DelayLine::kPacketBytes, 'x'), at(3'000s));
    CHECK(line.take(at(3'000s) + 10ms).size() < 20 * DelayLine::kPacketBytes);
}

}  // namespace tandem::measure
