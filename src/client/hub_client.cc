#include "client/hub_client.h"

#include "net/client.h"

#include <algorithm>

namespace tandem::client {
namespace {

// Keys are made of these; anything else would not survive the header field that carries it.
bool is_key(std::string_view key) {
    return std::ranges::all_of(key, [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

Result<Access> make_access(std::string_view url, std::string key, const std::string& ca_file) {
    if (!is_key(key)) {
        return fail_field("/key", "a key has no spaces, line breaks or characters beyond ASCII");
    }
    auto parsed = parse_hub_url(url);
    if (!parsed) return pass(parsed);
    Access access{.url = *std::move(parsed), .key = std::move(key), .tls = {}};
    if (!access.url.tls) return access;
    auto tls = net::TlsContext::client(ca_file);
    if (!tls) return pass(tls);
    access.tls = *std::move(tls);
    return access;
}

Connect connect_to(net::Loop& loop, const Access& access) {
    return [&loop, url = access.url, tls = access.tls](std::unique_ptr<net::Protocol> protocol) {
        return net::connect_tcp(loop, url.host, url.port, tls, std::move(protocol));
    };
}

}  // namespace tandem::client
