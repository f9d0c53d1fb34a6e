// telemetry.* and series.*: one handler per operation.
#include "contract/telemetry.h"

#include "api/bind.h"
#include "api/device_state.h"
#include "api/paging.h"
#include "base/checked.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace tandem::api {
namespace {

using contract::History;
using contract::Page;
using contract::SeriesView;
using contract::TelemetryWritten;

constexpr std::size_t kRefusedMax = 100;  // Told of one by one; the rest is counted in `accepted`.

// What a body comes to: readings to store, and what is refused.
struct Sorted {
    std::vector<Reading> readings;
    std::vector<contract::Refused> refused;
    std::size_t refused_count = 0;
};

std::string item_pointer(const contract::TelemetryBody& body, std::size_t index) {
    const std::string at = body.list ? "/" + std::to_string(index) : "";
    return body.items[index].time ? at + "/v" : at;
}

void sort_item(const World& world,
               const DeviceState& state,
               const contract::TelemetryBody& body,
               std::size_t index,
               Sorted& out) {
    const Instant now = world.now();
    const auto& item = body.items[index];
    for (const auto& [name, value] : item.values) {
        const auto declared = state.series.find(name);
        Reading reading{.series = name, .time = item.time.value_or(now), .value = value};
        auto error = refuse(reading, declared == state.series.end() ? nullptr : &declared->second,
                            now, world.rules().telemetry);
        if (!error) {
            out.readings.push_back(std::move(reading));
            continue;
        }
        if (out.refused_count++ >= kRefusedMax) continue;
        for (FieldError& field : error->fields)
            field.pointer.insert(0, item_pointer(body, index));
        out.refused.push_back({.index = static_cast<std::int64_t>(index), .error = *error});
    }
}

Sorted sort(const World& world, const DeviceState& state, const contract::TelemetryBody& body) {
    Sorted out;
    for (std::size_t at = 0; at < body.items.size(); ++at)
        sort_item(world, state, body, at, out);
    return out;
}

// Nothing could be taken: the request as a whole is what was wrong.
Error all_refused(const Sorted& sorted) {
    Error error = sorted.refused.front().error;
    error.fields.clear();
    for (const contract::Refused& each : sorted.refused) {
        for (const FieldError& field : each.error.fields)
            error.fields.push_back(field);
    }
    return error;
}

int status_of(const World& world, const contract::TelemetryWrite& request, bool refused) {
    if (refused) return 207;
    if (request.prefer.minimal) return 204;
    return world.hub().durability == "relaxed" ? 202 : 200;
}

Task<Result<Answer<TelemetryWritten>>> write(World world,
                                             Caller caller,
                                             contract::TelemetryWrite request) {
    const DeviceRef ref{.tenant = caller.actor.tenant, .id = DeviceId{request.device}};
    auto state = co_await world.devices().load(world, ref);
    if (!state) co_return pass(state);
    if ((*state)->deleted) co_return fail(ErrorCode::kNotFound, "there is no such device");
    Sorted sorted = sort(world, **state, request.body);
    // What is refused has been looked at too, and a request without readings is still a request.
    const auto count = static_cast<double>(
        std::max<std::size_t>(1, sorted.readings.size() + sorted.refused_count));
    auto left =
        world.hub().budgets.spend(caller.actor, auth::Budget::kReadings, count, world.monotonic());
    if (!left) co_return pass(left);
    if (sorted.readings.empty() && sorted.refused_count > 0) {
        co_return std::unexpected(all_refused(sorted));
    }
    TelemetryWritten body{.accepted = static_cast<std::int64_t>(sorted.readings.size()),
                          .cursor = {},
                          .durability = world.hub().durability,
                          .refused = std::move(sorted.refused)};
    Sequence last = world.log().head().sequence;
    if (!sorted.readings.empty()) {
        std::vector<DeviceReadings> batch;
        batch.push_back({.device = ref, .readings = std::move(sorted.readings)});
        auto written = co_await world.telemetry().write(std::move(batch));
        if (!written) co_return pass(written);
        world.hub()
            .metrics
            .counter("tandem_readings_total", "door=\"" + std::string{name_of(caller.door)} + "\"")
            .add(body.accepted);
        last = std::max(last, written->events.last);
    }
    body.cursor = cursor_text({.log = world.log().head().log, .sequence = last});
    Answer<TelemetryWritten> answer = std::move(body);
    answer.status = status_of(world, request, sorted.refused_count > 0);
    if (answer.status == 204) answer.preference_applied = "return=minimal";
    co_return answer;
}

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

// The time of the last row that a page takes, when there are more than it takes.
std::optional<Instant> last_of_page(const History::Rows& rows, bool buckets, std::size_t limit) {
    const std::size_t count = buckets ? rows.buckets.size() : rows.readings.size();
    if (count <= limit) return std::nullopt;
    return buckets ? rows.buckets[limit - 1].start : rows.readings[limit - 1].time;
}

// A page of several series ends where the first of them that has more ends, so that one point in
// time says where the next page begins.
void cut(History& history, std::size_t limit, bool newest_first) {
    std::optional<Instant> edge;
    const auto nearer = [&](Instant time) { return newest_first ? time > *edge : time < *edge; };
    for (const History::Rows& rows : history.series) {
        const std::optional<Instant> last = last_of_page(rows, history.buckets, limit);
        if (last && (!edge || nearer(*last))) edge = last;
    }
    if (!edge) return;
    const auto beyond = [&](Instant time) { return newest_first ? time < *edge : time > *edge; };
    for (History::Rows& rows : history.series) {
        std::erase_if(rows.readings, [&](const Reading& each) { return beyond(each.time); });
        std::erase_if(rows.buckets, [&](const Bucket& each) { return beyond(each.start); });
    }
    history.next = page_cursor('h', std::to_string(edge->time_since_epoch().count()));
}

Result<void> continue_from(const std::string& cursor,
                           bool newest_first,
                           Duration step,
                           TimeRange& range) {
    auto position = read_page_cursor('h', cursor);
    if (!position) return pass(position);
    std::int64_t at = 0;
    const char* end = position->data() + position->size();
    const auto [read, error] = std::from_chars(position->data(), end, at);
    constexpr std::int64_t far = 400'000'000'000'000'000;  // 12,000 years
    if (error != std::errc{} || read != end || at < -far || at > far) {
        return fail_field("#query/cursor", "a cursor that this hub gave is expected");
    }
    if (newest_first) {
        range.to = Instant{Duration{at}};
    } else {
        // Buckets go on with the next bucket, readings with the next microsecond.
        range.from = Instant{Duration{at}} + std::max(step, Duration{1});
    }
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

Task<Result<Answer<contract::HistoryView>>> read(World world,
                                                 Caller caller,
                                                 contract::TelemetryRead request) {
    const DeviceRef ref{.tenant = caller.actor.tenant, .id = DeviceId{request.device}};
    auto state = co_await world.devices().load(world, ref);
    if (!state) co_return pass(state);
    TimeRange range{.from = request.from.value_or(Instant::min()),
                    .to = request.to.value_or(Instant::max())};
    const bool newest_first = request.order == "desc";
    if (newest_first && request.step) {
        co_return fail_field("#query/order", "buckets come in order of time: asc");
    }
    if (request.cursor) {
        auto good =
            continue_from(*request.cursor, newest_first, request.step.value_or(Duration{0}), range);
        if (!good) co_return pass(good);
    }
    auto names = co_await series_of(world, ref, request.series);
    if (!names) co_return pass(names);
    contract::HistoryView view;
    History& history = view.history;
    history.single = request.series.size() == 1;
    history.buckets = request.step.has_value();
    history.aggregate = request.aggregate;
    if (history.aggregate.empty()) history.aggregate = {"min", "max", "avg"};
    const auto limit = static_cast<std::size_t>(request.limit);
    for (const std::string& name : *names) {
        auto rows = co_await read_rows(world,
                                       {.device = ref,
                                        .series = name,
                                        .range = range,
                                        .limit = limit + 1,
                                        .newest_first = newest_first},
                                       request.step, unit_of(**state, name));
        if (!rows) co_return pass(rows);
        history.series.push_back(std::move(*rows));
    }
    cut(history, limit, newest_first);
    co_return view;
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
    for (Reading& reading : *readings) {
        contract::Latest::Row row{.reading = std::move(reading)};
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
    bind<contract::kTelemetryWrite, write>(),   bind<contract::kTelemetryRead, read>(),
    bind<contract::kTelemetryLatest, latest>(), bind<contract::kTelemetryDelete, erase>(),
    bind<contract::kSeriesList, list_series>(), bind<contract::kSeriesGet, get_series>(),
    bind<contract::kSeriesPut, put_series>(),
};

}  // namespace

std::span<const Bound> telemetry_handlers() {
    return kHandlers;
}

}  // namespace tandem::api
