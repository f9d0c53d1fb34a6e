#include "node/outside.h"

#include "base/checked.h"
#include "net/client.h"

#include <charconv>
#include <utility>

namespace tandem::node {
namespace {

constexpr Duration kAnswerTime = 10s;

/// Where a URL that may_be_asked() leads.
struct Address {
    bool tls = false;
    std::string host;  ///< without brackets
    std::uint16_t port = 0;
    std::string authority;  ///< as Host has it
    std::string target;
};

std::optional<Address> address_of(std::string_view url) {
    if (!auth::may_be_asked(url)) return {};
    Address out{.tls = url.starts_with("https://")};
    url.remove_prefix(out.tls ? 8 : 7);
    const std::size_t end = std::min(url.find_first_of("/?"), url.size());
    out.authority = url.substr(0, end);
    out.target = url.substr(end);
    if (!out.target.starts_with('/')) out.target.insert(0, "/");
    std::string_view host = out.authority;
    const std::size_t bracket = host.find(']');
    const std::size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
    out.port = out.tls ? 443 : 80;
    if (colon != std::string_view::npos) {
        const std::string_view digits = host.substr(colon + 1);
        const auto [at, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
        if (error != std::errc{} || at != digits.data() + digits.size()) return {};
        host = host.substr(0, colon);
    }
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    out.host = host;
    return out;
}

std::unexpected<Error> failed(const std::string& url, std::string why) {
    return fail(ErrorCode::kUnavailable, url + ": " + std::move(why));
}

Result<std::string> body_at(const Asking& asking, const std::string& url) {
    auto got = get_outside(asking, url);
    if (!got) return pass(got);
    if (got->status != 200) return failed(url, "status " + std::to_string(got->status));
    return std::move(got->body);
}

Result<std::string> keys_address(const Asking& asking, const std::string& issuer) {
    Result<std::string> last = failed(issuer, "no metadata");
    for (const std::string& each : auth::metadata_addresses(issuer)) {
        auto metadata = body_at(asking, each);
        if (metadata) return auth::keys_address(*metadata, issuer);
        last = std::move(metadata);
    }
    return last;
}

Result<api::FetchedKeys> fetch_keys(const Asking& asking, const std::string& issuer) {
    auto address = keys_address(asking, issuer);
    if (!address) return pass(address);
    auto got = get_outside(asking, *address);
    if (!got) return pass(got);
    if (got->status != 200) return failed(*address, "status " + std::to_string(got->status));
    auto keys = auth::parse_jwks(got->body);
    if (!keys) return pass(keys);
    return api::FetchedKeys{.keys = std::move(*keys),
                            .max_age = auth::max_age_of(got->cache_control)};
}

}  // namespace

Result<Got> get_outside(const Asking& asking, const std::string& url) {
    const Clock& clock = asking.clock;
    const auto address = address_of(url);
    if (!address) return failed(url, "this is no address that the hub asks");
    std::shared_ptr<net::TlsContext> tls;
    if (address->tls) {
        auto context = net::TlsContext::client(asking.ca_file);
        if (!context) return pass(context);
        tls = std::move(*context);
    }
    net::Limits limits;
    limits.body_bytes = auth::kJwksBytesMax;
    // Before the connection, which speaks to it until its end.
    const auto answered = std::make_shared<std::optional<Result<net::HttpResponse>>>();
    net::Loop loop{clock};
    auto connection = std::make_unique<net::HttpClientConnection>(limits, clock);
    const net::HttpRequest request{.method = "GET",
                                   .target = address->target,
                                   .host = address->authority,
                                   .headers = {{"accept", "application/json"}}};
    connection->request(request, [answered](Result<net::HttpResponse> answer) {
        if (!*answered) answered->emplace(std::move(answer));
    });
    const Monotonic until = clock.monotonic() + kAnswerTime;
    const auto transport =
        net::connect_tcp(loop, address->host, address->port, std::move(tls), std::move(connection));
    while (!*answered && clock.monotonic() < until && !asking.stop.load())
        loop.turn(100ms);
    if (!*answered) return failed(url, "no answer within 10 s");
    Result<net::HttpResponse>& answer = checked(*answered);
    if (!answer) return failed(url, answer.error().detail);
    const std::string* cache = net::find_header(answer->headers, "cache-control");
    return Got{.status = answer->status,
               .body = std::move(answer->body),
               .cache_control = cache == nullptr ? std::string{} : *cache};
}

api::FetchKeys KeyFetcher::fetch() {
    return [this](Executor* executor, auth::OutsideIssuer issuer) {
        return run(executor, std::move(issuer));
    };
}

Task<Result<api::FetchedKeys>> KeyFetcher::run(Executor* executor, auth::OutsideIssuer issuer) {
    auto work = [this, issuer = std::move(issuer)]() -> Result<api::FetchedKeys> {
        return fetch_keys({.clock = clock_, .ca_file = issuer.ca_file, .stop = stop_},
                          issuer.policy.issuer);
    };
    auto got = co_await worker_.run(executor, std::move(work));
    if (!got) co_return fail(ErrorCode::kUnavailable, "too many issuers wait to be asked");
    co_return std::move(*got);
}

}  // namespace tandem::node
