#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace tandem::bench {

/// How often each duration was seen, in buckets that are at most 1/64 of their value wide: from
/// 0 to 127 ns one each, and from there on 64 for each power of two.
class Histogram {
public:
    void add(std::int64_t ns) {
        const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(ns, 0));
        const std::size_t bucket = bucket_of(value);
        if (bucket >= counts_.size()) counts_.resize(bucket + 1);
        ++counts_[bucket];
        ++total_;
        most_ = std::max(most_, value);
    }

    /// The value that `share` of all are not above, in microseconds; zero when there is none.
    [[nodiscard]] double quantile_us(double share) const {
        const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(total_));
        std::uint64_t seen = 0;
        for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
            seen += counts_[bucket];
            if (seen > wanted) return us(std::min(end_of(bucket), most_));
        }
        return us(most_);
    }

    [[nodiscard]] double most_us() const { return us(most_); }

private:
    static constexpr unsigned kBits = 6;

    static std::size_t bucket_of(std::uint64_t value) {
        const auto width = static_cast<unsigned>(std::bit_width(value));
        const unsigned shift = width > kBits + 1 ? width - (kBits + 1) : 0;
        return (std::size_t{shift} << kBits) + (value >> shift);
    }
    /// The largest value of a bucket.
    static std::uint64_t end_of(std::size_t bucket) {
        const std::size_t half = bucket >> kBits;
        if (half < 2) return bucket;
        const std::size_t shift = half - 1;
        return ((bucket - (shift << kBits) + 1) << shift) - 1;
    }
    static double us(std::uint64_t ns) { return static_cast<double>(ns) / 1e3; }

    std::vector<std::uint64_t> counts_;  // Fewer than 64 * 59 buckets for any value.
    std::uint64_t total_ = 0;
    std::uint64_t most_ = 0;
};

}  // namespace tandem::bench
