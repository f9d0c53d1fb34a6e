#include "memory/store.h"

#include "memory/lane.h"
#include "memory/state.h"

#include <type_traits>
#include <utility>

namespace tandem::memory {
namespace {

constexpr std::size_t kLogBytes = 8;

// What the three ports of one loop share.
struct Attachment {
    std::shared_ptr<State> state;
    Lane lane;
};

class AttachedRegistry final : public Registry {
public:
    explicit AttachedRegistry(Attachment& at) : at_{at} {}

    Task<Result<Committed>> commit(Transaction transaction) override {
        co_await at_.lane.turn();
        co_return at_.state->commit(std::move(transaction));
    }
    Task<Result<std::optional<Device>>> device(DeviceRef ref) override {
        co_return look([&](const RegistryState& state) { return state.device(ref); });
    }
    Task<Result<std::optional<DeviceFacts>>> device_facts(DeviceRef ref) override {
        co_return look([&](const RegistryState& state) { return state.device_facts(ref); });
    }
    Task<Result<std::vector<Device>>> devices(DeviceQuery query) override {
        co_return look([&](const RegistryState& state) { return state.devices(query); });
    }
    Task<Result<std::uint64_t>> device_count(TenantId tenant) override {
        co_return look([&](const RegistryState& state) { return state.device_count(tenant); });
    }
    Task<Result<Twin>> twin(DeviceRef ref) override {
        co_return look([&](const RegistryState& state) { return state.twin(ref); });
    }
    Task<Result<std::vector<Series>>> series(DeviceRef ref) override {
        co_return look([&](const RegistryState& state) { return state.series(ref); });
    }
    Task<Result<std::optional<Command>>> command(DeviceRef ref, CommandId id) override {
        co_return look([&](const RegistryState& state) { return state.command(ref, id); });
    }
    Task<Result<std::vector<Command>>> commands(CommandQuery query) override {
        co_return look([&](const RegistryState& state) { return state.commands(query); });
    }
    Task<Result<std::optional<Presence>>> presence(DeviceRef ref) override {
        co_return look([&](const RegistryState& state) { return state.presence(ref); });
    }
    Task<Result<std::vector<DeviceRef>>> devices_with_open_commands() override {
        co_return look(
            [](const RegistryState& state) { return state.devices_with_open_commands(); });
    }
    Task<Result<std::vector<DeviceRef>>> devices_with_stale_after() override {
        co_return look([](const RegistryState& state) { return state.devices_with_stale_after(); });
    }
    Task<Result<std::vector<Credential>>> credentials() override {
        co_return look([](const RegistryState& state) { return state.credentials(); });
    }
    Task<Result<std::optional<User>>> user(TenantId tenant, UserId name) override {
        co_return look([&](const RegistryState& state) { return state.user(tenant, name); });
    }
    Task<Result<Policy>> policy() override {
        co_return look([](const RegistryState& state) { return state.policy(); });
    }
    Task<Result<std::optional<Dashboard>>> dashboard(TenantId tenant, DashboardId id) override {
        co_return look([&](const RegistryState& state) { return state.dashboard(tenant, id); });
    }
    Task<Result<std::vector<Dashboard>>> dashboards(DashboardQuery query) override {
        co_return look([&](const RegistryState& state) { return state.dashboards(query); });
    }
    Task<Result<DashboardCounts>> dashboard_counts(Principal owner) override {
        co_return look([&](const RegistryState& state) { return state.dashboard_counts(owner); });
    }
    Task<Result<std::optional<RememberedReply>>> reply(TenantId tenant,
                                                       std::string principal,
                                                       std::string key) override {
        co_return look(
            [&](const RegistryState& state) { return state.reply(tenant, principal, key); });
    }
    Task<Result<std::vector<AuditLine>>> audit(AuditQuery query) override {
        co_return look([&](const RegistryState& state) { return state.audit(query); });
    }

private:
    template <typename Look>
    [[nodiscard]] std::invoke_result_t<Look, const RegistryState&> look(Look look_at) const {
        return at_.state->registry(std::move(look_at));
    }

    Attachment& at_;
};

class AttachedOAuth final : public OAuthRecords {
public:
    explicit AttachedOAuth(Attachment& at) : at_{at} {}

    Task<Result<LiveRecords>> live() override {
        co_return look([](const RegistryState& state) { return state.live_records(); });
    }
    Task<Result<std::optional<AuthorizationCode>>> code(KeyId id) override {
        co_return look([&](const RegistryState& state) { return state.code(id); });
    }
    Task<Result<std::optional<RefreshFamily>>> family(KeyId id) override {
        co_return look([&](const RegistryState& state) { return state.family(id); });
    }
    Task<Result<std::vector<RefreshFamily>>> families(Principal of) override {
        co_return look([&](const RegistryState& state) { return state.families(of); });
    }
    Task<Result<std::optional<DeviceGrant>>> device_grant(KeyId id) override {
        co_return look([&](const RegistryState& state) { return state.device_grant(id); });
    }
    Task<Result<std::optional<DeviceGrant>>> pending_grant(std::string user_code) override {
        co_return look([&](const RegistryState& state) { return state.pending_grant(user_code); });
    }
    Task<Result<std::vector<ClaimCode>>> claim_codes(TenantId tenant) override {
        co_return look([&](const RegistryState& state) { return state.claim_codes(tenant); });
    }
    Task<Result<std::optional<ClaimCode>>> claim_code(std::string digest) override {
        co_return look([&](const RegistryState& state) { return state.claim_code(digest); });
    }

private:
    template <typename Look>
    [[nodiscard]] std::invoke_result_t<Look, const RegistryState&> look(Look look_at) const {
        return at_.state->registry(std::move(look_at));
    }

    Attachment& at_;
};

class AttachedTelemetry final : public TelemetryStore {
public:
    explicit AttachedTelemetry(Attachment& at) : at_{at} {}

    Task<Result<Written>> write(std::vector<DeviceReadings> batch) override {
        co_await at_.lane.turn();
        co_return at_.state->write(batch);
    }
    Task<Result<std::vector<Reading>>> read(RangeQuery query) override {
        co_return look([&](const TelemetryState& state) { return state.read(query); });
    }
    Task<Result<std::vector<Bucket>>> aggregate(RangeQuery query, Buckets how) override {
        co_return look([&](const TelemetryState& state) { return state.aggregate(query, how); });
    }
    Task<Result<std::vector<Reading>>> thin(RangeQuery query, Buckets how) override {
        co_return look([&](const TelemetryState& state) { return state.thin(query, how); });
    }
    Task<Result<std::vector<Reading>>> latest(DeviceRef device) override {
        co_return look([&](const TelemetryState& state) { return state.latest(device); });
    }
    Task<Result<std::uint64_t>> erase(DeviceRef device,
                                      std::string series,
                                      TimeRange range) override {
        co_await at_.lane.turn();
        co_return at_.state->erase(device, series, range);
    }

private:
    template <typename Look>
    [[nodiscard]] std::invoke_result_t<Look, const TelemetryState&> look(Look look_at) const {
        return at_.state->telemetry(std::move(look_at));
    }

    Attachment& at_;
};

class AttachedLog final : public EventLog {
public:
    AttachedLog(Attachment& at, Executor& loop)
        : at_{at}, subscriber_{std::make_shared<Subscriber>(loop, EventListener{})} {}
    ~AttachedLog() override {
        at_.state->unsubscribe(subscriber_);
        // Events that are posted already find nobody.
        subscriber_->listener = {};
    }

    [[nodiscard]] Cursor head() const override { return at_.state->head(); }
    void listen(EventListener listener) override {
        const bool listens = listener != nullptr;
        subscriber_->listener = std::move(listener);
        if (std::exchange(listens_, listens) == listens) return;
        if (listens) {
            at_.state->subscribe(subscriber_);
        } else {
            at_.state->unsubscribe(subscriber_);
        }
    }
    Task<Result<Past>> read(Stretch wanted) override { co_return at_.state->past(wanted); }

private:
    Attachment& at_;
    std::shared_ptr<Subscriber> subscriber_;
    bool listens_ = false;
};

class Attached final : public AttachedStores {
public:
    Attached(std::shared_ptr<State> state, Executor& loop, CommitDelay delay)
        : at_{.state = std::move(state), .lane = Lane{loop, std::move(delay)}}, log_{at_, loop} {}

    [[nodiscard]] Stores ports() override {
        return {.registry = &registry_, .telemetry = &telemetry_, .log = &log_, .oauth = &oauth_};
    }

private:
    Attachment at_;
    AttachedRegistry registry_{at_};
    AttachedTelemetry telemetry_{at_};
    AttachedOAuth oauth_{at_};
    AttachedLog log_;
};

}  // namespace

MemoryStore::MemoryStore(Random& random, CommitDelay delay)
    : state_{std::make_shared<State>(random.bytes(kLogBytes))}, delay_{std::move(delay)} {}

MemoryStore::~MemoryStore() = default;

std::unique_ptr<AttachedStores> MemoryStore::attach(Executor& loop) {
    return std::make_unique<Attached>(state_, loop, delay_);
}

StoreFigures MemoryStore::figures() const {
    return state_->figures();
}

}  // namespace tandem::memory
