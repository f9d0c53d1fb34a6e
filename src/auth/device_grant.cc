#include "auth/device_grant.h"

#include <utility>

namespace tandem::auth {
namespace {

constexpr std::string_view kMark = "tdc_";
constexpr Duration kUsedKept = 24h;  // So that a replay is noticed.

using Refusal = OAuthRefusal<DeviceGrant>;

std::string digest_of(std::string_view user_code, std::string_view pepper) {
    return keyed_digest(pepper, "user code " + std::string{user_code});
}

std::unexpected<Refusal> refuse(OAuthError error, std::string why) {
    return std::unexpected(Refusal{.error = error, .why = std::move(why)});
}

/// Not decided yet: the device is told to wait, and to wait longer when it was in a hurry.
std::unexpected<Refusal> not_yet(DeviceGrant grant, Instant now) {
    const bool hurried = grant.asked && now < *grant.asked + grant.interval;
    if (hurried) grant.interval += kDeviceInterval;
    grant.asked = now;
    return std::unexpected(
        Refusal{.error = hurried ? OAuthError::kSlowDown : OAuthError::kAuthorizationPending,
                .why = "nobody has decided yet",
                .record = std::move(grant)});
}

}  // namespace

IssuedDeviceGrant begin_device_grant(DeviceAsking asking, const Mint& mint) {
    const Key key = make_bearer(mint.random);
    const std::string user_code = mint.random.text(kUserCodeLength, kUserCodeAlphabet);
    return {.device_code = bearer_text(kMark, key),
            .user_code = user_code.substr(0, 4) + "-" + user_code.substr(4),
            .record = {.id = key.id,
                       .digest = keyed_digest(mint.pepper, key.secret),
                       .user_code = digest_of(user_code, mint.pepper),
                       .client = std::move(asking.client),
                       .scopes = asking.scopes,
                       .name = std::move(asking.name),
                       .address = std::move(asking.address),
                       .created = mint.now,
                       .interval = kDeviceInterval,
                       .asked = {},
                       .delegation = {},
                       .family = make_bearer(mint.random).id}};
}

std::optional<Key> read_device_code(std::string_view text) {
    return read_bearer(kMark, text);
}

std::optional<std::string> user_code_digest(std::string_view entered, std::string_view pepper) {
    std::string code;
    for (char c : entered) {
        if (c == ' ' || c == '-') continue;
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        if (!kUserCodeAlphabet.contains(c) || code.size() == kUserCodeLength) return {};
        code += c;
    }
    if (code.size() != kUserCodeLength) return {};
    return digest_of(code, pepper);
}

Result<DeviceGrant> decide_device_grant(DeviceGrant grant,
                                        std::optional<Delegation> approved,
                                        Instant now) {
    if (grant.state != DeviceGrant::State::kPending || now >= grant.created + kDeviceGrantLife)
        return fail(ErrorCode::kNotFound, "no device waits with this code");
    grant.state = approved ? DeviceGrant::State::kApproved : DeviceGrant::State::kDenied;
    grant.delegation = std::move(approved);
    return grant;
}

std::expected<DeviceGrant, Refusal> poll_device_grant(const DeviceGrant* stored,
                                                      const Key& code,
                                                      std::string_view client,
                                                      std::string_view pepper,
                                                      Instant now) {
    if (!proves(pepper, code.secret, stored == nullptr ? nullptr : &stored->digest) ||
        stored == nullptr)
        return refuse(OAuthError::kInvalidGrant, "no such device code");
    if (client != stored->client)
        return refuse(OAuthError::kInvalidGrant, "the device code is another client's");
    if (stored->state == DeviceGrant::State::kUsed) {
        return std::unexpected(
            Refusal{.why = "the device code was used before", .revoke = stored->family});
    }
    if (now >= stored->created + kDeviceGrantLife)
        return refuse(OAuthError::kExpiredToken, "the device code has expired");
    if (stored->state == DeviceGrant::State::kDenied)
        return refuse(OAuthError::kAccessDenied, "it was denied");
    if (stored->state == DeviceGrant::State::kPending) return not_yet(*stored, now);
    DeviceGrant used = *stored;
    used.state = DeviceGrant::State::kUsed;
    return used;
}

Instant kept_until(const DeviceGrant& grant) {
    const bool used = grant.state == DeviceGrant::State::kUsed;
    return grant.created + (used ? kUsedKept : kDeviceGrantLife);
}

}  // namespace tandem::auth
