#include "api/device_state.h"

#include "base/random.h"
#include "conformance/fixture.h"
#include "conformance/forwarding_registry.h"
#include "memory/store.h"

#include <doctest/doctest.h>

#include <deque>

using namespace tandem;
using namespace tandem::api;
using conformance::kNoon;
using conformance::ManualExecutor;
using conformance::ref;
using conformance::start;

namespace {

class TestClock final : public Clock {
public:
    [[nodiscard]] Instant now() const override { return kNoon + passed + wrong; }
    [[nodiscard]] Monotonic monotonic() const override { return Monotonic{passed}; }
    Duration passed{0};
    Duration wrong{0};  ///< by so much the wall clock is off
};

/// A registry of which a test says when a device has been read; the rest is another's.
class SlowRegistry final : public conformance::ForwardingRegistry {
public:
    using ForwardingRegistry::ForwardingRegistry;

    Task<Result<std::optional<DeviceFacts>>> device_facts(DeviceRef wanted) override {
        ++reads;
        const Completion<bool> gate;
        if (slow) {
            waiting.push_back(gate);
            if (!co_await gate) co_return fail(ErrorCode::kStorageFailed, "the disk is gone");
        }
        co_return co_await ForwardingRegistry::device_facts(std::move(wanted));
    }
    bool slow = true;
    int reads = 0;
    std::deque<Completion<bool>> waiting;  ///< for the device that they asked for
};

struct Fixture {
    SeededRandom random{1};
    TestClock clock;
    ManualExecutor loop;
    memory::MemoryStore store{random};
    std::unique_ptr<AttachedStores> attached = store.attach(loop);
    SlowRegistry registry{*attached->ports().registry};
    Hub hub{clock, random, {}, "a pepper of tests only"};
    Shard shard{hub,
                loop,
                {.registry = &registry,
                 .telemetry = attached->ports().telemetry,
                 .log = attached->ports().log}};
    World world{shard};
    std::string order;

    Fixture(std::initializer_list<std::string> devices = {"lamp"}) {
        hub.shards.push_back(&shard);
        for (const std::string& each : devices)
            commit(conformance::made(ref(each)));
    }
    void commit(Change change) {
        Transaction transaction;
        transaction.changes.push_back(std::move(change));
        const auto done = start(registry.commit(std::move(transaction)));
        REQUIRE(loop.run_until([&] { return done->has_value(); }));
        REQUIRE((*done)->has_value());
    }
    void pass(Duration span) {
        for (Duration done{0}; done < span; done += 1s) {
            clock.passed += 1s;
            loop.advance(1s);
            loop.run_posted();
        }
    }
    /// The oldest read comes to its end.
    void answer(bool good = true) {
        REQUIRE(!registry.waiting.empty());
        auto first = registry.waiting.front();
        registry.waiting.pop_front();
        first.complete(good);
    }
    /// Somebody who asks for a device and notes when it goes on.
    Task<Result<DeviceStatePtr>> visit(char name, std::string device = "lamp") {
        auto state = co_await world.devices().load(world, ref(std::move(device)));
        order += name;
        co_return state;
    }
};

using Asked = std::shared_ptr<std::optional<Result<DeviceStatePtr>>>;

DeviceStatePtr state_of(const Asked& asked) {
    REQUIRE(asked->has_value());
    REQUIRE((*asked)->has_value());
    return ***asked;
}

class TestLink final : public DeviceLink {
public:
    explicit TestLink(Executor& executor) : executor_{executor} {}
    [[nodiscard]] Executor& executor() override { return executor_; }
    void deliver(const Command&) override {}
    void configure(const ConfigDelta&) override {}
    void superseded() override {}

private:
    Executor& executor_;
};

}  // namespace

TEST_CASE("a device is read once, however many ask for it") {
    Fixture fixture;
    const Asked a = start(fixture.visit('a'));
    const Asked b = start(fixture.visit('b'));
    const Asked c = start(fixture.visit('c'));
    CHECK(fixture.registry.reads == 1);
    fixture.answer();
    fixture.loop.run_posted();
    CHECK(fixture.registry.reads == 1);
    CHECK(state_of(a) == state_of(b));
    CHECK(state_of(a) == state_of(c));
    CHECK(fixture.world.devices().find(ref("lamp")) == state_of(a));
    CHECK(fixture.world.devices().size() == 1);
    const Asked later = start(fixture.visit('d'));
    CHECK(state_of(later) == state_of(a));
    CHECK(fixture.registry.reads == 1);
}

TEST_CASE("those who ask go on in the order in which they asked") {
    Fixture fixture;
    const Asked a = start(fixture.visit('a'));
    const Asked b = start(fixture.visit('b'));
    fixture.answer();
    // The device is in memory by now, but others are before this one.
    const Asked c = start(fixture.visit('c'));
    CHECK(fixture.order == "a");
    fixture.loop.run_posted();
    CHECK(fixture.order == "abc");
    const Asked d = start(fixture.visit('d'));
    CHECK(fixture.order == "abcd");
}

TEST_CASE("one device that is read slowly does not hold up another") {
    Fixture fixture{"lamp", "oven"};
    const Asked lamp = start(fixture.visit('l', "lamp"));
    const Asked oven = start(fixture.visit('o', "oven"));
    CHECK(fixture.registry.reads == 2);
    std::swap(fixture.registry.waiting[0], fixture.registry.waiting[1]);
    fixture.answer();
    fixture.loop.run_posted();
    CHECK(fixture.order == "o");
    fixture.answer();
    fixture.loop.run_posted();
    CHECK(fixture.order == "ol");
}

TEST_CASE("a device that does not exist is not kept, and may exist later") {
    Fixture fixture{};
    fixture.registry.slow = false;
    for (int tries = 0; tries < 2; ++tries) {
        const Asked asked = start(fixture.visit('x', "fan"));
        fixture.loop.run_posted();
        REQUIRE(asked->has_value());
        REQUIRE_FALSE((*asked)->has_value());
        CHECK((*asked)->error().code == ErrorCode::kNotFound);
    }
    CHECK(fixture.world.devices().size() == 0);
    fixture.commit(conformance::made(ref("fan")));
    CHECK(state_of(start(fixture.visit('y', "fan")))->device.ref == ref("fan"));
}

TEST_CASE("a failure of the store is not remembered") {
    Fixture fixture;
    const Asked a = start(fixture.visit('a'));
    fixture.answer(false);
    fixture.loop.run_posted();
    REQUIRE(a->has_value());
    CHECK((*a)->error().code == ErrorCode::kStorageFailed);
    CHECK(fixture.world.devices().size() == 0);
    const Asked b = start(fixture.visit('b'));
    fixture.answer();
    CHECK(state_of(b)->device.name == "Lamp");
}

TEST_CASE("what was declared and known of a device is there, but nobody is online at first") {
    Fixture fixture;
    fixture.registry.slow = false;
    fixture.commit(PutSeries{.device = ref("lamp"), .series = {.name = "power", .unit = "W"}});
    fixture.commit(PutPresence{
        .device = ref("lamp"),
        .presence = {.online = true, .door = Door::kWs, .since = kNoon, .last_seen = kNoon + 1s}});
    const auto state = state_of(start(fixture.visit('a')));
    CHECK(state->series.at("power").unit == "W");
    CHECK(state->presence.last_seen == kNoon + 1s);
    CHECK_FALSE(state->presence.online);
}

TEST_CASE("a device that is forgotten is read again") {
    Fixture fixture;
    fixture.registry.slow = false;
    const auto before = state_of(start(fixture.visit('a')));
    fixture.loop.run_posted();
    fixture.world.devices().forget(ref("lamp"));
    CHECK(fixture.world.devices().find(ref("lamp")) == nullptr);
    CHECK(state_of(start(fixture.visit('b'))) != before);
    CHECK(fixture.registry.reads == 2);
}

TEST_CASE("a REST device is online for two minutes after its last request") {
    Fixture fixture;
    fixture.registry.slow = false;
    const auto state = state_of(start(fixture.visit('a')));
    touch(fixture.world, state, Door::kRest);
    CHECK(state->presence.online);
    CHECK(state->presence.since == kNoon);
    fixture.pass(100s);
    touch(fixture.world, state, Door::kRest);
    fixture.pass(119s);
    CHECK(state->presence.online);
    CHECK(state->presence.since == kNoon);
    fixture.pass(1s);
    CHECK_FALSE(state->presence.online);
    CHECK(state->presence.since == kNoon + 220s);
    CHECK(state->presence.last_seen == kNoon + 100s);
    const auto stored = start(fixture.registry.presence(ref("lamp")));
    REQUIRE(stored->has_value());
    CHECK((**stored)->value() == state->presence);
}

TEST_CASE("while a device has a socket its requests do not decide whether it is online") {
    Fixture fixture;
    fixture.registry.slow = false;
    const auto state = state_of(start(fixture.visit('a')));
    touch(fixture.world, state, Door::kRest);
    state->link = std::make_shared<TestLink>(fixture.loop);
    set_presence(fixture.world, state, true, Door::kWs);
    fixture.clock.passed = 130s;
    fixture.loop.advance(130s);
    CHECK(state->presence.online);
    CHECK(state->presence.door == Door::kWs);
    touch(fixture.world, state, Door::kRest);
    CHECK(state->presence.door == Door::kWs);
    CHECK(state->presence.last_seen == kNoon + 130s);
}

TEST_CASE("a REST device that says how often it reports is online for two intervals and 10 s") {
    Fixture fixture;
    fixture.registry.slow = false;
    for (const Series& series : {Series{.name = "power", .interval = 20s},
                                 Series{.name = "energy", .interval = 1h}, Series{.name = "mode"}})
        fixture.commit(PutSeries{.device = ref("lamp"), .series = series});
    const auto state = state_of(start(fixture.visit('a')));
    touch(fixture.world, state, Door::kRest);
    fixture.pass(49s);
    CHECK(state->presence.online);
    fixture.pass(1s);
    CHECK_FALSE(state->presence.online);
    // Slower than before: from the next request on.
    state->series.at("power").interval = 10min;
    touch(fixture.world, state, Door::kRest);
    fixture.pass(20min);
    CHECK(state->presence.online);
    fixture.pass(10s);
    CHECK_FALSE(state->presence.online);
}

TEST_CASE("another interval counts from the last request on") {
    Fixture fixture;
    fixture.registry.slow = false;
    const auto state = state_of(start(fixture.visit('a')));
    touch(fixture.world, state, Door::kRest);
    fixture.pass(25s);
    state->series["power"] = {.name = "power", .interval = 10s};
    expect(fixture.world, state);
    fixture.pass(4s);
    CHECK(state->presence.online);
    fixture.pass(1s);
    CHECK_FALSE(state->presence.online);
}

TEST_CASE("a REST device is online while a request of its waits, and as long as ever after it") {
    Fixture fixture;
    fixture.registry.slow = false;
    const auto state = state_of(start(fixture.visit('a')));
    state->series["power"] = {.name = "power", .interval = 5s};
    touch(fixture.world, state, Door::kRest);
    {
        const Asking asking{fixture.world, state};
        fixture.pass(60s);
        CHECK(state->presence.online);
    }
    fixture.pass(19s);
    CHECK(state->presence.online);
    fixture.pass(1s);
    CHECK_FALSE(state->presence.online);
    CHECK(state->presence.last_seen == kNoon);
}

TEST_CASE("a clock that jumps takes nobody offline and keeps nobody online") {
    Fixture fixture;
    fixture.registry.slow = false;
    const auto state = state_of(start(fixture.visit('a')));
    touch(fixture.world, state, Door::kRest);
    for (const Duration jump : {Duration{24h}, Duration{-72h}}) {
        fixture.clock.wrong += jump;
        touch(fixture.world, state, Door::kRest);
        fixture.pass(119s);
        CHECK(state->presence.online);
    }
    fixture.pass(1s);
    CHECK_FALSE(state->presence.online);
}
