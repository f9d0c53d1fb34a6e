#pragma once

#include "domain/ports.h"
#include "store/embedded/publisher.h"
#include "store/embedded/reader_pool.h"
#include "store/embedded/writer.h"

#include <memory>

namespace tandem::store {

/// What the ports of a loop need of the store. All outlive them.
struct Parts {
    Executor& loop;
    Writer& writer;
    ReaderPool& readers;
    const TelemetryEngine& telemetry;
    Publisher& publisher;
};

/// The ports, answering on the loop of `parts`.
[[nodiscard]] std::unique_ptr<AttachedStores> attach_ports(const Parts& parts);

}  // namespace tandem::store
