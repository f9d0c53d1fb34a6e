// telemetry.write and telemetry.write_many: one handler per operation.
#include "api/bind.h"
#include "api/device_state.h"
#include "api/staleness.h"
#include "api/zone.h"
#include "contract/telemetry.h"
#include "contract/telemetry_file.h"
#include "domain/retention.h"

#include <algorithm>
#include <array>
#include <map>

namespace tandem::api {
namespace {

using contract::TelemetryBody;
using contract::TelemetryWritten;

constexpr std::size_t kRefusedMax = 100;  // Told of one by one; the rest is counted in `accepted`.
constexpr std::size_t kUnitBytes = 32;    // As a series' declaration has it.

// What a body comes to: readings to store, and what is refused.
struct Sorted {
    std::vector<DeviceReadings> readings;
    std::size_t count = 0;
    std::vector<contract::Refused> refused;
    std::size_t refused_count = 0;
    std::optional<auth::BudgetLeft> budget = {};  ///< once it has been paid for
};

/// Units that came with readings of a device.
struct NewUnits {
    DeviceStatePtr state;
    std::map<std::string, std::string> units;
};

/// What a body of several devices comes to.
struct Findings {
    Sorted sorted;
    std::vector<NewUnits> units;
    std::vector<DeviceStatePtr> back;  ///< with series that were stale
};

/// Sorts the items of one device into readings and refusals. The device's loop.
class Sorter {
public:
    Sorter(World world,
           const Caller& caller,
           const DeviceState& state,
           const TelemetryBody& body,
           Sorted& out)
        : now_{world.now()},
          writable_{series_for(caller, Scope::kTelemetryWrite, state.device)},
          rules_{world.rules().telemetry},
          retention_{world.rules().retention},
          state_{state},
          body_{body},
          out_{out},
          readings_{.device = state.device.ref, .readings = {}} {}

    /// Takes the values out of the item.
    void add(TelemetryBody::Item& item) {
        for (auto& [name, value] : item.values) {
            Reading reading{
                .series = std::move(name), .time = time_of(item), .value = std::move(value)};
            auto error = refuse_foreign(reading.series);
            if (!error) error = refuse(reading, declared(reading.series), now_, rules_);
            if (!error) error = refuse_old(reading, retention(reading.series), now_);
            if (!error) error = unit_error(item, reading.series);
            if (!error) {
                came_back_ = came_back_ || ends_staleness(reading);
                readings_.readings.push_back(std::move(reading));
                continue;
            }
            for (FieldError& field : error->fields)
                field.pointer = contract::pointer_to(body_, item, reading.series);
            turn_away(item, std::move(*error), out_);
        }
    }

    /// Whether a series that is stale will not be once these are stored.
    [[nodiscard]] bool came_back() const { return came_back_; }

    /// Units of series that had none.
    [[nodiscard]] const std::map<std::string, std::string>& units() const { return units_; }

    void finish() {
        if (readings_.readings.empty()) return;
        out_.count += readings_.readings.size();
        out_.readings.push_back(std::move(readings_));
    }

    static void turn_away(const TelemetryBody::Item& item, Error error, Sorted& out) {
        if (out.refused_count++ >= kRefusedMax) return;
        out.refused.push_back({.index = item.index.value_or(0),
                               .line = item.line,
                               .device = item.device,
                               .error = std::move(error)});
    }

private:
    [[nodiscard]] Instant time_of(const TelemetryBody::Item& item) const {
        return item.time.value_or(now_ + item.since_now);
    }

    [[nodiscard]] const Series* declared(const std::string& name) const {
        const auto found = state_.series.find(name);
        return found == state_.series.end() ? nullptr : &found->second;
    }

    [[nodiscard]] bool ends_staleness(const Reading& reading) const {
        const Series* series = declared(reading.series);
        if (series == nullptr || !series->stale) return false;
        const auto from = stale_from(*series, reading.time);
        return !from || now_ <= *from;
    }

    [[nodiscard]] std::optional<Duration> retention(const std::string& name) const {
        return retention_of(retention_, state_.device.labels, declared(name));
    }

    [[nodiscard]] std::optional<Error> refuse_foreign(const std::string& name) const {
        if (writable_.has(name)) return {};
        Error error = refused_series(name).error();
        error.fields.push_back({.pointer = {}, .detail = error.detail});
        return error;
    }

    // A series has one unit: the declared one, else the first that comes with a reading.
    std::optional<Error> unit_error(const TelemetryBody::Item& item, const std::string& name) {
        if (item.unit.empty()) return {};
        if (item.unit.size() > kUnitBytes) {
            return fail_field({}, "a unit may have " + std::to_string(kUnitBytes) + " bytes")
                .error();
        }
        const Series* series = declared(name);
        const std::string known = series == nullptr ? std::string{} : series->unit;
        const std::string& unit =
            known.empty() ? units_.try_emplace(name, item.unit).first->second : known;
        if (unit == item.unit) return {};
        return fail_field({}, "the unit of this series is " + unit).error();
    }

    Instant now_;
    SeriesChoice writable_;
    const TelemetryRules& rules_;
    const RetentionRules& retention_;
    const DeviceState& state_;
    const TelemetryBody& body_;
    Sorted& out_;
    DeviceReadings readings_;
    std::map<std::string, std::string> units_;
    bool came_back_ = false;
};

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

char separator_named(std::string_view name) {
    if (name == "comma" || name == ",") return ',';
    if (name == "semicolon" || name == ";") return ';';
    if (name == "tab") return '\t';
    return name == "pipe" || name == "|" ? '|' : '\0';
}

// Lines become items, away from the loop where they are many; any other body is items already.
Task<Result<TelemetryBody>> read_lines(World world,
                                       contract::FileOptions options,
                                       bool many,
                                       TelemetryBody body) {
    if (body.form != TelemetryBody::Form::kLines) co_return std::move(body);
    auto zone = zone_named(world, options.zone);
    if (!zone) co_return pass(zone);
    const bool is_long = body.file.bytes.size() >= kLongBytes;
    auto read = [how = contract::FileReading{.separator = separator_named(options.separator),
                                             .zone = std::move(*zone),
                                             .many = many},
                 body = std::move(body)]() mutable -> Result<TelemetryBody> {
        if (auto good = contract::read_file(how, body); !good) return pass(good);
        return std::move(body);
    };
    if (!is_long) co_return read();
    co_return co_await aside(world, std::move(read));
}

// Units that came with readings stay with their series.
Task<Result<void>> keep_units(World world,
                              DeviceStatePtr state,
                              std::map<std::string, std::string> units) {
    if (units.empty()) co_return Result<void>{};
    const auto turn = co_await state->turn.enter();
    if (state->deleted) co_return fail(ErrorCode::kNotFound, "there is no such device");
    Transaction transaction;
    std::vector<Series> changed;
    for (const auto& [name, unit] : units) {
        const auto known = state->series.find(name);
        Series series = known == state->series.end() ? Series{.name = name} : known->second;
        if (!series.unit.empty()) continue;  // Somebody was faster.
        series.unit = unit;
        transaction.changes.push_back(PutSeries{.device = state->device.ref, .series = series});
        changed.push_back(std::move(series));
    }
    if (changed.empty()) co_return Result<void>{};
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    for (Series& series : changed) {
        std::string name = series.name;
        state->series.insert_or_assign(std::move(name), std::move(series));
    }
    co_return Result<void>{};
}

// Spends the budget: what is refused has been looked at too, and a request without readings is
// still a request. The owner of the data, who restores them perhaps, has no budget. Fails where
// nothing could be taken.
Result<void> pay(const World& world, const Caller& caller, Sorted& sorted) {
    const auto count =
        static_cast<double>(std::max<std::size_t>(1, sorted.count + sorted.refused_count));
    if (!caller.local) {
        auto left = world.hub().budgets.spend(caller.actor, auth::Budget::kReadings, count,
                                              world.monotonic());
        if (!left) return pass(left);
        sorted.budget = *left;
    }
    if (sorted.count == 0 && sorted.refused_count > 0) {
        return std::unexpected(all_refused(sorted));
    }
    return {};
}

// Stores what is good and says what was not.
Task<Result<Answer<TelemetryWritten>>> store(World world,
                                             Caller caller,
                                             Sorted sorted,
                                             bool minimal) {
    const bool refused = sorted.refused_count > 0;
    std::ranges::sort(sorted.refused, {}, [](const contract::Refused& each) {
        return std::pair{each.line, each.index};
    });
    TelemetryWritten body{.accepted = static_cast<std::int64_t>(sorted.count),
                          .cursor = {},
                          .durability = world.hub().durability,
                          .refused = std::move(sorted.refused)};
    Sequence last = world.log().head().sequence;
    if (sorted.count > 0) {
        auto written = co_await world.telemetry().write(std::move(sorted.readings));
        if (!written) co_return pass(written);
        world.hub()
            .metrics
            .counter("tandem_readings_total", "door=\"" + std::string{name_of(caller.door)} + "\"")
            .add(body.accepted);
        last = std::max(last, written->events.last);
    }
    body.cursor = cursor_text({.log = world.log().head().log, .sequence = last});
    Answer<TelemetryWritten> answer = std::move(body);
    answer.budget = sorted.budget;
    answer.status = world.hub().durability == "relaxed" ? 202 : 200;
    if (minimal) answer.status = 204;
    if (refused) answer.status = 207;
    if (answer.status == 204) answer.preference_applied = "return=minimal";
    co_return answer;
}

Task<Result<Answer<TelemetryWritten>>> write(World world,
                                             Caller caller,
                                             contract::TelemetryWrite request) {
    const DeviceRef ref{.tenant = caller.actor.tenant, .id = DeviceId{request.device}};
    auto state = co_await world.devices().load(world, ref);
    if (!state) co_return pass(state);
    const contract::FileOptions& options = request;
    auto lines = co_await read_lines(world, options, false, std::move(request.body));
    if ((*state)->deleted) co_return fail(ErrorCode::kNotFound, "there is no such device");
    if (!lines) co_return pass(lines);
    TelemetryBody& body = *lines;
    Sorted sorted;
    Sorter sorter{world, caller, **state, body, sorted};
    for (TelemetryBody::Item& item : body.items) {
        if (item.error != nullptr) {
            Sorter::turn_away(item, *item.error, sorted);
        } else if (!item.device.empty() && item.device != ref.id.text()) {
            Sorter::turn_away(item,
                              fail_field(contract::pointer_to(body, item, "device"),
                                         "readings of other devices go to POST /v1/telemetry")
                                  .error(),
                              sorted);
        } else {
            sorter.add(item);
        }
    }
    sorter.finish();
    if (auto paid = pay(world, caller, sorted); !paid) co_return pass(paid);
    auto kept = co_await keep_units(world, *state, sorter.units());
    if (!kept) co_return pass(kept);
    auto answer =
        co_await store(world, std::move(caller), std::move(sorted), request.prefer.minimal);
    if (answer && sorter.came_back()) look_at_series_by(world, *state, world.now());
    co_return answer;
}

// ---------------------------------------------------------------- several devices

using ItemsByDevice = std::map<std::string, std::vector<TelemetryBody::Item*>>;

void turn_all_away(const std::vector<TelemetryBody::Item*>& items,
                   const Error& error,
                   Sorted& out) {
    for (const TelemetryBody::Item* item : items) {
        Error each = error;
        if (each.fields.empty()) {
            const std::string where =
                item->line > 0 ? "#line/" + std::to_string(item->line) : "/" + item->device;
            each.fields.push_back({.pointer = where, .detail = each.detail});
        }
        Sorter::turn_away(*item, std::move(each), out);
    }
}

// On the loop of the device: whether the caller may, whether there is such a device, and what of
// its items is good.
Task<Result<void>> sort_device(World world,
                               Caller caller,
                               const TelemetryBody* body,
                               std::pair<std::string, std::vector<TelemetryBody::Item*>> items,
                               Findings* out) {
    if (!is_name(items.first)) {
        auto error =
            fail(ErrorCode::kInvalidField, "a device is named with 1 to 64 of A-Z a-z 0-9 . _ : -");
        turn_all_away(items.second, error.error(), out->sorted);
        co_return Result<void>{};
    }
    const DeviceRef ref{.tenant = caller.actor.tenant, .id = DeviceId{items.first}};
    auto state = co_await world.devices().load(world, ref);
    if (!state && state.error().code != ErrorCode::kNotFound) co_return pass(state);
    const Labels* labels = state ? &(*state)->device.labels : nullptr;
    auto may = authorize(caller.actor, Scope::kTelemetryWrite,
                         {.tenant = ref.tenant, .device = ref.id, .labels = labels},
                         {.door = caller.door});
    if (may && (!state || (*state)->deleted)) {
        may = fail(ErrorCode::kNotFound, "there is no such device");
    }
    if (!may) {
        turn_all_away(items.second, may.error(), out->sorted);
        co_return Result<void>{};
    }
    Sorter sorter{world, caller, **state, *body, out->sorted};
    for (TelemetryBody::Item* item : items.second)
        sorter.add(*item);
    sorter.finish();
    if (sorter.came_back()) out->back.push_back(*state);
    if (!sorter.units().empty()) out->units.push_back({.state = *state, .units = sorter.units()});
    co_return Result<void>{};
}

// On the loop of each device.
Task<Result<void>> keep_all_units(World world, std::vector<NewUnits> all) {
    Shard& here = world.shard();
    for (NewUnits& each : all) {
        Shard& there = world.hub().owner(each.state->device.ref);
        if (&there != &here) co_await hop(there.executor);
        auto kept = co_await keep_units(World{there}, each.state, std::move(each.units));
        if (&there != &here) co_await hop(here.executor);
        // A device that has gone since has no series to keep a unit of.
        if (!kept && kept.error().code != ErrorCode::kNotFound) co_return pass(kept);
    }
    co_return Result<void>{};
}

// On the loop of each device.
void look_at_all(World world, std::vector<DeviceStatePtr> devices) {
    for (DeviceStatePtr& state : devices) {
        Shard& there = world.hub().owner(state->device.ref);
        there.executor.post([&there, state = std::move(state)] {
            const World home{there};
            look_at_series_by(home, state, home.now());
        });
    }
}

Task<Result<Answer<TelemetryWritten>>> write_many(World world,
                                                  Caller caller,
                                                  contract::TelemetryWriteMany request) {
    const contract::FileOptions& options = request;
    auto lines = co_await read_lines(world, options, true, std::move(request.body));
    if (!lines) co_return pass(lines);
    TelemetryBody& body = *lines;
    Findings found;
    ItemsByDevice by_device;
    for (TelemetryBody::Item& item : body.items) {
        if (item.error != nullptr) {
            Sorter::turn_away(item, *item.error, found.sorted);
        } else {
            by_device[item.device].push_back(&item);
        }
    }
    Shard& here = world.shard();
    for (auto& items : by_device) {
        Shard& there =
            world.hub().owner({.tenant = caller.actor.tenant, .id = DeviceId{items.first}});
        if (&there != &here) co_await hop(there.executor);
        auto good = co_await sort_device(World{there}, caller, &body,
                                         {items.first, std::move(items.second)}, &found);
        if (&there != &here) co_await hop(here.executor);
        if (!good) co_return pass(good);
    }
    if (auto paid = pay(world, caller, found.sorted); !paid) co_return pass(paid);
    auto kept = co_await keep_all_units(world, std::move(found.units));
    if (!kept) co_return pass(kept);
    auto answer =
        co_await store(world, std::move(caller), std::move(found.sorted), request.prefer.minimal);
    if (answer) look_at_all(world, std::move(found.back));
    co_return answer;
}

constexpr std::array kHandlers{
    bind<contract::kTelemetryWrite, write>(),
    bind<contract::kTelemetryWriteMany, write_many>(),
};

}  // namespace

std::span<const Bound> telemetry_write_handlers() {
    return kHandlers;
}

}  // namespace tandem::api
