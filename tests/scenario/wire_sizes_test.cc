// What stands around a payload on the wire, counted in what the client writes and the hub answers:
// the constants of the cost model that say so are these very numbers.
#include "advise/constants.h"
#include "client/rest_client.h"
#include "client/websocket_client.h"
#include "simulation/served_hub.h"

#include <doctest/doctest.h>

#include <functional>

namespace tandem::simulation {
namespace {

using advise::Constant;

std::size_t json_size(const Value& value) {
    return codec::to_json(value).size();
}

/// The network between a client and the hub: both ends are real, and what passes is counted.
class Wire {
public:
    explicit Wire(ServedHub& hub) : hub_{hub} {}

    client::Connect connect() {
        return [this](std::unique_ptr<net::Protocol> protocol) -> std::unique_ptr<net::Transport> {
            auto end = std::make_unique<End>(*this, std::move(protocol));
            end_ = end.get();
            end->begin();
            return end;
        };
    }

    /// Lets everything arrive that is on its way.
    void settle() {
        for (int turn = 0; turn < 20; ++turn) {
            hub_.settle();
            if (end_ != nullptr) end_->carry();
        }
    }
    /// Waits for an answer, some of which the hub's other threads make.
    template <typename T>
    T await(const std::shared_ptr<std::optional<T>>& answer) {
        REQUIRE(hub_.loop.run_until([&] {
            if (end_ != nullptr) end_->carry();
            return answer->has_value();
        }));
        return *std::move(*answer);
    }
    std::size_t up = 0;
    std::size_t down = 0;
    void reset() { up = down = 0; }

private:
    class End final : public net::Transport {
    public:
        End(Wire& wire, std::unique_ptr<net::Protocol> protocol)
            : wire_{wire}, protocol_{std::move(protocol)}, hub_end_{wire.hub_} {}
        ~End() override { wire_.end_ = nullptr; }

        void begin() { protocol_->on_open(*this); }
        void carry() {
            if (!out_.empty()) {
                wire_.up += out_.size();
                hub_end_.feed(std::exchange(out_, {}));
            }
            const std::string in = hub_end_.take();
            wire_.down += in.size();
            if (!in.empty()) {
                protocol_->on_bytes({reinterpret_cast<const std::uint8_t*>(in.data()), in.size()});
            }
        }

        void write(std::string_view bytes) override { out_ += bytes; }
        void write_shared(const net::SharedBytes& bytes, Duration /*within*/) override {
            out_ += bytes.bytes();
        }
        void close() override {}
        void abort() override {}
        void pause_reading(bool /*paused*/) override {}
        [[nodiscard]] std::size_t queued_bytes() const override { return 0; }
        [[nodiscard]] const net::Peer& peer() const override { return peer_; }
        [[nodiscard]] Executor& executor() override { return wire_.hub_.loop; }

    private:
        Wire& wire_;
        std::unique_ptr<net::Protocol> protocol_;
        Connection hub_end_;
        std::string out_;
        net::Peer peer_;
    };

    ServedHub& hub_;
    End* end_ = nullptr;
};

const Value kReading = Value::Object{{"temperature", 21.5}};

client::Access access(const std::string& key) {
    return {.url = {.host = "127.0.0.1", .port = 8080},
            .key = key,
            .tls = nullptr,
            .encoding = contract::Encoding::kJson};
}

/// A hub with one device, and a client of it over REST.
struct OverRest {
    OverRest() : client{hub.loop, access(key), wire.connect()} { wire.settle(); }

    client::Reply ask(client::Call call) {
        wire.reset();
        const auto reply = wire.await(conformance::start(client.call(std::move(call))));
        // The client reports what is no 2xx as an error: 304 is none of its answers.
        return reply ? *reply : client::Reply{};
    }

    ServedHub hub;
    std::string key = hub.make_device("me-1");
    Wire wire{hub};
    client::RestClient client;
};

client::Call about_me(const std::string& operation) {
    return {.operation = operation, .path = Value::Object{{"device", "me"}}};
}

void agrees(Constant id, std::size_t counted) {
    CAPTURE(advise::row(id).name);
    CHECK(static_cast<double>(counted) == advise::row(id).value);
}

std::string queue_command(ServedHub& hub, const std::string& device) {
    const Answer sent = ask(hub, {.method = "POST",
                                  .target = "/v1/devices/" + device + "/commands",
                                  .headers = bearer(hub.admin.admin_key),
                                  .body = R"({"name":"set","params":{"on":true}})"});
    REQUIRE(sent.status == 202);
    return *sent.json().find("id")->get<std::string>();
}
const Value kParams = Value::Object{{"on", true}};

}  // namespace

TEST_CASE("the cost model's bytes around a REST request are those that are written") {
    OverRest it;
    it.hub.hub->durability = "durable";
    SUBCASE("a reading") {
        client::Call write = about_me("telemetry.write");
        write.body = kReading;
        CHECK(it.ask(write).status == 200);
        agrees(Constant::kPostUp, it.wire.up - json_size(kReading));
        agrees(Constant::kPostDown, it.wire.down);
    }
    SUBCASE("a configuration that has not changed, and one that has") {
        client::Call get = about_me("config.get");
        const client::Reply first = it.ask(get);
        CHECK(first.status == 200);
        const std::size_t body = json_size(first.body);
        const std::size_t down = it.wire.down - body;
        get.headers = Value::Object{{"if-none-match", client::text_at(first.headers, "etag")}};
        it.ask(get);
        agrees(Constant::kGetUp, it.wire.up);
        agrees(Constant::kGetDown, down);
        agrees(Constant::kNotModifiedDown, it.wire.down);
    }
    SUBCASE("the next command, none, and the report of one") {
        client::Call take = about_me("commands.take");
        take.query = Value::Object{{"status", "queued"}};
        take.headers = Value::Object{{"prefer", "wait=0"}};
        CHECK(it.ask(take).status == 200);
        agrees(Constant::kNextUp, it.wire.up);
        agrees(Constant::kNextEmptyDown, it.wire.down);
        const std::string id = queue_command(it.hub, "me-1");
        CHECK(it.ask(take).status == 200);
        agrees(Constant::kNextDown, it.wire.down - json_size(kParams));
        client::Call finish = about_me("commands.finish");
        finish.path.set("command", id);
        finish.body = Value::Object{{"status", "done"}};
        CHECK(it.ask(finish).status == 200);
        agrees(Constant::kFinishUp, it.wire.up);
        agrees(Constant::kFinishDown, it.wire.down - json_size(kParams));
    }
}

namespace {

/// An event as it stands in a message, with the comma behind it.
const std::size_t kEventSize =
    std::string{R"({"d":"me-1","s":"temperature","t":1700000000000,"v":21.5},)"}.size();

void report(ServedHub& hub, const std::string& key) {
    CHECK(ask(hub, {.method = "POST",
                    .target = "/v1/me/telemetry",
                    .headers = bearer(key),
                    .body = codec::to_json(kReading)})
              .status == 200);
}

}  // namespace

TEST_CASE("the cost model's bytes around an event are those that are written") {
    OverRest it;
    const std::string admin = it.hub.admin.admin_key;
    agrees(Constant::kEventItem, kEventSize);
    SUBCASE("in answers to questions") {
        client::RestClient watcher{it.hub.loop, access(admin), it.wire.connect()};
        const auto read = [&](const std::string& start) {
            it.wire.reset();
            client::Call call{.operation = "stream.read", .query = Value::Object{{"start", start}}};
            const auto reply = it.wire.await(conformance::start(watcher.call(std::move(call))));
            REQUIRE(reply.has_value());
            return *reply;
        };
        const std::string cursor = client::text_at(read("now").body, "cur");
        read(cursor);
        agrees(Constant::kPollUp, it.wire.up);
        agrees(Constant::kPollEmptyDown, it.wire.down);
        report(it.hub, it.key);
        read(cursor);
        agrees(Constant::kPollDown, it.wire.down - (kEventSize - 1));
    }
    SUBCASE("in server-sent events") {
        Connection watcher{it.hub};
        const std::string asked =
            "GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAccept: text/event-stream\r\n"
            "Authorization: Bearer " +
            admin + "\r\n\r\n";
        watcher.feed(asked);
        it.hub.settle();
        agrees(Constant::kSseUp, asked.size());
        agrees(Constant::kSseDown, watcher.take().size());
        report(it.hub, it.key);
        it.hub.settle();
        agrees(Constant::kSseEvent, watcher.take().size() - (kEventSize - 1));
        it.hub.pass(16s);
        agrees(Constant::kSseComment, watcher.take().size());
    }
    SUBCASE("over a socket") {
        Socket watcher{it.hub, bearer(admin)};
        watcher.request(R"({"id":1,"op":"stream.subscribe","body":{}})");
        report(it.hub, it.key);
        it.hub.settle();
        agrees(Constant::kSocketEvent, watcher.connection().take().size() - (kEventSize - 1));
    }
}

TEST_CASE("the cost model's bytes around a WebSocket message are those that are written") {
    ServedHub hub;
    hub.hub->durability = "durable";
    const std::string key = hub.make_device("me-1");
    Wire wire{hub};
    client::WebSocketClient client{hub.loop, hub.random, access(key), wire.connect()};
    REQUIRE(wire.await(conformance::start(client.open())).has_value());
    agrees(Constant::kUpgradeUp, wire.up);
    agrees(Constant::kUpgradeDown, wire.down);

    const auto call = [&](client::Call asked) {
        wire.reset();
        REQUIRE(wire.await(conformance::start(client.call(std::move(asked)))).has_value());
    };
    // A device sends many: the ids have three digits.
    for (int at = 0; at < 99; ++at)
        call(about_me("config.get"));
    client::Call write = about_me("telemetry.write");
    write.body = kReading;
    call(write);
    agrees(Constant::kSocketWriteUp, wire.up - json_size(kReading));
    agrees(Constant::kSocketReplyDown, wire.down);

    wire.reset();
    const std::string id = queue_command(hub, "me-1");
    wire.settle();
    agrees(Constant::kSocketCommandDown, wire.down - json_size(kParams));
    client::Call finish = about_me("commands.finish");
    finish.path.set("command", id);
    finish.body = Value::Object{{"status", "done"}};
    call(finish);
    agrees(Constant::kSocketFinishUp, wire.up);
    agrees(Constant::kSocketFinishDown, wire.down - json_size(kParams));
}

TEST_CASE("the cost model's bytes of readings that are acknowledged together are those written") {
    ServedHub hub;
    hub.hub->durability = "durable";
    Socket socket{hub, bearer(hub.make_device("me-1"))};
    const std::string before =
        R"({"op":"telemetry.write","path":{"device":"me"},"ack":"batch","body":)";
    const std::string body = codec::to_json(kReading);
    constexpr std::size_t header = 2 + 4;  // RFC 6455 section 5.2, masked.
    static_cast<void>(socket.messages());
    socket.send(before + body + "}");
    hub.settle();
    agrees(Constant::kSocketTellUp, before.size() + 1 + header);
    agrees(Constant::kSocketAckDown, socket.connection().take().size());
}

TEST_CASE("what the cost model takes for the hub's limits is what they are") {
    const net::Limits limits;
    const auto seconds = [](Duration span) { return static_cast<double>(span.count()) / 1e6; };
    CHECK(advise::row(Constant::kRestIdle).value == seconds(limits.idle_time));
    CHECK(advise::row(Constant::kDeflateFrom).value == static_cast<double>(limits.deflate_bytes));
}

}  // namespace tandem::simulation
