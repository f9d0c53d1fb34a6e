#include "simulate/device.h"

#include "simulate/test_link.h"

#include <doctest/doctest.h>

namespace tandem::simulate {
namespace {

using client::Call;
using client::Reply;

// Measures its own count, obeys `set`, and says how often.
class Counter final : public Model {
public:
    Value::Object measure(Instant) override { return {{"count", ++count}}; }
    [[nodiscard]] Duration interval() const override { return 1s; }
    [[nodiscard]] Value state() const override {
        return Value::Object{{"sets", sets}, {"level", level}};
    }
    Outcome carry_out(const std::string& command, const Value& params) override {
        if (command != "set") return Model::carry_out(command, params);
        return {.done = true, .result = ++sets};
    }
    void configure(const Value& config) override { level = client::number_at(config, "level"); }

    std::int64_t count = 0;
    int sets = 0;
    double level = 0;
};

Value command(const std::string& id, const std::string& name = "set") {
    return Value::Object{{"id", id}, {"name", name}};
}

struct Running {
    explicit Running(bool polls, Rhythm rhythm = {}) {
        auto own = std::make_unique<TestLink>(loop, polls);
        link = own.get();
        link->hub.answer = [this](const Call& call) -> Result<Reply> {
            if (call.operation != "telemetry.write") return Reply{};
            if (refuse) return std::unexpected(*refuse);
            const auto items = static_cast<std::int64_t>(call.body.get<Value::Array>()->size());
            return Reply{.status = 200, .headers = {}, .body = Value::Object{{"accepted", items}}};
        };
        device.emplace(Surroundings{.executor = loop, .clock = loop, .random = random},
                       std::make_unique<Counter>(), std::move(own), rhythm);
    }
    ~Running() {
        if (over == nullptr) return;
        device->stop();
        loop.advance(30s);
        CHECK(over->has_value());
    }
    void start() {
        over = client::begin(run(&*device));
        loop.run_posted();
    }
    static Task<bool> run(Device* device) {
        co_await device->run();
        co_return true;
    }
    // The counts that the hub was told, in the order of the telling.
    [[nodiscard]] std::vector<std::int64_t> told() const {
        std::vector<std::int64_t> counts;
        for (const Call& call : link->hub.of("telemetry.write")) {
            for (const Value& item : *call.body.get<Value::Array>()) {
                counts.push_back(*item.find("v")->find("count")->get<std::int64_t>());
            }
        }
        return counts;
    }

    net::ManualLoop loop;
    SeededRandom random{1};
    TestLink* link = nullptr;
    std::optional<Device> device;
    std::optional<Error> refuse;
    std::shared_ptr<std::optional<bool>> over;
};

}  // namespace

TEST_CASE("a device on a socket") {
    Running run{false};

    SUBCASE("asks for its config, reports its state, and measures on time") {
        run.link->hub.answer = [](const Call& call) -> Result<Reply> {
            if (call.operation != "config.get") return Reply{};
            return Reply{.status = 200, .headers = {}, .body = Value::Object{{"level", 7}}};
        };
        run.start();
        const auto reported = run.link->hub.of("state.put");
        REQUIRE(reported.size() == 1);
        CHECK(client::number_at(reported.front().body, "level") == 7);
        CHECK(client::text_at(reported.front().path, "device") == "me");
        run.loop.advance(3s);
        CHECK(run.told() == std::vector<std::int64_t>{1, 2, 3, 4});
        CHECK(run.device->tally().arrivals == 1);
    }

    SUBCASE("readings carry the time of measuring") {
        run.start();
        const auto started = run.loop.now();
        run.loop.advance(1s);
        const auto writes = run.link->hub.of("telemetry.write");
        REQUIRE(writes.size() == 2);
        const Value& second = writes.at(1).body.get<Value::Array>()->front();
        CHECK(client::number_at(second, "t") ==
              static_cast<double>((started + 1s).time_since_epoch() / 1ms));
    }

    SUBCASE("acknowledges a command, does it, reports its state and gives the result, in order") {
        run.start();
        run.link->hub.calls.clear();
        run.link->say(Value::Object{{"cmd", command("c1")}});
        run.loop.run_posted();
        std::vector<std::string> operations;
        for (const Call& call : run.link->hub.calls)
            operations.push_back(call.operation);
        CHECK(operations ==
              std::vector<std::string>{"commands.ack", "state.put", "commands.finish"});
        const Call finish = run.link->hub.of("commands.finish").front();
        CHECK(client::text_at(finish.path, "command") == "c1");
        CHECK(client::text_at(finish.body, "status") == "done");
        CHECK(client::number_at(finish.body, "result") == 1);
        CHECK(run.device->tally().commands == 1);
    }

    SUBCASE("a command that comes twice is done once and answered twice") {
        run.start();
        run.link->say(Value::Object{{"cmd", command("c1")}});
        run.link->say(Value::Object{{"cmd", command("c1")}});
        run.loop.run_posted();
        const auto finished = run.link->hub.of("commands.finish");
        REQUIRE(finished.size() == 2);
        CHECK(finished.at(0).body == finished.at(1).body);
        CHECK(run.device->tally().commands == 1);
    }

    SUBCASE("a command that it does not know fails with a word why") {
        run.start();
        run.link->say(Value::Object{{"cmd", command("c1", "sing")}});
        run.loop.run_posted();
        const Call finish = run.link->hub.of("commands.finish").front();
        CHECK(client::text_at(finish.body, "status") == "failed");
    }

    SUBCASE("a command that was cancelled meanwhile is not done") {
        run.link->hub.answer = [](const Call& call) -> Result<Reply> {
            if (call.operation == "commands.ack") return fail(ErrorCode::kConflict);
            return Reply{};
        };
        run.start();
        run.link->say(Value::Object{{"cmd", command("c1")}});
        run.loop.run_posted();
        CHECK(run.link->hub.of("commands.finish").empty());
        CHECK(run.device->tally().commands == 0);
    }

    SUBCASE("a result that was cut off is told after coming back, without doing it again") {
        bool cut = true;
        run.link->hub.answer = [&cut](const Call& call) -> Result<Reply> {
            if (call.operation == "commands.finish" && std::exchange(cut, false)) {
                return fail(ErrorCode::kUnavailable);
            }
            return Reply{};
        };
        run.start();
        run.link->say(Value::Object{{"cmd", command("c1")}});
        run.loop.advance(5s);
        CHECK(run.link->hub.of("commands.finish").size() == 2);
        CHECK(run.device->tally().commands == 1);
        CHECK(run.device->tally().arrivals == 2);
    }

    SUBCASE("takes over a config that changes while it runs") {
        run.start();
        run.link->hub.answer = [](const Call& call) -> Result<Reply> {
            if (call.operation != "config.get") return Reply{};
            return Reply{.status = 200, .headers = {}, .body = Value::Object{{"level", 9}}};
        };
        run.link->say(Value::Object{{"sub", 1}, {"cur", "K"}, {"ev", Value::Array{}}});
        run.loop.run_posted();
        CHECK(client::number_at(run.device->model().state(), "level") == 9);
        CHECK(client::number_at(run.link->hub.of("state.put").back().body, "level") == 9);
    }

    SUBCASE("keeps what it measured while the hub was away, and sends it late, none twice") {
        run.start();
        run.loop.advance(1s);
        run.link->reachable = false;
        run.link->lose({.code = 1006, .reason = {}});
        run.loop.advance(20s);
        const std::size_t told_before = run.told().size();
        CHECK(told_before == 2);
        run.link->reachable = true;
        run.loop.advance(40s);
        const auto told = run.told();
        CHECK(told.size() > told_before + 20);
        for (std::size_t at = 0; at < told.size(); ++at)
            CHECK(told[at] == static_cast<std::int64_t>(at) + 1);
        CHECK(run.device->tally().arrivals == 2);
    }

    SUBCASE("waits longer and longer for a hub that does not come back") {
        run.link->reachable = false;
        run.start();
        run.loop.advance(10min);
        // 0.5 s doubled up to 30 s: some thirty tries in ten minutes, not hundreds.
        CHECK(run.link->opens < 50);
        CHECK(run.link->opens > 15);
    }

    SUBCASE("comes back no more when its key is refused") {
        run.start();
        run.link->lose({.code = 4401, .reason = "the credential has ended"});
        run.loop.advance(1min);
        CHECK(run.link->opens == 1);
        CHECK(run.over->has_value());
    }

    SUBCASE("slows down when it is asked to, and loses nothing") {
        run.start();
        Error slower = fail(ErrorCode::kRateLimited).error();
        slower.retry_after = 10s;
        run.refuse = slower;
        run.loop.advance(1s);
        const std::size_t calls = run.link->hub.of("telemetry.write").size();
        run.refuse.reset();
        run.loop.advance(8s);
        CHECK(run.link->hub.of("telemetry.write").size() == calls);
        run.loop.advance(3s);
        CHECK(run.device->tally().accepted == run.device->tally().measured);
        CHECK(run.device->tally().refused == 0);
    }

    SUBCASE("what the hub refuses for good is counted and not sent again") {
        run.start();
        run.refuse = fail(ErrorCode::kInvalidField).error();
        run.loop.advance(1s);
        run.refuse.reset();
        run.loop.advance(1s);
        CHECK(run.device->tally().refused == 1);
        CHECK(run.told() == std::vector<std::int64_t>{1, 2, 3});
    }

    SUBCASE("drops the oldest when its buffer is full, and counts them") {
        run.link->reachable = false;
        run.start();
        run.link->reachable = true;
        run.loop.advance(1s);
        run.link->reachable = false;
        run.link->lose({.code = 1006, .reason = {}});
        run.loop.advance(1'500s);
        run.link->reachable = true;
        run.loop.advance(60s);
        const Tally& tally = run.device->tally();
        CHECK(tally.dropped > 400);
        CHECK(tally.accepted + tally.dropped == tally.measured);
    }

    SUBCASE("stops only when what it measured has arrived") {
        run.link->hub.answer = [](const Call&) { return Reply{}; };
        run.start();
        run.link->hub.held = true;
        run.loop.advance(1s);
        run.device->stop();
        run.loop.run_posted();
        CHECK(!run.over->has_value());
        run.link->hub.held = false;
        run.link->hub.release(
            Reply{.status = 200, .headers = {}, .body = Value::Object{{"accepted", 1}}});
        run.loop.advance(200ms);
        CHECK(run.over->has_value());
        CHECK(run.link->closed);
    }

    SUBCASE("does not wait for ever for a hub that is gone when it stops") {
        run.start();
        run.link->hub.held = true;
        run.loop.advance(1s);
        run.device->stop();
        run.loop.advance(6s);
        CHECK(run.over->has_value());
    }
}

TEST_CASE("a device on requests") {
    Running run{true};

    SUBCASE("asks for commands with a request that the hub holds back") {
        run.start();
        REQUIRE(run.link->poll.calls.size() == 1);
        const Call& take = run.link->poll.calls.front();
        CHECK(take.operation == "commands.take");
        CHECK(client::text_at(take.headers, "prefer") == "wait=20");
        CHECK(client::text_at(take.query, "status") == "queued");
    }

    SUBCASE("does what it is given and asks for more at once") {
        run.start();
        run.link->poll.release(
            Reply{.status = 200,
                  .headers = {},
                  .body = Value::Object{{"items", Value::Array{command("c1"), command("c2")}}}});
        CHECK(run.link->hub.of("commands.finish").size() == 2);
        CHECK(run.link->poll.calls.size() == 2);
    }

    SUBCASE("does not ask again at once when asking failed") {
        run.start();
        run.link->poll.release(fail(ErrorCode::kUnavailable));
        CHECK(run.link->poll.calls.size() == 1);
        run.loop.advance(2s);
        CHECK(run.link->poll.calls.size() == 2);
    }

    SUBCASE("stops in the middle of asking") {
        run.start();
        run.device->stop();
        run.loop.advance(200ms);
        CHECK(run.over->has_value());
    }
}

TEST_CASE("a device with a past measures it first, with its times and without loss") {
    const auto long_ago = [](const net::ManualLoop& loop) { return loop.now() - 3h; };
    const net::ManualLoop same;
    SUBCASE("every ten seconds at most, and then goes on as ever") {
        Running run{false, {.since = long_ago(same)}};
        const Instant began = run.loop.now();
        run.start();
        run.loop.advance(5s);
        const auto told = run.told();
        CHECK(told.size() >= 1'081 + 4);
        CHECK(told.size() <= 1'081 + 5);
        CHECK(run.device->tally().dropped == 0);
        const auto writes = run.link->hub.of("telemetry.write");
        const Value& items = writes.front().body;
        CHECK(items.get<Value::Array>()->size() > 100);
        CHECK(client::number_at(items.get<Value::Array>()->at(1), "t") ==
              static_cast<double>((began - 3h + 10s).time_since_epoch() / 1ms));
    }
    SUBCASE("as often as it is told, and stops in the present") {
        Running run{false, {.interval = 1min, .since = long_ago(same), .ends_now = true}};
        run.start();
        run.loop.advance(1s);
        CHECK(run.told().size() == 181);
        CHECK(run.over->has_value());
    }
    SUBCASE("and waits when the hub asks to") {
        Running run{false, {.since = long_ago(same), .ends_now = true}};
        run.refuse = Error{.code = ErrorCode::kRateLimited, .retry_after = 2s};
        run.start();
        run.loop.advance(1s);
        CHECK(run.told().size() <= 4 * 200);
        run.refuse.reset();
        run.loop.advance(10s);
        CHECK(run.over->has_value());
        CHECK(run.device->tally().accepted == run.device->tally().measured);
        CHECK(run.device->tally().failures == 0);
        CHECK(run.device->tally().dropped == 0);
    }
}

}  // namespace tandem::simulate
