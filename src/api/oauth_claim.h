#pragma once

#include "api/call.h"
#include "api/oauth_parts.h"

#include <optional>
#include <string>

namespace tandem::api {

// How boxes that nobody has registered become devices: each gets a key, which is good for ever.

/// A key to be given.
struct GivingKey {
    Delegation device;
    KeyId key;      ///< the id that it will have
    Change change;  ///< what is stored with it: the grant as used, the code as used once more
    std::string address;
};
/// Nothing: the record has changed meanwhile and is to be looked at again.
[[nodiscard]] Task<OAuthResult<std::optional<auth::TokenBody>>> give_key(World world,
                                                                         GivingKey giving);
/// Ends the key that was given for a grant whose code has come again.
[[nodiscard]] Task<void> end_claimed_key(World world, Delegation device, KeyId key);

/// Redeems a claim code.
[[nodiscard]] Task<OAuthResult<std::optional<auth::TokenBody>>> claim_with_code(World world,
                                                                                OAuthCall call,
                                                                                auth::Form form);

/// A fresh claim code as its maker gets it, and what is stored of one that was entered; nothing
/// where that is no code.
[[nodiscard]] std::string make_claim_code(Random& random);
[[nodiscard]] std::optional<std::string> claim_code_digest(std::string_view entered,
                                                           std::string_view pepper);

/// A device to be made.
struct MakingDevice {
    Proof as;  ///< whose grants have to allow it
    std::string id;
    std::string name;
    std::string type;
    Labels labels;
    std::string address;
};
/// Makes it by devices.create, with all that is decided and noted there.
[[nodiscard]] Task<Result<void>> make_device(World world, MakingDevice making);
/// Whether `as` may give the device a key, and it may have one more: by keys.list.
[[nodiscard]] Task<Result<void>> may_have_a_key(World world,
                                                Proof as,
                                                std::string device,
                                                std::string from);

}  // namespace tandem::api
