#pragma once

#include "store/telemetry/log_record.h"

namespace tandem::store {

/// Puts an event that is no reading into a frame.
void add_event(RecordWriter& writer, const Event& event);

/// The event of a record. Fails with kStorageFailed when its value is no document.
[[nodiscard]] Result<Event> event_of(const EventRecord& record);

}  // namespace tandem::store
