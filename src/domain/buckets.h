#pragma once

#include "base/clock.h"
#include "base/value.h"
#include "domain/telemetry.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace tandem {

/// How readings are sorted into buckets of time. A value; any thread.
struct Buckets {
    /// Spans of one length that begin at multiples of it since 1970.
    template <typename Rep, typename Period>
    // NOLINTNEXTLINE(google-explicit-constructor): a length is a rule
    Buckets(std::chrono::duration<Rep, Period> step) : span_of{every(step)} {}
    /// Spans that follow one another without a gap; gives the one that holds a time.
    explicit Buckets(std::function<TimeRange(Instant)> spans) : span_of{std::move(spans)} {}

    std::function<TimeRange(Instant)> span_of;
    /// What each bucket's numbers are asked for: 0.5 is the median.
    std::vector<double> quantiles;

private:
    static std::function<TimeRange(Instant)> every(Duration step);
};

/// What a bucket of time holds. Numbers only enter min, max, sum and quantiles; booleans count as 0
/// and 1.
struct Bucket {
    Instant start;
    std::uint64_t count = 0;    ///< readings of any type
    std::uint64_t numbers = 0;  ///< of them, numbers and booleans
    double min = 0;
    double max = 0;
    double sum = 0;  ///< finite: stops at the largest double
    Value first;
    Value last;
    /// As many as were asked for, in that order; none without numbers.
    std::vector<double> quantiles = {};

    void add(const Reading& reading);
    /// Adds what a later one holds, its quantiles excepted.
    void add(const Bucket& later);
    [[nodiscard]] double average() const { return sum / static_cast<double>(numbers); }
};

/// The value below which the part `q`, 0 to 1, of `numbers` lies, between two of them on the line
/// from one to the other: type 7 of Hyndman and Fan, "Sample Quantiles in Statistical Packages"
/// (1996), which is PostgreSQL's percentile_cont. `numbers` has one at least and is reordered.
[[nodiscard]] double quantile_of(std::vector<double>& numbers, double q);

/// Sorts readings, which come in order of time, into buckets. Empty ones are left out.
class Bucketer {
public:
    explicit Bucketer(Buckets how) : how_{std::move(how)} {}
    void add(const Reading& reading);
    /// Readings that all belong to the bucket of `part.start`, which is any time in it. Not where
    /// quantiles are asked for.
    void add(const Bucket& part);
    /// The span of the bucket that a time belongs to.
    [[nodiscard]] const TimeRange& span_of(Instant time);
    [[nodiscard]] std::vector<Bucket> take();
    [[nodiscard]] std::size_t size() const { return buckets_.size(); }
    /// Numbers that are in memory for the quantiles of one bucket.
    [[nodiscard]] std::size_t held() const { return numbers_.size(); }

private:
    Bucket& bucket_of(Instant time);
    void close();

    Buckets how_;
    TimeRange span_{.from = Instant::min(), .to = Instant::min()};  // of the last time looked at
    std::vector<Bucket> buckets_;
    std::vector<double> numbers_;  // of the last bucket, where quantiles are asked for
};

/// Picks of readings, which come in order of time, those that a chart of them needs: of each span
/// the lowest and the highest number; without numbers the first and the last. Of all of them the
/// first and the last. So a spike is in the chart however long its span: the min-max part of M4
/// (Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 2014).
class Thinner {
public:
    explicit Thinner(Buckets how) : how_{std::move(how)} {}
    void add(Reading reading);
    [[nodiscard]] std::vector<Reading> take();

private:
    // Of the span that is being read. `order` says which of two came first.
    struct Pick {
        Reading reading;
        double number = 0;
        std::uint64_t order = 0;
    };
    void close();
    void give(std::vector<Pick> picks);

    Buckets how_;
    TimeRange span_{.from = Instant::min(), .to = Instant::min()};
    std::vector<Pick> extremes_;  // none, or the lowest and the highest
    std::vector<Pick> ends_;      // none, or the first and the last
    std::uint64_t count_ = 0;
    std::uint64_t given_ = 0;  // one more than the order of the last that was picked
    std::vector<Reading> picked_;
};

}  // namespace tandem
