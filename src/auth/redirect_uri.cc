#include "auth/redirect_uri.h"

#include <algorithm>
#include <array>
#include <optional>

namespace tandem::auth {
namespace {

constexpr std::array<std::string_view, 2> kLoopback{"http://127.0.0.1", "http://[::1]"};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c);
}

/// RFC 3986 section 2: what a URI is written with, less "#" and the "*" that others take for a
/// wildcard.
bool is_uri_char(char c) {
    return is_letter_or_digit(c) || std::string_view{"-._~:/?[]@!$&'()+,;=%"}.contains(c);
}

bool is_port(std::string_view port) {
    if (port.empty() || port.size() > 5 || port[0] == '0') return false;
    unsigned value = 0;
    for (const char c : port) {
        if (!is_digit(c)) return false;
        value = value * 10 + static_cast<unsigned>(c - '0');
    }
    return value <= 65'535;
}

bool is_host(std::string_view host) {
    if (host == "[::1]") return true;
    const auto is_good = [](char c) { return is_letter_or_digit(c) || c == '.' || c == '-'; };
    return !host.empty() && is_letter_or_digit(host.front()) && std::ranges::all_of(host, is_good);
}

/// Host and port of what follows "//", or nothing when they are not in order.
std::optional<std::string_view> host_of(std::string_view rest) {
    std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
    const std::size_t bracket = authority.find(']');
    const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (colon != std::string_view::npos) {
        if (!is_port(authority.substr(colon + 1))) return {};
        authority = authority.substr(0, colon);
    }
    if (!is_host(authority)) return {};
    return authority;
}

bool is_own_scheme(std::string_view scheme) {
    const auto is_good = [](char c) {
        return (c >= 'a' && c <= 'z') || is_digit(c) || c == '.' || c == '-' || c == '+';
    };
    return scheme.contains('.') && scheme[0] >= 'a' && scheme[0] <= 'z' &&
           std::ranges::all_of(scheme, is_good);
}

/// What follows the loopback address of the registered URI's kind and a port: the path. Nothing
/// when `uri` is not at that address.
std::optional<std::string_view> after_port(std::string_view uri, std::string_view address) {
    if (!uri.starts_with(address)) return {};
    uri.remove_prefix(address.size());
    const std::size_t end = std::min(uri.find_first_of("/?"), uri.size());
    const std::string_view port = uri.substr(0, end);
    if (!port.empty() && (port[0] != ':' || !is_port(port.substr(1)))) return {};
    return uri.substr(end);
}

}  // namespace

bool is_redirect_uri(std::string_view uri) {
    if (uri.size() > kRedirectBytesMax || !std::ranges::all_of(uri, is_uri_char)) return false;
    const std::size_t colon = uri.find(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    const std::string_view scheme = uri.substr(0, colon);
    std::string_view rest = uri.substr(colon + 1);
    if (scheme != "https" && scheme != "http")
        return is_own_scheme(scheme) && rest.starts_with('/') && !rest.starts_with("//");
    if (!rest.starts_with("//")) return false;
    const auto host = host_of(rest.substr(2));
    if (!host) return false;
    return scheme == "https" || *host == "127.0.0.1" || *host == "[::1]" || *host == "localhost";
}

bool redirect_matches(std::string_view registered, std::string_view asked) {
    if (!is_redirect_uri(registered)) return false;
    if (registered == asked) return true;
    return std::ranges::any_of(kLoopback, [&](std::string_view address) {
        const auto path = after_port(registered, address);
        return path && path == after_port(asked, address) && is_redirect_uri(asked);
    });
}

}  // namespace tandem::auth
