#pragma once

#include "base/histogram.h"
#include "base/metric.h"

#include <array>

namespace tandem::store {

/// Seconds that a sync of a disk takes: NVMe with a cache that keeps its word, to SD cards.
inline constexpr std::array kSyncSeconds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                         0.025,  0.05,    0.1,    0.25,  0.5,    1.0,   2.5};

/// What the engine counts since it was opened, for whoever looks from outside. Any thread.
struct EngineFigures {
    // Of batches that were committed.
    Metric messages;
    Metric stored;
    Metric replaced;
    Metric repeated;

    // Of rows that are in no chunk yet.
    Metric rows;
    Metric head_bytes;
    Metric frozen_bytes;

    Metric flushes;
    Metric flushes_failed;
    Metric flush_micros;  ///< in all
    Metric frames_damaged;
    Histogram log_sync{kSyncSeconds};
};

}  // namespace tandem::store
