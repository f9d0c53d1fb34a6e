#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace tandem::timing {

/// Two kinds of input to the same work. Only `run` is timed.
struct Pair {
    std::function<void(bool second)> prepare;
    std::function<void()> run;
};

/// Welch's t of how long the work takes on inputs of one kind and of the other, which come in
/// random order: https://eprint.iacr.org/2016/1123 (dudect). Beyond ±4.5 they can be told apart.
struct Difference {
    double whole = 0;    ///< over all samples
    double cropped = 0;  ///< without the slowest twentieth, which an interruption makes
    [[nodiscard]] bool tells() const;
};
[[nodiscard]] Difference compare(const Pair& pair, std::size_t samples, std::uint64_t seed);

}  // namespace tandem::timing
