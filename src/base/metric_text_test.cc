#include "base/metric_text.h"

#include <doctest/doctest.h>

#include <array>

using namespace tandem;

TEST_CASE("a family is its help, its type and its samples") {
    MetricText text;
    text.family(MetricText::Type::kGauge, "a_bytes", "How many.");
    text.sample(std::uint64_t{7});
    text.sample(std::int64_t{-1}, "file=\"x\"");
    text.family(MetricText::Type::kCounter, "b_seconds_total", "");
    text.sample(0.25);
    CHECK(std::move(text).take() ==
          "# HELP a_bytes How many.\n"
          "# TYPE a_bytes gauge\n"
          "a_bytes 7\n"
          "a_bytes{file=\"x\"} -1\n"
          "# TYPE b_seconds_total counter\n"
          "b_seconds_total 0.25\n");
}

TEST_CASE("a histogram's buckets add up to its count") {
    constexpr std::array bounds{0.001, 1.0};
    Histogram histogram{bounds};
    for (const double figure : {0x1p-10, 0.5, 0.5, 2.0})
        histogram.add(figure);
    MetricText text;
    text.family(MetricText::Type::kHistogram, "s", "");
    text.samples(histogram.counts(), "file=\"log\"");
    CHECK(std::move(text).take() ==
          "# TYPE s histogram\n"
          "s_bucket{file=\"log\",le=\"0.001\"} 1\n"
          "s_bucket{file=\"log\",le=\"1\"} 3\n"
          "s_bucket{file=\"log\",le=\"+Inf\"} 4\n"
          "s_sum{file=\"log\"} 3.0009765625\n"
          "s_count{file=\"log\"} 4\n");
}
