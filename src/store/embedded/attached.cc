#include "store/embedded/attached.h"

#include "store/embedded/audit_rows.h"
#include "store/embedded/dashboard_rows.h"
#include "store/embedded/oauth_rows.h"
#include "store/embedded/registry_reader.h"
#include "store/embedded/registry_writer.h"
#include "store/embedded/sqlite_chunks.h"
#include "store/embedded/weight.h"

#include <algorithm>
#include <utility>

namespace tandem::store {
namespace {

struct Job {
    WriteJob::Kind kind;
    std::size_t weight;
    bool vital = false;
};

// Runs `apply` in the next commit. A coroutine: what it takes by value lives in it.
template <typename T>
Task<Result<T>> write_in(Parts parts,
                         Job job,
                         typename WriteJobFor<T>::Apply apply,
                         typename WriteJobFor<T>::Stamp stamp) {
    const Completion<Result<T>> done;
    parts.writer.submit(std::make_unique<WriteJobFor<T>>(
        job.kind, job.weight, job.vital, std::move(apply), stamp, Reply<T>{parts.loop, done}));
    co_return co_await done;
}

// Asks `ask` of `file`, on a reader's thread.
template <typename T>
Task<Result<T>> read_from(Parts parts, File file, typename ReadJobFor<T>::Ask ask) {
    const Completion<Result<T>> done;
    parts.readers.submit(
        std::make_unique<ReadJobFor<T>>(file, std::move(ask), Reply<T>{parts.loop, done}));
    co_return co_await done;
}

template <typename T>
using Question = std::move_only_function<Result<T>(const TelemetryEngine&, ChunkReader&)>;

// Asks the telemetry `question`, on a reader's thread.
template <typename T>
Task<Result<T>> ask_telemetry(Parts parts, Question<T> question) {
    return read_from<T>(
        parts, File::kTelemetry,
        [question = std::move(question), &engine = parts.telemetry](Connection& telemetry) mutable {
            SqliteChunkReader chunks{telemetry};
            return question(engine, chunks);
        });
}

// What protects goes on when the disk is full: the end of a key, a token, a user, an app or a
// grant, and the telling of it.
bool is_vital(const Transaction& transaction) {
    const auto& changes = transaction.changes;
    const auto is_audit = [](const Change& each) {
        return std::holds_alternative<AppendAudit>(each);
    };
    const auto ends_access = [](const Change& each) {
        return std::holds_alternative<DeleteCredential>(each) ||
               std::holds_alternative<DeleteUser>(each) ||
               std::holds_alternative<DeleteApp>(each) ||
               std::holds_alternative<DeleteGrant>(each) ||
               std::holds_alternative<DeleteAccessToken>(each) ||
               std::holds_alternative<EndFamily>(each) ||
               std::holds_alternative<EndDelegated>(each) ||
               std::holds_alternative<PutRecord<DeniedToken>>(each) ||
               std::holds_alternative<DeleteClaimCode>(each);
    };
    return std::ranges::any_of(changes, ends_access) || std::ranges::all_of(changes, is_audit);
}

Result<Committed> apply_transaction(Connection& registry,
                                    Transaction& transaction,
                                    bool vital,
                                    std::vector<Event>& events) {
    // What is vital may be applied once more.
    if (vital) {
        events = transaction.events;
    } else {
        events = std::move(transaction.events);
    }
    for (const Change& change : transaction.changes) {
        if (auto done = apply(registry, change, events); !done) return pass(done);
    }
    return Committed{};
}

class AttachedRegistry final : public Registry {
public:
    explicit AttachedRegistry(const Parts& parts) : parts_{parts} {}

    Task<Result<Committed>> commit(Transaction transaction) override {
        const std::size_t weight = weight_of(transaction);
        const bool vital = is_vital(transaction);
        return write_in<Committed>(
            parts_, Job{.kind = WriteJob::Kind::kRegistry, .weight = weight, .vital = vital},
            [transaction = std::move(transaction), vital](Places places,
                                                          std::vector<Event>& events) mutable {
                return apply_transaction(places.registry, transaction, vital, events);
            },
            [](Committed& answer, const Committed& at) { answer = at; });
    }

    Task<Result<std::optional<Device>>> device(DeviceRef ref) override {
        return ask<std::optional<Device>>(
            [ref = std::move(ref)](Connection& registry) { return find_device(registry, ref); });
    }
    Task<Result<std::optional<DeviceFacts>>> device_facts(DeviceRef ref) override {
        return ask<std::optional<DeviceFacts>>([ref = std::move(ref)](Connection& registry) {
            return find_device_facts(registry, ref);
        });
    }
    Task<Result<std::vector<Device>>> devices(DeviceQuery query) override {
        return ask<std::vector<Device>>([query = std::move(query)](Connection& registry) {
            return list_devices(registry, query);
        });
    }
    Task<Result<std::uint64_t>> device_count(TenantId tenant) override {
        return ask<std::uint64_t>([tenant = std::move(tenant)](Connection& registry) {
            return count_devices(registry, tenant);
        });
    }
    Task<Result<Twin>> twin(DeviceRef ref) override {
        return ask<Twin>(
            [ref = std::move(ref)](Connection& registry) { return find_twin(registry, ref); });
    }
    Task<Result<std::vector<Series>>> series(DeviceRef ref) override {
        return ask<std::vector<Series>>(
            [ref = std::move(ref)](Connection& registry) { return list_series(registry, ref); });
    }
    Task<Result<std::optional<Command>>> command(DeviceRef ref, CommandId id) override {
        return ask<std::optional<Command>>(
            [ref = std::move(ref), id = std::move(id)](Connection& registry) {
                return find_command(registry, ref, id);
            });
    }
    Task<Result<std::vector<Command>>> commands(CommandQuery query) override {
        return ask<std::vector<Command>>([query = std::move(query)](Connection& registry) {
            return list_commands(registry, query);
        });
    }
    Task<Result<std::optional<Presence>>> presence(DeviceRef ref) override {
        return ask<std::optional<Presence>>(
            [ref = std::move(ref)](Connection& registry) { return find_presence(registry, ref); });
    }
    Task<Result<std::vector<DeviceRef>>> devices_with_open_commands() override {
        return ask<std::vector<DeviceRef>>(list_devices_with_open_commands);
    }
    Task<Result<std::vector<DeviceRef>>> devices_with_stale_after() override {
        return ask<std::vector<DeviceRef>>(list_devices_with_stale_after);
    }
    Task<Result<std::vector<Credential>>> credentials() override {
        return ask<std::vector<Credential>>(list_credentials);
    }
    Task<Result<std::optional<User>>> user(TenantId tenant, UserId name) override {
        return ask<std::optional<User>>(
            [tenant = std::move(tenant), name = std::move(name)](Connection& registry) {
                return find_user(registry, tenant, name);
            });
    }
    Task<Result<Policy>> policy() override { return ask<Policy>(read_policy); }
    Task<Result<std::optional<Dashboard>>> dashboard(TenantId tenant, DashboardId id) override {
        return ask<std::optional<Dashboard>>(
            [tenant = std::move(tenant), id = std::move(id)](Connection& registry) {
                return find_dashboard(registry, tenant, id);
            });
    }
    Task<Result<std::vector<Dashboard>>> dashboards(DashboardQuery query) override {
        return ask<std::vector<Dashboard>>([query = std::move(query)](Connection& registry) {
            return list_dashboards(registry, query);
        });
    }
    Task<Result<DashboardCounts>> dashboard_counts(Principal owner) override {
        return ask<DashboardCounts>([owner = std::move(owner)](Connection& registry) {
            return count_dashboards(registry, owner);
        });
    }
    Task<Result<std::optional<RememberedReply>>> reply(TenantId tenant,
                                                       std::string principal,
                                                       std::string key) override {
        return ask<std::optional<RememberedReply>>(
            [tenant = std::move(tenant), principal = std::move(principal), key = std::move(key)](
                Connection& registry) { return find_reply(registry, tenant, principal, key); });
    }
    Task<Result<std::vector<AuditLine>>> audit(AuditQuery query) override {
        return ask<std::vector<AuditLine>>([query = std::move(query)](Connection& registry) {
            return list_audit(registry, query);
        });
    }

private:
    template <typename T>
    Task<Result<T>> ask(typename ReadJobFor<T>::Ask question) {
        return read_from<T>(parts_, File::kRegistry, std::move(question));
    }

    Parts parts_;
};

class AttachedOAuth final : public OAuthRecords {
public:
    explicit AttachedOAuth(const Parts& parts) : parts_{parts} {}

    Task<Result<LiveRecords>> live() override { return ask<LiveRecords>(list_live_records); }
    Task<Result<std::optional<AuthorizationCode>>> code(KeyId id) override {
        return ask<std::optional<AuthorizationCode>>(
            [id = std::move(id)](Connection& registry) { return find_code(registry, id); });
    }
    Task<Result<std::optional<RefreshFamily>>> family(KeyId id) override {
        return ask<std::optional<RefreshFamily>>(
            [id = std::move(id)](Connection& registry) { return find_family(registry, id); });
    }
    Task<Result<std::vector<RefreshFamily>>> families(Principal of) override {
        return ask<std::vector<RefreshFamily>>(
            [of = std::move(of)](Connection& registry) { return list_families(registry, of); });
    }
    Task<Result<std::optional<DeviceGrant>>> device_grant(KeyId id) override {
        return ask<std::optional<DeviceGrant>>(
            [id = std::move(id)](Connection& registry) { return find_device_grant(registry, id); });
    }
    Task<Result<std::optional<DeviceGrant>>> pending_grant(std::string user_code) override {
        return ask<std::optional<DeviceGrant>>(
            [user_code = std::move(user_code)](Connection& registry) {
                return find_pending_grant(registry, user_code);
            });
    }
    Task<Result<std::vector<ClaimCode>>> claim_codes(TenantId tenant) override {
        return ask<std::vector<ClaimCode>>([tenant = std::move(tenant)](Connection& registry) {
            return list_claim_codes(registry, tenant);
        });
    }
    Task<Result<std::optional<ClaimCode>>> claim_code(std::string digest) override {
        return ask<std::optional<ClaimCode>>([digest = std::move(digest)](Connection& registry) {
            return find_claim_code(registry, digest);
        });
    }

private:
    template <typename T>
    Task<Result<T>> ask(typename ReadJobFor<T>::Ask question) {
        return read_from<T>(parts_, File::kRegistry, std::move(question));
    }

    Parts parts_;
};

// Readings on their way to the log. Mostly nobody listens: events are made of them only then.
class ReadingsJob final : public WriteJob {
public:
    ReadingsJob(std::vector<DeviceReadings> batch, Reply<Written> reply)
        : WriteJob{Kind::kReadings, weight_of(batch), false},
          batch_{std::move(batch)},
          reply_{std::move(reply)} {}

    Result<void> apply(Places places, std::vector<Event>& /*events*/) override {
        auto written = places.telemetry.write(batch_, news_);
        if (!written) return pass(written);
        written_ = *written;
        return {};
    }
    void answer(Result<Committed> outcome) override {
        if (!outcome) return reply_.send(pass(outcome));
        written_.events = *outcome;
        reply_.send(written_);
    }
    void tell(Sequence first, std::vector<Event>& events) override {
        store::tell(batch_, news_, first, events);
    }

private:
    std::vector<DeviceReadings> batch_;
    Reply<Written> reply_;
    std::vector<News> news_;
    Written written_;
};

class AttachedTelemetry final : public TelemetryStore {
public:
    explicit AttachedTelemetry(const Parts& parts) : parts_{parts} {}

    Task<Result<Written>> write(std::vector<DeviceReadings> batch) override {
        const Completion<Result<Written>> done;
        parts_.writer.submit(
            std::make_unique<ReadingsJob>(std::move(batch), Reply<Written>{parts_.loop, done}));
        co_return co_await done;
    }
    Task<Result<std::uint64_t>> erase(DeviceRef device,
                                      std::string series,
                                      TimeRange range) override {
        return write_in<std::uint64_t>(
            parts_, Job{.kind = WriteJob::Kind::kErasure, .weight = sizeof(RangeQuery)},
            [device = std::move(device), series = std::move(series), range](
                Places places, std::vector<Event>& /*events*/) {
                return places.telemetry.erase(device, series, range);
            },
            [](std::uint64_t& /*answer*/, const Committed& /*at*/) {});
    }

    Task<Result<std::vector<Reading>>> read(RangeQuery query) override {
        return ask<std::vector<Reading>>(
            [query = std::move(query)](const TelemetryEngine& engine, ChunkReader& chunks) {
                return engine.read(chunks, query);
            });
    }
    Task<Result<std::vector<Bucket>>> aggregate(RangeQuery query, Buckets how) override {
        return ask<std::vector<Bucket>>([query = std::move(query), how = std::move(how)](
                                            const TelemetryEngine& engine, ChunkReader& chunks) {
            return engine.aggregate(chunks, query, how);
        });
    }
    Task<Result<std::vector<Reading>>> thin(RangeQuery query, Buckets how) override {
        return ask<std::vector<Reading>>([query = std::move(query), how = std::move(how)](
                                             const TelemetryEngine& engine, ChunkReader& chunks) {
            return engine.thin(chunks, query, how);
        });
    }
    Task<Result<std::vector<Reading>>> latest(DeviceRef device) override {
        return ask<std::vector<Reading>>(
            [device = std::move(device)](const TelemetryEngine& engine, ChunkReader& chunks) {
                return engine.latest(chunks, device);
            });
    }

private:
    template <typename T>
    Task<Result<T>> ask(Question<T> question) {
        return ask_telemetry<T>(parts_, std::move(question));
    }

    Parts parts_;
};

class AttachedLog final : public EventLog {
public:
    explicit AttachedLog(const Parts& parts)
        : parts_{parts},
          subscriber_{std::make_shared<Subscriber>(parts.loop, EventListener{}, Sequence{0})} {}
    ~AttachedLog() override {
        parts_.publisher.unsubscribe(subscriber_);
        // Events that are posted already find nobody.
        subscriber_->listener = {};
    }

    [[nodiscard]] Cursor head() const override { return parts_.publisher.head(); }
    void listen(EventListener listener) override {
        const bool listens = listener != nullptr;
        subscriber_->listener = std::move(listener);
        if (std::exchange(listens_, listens) == listens) return;
        if (listens) {
            parts_.publisher.subscribe(subscriber_);
        } else {
            parts_.publisher.unsubscribe(subscriber_);
        }
    }

    Task<Result<Past>> read(Stretch wanted) override {
        return ask_telemetry<Past>(parts_,
                                   [wanted](const TelemetryEngine& engine, ChunkReader& chunks) {
                                       return engine.past(chunks, wanted);
                                   });
    }

private:
    Parts parts_;
    std::shared_ptr<Subscriber> subscriber_;
    bool listens_ = false;
};

class Attached final : public AttachedStores {
public:
    explicit Attached(const Parts& parts)
        : registry_{parts}, telemetry_{parts}, oauth_{parts}, log_{parts} {}

    [[nodiscard]] Stores ports() override {
        return {.registry = &registry_, .telemetry = &telemetry_, .log = &log_, .oauth = &oauth_};
    }

private:
    AttachedRegistry registry_;
    AttachedTelemetry telemetry_;
    AttachedOAuth oauth_;
    AttachedLog log_;
};

}  // namespace

std::unique_ptr<AttachedStores> attach_ports(const Parts& parts) {
    return std::make_unique<Attached>(parts);
}

}  // namespace tandem::store
