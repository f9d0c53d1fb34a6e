#pragma once

#include "simulation/virtual_threads.h"
#include "simulation/virtual_time.h"
#include "store/telemetry/memory_disk.h"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace tandem::simulation {

/// What several connections of SQLite share of one database: locks, and the memory that would be
/// its -shm.
struct DatabaseNode;

/// The disk of a hub in the virtual world: its log, and the databases that SQLite opens in path().
/// A sync takes time. The power can fail at any moment, a sync can fail, there can be no room. What
/// is not in the databases or the log (`hub.lock`) is in a real directory, which goes with this.
class SimulatedDisk {
public:
    /// Both outlive this. One disk at a time for each path, any number of disks.
    SimulatedDisk(World& world, VirtualThreads& threads);
    SimulatedDisk(const SimulatedDisk&) = delete;
    SimulatedDisk& operator=(const SimulatedDisk&) = delete;
    ~SimulatedDisk();

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] store::Disk& log() { return *log_; }

    /// The process that uses the disk is gone; with the power, or without it: then all that was
    /// written is there. What it still does comes to nothing.
    void lose_power();
    void lose_process();
    /// Another one begins.
    void restart() { gone_ = false; }
    /// The power fails at the `nth` write or sync from now, in the middle of whatever it is for.
    /// `failed` is called when that has happened, by nobody who uses the disk.
    void lose_power_at(std::uint64_t nth, std::function<void()> failed);
    /// The `nth` sync of the log from now fails, or of the databases.
    void fail_log_sync(std::uint64_t nth) { log_disk_.fail_sync(nth); }
    void fail_database_sync(std::uint64_t nth) { database_disk_.fail_sync(nth); }
    /// There is no room for more than `more` bytes in the log and as many in the databases.
    void fill(std::uint64_t more);
    /// There is room again.
    void empty();

    // ---- for the files that use it

    /// False when the process is gone, as it is once the power has failed.
    [[nodiscard]] bool count_operation();
    [[nodiscard]] bool is_gone() const { return gone_; }
    /// Lets the time of a sync pass.
    void pass_sync();
    [[nodiscard]] World& world() { return world_; }
    [[nodiscard]] VirtualThreads& threads() { return threads_; }
    [[nodiscard]] store::MemoryDisk& databases() { return database_disk_; }
    [[nodiscard]] std::shared_ptr<DatabaseNode> node(const std::string& name);

private:
    World& world_;
    VirtualThreads& threads_;
    Machine machine_;
    std::filesystem::path path_;
    store::MemoryDisk log_disk_;
    store::MemoryDisk database_disk_;
    std::unique_ptr<store::Disk> log_;
    std::map<std::string, std::shared_ptr<DatabaseNode>> nodes_;
    std::uint64_t operations_left_ = 0;  // Until the power fails; 0: it does not.
    std::function<void()> power_failed_;
    bool gone_ = false;
};

}  // namespace tandem::simulation
