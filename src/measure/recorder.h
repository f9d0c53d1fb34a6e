#pragma once

#include "base/random.h"
#include "client/hub_client.h"
#include "measure/recording.h"
#include "net/loop.h"

namespace tandem::measure {

/// Follows what happens on a running hub for `time`, with a key that may follow all devices and see
/// metrics: a subscription to readings, and two pages of /metrics. Ends early when the recording is
/// full. Fails with what the hub refuses, or with kUnavailable when it goes meanwhile.
[[nodiscard]] Task<Result<Recording>> record(net::Loop* loop,
                                             Random* random,
                                             client::Access hub,
                                             Duration time);

}  // namespace tandem::measure
