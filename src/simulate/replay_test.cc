#include "simulate/replay.h"

#include "simulate/test_link.h"

#include <doctest/doctest.h>

namespace tandem::simulate {
namespace {

using client::Call;
using client::Reply;

std::vector<RecordedRow> rows(std::initializer_list<std::int64_t> seconds_since_1970) {
    std::vector<RecordedRow> out;
    for (const std::int64_t second : seconds_since_1970) {
        out.push_back({.time = Instant{std::chrono::seconds{second}},
                       .values = {{"a", static_cast<std::int64_t>(out.size())}}});
    }
    return out;
}

struct Stage {
    Stage() {
        link.hub.answer = [this](const Call& call) -> Result<Reply> {
            if (refuse) return std::unexpected(*refuse);
            const auto items = static_cast<std::int64_t>(call.body.get<Value::Array>()->size());
            return Reply{.status = 200, .headers = {}, .body = Value::Object{{"accepted", items}}};
        };
    }
    void play(std::vector<RecordedRow> recorded, Playing playing) {
        replay = std::make_unique<Replay>(
            Surroundings{.executor = loop, .clock = loop, .random = random}, std::move(recorded),
            playing);
        over = client::begin(replay->run(&link, {}));
        loop.run_posted();
    }
    // The values that the hub was told, in the order of the telling.
    [[nodiscard]] std::vector<std::int64_t> told() const {
        std::vector<std::int64_t> out;
        for (const Value& item : items())
            out.push_back(*item.find("v")->find("a")->get<std::int64_t>());
        return out;
    }
    [[nodiscard]] std::vector<double> times() const {
        std::vector<double> out;
        for (const Value& item : items())
            out.push_back(client::number_at(item, "t"));
        return out;
    }
    [[nodiscard]] Value::Array items() const {
        Value::Array out;
        for (const Call& call : link.hub.of("telemetry.write")) {
            for (const Value& item : *call.body.get<Value::Array>())
                out.push_back(item);
        }
        return out;
    }

    net::ManualLoop loop;
    SeededRandom random{1};
    TestLink link{loop, false};
    std::optional<Error> refuse;
    std::unique_ptr<Replay> replay;
    std::shared_ptr<std::optional<Result<Tally>>> over;
};

}  // namespace

TEST_CASE("a recording that is played") {
    Stage stage;

    SUBCASE("comes at the recorded pace, times the speed, with the recorded times") {
        stage.play(rows({1'000, 1'060, 1'120}), {.speed = 60.0});
        CHECK(stage.told() == std::vector<std::int64_t>{0});
        stage.loop.advance(1s);
        CHECK(stage.told() == std::vector<std::int64_t>{0, 1});
        CHECK(!stage.over->has_value());
        stage.loop.advance(1s);
        REQUIRE(stage.over->has_value());
        CHECK(stage.times() == std::vector<double>{1'000'000, 1'060'000, 1'120'000});
        CHECK((**stage.over)->accepted == 3);
    }

    SUBCASE("comes as fast as the hub takes it, in messages of a limited size") {
        std::vector<RecordedRow> many;
        for (int at = 0; at < 1'200; ++at)
            many.push_back(rows({at}).front());
        stage.play(std::move(many), {.speed = {}});
        REQUIRE(stage.over->has_value());
        CHECK(stage.link.hub.of("telemetry.write").size() == 3);
        CHECK((**stage.over)->accepted == 1'200);
    }

    SUBCASE("keeps the order of the file, a row from the past among them") {
        stage.play(rows({1'000, 940, 1'060}), {.speed = 60.0});
        CHECK(stage.told() == std::vector<std::int64_t>{0, 1});
        stage.loop.advance(1s);
        CHECK(stage.told() == std::vector<std::int64_t>{0, 1, 2});
    }

    SUBCASE("may be played as of now, as far apart as it is played") {
        const double now = static_cast<double>(stage.loop.now().time_since_epoch() / 1ms);
        stage.play(rows({1'000, 1'060}), {.speed = 60.0, .as_of_now = true});
        stage.loop.advance(1s);
        CHECK(stage.times() == std::vector<double>{now, now + 1'000});
    }

    SUBCASE("waits out a limit and a hub that is away, and sends the same again") {
        Error slower = fail(ErrorCode::kRateLimited).error();
        slower.retry_after = 5s;
        stage.refuse = slower;
        stage.play(rows({1'000}), {.speed = {}});
        stage.refuse = fail(ErrorCode::kUnavailable).error();
        stage.loop.advance(6s);
        CHECK(!stage.over->has_value());
        stage.refuse.reset();
        stage.loop.advance(30s);
        REQUIRE(stage.over->has_value());
        CHECK((**stage.over)->accepted == 1);
        CHECK((**stage.over)->failures >= 2);
        CHECK(stage.link.opens >= 2);
    }

    SUBCASE("ends at a refusal that trying again cannot mend") {
        stage.refuse = fail(ErrorCode::kUnauthenticated).error();
        stage.play(rows({1'000}), {.speed = {}});
        REQUIRE(stage.over->has_value());
        CHECK((*stage.over)->error().code == ErrorCode::kUnauthenticated);
    }

    SUBCASE("can be stopped in the middle") {
        stage.play(rows({1'000, 5'000}), {.speed = 1.0});
        stage.replay->stop();
        stage.loop.run_posted();
        REQUIRE(stage.over->has_value());
        CHECK((**stage.over)->accepted == 1);
    }
}

}  // namespace tandem::simulate
