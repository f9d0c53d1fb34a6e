#include "simulation/hub_in_a_box.h"

#include "api/dispatch.h"
#include "base/check.h"
#include "memory/store.h"
#include "net/http_connection.h"
#include "node/administrator.h"
#include "store/embedded/store.h"

#include <stdexcept>

// A crash leaves coroutines that wait for a commit that will never be; of a real hub the process is
// gone with them. LeakSanitizer asks here what it is not to report.
// NOLINTBEGIN(*-reserved-identifier,*-identifier-naming,cert-*): the name is the sanitizer's
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
    return "leak:tandem::spawn\n";
}
// NOLINTEND(*-reserved-identifier,*-identifier-naming,cert-*)

namespace tandem::simulation {
namespace {

constexpr std::string_view kPepper = "a pepper of the virtual world only";

// Small, so that segments, flushes and checkpoints come as often as crashes.
store::EmbeddedSettings small_store(store::Disk& log, store::Turns& turns) {
    return {.telemetry = {.head_bytes = 12'000, .head_age = 5s, .devices_at_once = 2},
            .log = {.segment_bytes = 16 * 1'024, .spare_segments = 1},
            .log_bytes = 1U << 20U,
            .log_look_every = 2s,
            .disk = &log,
            .turns = &turns,
            .reserve_bytes = 0,
            .outbox_rows = 500};
}

}  // namespace

HubInABox::HubInABox(World& world, Network& network, BoxSettings settings)
    : world_{world}, network_{network}, settings_{std::move(settings)} {
    if (settings_.on_disk) {
        threads_ = std::make_unique<VirtualThreads>(world_);
        disk_ = std::make_unique<SimulatedDisk>(world_, *threads_);
    } else {
        store_ = std::make_unique<memory::MemoryStore>(world_.random(), [this] {
            return world_.between(settings_.commit_min, settings_.commit_max);
        });
    }
    limits_.queue_bytes = settings_.queue_bytes;
    door_settings_.limits.connection = limits_;
    open_store();
    Machine machine{world_};
    const auto attached = store_->attach(machine);
    auto made = finish(world_, node::make_administrator(attached->ports().registry, &world_,
                                                        &world_.random(), std::string{kPepper}));
    check(made.has_value());
    admin_ = std::move(*made);
    door_settings_.owner = node::owner_of_data();
    door_settings_.unready = [] { return std::string{}; };
    door_settings_.ended = [this](const std::string& credential) { told_.end(credential); };
}

HubInABox::~HubInABox() {
    if (running()) crash();
    store_.reset();
}

// What is in memory stays there.
void HubInABox::open_store() {
    if (store_ != nullptr) return;
    disk_->restart();
    auto opened = store::EmbeddedStore::open(disk_->path(), small_store(disk_->log(), *threads_),
                                             world_, world_.random());
    if (!opened) throw std::runtime_error{"the store does not open: " + opened.error().detail};
    store_ = std::move(*opened);
}

void HubInABox::start() {
    check(!running());
    open_store();
    hub_ =
        std::make_unique<api::Hub>(world_, world_.random(), settings_.rules, std::string{kPepper});
    hub_->durability = settings_.on_disk ? "durable" : "memory";
    hub_->store = store_.get();
    hub_->home = node::home_tenant();
    for (std::size_t at = 0; at < settings_.loops; ++at) {
        machines_.push_back(std::make_unique<Machine>(world_));
        parts_.push_back(std::make_unique<node::Part>(*hub_, *machines_.back(), *store_,
                                                      door_settings_, door_settings_));
        hub_->shards.push_back(&parts_.back()->shard);
        told_.add(*parts_.back());
    }
    told_.listen_to(*hub_);
    const auto started = finish(world_, api::start(api::World{parts_.front()->shard}));
    check(started.has_value());
    for (std::size_t at = 0; at < settings_.loops; ++at) {
        network_.listen(*machines_[at], [this, part = parts_[at].get()] {
            return net::serve_http(part->front, limits_, hub_->metrics, world_);
        });
    }
}

void HubInABox::crash(bool power) {
    for (const auto& machine : machines_)
        network_.crash(*machine);
    if (disk_ != nullptr) power ? disk_->lose_power() : disk_->lose_process();
    told_ = {};
    parts_.clear();
    hub_.reset();
    // Its threads find the disk gone and end; whom they answer is not listening.
    if (disk_ != nullptr) store_.reset();
    machines_.clear();
}

client::Access access_as(std::string key, contract::Encoding encoding) {
    return {.url = {.tls = false, .host = "127.0.0.1", .port = 8080},
            .key = std::move(key),
            .tls = nullptr,
            .encoding = encoding};
}

client::Connect connect_from(Network& network, Machine& machine) {
    return [&network, &machine](std::unique_ptr<net::Protocol> protocol) {
        return network.connect(machine, std::move(protocol));
    };
}

}  // namespace tandem::simulation
