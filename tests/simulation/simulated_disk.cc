#include "simulation/simulated_disk.h"

#include "base/check.h"
#include "simulation/sqlite_files.h"

#include <stdlib.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace tandem::simulation {
namespace {

constexpr Duration kSyncLeast = 30us;
constexpr Duration kSyncMost = 3ms;

std::unexpected<Error> no_power() {
    return fail(ErrorCode::kStorageFailed, "the power has failed");
}

// A file of the log.
class LogFile final : public store::DiskFile {
public:
    LogFile(SimulatedDisk& disk, std::unique_ptr<store::DiskFile> inner)
        : disk_{disk}, inner_{std::move(inner)} {}

    [[nodiscard]] Result<std::size_t> read(std::uint64_t offset,
                                           std::span<char> into) const override {
        return inner_->read(offset, into);
    }
    Result<void> write(std::uint64_t offset, std::string_view bytes) override {
        auto done = inner_->write(offset, bytes);
        if (!disk_.count_operation()) return no_power();
        return done;
    }
    Result<void> sync() override {
        disk_.pass_sync();
        if (!disk_.count_operation()) return no_power();
        return inner_->sync();
    }
    Result<void> preallocate(std::uint64_t bytes) override { return inner_->preallocate(bytes); }
    [[nodiscard]] Result<std::uint64_t> size() const override { return inner_->size(); }

private:
    SimulatedDisk& disk_;
    std::unique_ptr<store::DiskFile> inner_;
};

// The directory of the log.
class LogDirectory final : public store::Disk {
public:
    LogDirectory(SimulatedDisk& disk, store::MemoryDisk& inner) : disk_{disk}, inner_{inner} {}

    Result<std::unique_ptr<store::DiskFile>> open(std::string_view name, Open how) override {
        if (disk_.is_gone()) return no_power();
        auto opened = inner_.open(name, how);
        if (!opened) return opened;
        return std::make_unique<LogFile>(disk_, std::move(*opened));
    }
    Result<void> rename(std::string_view from, std::string_view to) override {
        if (disk_.is_gone()) return no_power();
        return inner_.rename(from, to);
    }
    Result<void> remove(std::string_view name) override {
        if (disk_.is_gone()) return no_power();
        return inner_.remove(name);
    }
    Result<std::vector<std::string>> list() override { return inner_.list(); }
    Result<void> sync() override {
        disk_.pass_sync();
        if (!disk_.count_operation()) return no_power();
        return inner_.sync();
    }

private:
    SimulatedDisk& disk_;
    store::MemoryDisk& inner_;
};

// What MemoryDisk::crash() takes for: everything is kept.
class Everything final : public Random {
public:
    void fill(std::span<std::uint8_t> bytes) override {
        std::ranges::fill(bytes, std::uint8_t{0});
        bytes.front() = 1;
    }
};

// In memory where the machine has a place for that.
std::filesystem::path make_directory() {
    std::error_code ignored;
    const std::filesystem::path memory = "/dev/shm";
    const auto parent = std::filesystem::is_directory(memory, ignored)
                            ? memory
                            : std::filesystem::temp_directory_path();
    std::string name = (parent / "tandem-simulation-XXXXXX").string();
    check(::mkdtemp(name.data()) != nullptr);
    return name;
}

}  // namespace

SimulatedDisk::SimulatedDisk(World& world, VirtualThreads& threads)
    : world_{world},
      threads_{threads},
      machine_{world},
      path_{make_directory()},
      log_{std::make_unique<LogDirectory>(*this, log_disk_)} {
    keep_databases_of(path_, *this);
}

SimulatedDisk::~SimulatedDisk() {
    forget_databases_of(path_);
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

void SimulatedDisk::lose_power() {
    gone_ = true;
    operations_left_ = 0;
    log_disk_.crash(world_.random());
    database_disk_.crash(world_.random());
    nodes_.clear();
}

void SimulatedDisk::lose_process() {
    gone_ = true;
    operations_left_ = 0;
    Everything everything;
    log_disk_.crash(everything);
    database_disk_.crash(everything);
    nodes_.clear();
}

void SimulatedDisk::lose_power_at(std::uint64_t nth, std::function<void()> failed) {
    operations_left_ = nth;
    power_failed_ = std::move(failed);
}

void SimulatedDisk::fill(std::uint64_t more) {
    log_disk_.limit(log_disk_.used() + more);
    database_disk_.limit(database_disk_.used() + more);
}

void SimulatedDisk::empty() {
    log_disk_.limit(std::numeric_limits<std::uint64_t>::max());
    database_disk_.limit(std::numeric_limits<std::uint64_t>::max());
}

bool SimulatedDisk::count_operation() {
    if (gone_) return false;
    if (operations_left_ == 0 || --operations_left_ > 0) return true;
    lose_power();
    machine_.post([failed = std::exchange(power_failed_, {})] { failed(); });
    return false;
}

void SimulatedDisk::pass_sync() {
    threads_.pass(world_.between(kSyncLeast, kSyncMost));
}

std::shared_ptr<DatabaseNode> SimulatedDisk::node(const std::string& name) {
    auto& node = nodes_[name];
    if (node == nullptr) node = make_database_node();
    return node;
}

}  // namespace tandem::simulation
