#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/value.h"

#include <map>
#include <optional>
#include <string>

namespace tandem {

/// The two halves of a twin.
enum class TwinSide : std::uint8_t {
    kConfig,  ///< desired: what the owner wants
    kState,   ///< reported: what the device says it is
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

/// How one desired key stands.
struct KeySync {
    bool in_sync = false;
    std::optional<Instant> pending_since;  ///< when out of sync: since the key was last wanted
};

/// For each top-level key of the config, whether the state reports the same value.
[[nodiscard]] std::map<std::string, KeySync> sync_of(const Twin& twin);

}  // namespace tandem
