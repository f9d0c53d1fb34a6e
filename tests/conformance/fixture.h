#pragma once

#include "conformance/manual_executor.h"
#include "domain/ports.h"

#include <doctest/doctest.h>

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tandem::conformance {

/// Makes a store that holds nothing yet.
using MakeEngine = std::function<std::unique_ptr<StoreEngine>()>;

inline constexpr Instant kNoon{Duration{1'700'000'000'000'000}};

/// A fresh store, attached to a loop that the test drives.
class Fixture {
public:
    explicit Fixture(const MakeEngine& make) : engine_{make()}, attached_{engine_->attach(loop)} {}

    /// Drives the loop until `task` is done.
    template <typename T>
    T run(Task<T> task) {
        const auto result = start(std::move(task));
        REQUIRE(loop.run_until([&] { return result->has_value(); }));
        return std::move(**result);
    }
    /// What `task` gives, which must not be a failure.
    template <typename T>
    T get(Task<Result<T>> task) {
        auto result = run(std::move(task));
        if (!result) FAIL("unexpected failure: " << result.error().detail);
        return std::move(*result);
    }
    /// Why `task` fails, which it must.
    template <typename T>
    ErrorCode failure(Task<Result<T>> task) {
        auto result = run(std::move(task));
        REQUIRE(!result);
        return result.error().code;
    }

    Task<Result<Committed>> commit(std::vector<Change> changes, std::vector<Event> events = {}) {
        return registry().commit({.changes = std::move(changes), .events = std::move(events)});
    }
    Task<Result<Written>> write(const DeviceRef& device, std::vector<Reading> readings) {
        std::vector<DeviceReadings> batch;
        batch.push_back({.device = device, .readings = std::move(readings)});
        return telemetry().write(std::move(batch));
    }
    /// All readings of a series, oldest first.
    std::vector<Reading> readings(const DeviceRef& device, std::string series) {
        return get(telemetry().read({.device = device, .series = std::move(series)}));
    }

    Registry& registry() { return *attached_->ports().registry; }
    OAuthRecords& oauth() { return *attached_->ports().oauth; }
    TelemetryStore& telemetry() { return *attached_->ports().telemetry; }
    EventLog& log() { return *attached_->ports().log; }
    StoreEngine& engine() { return *engine_; }

    ManualExecutor loop;  // First: it outlives the store.

private:
    std::unique_ptr<StoreEngine> engine_;
    std::unique_ptr<AttachedStores> attached_;
};

inline DeviceRef ref(std::string id, std::string tenant = "home") {
    return {.tenant = TenantId{std::move(tenant)}, .id = DeviceId{std::move(id)}};
}

inline Device device(DeviceRef ref, std::int64_t version = 1) {
    return {.ref = std::move(ref),
            .name = "Lamp",
            .type = "lamp",
            .labels = {{"room", "kitchen"}},
            .schema = {},
            .created = kNoon,
            .version = version};
}

/// A change that makes the device.
inline PutDevice made(DeviceRef ref) {
    return {.device = device(std::move(ref)), .expected = 0};
}

inline Command command(DeviceRef device, std::string id) {
    return {.id = CommandId{std::move(id)},
            .device = std::move(device),
            .name = "set",
            .params = Value::Object{{"level", 3}},
            .created = kNoon,
            .expires = kNoon + 1h,
            .lease_until = {},
            .updated = {},
            .progress = {},
            .result = {},
            .sent_by = "user:admin",
            .version = 1};
}

inline Event event(DeviceRef device, std::string text) {
    return {.sequence = 0,
            .kind = Event::Kind::kEvent,
            .device = std::move(device),
            .series = "note",
            .time = kNoon,
            .value = std::move(text)};
}

inline Reading reading(Instant time, Value value, std::string series = "temperature") {
    return {.series = std::move(series), .time = time, .value = std::move(value)};
}

}  // namespace tandem::conformance
