#pragma once

#include "base/clock.h"
#include "base/id.h"
#include "domain/access.h"
#include "domain/device.h"

#include <cstdint>
#include <optional>
#include <string>

/// What the hub keeps of OAuth 2.0. Every record is found by its id, which is no secret; of a
/// secret only the keyed digest is kept (HMAC-SHA-256, 32 raw bytes). Records change by the
/// functions of auth/ alone; whoever stores one does so only if it is still as it was read, so that
/// of two who come with the same code or token at once, one is second.
namespace tandem {

/// The client that every box is that asks to become a device: nobody has registered it.
inline constexpr std::string_view kClaimClient = "~device";

/// For whom tokens speak, what they allow, and which client got them.
struct Delegation {
    PrincipalKind kind = PrincipalKind::kUser;
    TenantId tenant;
    std::string principal;
    std::string client;  ///< `tenant/app`, or kClaimClient
    Scopes scopes;
    bool operator==(const Delegation&) const = default;
};

/// An opaque access token.
struct AccessToken {
    KeyId id;
    std::string digest;
    Delegation delegation;
    KeyId family;             ///< what it was given for, and ends with; empty: for nothing else
    std::string certificate;  ///< SHA-256 of the client certificate it is bound to, raw; or ""
    Instant created;
    Instant expires;
    bool operator==(const AccessToken&) const = default;
};

/// An authorization code, RFC 6749 section 4.1.2, RFC 7636.
struct AuthorizationCode {
    KeyId id;
    std::string digest;
    Delegation delegation;
    std::string redirect_uri;  ///< of the request, to be repeated
    std::string challenge;     ///< PKCE, S256
    std::string nonce;         ///< of the request; "" without one
    KeyId family;              ///< of the tokens that it gives, or has given
    Instant created;
    bool used = false;
    bool operator==(const AuthorizationCode&) const = default;
};

/// The refresh tokens that follow one another from one grant. Its id is in each of them.
struct RefreshFamily {
    KeyId id;
    std::string digest;  ///< of the one token that works
    Delegation delegation;
    Instant created;
    Instant rotated;
    std::optional<Instant> revoked;
    bool operator==(const RefreshFamily&) const = default;
};

/// A device that asks somebody with a keyboard, RFC 8628. Found by its id from the device's side,
/// by `user_code` from the person's.
struct DeviceGrant {
    enum class State : std::uint8_t { kPending, kApproved, kDenied, kUsed };

    KeyId id;
    std::string digest;     ///< of the device code
    std::string user_code;  ///< its keyed digest
    std::string client;
    Scopes scopes;        ///< asked for
    std::string name;     ///< what the device calls itself: shown to the person
    std::string address;  ///< where it asked from: shown too
    Instant created;
    Duration interval{};  ///< between two questions of the device
    std::optional<Instant> asked;
    State state = State::kPending;
    std::optional<Delegation> delegation;  ///< what was approved
    KeyId family;                          ///< of the tokens that it gives, or has given
    bool operator==(const DeviceGrant&) const = default;
};

/// A client's assertion that has been used, RFC 7523 section 3, rule 7: kept until it would have
/// expired anyhow.
struct UsedAssertion {
    std::string client;
    std::string digest;  ///< SHA-256 of its jti
    Instant until;
    bool operator==(const UsedAssertion&) const = default;
};

/// Tokens of an outside issuer that are taken no more: all of a subject, or one. Kept until the
/// last of them has run out.
struct DeniedToken {
    TenantId tenant;  ///< of those for whom they speak
    std::string issuer;
    std::string digest;  ///< SHA-256 of what it is, `sub` or `jti`, and of its value
    Instant until;
    bool operator==(const DeniedToken&) const = default;
};

/// What lets in devices that nobody has registered: a code for one, or a key that a fleet shares.
struct ClaimCode {
    KeyId id;
    std::string digest;  ///< of the code
    TenantId tenant;
    std::string device;  ///< the one that it is for; "": any new one whose id begins with `prefix`
    std::string prefix;
    std::string type;  ///< of the devices that it makes
    Labels labels;
    std::int64_t uses = 1;  ///< devices that may still come
    std::string made_by;    ///< `user:anna`
    Instant created;
    Instant expires;
    bool operator==(const ClaimCode&) const = default;
};

}  // namespace tandem
