#pragma once

#include "api/streams.h"
#include "api/world.h"
#include "door/door.h"
#include "door/front.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

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

    /// A key, session or token is no more: what it has opened ends.
    void end(const std::string& credential) {
        sockets.end(credential);
        shard.streams->end_those(
            [&](const Actor& actor) { return actor.credential == credential; });
    }

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

/// The parts of one hub, each told on its loop of what ends what is under way.
class Parts {
public:
    void add(Part& part) { parts_.push_back(&part); }
    /// After the last one was added: from now on they hear of what the hub ends.
    void listen_to(api::Hub& hub) {
        const auto ended = [this](const std::string& credential) { end(credential); };
        hub.credentials.listen(ended);
        hub.sessions.listen(ended);
        hub.policies.listen([this](const Principal& principal) {
            tell([principal](Part& part) { part.reconsider(principal); });
        });
    }
    /// Closes what a credential has opened.
    void end(const std::string& credential) {
        tell([credential](Part& part) { part.end(credential); });
    }

private:
    void tell(const std::function<void(Part&)>& what) {
        for (Part* part : parts_)
            part->shard.executor.post([part, what] { what(*part); });
    }

    std::vector<Part*> parts_;  // One per loop.
};

}  // namespace tandem::node
