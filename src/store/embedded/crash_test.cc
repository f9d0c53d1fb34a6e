#include "conformance/fixture.h"
#include "store/embedded/test_store.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>

// A process that writes is killed at a random moment. What it has been told to be stored must be
// there afterwards. This proves the order of commit and answer, and recovery; that a sync reaches
// the disk only a power failure could show.

using namespace tandem;
using namespace tandem::conformance;
using namespace tandem::store;

namespace {

// What the child tells of each answer.
struct Acknowledged {
    std::uint32_t number = 0;
    std::uint32_t of_registry = 0;
    Sequence sequence = 0;
};
static_assert(sizeof(Acknowledged) == 16);  // Shorter than PIPE_BUF: arrives whole or not at all.

DeviceRef numbered(std::uint32_t number, std::string half) {
    return ref("d" + std::to_string(number) + std::move(half));
}

// Of a kind that depends on the number.
Reading reading_of(std::uint32_t number) {
    const Instant time = kNoon + number * 1ms;
    switch (number % 4) {
        case 0:
            return reading(time, static_cast<std::int64_t>(number) << 32U);
        case 1:
            return reading(time, number / 3.0);
        case 2:
            return reading(time, std::string(number % 3'000, 'x'));
        default:
            return reading(time, Value::Array{std::int64_t{number}, -0.0, nullptr});
    }
}

// Writes for ever, several at a time, and tells of every answer. The child's; nothing of doctest.
class Child {
public:
    Child(const std::filesystem::path& path, int tell) : tell_{tell} {
        static const SystemClock clock;
        static SystemRandom random;
        auto opened = EmbeddedStore::open(path, {}, clock, random);
        if (!opened) ::_exit(2);
        store_ = std::move(*opened);
        attached_ = store_->attach(loop_);
    }

    void run() {
        constexpr int kAtOnce = 8;
        for (int count = 0; count < kAtOnce; ++count)
            spawn(write_for_ever());
        static_cast<void>(loop_.run_until([] { return false; }));
        ::_exit(3);  // Nothing happened for long.
    }

private:
    Task<void> write_for_ever() {
        while (true) {
            const std::uint32_t number = next_++;
            if (number % 5 == 0) {
                co_await write_registry(number);
            } else {
                co_await write_telemetry(number);
            }
        }
    }

    Task<void> write_registry(std::uint32_t number) {
        const DeviceRef first = numbered(number, "a");
        Transaction both;
        both.changes.emplace_back(made(first));
        both.changes.emplace_back(made(numbered(number, "b")));
        both.events.push_back(event(first, "made"));
        auto done = co_await attached_->ports().registry->commit(std::move(both));
        if (!done) ::_exit(4);
        tell({.number = number, .of_registry = 1, .sequence = done->last});
    }

    Task<void> write_telemetry(std::uint32_t number) {
        std::vector<DeviceReadings> batch(1);
        batch[0].device = ref("pump");
        batch[0].readings.push_back(reading_of(number));
        auto done = co_await attached_->ports().telemetry->write(std::move(batch));
        if (!done) ::_exit(5);
        tell({.number = number, .of_registry = 0, .sequence = done->events.last});
    }

    void tell(Acknowledged answer) const {
        if (::write(tell_, &answer, sizeof answer) != sizeof answer) ::_exit(6);
    }

    int tell_;
    ManualExecutor loop_;
    std::unique_ptr<StoreEngine> store_;
    std::unique_ptr<AttachedStores> attached_;
    std::uint32_t next_ = 0;
};

std::optional<Acknowledged> next_answer(int from) {
    Acknowledged answer;
    const auto got = ::read(from, &answer, sizeof answer);
    if (got != sizeof answer) return {};
    return answer;
}

// Lets a child write into `path` until it has told of `answers`, kills it, and gives all of which
// it has told. A second hub is refused while the child lives.
std::vector<Acknowledged> write_until_killed(const std::filesystem::path& path,
                                             std::size_t answers) {
    std::array<int, 2> pipe{};
    REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        Child{path, pipe[1]}.run();
        ::_exit(1);
    }
    ::close(pipe[1]);
    std::vector<Acknowledged> told;
    while (told.size() < answers) {
        const auto answer = next_answer(pipe[0]);
        REQUIRE(answer);  // Or the child has ended by itself.
        told.push_back(*answer);
    }
    const auto second = try_open(path);
    CHECK(!second);
    CHECK(::kill(child, SIGKILL) == 0);
    while (const auto answer = next_answer(pipe[0]))
        told.push_back(*answer);
    ::close(pipe[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    return told;
}

}  // namespace

TEST_CASE("a hub that is killed while it writes loses nothing that it has acknowledged") {
    SeededRandom random{20'240'601};
    for (int round = 0; round < 5; ++round) {
        CAPTURE(round);
        const TemporaryDirectory directory;
        const auto told = write_until_killed(directory.path(), 1 + random.next() % 400);

        Fixture at{[&] { return open_store(directory.path()); }};
        Sequence last = 0;
        std::uint32_t beyond = 0;
        for (const Acknowledged& answer : told) {
            CAPTURE(answer.number);
            last = std::max(last, answer.sequence);
            beyond = std::max(beyond, answer.number + 1);
            if (answer.of_registry != 0) {
                CHECK(at.get(at.registry().device(numbered(answer.number, "a"))));
                continue;
            }
            const Reading expected = reading_of(answer.number);
            const TimeRange moment{.from = expected.time, .to = expected.time + Duration{1}};
            CHECK(at.get(at.telemetry().read(
                      {.device = ref("pump"), .series = "temperature", .range = moment})) ==
                  std::vector{expected});
        }

        // Of what was not acknowledged, a transaction is there as a whole or not at all.
        for (std::uint32_t number = 0; number < beyond + 100; number += 5) {
            CAPTURE(number);
            const auto first = at.get(at.registry().device(numbered(number, "a")));
            const auto second = at.get(at.registry().device(numbered(number, "b")));
            CHECK(first.has_value() == second.has_value());
        }

        // No sequence that anyone has been told is given out again.
        CHECK(at.log().head().sequence >= last);
        CHECK(at.get(at.commit({}, {event(ref("pump"), "again")})).first > last);
    }
}
