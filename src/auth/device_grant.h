#pragma once

#include "auth/key.h"
#include "auth/oauth.h"
#include "base/error.h"
#include "domain/oauth.h"

#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::auth {

// RFC 8628.
inline constexpr Duration kDeviceGrantLife = 10min;
inline constexpr Duration kDeviceInterval = 5s;  ///< at first; each hurried question adds as much
inline constexpr unsigned kUserCodeTriesMax = 5;
/// No vowels, so that no words come out, and nothing that is easily taken for something else:
/// section 6.1. Eight of them are 34.6 bits, which is enough only because tries are counted.
inline constexpr std::string_view kUserCodeAlphabet = "BCDFGHJKLMNPQRSTVWXZ";
inline constexpr std::size_t kUserCodeLength = 8;

/// What a device asks for. `name` and `address` are shown to the person who decides.
struct DeviceAsking {
    std::string client;
    Scopes scopes;
    std::string name;
    std::string address;
};

struct IssuedDeviceGrant {
    std::string device_code;  ///< `tdc_<id>_<secret>_<crc>`, for the device alone
    std::string user_code;    ///< `WDJB-MJHT`
    DeviceGrant record;
};

/// Begins a grant. Whoever stores it does not take a `user_code` that a pending one has; then it is
/// begun again.
[[nodiscard]] IssuedDeviceGrant begin_device_grant(DeviceAsking asking, const Mint& mint);

/// Takes a device code apart: its id finds the record.
[[nodiscard]] std::optional<Key> read_device_code(std::string_view text);

/// What a person entered as the record has it; nothing when it is no code. Small letters, spaces
/// and hyphens are as good.
[[nodiscard]] std::optional<std::string> user_code_digest(std::string_view entered,
                                                          std::string_view pepper);

/// How many wrong codes were entered in one session. Right ones do not count it back, or somebody
/// could guess for ever with a code of their own in between.
struct UserCodeTries {
    unsigned wrong = 0;
    [[nodiscard]] bool are_left() const { return wrong < kUserCodeTriesMax; }
};

/// What the person says, after having seen name and address: for whom the tokens will be, or no.
/// Fails with kNotFound when there is nothing to decide any more.
[[nodiscard]] Result<DeviceGrant> decide_device_grant(DeviceGrant grant,
                                                      std::optional<Delegation> approved,
                                                      Instant now);

/// Decides what follows of a device's question: the used record, stored before any token goes out,
/// or a refusal, which is what it gets until somebody has decided. `stored` is what was found under
/// the code's id, or nullptr. A code that was used ends the tokens that it gave.
[[nodiscard]] std::expected<DeviceGrant, OAuthRefusal<DeviceGrant>> poll_device_grant(
    const DeviceGrant* stored,
    const Key& code,
    std::string_view client,
    std::string_view pepper,
    Instant now);

/// From when on a record serves no purpose any more.
[[nodiscard]] Instant kept_until(const DeviceGrant& grant);

}  // namespace tandem::auth
