#include "auth/oauth_request.h"

#include "auth/client_assertion.h"
#include "auth/jwk.h"
#include "codec/base64.h"
#include "domain/oauth.h"

#include <algorithm>
#include <utility>

namespace tandem::auth {
namespace {

bool is_basic(std::string_view scheme) {
    constexpr std::string_view basic = "basic";
    return std::ranges::equal(scheme, basic, [](char left, char right) {
        return (left >= 'A' && left <= 'Z' ? static_cast<char>(left - 'A' + 'a') : left) == right;
    });
}

// RFC 7617, with both parts coded as in a form: RFC 6749 section 2.3.1.
std::optional<ClientProof> read_basic(std::string_view field) {
    const std::size_t space = field.find(' ');
    if (space == std::string_view::npos || !is_basic(field.substr(0, space))) return {};
    field.remove_prefix(std::min(field.find_first_not_of(' ', space), field.size()));
    const auto pair = codec::base64_decode(field);
    if (!pair) return {};
    const std::size_t colon = pair->find(':');
    if (colon == std::string::npos) return {};
    auto client = form_decode(std::string_view{*pair}.substr(0, colon));
    auto secret = form_decode(std::string_view{*pair}.substr(colon + 1));
    if (!client || !secret || client->empty()) return {};
    return ClientProof{.how = ClientProof::How::kSecret,
                       .basic = true,
                       .client = std::move(*client),
                       .proof = std::move(*secret)};
}

std::expected<ClientProof, OAuthFault> with_basic(std::string_view authorization,
                                                  const Form& form) {
    auto proof = read_basic(authorization);
    if (!proof)
        return fault(OAuthError::kInvalidClient, "send the client's id and secret as Basic");
    if (form.has("client_secret") || form.has("client_assertion")) {
        return fault(OAuthError::kInvalidRequest, "the client proves itself in two ways");
    }
    if (form.has("client_id") && form.get("client_id") != proof->client) {
        return fault(OAuthError::kInvalidRequest, "client_id is another than in Authorization");
    }
    return std::move(*proof);
}

std::expected<ClientProof, OAuthFault> with_assertion(const Form& form) {
    if (form.get("client_assertion_type") != kAssertionType) {
        return fault(OAuthError::kInvalidRequest, "this client_assertion_type is not known");
    }
    if (form.has("client_secret")) {
        return fault(OAuthError::kInvalidRequest, "the client proves itself in two ways");
    }
    return ClientProof{.how = ClientProof::How::kAssertion,
                       .client = form.get("client_id"),
                       .proof = form.get("client_assertion")};
}

Value texts(std::initializer_list<std::string_view> all) {
    Value::Array out;
    for (const std::string_view each : all)
        out.emplace_back(std::string{each});
    return out;
}

}  // namespace

std::unexpected<OAuthFault> fault(OAuthError error, std::string why) {
    return std::unexpected(OAuthFault{.error = error, .why = std::move(why)});
}

std::optional<ClientName> read_client_name(std::string_view text, const TenantId& home) {
    const std::size_t slash = text.find('/');
    const bool alone = slash == std::string_view::npos;
    const std::string_view tenant = alone ? home.text() : text.substr(0, slash);
    const std::string_view app = alone ? text : text.substr(slash + 1);
    if (!is_name(tenant) || !is_name(app)) return {};
    return ClientName{.tenant = TenantId{std::string{tenant}}, .app = AppId{std::string{app}}};
}

std::expected<ClientProof, OAuthFault> read_client_proof(std::string_view authorization,
                                                         const Form& form) {
    if (!authorization.empty()) return with_basic(authorization, form);
    if (form.has("client_assertion") || form.has("client_assertion_type")) {
        return with_assertion(form);
    }
    if (!form.has("client_id")) return fault(OAuthError::kInvalidClient, "client_id is missing");
    const bool secret = form.has("client_secret");
    return ClientProof{.how = secret ? ClientProof::How::kSecret : ClientProof::How::kName,
                       .client = form.get("client_id"),
                       .proof = form.get("client_secret")};
}

std::expected<std::optional<Scopes>, OAuthFault> read_scopes(const Form& form) {
    if (!form.has("scope")) return std::optional<Scopes>{};
    auto scopes = Scopes::parse(form.get("scope"));
    if (!scopes) return fault(OAuthError::kInvalidScope, "a scope is not known");
    Scopes may = grantable_scopes();
    may.add(Scope::kSelfRead);
    if (common(*scopes, may) != *scopes) {
        return fault(OAuthError::kInvalidScope, "no program may have one of the scopes");
    }
    return scopes;
}

Scopes common(const Scopes& left, const Scopes& right) {
    Scopes out;
    for (std::size_t at = 0; at < kScopeCount; ++at) {
        const auto scope = static_cast<Scope>(at);
        if (left.has(scope) && right.has(scope)) out.add(scope);
    }
    return out;
}

bool is_empty(const Scopes& scopes) {
    return scopes == Scopes{};
}

Value body_of(const TokenBody& tokens) {
    Value body = Value::Object{{"access_token", tokens.access_token}, {"token_type", "Bearer"}};
    if (tokens.expires_in) body.set("expires_in", *tokens.expires_in / 1s);
    if (!tokens.refresh_token.empty()) body.set("refresh_token", tokens.refresh_token);
    body.set("scope", tokens.scope);
    if (!tokens.device.empty()) body.set("device", tokens.device);
    return body;
}

Value body_of(const OAuthFault& fault) {
    Value body = Value::Object{{"error", std::string{name_of(fault.error)}}};
    if (!fault.why.empty()) body.set("error_description", fault.why);
    return body;
}

Value metadata_of(const std::string& issuer) {
    Value::Array scopes;
    Scopes may = grantable_scopes();
    may.add(Scope::kSelfRead);
    for (std::size_t at = 0; at < kScopeCount; ++at) {
        const auto scope = static_cast<Scope>(at);
        if (may.has(scope)) scopes.emplace_back(std::string{name_of(scope)});
    }
    const Value ways = texts({"client_secret_basic", "client_secret_post", "private_key_jwt",
                              "tls_client_auth", "none"});
    const Value proven =
        texts({"client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth"});
    Value::Array algorithms;
    for (const JwsAlgorithm each :
         {JwsAlgorithm::kRs256, JwsAlgorithm::kPs256, JwsAlgorithm::kEs256, JwsAlgorithm::kEdDsa}) {
        algorithms.emplace_back(std::string{name_of(each)});
    }
    return Value::Object{
        {"issuer", issuer},
        {"authorization_endpoint", issuer + "/oauth/authorize"},
        {"token_endpoint", issuer + "/oauth/token"},
        {"device_authorization_endpoint", issuer + "/oauth/device_authorization"},
        {"revocation_endpoint", issuer + "/oauth/revoke"},
        {"introspection_endpoint", issuer + "/oauth/introspect"},
        {"scopes_supported", std::move(scopes)},
        {"response_types_supported", texts({"code"})},
        {"response_modes_supported", texts({"query"})},
        {"grant_types_supported", texts({"authorization_code", "client_credentials",
                                         "refresh_token", kDeviceCodeGrant, kClaimGrant})},
        {"code_challenge_methods_supported", texts({"S256"})},
        {"token_endpoint_auth_methods_supported", ways},
        {"token_endpoint_auth_signing_alg_values_supported", algorithms},
        {"revocation_endpoint_auth_methods_supported", ways},
        {"revocation_endpoint_auth_signing_alg_values_supported", algorithms},
        {"introspection_endpoint_auth_methods_supported", proven},
        {"introspection_endpoint_auth_signing_alg_values_supported", algorithms},
        {"tls_client_certificate_bound_access_tokens", true},
        {"authorization_response_iss_parameter_supported", true}};
}

}  // namespace tandem::auth
