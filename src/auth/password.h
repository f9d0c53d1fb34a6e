#pragma once

#include "base/error.h"
#include "base/executor.h"
#include "base/random.h"
#include "base/task.h"
#include "base/worker.h"

#include <string>

namespace tandem::auth {

/// argon2id, 19 MiB, t=2, p=1 (RFC 9106; OWASP's minimum), as a PHC string. About 30 ms: never on
/// a loop.
[[nodiscard]] std::string hash_password(std::string_view password, Random& random);
[[nodiscard]] bool verify_password(std::string_view password, const std::string& phc);

/// Verifies and hashes passwords on one thread of its own, which takes half of a core at most, so
/// that logging in cannot starve the doors.
class PasswordVerifier {
public:
    static constexpr std::size_t kQueueMax = 16;

    /// Whether `password` is the one of `phc`; continues on `executor`. An empty `phc` (no such
    /// user) takes as long and is false. Fails with kRateLimited when too many wait.
    Task<Result<bool>> verify(Executor* executor, std::string password, std::string phc);
    /// hash_password(), in the same line.
    Task<Result<std::string>> hash(Executor* executor, std::string password);

private:
    std::string nobody_;  // The hash of no password, for users that do not exist: the worker's.
    Worker worker_{kQueueMax, Worker::Pace::kHalf};
};

}  // namespace tandem::auth
