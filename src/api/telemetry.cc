// What is read of telemetry, and series.*: one handler per operation. telemetry_write.cc writes.
#include "contract/telemetry.h"

#include "api/again.h"
#include "api/bind.h"
#include "api/device_state.h"
#include "api/history.h"
#include "api/staleness.h"
#include "base/checked.h"

#include <array>

namespace tandem::api {
namespace {

using contract::Page;
using contract::SeriesView;

// ---------------------------------------------------------------- reading

Task<Result<Answer<contract::HistoryView>>> read(World world,
                                                 Caller caller,
                                                 contract::TelemetryRead request) {
    const DeviceRef ref{.tenant = caller.actor.tenant, .id = DeviceId{request.device}};
    auto state = co_await world.devices().load(world, ref);
    if (!state) co_return pass(state);
    auto plan = plan_of(world, request, request.order == "desc");
    if (!plan) co_return pass(plan);
    if (request.cursor) {
        if (auto good = continue_from(*request.cursor, *plan); !good) co_return pass(good);
    }
    plan->readable = series_for(caller, Scope::kTelemetryRead, (*state)->device);
    plan = co_await plan_device(world, std::move(*plan), ref, SeriesFacts{world, **state});
    if (!plan) co_return pass(plan);
    // A page may be many megabytes, until whoever asked has read it.
    auto place = co_await world.reading().enter(auth::principal_key(caller.actor));
    if (!place) co_return pass(place);
    if (contract::is_file(caller.accept)) {
        Answer<contract::HistoryView> answer = contract::HistoryView{};
        answer.source = lines_of(std::move(*plan), caller.accept, request.limit, std::move(*place));
        co_return answer;
    }
    plan->deadline = world.monotonic() + world.rules().query_time;
    auto history = co_await read_page(world, std::make_shared<const Plan>(std::move(*plan)));
    if (!history) co_return pass(history);
    contract::HistoryView view{.history = std::move(*history)};
    view.history.single = request.series.size() == 1;
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
    const SeriesFacts facts{world, **state};
    const SeriesChoice readable = series_for(caller, Scope::kTelemetryRead, (*state)->device);
    for (Reading& reading : *readings) {
        if (reading.time < facts.of(reading.series).kept_from) continue;
        if (!readable.has(reading.series)) continue;
        contract::Latest::Row row{.reading = std::move(reading), .unit = {}};
        row.unit = facts.of(row.reading.series).unit;
        const auto declared = (*state)->series.find(row.reading.series);
        if (declared != (*state)->series.end()) {
            const Series& series = declared->second;
            const Duration age = world.now() - row.reading.time;
            row.late = series.interval && age > *series.interval;
            const auto from = stale_from(series, row.reading.time);
            row.stale = from && world.now() > *from;
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
    const SeriesChoice writable =
        series_for(caller, contract::kTelemetryDelete.scope, (*state)->device);
    if (!request.series && !writable.all) {
        co_return fail(ErrorCode::kForbidden,
                       "no grant covers all of the device's series: name one");
    }
    if (request.series && !writable.has(*request.series)) {
        co_return refused_series(*request.series);
    }
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
    if (series.stale_after) {
        view.stale = series.stale;
        view.since = series.since;
    }
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
    const SeriesChoice readable = series_for(caller, contract::kSeriesList.scope, (*state)->device);
    for (const auto& [name, series] : (*state)->series) {
        if (readable.has(name)) page.items.push_back(view_of(series));
    }
    co_return page;
}

Task<Result<Answer<SeriesView>>> get_series(World world,
                                            Caller caller,
                                            contract::SeriesGet request) {
    auto state = co_await world.devices().load(
        world, {.tenant = caller.actor.tenant, .id = DeviceId{request.device}});
    if (!state) co_return pass(state);
    if (!series_for(caller, contract::kSeriesGet.scope, (*state)->device).has(request.series)) {
        co_return refused_series(request.series);
    }
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
    auto turn = co_await take_turn(world, caller, *state);
    if (!turn) co_return pass(turn);
    auto still = ask_again(world, caller, **state);
    if (!still) co_return pass(still);
    caller.actor = std::move(*still);
    if (!series_for(caller, contract::kSeriesPut.scope, (*state)->device).has(request.series)) {
        co_return refused_series(request.series);
    }
    Series series{.name = request.series,
                  .type = type_named(request.type),
                  .unit = request.unit,
                  .interval = request.interval,
                  .stale_after = request.stale_after,
                  .retention = request.retention,
                  .since = world.now()};
    // Whether it is stale by the new measure is found out below, and told of.
    const auto known = (*state)->series.find(request.series);
    if (known != (*state)->series.end() && known->second.stale_after) {
        series.stale = known->second.stale;
        series.since = known->second.since;
    }
    Transaction transaction;
    transaction.changes.push_back(PutSeries{.device = ref, .series = series});
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    const bool watched = series.stale_after || series.stale;
    (*state)->series.insert_or_assign(series.name, series);
    if (watched) look_at_series_by(world, *state, world.now());
    expect(world, *state);
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
