#pragma once

#include "advise/plan.h"
#include "client/rest_client.h"
#include "client/websocket_client.h"
#include "measure/wire_count.h"

#include <memory>
#include <string_view>

namespace tandem::measure {

/// What every link is made with. All outlive it.
struct LinkSetting {
    net::Loop* loop = nullptr;
    Random* random = nullptr;
    WireCounter* wires = nullptr;
    client::Access access;  ///< a key's
};

/// How one device sends readings and hears that the hub has them.
class Uplink {
public:
    Uplink() = default;
    Uplink(const Uplink&) = delete;
    Uplink& operator=(const Uplink&) = delete;
    virtual ~Uplink() = default;

    /// Connects, where a connection is held.
    virtual Task<Result<void>> open() = 0;
    /// Sends one body of telemetry.write. Ends when it is acknowledged.
    virtual Task<Result<void>> send(Value body) = 0;
};

[[nodiscard]] std::unique_ptr<Uplink> make_uplink(advise::Readings way, LinkSetting setting);

}  // namespace tandem::measure
