#include "measure/recording.h"

#include <doctest/doctest.h>

namespace tandem::measure {
namespace {

Value event(const std::string& device, const std::string& series, double when, Value value) {
    return Value::Object{{"d", device}, {"s", series}, {"t", when}, {"v", std::move(value)}};
}

Value message(Value::Array events) {
    return Value::Object{{"sub", 1}, {"cur", "x"}, {"ev", std::move(events)}};
}

/// Two devices, a reading of two series each second, for ten seconds.
Recording ten_seconds() {
    Recording recording;
    for (int at = 0; at < 10; ++at) {
        for (const char* device : {"a", "b"}) {
            recording.hear(message({event(device, "temperature", at * 1'000.0, 21.5),
                                    event(device, "humidity", at * 1'000.0, 40)}));
        }
    }
    return recording;
}

Figures page(double writes, double commands) {
    return {{R"(tandem_requests_total{door="rest",op="telemetry.write",status="200"})", writes},
            {R"(tandem_requests_total{door="rest",op="telemetry.write",status="429"})", 7 * writes},
            {R"(tandem_requests_total{door="ws",op="commands.send",status="202"})", commands},
            {R"(tandem_requests_total{door="rest",op="config.get",status="200"})", 2 * commands},
            {"tandem_subscriptions", 4}};
}

TEST_CASE("a page of metrics gives its figures, and sums over labels") {
    const Figures figures = read_figures(
        "# TYPE tandem_x counter\n"
        "tandem_x{a=\"1\",b=\"p q\"} 3\ntandem_x{a=\"2\",b=\"r\"} 4.5\n"
        "tandem_xy{a=\"1\"} 100\ntandem_z 7\nnonsense\nhalf 1e\n");
    CHECK(figures.size() == 4);
    CHECK(sum_of(figures, "tandem_x") == 7.5);
    CHECK(sum_of(figures, "tandem_x", {"a=\"1\""}) == 3);
    CHECK(sum_of(figures, "tandem_x", {"a=\"1\"", "b=\"r\""}) == 0);
    CHECK(sum_of(figures, "tandem_z") == 7);
    CHECK(sum_of(figures, "tandem_none") == 0);
    CHECK(read_figures("").empty());
}

TEST_CASE("a recording is the workload that it heard") {
    Recording recording = ten_seconds();
    recording.span(page(100, 3), page(120, 5), 10s);
    advise::Workload base;
    base.network.rtt = 123ms;
    const auto made = recording.workload(base);
    REQUIRE(made.has_value());
    CHECK(made->devices == 2);
    CHECK(made->readings.every == 1s);
    CHECK(made->readings.jitter == 0);
    CHECK(made->readings.series == 2);
    CHECK(made->readings.payload ==
          static_cast<std::int64_t>(std::string{R"({"temperature":21.5,"humidity":40})"}.size()));
    CHECK(made->readings.batch == 1);
    CHECK(made->commands.per_day == doctest::Approx(8'640));  // one a device in ten seconds
    CHECK(made->configuration.reads_per_day == doctest::Approx(17'280).epsilon(0.005));
    CHECK(made->configuration.changes_per_day == 0);
    CHECK(made->dashboards.watching == 3);  // and whoever records
    CHECK(made->network.rtt == 123ms);
    // What is written is read again.
    const auto again = advise::read_workload(advise::write_workload(*made));
    REQUIRE(again.has_value());
    CHECK(again->readings == made->readings);
}

TEST_CASE("readings that come together are a batch") {
    Recording recording = ten_seconds();
    recording.span(page(0, 0), page(4, 0), 10s);
    CHECK(recording.workload({})->readings.batch == 5);
}

TEST_CASE("what was too fast to be heard is taken to be like the rest") {
    Recording recording = ten_seconds();
    recording.hear(Value::Object{{"gap", Value::Object{{"n", 40}}}});  // as many as were heard
    recording.span(page(0, 0), page(40, 0), 10s);
    const auto made = recording.workload({});
    CHECK(made->readings.every == 500ms);
    CHECK(made->readings.batch == 1);
    CHECK(recording.notes().size() == 3);
}

TEST_CASE("spans that differ are jitter") {
    Recording recording;
    double when = 0;
    for (int at = 0; at < 20; ++at) {
        when += at % 2 == 0 ? 800 : 1'200;
        recording.hear(message({event("a", "n", when, at)}));
    }
    recording.span({}, {}, 20s);
    const double jitter = recording.workload({})->readings.jitter;
    CHECK(jitter > 0.1);
    CHECK(jitter < 0.6);
}

TEST_CASE("nothing is made of silence, and no more is kept than may be") {
    Recording silent;
    silent.span({}, {}, 10s);
    CHECK_FALSE(silent.workload({}).has_value());
    Recording loud;
    for (std::size_t at = 0; at < Recording::kReadingsMost + 10; ++at)
        loud.hear(message({event("a", "n", static_cast<double>(at), 1)}));
    CHECK(loud.full());
    CHECK(loud.readings() == Recording::kReadingsMost);
}

}  // namespace
}  // namespace tandem::measure
