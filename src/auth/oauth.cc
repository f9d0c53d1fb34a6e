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

}  // namespace tandem::auth
