// stream.* and auth on a socket: one handler per operation.
#include "contract/stream.h"

#include "api/bind.h"
#include "api/dispatch.h"
#include "api/outside.h"
#include "api/stream_wish.h"

#include <array>

namespace tandem::api {
namespace {

using contract::Nothing;

Task<void> begin(World world,
                 std::shared_ptr<Subscriber> subscriber,
                 std::int64_t id,
                 std::optional<Filter> wanted) {
    std::vector<Event> events;
    while (wanted) {
        auto read = co_await snapshot(world, *wanted);
        const bool again = !read && row(read.error().code).retryable;
        if (read) events = std::move(*read);
        if (!again || !co_await world.streams().rest(subscriber, id)) break;
    }
    // In a turn of its own, or the first events would overtake the reply that numbers them.
    co_await hop(world.executor());
    world.streams().show(*subscriber, id, events);
    co_await catch_up(world, subscriber, id);
}

Task<Result<Answer<contract::StreamSubscribed>>> subscribe(World world,
                                                           Caller caller,
                                                           contract::StreamSubscribe request) {
    if (caller.subscriber == nullptr)
        co_return fail(ErrorCode::kUnavailable, "the socket has gone");
    const auto subscriber = caller.subscriber;
    contract::StreamWish of_all_doors = static_cast<const contract::StreamWish&>(request);
    auto asked =
        co_await read_wish(world, std::move(caller), std::move(of_all_doors), std::string{});
    if (!asked) co_return pass(asked);
    if (world.streams().count(*subscriber) >= world.rules().subscriptions) {
        auto refused = fail(ErrorCode::kTooManySubscriptions,
                            "a socket may have " + std::to_string(world.rules().subscriptions));
        refused.error().limit = "ws.subscriptions";
        co_return refused;
    }
    Wish& wish = asked->wish;
    wish.gather = request.gather_ms ? *request.gather_ms * Duration{1ms} : world.rules().gather;
    auto wanted = asked->latest ? std::optional{wish.filter} : std::nullopt;
    const auto added = world.streams().add(subscriber, std::move(wish));
    spawn(begin(world, subscriber, added.id, std::move(wanted)));
    co_return contract::StreamSubscribed{.sub = added.id, .cursor = cursor_text(added.start)};
}

Task<Result<Answer<Nothing>>> unsubscribe(World world,
                                          Caller caller,
                                          contract::StreamUnsubscribe request) {
    const bool known =
        caller.subscriber != nullptr && world.streams().remove(*caller.subscriber, request.sub);
    if (!known) co_return fail(ErrorCode::kNotFound, "this socket has no such subscription");
    co_return Nothing{};
}

Task<Result<Answer<Nothing>>> credit(World world, Caller caller, contract::StreamCredit request) {
    const auto subscriber = caller.subscriber;
    using enum Streams::Granted;
    const auto granted = subscriber == nullptr
                             ? kUnknown
                             : world.streams().grant(*subscriber, request.sub,
                                                     static_cast<std::uint64_t>(request.more));
    if (granted == kUnknown) {
        co_return fail(ErrorCode::kNotFound,
                       "this socket has no such subscription with the flow `credit`");
    }
    if (granted == kIsBehind) spawn(catch_up(world, subscriber, request.sub));
    co_return Nothing{};
}

// On a socket that has said who it is, `auth` renews: the same principal with another credential.
// The door exchanges the credential when this has succeeded (websocket_session.h).
Task<Result<Answer<contract::MeView>>> renew(World world,
                                             Caller caller,
                                             contract::AuthRequest request) {
    auto good = co_await admit_outside(world, request.token, caller.certificate);
    if (!good) co_return pass(good);
    auto actor = identify(
        world,
        Proof{
            .bearer = request.token, .cookie = {}, .certificate = caller.certificate, .actor = {}});
    if (!actor) co_return pass(actor);
    const bool same = actor->kind == caller.actor.kind && actor->tenant == caller.actor.tenant &&
                      actor->id == caller.actor.id;
    if (!same) co_return fail(ErrorCode::kForbidden, "a socket keeps its principal: open another");
    co_return contract::view_of(*actor);
}

constexpr std::array kHandlers{
    bind<contract::kStreamSubscribe, subscribe>(),
    bind<contract::kStreamUnsubscribe, unsubscribe>(),
    bind<contract::kStreamCredit, credit>(),
    bind<contract::kAuth, renew>(),
};

}  // namespace

std::span<const Bound> stream_handlers() {
    return kHandlers;
}

}  // namespace tandem::api
