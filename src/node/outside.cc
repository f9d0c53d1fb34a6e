#include "node/outside.h"

#include "base/checked.h"
#include "net/client.h"
#include "node/private_file.h"

#include <charconv>
#include <utility>

namespace tandem::node {
namespace {

// All that one errand asks together: less than JwksCache::kFetchApart, so that who waits for a
// server hears that it does not answer before the next asks.
constexpr Duration kErrandTime = 10s;

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

Result<auth::IssuerAddresses> addresses_of(const Asking& asking, const std::string& issuer) {
    Result<std::string> last = failed(issuer, "no metadata");
    for (const std::string& each : auth::metadata_addresses(issuer)) {
        auto metadata = body_at(asking, each);
        if (metadata) return auth::addresses_in(*metadata, issuer);
        last = std::move(metadata);
    }
    return pass(last);
}

Result<api::FetchedKeys> fetch_from(const Asking& asking, const std::string& issuer) {
    auto addresses = addresses_of(asking, issuer);
    if (!addresses) return pass(addresses);
    auto got = get_outside(asking, addresses->keys);
    if (!got) return pass(got);
    if (got->status != 200) return failed(addresses->keys, "status " + std::to_string(got->status));
    auto keys = auth::parse_jwks(got->body);
    if (!keys) return pass(keys);
    return api::FetchedKeys{.keys = std::move(*keys),
                            .addresses = std::move(*addresses),
                            .max_age = auth::max_age_of(got->cache_control)};
}

Result<std::string> id_token_for(const Asking& asking, const auth::CodeRequest& request) {
    auto got = post_outside(asking, request);
    if (!got) return pass(got);
    if (got->status >= 500) return failed(request.url, "status " + std::to_string(got->status));
    if (got->status != 200) {
        return fail(ErrorCode::kBadRequest,
                    request.url + ": status " + std::to_string(got->status));
    }
    return auth::id_token_in(got->body);
}

// Whoever may write this file says who an issuer is: looked at each time, not at the start alone.
Result<std::shared_ptr<net::TlsContext>> authorities(const std::string& ca_file) {
    if (!ca_file.empty()) {
        // Read, so that one is refused whose reading would wait for somebody.
        auto safe = read_private(ca_file, Others::kRead, Owner::kThisUserOrRoot);
        if (!safe) return pass(safe);
    }
    return net::TlsContext::client(ca_file);
}

Result<Got> ask_outside(const Asking& asking, const std::string& url, net::HttpRequest request) {
    const Clock& clock = asking.clock;
    const auto address = address_of(url);
    if (!address) return failed(url, "this is no address that the hub asks");
    std::shared_ptr<net::TlsContext> tls;
    if (address->tls) {
        auto context = authorities(asking.ca_file);
        if (!context) return pass(context);
        tls = std::move(*context);
    }
    net::Limits limits;
    limits.body_bytes = auth::kJwksBytesMax;
    // Before the connection, which speaks to it until its end.
    const auto answered = std::make_shared<std::optional<Result<net::HttpResponse>>>();
    net::Loop loop{clock};
    auto connection = std::make_unique<net::HttpClientConnection>(limits, clock);
    request.target = address->target;
    request.host = address->authority;
    request.headers.emplace_back("accept", "application/json");
    connection->request(request, [answered](Result<net::HttpResponse> answer) {
        if (!*answered) answered->emplace(std::move(answer));
    });
    const auto transport =
        net::connect_tcp(loop, address->host, address->port, std::move(tls), std::move(connection));
    while (!*answered && clock.monotonic() < asking.until && !asking.stop.load())
        loop.turn(100ms);
    if (!*answered) return failed(url, "no answer within 10 s");
    Result<net::HttpResponse>& answer = checked(*answered);
    if (!answer) return failed(url, answer.error().detail);
    const std::string* cache = net::find_header(answer->headers, "cache-control");
    return Got{.status = answer->status,
               .body = std::move(answer->body),
               .cache_control = cache == nullptr ? std::string{} : *cache};
}

}  // namespace

Result<Got> get_outside(const Asking& asking, const std::string& url) {
    return ask_outside(asking, url, {.method = "GET"});
}

Result<Got> post_outside(const Asking& asking, const auth::CodeRequest& request) {
    net::HttpRequest sent{.method = "POST",
                          .headers = {{"content-type", "application/x-www-form-urlencoded"}},
                          .body = request.form};
    if (!request.authorization.empty()) {
        sent.headers.emplace_back("authorization", request.authorization);
    }
    return ask_outside(asking, request.url, std::move(sent));
}

Result<void> check_authorities(const std::string& ca_file) {
    const auto context = authorities(ca_file);
    // A file may come right by itself, as no setting does.
    if (!context) return fail(ErrorCode::kStorageFailed, context.error().detail);
    return {};
}

IssuerClient::IssuerClient(const Clock& clock, const std::vector<auth::OutsideIssuer>& issuers)
    : clock_{clock} {
    for (const auth::OutsideIssuer& each : issuers) {
        auto threads = std::make_unique<Threads>();
        if (each.login) threads->codes = std::make_unique<Worker>(kWaitingMax);
        threads_.emplace(each.policy.issuer, std::move(threads));
    }
}

api::FetchKeys IssuerClient::fetch() {
    return [this](Executor* executor, auth::OutsideIssuer issuer) {
        return fetch_keys(executor, std::move(issuer));
    };
}

api::RedeemCode IssuerClient::redeem() {
    return [this](Executor* executor, auth::OutsideIssuer issuer, auth::CodeRequest request) {
        return redeem_code(executor, std::move(issuer), std::move(request));
    };
}

Task<Result<api::FetchedKeys>> IssuerClient::fetch_keys(Executor* executor,
                                                        auth::OutsideIssuer issuer) {
    Worker& worker = threads_.at(issuer.policy.issuer)->keys;
    auto work = [this, issuer = std::move(issuer)]() -> Result<api::FetchedKeys> {
        const Asking asking{.clock = clock_,
                            .ca_file = issuer.ca_file,
                            .until = clock_.monotonic() + kErrandTime,
                            .stop = stop_};
        return fetch_from(asking, issuer.policy.issuer);
    };
    auto got = co_await worker.run(executor, std::move(work));
    if (!got) co_return fail(ErrorCode::kUnavailable, "the issuer is being asked");
    co_return std::move(*got);
}

Task<Result<std::string>> IssuerClient::redeem_code(Executor* executor,
                                                    auth::OutsideIssuer issuer,
                                                    auth::CodeRequest request) {
    Worker& worker = *threads_.at(issuer.policy.issuer)->codes;
    auto work = [this, issuer = std::move(issuer),
                 request = std::move(request)]() -> Result<std::string> {
        const Asking asking{.clock = clock_,
                            .ca_file = issuer.ca_file,
                            .until = clock_.monotonic() + kErrandTime,
                            .stop = stop_};
        return id_token_for(asking, request);
    };
    auto got = co_await worker.run(executor, std::move(work));
    if (!got) co_return fail(ErrorCode::kUnavailable, "too many wait for the issuer");
    co_return std::move(*got);
}

}  // namespace tandem::node
