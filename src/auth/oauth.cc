#include "auth/oauth.h"

namespace tandem::auth {

std::string_view name_of(OAuthError error) {
    switch (error) {
        case OAuthError::kInvalidRequest:
            return "invalid_request";
        case OAuthError::kInvalidClient:
            return "invalid_client";
        case OAuthError::kInvalidGrant:
            return "invalid_grant";
        case OAuthError::kInvalidScope:
            return "invalid_scope";
        case OAuthError::kUnauthorizedClient:
            return "unauthorized_client";
        case OAuthError::kUnsupportedGrantType:
            return "unsupported_grant_type";
        case OAuthError::kUnsupportedResponseType:
            return "unsupported_response_type";
        case OAuthError::kRequestNotSupported:
            return "request_not_supported";
        case OAuthError::kRequestUriNotSupported:
            return "request_uri_not_supported";
        case OAuthError::kTemporarilyUnavailable:
            return "temporarily_unavailable";
        case OAuthError::kServerError:
            return "server_error";
        case OAuthError::kAuthorizationPending:
            return "authorization_pending";
        case OAuthError::kSlowDown:
            return "slow_down";
        case OAuthError::kAccessDenied:
            return "access_denied";
        case OAuthError::kExpiredToken:
            return "expired_token";
    }
    return "invalid_request";
}

int status_of(OAuthError error) {
    if (error == OAuthError::kInvalidClient) return 401;
    if (error == OAuthError::kTemporarilyUnavailable) return 503;
    return error == OAuthError::kServerError ? 500 : 400;
}

}  // namespace tandem::auth
