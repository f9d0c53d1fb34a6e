#include "api/history.h"

#include "api/paging.h"
#include "api/zone.h"
#include "base/checked.h"
#include "contract/telemetry_file.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

namespace tandem::api {
namespace {

using contract::History;

constexpr std::int64_t kRowsByDefault = 1'000;
// A page of a stream holds about so many values, whatever the number of series.
constexpr std::size_t kLineValues = 20'000;
constexpr std::size_t kLineRowsMin = 50;
constexpr std::size_t kLineWeight = 1'024 * 1'024;

Task<Result<std::vector<std::string>>> series_of(World world, DeviceRef ref) {
    auto latest = co_await world.telemetry().latest(ref);
    if (!latest) co_return pass(latest);
    std::vector<std::string> names;
    for (const Reading& reading : *latest)
        names.push_back(reading.series);
    co_return names;
}

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

// The next page begins behind `edge`.
void go_behind(Plan& plan, Instant edge) {
    if (plan.newest_first) {
        plan.range.to = edge;
    } else {
        // Buckets go on with the next bucket, readings with the next microsecond.
        plan.range.from = plan.buckets ? plan.buckets->span_of(edge).to : edge + Duration{1};
    }
}

std::string cursor_behind(Instant edge) {
    return page_cursor('h', std::to_string(edge.time_since_epoch().count()));
}

// All of the span, thinned where it has more readings than `points`.
Task<Result<std::vector<Reading>>> read_thinned(World world, RangeQuery query, std::size_t points) {
    query.limit = points + 1;
    auto readings = co_await world.telemetry().read(query);
    if (!readings) co_return pass(readings);
    if (readings->size() <= points && weight_of(*readings) <= query.weight) co_return readings;
    RangeQuery last = query;
    last.limit = 1;
    last.newest_first = true;
    auto newest = co_await world.telemetry().read(last);
    if (!newest) co_return pass(newest);
    if (newest->empty()) co_return readings;  // Deleted meanwhile.
    // Two readings a span, the first and the last; and one span more than the time has, since they
    // begin where they like.
    const auto spans = static_cast<std::int64_t>(std::max<std::size_t>(1, (points - 2) / 2 - 1));
    const Duration step =
        std::max((newest->front().time - readings->front().time) / spans, Duration{0}) +
        Duration{1};
    co_return co_await world.telemetry().thin(std::move(query), step);
}

Task<Result<History::Rows>> read_rows(World world,
                                      RangeQuery query,
                                      std::shared_ptr<const Plan> plan) {
    History::Rows rows{.series = query.series, .unit = {}, .readings = {}, .buckets = {}};
    if (plan->buckets) {
        auto buckets =
            co_await world.telemetry().aggregate(std::move(query), checked(plan->buckets));
        if (!buckets) co_return pass(buckets);
        rows.buckets = std::move(*buckets);
        co_return rows;
    }
    auto reading = plan->points ? read_thinned(world, std::move(query), checked(plan->points))
                                : world.telemetry().read(std::move(query));
    auto readings = co_await std::move(reading);
    if (!readings) co_return pass(readings);
    rows.readings = std::move(*readings);
    co_return rows;
}

// What was asked for must go together.
Result<void> check_together(const contract::HistoryFields& asked, bool newest_first) {
    if (newest_first && (asked.step || asked.points)) {
        return fail_field("#query/order", "buckets and points come in order of time: asc");
    }
    if (asked.points && asked.step) {
        return fail_field("#query/points", "either step or points is expected");
    }
    if (asked.points && (asked.limit || asked.cursor)) {
        return fail_field("#query/points", "points come as one page: no limit, no cursor");
    }
    if (asked.zone && !asked.step) {
        return fail_field("#query/tz", "a zone goes with step");
    }
    if (!asked.aggregate.empty() && !asked.step) {
        return fail_field("#query/aggregate", "statistics are of buckets: step is expected");
    }
    return {};
}

Result<Buckets> make_buckets(const World& world,
                             const contract::HistoryFields& asked,
                             const std::vector<std::string>& aggregate) {
    Buckets buckets{checked(asked.step)};
    if (asked.zone) {
        auto zone = zone_named(world, *asked.zone);
        if (!zone) return pass(zone);
        auto local = buckets_in(std::move(*zone), checked(asked.step));
        if (!local) return local;
        buckets = std::move(*local);
    }
    for (const std::string& name : aggregate) {
        if (const auto q = contract::quantile_named(name)) buckets.quantiles.push_back(*q);
    }
    return buckets;
}

class DeviceLines final : public BodySource {
public:
    DeviceLines(Plan plan,
                contract::Encoding encoding,
                std::optional<std::int64_t> limit,
                WaitingRoom::Place place)
        : place_{std::move(place)},
          lines_{encoding, plan.series, {.aggregate = plan.aggregate}},
          pages_{std::move(plan), limit} {}

    Task<Result<std::string>> next(World world) override {
        std::string out;
        if (!std::exchange(begun_, true)) lines_.begin(out);
        // Nothing to say yet is not the end.
        while (out.empty() && !pages_.over()) {
            auto page = co_await pages_.next(world, &lines_);
            if (!page) co_return pass(page);
            out = std::move(*page);
        }
        co_return out;
    }

private:
    WaitingRoom::Place place_;
    contract::LineWriter lines_;
    Pages pages_;
    bool begun_ = false;
};

}  // namespace

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

Result<Plan> plan_of(const World& world, const contract::HistoryFields& asked, bool newest_first) {
    if (auto good = check_together(asked, newest_first); !good) return pass(good);
    Plan plan;
    plan.range = {.from = asked.from.value_or(Instant::min()),
                  .to = asked.to.value_or(Instant::max())};
    plan.limit = static_cast<std::size_t>(asked.limit.value_or(kRowsByDefault));
    plan.newest_first = newest_first;
    plan.series = asked.series;
    if (asked.points) plan.points = static_cast<std::size_t>(*asked.points);
    if (asked.step) {
        plan.aggregate = asked.aggregate;
        if (plan.aggregate.empty()) plan.aggregate = {"min", "max", "avg"};
        auto buckets = make_buckets(world, asked, plan.aggregate);
        if (!buckets) return pass(buckets);
        plan.buckets = std::move(*buckets);
    }
    return plan;
}

SeriesFacts::SeriesFacts(const World& world, const DeviceState& state)
    : others_{facts_of(world, state.device.labels, nullptr)} {
    for (const auto& [name, series] : state.series)
        declared_.emplace(name, facts_of(world, state.device.labels, &series));
}

SeriesFacts::SeriesFacts(const World& world,
                         const Labels& labels,
                         const std::vector<Series>& declared)
    : others_{facts_of(world, labels, nullptr)} {
    for (const Series& series : declared)
        declared_.emplace(series.name, facts_of(world, labels, &series));
}

SeriesFacts::Facts SeriesFacts::facts_of(const World& world,
                                         const Labels& labels,
                                         const Series* series) {
    return {.unit = series == nullptr ? std::string{} : series->unit,
            .kept_from = tandem::kept_from(retention_of(world.rules().retention, labels, series),
                                           world.now())};
}

const SeriesFacts::Facts& SeriesFacts::of(std::string_view series) const {
    const auto found = declared_.find(series);
    return found == declared_.end() ? others_ : found->second;
}

Task<Result<Plan>> plan_device(World world, Plan plan, DeviceRef device, SeriesFacts facts) {
    plan.device = device;
    if (plan.series.empty()) {
        auto names = co_await series_of(world, std::move(device));
        if (!names) co_return pass(names);
        plan.series = std::move(*names);
        std::erase_if(plan.series,
                      [&](const std::string& name) { return !plan.readable.has(name); });
    }
    for (const std::string& name : plan.series) {
        if (!plan.readable.has(name)) co_return refused_series(name);
        plan.units.push_back(facts.of(name).unit);
        plan.kept_from.push_back(facts.of(name).kept_from);
    }
    co_return plan;
}

Task<Result<History>> read_page(World world, std::shared_ptr<const Plan> plan) {
    History history;
    history.device = plan->device.id.text();
    history.buckets = plan->buckets.has_value();
    history.aggregate = plan->aggregate;
    for (std::size_t at = 0; at < plan->series.size(); ++at) {
        const TimeRange range{.from = std::max(plan->range.from, plan->kept_from[at]),
                              .to = plan->range.to};
        auto rows = co_await read_rows(world,
                                       {.device = plan->device,
                                        .series = plan->series[at],
                                        .range = range,
                                        .limit = plan->limit + 1,
                                        .newest_first = plan->newest_first,
                                        .weight = plan->weight_of_each(),
                                        .deadline = plan->deadline},
                                       plan);
        if (!rows) co_return pass(rows);
        rows->unit = plan->units[at];
        history.series.push_back(std::move(*rows));
    }
    if (plan->points) co_return history;
    if (const auto edge = cut(history, *plan)) history.next = cursor_behind(*edge);
    co_return history;
}

std::size_t weight_of(const History& history) {
    std::size_t weight = 0;
    for (const History::Rows& rows : history.series) {
        weight += rows.buckets.size() * sizeof(Bucket) + weight_of(rows.readings);
    }
    return weight;
}

Pages::Pages(Plan plan, std::optional<std::int64_t> left)
    : plan_{std::make_shared<Plan>(std::move(plan))},
      left_{left ? static_cast<std::size_t>(*left) : std::numeric_limits<std::size_t>::max()} {
    plan_->limit =
        std::max(kLineRowsMin, kLineValues / std::max<std::size_t>(1, plan_->series.size()));
    plan_->weight = kLineWeight;
}

Task<Result<std::string>> Pages::next(World world, const contract::LineWriter* lines) {
    plan_->limit = std::min(plan_->limit, left_);
    plan_->deadline = world.monotonic() + world.rules().query_time;
    auto page = co_await read_page(world, plan_);
    if (!page) co_return pass(page);
    std::vector<std::vector<Reading>> readings;
    std::vector<std::vector<Bucket>> buckets;
    std::size_t most = 0;
    for (History::Rows& rows : page->series) {
        most = std::max({most, rows.readings.size(), rows.buckets.size()});
        readings.push_back(std::move(rows.readings));
        buckets.push_back(std::move(rows.buckets));
    }
    std::string out;
    if (page->buckets) {
        lines->append(buckets, out);
    } else {
        lines->append(readings, plan_->newest_first, out);
    }
    left_ -= std::min(left_, most);
    over_ = !page->next || left_ == 0;
    if (page->next) {
        if (auto good = continue_from(checked(page->next), *plan_); !good) co_return pass(good);
    }
    co_return out;
}

std::shared_ptr<BodySource> lines_of(Plan plan,
                                     contract::Encoding encoding,
                                     std::optional<std::int64_t> limit,
                                     WaitingRoom::Place place) {
    return std::make_shared<DeviceLines>(std::move(plan), encoding, limit, std::move(place));
}

}  // namespace tandem::api
