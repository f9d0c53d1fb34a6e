#include "client/url.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace tandem::client {
namespace {

constexpr std::uint16_t kPlainPort = 80;
constexpr std::uint16_t kTlsPort = 443;

std::unexpected<Error> refuse(std::string_view text) {
    return fail_field("/url", "\"" + std::string{text} +
                                  "\" is no hub's URL; expected is http://HOST[:PORT] or "
                                  "https://HOST[:PORT]");
}

std::optional<std::uint16_t> read_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || port == 0) return {};
    return port;
}

bool is_host(std::string_view host, bool bracketed) {
    return !host.empty() && std::ranges::all_of(host, [bracketed](char c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        return letter || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' ||
               (bracketed && c == ':');
    });
}

// What is left of `text` after the host, which goes to `url`.
std::optional<std::string_view> take_host(std::string_view text, HubUrl& url) {
    if (!text.starts_with('[')) {
        const std::size_t end = std::min(text.find(':'), text.size());
        url.host = text.substr(0, end);
        if (!is_host(url.host, false)) return {};
        return text.substr(end);
    }
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return {};
    url.host = text.substr(1, end - 1);
    if (!is_host(url.host, true)) return {};
    return text.substr(end + 1);
}

}  // namespace

std::string HubUrl::authority() const {
    std::string name = host.contains(':') ? "[" + host + "]" : host;
    if (port != (tls ? kTlsPort : kPlainPort)) name += ":" + std::to_string(port);
    return name;
}

std::string HubUrl::text() const {
    return (tls ? "https://" : "http://") + authority();
}

Result<HubUrl> parse_hub_url(std::string_view text) {
    constexpr std::string_view kPlain = "http://";
    constexpr std::string_view kTls = "https://";
    HubUrl url{.tls = text.starts_with(kTls), .host = {}, .port = kPlainPort};
    if (url.tls) url.port = kTlsPort;
    if (!url.tls && !text.starts_with(kPlain)) return refuse(text);
    std::string_view rest = text.substr(url.tls ? kTls.size() : kPlain.size());
    if (rest.ends_with('/')) rest.remove_suffix(1);
    const auto tail = take_host(rest, url);
    if (!tail) return refuse(text);
    if (tail->empty()) return url;
    const auto port = tail->starts_with(':') ? read_port(tail->substr(1)) : std::nullopt;
    if (!port) return refuse(text);
    url.port = *port;
    return url;
}

}  // namespace tandem::client
