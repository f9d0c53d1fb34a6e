// What costs much is done for a few at a time: nobody's histories keep the others waiting.
#include "simulation/served_hub.h"

#include <doctest/doctest.h>

#include <array>

namespace tandem {
namespace {

using simulation::Answer;
using simulation::ask;
using simulation::Connection;
using simulation::many_readings;
using simulation::ServedHub;

std::string history_of(const std::string& key) {
    return "GET /v1/devices/lamp-1/telemetry?series=power&limit=100000 HTTP/1.1\r\n"
           "Host: 127.0.0.1:8080\r\nAuthorization: Bearer " +
           key + "\r\n\r\n";
}

}  // namespace

TEST_CASE("a third history of one principal waits until an answer has left, another's does not") {
    ServedHub hub;
    const std::string device = hub.make_device("lamp-1");
    const Answer stored = ask(hub, {.method = "POST",
                                    .target = "/v1/devices/lamp-1/telemetry",
                                    .headers = simulation::bearer(hub.admin.admin_key),
                                    .body = many_readings(9'000)});
    REQUIRE_MESSAGE(stored.status == 200, stored.body);

    std::array<Connection, 4> readers{Connection{hub}, Connection{hub}, Connection{hub},
                                      Connection{hub}};
    for (Connection& each : readers)
        each.hold(true);
    for (std::size_t at = 0; at < 3; ++at)
        readers[at].feed(history_of(hub.admin.admin_key));
    readers[3].feed(history_of(device));
    hub.pass(1s);
    CHECK(readers[0].take().starts_with("HTTP/1.1 200 "));
    CHECK(readers[1].take().starts_with("HTTP/1.1 200 "));
    CHECK(readers[2].take().empty());
    CHECK(readers[3].take().starts_with("HTTP/1.1 200 "));

    readers[0].hold(false);
    hub.pass(1s);
    CHECK(readers[2].take().starts_with("HTTP/1.1 200 "));
}

TEST_CASE("who waits for a history too long is told to come again") {
    ServedHub hub;
    hub.make_device("lamp-1");
    REQUIRE(ask(hub, {.method = "POST",
                      .target = "/v1/devices/lamp-1/telemetry",
                      .headers = simulation::bearer(hub.admin.admin_key),
                      .body = many_readings(9'000)})
                .status == 200);
    std::array<Connection, 3> readers{Connection{hub}, Connection{hub}, Connection{hub}};
    for (Connection& each : readers) {
        each.hold(true);
        each.feed(history_of(hub.admin.admin_key));
    }
    hub.pass(11s);
    const std::string told = readers[2].take();
    CHECK(told.starts_with("HTTP/1.1 429 "));
    CHECK(told.contains("retry-after: 1"));
    const std::string labels = "limit=\"telemetry.reads_waiting\"";
    CHECK(hub.hub->metrics.counter("tandem_limit_hits_total", labels).value() == 1);
}

}  // namespace tandem
