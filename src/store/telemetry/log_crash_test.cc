#include "store/telemetry/test_log.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <type_traits>

// A log that is written to at random, on a disk whose power fails at any moment. Whatever happens,
// what was synced is there afterwards, bit by bit and in order; of what was not, the first so many
// frames are there or none; and nothing is there that was never appended.

using namespace tandem;
using namespace tandem::store;

namespace {

constexpr LogSettings kSmall{.segment_bytes = 4'096, .spare_segments = 2};

template <typename World>
class Life {
public:
    explicit Life(std::uint64_t seed) : random_{seed} { world_.reopen(); }

    // Writes until the power fails, and looks at what is there then.
    void pass() {
        inject();
        const std::uint64_t steps = random_.next() % 60;
        for (std::uint64_t step = 0; step < steps && !world_.log().stopped(); ++step)
            do_something();
        if constexpr (std::is_same_v<World, MemoryWorld>) world_.crash(random_);
        world_.reopen();
        compare();
    }

private:
    // So that the power also fails in the midst of what the log does in one call.
    void inject() {
        if constexpr (std::is_same_v<World, MemoryWorld>) {
            world_.disk().fail_sync(random_.next() % 3 == 0 ? 1 + random_.next() % 40 : 0);
            world_.disk().fail_write(random_.next() % 4 == 0 ? 1 + random_.next() % 40 : 0);
            world_.disk().limit(random_.next() % 4 == 0 ? 12'000 + random_.next() % 12'000
                                                        : 1'000'000);
        }
    }

    void do_something() {
        switch (random_.next() % 8) {
            case 0:
                return recycle();
            case 1:
            case 2:
                if (world_.log().sync()) settle();
                return;
            default:
                return append();
        }
    }

    void append() {
        const bool big = random_.next() % 50 == 0;
        // One after the other: compilers differ in the order of arguments.
        const std::uint64_t count = random_.next() % 4;
        const std::uint64_t bytes = random_.next() % (big ? 9'000 : 1'200);
        KeptFrame frame = next_frame(world_.log(), bytes, count);
        // Never the same twice: half a frame before the rest of an equal one would be a whole one.
        frame.payload = random_.bytes(bytes);
        frame.first += random_.next() % 8 == 0 ? random_.next() % 5 : 0;  // a hole
        if (world_.log().append(frame.frame())) appended_.push_back(std::move(frame));
    }

    void recycle() {
        const auto segments = world_.log().segments();
        if (segments.empty()) return;
        const SegmentInfo& upto = segments[random_.next() % segments.size()];
        // What was recycled may be there or not: a crash can undo it.
        if (segments.size() > 1 && upto.number < segments.back().number) {
            recycled_ = std::max(recycled_, upto.next);
        } else if (segments.size() > 1) {
            recycled_ = std::max(recycled_, segments[segments.size() - 2].next);
        }
        if (world_.log().recycle(upto.number)) settle();
    }

    // All that was appended is durable.
    void settle() { synced_ = appended_.size(); }

    [[nodiscard]] bool may_be_gone(const KeptFrame& frame) const {
        return frame.first + frame.count <= recycled_;
    }

    void compare() {
        const Contents read = contents_of(world_.log());
        CHECK(read.damage.empty());
        std::vector<KeptFrame> found;
        auto at = read.frames.begin();
        bool lost = false;
        for (std::size_t index = 0; index < appended_.size(); ++index) {
            const KeptFrame& frame = appended_[index];
            const bool there = at != read.frames.end() && *at == frame;
            if (there) ++at;
            if (index < synced_) {
                REQUIRE((there || may_be_gone(frame)));
            } else {
                REQUIRE((!there || !lost));
                lost = lost || !there;
            }
            if (there) found.push_back(frame);
        }
        REQUIRE(at == read.frames.end());
        if (!found.empty()) CHECK(world_.log().next() == found.back().first + found.back().count);
        if (synced_ > 0) {
            const KeptFrame& last = appended_[synced_ - 1];
            CHECK(world_.log().next() >= last.first + last.count);
        }
        appended_ = std::move(found);
        settle();
    }

    SeededRandom random_;
    World world_{kSmall};
    std::vector<KeptFrame> appended_;
    std::size_t synced_ = 0;
    Sequence recycled_ = 0;  // Frames that end at or before it may have been given up.
};

}  // namespace

TEST_CASE("whenever the power fails, synced frames are there and nothing comes back") {
    for (std::uint64_t seed = 1; seed <= 800; ++seed) {
        CAPTURE(seed);
        Life<MemoryWorld> life{seed};
        for (int count = 0; count < 6; ++count)
            life.pass();
    }
}

TEST_CASE("a log in the file system is the same whenever it is opened again") {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        CAPTURE(seed);
        Life<SystemWorld> life{seed};
        for (int count = 0; count < 4; ++count)
            life.pass();
    }
}
