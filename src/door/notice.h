#pragma once

#include "auth/budget.h"
#include "contract/encoding.h"
#include "domain/command.h"
#include "domain/twin.h"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace tandem::door {

// What the hub says on a socket unasked, but for events: api/stream_message.h.

/// `{"cmd":{…}}`
[[nodiscard]] std::string command_message(contract::Encoding encoding, const Command& command);
/// `{"config":{…}}`
[[nodiscard]] std::string config_message(contract::Encoding encoding, const ConfigDelta& change);

using Numbers = std::initializer_list<std::pair<std::string_view, std::int64_t>>;
/// `{"NAME":{"…":number,…}}`
[[nodiscard]] std::string notice(contract::Encoding encoding,
                                 std::string_view name,
                                 const Numbers& numbers);

/// `{"limits":{"NAME":{…}}}`, as the RateLimit fields over REST: the quota, the seconds in which it
/// fills, what is left, the seconds until it is full.
[[nodiscard]] std::string limits_message(contract::Encoding encoding,
                                         std::string_view name,
                                         const auth::BudgetLeft& left);

}  // namespace tandem::door
