#include "net/output_queue.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <numeric>

using namespace tandem::net;

namespace {

std::string text_of(const OutputQueue& queue) {
    std::array<iovec, 8> vectors{};
    std::string text;
    for (const iovec& vector : queue.describe(vectors))
        text.append(static_cast<const char*>(vector.iov_base), vector.iov_len);
    return text;
}

std::size_t pieces_of(const OutputQueue& queue) {
    std::array<iovec, 8> vectors{};
    return queue.describe(vectors).size();
}

std::shared_ptr<const std::string> block(std::string text) {
    return std::make_shared<const std::string>(std::move(text));
}

}  // namespace

TEST_CASE("output queue") {
    OutputQueue queue;

    SUBCASE("small writes gather in one piece") {
        for (int at = 0; at < 100; ++at)
            queue.append("ab");
        CHECK(queue.bytes() == 200);
        CHECK(pieces_of(queue) == 1);
    }
    SUBCASE("a block is shared, not copied, and let go once it has left") {
        const auto shared = block("shared");
        queue.append("before ");
        queue.append(shared);
        queue.append(" after");
        CHECK(text_of(queue) == "before shared after");
        CHECK(shared.use_count() == 2);
        queue.drop(12);
        CHECK(shared.use_count() == 2);
        queue.drop(1);
        CHECK(shared.use_count() == 1);
        CHECK(text_of(queue) == " after");
    }
    SUBCASE("shared bytes that lie side by side are one piece") {
        SharedLog log;
        const auto say = [&](std::string_view text) {
            std::ranges::copy(text, log.make_room(text.size()));
            return log.written();
        };
        queue.append(say("one "));
        queue.append(say("two "));
        const SharedBytes missed = say("three ");
        queue.append(say("four"));
        CHECK(text_of(queue) == "one two four");
        CHECK(pieces_of(queue) == 2);
        CHECK(missed.bytes() == "three ");
    }
    SUBCASE("what a slow reader has gathered of short pieces is one") {
        const auto small = block("ab");
        for (int at = 0; at < 5; ++at)
            queue.append(small);
        queue.drop(3);
        queue.own_small(true);
        CHECK(text_of(queue) == "bababab");
        CHECK(pieces_of(queue) == 1);
        CHECK(queue.bytes() == 7);
    }
    SUBCASE("a slow reader keeps its own bytes only") {
        const auto small = block("small");
        const auto large = block(std::string(50'000, 'x'));
        queue.append(small);
        queue.append(large);
        queue.drop(2);
        queue.own_small(true);
        queue.append(small);
        queue.append(small);
        CHECK(small.use_count() == 1);
        CHECK(large.use_count() == 2);
        CHECK(text_of(queue) == "all" + *large + "smallsmall");
        CHECK(pieces_of(queue) == 3);
        queue.own_small(false);
        queue.append(small);
        CHECK(small.use_count() == 2);
    }
    SUBCASE("what is written after a part has left comes after the rest") {
        queue.append("abc");
        queue.drop(2);
        queue.append("def");
        CHECK(text_of(queue) == "cdef");
        CHECK(queue.bytes() == 4);
    }
    SUBCASE("empty writes are no pieces") {
        queue.append("");
        queue.append(block(""));
        CHECK(queue.empty());
        CHECK(pieces_of(queue) == 0);
    }
    SUBCASE("no more pieces are described than there is room for") {
        for (int at = 0; at < 20; ++at)
            queue.append(block("xy"));
        CHECK(pieces_of(queue) == 8);
        queue.drop(16);
        queue.drop(23);
        CHECK(text_of(queue) == "y");
    }
    SUBCASE("a copy takes what fits and leaves the queue as it is") {
        queue.append("abc");
        queue.append(block("def"));
        queue.drop(1);
        std::array<std::uint8_t, 4> four{};
        CHECK(queue.copy(four) == 4);
        CHECK(std::string{four.begin(), four.end()} == "bcde");
        std::array<std::uint8_t, 9> nine{};
        CHECK(queue.copy(nine) == 5);
        CHECK(queue.bytes() == 5);
    }
    SUBCASE("a queue that never empties keeps its order over thousands of pieces") {
        std::string expected;
        std::string left;
        for (int at = 0; at < 5'000; ++at) {
            const std::string piece = std::to_string(at) + ",";
            expected += piece;
            queue.append(block(piece));
            if (at < 10) continue;
            std::array<std::uint8_t, 5> some{};
            const std::size_t copied = queue.copy(some);
            left.append(some.begin(), some.begin() + static_cast<std::ptrdiff_t>(copied));
            queue.drop(copied);
        }
        while (!queue.empty()) {
            std::array<std::uint8_t, 64> some{};
            const std::size_t copied = queue.copy(some);
            left.append(some.begin(), some.begin() + static_cast<std::ptrdiff_t>(copied));
            queue.drop(copied);
        }
        CHECK(left == expected);
    }
    SUBCASE("clearing lets everything go") {
        const auto shared = block("shared");
        queue.append(shared);
        queue.clear();
        CHECK(queue.empty());
        CHECK(shared.use_count() == 1);
    }
}
