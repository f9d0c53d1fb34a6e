#pragma once

#include "base/random.h"
#include "domain/ports.h"

#include <functional>
#include <memory>

namespace tandem::memory {

class State;

/// How long a commit takes until it is visible and acknowledged. Asked once per commit, on the
/// loop that commits.
using CommitDelay = std::function<Duration()>;

/// Every port in memory: tests, simulation and `--store memory`. Shared by loops.
///
/// Without `delay` every call is complete when it returns. With one, commits and writes wait for a
/// timer of their loop and take effect in the order in which that loop made them. What still waits
/// when its `AttachedStores`, or the task that waits for it, is destroyed never happens: a crash.
/// What has committed stays, for whoever attaches next.
class MemoryStore final : public StoreEngine {
public:
    /// Takes 8 bytes of `random` for the identity of the log.
    explicit MemoryStore(Random& random, CommitDelay delay = {});
    ~MemoryStore() override;

    [[nodiscard]] std::unique_ptr<AttachedStores> attach(Executor& loop) override;
    [[nodiscard]] StoreFigures figures() const override;
    [[nodiscard]] std::uint64_t messages() const override { return figures().messages; }

private:
    std::shared_ptr<State> state_;
    CommitDelay delay_;
};

}  // namespace tandem::memory
