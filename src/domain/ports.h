#pragma once

#include "base/error.h"
#include "base/task.h"
#include "domain/access.h"
#include "domain/audit.h"
#include "domain/buckets.h"
#include "domain/command.h"
#include "domain/dashboard.h"
#include "domain/device.h"
#include "domain/event.h"
#include "domain/oauth.h"
#include "domain/principal.h"
#include "domain/store_figures.h"
#include "domain/telemetry.h"
#include "domain/twin.h"

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

namespace tandem {

// What the domain needs from the world. Implementations: memory/ and store/embedded. All methods
// are called on one loop and continue there; a store that is shared by loops is attached to each.
// Any of them fails with kStorageFailed, kStorageFull or kUnavailable; other errors are named.

// ---------------------------------------------------------------- records of the registry

/// A secret that opens a door, as it is stored: a keyed hash only.
struct Credential {
    KeyId id;
    PrincipalKind kind = PrincipalKind::kDevice;
    TenantId tenant;
    std::string principal;  ///< the device's or app's id
    Scopes scopes;
    std::string digest;  ///< HMAC-SHA-256(pepper, secret), 32 raw bytes
    Instant created;
    std::optional<Instant> expires;
    bool operator==(const Credential&) const = default;
};

/// The answer to a request with an Idempotency-Key, kept so that a repeat gets it again.
struct RememberedReply {
    TenantId tenant;
    std::string principal;
    std::string key;
    std::string fingerprint;  ///< SHA-256 of operation, parameters and body
    int status = 0;
    std::string headers;  ///< as the API keeps them
    std::string body;
    Instant created;
    bool operator==(const RememberedReply&) const = default;
};

// ---------------------------------------------------------------- transactions

// `expected` is the version that must be stored before the change: 0 for "must not exist yet".
// A mismatch fails the whole transaction: kAlreadyExists for 0, else kPreconditionFailed. So does
// a change of what does not exist (the device, of its twin, commands, series, presence and keys
// too): kNotFound.
struct PutDevice {
    Device device;
    std::int64_t expected = 0;
};
/// Deletes the device with its keys, twin, series and commands. Its readings are the telemetry
/// store's.
struct DeleteDevice {
    DeviceRef device;
};
struct PutTwin {
    DeviceRef device;
    TwinSide side = TwinSide::kConfig;
    TwinDocument document;
    std::int64_t expected = 0;
};
struct PutCommand {
    Command command;
    std::int64_t expected = 0;
};
struct PutSeries {
    DeviceRef device;
    Series series;
};
struct PutPresence {
    DeviceRef device;
    Presence presence;
};
struct PutCredential {
    Credential credential;
};
struct DeleteCredential {
    TenantId tenant;
    KeyId id;
};
struct PutUser {
    User user;
    std::int64_t expected = 0;
};
/// Deletes the user with its grants, its private dashboards and what of OAuth speaks for it. Those
/// that it shares stay, without an owner.
struct DeleteUser {
    TenantId tenant;
    UserId name;
};
struct PutApp {
    App app;
    std::int64_t expected = 0;
};
/// Deletes the app with its grants, its secrets, its dashboards as a user's, and what of OAuth it
/// was given.
struct DeleteApp {
    TenantId tenant;
    AppId id;
};
/// Fails with kNotFound where there is no such user or app.
struct PutGrant {
    Grant grant;
    std::int64_t expected = 0;
};
struct DeleteGrant {
    TenantId tenant;
    GrantId id;
};
struct PutDashboard {
    Dashboard dashboard;
    std::int64_t expected = 0;
};
struct DeleteDashboard {
    TenantId tenant;
    DashboardId id;
};
/// Makes a tenant: kAlreadyExists where there is one of the name, or was.
struct PutTenant {
    Tenant tenant;
};
/// Deletes a tenant with its users, apps, grants, dashboards, secrets and remembered replies. Fails
/// with kConflict while it has devices. Its name and its audit stay.
struct DeleteTenant {
    TenantId id;
    Instant at;
};
/// The line is stored as chained() makes it of the newest one of its tenant.
struct AppendAudit {
    AuditLine line;
};
struct PutReply {
    RememberedReply reply;
};
/// A record of OAuth. `before` is what has to be stored under its id, nothing where none may be; a
/// mismatch fails with kPreconditionFailed; a denial takes the place of an older one. A few that
/// are past their time leave with each.
template <typename Record>
struct PutRecord {
    Record record;
    std::optional<Record> before = {};
    Instant now;
    Instant until;         ///< of no use from then on, and forgotten some time after
    std::size_t most = 0;  ///< with so many there are no more: kUnavailable; 0: no bound
};
/// Deletes an access token, if it is there.
struct DeleteAccessToken {
    KeyId id;
};
/// Deletes the access tokens of a family; the family itself is put as one that has ended.
struct EndFamily {
    KeyId family;
};
/// Deletes what of OAuth speaks for a principal, and what an app was given.
struct EndDelegated {
    Principal to;
};
/// Fails with kNotFound.
struct DeleteClaimCode {
    TenantId tenant;
    KeyId id;
};
using AnyChange = std::variant<PutDevice,
                               DeleteDevice,
                               PutTwin,
                               PutCommand,
                               PutSeries,
                               PutPresence,
                               PutCredential,
                               DeleteCredential,
                               PutUser,
                               DeleteUser,
                               PutApp,
                               DeleteApp,
                               PutGrant,
                               DeleteGrant,
                               PutDashboard,
                               DeleteDashboard,
                               PutTenant,
                               DeleteTenant,
                               AppendAudit,
                               PutReply,
                               PutRecord<AccessToken>,
                               PutRecord<AuthorizationCode>,
                               PutRecord<RefreshFamily>,
                               PutRecord<DeviceGrant>,
                               PutRecord<UsedAssertion>,
                               PutRecord<ClaimCode>,
                               PutRecord<DeniedToken>,
                               DeleteAccessToken,
                               EndFamily,
                               EndDelegated,
                               DeleteClaimCode>;

template <typename Kind, typename... Kinds>
constexpr bool is_one_of(std::type_identity<std::variant<Kinds...>> /*of*/) {
    return (std::is_same_v<Kind, Kinds> || ...);
}
/// What a Change may be.
template <typename Kind>
concept ChangeKind = is_one_of<Kind>(std::type_identity<AnyChange>{});

/// One of them. All that it takes to make, move and end one is in change.cc: nearly every file
/// makes a few, and would compile it for all kinds.
struct Change : AnyChange {
    // NOLINTNEXTLINE(google-explicit-constructor): a list of changes is written as one of kinds
    template <ChangeKind Kind>
    Change(Kind kind);
    Change(const Change& other);
    Change(Change&& other) noexcept;
    Change& operator=(const Change& other);
    Change& operator=(Change&& other) noexcept;
    ~Change();
};

/// What one decision changes: all of it or nothing, in order, with the events that tell of it.
struct Transaction {
    std::vector<Change> changes;
    std::vector<Event> events;  ///< sequences are the store's to assign
};

/// Where the events of a commit stand in the log: those of the first and of the last event. Both
/// are the log's newest event when the commit had none.
struct Committed {
    Sequence first = 0;
    Sequence last = 0;
};

// ---------------------------------------------------------------- queries

/// On whose behalf devices are looked for: what it may do `scope` with.
struct Viewer {
    Actor actor;
    Scope scope = Scope::kDevicesRead;
};

/// Devices in order of id.
struct DeviceQuery {
    TenantId tenant;
    std::string after;  ///< ids greater than this
    std::size_t limit = 100;
    std::string type;    ///< equal, when not empty
    Labels labels;       ///< all of them equal
    std::string search;  ///< contained in id or name without case (ASCII), when not empty
    std::optional<Viewer> viewer = {};  ///< none: the hub itself, which sees all
};
/// Whether the filters of `query` let `device` through; tenant and `after` are not looked at.
[[nodiscard]] bool matches(const DeviceQuery& query, const Device& device);

/// Commands of a device in order of id, in which they are handed out.
struct CommandQuery {
    DeviceRef device;
    std::vector<Command::Status> statuses;  ///< empty: any
    std::string after;
    std::size_t limit = 100;
};

/// Dashboards in order of id.
struct DashboardQuery {
    TenantId tenant;
    std::string after;
    std::size_t limit = 100;
    std::optional<Principal> reader = {};  ///< its own, and those that are shared; none: all
};

/// What a hub keeps in memory of a device that is in use.
struct DeviceFacts {
    Device device;
    std::vector<Series> series;  ///< in order of name
    std::optional<Presence> presence;
    bool open_commands = false;  ///< whether it has a command that has not ended
    bool has_config = false;     ///< whether its config was ever written
};

/// Devices, keys, twins, commands, series, users, dashboards, audit: small, transactional, compared
/// and set.
class Registry {
public:
    Registry() = default;
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;
    virtual ~Registry() = default;

    /// Returns after the commit is as durable as the store promises. The events reach the event
    /// log's listener after that, in the order of their sequences.
    virtual Task<Result<Committed>> commit(Transaction transaction) = 0;

    virtual Task<Result<std::optional<Device>>> device(DeviceRef ref) = 0;
    /// The same with what else is in memory of it: one question instead of three. After a restart
    /// all devices are asked for at once.
    virtual Task<Result<std::optional<DeviceFacts>>> device_facts(DeviceRef ref) = 0;
    virtual Task<Result<std::vector<Device>>> devices(DeviceQuery query) = 0;
    virtual Task<Result<std::uint64_t>> device_count(TenantId tenant) = 0;
    virtual Task<Result<Twin>> twin(DeviceRef ref) = 0;  ///< empty documents when there is none
    virtual Task<Result<std::vector<Series>>> series(DeviceRef ref) = 0;  ///< in order of name
    virtual Task<Result<std::optional<Command>>> command(DeviceRef ref, CommandId id) = 0;
    virtual Task<Result<std::vector<Command>>> commands(CommandQuery query) = 0;
    virtual Task<Result<std::optional<Presence>>> presence(DeviceRef ref) = 0;
    /// Devices that have a command that has not ended: looked for when the hub starts.
    virtual Task<Result<std::vector<DeviceRef>>> devices_with_open_commands() = 0;
    /// Devices that have a series that can go stale: looked for when the hub starts.
    virtual Task<Result<std::vector<DeviceRef>>> devices_with_stale_after() = 0;
    virtual Task<Result<std::vector<Credential>>> credentials() = 0;  ///< all tenants'
    virtual Task<Result<std::optional<User>>> user(TenantId tenant, UserId name) = 0;
    /// All tenants', in order of tenant and name or id; users without their passwords.
    virtual Task<Result<Policy>> policy() = 0;
    virtual Task<Result<std::optional<Dashboard>>> dashboard(TenantId tenant, DashboardId id) = 0;
    /// Without their tiles.
    virtual Task<Result<std::vector<Dashboard>>> dashboards(DashboardQuery query) = 0;
    virtual Task<Result<DashboardCounts>> dashboard_counts(Principal owner) = 0;
    virtual Task<Result<std::optional<RememberedReply>>> reply(TenantId tenant,
                                                               std::string principal,
                                                               std::string key) = 0;
    virtual Task<Result<std::vector<AuditLine>>> audit(AuditQuery query) = 0;
};

/// Records that are wanted in memory, asked for when the hub starts.
struct LiveRecords {
    std::vector<AccessToken> tokens;
    std::vector<UsedAssertion> assertions;
    std::vector<DeniedToken> denied;
};

/// What is kept of OAuth; Registry::commit changes it. Records that are past their time may be
/// there or not.
class OAuthRecords {
public:
    OAuthRecords() = default;
    OAuthRecords(const OAuthRecords&) = delete;
    OAuthRecords& operator=(const OAuthRecords&) = delete;
    virtual ~OAuthRecords() = default;

    virtual Task<Result<LiveRecords>> live() = 0;
    virtual Task<Result<std::optional<AuthorizationCode>>> code(KeyId id) = 0;
    virtual Task<Result<std::optional<RefreshFamily>>> family(KeyId id) = 0;
    /// Those that speak for somebody and were not revoked, the oldest first.
    virtual Task<Result<std::vector<RefreshFamily>>> families(Principal of) = 0;
    virtual Task<Result<std::optional<DeviceGrant>>> device_grant(KeyId id) = 0;
    /// The newest pending one of this user code, by its digest.
    virtual Task<Result<std::optional<DeviceGrant>>> pending_grant(std::string user_code) = 0;
    /// In order of id.
    virtual Task<Result<std::vector<ClaimCode>>> claim_codes(TenantId tenant) = 0;
    virtual Task<Result<std::optional<ClaimCode>>> claim_code(std::string digest) = 0;
};

struct DeviceReadings {
    DeviceRef device;
    std::vector<Reading> readings;
};

struct Written {
    Committed events;
    std::size_t stored = 0;    ///< identities that were new
    std::size_t replaced = 0;  ///< identities that got another value
    std::size_t repeated = 0;  ///< identity and value were there already
};

struct RangeQuery {
    DeviceRef device;
    std::string series;
    TimeRange range;
    std::size_t limit = 1'000;
    bool newest_first = false;
    /// Values of about so many bytes of memory are enough, whatever the limit; the one that exceeds
    /// it is the last. Readings only.
    std::size_t weight = std::numeric_limits<std::size_t>::max();
    /// When to give up: kUnprocessable then, limit "telemetry.query_time". Looked at now and then.
    std::optional<Monotonic> deadline = {};
};

/// Why a question is given up that takes longer than it may.
[[nodiscard]] std::unexpected<Error> query_too_long();
/// Numbers of one bucket that are kept for its quantiles, 32 MiB; more is kUnprocessable too.
inline constexpr std::size_t kQuantileNumbersMax = std::size_t{4} << 20U;
[[nodiscard]] std::unexpected<Error> bucket_too_large();

/// Readings. Their identity is (device, series, time); the last write wins.
class TelemetryStore {
public:
    TelemetryStore() = default;
    TelemetryStore(const TelemetryStore&) = delete;
    TelemetryStore& operator=(const TelemetryStore&) = delete;
    virtual ~TelemetryStore() = default;

    /// Stores readings in the order given and returns when they are as durable as the store
    /// promises. Every reading becomes an event, an exact repeat of a stored one does not.
    virtual Task<Result<Written>> write(std::vector<DeviceReadings> batch) = 0;

    /// Readings of one series in order of time.
    virtual Task<Result<std::vector<Reading>>> read(RangeQuery query) = 0;
    /// Buckets in order of time, `limit` of them at most; `newest_first` is not looked at.
    virtual Task<Result<std::vector<Bucket>>> aggregate(RangeQuery query, Buckets how) = 0;
    /// Readings in order of time, those that a chart needs: see Thinner. `limit`, `weight` and
    /// `newest_first` are not looked at.
    virtual Task<Result<std::vector<Reading>>> thin(RangeQuery query, Buckets how) = 0;
    /// The newest reading of each series by event time, in order of series name.
    virtual Task<Result<std::vector<Reading>>> latest(DeviceRef device) = 0;
    /// Deletes a range of one series, or of all when `series` is empty; gives the count.
    virtual Task<Result<std::uint64_t>> erase(DeviceRef device,
                                              std::string series,
                                              TimeRange range) = 0;
};

/// Called with events that have just been committed, in order of sequence and without a hole
/// between calls that were not failures of a commit.
using EventListener = std::function<void(const std::vector<Event>&)>;

/// Where a log goes on reading: its own business, and good as long as the log is open.
struct LogHint {
    std::uint64_t segment = 0;
    std::uint64_t offset = 0;
    Sequence sequence = 0;
};
/// Which events of the log are asked for.
struct Stretch {
    Sequence after = 0;
    Sequence until = 0;         ///< not above that of head()
    std::size_t limit = 1'000;  ///< events at most; fewer where they are large
    LogHint hint = {};          ///< of the stretch before, which spares a search
};
/// What the log has of them.
struct Past {
    Sequence gone = 0;  ///< what came up to here is not kept any more, or damaged; 0: nothing
    std::vector<Event> events;  ///< after that, in order of sequence
    Sequence through = 0;       ///< up to here all has been told; when it is not `until`, ask again
    LogHint hint = {};
};

/// The one order of all events, which cursors point into.
class EventLog {
public:
    EventLog() = default;
    EventLog(const EventLog&) = delete;
    EventLog& operator=(const EventLog&) = delete;
    virtual ~EventLog() = default;

    /// The log's identity and its newest committed event.
    [[nodiscard]] virtual Cursor head() const = 0;
    /// The one listener of this loop, from the event after head() on; none if it is empty. While
    /// nobody listens events cost little.
    virtual void listen(EventListener listener) = 0;
    /// Events that were committed before, as long as the log keeps them.
    virtual Task<Result<Past>> read(Stretch wanted) = 0;
};

/// All of them, attached to one loop.
struct Stores {
    Registry* registry = nullptr;
    TelemetryStore* telemetry = nullptr;
    EventLog* log = nullptr;
    OAuthRecords* oauth = nullptr;
};

/// Stores that are attached to a loop as long as this object lives. Made, used and destroyed on
/// that loop, and before the store itself.
class AttachedStores {
public:
    AttachedStores() = default;
    AttachedStores(const AttachedStores&) = delete;
    AttachedStores& operator=(const AttachedStores&) = delete;
    virtual ~AttachedStores() = default;

    [[nodiscard]] virtual Stores ports() = 0;
};

/// An engine that keeps everything, shared by loops.
class StoreEngine {
public:
    StoreEngine() = default;
    StoreEngine(const StoreEngine&) = delete;
    StoreEngine& operator=(const StoreEngine&) = delete;
    virtual ~StoreEngine() = default;

    /// Any thread. `loop` outlives the engine.
    [[nodiscard]] virtual std::unique_ptr<AttachedStores> attach(Executor& loop) = 0;
    /// Whether it takes what is written to it. Any thread.
    [[nodiscard]] virtual StoreState state() const { return StoreState::kWriting; }
    /// What it tells of itself; state() among it. Any thread, and cheap: no reading of tables.
    [[nodiscard]] virtual StoreFigures figures() const = 0;
    /// Of the figures the messages alone: a counter.
    [[nodiscard]] virtual std::uint64_t messages() const = 0;
};

}  // namespace tandem
