#pragma once

#include "domain/ports.h"
#include "store/embedded/sqlite.h"

#include <cstdint>
#include <vector>

namespace tandem::store {

/// Makes one change inside the open transaction of `registry`, and adds the event that tells of it
/// where only the store can make it. What it did before it failed is the caller's to roll back.
/// Fails as `Change` says, and as the database does.
Result<void> apply(Connection& registry, const Change& change, std::vector<Event>& events);

/// Keeps `event`, which has its sequence, for the event log.
Result<void> put_in_outbox(Connection& registry, const Event& event);

/// The events of the outbox from `sequence` on, in their order.
Result<std::vector<Event>> outbox_from(Connection& registry, Sequence sequence);

/// Keeps the newest `rows` of the outbox.
Result<void> trim_outbox(Connection& registry, std::int64_t rows);

}  // namespace tandem::store
