#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::door {

/// Scheme, host and port of an Origin field, RFC 6454: lower case, the default port filled in.
struct Origin {
    std::string scheme;
    std::string host;
    int port = 0;
    bool operator==(const Origin&) const = default;
};

/// Nothing for `null` and for what is no origin: a path, user information, a missing host.
[[nodiscard]] std::optional<Origin> read_origin(std::string_view text);

/// Whether a page of `origin` (the field as sent) may call a hub that was reached as `host` (the
/// Host field) over TLS or not: its own origin, or one of `allowed` exactly.
[[nodiscard]] bool origin_allowed(std::string_view origin,
                                  std::string_view host,
                                  bool tls,
                                  const std::vector<std::string>& allowed);

/// Whether a Host field names this hub: a numeric address or `localhost` (which no foreign DNS can
/// make point here), or one of `public_hosts`. The port is not looked at.
[[nodiscard]] bool host_served(std::string_view host, const std::vector<std::string>& public_hosts);

}  // namespace tandem::door
