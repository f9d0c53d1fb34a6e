#pragma once

#include "domain/ports.h"

#include <cstdint>
#include <span>
#include <vector>

namespace tandem::store {

/// Whether a reading is an event.
enum class News : std::uint8_t {
    kNone,  ///< it was stored already
    kReading,
    kLate,  ///< older than the newest of its series
};

/// Appends the events of a batch to `events`. `news` has one for each reading, in their order;
/// `first` is the sequence of the first that is any. What the events need is moved out of `batch`.
void tell(std::vector<DeviceReadings>& batch,
          std::span<const News> news,
          Sequence first,
          std::vector<Event>& events);

}  // namespace tandem::store
