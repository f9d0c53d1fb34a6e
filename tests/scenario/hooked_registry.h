#pragma once

#include "conformance/forwarding_registry.h"

#include <functional>
#include <utility>
#include <vector>

namespace tandem::simulation {

/// A registry that lets something happen while it looks for devices, and fails commits of commands
/// where it is told to.
class HookedRegistry final : public conformance::ForwardingRegistry {
public:
    HookedRegistry(Registry& behind, Executor& loop) : ForwardingRegistry{behind}, loop_{loop} {}

    /// Called once, while devices are looked for; the answer is that of before and comes later.
    std::function<void()> meanwhile;
    std::size_t lists = 0;  ///< how often devices were looked for
    bool keeps_commands = true;

    Task<Result<Committed>> commit(Transaction transaction) override {
        for (const Change& change : transaction.changes) {
            if (keeps_commands || !std::holds_alternative<PutCommand>(change)) continue;
            co_return fail(ErrorCode::kStorageFailed, "the disk does not take it");
        }
        co_return co_await ForwardingRegistry::commit(std::move(transaction));
    }
    Task<Result<std::vector<Device>>> devices(DeviceQuery query) override {
        ++lists;
        auto found = co_await ForwardingRegistry::devices(std::move(query));
        if (meanwhile) {
            std::exchange(meanwhile, {})();
            co_await hop(loop_);
        }
        co_return found;
    }

private:
    Executor& loop_;
};

}  // namespace tandem::simulation
