#pragma once

#include "base/clock.h"
#include "base/id.h"
#include "domain/device.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tandem {

/// Who did what, from where, through which door, with what result. Never a secret.
struct AuditLine {
    Instant time;
    TenantId tenant;
    std::string actor;       ///< "device:lamp-1", "user:admin", "app:…", "anonymous", "hub"
    std::string credential;  ///< id of the key
    std::string address;
    Door door = Door::kRest;
    std::string action;    ///< the operation
    std::string resource;  ///< "device:lamp-1"
    std::string result;    ///< "ok" or the problem's name
    /// For how many refusals alike it stands, `time` being the last one's.
    std::int64_t count = 1;
    // What the store sets when it takes the line in: see chained().
    std::string kind;         ///< the OWASP vocabulary's name for it; empty where it has none
    std::int64_t number = 0;  ///< 1, 2, 3, … in its tenant
    /// hash_of() the line before it; kChainBegin in the first; empty in lines that are older than
    /// the chain.
    std::string previous;
    bool operator==(const AuditLine&) const = default;
};

/// What no line's hash is.
inline constexpr std::string_view kChainBegin =
    "0000000000000000000000000000000000000000000000000000000000000000";
/// Texts of a line are cut there: a caller who is refused chooses some of them.
inline constexpr std::size_t kAuditTextMax = 256;

/// The newest line of a tenant: nothing can be taken from what leads to it unnoticed.
struct ChainHead {
    std::int64_t number = 0;
    std::string hash{kChainBegin};
    bool operator==(const ChainHead&) const = default;
};

/// The line as the one after `head`, with its kind, and with texts that are not too long.
[[nodiscard]] AuditLine chained(AuditLine line, const ChainHead& head);
/// The line as JSON in the one way of RFC 8785: no spaces, members in order of name. It has all of
/// them; `prev` is `previous`.
[[nodiscard]] std::string canonical(const AuditLine& line);
/// SHA-256 of canonical(), 64 hexadecimal digits: what `sha256sum` says of an exported line.
[[nodiscard]] std::string hash_of(const AuditLine& line);
[[nodiscard]] ChainHead head_after(const AuditLine& line);

/// The OWASP logging vocabulary's name for what a line tells.
[[nodiscard]] std::string_view audit_kind(std::string_view action, std::string_view result);
/// Whether a line with this result tells of somebody who was not let in.
[[nodiscard]] bool tells_refusal(std::string_view result);

/// Which lines are asked for. What is empty lets all through.
struct AuditQuery {
    TenantId tenant;
    /// The first `limit` lines beyond this number; without it the last `limit` there are. In order
    /// of number in both cases.
    std::optional<std::int64_t> after;
    std::size_t limit = 100;
    std::optional<Instant> since;  ///< at or after
    std::optional<Instant> until;  ///< before
    std::string actor;
    std::string action;
    std::string kind;
    std::string result;
};
/// Whether the filters of `query` let `line` through; tenant, `after` and `limit` are not looked
/// at.
[[nodiscard]] bool matches(const AuditQuery& query, const AuditLine& line);

/// Follows the chains of all tenants, line by line, and says where one does not fit.
class ChainCheck {
public:
    /// What the chain needs to know of a line.
    struct Link {
        std::string tenant;
        std::int64_t number = 0;
        std::string previous;
        std::string hash;
    };
    /// What has been seen of a tenant's chain.
    struct Chain {
        std::int64_t first = 0;      ///< the number of the oldest line; older ones made room
        std::int64_t lines = 0;      ///< all of them
        std::int64_t unchained = 0;  ///< of these, older than the chain
        ChainHead head;
        bool chained = false;  ///< whether the last one had a `prev`
    };

    /// The next line of its tenant. Gives what is wrong, naming the line.
    [[nodiscard]] std::optional<std::string> add(const Link& link);
    /// That a tenant's newest line, or an older one, was `anchor`. Gives what is wrong.
    [[nodiscard]] std::optional<std::string> end(const std::string& tenant,
                                                 const ChainHead& anchor) const;
    [[nodiscard]] const std::map<std::string, Chain>& chains() const { return chains_; }

private:
    std::map<std::string, Chain> chains_;  // One for each tenant.
};
[[nodiscard]] ChainCheck::Link link_of(const AuditLine& line);

}  // namespace tandem
