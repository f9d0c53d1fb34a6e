#include "base/metric.h"

#include <doctest/doctest.h>

#include <vector>

using namespace tandem;

TEST_CASE("metrics") {
    Metrics metrics;

    SUBCASE("a figure is made at its first mention and found at the next") {
        Metric& first = metrics.counter("tandem_requests_total", R"(door="ws")");
        first.add();
        first.add(2);
        CHECK(&metrics.counter("tandem_requests_total", R"(door="ws")") == &first);
        CHECK(&metrics.counter("tandem_requests_total", R"(door="rest")") != &first);
        CHECK(first.value() == 3);
    }

    SUBCASE("a level goes up and down") {
        Metric& level = metrics.gauge("tandem_connections");
        level.add(5);
        level.add(-2);
        CHECK(level.value() == 3);
        level.set(1);
        CHECK(level.value() == 1);
    }

    SUBCASE("a reference stays good however many figures follow") {
        Metric& first = metrics.counter("first");
        for (int at = 0; at < 1'000; ++at)
            metrics.counter("other", "n=\"" + std::to_string(at) + "\"").add();
        first.add(7);
        CHECK(metrics.counter("first").value() == 7);
    }

    SUBCASE("the text is Prometheus' format, families and labels sorted") {
        metrics.gauge("tandem_connections").set(-1);
        metrics.counter("tandem_requests_total", R"(door="ws")").add(2);
        metrics.counter("tandem_requests_total", R"(door="rest",op="device.get")").add(40);
        metrics.describe("tandem_requests_total", "Requests that were answered.");
        CHECK(metrics.text() ==
              "# TYPE tandem_connections gauge\n"
              "tandem_connections -1\n"
              "# HELP tandem_requests_total Requests that were answered.\n"
              "# TYPE tandem_requests_total counter\n"
              "tandem_requests_total{door=\"rest\",op=\"device.get\"} 40\n"
              "tandem_requests_total{door=\"ws\"} 2\n");
    }

    SUBCASE("the text of nothing is empty") {
        CHECK(metrics.text().empty());
    }
}
