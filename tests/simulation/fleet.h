#pragma once

#include "client/rest_client.h"
#include "client/websocket_client.h"
#include "simulation/hub_in_a_box.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace tandem::simulation {

/// What the clients of a run did and were told: what must then be true of the hub.
struct Ledger {
    struct Told {
        std::map<std::int64_t, std::int64_t> acknowledged;  ///< value by time in ms
        std::set<std::pair<std::int64_t, std::int64_t>> tried;
    };
    std::map<std::string, Told> readings;                   ///< by device
    std::map<std::string, std::set<std::string>> commands;  ///< accepted ones, by device
    std::map<std::string, std::set<std::string>>
        acknowledged;  ///< by the device, and the hub said so
    std::map<std::string, std::map<std::string, int>> carried_out;  ///< how often, by device and id
    std::map<std::string, std::int64_t> config;  ///< the newest version that was confirmed
    std::vector<std::string> wrong;              ///< promises that were seen broken
    std::size_t refused = 0;                     ///< calls that failed, for whatever reason
};

/// The rhythm of a run: clients work while `going`.
struct Run {
    World& world;
    Network& network;
    Ledger& ledger;
    bool going = true;
    bool asking =
        true;  ///< operators stop before devices do, which then finish what they were told
    std::size_t busy = 0;  ///< clients that have not come to their end
};

/// Waits on `machine`.
[[nodiscard]] Task<void> pause(Machine* machine, Duration span);

/// A device on one of the doors: sends a reading every now and then, with a value that is never
/// used twice, and carries out what it is commanded. Comes back whenever its connection ends.
[[nodiscard]] Task<void> rest_device(Run* run, std::string id, std::string key);
[[nodiscard]] Task<void> socket_device(Run* run,
                                       std::string id,
                                       std::string key,
                                       contract::Encoding encoding);
/// Sends commands to `device`, changes its config, over REST.
[[nodiscard]] Task<void> operator_of(Run* run, std::string device, std::string key);
/// Watches all readings over a socket; a reading that comes twice on one socket is a broken
/// promise.
[[nodiscard]] Task<void> watcher(Run* run, std::string key, contract::Encoding encoding);

}  // namespace tandem::simulation
