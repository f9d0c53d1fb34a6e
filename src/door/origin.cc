#include "door/origin.h"

#include "base/ascii.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace tandem::door {
namespace {

struct HostPort {
    std::string host;
    std::optional<int> port;
};

std::optional<int> read_port(std::string_view text) {
    int port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size()) return {};
    if (port < 1 || port > 65'535) return {};
    return port;
}

bool host_character(unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == ':' || c == '_';
}

// `name`, `name:port`, `[v6]`, `[v6]:port`.
std::optional<HostPort> read_host(std::string_view text) {
    HostPort out;
    std::string_view rest;
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos) return {};
        out.host = lower_case(text.substr(1, end - 1));
        rest = text.substr(end + 1);
    } else {
        const std::size_t colon = text.find(':');
        out.host = lower_case(text.substr(0, colon));
        if (out.host.find(':') != std::string::npos) return {};
        rest = colon == std::string_view::npos ? std::string_view{} : text.substr(colon);
    }
    if (out.host.empty() || !std::ranges::all_of(out.host, host_character)) return {};
    if (rest.empty()) return out;
    if (!rest.starts_with(':')) return {};
    out.port = read_port(rest.substr(1));
    if (!out.port) return {};
    return out;
}

int default_port(std::string_view scheme) {
    return scheme == "https" ? 443 : 80;
}

bool is_address(const std::string& host) {
    std::array<unsigned char, sizeof(in6_addr)> raw{};
    return ::inet_pton(AF_INET, host.c_str(), raw.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), raw.data()) == 1;
}

// RFC 3986 section 3.2.3: in an address, not in an origin, a port may be empty.
std::string without_empty_port(std::string_view host) {
    if (host.ends_with(':') && !host.ends_with("::")) host.remove_suffix(1);
    return std::string{host};
}

}  // namespace

std::optional<Origin> read_origin(std::string_view text) {
    const std::size_t colon = text.find("://");
    if (colon == std::string_view::npos) return {};
    Origin origin{.scheme = lower_case(text.substr(0, colon)), .host = {}, .port = 0};
    if (origin.scheme != "http" && origin.scheme != "https") return {};
    auto host = read_host(text.substr(colon + 3));
    if (!host) return {};
    origin.host = std::move(host->host);
    origin.port = host->port.value_or(default_port(origin.scheme));
    return origin;
}

bool origin_allowed(std::string_view origin,
                    std::string_view host,
                    bool tls,
                    const std::vector<std::string>& allowed) {
    const auto caller = read_origin(origin);
    if (!caller) return false;
    const auto own = read_origin((tls ? "https://" : "http://") + without_empty_port(host));
    if (own && *own == *caller) return true;
    return std::ranges::any_of(allowed, [&](const std::string& each) {
        const auto good = read_origin(each);
        return good && *good == *caller;
    });
}

bool host_served(std::string_view host, const std::vector<std::string>& public_hosts) {
    const auto named = read_host(without_empty_port(host));
    if (!named) return false;
    if (named->host == "localhost" || is_address(named->host)) return true;
    return std::ranges::any_of(
        public_hosts, [&](const std::string& each) { return lower_case(each) == named->host; });
}

}  // namespace tandem::door
