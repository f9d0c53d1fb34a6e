// What is read of telemetry, and series.*: one handler per operation. telemetry_write.cc writes.
#include "contract/telemetry.h"

#include "api/bind.h"
#include "api/device_state.h"
#include "api/paging.h"
#include "base/checked.h"
#include "contract/telemetry_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace tandem::api {
namespace {

constexpr std::int64_t kRowsByDefault = 1'000;
// A page is in memory as a whole, as values and as the answer.
constexpr std::size_t kPageWeight = 4 * 1'024 * 1'024;

using contract::History;
using contract::Page;
using contract::SeriesView;

// ---------------------------------------------------------------- reading

Task<Result<std::vector<std::string>>> series_of(World world,
                                                 DeviceRef ref,
                                                 std::vector<std::string> asked) {
    if (!asked.empty()) co_return asked;
    auto latest = co_await world.telemetry().latest(ref);
    if (!latest) co_return pass(latest);
    std::vector<std::string> names;
    for (const Reading& reading : *latest)
        names.push_back(reading.series);
    co_return names;
}

// What of a device's history is asked for: the same for each of its pages.
struct Plan {
    DeviceRef device;
    std::vector<std::string> series;
    std::vector<std::string> units;  ///< of each series; empty: not known
    TimeRange range;
    std::optional<Duration> step;
    std::vector<std::string> aggregate;
    std::size_t limit = 0;   ///< rows of a series in one page
    std::size_t weight = 0;  ///< of all values in one page, about; see weight_of()
    bool newest_first = false;

    [[nodiscard]] std::size_t weight_of_each() const {
        return weight / std::max<std::size_t>(1, series.size());
    }
};

// The time of the last row that a page takes, when there may be more than it takes.
std::optional<Instant> last_of_page(const History::Rows& rows, bool buckets, std::size_t limit) {
    const std::size_t count = buckets ? rows.buckets.size() : rows.readings.size();
    if (count <= limit) return std::nullopt;
    return buckets ? rows.buckets[limit - 1].start : rows.readings[limit - 1].time;
}

std::size_t weight_of(const std::vector<Reading>& readings) {
    std::size_t weight = 0;
    for (const Reading& each : readings)
        weight += tandem::weight_of(each.value);
    return weight;
}

// The same where the values weigh as much as they may.
std::optional<Instant> last_in_weight(const History::Rows& rows, std::size_t weight_max) {
    if (weight_of(rows.readings) <= weight_max) return std::nullopt;
    return rows.readings.back().time;
}

// A page of several series ends where the first of them that has more ends, so that one point in
// time says where the next page begins.
std::optional<Instant> cut(History& history, const Plan& plan) {
    std::optional<Instant> edge;
    const auto take = [&](std::optional<Instant> last) {
        if (!last) return;
        edge = !edge ? *last : plan.newest_first ? std::max(*edge, *last) : std::min(*edge, *last);
    };
    for (const History::Rows& rows : history.series) {
        take(last_of_page(rows, history.buckets, plan.limit));
        take(last_in_weight(rows, plan.weight_of_each()));
    }
    if (!edge) return edge;
    const auto beyond = [&](Instant time) {
        return plan.newest_first ? time < *edge : time > *edge;
    };
    for (History::Rows& rows : history.series) {
        std::erase_if(rows.readings, [&](const Reading& each) { return beyond(each.time); });
        std::erase_if(rows.buckets, [&](const Bucket& each) { return beyond(each.start); });
    }
    return edge;
}

std::size_t weight_of(const History& history) {
    std::size_t weight = 0;
    for (const History::Rows& rows : history.series) {
        weight += rows.buckets.size() * sizeof(Bucket) + weight_of(rows.readings);
    }
    return weight;
}

// The next page begins behind `edge`.
void go_behind(Plan& plan, Instant edge) {
    if (plan.newest_first) {
        plan.range.to = edge;
    } else {
        // Buckets go on with the next bucket, readings with the next microsecond.
        plan.range.from = edge + std::max(plan.step.value_or(Duration{0}), Duration{1});
    }
}

Result<void> continue_from(const std::string& cursor, Plan& plan) {
    auto position = read_page_cursor('h', cursor);
    if (!position) return pass(position);
    std::int64_t at = 0;
    const char* end = position->data() + position->size();
    const auto [read, error] = std::from_chars(position->data(), end, at);
    constexpr std::int64_t far = 400'000'000'000'000'000;  // 12,000 years
    if (error != std::errc{} || read != end || at < -far || at > far) {
        return fail_field("#query/cursor", "a cursor that this hub gave is expected");
    }
    go_behind(plan, Instant{Duration{at}});
    return {};
}

Task<Result<History::Rows>> read_rows(World world,
                                      RangeQuery query,
                                      std::optional<Duration> step,
                                      std::string unit) {
    History::Rows rows{
        .series = query.series, .unit = std::move(unit), .readings = {}, .buckets = {}};
    if (step) {
        auto buckets = co_await world.telemetry().aggregate(query, *step);
        if (!buckets) co_return pass(buckets);
        rows.buckets = std::move(*buckets);
    } else {
        auto readings = co_await world.telemetry().read(query);
        if (!readings) co_return pass(readings);
        rows.readings = std::move(*readings);
    }
    co_return rows;
}

std::string unit_of(const DeviceState& state, const std::string& series) {
    const auto declared = state.series.find(series);
    return declared == state.series.end() ? std::string{} : declared->second.unit;
}

struct PageOfHistory {
    History history;
    std::optional<Instant> edge;  ///< where it ends, if there is more
};

Task<Result<PageOfHistory>> read_page(World world, std::shared_ptr<const Plan> plan) {
    PageOfHistory page;
    History& history = page.history;
    history.device = plan->device.id.text();
    history.buckets = plan->step.has_value();
    history.aggregate = plan->aggregate;
    for (std::size_t at = 0; at < plan->series.size(); ++at) {
        auto rows = co_await read_rows(world,
                                       {.device = plan->device,
                                        .series = plan->series[at],
                                        .range = plan->range,
                                        .limit = plan->limit + 1,
                                        .newest_first = plan->newest_first,
                                        .weight = plan->weight_of_each()},
                                       plan->step, plan->units[at]);
        if (!rows) co_return pass(rows);
        history.series.push_back(std::move(*rows));
    }
    page.edge = cut(history, *plan);
    co_return page;
}

// A history as lines, made while they are sent: no more than a page of it is in memory.
class HistoryLines final : public BodySource {
public:
    /// `left`: so many rows of a series at most.
    HistoryLines(Plan plan, contract::Encoding encoding, std::size_t left, WaitingRoom::Place place)
        : place_{std::move(place)},
          plan_{std::make_shared<Plan>(std::move(plan))},
          lines_{encoding, plan_->series,
                 plan_->step ? plan_->aggregate : std::vector<std::string>{}},
          left_{left} {}

    Task<Result<std::string>> next(World world) override {
        if (over_) co_return std::string{};
        plan_->limit = std::min(plan_->limit, left_);
        auto page = co_await read_page(world, plan_);
        if (!page) co_return pass(page);
        std::string out;
        if (!std::exchange(begun_, true)) lines_.begin(out);
        left_ -= append(page->history, out);
        over_ = !page->edge || left_ == 0;
        if (page->edge) go_behind(*plan_, checked(page->edge));
        // Nothing to say yet is not the end.
        if (out.empty() && !over_) co_return co_await next(world);
        co_return out;
    }

private:
    // Gives how many rows the longest series had.
    std::size_t append(History& history, std::string& out) const {
        std::vector<std::vector<Reading>> readings;
        std::vector<std::vector<Bucket>> buckets;
        std::size_t most = 0;
        for (History::Rows& rows : history.series) {
            most = std::max({most, rows.readings.size(), rows.buckets.size()});
            readings.push_back(std::move(rows.readings));
            buckets.push_back(std::move(rows.buckets));
        }
        if (history.buckets) {
            lines_.append(buckets, out);
        } else {
            lines_.append(readings, plan_->newest_first, out);
        }
        return most;
    }

    WaitingRoom::Place place_;
    std::shared_ptr<Plan> plan_;
    contract::LineWriter lines_;
    std::size_t left_;
    bool begun_ = false;
    bool over_ = false;
};

// A page of a stream holds about so many values, whatever the number of series.
constexpr std::size_t kLineValues = 20'000;
constexpr std::size_t kLineRowsMin = 50;
constexpr std::size_t kLineWeight = 1'024 * 1'024;

Result<Plan> make_plan(const DeviceState& state, const contract::TelemetryRead& request) {
    Plan plan{.device = {},
              .series = {},
              .units = {},
              .range = {.from = request.from.value_or(Instant::min()),
                        .to = request.to.value_or(Instant::max())},
              .step = request.step,
              .aggregate = request.aggregate,
              .limit = static_cast<std::size_t>(request.limit.value_or(kRowsByDefault)),
              .weight = kPageWeight,
              .newest_first = request.order == "desc"};
    plan.device = state.device.ref;
    if (plan.newest_first && request.step) {
        return fail_field("#query/order", "buckets come in order of time: asc");
    }
    if (plan.aggregate.empty()) plan.aggregate = {"min", "max", "avg"};
    if (request.cursor) {
        if (auto good = continue_from(*request.cursor, plan); !good) return pass(good);
    }
    return plan;
}

Task<Result<Answer<contract::HistoryView>>> read(World world,
                                                 Caller caller,
                                                 contract::TelemetryRead request) {
    const DeviceRef ref{.tenant = caller.actor.tenant, .id = DeviceId{request.device}};
    auto state = co_await world.devices().load(world, ref);
    if (!state) co_return pass(state);
    auto plan = make_plan(**state, request);
    if (!plan) co_return pass(plan);
    auto names = co_await series_of(world, ref, request.series);
    if (!names) co_return pass(names);
    plan->series = std::move(*names);
    for (const std::string& name : plan->series)
        plan->units.push_back(unit_of(**state, name));
    // A page may be many megabytes, until whoever asked has read it.
    auto place = co_await world.reading().enter(auth::principal_key(caller.actor));
    if (!place) co_return pass(place);
    if (contract::is_file(caller.accept)) {
        const std::size_t left =
            request.limit ? plan->limit : std::numeric_limits<std::size_t>::max();
        plan->limit =
            std::max(kLineRowsMin, kLineValues / std::max<std::size_t>(1, plan->series.size()));
        plan->weight = kLineWeight;
        Answer<contract::HistoryView> answer = contract::HistoryView{};
        answer.source =
            std::make_shared<HistoryLines>(std::move(*plan), caller.accept, left, *place);
        co_return answer;
    }
    auto page = co_await read_page(world, std::make_shared<const Plan>(std::move(*plan)));
    if (!page) co_return pass(page);
    contract::HistoryView view{.history = std::move(page->history)};
    view.history.single = request.series.size() == 1;
    if (page->edge) {
        view.history.next =
            page_cursor('h', std::to_string(checked(page->edge).time_since_epoch().count()));
    }
    const bool is_long = weight_of(view.history) >= kLongBytes;
    Answer<contract::HistoryView> answer = std::move(view);
    answer.holds = std::move(*place);
    answer.is_long = is_long;
    co_return answer;
}

Task<Result<Answer<contract::LatestView>>> latest(World world,
                                                  Caller caller,
                                                  contract::DeviceGet request) {
    const DeviceRef ref{.tenant = caller.actor.tenant, .id = DeviceId{request.device}};
    auto state = co_await world.devices().load(world, ref);
    if (!state) co_return pass(state);
    auto readings = co_await world.telemetry().latest(ref);
    if (!readings) co_return pass(readings);
    contract::LatestView view;
    view.device = request.device;
    for (Reading& reading : *readings) {
        contract::Latest::Row row{.reading = std::move(reading), .unit = {}};
        row.unit = unit_of(**state, row.reading.series);
        const auto declared = (*state)->series.find(row.reading.series);
        if (declared != (*state)->series.end()) {
            const Series& series = declared->second;
            const Duration age = world.now() - row.reading.time;
            row.late = series.interval && age > *series.interval;
            row.stale = series.stale_after && age > *series.stale_after;
        }
        view.series.rows.push_back(std::move(row));
    }
    co_return view;
}

Task<Result<Answer<contract::TelemetryDeleted>>> erase(World world,
                                                       Caller caller,
                                                       contract::TelemetryDelete request) {
    const DeviceRef ref{.tenant = caller.actor.tenant, .id = DeviceId{request.device}};
    auto state = co_await world.devices().load(world, ref);
    if (!state) co_return pass(state);
    auto erased = co_await world.telemetry().erase(
        ref, request.series.value_or(""),
        {.from = checked(request.from), .to = checked(request.to)});
    if (!erased) co_return pass(erased);
    co_return contract::TelemetryDeleted{.deleted = static_cast<std::int64_t>(*erased)};
}

// ---------------------------------------------------------------- series

SeriesView view_of(const Series& series) {
    SeriesView view;
    view.name = series.name;
    view.type = name_of(series.type);
    view.unit = series.unit;
    view.interval = series.interval;
    view.stale_after = series.stale_after;
    view.retention = series.retention;
    return view;
}

Series::Type type_named(std::string_view name) {
    for (const auto type : {Series::Type::kNumber, Series::Type::kInteger, Series::Type::kBoolean,
                            Series::Type::kString, Series::Type::kJson}) {
        if (name_of(type) == name) return type;
    }
    return Series::Type::kAny;
}

Task<Result<Answer<Page<SeriesView>>>> list_series(World world,
                                                   Caller caller,
                                                   contract::SeriesList request) {
    auto state = co_await world.devices().load(
        world, {.tenant = caller.actor.tenant, .id = DeviceId{request.device}});
    if (!state) co_return pass(state);
    Page<SeriesView> page;
    for (const auto& [name, series] : (*state)->series)
        page.items.push_back(view_of(series));
    co_return page;
}

Task<Result<Answer<SeriesView>>> get_series(World world,
                                            Caller caller,
                                            contract::SeriesGet request) {
    auto state = co_await world.devices().load(
        world, {.tenant = caller.actor.tenant, .id = DeviceId{request.device}});
    if (!state) co_return pass(state);
    const auto found = (*state)->series.find(request.series);
    if (found == (*state)->series.end()) {
        co_return fail(ErrorCode::kNotFound, "the series is not declared");
    }
    co_return view_of(found->second);
}

Task<Result<Answer<SeriesView>>> put_series(World world,
                                            Caller caller,
                                            contract::SeriesPut request) {
    const DeviceRef ref{.tenant = caller.actor.tenant, .id = DeviceId{request.device}};
    auto state = co_await world.devices().load(world, ref);
    if (!state) co_return pass(state);
    const auto turn = co_await (*state)->turn.enter();
    if ((*state)->deleted) co_return fail(ErrorCode::kNotFound, "there is no such device");
    const Series series{.name = request.series,
                        .type = type_named(request.type),
                        .unit = request.unit,
                        .interval = request.interval,
                        .stale_after = request.stale_after,
                        .retention = request.retention};
    Transaction transaction;
    transaction.changes.push_back(PutSeries{.device = ref, .series = series});
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    (*state)->series.insert_or_assign(series.name, series);
    co_return view_of(series);
}

constexpr std::array kHandlers{
    bind<contract::kTelemetryRead, read>(),    bind<contract::kTelemetryLatest, latest>(),
    bind<contract::kTelemetryDelete, erase>(), bind<contract::kSeriesList, list_series>(),
    bind<contract::kSeriesGet, get_series>(),  bind<contract::kSeriesPut, put_series>(),
};

}  // namespace

std::span<const Bound> telemetry_handlers() {
    return kHandlers;
}

}  // namespace tandem::api
