// A log that cannot be read for a while: what was missed comes later, and nothing is said to be
// gone.
#include "scenario/prometheus.h"
#include "simulation/served_hub.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tandem::simulation {
namespace {

/// A log that may not let itself be read.
class HookedLog final : public EventLog {
public:
    explicit HookedLog(EventLog& behind) : behind_{behind} {}

    bool is_readable = true;

    [[nodiscard]] Cursor head() const override { return behind_.head(); }
    void listen(EventListener listener) override { behind_.listen(std::move(listener)); }
    Task<Result<Past>> read(Stretch wanted) override {
        if (!is_readable) co_return fail(ErrorCode::kStorageFailed, "the disk does not give it");
        co_return co_await behind_.read(wanted);
    }

private:
    EventLog& behind_;
};

struct Meter {
    Meter() { hub.part->shard.stores.log = &log; }
    ~Meter() { hub.part->shard.stores.log = &behind; }
    Meter(const Meter&) = delete;
    Meter& operator=(const Meter&) = delete;

    ServedHub hub;
    std::string key = hub.make_device("meter");
    EventLog& behind = *hub.part->shard.stores.log;
    HookedLog log{behind};

    void write(std::int64_t value) {
        const Answer stored = ask(hub, {.method = "POST",
                                        .target = "/v1/me/telemetry",
                                        .headers = bearer(key),
                                        .body = R"({"power":)" + std::to_string(value) + "}"});
        REQUIRE_MESSAGE(stored.status == 200, stored.body);
    }
    Answer page(const std::string& query) {
        return ask(hub, {.target = "/v1/stream?" + query, .headers = bearer(hub.admin.admin_key)});
    }
    std::string cursor() { return *page("").json().find("cur")->get<std::string>(); }
    double failures() {
        const Answer page =
            ask(hub, {.target = "/metrics", .headers = bearer(hub.admin.admin_key)});
        return scenario::PrometheusPage{page.body}.value("tandem_stream_read_failures_total");
    }
};

using Numbers = std::vector<std::int64_t>;

/// The values that came since the last call; a receipt is -1.
Numbers got(const std::vector<Value>& messages) {
    Numbers out;
    for (const Value& message : messages) {
        if (message.find("gap") != nullptr) out.push_back(-1);
        const Value* events = message.find("ev");
        if (events == nullptr) continue;
        for (const Value& event : *events->get<Value::Array>())
            out.push_back(*event.find("v")->get<std::int64_t>());
    }
    return out;
}

std::string going_on_from(const std::string& cursor) {
    return R"({"id":1,"op":"stream.subscribe","body":{"start":")" + cursor + R"("}})";
}

}  // namespace

TEST_CASE("a socket gets what it has missed when the log can be read again, and no receipt") {
    Meter meter;
    const std::string start = meter.cursor();
    meter.write(1);
    meter.write(2);
    meter.log.is_readable = false;
    Socket socket{meter.hub, bearer(meter.hub.admin.admin_key)};
    REQUIRE(*socket.request(going_on_from(start)).find("status") == Value{200});
    meter.write(3);
    meter.hub.pass(3500ms);
    CHECK(got(socket.messages()).empty());
    CHECK(meter.failures() == 4);
    meter.log.is_readable = true;
    meter.hub.pass(1s);
    CHECK(got(socket.messages()) == Numbers{1, 2, 3});
    meter.write(4);
    CHECK(got(socket.messages()) == Numbers{4});
}

TEST_CASE("a subscription that ends while the log cannot be read is not tried again") {
    Meter meter;
    const std::string start = meter.cursor();
    meter.write(1);
    meter.log.is_readable = false;
    Socket socket{meter.hub, bearer(meter.hub.admin.admin_key)};
    REQUIRE(*socket.request(going_on_from(start)).find("status") == Value{200});
    CHECK(meter.failures() == 1);
    CHECK(
        *socket.request(R"({"id":2,"op":"stream.unsubscribe","body":{"sub":1}})").find("status") ==
        Value{204});
    meter.log.is_readable = true;
    meter.hub.pass(5s);
    CHECK(meter.failures() == 1);
    CHECK(got(socket.messages()).empty());
}

TEST_CASE("who reads a page is told that the log cannot be read, and goes on from there later") {
    Meter meter;
    const std::string start = "start=" + meter.cursor();
    meter.write(1);
    meter.log.is_readable = false;
    const Answer refused = meter.page(start);
    CHECK(refused.status == 503);
    CHECK(refused.problem() == "storage-failed");
    meter.log.is_readable = true;
    const Value page = meter.page(start).json();
    CHECK(got({page}) == Numbers{1});
    CHECK(page.find("gaps")->get<Value::Array>()->empty());
}

}  // namespace tandem::simulation
