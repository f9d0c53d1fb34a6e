#include "auth/jwt.h"

#include "base/checked.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "codec/time_text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tandem::auth {
namespace {

// A token is small, and so is all that is in it.
constexpr ReaderLimits kJsonLimits{.depth = 8,
                                   .object_keys = 128,
                                   .array_items = 512,
                                   .nodes = 1'024,
                                   .string_bytes = kJwtBytesMax,
                                   .key_bytes = 128};
constexpr std::size_t kNameBytesMax = 255;  // OpenID Connect Core section 2, of `sub`.
constexpr std::size_t kShownMax = 48;

std::unexpected<JwtRefusal> refuse(JwtFault fault, std::string why) {
    return std::unexpected(JwtRefusal{.fault = fault, .why = std::move(why)});
}

bool is_plain(char c) {
    return c >= ' ' && c <= '~';
}

/// Somebody else's text for a line of the log: cut, in quotes, without what could forge a line.
std::string shown(std::string_view text) {
    std::string out = "\"";
    for (const char c : text.substr(0, kShownMax))
        out += is_plain(c) && c != '"' ? c : '?';
    out += text.size() > kShownMax ? "…\"" : "\"";
    return out;
}

struct Parts {
    std::string_view header;
    std::string_view payload;
    std::string_view signature;
    std::string_view signed_part;
};

std::optional<Parts> split(std::string_view token) {
    const std::size_t first = token.find('.');
    const std::size_t last = token.rfind('.');
    if (first == std::string_view::npos || first == last) return {};
    const Parts parts{.header = token.substr(0, first),
                      .payload = token.substr(first + 1, last - first - 1),
                      .signature = token.substr(last + 1),
                      .signed_part = token.substr(0, last)};
    if (parts.payload.contains('.')) return {};
    return parts;
}

/// The JSON object that a part is.
std::expected<Value, JwtRefusal> object_of(std::string_view part, std::string_view name) {
    const std::string of{name};
    const auto text = codec::base64url_decode(part);
    if (!text) return refuse(JwtFault::kMalformed, "the " + of + " is not base64url");
    auto value = codec::parse_json(*text, kJsonLimits);
    if (!value) return refuse(JwtFault::kMalformed, "the " + of + ": " + value.error().detail);
    if (value->get<Value::Object>() == nullptr)
        return refuse(JwtFault::kMalformed, "the " + of + " is not an object");
    return std::move(*value);
}

const std::string* text_at(const Value& object, std::string_view name) {
    const Value* found = object.find(name);
    return found == nullptr ? nullptr : found->get<std::string>();
}

/// RFC 7515 section 4.1.9: a media type, whose letters have no case; `application/` may be left
/// out.
std::string type_of(std::string_view typ) {
    std::string type;
    for (const char c : typ)
        type += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    constexpr std::string_view kApplication = "application/";
    if (type.starts_with(kApplication)) type.erase(0, kApplication.size());
    return type;
}

std::expected<void, JwtRefusal> read_algorithm(const Value& header, Jwt& jwt) {
    const std::string* name = text_at(header, "alg");
    if (name == nullptr) return refuse(JwtFault::kMalformed, "\"alg\" is missing or no text");
    const auto algorithm = jws_algorithm_named(*name);
    if (!algorithm) return refuse(JwtFault::kAlgorithm, "the algorithm " + shown(*name));
    jwt.algorithm = *algorithm;
    return {};
}

std::expected<void, JwtRefusal> read_header(const Value& header, Jwt& jwt) {
    // Nothing that a header could call critical is understood here, b64 of RFC 7797 neither.
    if (header.find("crit") != nullptr) return refuse(JwtFault::kCritical, "a critical extension");
    if (auto read = read_algorithm(header, jwt); !read) return read;
    if (header.find("kid") != nullptr) {
        const std::string* kid = text_at(header, "kid");
        if (kid == nullptr || kid->size() > kKidBytesMax)
            return refuse(JwtFault::kMalformed, "\"kid\" is not a short text");
        jwt.kid = *kid;
    }
    if (header.find("typ") != nullptr) {
        const std::string* typ = text_at(header, "typ");
        if (typ == nullptr || typ->empty())
            return refuse(JwtFault::kMalformed, "\"typ\" is empty or no text");
        jwt.type = type_of(*typ);
    }
    return {};
}

std::expected<void, JwtRefusal> check_header(const Jwt& jwt, const JwtPolicy& policy) {
    if (std::ranges::find(policy.algorithms, jwt.algorithm) == policy.algorithms.end()) {
        return refuse(JwtFault::kAlgorithm,
                      "the issuer may not sign with " + std::string{name_of(jwt.algorithm)});
    }
    if (std::ranges::find(policy.types, jwt.type) == policy.types.end())
        return refuse(JwtFault::kType, "the type " + shown(jwt.type));
    return {};
}

std::expected<void, JwtRefusal> check_signature(const Jwt& jwt, std::span<const Jwk> keys) {
    const Jwk* jwk = find_key(keys, jwt.kid, jwt.algorithm);
    if (jwk == nullptr) {
        return refuse(JwtFault::kUnknownKey,
                      jwt.kid ? "no " + std::string{name_of(jwt.algorithm)} + " key has the kid " +
                                    shown(*jwt.kid)
                              : "no kid, and not one key alone that it could be");
    }
    if (!jwk->key.verifies(jwt.algorithm, jwt.signed_part, jwt.signature))
        return refuse(JwtFault::kSignature, "the signature is not the key's");
    return {};
}

/// What `aud` says: one text or a list of them (RFC 7519 section 4.1.3). Nothing when it is
/// neither.
std::optional<std::vector<std::string>> audiences_of(const Value& claims) {
    const Value* aud = claims.find("aud");
    if (aud == nullptr) return {};
    if (const auto* one = aud->get<std::string>()) return std::vector{*one};
    const auto* items = aud->get<Value::Array>();
    if (items == nullptr) return {};
    std::vector<std::string> out;
    for (const Value& item : *items) {
        const auto* text = item.get<std::string>();
        if (text == nullptr) return {};
        out.push_back(*text);
    }
    return out;
}

std::expected<void, JwtRefusal> check_audience(const Value& claims, const JwtPolicy& policy) {
    const auto audiences = audiences_of(claims);
    if (!audiences) return refuse(JwtFault::kAudience, "\"aud\" is missing or no text");
    const auto is_ours = [&](const std::string& each) {
        return std::ranges::find(policy.audiences, each) != policy.audiences.end();
    };
    if (std::ranges::any_of(*audiences, is_ours)) return {};
    return refuse(JwtFault::kAudience,
                  "for another audience" +
                      (audiences->empty() ? std::string{} : ": " + shown(audiences->front())));
}

/// A NumericDate, RFC 7519 section 2: seconds since 1970, fractions allowed. Without the claim it
/// stays empty.
std::expected<std::optional<Instant>, JwtRefusal> time_at(const Value& claims,
                                                          std::string_view name) {
    const Value* found = claims.find(name);
    if (found == nullptr) return std::nullopt;
    const auto time = codec::instant_from_ms(found->as_double() * 1'000);
    if (!found->is_number() || !time)
        return refuse(JwtFault::kClaim, shown(name) + " is not a time");
    return *time;
}

std::expected<void, JwtRefusal> check_expiry(Instant expires,
                                             const JwtPolicy& policy,
                                             Instant now) {
    if (now >= expires + kClockSkew) return refuse(JwtFault::kExpired, "it has expired");
    if (policy.life_max && expires > now + *policy.life_max + kClockSkew)
        return refuse(JwtFault::kTooLong, "\"exp\" is too far ahead");
    return {};
}

/// Checks exp, nbf and iat, and gives exp.
std::expected<Instant, JwtRefusal> check_times(const Value& claims,
                                               const JwtPolicy& policy,
                                               Instant now) {
    const auto expires = time_at(claims, "exp");
    if (!expires) return std::unexpected(expires.error());
    if (!expires->has_value()) return refuse(JwtFault::kClaim, "\"exp\" is missing");
    const Instant end = checked(*expires);
    for (const std::string_view name : {"nbf", "iat"}) {
        const auto begin = time_at(claims, name);
        if (!begin) return std::unexpected(begin.error());
        const std::optional<Instant>& time = *begin;
        if (time && *time > now + kClockSkew)
            return refuse(JwtFault::kNotYet, shown(name) + " is in the future");
    }
    if (auto good = check_expiry(end, policy, now); !good) return std::unexpected(good.error());
    return end;
}

/// A name that goes into records and lines of the log; "" without the claim.
std::expected<std::string, JwtRefusal> name_at(const Value& claims, std::string_view name) {
    if (claims.find(name) == nullptr) return "";
    const std::string* text = text_at(claims, name);
    const auto is_control = [](char c) { return (c >= 0 && c < ' ') || c == '\x7F'; };
    if (text == nullptr || text->empty() || text->size() > kNameBytesMax ||
        std::ranges::any_of(*text, is_control)) {
        return refuse(JwtFault::kClaim, shown(name) + " is not a short plain text");
    }
    return *text;
}

/// RFC 7800 and RFC 8705 section 3.1: the certificate that the token is bound to, or "". Bound in
/// another way it would be worth more in a thief's hand here than where it came from.
std::expected<std::string, JwtRefusal> certificate_of(const Value& claims) {
    const Value* bound = claims.find("cnf");
    if (bound == nullptr) return "";
    const std::string* text = text_at(*bound, "x5t#S256");
    const auto* members = bound->get<Value::Object>();
    if (text == nullptr || members->size() != 1)
        return refuse(JwtFault::kConfirmation, "it is bound, but not to a certificate");
    auto certificate = codec::base64url_decode(*text);
    if (!certificate || certificate->size() != 32)
        return refuse(JwtFault::kConfirmation, "what it is bound to is no SHA-256");
    return std::move(*certificate);
}

/// The value at a path of names, or nullptr.
const Value* value_at(const Value& claims, const std::vector<std::string>& path) {
    const Value* at = &claims;
    for (const std::string& name : path) {
        at = at->find(name);
        if (at == nullptr) return nullptr;
    }
    return at;
}

std::vector<std::string_view> words_of(const Value& claim) {
    std::vector<std::string_view> words;
    if (const auto* items = claim.get<Value::Array>()) {
        for (const Value& item : *items) {
            if (const auto* word = item.get<std::string>()) words.push_back(*word);
        }
    }
    const auto* text = claim.get<std::string>();
    std::string_view rest = text == nullptr ? std::string_view{} : *text;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(' '), rest.size());
        if (end > 0) words.push_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return words;
}

void grant(const ScopeRule& rule, std::string_view word, Scopes& granted) {
    if (rule.word.empty()) {
        const auto named = scope_named(word);
        if (named && rule.scopes.has(*named)) granted.add(*named);
        return;
    }
    if (word != rule.word) return;
    for (std::size_t at = 0; at < kScopeCount; ++at) {
        const auto scope = static_cast<Scope>(at);
        if (rule.scopes.has(scope)) granted.add(scope);
    }
}

Scopes scopes_of(const Value& claims, const std::vector<ScopeRule>& rules) {
    Scopes granted;
    for (const ScopeRule& rule : rules) {
        const Value* claim = value_at(claims, rule.claim);
        if (claim == nullptr) continue;
        for (const std::string_view word : words_of(*claim))
            grant(rule, word, granted);
    }
    return granted;
}

/// Who it speaks of and what it is bound to.
std::expected<void, JwtRefusal> read_names(const Value& claims, VerifiedJwt& verified) {
    auto subject = name_at(claims, "sub");
    if (!subject) return std::unexpected(subject.error());
    if (subject->empty()) return refuse(JwtFault::kClaim, "\"sub\" is missing");
    auto jti = name_at(claims, "jti");
    if (!jti) return std::unexpected(jti.error());
    auto certificate = certificate_of(claims);
    if (!certificate) return std::unexpected(certificate.error());
    verified.subject = std::move(*subject);
    verified.jti = std::move(*jti);
    verified.certificate = std::move(*certificate);
    return {};
}

std::expected<VerifiedJwt, JwtRefusal> check_claims(const Jwt& jwt,
                                                    const JwtPolicy& policy,
                                                    const Presented& presented) {
    // An empty issuer is what a token without `iss` has.
    if (jwt.issuer.empty() || jwt.issuer != policy.issuer)
        return refuse(JwtFault::kIssuer, "the issuer " + shown(jwt.issuer));
    if (auto good = check_audience(jwt.claims, policy); !good) return std::unexpected(good.error());
    const auto expires = check_times(jwt.claims, policy, presented.now);
    if (!expires) return std::unexpected(expires.error());
    VerifiedJwt verified{.issuer = jwt.issuer,
                         .subject = {},
                         .jti = {},
                         .scopes = scopes_of(jwt.claims, policy.scopes),
                         .expires = *expires,
                         .certificate = {}};
    if (auto read = read_names(jwt.claims, verified); !read) return std::unexpected(read.error());
    if (!may_present(verified, presented.certificate))
        return refuse(JwtFault::kConfirmation, "it is bound to another certificate");
    return verified;
}

}  // namespace

Error error_of(const JwtRefusal& refusal) {
    switch (refusal.fault) {
        case JwtFault::kExpired:  // Found after the signature: the token was a good one.
            return fail(ErrorCode::kUnauthenticated, "the token has expired").error();
        case JwtFault::kTooMany:
            return fail(ErrorCode::kRateLimited, "too many tokens at once").error();
        default:
            return fail(ErrorCode::kUnauthenticated, "the token is not valid").error();
    }
}

std::expected<Jwt, JwtRefusal> read_jwt(std::string_view token) {
    if (token.size() > kJwtBytesMax)
        return refuse(JwtFault::kTooLarge, std::to_string(token.size()) + " bytes");
    const auto parts = split(token);
    if (!parts) return refuse(JwtFault::kMalformed, "not three parts");
    const auto header = object_of(parts->header, "header");
    if (!header) return std::unexpected(header.error());
    Jwt jwt;
    if (auto read = read_header(*header, jwt); !read) return std::unexpected(read.error());
    auto claims = object_of(parts->payload, "payload");
    if (!claims) return std::unexpected(claims.error());
    auto signature = codec::base64url_decode(parts->signature);
    if (!signature) return refuse(JwtFault::kMalformed, "the signature is not base64url");
    if (const std::string* issuer = text_at(*claims, "iss")) jwt.issuer = *issuer;
    jwt.claims = std::move(*claims);
    jwt.signed_part = parts->signed_part;
    jwt.signature = std::move(*signature);
    return jwt;
}

std::expected<VerifiedJwt, JwtRefusal> verify_jwt(const Jwt& jwt,
                                                  const JwtPolicy& policy,
                                                  std::span<const Jwk> keys,
                                                  const Presented& presented) {
    if (auto good = check_header(jwt, policy); !good) return std::unexpected(good.error());
    if (auto good = check_signature(jwt, keys); !good) return std::unexpected(good.error());
    return check_claims(jwt, policy, presented);
}

bool may_present(const VerifiedJwt& jwt, std::string_view certificate) {
    return jwt.certificate.empty() || jwt.certificate == certificate;
}

}  // namespace tandem::auth
