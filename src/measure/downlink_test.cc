#include "measure/downlink.h"

#include "net/http_connection.h"
#include "net/listener.h"
#include "net/loop.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

namespace tandem::measure {
namespace {

// A hub as far as commands over REST take one: it hands out the next command of a device once the
// one before is reported, and tells of each once. It takes its time over the first report: until
// somebody has asked in vain.
class SlowHub final : public net::HttpHandler {
public:
    SlowHub() = default;

    void on_request(std::shared_ptr<net::Exchange> exchange) override {
        const net::HttpRequest& request = exchange->request();
        if (request.target.starts_with("/v1/stream")) return tell(std::move(exchange));
        if (request.method == "GET") return hand_out(*exchange);
        report_ = std::move(exchange);
        if (in_vain_ > 0) settle();
    }
    net::HttpResponse refusal(const Error& error) override {
        return {.status = 400, .body = error.detail};
    }
    [[nodiscard]] std::size_t body_bytes_max(const net::HttpRequest& /*head*/,
                                             const net::Peer& /*peer*/) const override {
        return 1'000;
    }
    [[nodiscard]] int in_vain() const { return in_vain_; }

private:
    void tell(std::shared_ptr<net::Exchange> exchange) {
        stream_ = std::move(exchange);
        stream_->begin({.headers = {{"content-type", "text/event-stream"}}});
        for (int at = 0; at < 2; ++at)
            stream_->write("data: {\"ev\":[{\"v\":{\"status\":\"queued\"}}]}\n\n");
    }
    void hand_out(net::Exchange& exchange) {
        const bool may = handed_ == reported_ && handed_ < 2;
        std::string items;
        if (may) {
            ++handed_;
            const std::string number = std::to_string(handed_);
            items = R"({"id":"c)" + number + R"(","params":{"n":)" + number + "}}";
        }
        exchange.respond({.headers = {{"content-type", "application/json"}},
                          .body = R"({"items":[)" + items + "]}"});
        if (may) return;
        ++in_vain_;
        if (report_ != nullptr) settle();
    }
    void settle() {
        ++reported_;
        report_->respond({.headers = {{"content-type", "application/json"}}, .body = "{}"});
        report_.reset();
    }

    std::shared_ptr<net::Exchange> stream_;
    std::shared_ptr<net::Exchange> report_;
    int handed_ = 0;
    int reported_ = 0;
    int in_vain_ = 0;
};

TEST_CASE("a command that was held back behind another is taken once that one is reported") {
    const SystemClock clock;
    SystemRandom random;
    net::Loop loop{clock};
    Metrics metrics;
    const net::Limits limits;
    SlowHub hub;
    auto listener =
        net::Listener::open(loop, {.host = "127.0.0.1", .port = 0}, nullptr, limits, metrics,
                            [&] { return net::serve_http(hub, limits, metrics, clock); });
    REQUIRE(listener.has_value());
    WireCounter wires{loop, Wiring{}};
    const client::Access access{
        .url = {.tls = false, .host = "127.0.0.1", .port = (*listener)->endpoint().port},
        .key = "tdk_key",
        .tls = {}};
    std::vector<std::int64_t> heard;
    auto link =
        make_command_link(advise::Commands::kSse,
                          {.loop = &loop, .random = &random, .wires = &wires, .access = access},
                          250ms, [&](std::int64_t number) {
                              heard.push_back(number);
                              if (heard.size() == 2) loop.stop();
                          });
    const auto open = [](Downlink* opened) -> Task<void> {
        const auto begun = co_await opened->open();
        CHECK(begun.has_value());
    };
    spawn(open(link.get()));
    loop.call_after(10s, [&] { loop.stop(); });
    loop.run();
    CHECK(heard == std::vector<std::int64_t>{1, 2});
    CHECK(hub.in_vain() == 1);
}

}  // namespace
}  // namespace tandem::measure
