// advice.*: one handler per operation.
#include "api/advice.h"

#include "api/bind.h"
#include "api/device_state.h"
#include "api/ledgers.h"
#include "api/paging.h"
#include "contract/advice.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace tandem::api {
namespace {

using contract::AdviceBrief;
using contract::AdviceView;
using contract::AdviceWindowView;
using contract::CostView;
using contract::Page;

// Devices that one request looks at: a page ends there, and says where to go on.
constexpr std::size_t kLookedAt = 1'000;
// After so many of them others have their turn.
constexpr std::size_t kAtOnce = 50;

std::int64_t whole(double number) {
    return std::llround(number);
}
// To the microsecond, or the millionth.
double short_of(double number) {
    return std::round(number * 1e6) / 1e6;
}
std::string text_of(advise::Door door) {
    return std::string{name_of(door)};
}

contract::BytesView view_of(const advise::Bytes& bytes) {
    contract::BytesView view{.payload = whole(bytes.payload),
                             .framing = whole(bytes.framing),
                             .tls = whole(bytes.tls),
                             .tcp_ip = whole(bytes.tcp)};
    view.total = view.payload + view.framing + view.tls + view.tcp_ip;
    return view;
}

contract::TrafficView view_of(advise::Door door,
                              const advise::Flow& flow,
                              const advise::Constants& constants) {
    return {.door = text_of(door),
            .messages_up = whole(flow.messages_up),
            .messages_down = whole(flow.messages_down),
            .bytes = view_of(flow.bytes()),
            .bytes_up = whole(flow.up()),
            .bytes_down = whole(flow.down()),
            .packets = whole(flow.packets),
            .connections = whole(flow.connections),
            .tls_handshakes = whole(flow.handshakes),
            .upgrades = whole(flow.upgrades),
            .connected = short_of(flow.connected),
            .hub_cpu = short_of(cpu_of(constants, door, flow))};
}

CostView view_of(const advise::Passage& passage, bool radio) {
    const advise::Cost& cost = passage.cost;
    CostView view{.door = text_of(passage.door),
                  .way = text_of(passage.plan),
                  .bytes = view_of(cost.bytes),
                  .messages = whole(cost.messages),
                  .packets = whole(cost.packets),
                  .handshakes = short_of(cost.connections),
                  .hub_cpu = short_of(cost.hub_cpu),
                  .radio_on = {}};
    if (radio) view.radio_on = short_of(cost.radio_on);
    return view;
}

contract::SavingView view_of(const advise::Verdict& verdict, bool radio) {
    const advise::Cost& saving = verdict.saving;
    contract::SavingView view{.bytes = whole(saving.bytes.total()),
                              .messages = whole(saving.messages),
                              .handshakes = short_of(saving.connections),
                              .hub_cpu = short_of(saving.hub_cpu),
                              .radio_on = {},
                              .share = short_of(verdict.share)};
    if (radio) view.radio_on = short_of(saving.radio_on);
    return view;
}

std::optional<advise::NetworkKind> kind_of(const Labels& labels) {
    const auto found = labels.find("network");
    if (found == labels.end()) return {};
    using enum advise::NetworkKind;
    for (const auto kind : {kEthernet, kWifi, kLteM, kNbIot}) {
        if (name_of(kind) == found->second) return kind;
    }
    return {};
}

advise::Circumstances circumstances_of(const SeenTraffic& seen, const Labels& labels) {
    const auto power = labels.find("power");
    const bool battery = power != labels.end() && power->second == name_of(advise::Power::kBattery);
    return {.door = seen.door,
            .tls = seen.tls,
            .round_trip = seen.round_trip,
            .kind = kind_of(labels),
            .power = battery ? advise::Power::kBattery : advise::Power::kMains,
            .was_worth = seen.was_worth};
}

// Wired devices have no radio, and of most nothing is known.
bool has_radio(const Labels& labels) {
    const auto kind = kind_of(labels);
    return kind && *kind != advise::NetworkKind::kEthernet;
}

AdviceWindowView view_of(const SeenTraffic& seen,
                         const advise::Observed& observed,
                         const Labels& labels) {
    AdviceWindowView view{
        .seconds = short_of(observed.seconds), .doors = {}, .here = {}, .other = {}};
    for (std::size_t at = 0; at < advise::kDoors; ++at) {
        const advise::Flow& flow = observed.doors.at(at);
        if (flow.messages_up + flow.messages_down + flow.up() + flow.down() <= 0) continue;
        view.doors.push_back(
            view_of(advise::Door{static_cast<std::uint8_t>(at)}, flow, *seen.constants));
    }
    if (view.doors.empty()) return view;
    const auto both = compare(*seen.constants, observed, circumstances_of(seen, labels));
    view.here = view_of(both.here, has_radio(labels));
    view.other = view_of(both.other, has_radio(labels));
    return view;
}

void fill(AdviceBrief& view, const World& world, const SeenTraffic& seen, const Labels& labels) {
    const Instant now = world.now();
    const Monotonic here = world.monotonic();
    view.since = now - (here - seen.since);
    view.last = now - (here - seen.last);
    const advise::Verdict verdict = judge(seen, labels);
    view.door = text_of(verdict.door);
    view.way = text_of(verdict.plan);
    view.advised_door = text_of(verdict.advised);
    view.advised_way = text_of(verdict.advised_plan);
    view.worth_changing = verdict.worth();
    view.reason = name_of(verdict.reason);
    view.says = verdict.says;
    if (verdict.reason != advise::Reason::kYoung) {
        view.saving = view_of(verdict, has_radio(labels));
    }
    view.sure = short_of(verdict.sure);
}

AdviceView silent(const std::string& device) {
    AdviceView view;
    view.device = device;
    view.reason = name_of(advise::Reason::kYoung);
    view.says = "It has not spoken since the hub was started.";
    return view;
}

// On the device's loop.
Task<Result<Answer<AdviceView>>> get(World world, Caller caller, contract::AdviceGet request) {
    const DeviceRef ref{.tenant = caller.actor.tenant, .id = DeviceId{request.device}};
    auto state = co_await world.devices().load(world, ref);
    if (!state) co_return pass(state);
    const auto seen = co_await look(world, ref);
    AdviceView view = silent(request.device);
    if (!seen) co_return view;
    const Labels& labels = (*state)->device.labels;
    fill(view, world, *seen, labels);
    view.hour = view_of(*seen, seen->hour, labels);
    view.day = view_of(*seen, seen->day, labels);
    co_return view;
}

bool wanted(const contract::AdviceList& request, const AdviceBrief& view) {
    if (request.worth_changing && view.worth_changing != *request.worth_changing) return false;
    if (request.door && view.door != request.door) return false;
    return !request.saving || (view.saving && view.saving->bytes >= *request.saving);
}

Task<Result<Answer<Page<AdviceBrief>>>> list(World world,
                                             Caller caller,
                                             contract::AdviceList request) {
    const auto most = static_cast<std::size_t>(request.limit);
    DeviceQuery query{.tenant = caller.actor.tenant,
                      .after = {},
                      .limit = kLookedAt,
                      .type = {},
                      .labels = {},
                      .search = {},
                      .viewer = Viewer{.actor = caller.actor, .scope = Scope::kDevicesRead}};
    if (request.cursor) {
        auto after = read_page_cursor('v', *request.cursor);
        if (!after) co_return pass(after);
        query.after = *after;
    }
    auto devices = co_await world.registry().devices(query);
    if (!devices) co_return pass(devices);
    Page<AdviceBrief> page;
    std::size_t looked_at = 0;
    for (const Device& device : *devices) {
        if (page.items.size() == most) break;
        if (++looked_at % kAtOnce == 0) co_await hop(world.executor());
        const auto seen = co_await look(world, device.ref);
        if (!seen) continue;
        AdviceBrief view;
        view.device = device.ref.id.text();
        fill(view, world, *seen, device.labels);
        if (wanted(request, view)) page.items.push_back(std::move(view));
    }
    const bool more = looked_at < devices->size() || devices->size() == kLookedAt;
    if (more) page.next = page_cursor('v', devices->at(looked_at - 1).ref.id.text());
    co_return page;
}

void add(std::optional<SeenTraffic>& seen, const World& world, const DeviceLedger& found) {
    const advise::Ledger& ledger = found.ledger;
    const Monotonic now = world.monotonic();
    if (!seen) {
        seen = SeenTraffic{
            .since = ledger.since(), .last = ledger.since(), .constants = &world.hub().constants};
    }
    SeenTraffic& all = *seen;
    all.was_worth = all.was_worth || found.hint != nullptr;
    all.hour += ledger.hour(now);
    all.day += ledger.day(now);
    all.since = std::min(all.since, ledger.since());
    if (ledger.last() < all.last) return;
    all.last = ledger.last();
    all.door = ledger.last_door();
    all.tls = found.tls;
    if (found.round_trip > Duration{0}) all.round_trip = found.round_trip;
}

constexpr std::array kHandlers{bind<contract::kAdviceGet, get>(),
                               bind<contract::kAdviceList, list>()};

}  // namespace

Task<std::optional<SeenTraffic>> look(World world, DeviceRef device) {
    std::optional<SeenTraffic> seen;
    for (Shard* shard : world.hub().shards) {
        const bool elsewhere = shard != &world.shard();
        if (elsewhere) co_await hop(shard->executor);
        if (const auto found = shard->ledgers->read(device)) add(seen, world, *found);
        if (elsewhere) co_await hop(world.executor());
    }
    co_return seen;
}

advise::Verdict judge(const SeenTraffic& seen, const Labels& labels) {
    return judge(*seen.constants, seen.hour, seen.day, circumstances_of(seen, labels));
}

Value told(const advise::Verdict& verdict) {
    return Value::Object{{"door", text_of(verdict.door)},
                         {"advised_door", text_of(verdict.advised)},
                         {"worth_changing", verdict.worth()},
                         {"reason", name_of(verdict.reason)},
                         {"says", verdict.says},
                         {"saving_bytes_a_day", whole(verdict.saving.bytes.total())}};
}

std::span<const Bound> advice_handlers() {
    return kHandlers;
}

}  // namespace tandem::api
