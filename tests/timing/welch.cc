#include "timing/welch.h"

#include "base/clock.h"
#include "base/random.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>

namespace tandem::timing {
namespace {

constexpr double kTells = 4.5;

struct Sample {
    bool second = false;
    double nanoseconds = 0;
};

// Welford's sums: https://doi.org/10.2307/1266577
class Sums {
public:
    void add(double value) {
        ++count_;
        const double from_mean = value - mean_;
        mean_ += from_mean / count_;
        squares_ += from_mean * (value - mean_);
    }
    [[nodiscard]] double mean() const { return mean_; }
    [[nodiscard]] double error() const { return count_ < 2 ? 0 : squares_ / (count_ - 1) / count_; }

private:
    double count_ = 0;
    double mean_ = 0;
    double squares_ = 0;
};

double welch(const std::vector<Sample>& samples, double most) {
    std::array<Sums, 2> kinds;
    for (const Sample& each : samples) {
        if (each.nanoseconds <= most) kinds[each.second ? 1 : 0].add(each.nanoseconds);
    }
    const double error = std::sqrt(kinds[0].error() + kinds[1].error());
    return error == 0 ? 0 : (kinds[0].mean() - kinds[1].mean()) / error;
}

}  // namespace

bool Difference::tells() const {
    return std::abs(whole) >= kTells || std::abs(cropped) >= kTells;
}

Difference compare(const Pair& pair, std::size_t samples, std::uint64_t seed) {
    SeededRandom random{seed};
    std::vector<Sample> seen;
    seen.reserve(samples);
    for (std::size_t round = 0; round < samples; ++round) {
        const bool second = random.bytes(1).front() % 2 == 0;
        pair.prepare(second);
        // What it wrote last must not be on its way still, or whoever reads it first waits for it.
        std::atomic_thread_fence(std::memory_order_seq_cst);
        const auto began = std::chrono::steady_clock::now();
        pair.run();
        const std::chrono::duration<double, std::nano> took =
            std::chrono::steady_clock::now() - began;
        seen.push_back({.second = second, .nanoseconds = took.count()});
    }
    std::vector<double> times;
    times.reserve(seen.size());
    for (const Sample& each : seen)
        times.push_back(each.nanoseconds);
    const auto slow = times.begin() + static_cast<std::ptrdiff_t>(times.size() * 19 / 20);
    std::ranges::nth_element(times, slow);
    return {.whole = welch(seen, times.empty() ? 0 : *std::ranges::max_element(times)),
            .cropped = welch(seen, *slow)};
}

}  // namespace tandem::timing
