#pragma once

#include "base/clock.h"
#include "net/limits.h"
#include "net/pace.h"
#include "net/transport.h"

#include <cstddef>
#include <map>
#include <string>

namespace tandem::net {

/// What an address counts under: one customer has a /64 of IPv6 whole. `address` is numeric.
[[nodiscard]] std::string address_group(const std::string& address);
/// The same of a peer; empty for one of this machine, where everybody shares an address.
[[nodiscard]] std::string address_group(const Peer& peer);

/// What one address may do before its connections have proved who they are: so many of them at a
/// time, and so many new ones a second. By address_group(). One loop.
class AddressLimits {
public:
    AddressLimits(const Limits& limits, const Clock& clock) : limits_{limits}, clock_{clock} {}

    /// Whether one more connection from `address` (numeric) may come; it then counts.
    [[nodiscard]] bool admit(const std::string& address);
    /// One that was admitted has gone, or has proved who it is.
    void release(const std::string& address);
    /// Addresses that are remembered.
    [[nodiscard]] std::size_t size() const { return known_.size(); }

private:
    struct Known {
        std::size_t connections = 0;
        Pace newcomers;
    };
    void forget_quiet(Monotonic now);

    const Limits& limits_;
    const Clock& clock_;
    // Ordered: what strangers name is in no table whose places they could choose.
    std::map<std::string, Known> known_;
    std::size_t look_at_ = 1'024;  ///< Quiet addresses are forgotten when there are so many.
};

}  // namespace tandem::net
