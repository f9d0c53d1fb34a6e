#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/value.h"

#include <map>
#include <optional>
#include <string>

namespace tandem {

/// The two halves of a twin, and what of the first one the device is known to have.
enum class TwinSide : std::uint8_t {
    kConfig,        ///< desired: what the owner wants
    kState,         ///< reported: what the device says it is
    kAcknowledged,  ///< the config that the device has said to have: see acknowledge_config()
};
[[nodiscard]] std::string_view name_of(TwinSide side);

/// One half of a twin, as it is now.
struct TwinDocument {
    Value value = Value::Object{};
    std::int64_t version = 0;  ///< 0 until first written, one more with each change.
    std::optional<Instant> updated;
    /// When each top-level key last changed.
    std::map<std::string, Instant, std::less<>> changed;
    bool operator==(const TwinDocument&) const = default;
};

struct Twin {
    TwinDocument config;
    TwinDocument state;
    TwinDocument acknowledged;
};

/// A document of a twin may be this long as JSON.
inline constexpr std::size_t kTwinBytesMax = 64 * 1'024;

/// Replaces the document. `if_match` is the version that the caller has seen, if it says so.
/// Fails with kPreconditionFailed (another version) or kInvalidField (no object).
[[nodiscard]] Result<TwinDocument> put(const TwinDocument& old,
                                       Value value,
                                       std::optional<std::int64_t> if_match,
                                       Instant now);

/// The same with a merge patch, RFC 7396.
[[nodiscard]] Result<TwinDocument> patch(const TwinDocument& old,
                                         const Value& change,
                                         std::optional<std::int64_t> if_match,
                                         Instant now);

/// What makes one version of a config of another.
struct ConfigDelta {
    std::int64_t version = 0;
    std::int64_t from = 0;          ///< whoever has this version may apply it; 0: an empty object
    Value delta = Value::Object{};  ///< a merge patch, RFC 7396
    bool operator==(const ConfigDelta&) const = default;
};
[[nodiscard]] ConfigDelta delta_between(const TwinDocument& before, const TwinDocument& after);

/// The device says that it has this version of the config; 0: that it has none. One version is kept
/// with its value, the one that was current when the device said so: from it every later change can
/// be told in one message. Of an older one the value is gone, and the next message tells the whole.
/// Fails with kInvalidField for a version that there has never been.
[[nodiscard]] Result<TwinDocument> acknowledge_config(const Twin& twin,
                                                      std::int64_t version,
                                                      Instant now);
/// Which version the device is known to have; 0: none.
[[nodiscard]] std::int64_t acknowledged_version(const Twin& twin);
/// What the device does not know yet, if anything.
[[nodiscard]] std::optional<ConfigDelta> unacknowledged(const Twin& twin);

/// How one desired key stands.
struct KeySync {
    bool in_sync = false;
    std::optional<Instant> pending_since;  ///< when out of sync: since the key was last wanted
};

/// For each top-level key of the config, whether the state reports the same value.
[[nodiscard]] std::map<std::string, KeySync> sync_of(const Twin& twin);

}  // namespace tandem
