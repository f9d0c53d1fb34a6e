#include "measure/downlink.h"

#include "codec/json.h"
#include "measure/waiting.h"

#include <utility>

namespace tandem::measure {
namespace {

using client::items_at;
using client::number_at;
using client::text_at;

constexpr std::size_t kEventLine = std::size_t{1} * 1'024 * 1'024;

/// What goes on by itself ends with its link.
struct Alive {
    bool gone = false;
};

client::Call about_me(std::string operation) {
    return {.operation = std::move(operation), .path = Value::Object{{"device", "me"}}};
}

client::Call finish_of(const std::string& id) {
    client::Call call = about_me("commands.finish");
    call.path.set("command", id);
    call.body = Value::Object{{"status", "done"}};
    return call;
}

/// Asks without asking again: a client may be destroyed while it waits.
Task<Result<Value>> ask_once(client::RestClient* client, client::Call call) {
    const auto text = std::make_shared<std::string>();
    client::RestClient::Piece piece = [text](std::string_view bytes) { *text += bytes; };
    auto reply = co_await client->call(std::move(call), std::move(piece));
    if (!reply) co_return pass(reply);
    if (text->empty()) co_return Value{};
    co_return codec::parse_json(*text);
}

std::int64_t number_of(const Value& command) {
    const Value* params = command.find("params");
    return params == nullptr ? -1 : static_cast<std::int64_t>(number_at(*params, "n"));
}

// ---------------------------------------------------------------- server-sent events

/// Asks for a stream of events and hands over the data of each.
class EventStream {
public:
    using Take = std::function<void(const Value& data)>;

    EventStream(const LinkSetting& setting, Take take)
        : client_{*setting.loop, setting.access, setting.wires->connect(setting.access)},
          take_{std::move(take)} {}

    /// Ends when the hub has begun to answer.
    Task<Result<void>> open(Value query) {
        client::Call call{.operation = "stream.read", .query = std::move(query)};
        call.headers = Value::Object{{"accept", "text/event-stream"}};
        call.patience = 75s;
        spawn(run(this, std::move(call)));
        co_return co_await began_;
    }

private:
    static Task<void> run(EventStream* stream, client::Call call) {
        const std::weak_ptr<Alive> alive = stream->alive_;
        client::RestClient::Piece piece = [stream](std::string_view bytes) { stream->hear(bytes); };
        auto reply = co_await stream->client_.call(std::move(call), std::move(piece));
        if (alive.expired()) co_return;
        stream->began_.complete(fail(ErrorCode::kUnavailable, "the stream of events has ended"));
    }

    void hear(std::string_view bytes) {
        began_.complete(Result<void>{});
        text_ += bytes;
        for (std::size_t end = text_.find('\n'); end != std::string::npos; end = text_.find('\n')) {
            const std::string line = text_.substr(0, end);
            text_.erase(0, end + 1);
            constexpr std::string_view data = "data: ";
            if (!line.starts_with(data)) continue;
            if (auto value = codec::parse_json(line.substr(data.size()))) take_(*value);
        }
        if (text_.size() > kEventLine) text_.clear();
    }

    client::RestClient client_;
    Take take_;
    std::string text_;
    Completion<Result<void>> began_;
    std::shared_ptr<Alive> alive_ = std::make_shared<Alive>();
};

// ---------------------------------------------------------------- commands

/// Commands over REST: asked for at an interval, waited for, or taken when an event tells of one.
class RestCommands final : public Downlink {
public:
    RestCommands(advise::Commands way, const LinkSetting& setting, Duration poll, Heard heard)
        : loop_{*setting.loop},
          way_{way},
          poll_{poll},
          heard_{std::move(heard)},
          taker_{*setting.loop, setting.access, setting.wires->connect(setting.access)},
          reporter_{*setting.loop, setting.access, setting.wires->connect(setting.access)},
          events_{setting, [this](const Value& data) { hear(data); }} {}
    ~RestCommands() override { alive_->gone = true; }

    Task<Result<void>> open() override {
        if (way_ == advise::Commands::kSse) {
            auto query = Value::Object{{"kinds", "command"}};
            co_return co_await events_.open(std::move(query));
        }
        spawn(keep_taking(this, alive_));
        co_return Result<void>{};
    }

private:
    [[nodiscard]] client::Call take() const {
        client::Call call = about_me("commands.take");
        call.query = Value::Object{{"status", "queued"}};
        const bool waits = way_ == advise::Commands::kLongPoll;
        call.headers = Value::Object{{"prefer", waits ? "wait=30" : "wait=0"}};
        return call;
    }

    void hear(const Value& data) {
        for (const Value& event : items_at(data, "ev")) {
            const Value* value = event.find("v");
            if (value != nullptr && text_at(*value, "status") == "queued") {
                spawn(take_once(this, alive_));
            }
        }
    }

    void deliver(const Value& page) {
        const auto& commands = items_at(page, "items");
        // The hub keeps their order: none is handed out behind one that was not reported.
        held_back_ = held_back_ || (commands.empty() && reports_ > 0);
        for (const Value& command : commands) {
            heard_(number_of(command));
            ++reports_;
            spawn(report(this, alive_, text_at(command, "id")));
        }
    }

    static Task<void> report(RestCommands* link, std::shared_ptr<Alive> alive, std::string id) {
        client::Call call = finish_of(id);
        if (alive->gone) co_return;
        auto reported = co_await ask_once(&link->reporter_, std::move(call));
        static_cast<void>(reported.has_value());
        if (alive->gone || --link->reports_ > 0) co_return;
        if (!std::exchange(link->held_back_, false)) co_return;
        // Of what was held back no event tells again. The others ask anyway.
        if (link->way_ == advise::Commands::kSse) spawn(take_once(link, alive));
    }

    static Task<void> take_once(RestCommands* link, std::shared_ptr<Alive> alive) {
        client::Call call = link->take();
        auto page = co_await ask_once(&link->taker_, std::move(call));
        if (!alive->gone && page) link->deliver(*page);
    }

    static Task<void> keep_taking(RestCommands* link, std::shared_ptr<Alive> alive) {
        while (!alive->gone) {
            co_await take_once(link, alive);
            if (alive->gone) co_return;
            if (link->way_ == advise::Commands::kShortPoll) {
                co_await pause(&link->loop_, link->poll_);
            }
        }
    }

    net::Loop& loop_;
    advise::Commands way_;
    Duration poll_;
    Heard heard_;
    client::RestClient taker_;
    client::RestClient reporter_;
    EventStream events_;
    int reports_ = 0;         // Under way.
    bool held_back_ = false;  // Nothing was handed out meanwhile.
    std::shared_ptr<Alive> alive_ = std::make_shared<Alive>();
};

class SocketCommands final : public Downlink {
public:
    SocketCommands(const LinkSetting& setting, Heard heard)
        : heard_{std::move(heard)},
          client_{*setting.loop, *setting.random, setting.access,
                  setting.wires->connect(setting.access)} {
        client_.on_message([this](const Value& message) {
            const Value* command = message.find("cmd");
            if (command == nullptr) return;
            heard_(number_of(*command));
            client_.tell(finish_of(text_at(*command, "id")));
        });
    }

    Task<Result<void>> open() override {
        auto hello = co_await client_.open();
        if (!hello) co_return pass(hello);
        co_return Result<void>{};
    }

private:
    Heard heard_;
    client::WebSocketClient client_;
};

// ---------------------------------------------------------------- events

Value wish(const std::string& device) {
    return Value::Object{{"devices", Value::Array{device}}, {"series", Value::Array{"n"}}};
}

void tell_events(const Value& message, const Downlink::Heard& heard) {
    for (const Value& event : items_at(message, "ev")) {
        heard(static_cast<std::int64_t>(number_at(event, "v")));
    }
}

class SocketWatcher final : public Downlink {
public:
    SocketWatcher(const LinkSetting& setting, std::string device, Heard heard)
        : device_{std::move(device)},
          client_{*setting.loop, *setting.random, setting.access,
                  setting.wires->connect(setting.access)} {
        client_.on_message(
            [heard = std::move(heard)](const Value& message) { tell_events(message, heard); });
    }

    Task<Result<void>> open() override {
        auto hello = co_await client_.open();
        if (!hello) co_return pass(hello);
        client::Call call{.operation = "stream.subscribe"};
        call.body = wish(device_);
        auto reply = co_await client_.call(std::move(call));
        if (!reply) co_return pass(reply);
        co_return Result<void>{};
    }

private:
    std::string device_;
    client::WebSocketClient client_;
};

class SseWatcher final : public Downlink {
public:
    SseWatcher(const LinkSetting& setting, std::string device, Heard heard)
        : device_{std::move(device)},
          events_{setting,
                  [heard = std::move(heard)](const Value& data) { tell_events(data, heard); }} {}

    Task<Result<void>> open() override {
        auto query = wish(device_);
        co_return co_await events_.open(std::move(query));
    }

private:
    std::string device_;
    EventStream events_;
};

/// Asks from a cursor, again and again: at an interval, or waiting for what comes.
class AskingWatcher final : public Downlink {
public:
    AskingWatcher(advise::Door door,
                  const LinkSetting& setting,
                  std::string device,
                  Duration poll,
                  Heard heard)
        : loop_{*setting.loop},
          waits_{door == advise::Door::kPoll},
          device_{std::move(device)},
          poll_{poll},
          heard_{std::move(heard)},
          client_{*setting.loop, setting.access, setting.wires->connect(setting.access)} {}
    ~AskingWatcher() override { alive_->gone = true; }

    Task<Result<void>> open() override {
        client::Call call = read("now");
        call.headers = Value{};
        auto page = co_await ask_once(&client_, std::move(call));
        if (!page) co_return pass(page);
        cursor_ = text_at(*page, "cur");
        spawn(keep_asking(this, alive_));
        co_return Result<void>{};
    }

private:
    [[nodiscard]] client::Call read(const std::string& start) const {
        client::Call call{.operation = "stream.read", .query = wish(device_)};
        call.query.set("start", start);
        if (waits_) call.headers = Value::Object{{"prefer", "wait=30"}};
        return call;
    }

    static Task<void> keep_asking(AskingWatcher* link, std::shared_ptr<Alive> alive) {
        while (!alive->gone) {
            client::Call call = link->read(link->cursor_);
            auto page = co_await ask_once(&link->client_, std::move(call));
            if (alive->gone || !page) co_return;
            link->cursor_ = text_at(*page, "cur");
            tell_events(*page, link->heard_);
            if (!link->waits_) co_await pause(&link->loop_, link->poll_);
        }
    }

    net::Loop& loop_;
    bool waits_;
    std::string device_;
    Duration poll_;
    Heard heard_;
    std::string cursor_;
    client::RestClient client_;
    std::shared_ptr<Alive> alive_ = std::make_shared<Alive>();
};

}  // namespace

std::unique_ptr<Downlink> make_command_link(advise::Commands way,
                                            LinkSetting setting,
                                            Duration poll,
                                            Downlink::Heard heard) {
    if (way == advise::Commands::kSocket) {
        return std::make_unique<SocketCommands>(setting, std::move(heard));
    }
    return std::make_unique<RestCommands>(way, setting, poll, std::move(heard));
}

std::unique_ptr<Downlink> make_watcher(advise::Door door,
                                       LinkSetting setting,
                                       std::string device,
                                       Duration poll,
                                       Downlink::Heard heard) {
    if (door == advise::Door::kSocket) {
        return std::make_unique<SocketWatcher>(setting, std::move(device), std::move(heard));
    }
    if (door == advise::Door::kSse) {
        return std::make_unique<SseWatcher>(setting, std::move(device), std::move(heard));
    }
    return std::make_unique<AskingWatcher>(door, setting, std::move(device), poll,
                                           std::move(heard));
}

}  // namespace tandem::measure
