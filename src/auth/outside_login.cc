#include "auth/outside_login.h"

#include "auth/key.h"
#include "base/checked.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "codec/percent.h"
#include "codec/utf8.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace tandem::auth {
namespace {

constexpr std::string_view kUserMark = "oidc-";
constexpr std::size_t kFullNameBytesMax = 128;

std::string coded(std::initializer_list<std::pair<std::string_view, std::string_view>> parameters) {
    std::string out;
    for (const auto& [name, value] : parameters) {
        if (!out.empty()) out += '&';
        out += std::string{name} + "=" + codec::percent_encode(value);
    }
    return out;
}

const std::string* text_at(const Value& claims, std::string_view name) {
    const Value* found = claims.find(name);
    return found == nullptr ? nullptr : found->get<std::string>();
}

// The names of RFC 6749 section 4.1.2.1 and of OpenID Connect Core section 3.1.2.6, nothing else
// that somebody could put on a page here.
std::string error_name(const std::string& error) {
    const bool good = error.size() <= 40 && std::ranges::all_of(error, [](char c) {
                          return (c >= 'a' && c <= 'z') || c == '_';
                      });
    return good ? error : "an error";
}

// Whole words: a role is not given for a part of something.
bool says(const Value& claim, const std::string& word) {
    if (const auto* text = claim.get<std::string>()) return *text == word;
    const auto* items = claim.get<Value::Array>();
    return items != nullptr && std::ranges::find(*items, Value{word}) != items->end();
}

const LoginRule* rule_for(const std::vector<LoginRule>& rules, const Value& claims) {
    for (const LoginRule& rule : rules) {
        const Value* at = &claims;
        for (const std::string& name : rule.claim) {
            at = at->find(name);
            if (at == nullptr) break;
        }
        if (at != nullptr && says(*at, rule.word)) return &rule;
    }
    return nullptr;
}

// For people to see; it names nobody.
std::string shown_name(const Value& claims) {
    for (const std::string_view name : {"name", "preferred_username"}) {
        const std::string* text = text_at(claims, name);
        if (text == nullptr || text->empty() || !codec::is_utf8(*text)) continue;
        const bool plain =
            std::ranges::none_of(*text, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
        if (plain && text->size() <= kFullNameBytesMax) return *text;
    }
    return {};
}

}  // namespace

BegunLogin PendingLogins::begin(const OutsideIssuer& issuer,
                                const IssuerAddresses& addresses,
                                std::string redirect_uri,
                                Random& random,
                                Monotonic now) {
    const OutsideLogin& login = checked(issuer.login);
    std::erase_if(pending_, [&](const auto& each) { return now - each.second.began > kLife; });
    if (pending_.size() >= kMax) {
        pending_.erase(std::ranges::min_element(
            pending_, {}, [](const auto& each) { return each.second.began; }));
    }
    const std::string state = make_secret(random);
    const std::string browser = make_secret(random);
    PendingLogin pending{.issuer = issuer.policy.issuer,
                         .nonce = make_secret(random),
                         .verifier = make_secret(random),
                         .redirect_uri = std::move(redirect_uri),
                         .browser = digest(browser),
                         .began = now};
    const std::string challenge = codec::base64url_encode(digest(pending.verifier));
    std::string to = addresses.authorize;
    to += to.contains('?') ? '&' : '?';
    to += coded({{"response_type", "code"},
                 {"client_id", login.client_id},
                 {"redirect_uri", pending.redirect_uri},
                 {"scope", login.scope},
                 {"state", state},
                 {"nonce", pending.nonce},
                 {"code_challenge", challenge},
                 {"code_challenge_method", "S256"}});
    pending_.insert_or_assign(digest(state), std::move(pending));
    return {.to = std::move(to), .browser = browser};
}

std::optional<PendingLogin> PendingLogins::take(std::string_view state,
                                                std::string_view browser,
                                                Monotonic now) {
    const auto found = pending_.find(digest(state));
    if (found == pending_.end()) return {};
    // In another browser it is somebody else's, who may still come.
    if (!same_digest(found->second.browser, digest(browser))) return {};
    PendingLogin pending = std::move(found->second);
    pending_.erase(found);
    if (now - pending.began > kLife) return {};
    return pending;
}

std::expected<std::string, std::string> code_in(const Form& answer,
                                                std::string_view issuer,
                                                const IssuerAddresses& addresses) {
    const std::string& from = answer.get("iss");
    if (from.empty() ? addresses.says_issuer : from != issuer) {
        return std::unexpected("The answer is not of the provider that was asked.");
    }
    if (answer.has("error")) {
        return std::unexpected("The provider says: " + error_name(answer.get("error")) + ".");
    }
    if (!answer.has("code")) return std::unexpected("The provider has sent no code.");
    return answer.get("code");
}

CodeRequest code_request(const OutsideLogin& login,
                         const IssuerAddresses& addresses,
                         const PendingLogin& pending,
                         std::string_view code) {
    CodeRequest out{.url = addresses.token,
                    .authorization = {},
                    .form = coded({{"grant_type", "authorization_code"},
                                   {"code", code},
                                   {"redirect_uri", pending.redirect_uri},
                                   {"code_verifier", pending.verifier}})};
    if (login.secret.empty()) {
        out.form += "&" + coded({{"client_id", login.client_id}});
    } else {
        // RFC 6749 section 2.3.1: both are coded as in a form first.
        out.authorization =
            "Basic " + codec::base64_encode(codec::percent_encode(login.client_id) + ":" +
                                            codec::percent_encode(login.secret));
    }
    return out;
}

Result<std::string> id_token_in(std::string_view answer) {
    const auto read = codec::parse_json(answer);
    const std::string* token = read ? text_at(*read, "id_token") : nullptr;
    if (token == nullptr) return fail(ErrorCode::kMalformedBody, "there is no id token");
    return *token;
}

JwtPolicy login_policy(const OutsideIssuer& issuer) {
    return {.issuer = issuer.policy.issuer,
            .audiences = {checked(issuer.login).client_id},
            .algorithms = issuer.policy.algorithms,
            .types = {"", "jwt"},
            .scopes = {},
            .life_max = issuer.policy.life_max};
}

std::expected<void, JwtRefusal> check_id_token(const Jwt& jwt,
                                               const OutsideLogin& login,
                                               const PendingLogin& pending) {
    const auto refuse = [](const char* why) {
        return std::unexpected(JwtRefusal{.fault = JwtFault::kClaim, .why = why});
    };
    const std::string* nonce = text_at(jwt.claims, "nonce");
    if (nonce == nullptr || *nonce != pending.nonce) return refuse("the nonce is another");
    // OpenID Connect Core section 3.1.3.7, 4 and 5.
    const Value* party = jwt.claims.find("azp");
    const Value* audience = jwt.claims.find("aud");
    const auto* several = audience == nullptr ? nullptr : audience->get<Value::Array>();
    if (party == nullptr && several != nullptr && several->size() > 1) {
        return refuse("it is for several, and does not say for whom it was made");
    }
    if (party != nullptr && *party != Value{login.client_id}) {
        return refuse("it was made for another client");
    }
    return {};
}

UserId outside_user(std::string_view issuer, std::string_view subject) {
    const std::string whole = digest(std::string{issuer} + "\n" + std::string{subject});
    return UserId{std::string{kUserMark} +
                  codec::base64url_encode(std::string_view{whole}.substr(0, 16))};
}

bool is_outside_user(std::string_view id) {
    return id.starts_with(kUserMark);
}

std::optional<OutsidePerson> person_of(const OutsideIssuer& issuer,
                                       const Jwt& jwt,
                                       std::string_view subject) {
    const LoginRule* rule = rule_for(checked(issuer.login).rules, jwt.claims);
    if (rule == nullptr) return {};
    return OutsidePerson{.tenant = rule->tenant,
                         .name = outside_user(issuer.policy.issuer, subject),
                         .full_name = shown_name(jwt.claims),
                         .role = rule->role};
}

}  // namespace tandem::auth
