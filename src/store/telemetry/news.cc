#include "store/telemetry/news.h"

#include <utility>

namespace tandem::store {

void tell(std::vector<DeviceReadings>& batch,
          std::span<const News> news,
          Sequence first,
          std::vector<Event>& events) {
    events.reserve(events.size() + news.size());
    auto of_reading = news.begin();
    for (DeviceReadings& of_device : batch) {
        for (Reading& reading : of_device.readings) {
            const News is = *of_reading++;
            if (is == News::kNone) continue;
            events.push_back(Event{.sequence = first++,
                                   .kind = Event::Kind::kReading,
                                   .device = of_device.device,
                                   .series = std::move(reading.series),
                                   .time = reading.time,
                                   .value = std::move(reading.value),
                                   .late = is == News::kLate});
        }
    }
}

}  // namespace tandem::store
