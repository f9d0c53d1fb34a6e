#include "auth/authorize.h"

#include "auth/pkce.h"
#include "auth/redirect_uri.h"
#include "codec/percent.h"

#include <algorithm>
#include <utility>

namespace tandem::auth {
namespace {

// What a client may want to have back.
constexpr std::size_t kStateBytesMax = 1'024;
constexpr std::size_t kNonceBytesMax = 256;

std::expected<Scopes, OAuthFault> scopes_of(const Form& form) {
    auto scopes = read_scopes(form);
    if (!scopes) return std::unexpected(scopes.error());
    return scopes->value_or(Scopes{Scope::kSelfRead});
}

// What is wrong with a request whose redirect URI is the client's.
std::expected<void, OAuthFault> check(const Form& form) {
    if (form.has("request")) return fault(OAuthError::kRequestNotSupported, "");
    if (form.has("request_uri")) return fault(OAuthError::kRequestUriNotSupported, "");
    if (!form.has("response_type")) {
        return fault(OAuthError::kInvalidRequest, "response_type is missing");
    }
    if (form.get("response_type") != "code") {
        return fault(OAuthError::kUnsupportedResponseType, "response_type is code");
    }
    if (form.has("response_mode") && form.get("response_mode") != "query") {
        return fault(OAuthError::kInvalidRequest, "response_mode is query");
    }
    if (!is_pkce_challenge(form.get("code_challenge_method"), form.get("code_challenge"))) {
        return fault(OAuthError::kInvalidRequest, "code_challenge is needed, with S256");
    }
    if (form.get("state").size() > kStateBytesMax || form.get("nonce").size() > kNonceBytesMax) {
        return fault(OAuthError::kInvalidRequest, "state or nonce is too long");
    }
    return {};
}

// `uri` with one more parameter in its query.
void add(std::string& uri, std::string_view name, const std::string& value) {
    if (value.empty()) return;
    const char last = uri.back();
    if (!uri.contains('?')) {
        uri += '?';
    } else if (last != '?' && last != '&') {
        uri += '&';
    }
    uri += name;
    uri += '=';
    uri += codec::percent_encode(value);
}

}  // namespace

std::expected<Question, AuthorizeFault> read_authorize(const Form& form, const App* app) {
    const auto for_user = [](std::string why) {
        return std::unexpected(
            AuthorizeFault{.fault = {.error = OAuthError::kInvalidRequest, .why = std::move(why)},
                           .redirect_uri = {},
                           .state = {}});
    };
    if (app == nullptr) return for_user("the app is not known here");
    const std::string& redirect = form.get("redirect_uri");
    const bool registered = std::ranges::any_of(app->redirect_uris, [&](const std::string& each) {
        return redirect_matches(each, redirect);
    });
    if (!registered) return for_user("the app has not registered the address it wants you back at");
    const auto for_client = [&](OAuthFault why) {
        // A state that is too long is not repeated.
        const std::string& state = form.get("state");
        return std::unexpected(
            AuthorizeFault{.fault = std::move(why),
                           .redirect_uri = redirect,
                           .state = state.size() > kStateBytesMax ? std::string{} : state});
    };
    if (auto good = check(form); !good) return for_client(good.error());
    const auto scopes = scopes_of(form);
    if (!scopes) return for_client(scopes.error());
    return Question{.app = *app,
                    .scopes = *scopes,
                    .redirect_uri = redirect,
                    .state = form.get("state"),
                    .challenge = form.get("code_challenge"),
                    .nonce = form.get("nonce")};
}

std::string redirect_with_code(const Question& question,
                               const std::string& code,
                               const std::string& issuer) {
    std::string uri = question.redirect_uri;
    add(uri, "code", code);
    add(uri, "state", question.state);
    add(uri, "iss", issuer);
    return uri;
}

std::string redirect_with_error(const AuthorizeFault& fault, const std::string& issuer) {
    std::string uri = fault.redirect_uri;
    add(uri, "error", std::string{name_of(fault.fault.error)});
    add(uri, "error_description", fault.fault.why);
    add(uri, "state", fault.state);
    add(uri, "iss", issuer);
    return uri;
}

}  // namespace tandem::auth
