#pragma once

#include "net/timer.h"
#include "net/transport.h"

#include <cstddef>
#include <memory>

namespace tandem::net {

/// Notices that a transport's queue has left, from its making to its end or until it has called.
///
/// Transport::on_drained() comes only after the kernel has refused some bytes. A queue that grew
/// within one turn and left whole at its end goes untold: this looks after the turn, and now and
/// then as long as it is needed. Whoever is told by on_drained() ends the watch.
class QueueWatch {
public:
    /// Calls `left` once, from its transport's executor, when at most `below` bytes are queued; it
    /// may end this watch.
    QueueWatch(Transport& transport, std::size_t below, Work left);

private:
    void look();

    Transport& transport_;
    std::size_t below_;
    Work left_;
    Timer timer_;
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace tandem::net
