#include "domain/buckets.h"

#include "base/check.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>

namespace tandem {
namespace {

std::optional<double> as_number(const Value& value) {
    if (const auto* boolean = value.get<bool>()) return *boolean ? 1 : 0;
    if (value.is_number()) return value.as_double();
    return {};
}

// Readings near the largest double add up to more than a double holds.
double bounded_sum(double sum, double more) {
    return std::clamp(sum + more, std::numeric_limits<double>::lowest(),
                      std::numeric_limits<double>::max());
}

TimeRange span_of_length(Duration step, Instant time) {
    const auto since = time.time_since_epoch();
    auto index = since / step;
    if (since < Duration{0} && since % step != Duration{0}) --index;  // towards the past
    return {.from = Instant{index * step}, .to = Instant{(index + 1) * step}};
}

bool holds(const TimeRange& span, Instant time) {
    return time >= span.from && time < span.to;
}

}  // namespace

std::function<TimeRange(Instant)> Buckets::every(Duration step) {
    check(step > Duration{0});
    return [step](Instant time) { return span_of_length(step, time); };
}

void Bucket::add(const Reading& reading) {
    if (count++ == 0) first = reading.value;
    last = reading.value;
    const auto number = as_number(reading.value);
    if (!number) return;
    min = numbers == 0 ? *number : std::min(min, *number);
    max = numbers == 0 ? *number : std::max(max, *number);
    sum = bounded_sum(sum, *number);
    ++numbers;
}

void Bucket::add(const Bucket& later) {
    if (later.count == 0) return;
    if (count == 0) first = later.first;
    last = later.last;
    count += later.count;
    if (later.numbers == 0) return;
    min = numbers == 0 ? later.min : std::min(min, later.min);
    max = numbers == 0 ? later.max : std::max(max, later.max);
    sum = bounded_sum(sum, later.sum);
    numbers += later.numbers;
}

double quantile_of(std::vector<double>& numbers, double q) {
    const double place = q * static_cast<double>(numbers.size() - 1);
    const auto below = static_cast<std::ptrdiff_t>(place);
    const auto at = numbers.begin() + below;
    std::ranges::nth_element(numbers, at);
    const double part = place - static_cast<double>(below);
    if (part == 0) return *at;
    const double above = *std::ranges::min_element(std::next(at), numbers.end());
    return std::lerp(*at, above, part);
}

const TimeRange& Bucketer::span_of(Instant time) {
    if (!holds(span_, time)) span_ = how_.span_of(time);
    return span_;
}

Bucket& Bucketer::bucket_of(Instant time) {
    const Instant start = span_of(time).from;
    if (buckets_.empty() || buckets_.back().start != start) {
        close();
        buckets_.push_back(Bucket{.start = start, .first = {}, .last = {}});
    }
    return buckets_.back();
}

void Bucketer::close() {
    if (numbers_.empty()) return;
    for (const double q : how_.quantiles)
        buckets_.back().quantiles.push_back(quantile_of(numbers_, q));
    numbers_.clear();
}

void Bucketer::add(const Reading& reading) {
    bucket_of(reading.time).add(reading);
    if (how_.quantiles.empty()) return;
    if (const auto number = as_number(reading.value)) numbers_.push_back(*number);
}

void Bucketer::add(const Bucket& part) {
    bucket_of(part.start).add(part);
}

std::vector<Bucket> Bucketer::take() {
    close();
    return std::move(buckets_);
}

void Thinner::add(Reading reading) {
    if (!holds(span_, reading.time)) {
        close();
        span_ = how_.span_of(reading.time);
    }
    Pick pick{.reading = std::move(reading), .order = count_++};
    if (pick.order == 0) {
        given_ = 1;
        picked_.push_back(pick.reading);
    }
    if (const auto number = as_number(pick.reading.value)) {
        pick.number = *number;
        if (extremes_.empty()) extremes_ = {pick, pick};
        if (*number < extremes_[0].number) extremes_[0] = pick;
        if (*number > extremes_[1].number) extremes_[1] = pick;
    }
    if (ends_.empty()) ends_ = {pick};
    ends_.resize(1);
    ends_.push_back(std::move(pick));
}

void Thinner::close() {
    give(std::exchange(extremes_.empty() ? ends_ : extremes_, {}));
    ends_.clear();
}

// In order of time, and nothing twice.
void Thinner::give(std::vector<Pick> picks) {
    std::ranges::sort(picks, {}, &Pick::order);
    for (Pick& each : picks) {
        if (each.order < given_) continue;
        given_ = each.order + 1;
        picked_.push_back(std::move(each.reading));
    }
}

std::vector<Reading> Thinner::take() {
    std::vector<Pick> last;
    if (!ends_.empty()) last.push_back(ends_.back());
    close();
    give(std::move(last));
    return std::move(picked_);
}

}  // namespace tandem
