#pragma once

#include "api/streams.h"
#include "api/world.h"
#include "door/door.h"
#include "door/front.h"

#include <memory>

namespace tandem::node {

/// One loop's part of a hub: its end of the stores, its devices and streams, its doors. Made and
/// destroyed while its loop does not run, used on its loop. Real loops and the simulator's alike.
struct Part {
    /// `settings` and `local` (the administrative socket's) outlive the part.
    Part(api::Hub& hub,
         Executor& executor,
         StoreEngine& store,
         const door::DoorSettings& settings,
         const door::DoorSettings& local)
        : stores{store.attach(executor)},
          shard{hub, executor, stores->ports()},
          sockets{hub.metrics.gauge("tandem_connections", "door=\"ws\"")},
          front{door::Doorway{api::World{shard}, settings, sockets}},
          local_front{door::Doorway{api::World{shard}, local, sockets}} {}

    /// What somebody may do is another: what is under way for it ends, and is asked for again.
    void reconsider(const Principal& principal) {
        sockets.reconsider(api::World{shard}, principal);
        shard.streams->end_those([&](const Actor& actor) {
            return Principal{actor.kind, actor.tenant, actor.id} == principal;
        });
    }

    std::unique_ptr<AttachedStores> stores;
    api::Shard shard;
    door::Sockets sockets;
    door::Front front;
    door::Front local_front;
};

}  // namespace tandem::node
