#pragma once

#include "auth/budget.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "domain/audit.h"

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace tandem::api {

/// Which refusals get an audit line of their own, so that nobody fills the disk by knocking: the
/// first of a kind, and for all that follow within a minute one line that counts them. A kind is
/// the same caller, address, door, operation and result, of who logs in the same account too. First
/// ones are listed at 10 a second and 100 at once, of callers whom nobody knows at one in two
/// seconds: they could drive a tenant's lines out otherwise, with a day of knocking. Beyond that
/// they are only counted in a metric. Any thread.
class Refusals {
public:
    /// From the first of a kind to the line that counts the others.
    static constexpr Duration kWindow = 1min;
    /// More than the rate lets begin within a window.
    static constexpr std::size_t kKindsMax = 1'024;

    enum class Fate : std::uint8_t {
        kListed,   ///< it gets a line; end() is to be called for it when the window is over
        kCounted,  ///< it is in the line to come
        kDropped,  ///< neither
    };
    [[nodiscard]] Fate meet(const AuditLine& line, Monotonic now);
    /// The window of the kind of `line` is over: the line that stands for the others, if any came.
    [[nodiscard]] std::optional<AuditLine> end(const AuditLine& line);
    /// The same for every kind.
    [[nodiscard]] std::vector<AuditLine> end_all();

private:
    struct Later {
        AuditLine newest;
        std::int64_t count = 0;
    };

    Mutex mutex_;
    auth::Bucket of_known_ TANDEM_GUARDED_BY(mutex_);
    auth::Bucket of_strangers_ TANDEM_GUARDED_BY(mutex_);
    std::unordered_map<std::string, Later> kinds_ TANDEM_GUARDED_BY(mutex_);  // kKindsMax at most.
};

}  // namespace tandem::api
