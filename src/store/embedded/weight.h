#pragma once

#include "domain/ports.h"

#include <cstddef>
#include <vector>

namespace tandem::store {

// About how many bytes of memory something takes: what the limits of queues count.

using tandem::weight_of;
[[nodiscard]] std::size_t weight_of(const Transaction& transaction);
[[nodiscard]] std::size_t weight_of(const std::vector<DeviceReadings>& batch);

}  // namespace tandem::store
