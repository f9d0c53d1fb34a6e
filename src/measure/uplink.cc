#include "measure/uplink.h"

#include <deque>
#include <utility>

namespace tandem::measure {
namespace {

client::Call write_of(Value body) {
    client::Call call{.operation = "telemetry.write", .path = Value::Object{{"device", "me"}}};
    call.body = std::move(body);
    return call;
}

Result<void> without_reply(Result<client::Reply> reply) {
    if (!reply) return pass(reply);
    return {};
}

Task<Result<void>> write(client::HubClient* client, Value body) {
    client::Call call = write_of(std::move(body));
    auto reply = co_await client->call(std::move(call));
    co_return without_reply(std::move(reply));
}

class FreshUplink final : public Uplink {
public:
    explicit FreshUplink(LinkSetting setting)
        : setting_{std::move(setting)},
          connect_{setting_.wires->connect(setting_.access, Ending::kSaidAll)} {}

    Task<Result<void>> open() override { co_return Result<void>{}; }
    Task<Result<void>> send(Value body) override {
        client::RestClient client{*setting_.loop, setting_.access, connect_};
        co_return co_await write(&client, std::move(body));
    }

private:
    LinkSetting setting_;
    client::Connect connect_;
};

class KeptUplink final : public Uplink {
public:
    explicit KeptUplink(const LinkSetting& setting)
        : client_{*setting.loop, setting.access, setting.wires->connect(setting.access)} {}

    Task<Result<void>> open() override {
        // Any request opens the connection.
        client::Call call{.operation = "me.get"};
        auto reply = co_await client_.call(std::move(call));
        co_return without_reply(std::move(reply));
    }
    Task<Result<void>> send(Value body) override {
        co_return co_await write(&client_, std::move(body));
    }

private:
    client::RestClient client_;
};

class SocketUplink : public Uplink {
public:
    explicit SocketUplink(const LinkSetting& setting)
        : client_{*setting.loop, *setting.random, setting.access,
                  setting.wires->connect(setting.access)} {}

    Task<Result<void>> open() override {
        auto hello = co_await client_.open();
        if (!hello) co_return pass(hello);
        co_return Result<void>{};
    }
    Task<Result<void>> send(Value body) override {
        co_return co_await write(&client_, std::move(body));
    }

protected:
    client::WebSocketClient client_;
};

/// Readings that are acknowledged together: the hub counts those that are through, in their order.
class AcksUplink final : public SocketUplink {
public:
    explicit AcksUplink(const LinkSetting& setting) : SocketUplink{setting} {
        client_.on_message([this](const Value& message) { hear(message); });
        client_.on_closed([this](const client::Closing& /*closing*/) {
            settle(waiting_.size(), fail(ErrorCode::kUnavailable, "the socket is closed"));
        });
    }

    Task<Result<void>> send(Value body) override {
        client::Call call = write_of(std::move(body));
        call.ack = "batch";
        Completion<Result<void>> acknowledged;
        waiting_.push_back(acknowledged);
        client_.tell(call);
        co_return co_await acknowledged;
    }

private:
    void hear(const Value& message) {
        const Value* ack = message.find("ack");
        if (ack == nullptr) return;
        const auto through = static_cast<std::size_t>(client::number_at(*ack, "n"));
        if (client::number_at(*ack, "refused") > 0) {
            return settle(through, fail(ErrorCode::kUnprocessable, "a reading was refused"));
        }
        settle(through, Result<void>{});
    }
    void settle(std::size_t count, const Result<void>& result) {
        for (; count > 0 && !waiting_.empty(); --count) {
            auto first = std::move(waiting_.front());
            waiting_.pop_front();
            first.complete(result);
        }
    }

    std::deque<Completion<Result<void>>> waiting_;
};

}  // namespace

std::unique_ptr<Uplink> make_uplink(advise::Readings way, LinkSetting setting) {
    switch (way) {
        case advise::Readings::kRestFresh:
            return std::make_unique<FreshUplink>(std::move(setting));
        case advise::Readings::kRest:
        case advise::Readings::kRestBatched:
            return std::make_unique<KeptUplink>(setting);
        case advise::Readings::kSocketAcks:
            return std::make_unique<AcksUplink>(setting);
        case advise::Readings::kSocketDeflate:
            setting.access.deflate = true;
            break;
        case advise::Readings::kSocketCbor:
            setting.access.encoding = contract::Encoding::kCbor;
            break;
        default:
            break;
    }
    return std::make_unique<SocketUplink>(setting);
}

}  // namespace tandem::measure
