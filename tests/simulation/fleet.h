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
    struct Reading {
        std::int64_t value = 0;
        Duration sent{0};
    };
    struct Told {
        std::map<std::int64_t, Reading> acknowledged;  ///< by time in ms
        std::set<std::pair<std::int64_t, std::int64_t>> tried;
    };
    std::map<std::string, Told> readings;  ///< by device

    /// A command that an operator asked for, once or several times with one key.
    struct Asked {
        std::string id;  ///< as the hub has accepted it; "" when it has not said so
        bool short_lived = false;
    };
    std::map<std::string, std::map<std::string, Asked>> commands;  ///< by device and key
    /// By the device, and the hub said so.
    std::map<std::string, std::set<std::string>> acknowledged;
    std::map<std::string, std::map<std::string, int>> carried_out;  ///< by device and id
    /// The newest number that a device was given at first, by device and operator.
    std::map<std::string, std::map<std::string, std::int64_t>> last_number;
    std::set<std::pair<std::string, std::int64_t>> attempts;  ///< ids with the attempts seen

    struct Version {
        std::int64_t version = 0;
        Duration sent{0};
    };
    std::map<std::string, std::vector<Version>> config;  ///< confirmed ones, by device
    std::vector<std::string> wrong;                      ///< promises that were seen broken
    std::size_t refused = 0;                             ///< calls that failed, for whatever reason
    std::size_t takeovers = 0;

    void say(std::string what) { wrong.push_back(std::move(what)); }
};

/// The rhythm of a run: clients work while `going`.
struct Run {
    World& world;
    Network& network;
    Ledger& ledger;
    bool going = true;
    /// Operators stop before devices do, which then finish what they were told.
    bool asking = true;
    bool following = true;  ///< and who follows goes last
    bool calm = false;      ///< readings are few
    std::size_t busy = 0;   ///< clients that have not come to their end
    Monotonic jumped{};     ///< when the hub's clock was last set
    /// Since when a device has one connection, by device; none while it has not.
    std::map<std::string, Monotonic> connected;
    std::map<std::string, Machine*> machines;  ///< of the devices on sockets
    /// Devices that could not tell the hub what has become of a command, with when that was.
    std::map<std::string, Monotonic> in_doubt;
};

/// Counts a client as busy for as long as it works.
class Busy {
public:
    explicit Busy(Run& run) : run_{run} { ++run_.busy; }
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;
    ~Busy() { --run_.busy; }

private:
    Run& run_;
};

/// How long a client waits for an answer that the hub does not hold back.
inline constexpr Duration kPatience = 10s;

/// Waits on `machine`.
[[nodiscard]] Task<void> pause(Machine* machine, Duration span);

/// A device on one of the doors: sends a reading every now and then, with a value that is never
/// used twice, and carries out what it is commanded. Comes back whenever its connection ends.
[[nodiscard]] Task<void> rest_device(Run* run, std::string id, std::string key);
/// One on a socket opens a second one at times, before it has closed the first.
[[nodiscard]] Task<void> socket_device(Run* run,
                                       std::string id,
                                       std::string key,
                                       contract::Encoding encoding);
/// Sends commands to `device`, and changes its config, over REST. What fails is asked for again
/// with the same key. `name` tells operators of one device apart.
[[nodiscard]] Task<void> operator_of(Run* run,
                                     std::string name,
                                     std::string device,
                                     std::string key);

}  // namespace tandem::simulation
