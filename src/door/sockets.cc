// The sockets of a loop together: how many there may be, and what ends them.
#include "api/dispatch.h"
#include "door/websocket_session.h"

#include <algorithm>

namespace tandem::door {
namespace {

constexpr std::string_view kChangedReason = R"({"retry_ms":100,"why":"access has changed"})";

// A device that comes again and again, since its network or its program is broken, costs others.
Result<void> admit_flapping(api::Hub& hub, const Actor& actor, Monotonic now) {
    auth::Brake& brake = actor.kind == PrincipalKind::kDevice ? hub.device_connects : hub.connects;
    return brake.take(auth::principal_key(actor), now);
}

}  // namespace

Result<api::Quota::Place> take_socket(const Doorway& doorway, const Actor& actor) {
    api::Hub& hub = doorway.world.hub();
    Result<api::Quota::Place> place;
    if (auto calm = admit_flapping(hub, actor, doorway.world.monotonic()); !calm) {
        place = pass(calm);
    } else {
        place = hub.socket_quota.take(actor.tenant);
        if (!place) place.error().retry_after = 60s;
    }
    if (!place) {
        hub.limit_log.note(auth::principal_key(actor), {.time = doorway.world.now(),
                                                        .limit = place.error().limit,
                                                        .operation = "stream.open",
                                                        .door = Door::kWs,
                                                        .detail = place.error().detail,
                                                        .retry_after = place.error().retry_after});
    }
    return place;
}

void Sockets::add(WebSocketSession& session) {
    all_.push_back(&session);
    open_.add();
}

void Sockets::remove(WebSocketSession& session) {
    std::erase(all_, &session);
    open_.add(-1);
}

bool Sockets::admits_stranger(const std::string& address, std::size_t most) const {
    if (address.empty()) return true;
    const auto found = strangers_.find(address);
    return found == strangers_.end() || found->second < most;
}

std::unique_ptr<Sockets::Stranger> Sockets::note_stranger(std::string address,
                                                          std::atomic<std::size_t>& all) {
    return std::make_unique<Stranger>(*this, std::move(address), all);
}

Sockets::Stranger::Stranger(Sockets& sockets, std::string address, std::atomic<std::size_t>& all)
    : sockets_{sockets}, address_{std::move(address)}, all_{all} {
    ++all_;
    ++sockets_.strangers_[address_];
}

Sockets::Stranger::~Stranger() {
    --all_;
    const auto found = sockets_.strangers_.find(address_);
    if (--found->second == 0) sockets_.strangers_.erase(found);
}

void Sockets::end_expired(const api::World& world) {
    for (WebSocketSession* session : std::vector{all_}) {
        if (!session->authenticated()) continue;
        const auto ends = world.hub().credentials.expires(session->credential());
        const auto left = world.hub().sessions.left(session->credential(), world.monotonic());
        if (!api::identify(world, session->proof())) {
            session->end(Close::kUnauthenticated, "the credential has run out");
            if (!ends) continue;
            world.hub().count_limit("ws.auth_grace");
            continue;
        }
        if (ends) session->warn(*ends - world.now());
        if (left) session->warn(*left);
    }
}

void Sockets::reconsider(const api::World& world, const Principal& principal) {
    for (WebSocketSession* session : std::vector{all_}) {
        if (!session->authenticated()) continue;
        if (principal_of(session->actor()) != principal) continue;
        if (!api::identify(world, session->proof())) {
            session->end(Close::kUnauthenticated, "the credential has ended");
        } else if (world.streams().count(*session) > 0) {
            session->end(Close::kAccessChanged, kChangedReason);
        }
    }
}

void Sockets::end(const std::string& credential) {
    for (WebSocketSession* session : std::vector{all_}) {
        if (session->credential() == credential) {
            session->end(Close::kUnauthenticated, "the credential has ended");
        }
    }
}

void Sockets::drain(const Leaving& how) {
    std::vector<WebSocketSession*> leaving;
    for (WebSocketSession* session : std::vector{all_}) {
        // Whoever has not said who it is has nothing to finish.
        if (session->authenticated()) {
            leaving.push_back(session);
        } else {
            session->end(Close::kRestart, kRestartReason);
        }
    }
    Duration until = how.after;
    for (WebSocketSession* session : leaving) {
        session->leave(how, until);
        until += how.spread / static_cast<std::int64_t>(leaving.size());
    }
}

}  // namespace tandem::door
