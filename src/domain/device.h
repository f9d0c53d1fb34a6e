#pragma once

#include "base/clock.h"
#include "base/id.h"
#include "base/value.h"

#include <map>
#include <optional>
#include <string>

namespace tandem {

/// The way in.
enum class Door : std::uint8_t { kRest, kPoll, kSse, kWs, kLocal };
/// `rest`, `poll`, `sse`, `ws`, `local`: the label on metrics, the ledger and audit lines.
[[nodiscard]] std::string_view name_of(Door door);

using Labels = std::map<std::string, std::string, std::less<>>;
/// Whether `labels` has all of `wanted`, with the same texts.
[[nodiscard]] bool has_all(const Labels& labels, const Labels& wanted);

/// Names a device in all of the hub.
struct DeviceRef {
    TenantId tenant;
    DeviceId id;
    auto operator<=>(const DeviceRef&) const = default;
};

/// A thing with an identity, keys, a twin, series and commands.
struct Device {
    DeviceRef ref;
    std::string name;
    std::string type;
    Labels labels;
    /// What its commands, config and series look like (schema.h); null: anything goes.
    Value schema;
    Instant created;
    std::int64_t version = 0;  ///< 1 at first, one more with each change.
    bool operator==(const Device&) const = default;
};

/// Whether a device is online, through which door, and when it was last heard.
struct Presence {
    bool online = false;
    Door door = Door::kRest;
    std::optional<Instant> since;      ///< of the present state
    std::optional<Instant> last_seen;  ///< any request or frame
    bool operator==(const Presence&) const = default;
};

}  // namespace tandem

template <>
struct std::hash<tandem::DeviceRef> {
    std::size_t operator()(const tandem::DeviceRef& ref) const noexcept {
        return std::hash<std::string>{}(ref.tenant.text()) * 31 +
               std::hash<std::string>{}(ref.id.text());
    }
};
