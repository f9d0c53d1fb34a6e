#pragma once

#include "api/streams.h"
#include "codec/cbor.h"
#include "codec/json.h"
#include "conformance/manual_executor.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tandem::api {

// What the tests of streams share.

inline const TenantId kHome{"home"};
inline constexpr Instant kNoon{Duration{1'700'000'000'000'000}};

/// A log whose head a test moves.
class TestLog final : public EventLog {
public:
    [[nodiscard]] Cursor head() const override { return now; }
    void listen(EventListener listener) override { listens = listener != nullptr; }
    Task<Result<Past>> read(Stretch /*wanted*/) override { co_return Past{}; }
    Cursor now{.log = "the log.", .sequence = 100};
    bool listens = false;
};

/// Time that a test lets pass.
class PassingClock final : public Clock {
public:
    [[nodiscard]] Instant now() const override { return kNoon + passed; }
    [[nodiscard]] Monotonic monotonic() const override { return Monotonic{passed}; }
    Duration passed{0};
};

/// A socket that keeps what it gets, and is full when a test says so.
class TestSocket final : public Subscriber {
public:
    explicit TestSocket(contract::Encoding encoding = contract::Encoding::kJson)
        : Subscriber{kPendingBytes}, encoding_{encoding} {}
    static constexpr std::size_t kPendingBytes = 256 * 1'024;
    [[nodiscard]] contract::Encoding encoding() const override { return encoding_; }
    [[nodiscard]] Door door() const override { return Door::kWs; }
    [[nodiscard]] const Actor& actor() const override { return actor_; }
    [[nodiscard]] bool full() const override { return is_full; }
    [[nodiscard]] std::size_t queued() const override { return bytes_queued; }
    void send(const std::shared_ptr<const Rendered>& message, Duration within) override {
        sent.push_back(message);
        waits.push_back(within);
    }

    [[nodiscard]] std::vector<Value> messages() const {
        std::vector<Value> out;
        for (const auto& each : sent) {
            auto read = encoding_ == contract::Encoding::kJson ? codec::parse_json(each->payload)
                                                               : codec::parse_cbor(each->payload);
            REQUIRE(read.has_value());
            out.push_back(std::move(*read));
        }
        return out;
    }
    std::vector<std::shared_ptr<const Rendered>> sent;
    std::vector<Duration> waits;
    bool is_full = false;
    std::size_t bytes_queued = 0;

private:
    contract::Encoding encoding_;
    Actor actor_;
};

inline Filter readings_of_all() {
    return {.tenant = kHome, .kinds = {Event::Kind::kReading}};
}

struct Fixture {
    TestLog log;
    Metrics metrics;
    PassingClock clock;
    conformance::ManualExecutor loop;
    Streams streams{log, loop, clock, metrics, {}};
    std::shared_ptr<TestSocket> socket = std::make_shared<TestSocket>();

    /// A subscription that gets events from now on.
    std::int64_t subscribe(Filter filter = readings_of_all()) { return subscribe(socket, filter); }
    std::int64_t subscribe(const std::shared_ptr<TestSocket>& to, Filter filter) {
        return subscribe(to, Wish{.filter = std::move(filter)});
    }
    std::int64_t subscribe(const std::shared_ptr<TestSocket>& to, Wish wish) {
        const auto added = streams.add(to, std::move(wish));
        streams.release(*to, added.id);
        return added.id;
    }
    std::int64_t subscribe(Flow flow) {
        return subscribe(socket, Wish{.filter = readings_of_all(), .flow = flow});
    }
    void pass(Duration span) {
        clock.passed += span;
        loop.advance(span);
    }
    /// A reading of a series, committed and told of.
    Event reading(std::string series, Value value) {
        Event event = commit("a");
        event.series = std::move(series);
        event.value = std::move(value);
        streams.publish({event});
        return event;
    }
    /// An event that the log has committed, not told of yet.
    Event commit(std::string device, Event::Kind kind = Event::Kind::kReading) {
        return {.sequence = ++log.now.sequence,
                .kind = kind,
                .device = {.tenant = kHome, .id = DeviceId{std::move(device)}},
                .series = kind == Event::Kind::kReading ? "power" : "",
                .time = kNoon,
                .value = static_cast<std::int64_t>(log.now.sequence)};
    }
    /// A reading that the log has had for long.
    static Event past(std::string device, Sequence sequence) {
        return {.sequence = sequence,
                .kind = Event::Kind::kReading,
                .device = {.tenant = kHome, .id = DeviceId{std::move(device)}},
                .series = "power",
                .time = kNoon,
                .value = static_cast<std::int64_t>(sequence)};
    }
    void publish(std::string device) { streams.publish({commit(std::move(device))}); }
    Event labelled(std::string device, Value labels) {
        Event event = commit(std::move(device), Event::Kind::kDevice);
        event.value = Value::Object{{"change", "updated"}, {"labels", std::move(labels)}};
        return event;
    }
};

inline std::int64_t number(const Value& value) {
    return *value.get<std::int64_t>();
}

/// The values of the events in a message.
inline std::vector<std::int64_t> values_of(const Value& message) {
    std::vector<std::int64_t> out;
    const Value* events = message.find("ev");
    if (events == nullptr) return out;
    for (const Value& event : *events->get<Value::Array>())
        out.push_back(number(*event.find("v")));
    return out;
}
inline std::vector<std::int64_t> values_of(const TestSocket& socket) {
    std::vector<std::int64_t> out;
    for (const Value& message : socket.messages()) {
        for (const std::int64_t each : values_of(message))
            out.push_back(each);
    }
    return out;
}
inline Sequence sequence_of(const Value& cursor) {
    const auto read = read_cursor(*cursor.get<std::string>());
    REQUIRE(read.has_value());
    return read->sequence;
}
/// How many events the receipts among the messages tell of.
inline std::int64_t receipted(const TestSocket& socket) {
    std::int64_t count = 0;
    for (const Value& message : socket.messages()) {
        if (const Value* gap = message.find("gap")) count += number(*gap->find("n"));
    }
    return count;
}

}  // namespace tandem::api
