#pragma once

#include "system.h"

#include <algorithm>
#include <vector>

namespace tandem::bench {

// What programs that measure CPU time in rounds have in common.

/// The CPU time of this process so far, in nanoseconds.
inline double cpu_ns() {
    return static_cast<double>(nanoseconds(CLOCK_PROCESS_CPUTIME_ID));
}

/// Of an odd number of values; one of the two in the middle otherwise.
inline double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

}  // namespace tandem::bench
