#include "auth/outside.h"

#include "auth/key.h"
#include "auth/oauth_request.h"
#include "codec/base64.h"
#include "codec/json.h"

#include <algorithm>
#include <charconv>

namespace tandem::auth {
namespace {

constexpr std::string_view kOidc = "/.well-known/openid-configuration";
constexpr std::string_view kOAuth = "/.well-known/oauth-authorization-server";

std::string_view text_in(const Value& object, std::string_view name) {
    const Value* found = object.find(name);
    const auto* text = found == nullptr ? nullptr : found->get<std::string>();
    return text == nullptr ? std::string_view{} : std::string_view{*text};
}

bool is_this_machine(std::string_view authority) {
    for (const std::string_view host : {"127.0.0.1", "localhost", "[::1]"}) {
        if (authority == host || authority.starts_with(std::string{host} + ":")) return true;
    }
    return false;
}

}  // namespace

bool looks_outside(std::string_view bearer) {
    return std::ranges::count(bearer, '.') == 2;
}

KeyId outside_id(std::string_view bearer) {
    // Half of the digest: a name, of which no token can be made.
    return KeyId{"jwt-" + codec::base64url_encode(digest(bearer).substr(0, 16))};
}

std::optional<AccessToken> admitted(const OutsideIssuer& issuer,
                                    const Jwt& jwt,
                                    const VerifiedJwt& verified,
                                    KeyId id,
                                    Instant now) {
    const bool app = !issuer.app.empty();
    const std::string user{text_in(jwt.claims, issuer.user_claim)};
    if (!app && !is_name(user)) return {};
    Scopes may = grantable_scopes();
    may.add(Scope::kSelfRead);
    Scopes scopes = common(verified.scopes, may);
    scopes.add(Scope::kSelfRead);
    return AccessToken{.id = std::move(id),
                       .digest = {},  // It proves itself by its signature.
                       .delegation = {.kind = app ? PrincipalKind::kApp : PrincipalKind::kUser,
                                      .tenant = issuer.tenant,
                                      .principal = app ? issuer.app.text() : user,
                                      .client = issuer.policy.issuer,
                                      .scopes = scopes},
                       .family = {},
                       .certificate = verified.certificate,
                       .created = now,
                       .expires = verified.expires};
}

std::vector<std::string> metadata_addresses(std::string_view issuer) {
    while (issuer.ends_with('/'))
        issuer.remove_suffix(1);
    const std::size_t host = issuer.find("://") + 3;
    const std::size_t path = std::min(issuer.find('/', host), issuer.size());
    std::string inserted{issuer.substr(0, path)};
    inserted += kOAuth;
    inserted += issuer.substr(path);
    return {std::string{issuer} + std::string{kOidc}, std::move(inserted)};
}

Result<IssuerAddresses> addresses_in(std::string_view metadata, std::string_view issuer) {
    const auto read = codec::parse_json(metadata);
    if (!read) return fail(ErrorCode::kMalformedBody, "the metadata is no JSON");
    if (text_in(*read, "issuer") != issuer) {
        return fail(ErrorCode::kMalformedBody, "the metadata is another issuer's");
    }
    const std::string_view keys = text_in(*read, "jwks_uri");
    if (!may_be_asked(keys)) {
        return fail(ErrorCode::kMalformedBody, "the metadata names no keys that may be asked for");
    }
    const auto asked = [&](std::string_view name) {
        const std::string_view address = text_in(*read, name);
        return may_be_asked(address) ? std::string{address} : std::string{};
    };
    const Value* says = read->find("authorization_response_iss_parameter_supported");
    return IssuerAddresses{.keys = std::string{keys},
                           .authorize = asked("authorization_endpoint"),
                           .token = asked("token_endpoint"),
                           .says_issuer = says != nullptr && *says == Value{true}};
}

bool may_be_asked(std::string_view url) {
    constexpr std::string_view secure = "https://";
    constexpr std::string_view plain = "http://";
    const bool tls = url.starts_with(secure);
    if (!tls && !url.starts_with(plain)) return false;
    const std::string_view rest = url.substr(tls ? secure.size() : plain.size());
    const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
    const bool good = std::ranges::all_of(url, [](char c) { return c > ' ' && c < '\x7F'; });
    if (!good || authority.empty() || url.size() > 2'048) return false;
    if (authority.contains('@') || url.contains('#')) return false;
    return tls || is_this_machine(authority);
}

std::optional<Duration> max_age_of(std::string_view cache_control) {
    constexpr std::string_view name = "max-age=";
    while (!cache_control.empty()) {
        const std::size_t end = cache_control.find(',');
        std::string_view part = cache_control.substr(0, end);
        cache_control.remove_prefix(end == std::string_view::npos ? cache_control.size() : end + 1);
        part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
        if (!part.starts_with(name)) continue;
        part.remove_prefix(name.size());
        std::uint32_t seconds = 0;
        const auto [at, error] = std::from_chars(part.data(), part.data() + part.size(), seconds);
        if (error != std::errc{} || at == part.data()) return {};
        return std::chrono::seconds{seconds};
    }
    return {};
}

}  // namespace tandem::auth
