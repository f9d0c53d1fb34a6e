#pragma once

#include "net/queue_watch.h"
#include "net/transport.h"

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace tandem::net {

/// Holds on to things until most of what a transport has been given has left.
class KeptUntilSent {
public:
    /// Lets go of `held` when at most `below` bytes are queued, or with this object.
    void keep(Transport& transport, std::size_t below, std::shared_ptr<void> held) {
        held_.push_back(std::move(held));
        if (watch_ == nullptr) {
            watch_ = std::make_unique<QueueWatch>(transport, below, [this] { clear(); });
        }
    }
    [[nodiscard]] bool empty() const { return held_.empty(); }
    void clear() {
        watch_ = nullptr;
        held_.clear();
    }

private:
    std::vector<std::shared_ptr<void>> held_;
    std::unique_ptr<QueueWatch> watch_;
};

}  // namespace tandem::net
