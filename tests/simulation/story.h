#pragma once

#include "simulation/fleet.h"
#include "simulation/follower.h"

#include <map>
#include <string>
#include <vector>

namespace tandem::simulation {

/// One run of a whole hub: clients at work through cuts, crashes and faults of the disk, all of it
/// from one seed, then a quiet hub that is asked what it knows.
class Story {
public:
    /// Every fourth seed has the store in memory, the others the one on disk.
    explicit Story(std::uint64_t seed);
    Story(const Story&) = delete;
    Story& operator=(const Story&) = delete;
    ~Story();

    void tell();
    /// The promises that were broken, each in a sentence; none.
    [[nodiscard]] const std::vector<std::string>& wrong() const { return ledger_.wrong; }

    struct Figures {
        std::size_t readings = 0;  ///< acknowledged
        std::size_t commands = 0;  ///< accepted
        std::size_t events = 0;    ///< that followers were given
        std::size_t gaps = 0;
        std::size_t cuts = 0;
        std::size_t crashes = 0;  ///< of the process or of the power
        std::size_t faults = 0;   ///< of the disk: syncs that failed, no room
        std::size_t takeovers = 0;
    };
    [[nodiscard]] Figures figures() const;
    /// A summary that is equal for equal seeds.
    [[nodiscard]] std::string summary();

private:
    void make_devices();
    void start_clients();
    void follow(const std::string& name, Value::Object wish);

    void go_wrong();
    void crash(bool power);
    void crash_in_the_middle();
    void fail_sync();
    void fill_disk();
    void set_clock();
    void restart();
    void settle();
    void check_presence();
    void check_absence();
    void check_readings();
    void check_readings_of(const std::string& device, const Ledger::Told& told);
    void check_commands();
    void check_commands_of(const std::string& device);
    void check_config();
    void check_followers();
    void check_follower(const Follower& follower);
    void check_complete(const Follower& judge);
    [[nodiscard]] Follower judged(const Follower& follower);
    Result<client::Reply> ask(client::Call call);
    [[nodiscard]] bool is_online(const std::string& device);
    void say(std::string what) { ledger_.say(std::move(what)); }

    World world_;
    Network network_;
    Ledger ledger_;
    HubInABox hub_;
    Run run_{.world = world_, .network = network_, .ledger = ledger_};
    std::map<std::string, std::string> keys_;
    std::vector<std::unique_ptr<Follower>> followers_;
    std::size_t crashes_ = 0;
    std::size_t faults_ = 0;
    bool power_failed_ = false;
    bool was_full_ = false;
    bool sync_failed_ = false;
    Duration ahead_{0};  // of the hub's clock, at most
};

}  // namespace tandem::simulation
