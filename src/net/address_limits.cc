#include "net/address_limits.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>

namespace tandem::net {

std::string address_group(const std::string& address) {
    std::array<char, sizeof(in6_addr)> bytes{};
    if (::inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) return address;
    return {bytes.begin(), bytes.begin() + 8};
}

std::string address_group(const Peer& peer) {
    return peer.loopback || peer.local ? std::string{} : address_group(peer.address);
}

bool AddressLimits::admit(const std::string& address) {
    const Monotonic now = clock_.monotonic();
    if (known_.size() >= look_at_) forget_quiet(now);
    Known& known = known_[address_group(address)];
    if (known.connections >= limits_.address_connections) return false;
    if (!known.newcomers.take(now, limits_.address_rate, limits_.address_burst)) return false;
    ++known.connections;
    return true;
}

void AddressLimits::release(const std::string& address) {
    const auto found = known_.find(address_group(address));
    if (found != known_.end() && found->second.connections > 0) --found->second.connections;
}

void AddressLimits::forget_quiet(Monotonic now) {
    std::erase_if(known_, [now](const auto& entry) {
        return entry.second.connections == 0 && entry.second.newcomers.rested(now);
    });
    look_at_ = std::max<std::size_t>(1'024, 2 * known_.size());
}

}  // namespace tandem::net
