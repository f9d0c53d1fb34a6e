#include "cli/command.h"
#include "cli/hub_options.h"
#include "cli/terminal.h"
#include "cli/text.h"
#include "client/backoff.h"
#include "client/problem.h"
#include "codec/json.h"

#include <fmt/format.h>

#include <csignal>

namespace tandem::cli {
namespace {

struct WatchOptions {
    HubOptions hub;
    std::vector<std::string> devices;
    std::vector<std::string> series;
    std::vector<std::string> kinds;
    std::vector<std::string> labels;
    std::string start = "now";
    std::uint64_t count = 0;
    bool json = false;
};

void describe(Subcommand sub, WatchOptions& options) {
    sub.option("--device", options.devices, "Only these devices");
    sub.option("--label", options.labels, "NAME=VALUE: only devices with these labels");
    sub.option("--series", options.series, "Only these series; `temp*` for all that begin so");
    sub.option("--kind", options.kinds, "Only events of these kinds; readings if missing")
        .one_of({"reading", "config", "state", "command", "presence", "device", "series", "event",
                 "audit", "advice"});
    sub.option("--start", options.start, "`now`, `latest` (the newest readings first) or a cursor")
        .show_default();
    sub.option("--count", options.count, "End after so many events; 0: never");
    add_hub_options(sub, options.hub);
    sub.flag("--json", options.json, "One line of JSON per event, with the stream's position");
}

Value list_of(const std::vector<std::string>& texts) {
    return Value::Array(texts.begin(), texts.end());
}

Result<Value> subscription_of(const WatchOptions& options) {
    Value body = Value::Object{{"start", options.start}};
    if (!options.devices.empty()) body.set("devices", list_of(options.devices));
    if (!options.series.empty()) body.set("series", list_of(options.series));
    if (!options.kinds.empty()) body.set("kinds", list_of(options.kinds));
    Value::Object labels;
    for (const std::string& label : options.labels) {
        auto pair = parse_pair(label);
        if (!pair) return pass(pair);
        labels.emplace_back(pair->first, pair->second);
    }
    if (!labels.empty()) body.set("labels", std::move(labels));
    return body;
}

/// One subscription that is watched until somebody has seen enough. Comes back when the socket is
/// lost, from where it was.
class Watch {
public:
    Watch(net::Loop& loop, Random& random, client::Access access, const WatchOptions& options)
        : options_{options},
          random_{random},
          socket_{loop, random, std::move(access)},
          pause_{loop} {
        socket_.on_message([this](const Value& message) { hear(message); });
        socket_.on_closed([this](const client::Closing& closing) { lose(closing); });
    }

    /// Fails with why the first connection or subscription did not come about, or with why the hub
    /// wants this socket no more.
    Task<Result<void>> run(Value subscription) {
        bool came_in = false;
        while (!over_) {
            auto open = co_await come_in_once(subscription);
            if (!open && (!came_in || !worth_another_try(open.error()))) co_return pass(open);
            if (open) {
                came_in = true;
                backoff_.reset();
                co_await stay();
            }
            if (ended_) co_return std::unexpected(*ended_);
            if (over_) break;
            complain("the connection is lost; trying again");
            co_await pause_.wait(backoff_.next(random_));
            if (!cursor_.empty()) subscription.set("start", cursor_);
        }
        socket_.close();
        co_return Result<void>{};
    }
    void stop() {
        over_ = true;
        pause_.wake();
    }

private:
    static bool worth_another_try(const Error& error) {
        return error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kRequestTimeout;
    }
    Task<Result<void>> come_in_once(Value subscription) {
        auto hello = co_await socket_.open();
        if (!hello) co_return pass(hello);
        client::Call call{.operation = "stream.subscribe", .body = subscription};
        auto reply = co_await socket_.call(std::move(call));
        if (!reply) co_return pass(reply);
        cursor_ = client::text_at(reply->body, "cursor");
        co_return Result<void>{};
    }
    // As long as the socket is open and more is to be seen.
    Task<void> stay() {
        while (!over_ && socket_.is_open())
            co_await pause_.wait(1h);
    }
    void hear(const Value& message) {
        if (over_) return;
        if (const Value* gap = message.find("gap")) tell_gap(*gap);
        const std::string cursor = client::text_at(message, "cur");
        for (const Value& event : client::items_at(message, "ev")) {
            if (over_) return;
            tell(event, cursor);
            if (++seen_ == options_.count) stop();
        }
        if (!cursor.empty()) cursor_ = cursor;
    }
    void tell(const Value& event, const std::string& cursor) const {
        if (options_.json) {
            Value whole = event;
            if (!cursor.empty()) whole.set("cur", cursor);
            return print_json(whole);
        }
        const Value* value = event.find("v");
        const std::string kind = client::text_at(event, "k");
        const std::string series = client::text_at(event, "s");
        print_line(fmt::format("{}  {:<24} {:<16} {}{}",
                               toned(Tone::kFaint, time_of_day(client::number_at(event, "t"))),
                               printable(client::text_at(event, "d")),
                               printable(series.empty() ? kind : series),
                               value == nullptr ? "" : printable(codec::to_json(*value)),
                               event.find("late") == nullptr ? "" : toned(Tone::kFaint, "  late")));
    }
    void tell_gap(const Value& gap) const {
        if (options_.json) return print_json(Value::Object{{"gap", gap}});
        print_line(toned(Tone::kBad, fmt::format("-- {} events were not sent: {} --",
                                                 client::number_at(gap, "n"),
                                                 printable(client::text_at(gap, "why")))));
    }
    void lose(const client::Closing& closing) {
        if (closing.final() && !over_) {
            ended_ = fail(ErrorCode::kForbidden, "the hub has closed the socket: " + closing.reason)
                         .error();
        }
        pause_.wake();
    }

    const WatchOptions& options_;
    Random& random_;
    client::WebSocketClient socket_;
    client::Pause pause_;
    client::Backoff backoff_;
    std::optional<Error> ended_;
    std::string cursor_;
    std::uint64_t seen_ = 0;
    bool over_ = false;
};

int act(const WatchOptions& options) {
    auto subscription = subscription_of(options);
    auto access = access_of(options.hub);
    if (!subscription || !access) {
        static_cast<void>(complain(subscription ? access.error() : subscription.error()));
        return kUsage;
    }
    net::block_signals({SIGINT, SIGTERM});
    const SystemClock clock;
    SystemRandom random;
    net::Loop loop{clock};
    Watch watch{loop, random, *access, options};
    bool asked = false;
    loop.on_signals({SIGINT, SIGTERM}, [&](int) {
        if (std::exchange(asked, true)) return loop.stop();  // Asked twice: at once.
        watch.stop();
    });
    const auto ended = finish(loop, watch.run(*std::move(subscription)));
    if (ended && !*ended) return complain(ended->error());
    return kOk;
}

}  // namespace

void add_watch(Commands commands) {
    add_subcommand<WatchOptions>(commands, "watch",
                                 "Shows events as they happen, one line each, until Ctrl-C.",
                                 "tandem watch --device lamp-1 --json", describe, act);
}

}  // namespace tandem::cli
