#include "simulation/watcher.h"

#include "client/wire.h"

#include <memory>
#include <string_view>
#include <utility>

namespace tandem::simulation {
namespace {

using client::Call;
using client::items_at;
using client::text_at;

// Server-sent events get a comment after 15 s.
constexpr Duration kSilence = 20s;

/// Takes the body of server-sent events apart, in whatever pieces it comes. An event that has not
/// come to its end when the body breaks off is none.
class EventReader {
public:
    EventReader(Run& run, Follower& follower) : run_{run}, follower_{follower} {}

    void read(std::string_view piece) {
        unread_ += piece;
        std::size_t end = 0;
        while ((end = unread_.find("\n\n")) != std::string::npos) {
            take(unread_.substr(0, end + 1));
            unread_.erase(0, end + 2);
        }
    }

private:
    void take(std::string_view event) {
        const std::string cursor = field("id: ", event);
        if (cursor.empty()) return;  // A comment.
        Value message = Value::Object{};
        if (const std::string data = field("data: ", event); !data.empty()) {
            auto read = client::decode(contract::Encoding::kJson, data);
            if (!read) return run_.ledger.say(follower_.name() + " is given no JSON: " + data);
            message = std::move(*read);
        }
        message.set("cur", cursor);
        follower_.begin(cursor, run_.world.monotonic().time_since_epoch());
        follower_.take(message);
    }

    static std::string field(std::string_view name, std::string_view event) {
        while (!event.empty()) {
            const std::string_view line = event.substr(0, event.find('\n'));
            if (line.starts_with(name)) return std::string{line.substr(name.size())};
            event.remove_prefix(line.size() + 1);
        }
        return {};
    }

    Run& run_;
    Follower& follower_;
    std::string unread_;
};

/// A consumer and its ways.
class Watcher {
public:
    Watcher(Run& run, Follower& follower, const std::string& key, contract::Encoding encoding)
        : run_{run},
          follower_{follower},
          machine_{run.world},
          socket_{machine_, run.world.random(), access_as(key, encoding),
                  connect_from(run.network, machine_)},
          rest_{machine_, access_as(key), connect_from(run.network, machine_)} {
        socket_.on_message([&follower](const Value& message) { follower.take(message); });
    }
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;

    Task<void> live() {
        while (run_.following) {
            if (run_.world.one_in(2)) {
                co_await over_socket();
            } else if (run_.world.one_in(2)) {
                co_await by_events();
            } else {
                co_await by_polls();
            }
            co_await pause(&machine_, run_.world.between(20ms, 200ms));
        }
        co_await pause(&machine_, 120s);
    }

private:
    Task<void> over_socket() {
        auto hello = co_await socket_.open();
        if (!hello) co_return;
        Call subscribe{
            .operation = "stream.subscribe", .body = follower_.request(), .patience = kPatience};
        auto subscribed = co_await socket_.call(std::move(subscribe));
        if (subscribed) begin(text_at(subscribed->body, "cursor"));
        bool stays = subscribed.has_value();
        Monotonic asked = run_.world.monotonic();
        while (stays && socket_.is_open()) {
            stays = co_await a_moment();
            if (run_.world.monotonic() - asked <= 5s) continue;
            // Who only listens does not see that nobody is there.
            Call alive{.operation = "me.get", .patience = kPatience};
            auto answer = co_await socket_.call(std::move(alive));
            stays = stays && answer.has_value();
            asked = run_.world.monotonic();
        }
        socket_.close();
    }

    Task<void> by_events() {
        // As a browser does it: it asks for the same again, and says how far it has come.
        Value query = follower_.request();
        Value headers = Value::Object{{"accept", "text/event-stream"}};
        if (const std::string start = text_at(query, "start"); start != "now") {
            headers.set("last-event-id", start);
            query.set("start", "now");
        }
        Call call{.operation = "stream.read",
                  .query = std::move(query),
                  .headers = std::move(headers),
                  .patience = kSilence};
        listening_ = true;
        spawn(listen(std::move(call)));
        bool stays = true;
        while (stays && listening_)
            stays = co_await a_moment();
        rest_.close();
        while (listening_)
            co_await pause(&machine_, 10ms);
    }

    Task<void> listen(Call call) {
        auto reader = std::make_shared<EventReader>(run_, follower_);
        client::RestClient::Piece piece = [reader](std::string_view bytes) { reader->read(bytes); };
        static_cast<void>(co_await rest_.call(std::move(call), std::move(piece)));
        listening_ = false;
    }

    Task<void> by_polls() {
        bool stays = true;
        while (stays) {
            Value query = follower_.request();
            query.set("limit", 1 + static_cast<std::int64_t>(run_.world.random().next() % 40));
            // The first is to say where the stream begins.
            Value headers;
            if (follower_.has_begun()) headers = Value::Object{{"prefer", "wait=3"}};
            Call poll{.operation = "stream.read",
                      .query = std::move(query),
                      .headers = std::move(headers),
                      .patience = kPatience};
            auto page = co_await rest_.call(std::move(poll));
            if (!page) break;
            take_page(page->body);
            stays = co_await a_moment();
        }
        rest_.close();
    }

    void take_page(const Value& page) {
        // What has come meanwhile is before the beginning.
        if (!follower_.has_begun()) return begin(text_at(page, "cur"));
        for (const Value& gap : items_at(page, "gaps"))
            follower_.take(Value::Object{{"gap", gap}});
        follower_.take(page);
    }

    void begin(std::string cursor) {
        follower_.begin(std::move(cursor), run_.world.monotonic().time_since_epoch());
    }

    // Whether it goes on in the same way.
    Task<bool> a_moment() {
        co_await pause(&machine_, run_.world.between(50ms, 300ms));
        if (run_.asking && run_.world.one_in(40)) {
            run_.network.hold(machine_, true);
            co_await pause(&machine_, run_.world.between(500ms, 4s));
            run_.network.hold(machine_, false);
        }
        co_return run_.following && !(run_.asking && run_.world.one_in(40));
    }

    Run& run_;
    Follower& follower_;
    Machine machine_;
    client::WebSocketClient socket_;
    client::RestClient rest_;
    bool listening_ = false;
};

}  // namespace

Task<void> watcher(Run* run, Follower* follower, std::string key, contract::Encoding encoding) {
    const Busy busy{*run};
    Watcher who{*run, *follower, key, encoding};
    co_await who.live();
}

}  // namespace tandem::simulation
