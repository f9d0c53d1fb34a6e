// telemetry.query: the histories of several devices.
#include "api/bind.h"
#include "api/history.h"
#include "api/paging.h"
#include "base/checked.h"
#include "contract/telemetry.h"
#include "contract/telemetry_file.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tandem::api {
namespace {

using contract::History;
using contract::TelemetryQuery;

// A page ends with the device that makes it so heavy, or that ends so late: the next has its turn.
constexpr std::size_t kManyWeight = 2 * kPageWeight;
constexpr std::size_t kDevicesAtOnce = 100;

/// The devices that are asked for, in order of id.
class Devices {
public:
    Devices(const Actor& actor, const TelemetryQuery& asked, std::string after)
        : query_{.tenant = actor.tenant,
                 .after = std::move(after),
                 .limit = kDevicesAtOnce,
                 .type = asked.type.value_or(""),
                 .labels = asked.labels,
                 .search = {},
                 .viewer = Viewer{.actor = actor, .scope = Scope::kTelemetryRead}},
          named_{asked.devices} {
        std::ranges::sort(named_);
        const auto twice = std::ranges::unique(named_);
        named_.erase(twice.begin(), twice.end());
        at_ = static_cast<std::size_t>(std::ranges::upper_bound(named_, query_.after) -
                                       named_.begin());
    }

    /// The next one; nothing: there are no more. Fails with kNotFound where one that is named does
    /// not exist.
    Task<Result<std::optional<DeviceFacts>>> next(World world) {
        if (!named_.empty()) co_return co_await next_named(world);
        if (listed_at_ == listed_.size()) {
            auto more = co_await world.registry().devices(query_);
            if (!more) co_return pass(more);
            listed_ = std::move(*more);
            listed_at_ = 0;
        }
        while (listed_at_ < listed_.size()) {
            DeviceRef ref = listed_[listed_at_++].ref;
            query_.after = ref.id.text();
            auto facts = co_await world.registry().device_facts(std::move(ref));
            if (!facts || *facts) co_return facts;  // Else it has been deleted meanwhile.
        }
        co_return std::optional<DeviceFacts>{};
    }
    /// The id of the last one that was given.
    [[nodiscard]] const std::string& last() const { return query_.after; }
    /// Which series of it may be read.
    [[nodiscard]] SeriesChoice readable(const Device& device) const {
        return series_for(checked(query_.viewer).actor, Scope::kTelemetryRead, resource_of(device));
    }

private:
    Task<Result<std::optional<DeviceFacts>>> next_named(World world) {
        while (at_ < named_.size()) {
            query_.after = named_[at_++];
            auto facts = co_await world.registry().device_facts(
                {.tenant = query_.tenant, .id = DeviceId{query_.after}});
            if (!facts) co_return pass(facts);
            if (!*facts || !may_read(checked(*facts).device)) {
                co_return fail(ErrorCode::kNotFound, "there is no device " + query_.after);
            }
            if (matches(query_, checked(*facts).device)) co_return facts;
        }
        co_return std::optional<DeviceFacts>{};
    }

    // Whether it is one that the caller knows of.
    [[nodiscard]] bool may_read(const Device& device) const {
        const DeviceQuery any{.tenant = query_.tenant,
                              .after = {},
                              .type = {},
                              .labels = {},
                              .search = {},
                              .viewer = query_.viewer};
        return matches(any, device);
    }

    DeviceQuery query_;
    std::vector<std::string> named_;
    std::size_t at_ = 0;  // Of named_.
    std::vector<Device> listed_;
    std::size_t listed_at_ = 0;
};

// The plan of the next device; nothing: there are no more.
Task<Result<std::optional<Plan>>> next_plan(World world,
                                            std::shared_ptr<Devices> devices,
                                            std::shared_ptr<const Plan> like) {
    auto facts = co_await devices->next(world);
    if (!facts) co_return pass(facts);
    if (!*facts) co_return std::optional<Plan>{};
    const DeviceFacts& device = checked(*facts);
    Plan fresh = *like;
    fresh.readable = devices->readable(device.device);
    auto plan = co_await plan_device(world, std::move(fresh), device.device.ref,
                                     SeriesFacts{world, device.device.labels, device.series});
    if (!plan) co_return pass(plan);
    co_return std::optional{std::move(*plan)};
}

/// The histories as lines, made while they are sent.
class ManyLines final : public BodySource {
public:
    ManyLines(std::shared_ptr<Devices> devices,
              std::shared_ptr<const Plan> like,
              contract::Encoding encoding,
              std::optional<std::int64_t> limit,
              WaitingRoom::Place place)
        : place_{std::move(place)},
          devices_{std::move(devices)},
          like_{std::move(like)},
          limit_{limit},
          lines_{encoding, {}, {.many = true, .aggregate = like_->aggregate}} {}

    Task<Result<std::string>> next(World world) override {
        std::string out;
        if (!std::exchange(begun_, true)) lines_.begin(out);
        // Nothing to say yet is not the end.
        while (out.empty() && !over_) {
            if (!pages_ || pages_->over()) {
                if (auto good = co_await begin_device(world); !good) co_return pass(good);
                continue;
            }
            auto page = co_await pages_->next(world, &lines_);
            if (!page) co_return pass(page);
            out = std::move(*page);
        }
        co_return out;
    }

private:
    Task<Result<void>> begin_device(World world) {
        auto plan = co_await next_plan(world, devices_, like_);
        if (!plan) co_return pass(plan);
        over_ = !*plan;
        if (over_) co_return Result<void>{};
        Plan& next = checked(*plan);
        lines_.of_device(next.device.id.text(), next.series);
        pages_.emplace(std::move(next), limit_);
        co_return Result<void>{};
    }

    WaitingRoom::Place place_;
    std::shared_ptr<Devices> devices_;
    std::shared_ptr<const Plan> like_;
    std::optional<std::int64_t> limit_;
    contract::LineWriter lines_;
    std::optional<Pages> pages_;
    bool begun_ = false;
    bool over_ = false;
};

// As many devices as make one page.
Task<Result<contract::HistoriesView>> read_devices(World world,
                                                   std::shared_ptr<Devices> devices,
                                                   std::shared_ptr<const Plan> like) {
    contract::HistoriesView view;
    std::size_t weight = 0;
    const Monotonic begun = world.monotonic();
    while (true) {
        auto plan = co_await next_plan(world, devices, like);
        if (!plan) co_return pass(plan);
        if (!*plan) co_return view;
        checked(*plan).deadline = world.monotonic() + world.rules().query_time;
        auto history =
            co_await read_page(world, std::make_shared<const Plan>(std::move(checked(*plan))));
        if (!history) co_return pass(history);
        weight += weight_of(*history);
        view.devices.devices.push_back(std::move(*history));
        if (weight >= kManyWeight || world.monotonic() - begun >= world.rules().query_time / 4)
            break;
    }
    view.next = page_cursor('q', devices->last());
    co_return view;
}

Task<Result<Answer<contract::HistoriesView>>> query(World world,
                                                    Caller caller,
                                                    TelemetryQuery request) {
    auto plan = plan_of(world, request, false);
    if (!plan) co_return pass(plan);
    std::string after;
    if (request.cursor) {
        auto position = read_page_cursor('q', *request.cursor);
        if (!position) co_return pass(position);
        after = std::move(*position);
    }
    const auto like = std::make_shared<const Plan>(std::move(*plan));
    const auto devices = std::make_shared<Devices>(caller.actor, request, std::move(after));
    auto place = co_await world.reading().enter(auth::principal_key(caller.actor));
    if (!place) co_return pass(place);
    if (contract::is_file(caller.accept)) {
        Answer<contract::HistoriesView> answer = contract::HistoriesView{};
        answer.source = std::make_shared<ManyLines>(devices, like, caller.accept, request.limit,
                                                    std::move(*place));
        co_return answer;
    }
    auto view = co_await read_devices(world, devices, like);
    if (!view) co_return pass(view);
    std::size_t weight = 0;
    for (const History& each : view->devices.devices)
        weight += weight_of(each);
    Answer<contract::HistoriesView> answer = std::move(*view);
    answer.holds = std::move(*place);
    answer.is_long = weight >= kLongBytes;
    co_return answer;
}

constexpr std::array kHandlers{bind<contract::kTelemetryQuery, query>()};

}  // namespace

std::span<const Bound> telemetry_query_handlers() {
    return kHandlers;
}

}  // namespace tandem::api
