#pragma once

#include "advise/ledger.h"
#include "base/clock.h"
#include "base/metric.h"
#include "base/task.h"
#include "domain/device.h"

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace tandem::api {

class World;

/// An open connection of a device, which has counts that are in no ledger yet.
class Meter {
public:
    Meter() = default;
    Meter(const Meter&) = delete;
    Meter& operator=(const Meter&) = delete;
    virtual ~Meter() = default;

    /// Adds what has passed since the last time to the ledger. Its loop only.
    virtual void read() = 0;
};

/// What a device is told of the other door.
struct Hint {
    advise::Door door = advise::Door::kRest;
    std::string says;
    std::int64_t saving = 0;  ///< bytes a day
};

/// What has passed over one loop's connections of a device. That loop only.
struct DeviceLedger {
    DeviceLedger(DeviceRef ref, Monotonic since) : device{std::move(ref)}, ledger{since} {}

    DeviceRef device;
    advise::Ledger ledger;
    std::vector<Meter*> open;
    std::unique_ptr<const Hint> hint;  ///< while the other door is worth it
    Monotonic judged;                  ///< when its traffic was last looked at for that
    Duration round_trip{0};
    bool tls = false;
};

/// The ledgers of one loop: of the devices that have spoken over its connections in the last day.
/// There is one for each loop over which a device has come.
class Ledgers {
public:
    /// `devices`: `tandem_ledger_devices`, of all loops.
    explicit Ledgers(Metric& devices) : devices_{devices} {}
    /// The device's, made where it has none.
    [[nodiscard]] std::shared_ptr<DeviceLedger> of(const DeviceRef& device, Monotonic now);
    /// The same if there is one, with what open connections have counted.
    [[nodiscard]] std::shared_ptr<DeviceLedger> read(const DeviceRef& device) const;
    /// Without that.
    [[nodiscard]] std::shared_ptr<DeviceLedger> find(const DeviceRef& device) const;
    void forget(const DeviceRef& device);
    [[nodiscard]] std::size_t size() const { return by_device_.size(); }

    /// Whether another device may be judged in this second: of what is due nothing is lost, it is
    /// done a little later.
    [[nodiscard]] bool may_judge(Monotonic now);

private:
    void tidy(Monotonic now);

    Metric& devices_;
    std::unordered_map<DeviceRef, std::shared_ptr<DeviceLedger>> by_device_;
    std::size_t tidied_ = 0;  // The bucket that is looked at next for what is a day old.
    Monotonic second_;
    std::size_t judged_ = 0;  // In that second.
};

/// A device's traffic is looked at so often at most, and of so many a second on a loop: then
/// whether another door is worth it may be found to have changed.
inline constexpr Duration kJudgeEvery = 5min;
inline constexpr std::size_t kJudgedPerSecond = 50;

/// Looks at the device's traffic, if that is due: where the advice has changed, an event tells, and
/// the device gets its hint. Called when the device speaks.
void consider(World world, DeviceLedger& ledger);

/// The device is deleted: nothing is known of it any more, on any loop.
void forget_traffic(World world, const DeviceRef& device);

}  // namespace tandem::api
