#pragma once

#include "api/world.h"
#include "client/hub_client.h"
#include "domain/ports.h"
#include "node/hub.h"
#include "node/part.h"
#include "simulation/network.h"
#include "simulation/simulated_disk.h"
#include "simulation/virtual_threads.h"
#include "simulation/virtual_time.h"

#include <memory>
#include <string>
#include <vector>

namespace tandem::simulation {

/// What a box is made with.
struct BoxSettings {
    std::size_t loops = 2;
    api::Rules rules = {};
    /// Between these a commit takes until it is acknowledged; what has not committed when the hub
    /// crashes never happens.
    Duration commit_min = 50us;
    Duration commit_max = 4ms;
    /// The embedded store on a simulated disk, instead of the one in memory.
    bool on_disk = false;
    std::size_t queue_bytes = 256 * 1'024;  ///< of a socket
};

/// The whole hub with virtual time, sockets and disks. It can crash and start again on the same
/// store.
class HubInABox {
public:
    HubInABox(World& world, Network& network, BoxSettings settings);
    HubInABox(const HubInABox&) = delete;
    HubInABox& operator=(const HubInABox&) = delete;
    ~HubInABox();

    void start();
    /// The process is gone, with what it had in memory. `power`: with what was not synced, too.
    void crash(bool power = false);
    [[nodiscard]] bool running() const { return hub_ != nullptr; }

    /// The key of the first application: every scope but users:manage.
    [[nodiscard]] const std::string& admin_key() const { return admin_.admin_key; }
    [[nodiscard]] api::Hub& hub() { return *hub_; }
    /// Null without one.
    [[nodiscard]] SimulatedDisk* disk() { return disk_.get(); }
    /// What the store takes: only reading once a write has failed.
    [[nodiscard]] StoreState state() const { return store_->state(); }

private:
    void open_store();

    World& world_;
    Network& network_;
    BoxSettings settings_;
    std::unique_ptr<VirtualThreads> threads_;
    std::unique_ptr<SimulatedDisk> disk_;
    std::unique_ptr<StoreEngine> store_;
    node::Initialised admin_;
    net::Limits limits_;
    door::DoorSettings door_settings_;
    std::vector<std::unique_ptr<Machine>> machines_;
    std::unique_ptr<api::Hub> hub_;
    std::vector<std::unique_ptr<node::Part>> parts_;
    node::Parts told_;
};

/// Where the hub is and who calls, for the clients of `client/`.
[[nodiscard]] client::Access access_as(std::string key,
                                       contract::Encoding encoding = contract::Encoding::kJson);
/// Opens connections from `machine`.
[[nodiscard]] client::Connect connect_from(Network& network, Machine& machine);

/// Runs `task` on the world until it is done, or fails the test after `most` of virtual time.
template <typename T>
Task<void> keep(Task<T> task, std::shared_ptr<std::optional<T>> into) {
    into->emplace(co_await std::move(task));
}
template <typename T>
T finish(World& world, Task<T> task, Duration most = 120s) {
    auto result = std::make_shared<std::optional<T>>();
    spawn(keep(std::move(task), result));
    const bool done = world.run_until([&] { return result->has_value(); }, most);
    check(done);
    return std::move(**result);
}

}  // namespace tandem::simulation
