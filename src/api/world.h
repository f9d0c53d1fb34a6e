#pragma once

#include "advise/constants.h"
#include "api/load.h"
#include "api/oauth_state.h"
#include "api/ongoing.h"
#include "api/outside_state.h"
#include "api/pace.h"
#include "api/quota.h"
#include "api/refusals.h"
#include "api/stream_rules.h"
#include "api/turnstile.h"
#include "api/waiting_room.h"
#include "auth/brake.h"
#include "auth/budget.h"
#include "auth/credentials.h"
#include "auth/limit_log.h"
#include "auth/password.h"
#include "auth/policies.h"
#include "auth/session.h"
#include "auth/token_cache.h"
#include "base/clock.h"
#include "base/executor.h"
#include "base/metric.h"
#include "base/mutex.h"
#include "base/random.h"
#include "base/worker.h"
#include "codec/time_zone.h"
#include "domain/command.h"
#include "domain/ports.h"
#include "domain/retention.h"
#include "domain/telemetry.h"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::api {

class DeviceStates;
class Ledgers;
class Streams;
struct Shard;

/// What the doors let pass, for whoever asks whether something would fit.
struct DoorRules {
    std::size_t message_bytes = 128 * 1'024;          ///< of a WebSocket
    std::size_t body_bytes = std::size_t{16} << 20U;  ///< of HTTP
    std::size_t connections = 100'000;
    Duration ping_interval = 20s;  ///< of a WebSocket that is silent
    Duration idle_time = 75s;      ///< of a REST connection between requests
};

/// What an operator may set.
struct Rules {
    TelemetryRules telemetry;
    RetentionRules retention;
    CommandRules commands;
    auth::Rates rates;
    /// A REST device counts as online for so long after its last request,
    Duration rest_presence = 2min;
    /// or for two intervals of its series and so long.
    Duration rest_grace = 10s;
    std::size_t subscriptions = 100;        ///< a socket
    std::size_t keys = 2;                   ///< live, a device
    Duration key_overlap = 24h;             ///< how long a rotated key lives on
    std::size_t schema_bytes = 64 * 1'024;  ///< a device's schema, about, as JSON text
    double ws_messages_per_second = 200;    ///< a socket
    double ws_messages_burst = 1'000;
    WaitingRoom::Rules reads;
    StreamRules streams;
    Duration query_time = 2s;  ///< for a history; for each piece of what comes in pieces
    InFlight::Rules in_flight;
    DoorRules doors;
    auth::BrakeRule login_account{.most = 10, .longest = 15min};  ///< wrong passwords
    auth::BrakeRule login_address{.most = 20};                    ///< not on loopback
    auth::BrakeRule login_starts{.most = 30};  ///< with outside issuers, an address: the same
    std::size_t outside_tokens = 10'000;       ///< that are remembered, an issuer
    auth::BrakeRule device_connects{.most = 15, .longest = 5min};  ///< sockets, a device
    auth::BrakeRule connects{.most = 300};                         ///< sockets, a user or an app
    std::size_t devices = 100'000;                                 ///< a tenant
    std::size_t sockets = 50'000;                                  ///< a tenant
    std::size_t users = 1'000;                                     ///< a tenant
    std::size_t apps = 1'000;                                      ///< a tenant
    std::size_t grants = 10'000;                                   ///< a tenant
    std::size_t dashboards = 1'000;                                ///< a tenant
    std::size_t dashboards_owned = 100;                            ///< a user or an app
    std::size_t dashboard_bytes = 64 * 1'024;                      ///< its tiles as JSON text
    std::size_t tenants = 1'000;                                   ///< those that were, too
    OAuthRules oauth;
    std::size_t memory_bytes = std::size_t{1} << 30U;  ///< that are the hub's own: see load.h
    Duration gather{0};  ///< how long events may wait to be sent together, unless a socket says
};

/// Fresh ids that sort in the order of their making, those of one millisecond too: 10 characters of
/// milliseconds, 16 that begin at random and count, in Crockford's base 32 (the ULID layout with
/// its monotonic rule). Any thread.
class Ids {
public:
    [[nodiscard]] std::string next(Instant now, Random& random);
    /// The next one sorts after `id` as well: one that a hub made before this one was started.
    void go_on_after(const std::string& id);

private:
    Mutex mutex_;
    std::string last_ TANDEM_GUARDED_BY(mutex_);
};

/// One hub: what its loops share. Lives as long as they run.
struct Hub {
    Hub(const Clock& the_clock, Random& the_random, Rules the_rules, std::string pepper);

    const Clock& clock;
    Random& random;
    Rules rules;
    std::string durability = "durable";  ///< what an acknowledgement may say: `durable`, `memory`
    auth::Credentials credentials;
    auth::Sessions sessions;
    auth::Policies policies;
    auth::Budgets budgets;
    auth::LimitLog limit_log;  ///< who was limited, and why
    auth::Brake login_account;
    auth::Brake login_address;
    auth::Brake login_starts;
    auth::Brake device_connects;
    auth::Brake connects;
    Quota device_quota;  ///< of each tenant
    Quota socket_quota;  ///< that have said who they are, of each tenant
    OAuthState oauth;
    OutsideState outside;                         ///< set by the node
    auth::PasswordVerifier* passwords = nullptr;  ///< none in the simulator
    Worker* worker = nullptr;                     ///< none in the simulator
    Load load;                                    ///< set by the node
    InFlight in_flight;                           ///< requests that are not answered
    std::atomic<std::size_t> sending = 0;         ///< answers that are sent piece by piece
    Ongoing once;  ///< requests with an Idempotency-Key that are not answered
    Metrics metrics;
    const StoreEngine* store = nullptr;  ///< whose ends the shards have; outlives the hub
    Instant started;                     ///< when this object was made
    std::vector<std::string> addresses;  ///< of the doors, once they are open; then it stays
    advise::Constants constants;         ///< of the cost model, as this hub is set
    Pace messages;                       ///< of writes of readings; looked at by the node
    Ids ids;
    /// A zone of the IANA database by its name; kNotFound for what this machine does not know. Any
    /// thread.
    std::function<Result<codec::TimeZone>(const std::string& name)> zone_named;
    Refusals refusals;
    std::atomic<bool> draining = false;  ///< the hub stops: nobody waits for commands any more
    TenantId home;  ///< the operator's tenant: its audit hears of callers that nobody knows
    std::vector<Shard*> shards;  ///< one per loop, none comes or goes while the hub serves

    /// A limit was reached: tandem_limit_hits_total.
    void count_limit(std::string_view limit);
    /// The loop that a device's state belongs to.
    [[nodiscard]] Shard& owner(const DeviceRef& device) const;
};

/// One loop's part of the hub: its stores' ends, the devices that it owns, its subscribers.
struct Shard {
    Shard(Hub& the_hub, Executor& the_executor, Stores the_stores);
    Shard(const Shard&) = delete;
    Shard& operator=(const Shard&) = delete;
    ~Shard();

    Hub& hub;
    Executor& executor;
    Stores stores;
    std::unique_ptr<DeviceStates> devices;
    std::unique_ptr<Streams> streams;
    std::unique_ptr<Ledgers> ledgers;
    WaitingRoom reading;      ///< long histories
    WaitingRoom labour;       ///< what is long to read or to write: see aside()
    auth::TokenCache tokens;  ///< outside ones that were verified on this loop
    Turnstile policy;         ///< around changes of who may do what: the first shard's, for all
};

/// A handler's view of the world: the loop that it runs on. Cheap to copy, as coroutines need it.
class World {
public:
    explicit World(Shard& shard) : shard_{&shard} {}

    [[nodiscard]] Shard& shard() const { return *shard_; }
    [[nodiscard]] Hub& hub() const { return shard_->hub; }
    [[nodiscard]] const Rules& rules() const { return shard_->hub.rules; }
    [[nodiscard]] Instant now() const { return shard_->hub.clock.now(); }
    [[nodiscard]] Monotonic monotonic() const { return shard_->hub.clock.monotonic(); }
    [[nodiscard]] Executor& executor() const { return shard_->executor; }
    [[nodiscard]] Registry& registry() const { return *shard_->stores.registry; }
    [[nodiscard]] TelemetryStore& telemetry() const { return *shard_->stores.telemetry; }
    [[nodiscard]] OAuthRecords& oauth() const { return *shard_->stores.oauth; }
    [[nodiscard]] EventLog& log() const { return *shard_->stores.log; }
    [[nodiscard]] DeviceStates& devices() const { return *shard_->devices; }
    [[nodiscard]] Streams& streams() const { return *shard_->streams; }
    [[nodiscard]] WaitingRoom& reading() const { return shard_->reading; }
    [[nodiscard]] WaitingRoom& labour() const { return shard_->labour; }

    /// A fresh id that sorts after all before it.
    [[nodiscard]] std::string new_id() const { return hub().ids.next(now(), hub().random); }

private:
    Shard* shard_;
};

/// To read or to write so many bytes takes about as long as a loop may be held up.
inline constexpr std::size_t kLongBytes = 256 * 1'024;

/// What `work` gives, without holding up the loop: on the hub's worker, where there is one, and of
/// each loop one after the other. `work` owns what it uses. Fails with kRateLimited or kUnavailable
/// when too much waits. Callers give it a name first: g++ 12 destroys twice what an unnamed lambda
/// in a co_await has captured (GCC bug 104031).
template <typename F>
Task<std::invoke_result_t<F>> aside(World world, F work) {
    const auto place = co_await world.labour().enter({});
    if (!place) co_return std::unexpected(place.error());
    Worker* worker = world.hub().worker;
    if (worker == nullptr) co_return work();
    auto given = co_await worker->run(&world.executor(), std::move(work));
    if (given) co_return std::move(*given);
    auto busy = fail(ErrorCode::kUnavailable, "the hub has too much to work off");
    busy.error().limit = "worker.queue";
    busy.error().retry_after = 1s;
    co_return busy;
}

}  // namespace tandem::api
