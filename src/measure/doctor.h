#pragma once

#include "base/random.h"
#include "client/hub_client.h"
#include "measure/path.h"
#include "net/loop.h"

#include <functional>

namespace tandem::measure {

/// What is looked at.
struct DoctorPlan {
    client::Access hub;    ///< with a key, or without: then nothing that stays open is tried
    std::string ca_file;   ///< as in make_access()
    Duration watch = 45s;  ///< how long what stays open is watched: twice a hub's silence and more
};

/// Told what is being done.
using DoctorProgress = std::function<void(const std::string& doing)>;

/// Tries what the path to a hub allows. Leaves nothing behind; a device's key takes the place of
/// the device's own socket meanwhile. Fails with what the hub refuses the key with; a hub that
/// cannot be reached is a finding. Waits for TLS before it begins, which no other work of the loop
/// may do.
[[nodiscard]] Task<Result<PathFindings>> look_at_path(net::Loop* loop,
                                                      Random* random,
                                                      DoctorPlan plan,
                                                      DoctorProgress progress);

}  // namespace tandem::measure
