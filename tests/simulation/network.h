#pragma once

#include "net/transport.h"
#include "simulation/virtual_time.h"

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace tandem::simulation {

/// What the virtual network does to bytes.
struct Weather {
    Duration latency_min = 200us;
    Duration latency_max = 3ms;
    bool pieces = true;            ///< bytes arrive in pieces of any size
    std::uint64_t cut_one_in = 0;  ///< a delivery in so many cuts the connection instead; 0: never
    /// One in so many of those leaves it half open: nothing arrives any more, nobody is told.
    std::uint64_t silent_one_in = 0;
    std::size_t under_way = 64 * 1'024;  ///< bytes that the network takes before a sender waits
};

namespace detail {
class End;
}

/// TCP between machines of one world: in order, exactly once, or the connection ends. A write takes
/// some time to arrive and arrives in pieces; so much is under way at most, more waits at the
/// sender.
class Network {
public:
    using MakeProtocol = std::function<std::unique_ptr<net::Protocol>()>;

    Network(World& world, Weather weather) : world_{world}, weather_{weather} {}
    Network(const Network&) = delete;
    Network& operator=(const Network&) = delete;
    ~Network();

    /// `machine` answers connections too: each goes to any of those that do. Without one they are
    /// refused.
    void listen(Machine& machine, MakeProtocol make_protocol);
    /// The machine is gone: it answers nobody any more, and its connections end.
    void crash(Machine& machine);

    /// Connects from `machine`. Destroying what is given back aborts.
    [[nodiscard]] std::unique_ptr<net::Transport> connect(Machine& machine,
                                                          std::unique_ptr<net::Protocol> protocol);

    /// The machine does not read, until it is let.
    void hold(Machine& machine, bool held);
    /// Every connection of the machine is half open from now on.
    void unplug(Machine& machine);

    [[nodiscard]] World& world() { return world_; }
    [[nodiscard]] Weather& weather() { return weather_; }
    [[nodiscard]] std::size_t cuts() const { return cuts_; }

private:
    friend class detail::End;
    World& world_;
    Weather weather_;
    std::vector<std::pair<Machine*, MakeProtocol>> listening_;
    std::vector<std::shared_ptr<detail::End>> accepted_;  // Owned here until they close.
    std::set<const Machine*> held_;
    std::size_t cuts_ = 0;
};

}  // namespace tandem::simulation
