#include "client/hub_client.h"

#include "net/client.h"

namespace tandem::client {

Result<Access> make_access(std::string_view url, std::string key, const std::string& ca_file) {
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
