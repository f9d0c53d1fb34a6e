#include "node/node.h"

#include "api/audit.h"
#include "api/device_state.h"
#include "api/dispatch.h"
#include "api/retention.h"
#include "api/streams.h"
#include "api/warnings.h"
#include "base/check.h"
#include "base/log.h"
#include "memory/store.h"
#include "net/http_connection.h"
#include "node/administrator.h"
#include "node/backup.h"
#include "node/memory.h"
#include "node/private_file.h"
#include "node/secrets.h"
#include "store/embedded/store.h"

#include <sys/resource.h>

#include <algorithm>

namespace tandem::node {
namespace {

constexpr Duration kDrainMost = 10s;
// Requests that are on their way get so long even when no socket is open.
constexpr Duration kDrainLeast = 300ms;
constexpr Duration kSentCheck = 10ms;
// Sockets have so long to finish what they have begun; then a thousand a second are closed, or more
// where that would take too long.
constexpr Duration kLeaveAfter = 200ms;
constexpr Duration kLeaveEach = 1ms;
constexpr Duration kLeaveMost = 5s;
constexpr Duration kCredentialCheck = 1s;
constexpr Duration kLoadCheck = 250ms;
constexpr Duration kTicketLife = 12h;
// Soon after the start, when it is busy with other things; then as often as old readings have a new
// edge at most.
constexpr Duration kFirstErasure = 1min;
constexpr Duration kErasureEvery = 1h;
// What may wait for the worker. Each loop asks for one thing at a time.
constexpr std::size_t kWorkMax = 256;
// A backup waits for one piece at a time; who comes second is refused on the same thread.
constexpr std::size_t kBackupWorkMax = 16;

std::size_t loop_count(const Settings& settings) {
    if (settings.loops > 0) return static_cast<std::size_t>(settings.loops);
    const unsigned cores = std::thread::hardware_concurrency();
    return cores <= 2 ? 1 : cores;
}

// Files and sockets are what the kernel gives; some are kept for the store and what it opens.
std::size_t connection_limit(std::size_t wanted) {
    constexpr std::size_t kept = 512;
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return wanted;
    files.rlim_cur = files.rlim_max;
    static_cast<void>(::setrlimit(RLIMIT_NOFILE, &files));
    static_cast<void>(::getrlimit(RLIMIT_NOFILE, &files));
    const auto open = static_cast<std::size_t>(files.rlim_cur);
    return std::min(wanted, open > 2 * kept ? open - kept : open / 2);
}

Task<void> run_start(api::World world, Result<void>* result, bool* done) {
    *result = co_await api::start(world);
    *done = true;
}

Result<net::Pem> read_pem(const std::string& file, Others others, Owner owner) {
    auto text = read_private(file, others, owner);
    if (!text) return pass(text);
    return net::Pem{.name = file, .text = std::move(*text)};
}

Result<std::shared_ptr<net::TlsContext>> load_tls(const Settings& settings) {
    auto certificate = read_pem(settings.tls_cert, Others::kAnything, Owner::kAnybody);
    if (!certificate) return pass(certificate);
    auto key = read_pem(settings.tls_key, Others::kGroupReads, Owner::kThisUserOrRoot);
    if (!key) return pass(key);
    std::optional<net::Pem> client_ca;
    if (!settings.tls_client_ca.empty()) {
        // Who may write it decides which devices are let in.
        auto read = read_pem(settings.tls_client_ca, Others::kRead, Owner::kThisUserOrRoot);
        if (!read) return pass(read);
        client_ca = std::move(*read);
    }
    auto made = net::TlsContext::server(*certificate, *key, client_ca);
    // Not a wrong setting: whoever renews a certificate writes its files anew.
    if (!made) return fail(ErrorCode::kStorageFailed, made.error().detail);
    return made;
}

Tuning tune(const Settings& settings) {
    Tuning tuning = tuning_of(settings);
    net::Limits& limits = tuning.door.connection;
    // The kernel spreads newcomers evenly among the listeners, one a loop.
    limits.connections =
        std::max<std::size_t>(1, connection_limit(limits.connections) / loop_count(settings));
    return tuning;
}

}  // namespace

Node::Node(Settings settings, const Clock& clock)
    : settings_{std::move(settings)},
      tuning_{tune(settings_)},
      clock_{clock},
      lags_(loop_count(settings_)) {}

Result<std::unique_ptr<Node>> Node::build(const Settings& settings,
                                          std::span<const door::ConsoleFile> console,
                                          const Clock& clock,
                                          Random& random) {
    if (auto good = validate(settings); !good) return pass(good);
    std::unique_ptr<Node> node{new Node{settings, clock}};
    auto pepper = load_pepper(settings.data, random);
    if (!pepper) return pass(pepper);
    node->pepper_ = *pepper;
    if (settings.store != "memory") {
        if (auto whole = check_data(settings.data, true); !whole) return pass(whole);
    }
    const auto sending =
        settings.backend == "epoll" ? net::Sending::kEach : net::Sending::kTogether;
    for (std::size_t at = 0; at < loop_count(settings); ++at) {
        node->loops_.push_back(std::make_unique<net::Loop>(clock, sending));
    }
    if (auto opened = node->open_store(random); !opened) return pass(opened);
    node->passwords_ = std::make_unique<auth::PasswordVerifier>();
    node->worker_ = std::make_unique<Worker>(kWorkMax);
    node->archivist_ = std::make_unique<Worker>(kBackupWorkMax);
    node->hub_ = std::make_unique<api::Hub>(clock, random, node->tuning_.rules, *pepper);
    node->hub_->home = home_tenant();
    node->hub_->store = node->store_.get();
    node->hub_->zone_named = [zones = &node->zones_](const std::string& name) {
        return zones->named(name);
    };
    node->hub_->passwords = node->passwords_.get();
    for (const auth::OutsideIssuer& each : settings.issuers) {
        if (auto safe = check_authorities(each.ca_file); !safe) return pass(safe);
    }
    node->issuer_client_ = std::make_unique<IssuerClient>(clock, settings.issuers);
    node->hub_->outside.fetch = node->issuer_client_->fetch();
    node->hub_->outside.redeem = node->issuer_client_->redeem();
    for (const auth::OutsideIssuer& each : settings.issuers) {
        node->hub_->outside.issuers.push_back(std::make_unique<api::OutsideState::Issuer>(
            api::OutsideState::Issuer{.settings = each, .cache = {}, .waiting = {}}));
    }
    node->hub_->worker = node->worker_.get();
    node->hub_->durability = settings.store == "memory"         ? "memory"
                             : settings.durability == "relaxed" ? "relaxed"
                                                                : "durable";
    node->make_parts(console);
    return node;
}

Result<void> Node::open_store(Random& random) {
    if (settings_.store == "memory") {
        store_ = std::make_unique<memory::MemoryStore>(random);
        return {};
    }
    store::EmbeddedSettings tuned{.sync_interval = settings_.sync_interval};
    tuned.telemetry.head_bytes = tuning_.kept.head_bytes;
    tuned.telemetry.head_age = tuning_.kept.head_age;
    tuned.log_bytes = tuning_.kept.log_bytes;
    tuned.log_age = tuning_.kept.log_age;
    if (settings_.durability == "relaxed") tuned.durability = store::Durability::kRelaxed;
    if (settings_.durability == "interval") tuned.durability = store::Durability::kInterval;
    auto opened = store::EmbeddedStore::open(settings_.data, tuned, clock_, random);
    if (!opened) return pass(opened);
    embedded_ = opened->get();
    store_ = std::move(*opened);
    return {};
}

void Node::make_parts(std::span<const door::ConsoleFile> console) {
    for (door::DoorSettings* each : {&door_settings_, &local_settings_}) {
        each->origins = settings_.origins;
        each->public_hosts = settings_.public_hosts;
        each->limits = tuning_.door;
        each->deflate = settings_.deflate;
        each->owner = owner_of_data();
        each->unready = [this] {
            return ready_.load() ? std::string{api::why_unready(store_->state())}
                                 : "the hub starts or stops";
        };
        each->ended = [this](const std::string& credential) { told_.end(credential); };
    }
    for (const auth::OutsideIssuer& each : settings_.issuers) {
        if (each.login) door_settings_.providers.push_back(each.login->name);
    }
    door_settings_.console = console;
    local_settings_.local = true;
    if (embedded_ != nullptr) {
        local_settings_.begin_backup = [this] { return begin_backup(*embedded_, settings_.data); };
        local_settings_.archivist = archivist_.get();
    }
    for (const auto& loop : loops_) {
        parts_.push_back(
            std::make_unique<Part>(*hub_, *loop, *store_, door_settings_, local_settings_));
        hub_->shards.push_back(&parts_.back()->shard);
        told_.add(*parts_.back());
    }
    anchors_ = std::make_unique<api::Anchors>(api::World{parts_.front()->shard});
    told_.listen_to(*hub_);
}

Node::~Node() {
    check(threads_.empty());
    // Connections go before what they speak to.
    listeners_.clear();
    local_listener_.reset();
}

std::unique_ptr<net::Protocol> Node::serve_on(door::Front& front) {
    return net::serve_http(front, limits(), hub_->metrics, clock_);
}

Result<void> Node::start() {
    bool done = false;
    Result<void> started;
    spawn(run_start(api::World{parts_.front()->shard}, &started, &done));
    while (!done)
        loop().turn(100ms);
    if (!started) return started;
    for (const auto& part : parts_)
        watch_credentials(*part);
    for (std::size_t at = 0; at < loops_.size(); ++at)
        watch_load(at);
    erase_old_in(kFirstErasure);
    auto opened =
        net::Listener::open_local(loop(), settings_.data / "admin.sock", limits(), hub_->metrics,
                                  [this] { return serve_on(parts_.front()->local_front); });
    if (!opened) return pass(opened);
    local_listener_ = std::move(*opened);
    ready_ = true;
    return {};
}

Result<net::Endpoint> Node::open_doors() {
    std::shared_ptr<net::TlsContext> tls;
    if (!settings_.tls_cert.empty()) {
        auto loaded = load_tls(settings_);
        if (!loaded) return pass(loaded);
        tls = *loaded;
        renew_tickets();
    }
    if (auto free = net::check_free(settings_.listen); !free) return pass(free);
    net::Endpoint endpoint = settings_.listen;
    for (std::size_t at = 0; at < loops_.size(); ++at) {
        Part& part = *parts_[at];
        auto opened = net::Listener::open(*loops_[at], endpoint, tls, limits(), hub_->metrics,
                                          [this, &part] { return serve_on(part.front); });
        if (!opened) return pass(opened);
        listeners_.push_back(std::move(*opened));
        endpoint = listeners_.back()->endpoint();  // Port 0 has become a real one.
    }
    hub_->addresses.push_back((tls == nullptr ? "http://" : "https://") + endpoint.text());
    const api::World world{parts_.front()->shard};
    spawn(anchors_->note_with(api::line_of_hub(world, "hub.start", "ok")));
    anchors_->note_hourly();
    // Known from the first turn on.
    loop().post([this] {
        log(LogLevel::kInfo, loop().sends_together() ? "what a turn sends leaves in one system call"
                                                     : "each socket sends by itself");
    });
    return endpoint;
}

void Node::use_tls(const std::shared_ptr<net::TlsContext>& tls) {
    for (std::size_t at = 0; at < listeners_.size(); ++at) {
        loops_[at]->post([this, at, tls] { listeners_[at]->set_tls(tls); });
    }
}

bool Node::reload(const Result<Settings>& fresh) {
    Settings next = settings_;
    std::vector<std::string> others;
    if (fresh) others = take_over(next, *fresh);
    std::optional<Error> wrong;
    if (!fresh) wrong = fresh.error();
    if (!wrong && !next.tls_cert.empty()) {
        auto loaded = load_tls(next);
        if (loaded) use_tls(*loaded);
        if (!loaded) wrong = std::move(loaded.error());
    }
    const api::World world{parts_.front()->shard};
    const std::string result{wrong ? row(wrong->code).name : "ok"};
    api::audit(world, api::line_of_hub(world, "hub.reload", result));
    if (wrong) {
        log(LogLevel::kError, "nothing was reloaded, all stays as it was",
            {{"why", wrong->detail}});
        return false;
    }
    settings_ = std::move(next);
    for (const std::string& key : others)
        log(LogLevel::kWarning, "a changed setting takes a restart", {{"setting", key}});
    log(LogLevel::kInfo, "reloaded", {{"certificate", settings_.tls_cert}});
    return true;
}

void Node::erase_old_in(Duration span) {
    loop().call_after(span, [this] { spawn(erase_old()); });
}

Task<void> Node::erase_old() {
    co_await api::erase_old(api::World{parts_.front()->shard});
    erase_old_in(kErasureEvery);
}

Task<void> Node::audit_stop() {
    const api::World world{parts_.front()->shard};
    AuditLine line = api::line_of_hub(world, "hub.stop", "ok");
    co_await anchors_->note_with(std::move(line));
    stop_noted_ = true;
}

// Whoever steals a ticket's key can read what was sent with it, so each lives half a day.
void Node::renew_tickets() {
    loop().call_after(kTicketLife, [this] {
        auto loaded = load_tls(settings_);
        if (loaded) use_tls(*loaded);
        if (!loaded) log(LogLevel::kError, "tickets_not_renewed", {{"why", loaded.error().detail}});
        renew_tickets();
    });
}

void Node::run() {
    for (std::size_t at = 1; at < loops_.size(); ++at) {
        threads_.emplace_back([loop = loops_[at].get()] { loop->run(); });
    }
    loop().run();
    for (std::size_t at = 1; at < loops_.size(); ++at)
        loops_[at]->stop();
    for (std::thread& thread : threads_)
        thread.join();
    threads_.clear();
}

void Node::stop() {
    if (stopping_) return;
    stopping_ = true;
    ready_ = false;
    door_settings_.draining = true;
    local_settings_.draining = true;
    hub_->draining = true;
    log(LogLevel::kInfo, "draining");
    const std::int64_t sockets = open_sockets();
    const door::Leaving how{.after = kLeaveAfter,
                            .spread = std::min(kLeaveMost, kLeaveEach * sockets)};
    for (std::size_t at = 0; at < loops_.size(); ++at) {
        loops_[at]->post([this, at, how] {
            if (at < listeners_.size()) listeners_[at]->stop_accepting();
            if (at == 0 && local_listener_) local_listener_->stop_accepting();
            parts_[at]->shard.devices->wake_all();
            parts_[at]->sockets.drain(how);
            parts_[at]->shard.streams->end_those([](const Actor&) { return true; });
        });
    }
    spawn(audit_stop());
    const Monotonic now = clock_.monotonic();
    finish_drain(now + kDrainMost, now + kDrainLeast);
}

void Node::finish_drain(Monotonic deadline, Monotonic earliest) {
    loop().call_after(50ms, [this, deadline, earliest] {
        const Monotonic now = clock_.monotonic();
        const bool idle = stop_noted_ && open_sockets() <= 0 && hub_->in_flight.count() == 0 &&
                          hub_->sending.load() == 0;
        if (now < deadline && (now < earliest || !idle)) return finish_drain(deadline, earliest);
        if (!idle) return loop().stop();
        close_connections(deadline);
    });
}

// All is answered, but not all of it has left, and the kernel delivers what it has unless its
// connection is reset.
void Node::close_connections(Monotonic deadline) {
    closing_ = loops_.size();
    for (std::size_t at = 0; at < loops_.size(); ++at) {
        loops_[at]->post([this, at, deadline] {
            if (at < listeners_.size()) listeners_[at]->close_connections();
            if (at == 0 && local_listener_) local_listener_->close_connections();
            end_when_sent(at, deadline);
        });
    }
}

// What was queued in this turn leaves at its end.
void Node::end_when_sent(std::size_t at, Monotonic deadline) {
    loops_[at]->call_after(kSentCheck, [this, at, deadline] {
        const bool unsent = (at < listeners_.size() && listeners_[at]->has_unsent()) ||
                            (at == 0 && local_listener_ && local_listener_->has_unsent());
        if (unsent && clock_.monotonic() < deadline) return end_when_sent(at, deadline);
        if (--closing_ == 0) loop().stop();
    });
}

std::int64_t Node::open_sockets() const {
    return hub_->metrics.gauge("tandem_connections", "door=\"ws\"").value();
}

// Each loop sees by its timer how late it is; the first one draws the conclusion.
void Node::watch_load(std::size_t loop) {
    loops_[loop]->post([this, loop] {
        const Monotonic due = clock_.monotonic() + kLoadCheck;
        loops_[loop]->call_after(kLoadCheck, [this, loop, due] {
            lags_[loop] = clock_.monotonic() - due;
            if (loop == 0) look_at_load();
            watch_load(loop);
        });
    });
}

void Node::look_at_load() {
    api::LoadSeen seen{.memory = own_memory(), .memory_max = tuning_.rules.memory_bytes};
    for (const auto& lag : lags_)
        seen.lag = std::max(seen.lag, lag.load());
    const Monotonic looked = clock_.monotonic();
    hub_->messages.look(store_->messages(), looked);
    const api::Pressure before = hub_->load.pressure();
    hub_->load.set(load_watch_.look(seen, clock_.monotonic()));
    const api::Pressure now = hub_->load.pressure();
    hub_->metrics.gauge("tandem_memory_bytes").set(static_cast<std::int64_t>(seen.memory));
    hub_->metrics.gauge("tandem_memory_max_bytes")
        .set(static_cast<std::int64_t>(tuning_.rules.memory_bytes));
    hub_->metrics.gauge("tandem_loop_lag_microseconds").set(seen.lag.count());
    hub_->metrics.gauge("tandem_pressure").set(static_cast<std::int64_t>(now));
    if (now == before) return;
    log(now > before ? LogLevel::kWarning : LogLevel::kInfo, "pressure",
        {{"step", std::to_string(static_cast<int>(now))},
         {"memory", std::to_string(seen.memory)},
         {"lag_us", std::to_string(seen.lag.count())}});
}

// A credential that has run out by itself tells nobody.
void Node::watch_credentials(Part& part) {
    part.shard.executor.post([this, &part] {
        part.shard.executor.call_after(kCredentialCheck, [this, &part] {
            const api::World world{part.shard};
            part.sockets.end_expired(world);
            part.shard.streams->end_those([&](const Actor& actor) {
                return !api::identify(world, {.bearer = {}, .cookie = {}, .actor = actor});
            });
            watch_credentials(part);
        });
    });
}

}  // namespace tandem::node
