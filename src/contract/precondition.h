#pragma once

#include "contract/shape.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tandem::contract {

/// If-Match or If-None-Match, RFC 9110 section 13.1: `*` or strong entity tags. Tags that are not
/// of this hub are kept as version −1, which matches nothing.
struct EntityTags {
    bool any = false;
    std::vector<std::int64_t> versions;

    /// Whether a thing of this version (0: it does not exist) is among them.
    [[nodiscard]] bool match(std::int64_t version) const;
};

/// `"3"`: the strong entity tag of a version.
[[nodiscard]] std::string entity_tag(std::int64_t version);

/// Fails with kPreconditionFailed unless both fields, where given, allow a change of what has
/// `version` now (0: it does not exist).
[[nodiscard]] Result<void> check_preconditions(const std::optional<EntityTags>& if_match,
                                               const std::optional<EntityTags>& if_none_match,
                                               std::int64_t version);

/// Prefer, RFC 7240: the preferences that operations know.
struct Preferences {
    std::optional<Duration> wait;  ///< 60 s at most; more is taken as 60 s
    bool minimal = false;          ///< return=minimal

    /// What an answer that has waited says: Preference-Applied. "" where no wait was asked for.
    [[nodiscard]] std::string applied() const;
};
inline constexpr Duration kWaitMax = 60s;

template <>
struct Codec<EntityTags> {
    static Result<void> read(Reader& reader, EntityTags& out, const Field& field);
    static Result<void> read_text(std::string_view text, EntityTags& out, const Field& field);
    static void write(Writer& writer, const EntityTags& value);
    static Value schema(const Field& field);
};

template <>
struct Codec<Preferences> {
    static Result<void> read(Reader& reader, Preferences& out, const Field& field);
    static Result<void> read_text(std::string_view text, Preferences& out, const Field& field);
    static void write(Writer& writer, const Preferences& value);
    static Value schema(const Field& field);
};

}  // namespace tandem::contract
