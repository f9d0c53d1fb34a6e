#include "store/telemetry/log_event.h"

#include "base/check.h"
#include "store/value_bytes.h"

namespace tandem::store {

void add_event(RecordWriter& writer, const Event& event) {
    check(event.kind != Event::Kind::kReading);
    const std::string value = to_bytes(event.value);
    writer.add(EventRecord{.sequence = event.sequence,
                           .kind = event.kind,
                           .tenant = event.device.tenant.text(),
                           .device = event.device.id.text(),
                           .series = event.series,
                           .time = event.time.time_since_epoch().count(),
                           .late = event.late,
                           .value = value});
}

Result<Event> event_of(const EventRecord& record) {
    auto value = from_bytes(record.value);
    if (!value) return pass(value);
    return Event{.sequence = record.sequence,
                 .kind = record.kind,
                 .device = {.tenant = TenantId{std::string{record.tenant}},
                            .id = DeviceId{std::string{record.device}}},
                 .series = std::string{record.series},
                 .time = Instant{Duration{record.time}},
                 .value = std::move(*value),
                 .late = record.late};
}

}  // namespace tandem::store
