#pragma once

#include "base/error.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tandem::client {

/// Where a hub is: `http://127.0.0.1:8080`, `https://hub.example.org`.
struct HubUrl {
    bool tls = false;
    std::string host;  ///< without the brackets of an IPv6 address
    std::uint16_t port = 80;

    /// `host:port` for the Host header; the port is left out where it is the scheme's own.
    [[nodiscard]] std::string authority() const;
    [[nodiscard]] std::string text() const;
    bool operator==(const HubUrl&) const = default;
};

/// Reads `http(s)://HOST[:PORT][/]`. Fails with kInvalidField for anything else: another scheme, a
/// user, a path or a query would be dropped silently otherwise.
[[nodiscard]] Result<HubUrl> parse_hub_url(std::string_view text);

}  // namespace tandem::client
