#pragma once

#include "measure/uplink.h"

#include <functional>

namespace tandem::measure {

/// How one device gets its commands, or one dashboard its events. Tells the number that each
/// carries.
class Downlink {
public:
    using Heard = std::function<void(std::int64_t number)>;

    Downlink() = default;
    Downlink(const Downlink&) = delete;
    Downlink& operator=(const Downlink&) = delete;
    virtual ~Downlink() = default;

    /// Ends when it listens.
    virtual Task<Result<void>> open() = 0;
};

/// Commands of a device, whose parameters have a member `n`; each is finished as `done`. By short
/// poll it asks every `poll`.
[[nodiscard]] std::unique_ptr<Downlink> make_command_link(advise::Commands way,
                                                          LinkSetting setting,
                                                          Duration poll,
                                                          Downlink::Heard heard);

/// Readings of the series `n` of the device `device`, whose values are the numbers.
[[nodiscard]] std::unique_ptr<Downlink> make_watcher(advise::Door door,
                                                     LinkSetting setting,
                                                     std::string device,
                                                     Duration poll,
                                                     Downlink::Heard heard);

}  // namespace tandem::measure
