#pragma once

#include "domain/audit.h"

#include <cstdint>
#include <optional>
#include <string>

namespace tandem {

/// Follows the chain of one tenant and says whether a line of it that was noted elsewhere is there
/// as it was: an anchor.
class AnchorCheck {
public:
    AnchorCheck(std::string tenant, ChainHead anchor)
        : tenant_{std::move(tenant)}, anchor_{std::move(anchor)} {}

    [[nodiscard]] const std::string& tenant() const { return tenant_; }
    /// The next line of any tenant. Gives what is wrong with it.
    [[nodiscard]] std::optional<std::string> add(const ChainCheck::Link& link);
    /// After the last one: the anchor's line was among them, or is the one that the oldest was
    /// written behind. Of lines that have made room the anchor proves nothing, and whoever writes a
    /// chain anew would begin it beyond the anchor. Gives what is wrong.
    [[nodiscard]] std::optional<std::string> end() const;

private:
    std::string tenant_;
    ChainHead anchor_;
    std::int64_t last_ = 0;
    std::optional<ChainCheck::Link> first_;
};

/// What is wrong with a chain that a hub keeps whole up to `kept` lines: old ones make room, but so
/// many are always there, and there is a note of the newest.
[[nodiscard]] std::optional<std::string> missing_around(const ChainCheck::Chain& chain,
                                                        std::int64_t kept,
                                                        bool noted);

}  // namespace tandem
