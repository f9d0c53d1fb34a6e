#include "api/test_streams.h"
#include "base/random.h"
#include "codec/cbor.h"
#include "codec/json.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::api;
using contract::Encoding;

TEST_CASE("a subscription gets the events of a commit in one message, with the position") {
    Fixture fixture;
    const std::int64_t sub = fixture.subscribe();
    fixture.streams.publish({fixture.commit("a"), fixture.commit("b")});
    const auto messages = fixture.socket->messages();
    REQUIRE(messages.size() == 1);
    CHECK(number(*messages[0].find("sub")) == sub);
    CHECK(values_of(messages[0]) == std::vector<std::int64_t>{101, 102});
    CHECK(sequence_of(*messages[0].find("cur")) == 102);
}

TEST_CASE("an event is told in few letters") {
    const auto told = [](const Event& event) {
        const auto writer = contract::make_writer(Encoding::kJson);
        write_event(*writer, event);
        return writer->take();
    };
    Event event{.sequence = 1,
                .device = {.tenant = kHome, .id = DeviceId{"lamp-1"}},
                .series = "power",
                .time = kNoon,
                .value = 8.5};
    CHECK(told(event) == R"({"d":"lamp-1","s":"power","t":1700000000000,"v":8.5})");
    event.late = true;
    CHECK(told(event) == R"({"d":"lamp-1","s":"power","t":1700000000000,"v":8.5,"late":true})");
    const Event presence{.kind = Event::Kind::kPresence,
                         .device = event.device,
                         .time = kNoon + 1us,
                         .value = Value::Object{{"online", true}}};
    CHECK(told(presence) ==
          R"({"d":"lamp-1","k":"presence","t":1700000000000.001,"v":{"online":true}})");
}

TEST_CASE("a filter lets through what it names") {
    struct Row {
        Filter filter;
        Event event;
        bool good;
        std::string_view why;
    };
    const auto event = [](std::string device, std::string series, Event::Kind kind) {
        return Event{.kind = kind,
                     .device = {.tenant = kHome, .id = DeviceId{std::move(device)}},
                     .series = std::move(series),
                     .value = {}};
    };
    const auto with = [](auto change) {
        Filter filter = readings_of_all();
        change(filter);
        return filter;
    };
    const Event power = event("a", "power", Event::Kind::kReading);
    const Event config = event("a", "", Event::Kind::kConfig);
    Event foreign = power;
    foreign.device.tenant = TenantId{"elsewhere"};
    const Filter of_a = with([](Filter& f) {
        f.any_device = false;
        f.devices = {"a"};
    });
    const Filter of_none = with([](Filter& f) { f.any_device = false; });
    const auto labelled = [&](std::set<std::string, std::less<>> who) {
        return with([&](Filter& f) {
            f.any_device = false;
            f.devices = {"a"};
            f.labels = {{"room", "kitchen"}};
            f.labelled = std::move(who);
        });
    };
    const auto series = [&](std::vector<std::string> names) {
        return with([&](Filter& f) {
            f.series = std::move(names);
            f.kinds.insert(Event::Kind::kConfig);
        });
    };
    for (const Row& row : std::initializer_list<Row>{
             {readings_of_all(), power, true, "everything of the tenant"},
             {readings_of_all(), foreign, false, "another tenant's"},
             {readings_of_all(), config, false, "another kind"},
             {of_a, power, true, "a device that is named"},
             {of_a, event("b", "power", Event::Kind::kReading), false, "one that is not"},
             {of_none, power, false, "no device is named, and not any will do"},
             {labelled({"a", "b"}), power, true, "named, and with the labels"},
             {labelled({"b"}), power, false, "named, but without the labels"},
             {labelled({"a", "b"}), event("b", "power", Event::Kind::kReading), false,
              "with the labels, but not named"},
             {series({"power"}), power, true, "the series"},
             {series({"powers"}), power, false, "a longer name"},
             {series({"pow"}), power, false, "a shorter name"},
             {series({"pow*"}), power, true, "the beginning"},
             {series({"power*"}), power, true, "the beginning may be all"},
             {series({"*"}), power, true, "any"},
             {series({"x*", "y", "power"}), power, true, "one of several"},
             {series({"x"}), config, true, "series restrict readings alone"}}) {
        CHECK_MESSAGE(row.filter.matches(row.event) == row.good, row.why);
    }
}

TEST_CASE("what has happened before a subscription began is not sent to it") {
    Fixture fixture;
    const Event before = fixture.commit("a");
    fixture.subscribe();
    fixture.streams.publish({before});  // The log tells of it only now.
    CHECK(fixture.socket->sent.empty());
    const Event late = fixture.commit("a");
    const Event after = fixture.commit("a");
    fixture.streams.publish({before, late, after});
    CHECK(values_of(*fixture.socket) == std::vector<std::int64_t>{102, 103});
}

TEST_CASE("the log is listened to as long as there are subscriptions") {
    Fixture fixture;
    CHECK_FALSE(fixture.log.listens);
    const auto first = fixture.subscribe();
    fixture.subscribe();
    CHECK(fixture.streams.remove(*fixture.socket, first));
    CHECK(fixture.log.listens);
    fixture.streams.remove_all(*fixture.socket);
    CHECK_FALSE(fixture.log.listens);
    const auto again = fixture.subscribe();
    CHECK(fixture.log.listens);
    CHECK(fixture.streams.remove(*fixture.socket, again));
    CHECK_FALSE(fixture.log.listens);
}

TEST_CASE("subscriptions of a socket have numbers of their own") {
    Fixture fixture;
    const auto other = std::make_shared<TestSocket>();
    CHECK(fixture.subscribe() == 1);
    CHECK(fixture.subscribe() == 2);
    CHECK(fixture.subscribe(other, readings_of_all()) == 1);
    CHECK(fixture.streams.count(*fixture.socket) == 2);
    CHECK(fixture.streams.remove(*fixture.socket, 1));
    CHECK(fixture.subscribe() == 3);  // The newest number is not used again while it lives.
    CHECK_FALSE(fixture.streams.remove(*fixture.socket, 1));
    CHECK_FALSE(fixture.streams.remove(*std::make_shared<TestSocket>(), 1));
    fixture.publish("a");
    CHECK(fixture.socket->sent.size() == 2);
    fixture.streams.remove_all(*fixture.socket);
    CHECK(fixture.streams.count(*fixture.socket) == 0);
    fixture.publish("a");
    CHECK(fixture.socket->sent.size() == 2);
    CHECK(other->sent.size() == 2);
}

TEST_CASE("sockets that want the same share one rendering") {
    Fixture fixture;
    const auto same = std::make_shared<TestSocket>();
    const auto cbor = std::make_shared<TestSocket>(Encoding::kCbor);
    const auto narrow = std::make_shared<TestSocket>();
    const auto second = std::make_shared<TestSocket>();
    Filter of_a = readings_of_all();
    of_a.any_device = false;
    of_a.devices = {"a"};
    fixture.subscribe();
    fixture.subscribe(same, readings_of_all());
    fixture.subscribe(cbor, readings_of_all());
    fixture.subscribe(narrow, of_a);
    fixture.subscribe(second, of_a);
    fixture.streams.publish({fixture.commit("a"), fixture.commit("b")});
    CHECK(fixture.socket->sent.at(0) == same->sent.at(0));
    CHECK(fixture.socket->sent.at(0) != narrow->sent.at(0));
    CHECK(narrow->sent.at(0) == second->sent.at(0));
    CHECK(values_of(*cbor) == values_of(*same));
    CHECK(values_of(*narrow) == std::vector<std::int64_t>{101});
    // Another number cannot share: it is in the message.
    fixture.streams.remove_all(*narrow);
    fixture.subscribe(second, of_a);
    CHECK(fixture.streams.remove(*second, 1));
    fixture.subscribe(narrow, of_a);
    fixture.publish("a");
    CHECK(narrow->sent.back() != second->sent.back());
}

TEST_CASE("a socket that is full gets a receipt for what it missed once it has room") {
    Fixture fixture;
    fixture.subscribe();
    fixture.publish("a");
    fixture.socket->is_full = true;
    fixture.publish("a");
    fixture.streams.publish({fixture.commit("a"), fixture.commit("a")});
    CHECK(fixture.socket->sent.size() == 1);
    fixture.socket->is_full = false;
    fixture.publish("a");  // Not before the receipt: the order is kept.
    CHECK(fixture.socket->sent.size() == 1);
    fixture.streams.drained(*fixture.socket);
    auto messages = fixture.socket->messages();
    REQUIRE(messages.size() == 2);
    const Value& gap = *messages[1].find("gap");
    CHECK(number(*gap.find("n")) == 4);
    CHECK(sequence_of(*gap.find("from")) == 101);
    CHECK(sequence_of(*gap.find("to")) == 105);
    CHECK(*gap.find("why") == Value{"slow"});
    fixture.publish("a");
    messages = fixture.socket->messages();
    REQUIRE(messages.size() == 3);
    CHECK(values_of(messages[2]) == std::vector<std::int64_t>{106});
    fixture.streams.drained(*fixture.socket);
    CHECK(fixture.socket->sent.size() == 3);
}

TEST_CASE("a slow socket costs only itself") {
    Fixture fixture;
    const auto slow = std::make_shared<TestSocket>();
    fixture.subscribe(slow, readings_of_all());
    fixture.subscribe();
    slow->is_full = true;
    fixture.publish("a");
    CHECK(slow->sent.empty());
    CHECK(fixture.socket->sent.size() == 1);
}

TEST_CASE("events that nobody wanted are not in a receipt") {
    Fixture fixture;
    Filter of_a = readings_of_all();
    of_a.any_device = false;
    of_a.devices = {"a"};
    fixture.subscribe(of_a);
    fixture.socket->is_full = true;
    fixture.publish("b");
    fixture.streams.publish({fixture.commit("a"), fixture.commit("b")});
    fixture.publish("b");
    fixture.streams.drained(*fixture.socket);
    CHECK(receipted(*fixture.socket) == 1);
}

TEST_CASE(
    "receipts account for everything: what is sent and what is receipted is what was wanted") {
    SeededRandom random{7};
    for (int run = 0; run < 50; ++run) {
        CAPTURE(run);
        Fixture fixture;
        fixture.subscribe();
        std::int64_t published = 0;
        std::vector<std::int64_t> committed;
        for (int step = 0; step < 200; ++step) {
            switch (random.next() % 4) {
                case 0:
                    fixture.socket->is_full = true;
                    break;
                case 1:
                    fixture.socket->is_full = false;
                    fixture.streams.drained(*fixture.socket);
                    break;
                default: {
                    std::vector<Event> batch;
                    for (std::uint64_t count = random.next() % 3 + 1; count > 0; --count)
                        batch.push_back(fixture.commit("a"));
                    published += static_cast<std::int64_t>(batch.size());
                    fixture.streams.publish(batch);
                }
            }
        }
        fixture.socket->is_full = false;
        fixture.streams.drained(*fixture.socket);
        const auto sent = values_of(*fixture.socket);
        CHECK(static_cast<std::int64_t>(sent.size()) + receipted(*fixture.socket) == published);
        // The messages join without a hole and without an overlap.
        Sequence position = 100;
        for (const Value& message : fixture.socket->messages()) {
            if (const Value* gap = message.find("gap")) {
                CHECK(sequence_of(*gap->find("from")) == position);
                position = sequence_of(*gap->find("to"));
                continue;
            }
            const auto values = values_of(message);
            CHECK(values.front() == static_cast<std::int64_t>(position) + 1);
            position = sequence_of(*message.find("cur"));
            CHECK(values.back() == static_cast<std::int64_t>(position));
        }
        CHECK(position == fixture.log.now.sequence);
    }
}

TEST_CASE("the figures tell what was sent and what was receipted") {
    Fixture fixture;
    fixture.subscribe();
    fixture.publish("a");
    fixture.socket->is_full = true;
    fixture.streams.publish({fixture.commit("a"), fixture.commit("a")});
    const auto count = [&](std::string_view outcome) {
        return fixture.metrics
            .counter("tandem_stream_events_total", "outcome=\"" + std::string{outcome} + "\"")
            .value();
    };
    CHECK(count("sent") == 1);
    CHECK(count("receipted") == 2);
    CHECK(fixture.metrics.gauge("tandem_subscriptions").value() == 1);
    fixture.streams.remove_all(*fixture.socket);
    CHECK(fixture.metrics.gauge("tandem_subscriptions").value() == 0);
}

TEST_CASE("nothing is sent before a subscription is released, and then everything in order") {
    Fixture fixture;
    const auto added = fixture.streams.add(fixture.socket, {.filter = readings_of_all()});
    CHECK(added.start.sequence == 100);
    fixture.publish("a");
    fixture.publish("b");
    CHECK(fixture.socket->sent.empty());
    Event old = fixture.commit("a");
    old.value = 7;
    fixture.streams.show(*fixture.socket, added.id, {old});
    fixture.streams.release(*fixture.socket, added.id);
    const auto messages = fixture.socket->messages();
    REQUIRE(messages.size() == 2);
    CHECK(values_of(messages[0]) == std::vector<std::int64_t>{7});
    CHECK(sequence_of(*messages[0].find("cur")) == 100);
    CHECK(values_of(messages[1]) == std::vector<std::int64_t>{101, 102});
    CHECK(sequence_of(*messages[1].find("cur")) == 102);
}

TEST_CASE("events wait as long as their subscription lets them, receipts not at all") {
    Fixture fixture;
    const auto added =
        fixture.streams.add(fixture.socket, {.filter = readings_of_all(), .gather = 5ms});
    fixture.streams.release(*fixture.socket, added.id);
    fixture.publish("a");
    fixture.socket->is_full = true;
    fixture.publish("a");
    fixture.socket->is_full = false;
    fixture.streams.drained(*fixture.socket);
    CHECK(fixture.socket->waits == std::vector<Duration>{5ms, 0ms});
}

TEST_CASE("a subscription that ends while it is held is not released") {
    Fixture fixture;
    const auto added = fixture.streams.add(fixture.socket, {.filter = readings_of_all()});
    fixture.publish("a");
    CHECK(fixture.streams.remove(*fixture.socket, added.id));
    fixture.streams.show(*fixture.socket, added.id, {fixture.commit("a")});
    fixture.streams.release(*fixture.socket, added.id);
    CHECK(fixture.socket->sent.empty());
}

TEST_CASE("a filter by labels follows the devices that get and lose them") {
    Fixture fixture;
    Filter kitchen = readings_of_all();
    kitchen.labels = {{"room", "kitchen"}};
    fixture.subscribe(kitchen);
    fixture.publish("a");
    CHECK(fixture.socket->sent.empty());
    fixture.streams.publish(
        {fixture.labelled("a", Value::Object{{"room", "kitchen"}, {"x", "y"}})});
    fixture.publish("a");
    CHECK(fixture.socket->sent.size() == 1);
    fixture.streams.publish({fixture.labelled("a", Value::Object{{"room", "hall"}})});
    fixture.publish("a");
    CHECK(fixture.socket->sent.size() == 1);
    Event foreign = fixture.labelled("a", Value::Object{{"room", "kitchen"}});
    foreign.device.tenant = TenantId{"elsewhere"};
    fixture.streams.publish({foreign});
    fixture.publish("a");
    CHECK(fixture.socket->sent.size() == 1);
}

TEST_CASE("a change of labels counts from its event on, inside one commit too") {
    Fixture fixture;
    Filter kitchen = readings_of_all();
    kitchen.labels = {{"room", "kitchen"}};
    fixture.subscribe(kitchen);
    const Event before = fixture.commit("a");
    const Event change = fixture.labelled("a", Value::Object{{"room", "kitchen"}});
    const Event after = fixture.commit("a");
    fixture.streams.publish({before, change, after});
    CHECK(values_of(*fixture.socket) == std::vector<std::int64_t>{103});
}

TEST_CASE("another tenant's device of the same id changes nothing of what a subscriber sees") {
    Fixture fixture;
    const TenantId other{"plant"};
    const Allowance kitchen{
        .scopes = {Scope::kTelemetryRead}, .devices = {}, .labels = {{"room", "kitchen"}}};
    const Actor actor{.kind = PrincipalKind::kApp,
                      .tenant = kHome,
                      .id = "display",
                      .credential = {},
                      .scopes = Scopes::all(),
                      .allowances = std::make_shared<const Allowances>(Allowances{kitchen})};
    Filter filter = readings_of_all();
    filter.sight.emplace(actor, filter.kinds);
    fixture.subscribe(std::move(filter));
    const auto elsewhere = [&](Value labels) {
        Event event = fixture.labelled("lamp-1", std::move(labels));
        event.device.tenant = other;
        fixture.streams.publish({event});
    };
    elsewhere(Value::Object{{"room", "kitchen"}});
    fixture.publish("lamp-1");
    CHECK(values_of(*fixture.socket).empty());
    fixture.streams.publish({fixture.labelled("lamp-1", Value::Object{{"room", "kitchen"}})});
    elsewhere(Value::Object{{"room", "hall"}});
    fixture.publish("lamp-1");
    CHECK(values_of(*fixture.socket) == std::vector<std::int64_t>{105});
}
