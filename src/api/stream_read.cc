// stream.read: events over HTTP, as one answer or as server-sent events.
#include "api/bind.h"
#include "api/stream_wish.h"
#include "base/checked.h"
#include "base/fault.h"

#include <algorithm>
#include <array>
#include <deque>

namespace tandem::api {
namespace {

using contract::StreamEvent;
using contract::StreamGap;
using contract::StreamPage;

constexpr std::size_t kPageBytes = 1'024 * 1'024;
// Proxies end what is silent for longer; a comment is nothing to whoever reads events.
constexpr Duration kHeartbeat = 15s;
constexpr std::string_view kComment = ":\n\n";

/// Somebody waits until there is something to take. Woken in a turn of its own: whoever wakes is in
/// the middle of a commit's events.
class Bell {
public:
    explicit Bell(Executor& executor) : executor_{executor} {}

    void ring() {
        if (!waiting_) return;
        executor_.post(
            [waiting = checked(std::exchange(waiting_, {}))]() mutable { waiting.complete(true); });
    }
    /// Until ring(), or until `most` has passed.
    Task<void> wait(Duration most) {
        Completion<bool> rung = waiting_.emplace();
        const TimerId timer =
            executor_.call_after(most, [rung]() mutable { rung.complete(false); });
        co_await rung;
        executor_.cancel(timer);
        if (waiting_ && waiting_->done()) waiting_.reset();
    }

private:
    Executor& executor_;
    std::optional<Completion<bool>> waiting_;
};

StreamGap view_of(const Receipt& receipt) {
    return {.from = cursor_text(receipt.from),
            .to = cursor_text(receipt.to),
            .n = static_cast<std::int64_t>(receipt.count),
            .why = std::string{name_of(receipt.why)}};
}

contract::StreamLag view_of(const Lag& lag) {
    contract::StreamLag view{.n = static_cast<std::int64_t>(lag.events)};
    if (lag.age) view.ms = *lag.age / 1ms;
    return view;
}

StreamEvent view_of(const Event& event, EventFields fields) {
    StreamEvent view;
    const std::string& device = event.device.id.text();
    if (!device.empty() && fields.has(EventFields::kDevice)) view.device = device;
    if (event.kind != Event::Kind::kReading && fields.has(EventFields::kKind)) {
        view.kind = std::string{name_of(event.kind)};
    }
    if (!event.series.empty() && fields.has(EventFields::kSeries)) view.series = event.series;
    if (fields.has(EventFields::kTime)) view.time = event.time;
    if (fields.has(EventFields::kValue)) view.value = event.value;
    if (event.late && fields.has(EventFields::kLate)) view.late = true;
    return view;
}

// ---------------------------------------------------------------- one answer

/// Gathers what one answer tells.
class PageSubscriber final : public Subscriber {
public:
    PageSubscriber(const World& world, Actor actor)
        : Subscriber{world.rules().streams.pending_bytes},
          actor_{std::move(actor)},
          bell_{world.executor()} {}

    [[nodiscard]] contract::Encoding encoding() const override { return contract::Encoding::kJson; }
    [[nodiscard]] Door door() const override { return Door::kPoll; }
    [[nodiscard]] const Actor& actor() const override { return actor_; }
    [[nodiscard]] bool full() const override { return bytes_ >= kPageBytes; }
    // It takes what comes; what does not fit is the next answer's.
    [[nodiscard]] std::size_t queued() const override { return 0; }
    [[nodiscard]] bool take(const StreamMessage& message) override {
        if (message.receipt) page_.gaps.push_back(view_of(checked(message.receipt)));
        for (const Event* event : message.events) {
            bytes_ += weight_of(*event);
            page_.events.push_back(view_of(*event, message.fields));
        }
        bell_.ring();
        return true;
    }
    void send(const std::shared_ptr<const Rendered>& /*message*/, Duration /*within*/) override {}
    void dismiss() override {
        ended_ = true;
        bell_.ring();
    }

    /// Until there is something to tell, for `most` at most.
    Task<void> something(Duration most) {
        if (empty() && !ended_) co_await bell_.wait(most);
    }
    [[nodiscard]] bool empty() const { return page_.events.empty() && page_.gaps.empty(); }
    [[nodiscard]] StreamPage& page() { return page_; }

private:
    Actor actor_;
    Bell bell_;
    StreamPage page_;
    std::size_t bytes_ = 0;
    bool ended_ = false;
};

Task<Result<Answer<StreamPage>>> read_page(World world,
                                           Caller caller,
                                           contract::StreamRead request,
                                           Asked asked) {
    const auto page = std::make_shared<PageSubscriber>(world, caller.actor);
    Streams& streams = world.streams();
    const auto limit = static_cast<std::uint64_t>(request.limit);
    std::optional<Filter> newest;
    if (asked.latest) newest = asked.wish.filter;
    if (!asked.wish.flow.conflates()) {
        asked.wish.credit = std::min(asked.wish.credit.value_or(limit), limit);
    }
    const std::int64_t id = streams.add(page, std::move(asked.wish)).id;
    std::vector<Event> shown;
    if (newest) {
        auto read = co_await snapshot(world, std::move(*newest));
        if (!read) {
            streams.remove_all(*page);
            co_return pass(read);
        }
        shown = std::move(*read);
    }
    streams.show(*page, id, shown);
    bool behind = true;
    while (behind && !page->full() && !streams.starved(*page, id)) {
        auto more = co_await read_on(world, page, id);
        if (!more && page->empty()) {
            streams.remove_all(*page);
            co_return pass(more);
        }
        // What has been read is answered; the next page says what is wrong.
        if (!more) break;
        behind = *more;
    }
    if (!behind) {
        streams.release(*page, id);
        if (request.prefer.wait && !world.hub().draining.load()) {
            co_await page->something(checked(request.prefer.wait));
        }
    }
    const auto end = streams.settle(*page, id);
    if (const auto lag = streams.lag_after(checked(end))) page->page().lag = view_of(*lag);
    streams.remove_all(*page);
    page->page().cursor =
        cursor_text(has_fault(Fault::kPageCursorAhead) ? world.log().head() : checked(end));
    Answer<StreamPage> answer = std::move(page->page());
    answer.preference_applied = request.prefer.applied();
    co_return answer;
}

// ---------------------------------------------------------------- server-sent events

/// The body of an answer that does not end. Subscriber of the stream and source of the body.
class EventStream final : public Subscriber, public BodySource {
public:
    EventStream(const World& world, Actor actor)
        : Subscriber{world.rules().streams.pending_bytes},
          world_{world},
          actor_{std::move(actor)},
          bell_{world.executor()} {}

    /// Where the stream begins: who connects again before the first event goes on from there.
    void begin(const Cursor& start) {
        queue_.push_back(render(contract::Encoding::kEventStream, {.cursor = start}));
    }

    [[nodiscard]] contract::Encoding encoding() const override {
        return contract::Encoding::kEventStream;
    }
    [[nodiscard]] Door door() const override { return Door::kSse; }
    [[nodiscard]] const Actor& actor() const override { return actor_; }
    [[nodiscard]] bool full() const override {
        return bytes_ >= world_.rules().streams.pending_bytes;
    }
    [[nodiscard]] std::size_t queued() const override { return bytes_; }
    void send(const std::shared_ptr<const Rendered>& message, Duration /*within*/) override {
        bytes_ += message->payload.size();
        queue_.push_back(message->payload);
        bell_.ring();
    }
    void dismiss() override {
        ended_ = true;
        bell_.ring();
    }

    Task<Result<std::string>> next(World /*world*/) override {
        if (queue_.empty() && !ended_) co_await bell_.wait(kHeartbeat);
        std::string out;
        while (!queue_.empty() && out.size() < kPieceBytes) {
            out += queue_.front();
            queue_.pop_front();
        }
        const bool was_full = full();
        bytes_ -= std::min(bytes_, out.size());
        if (was_full && !full()) world_.streams().drained(*this);
        // An empty piece is the end.
        if (out.empty() && !ended_) out = kComment;
        co_return out;
    }
    void stop() override {
        dismiss();
        world_.streams().remove_all(*this);
    }

private:
    static constexpr std::size_t kPieceBytes = 64 * 1'024;

    World world_;
    Actor actor_;
    Bell bell_;
    std::deque<std::string> queue_;
    std::size_t bytes_ = 0;
    bool ended_ = false;
};

Task<void> fill(World world,
                std::shared_ptr<EventStream> stream,
                std::int64_t id,
                std::vector<Event> shown) {
    world.streams().show(*stream, id, shown);
    co_await catch_up(world, stream, id);
}

Task<Result<Answer<StreamPage>>> send_events(World world, Caller caller, Asked asked) {
    if (asked.wish.credit) {
        co_return fail_field("#query/flow",
                             "server-sent events cannot be granted credit: ask for pages, each "
                             "with its limit");
    }
    if (world.hub().draining.load()) {
        auto refused = fail(ErrorCode::kUnavailable, "the hub stops");
        refused.error().retry_after = 1s;
        co_return refused;
    }
    const auto stream = std::make_shared<EventStream>(world, caller.actor);
    std::optional<Filter> newest;
    if (asked.latest) newest = asked.wish.filter;
    const std::optional<Cursor> from = asked.wish.from;
    const auto added = world.streams().add(stream, std::move(asked.wish));
    stream->begin(from.value_or(added.start));
    std::vector<Event> shown;
    if (newest) {
        auto read = co_await snapshot(world, std::move(*newest));
        if (!read) {
            stream->stop();
            co_return pass(read);
        }
        shown = std::move(*read);
    }
    spawn(fill(world, stream, added.id, std::move(shown)));
    Answer<StreamPage> answer = StreamPage{};
    answer.source = stream;
    co_return answer;
}

Task<Result<Answer<StreamPage>>> read(World world, Caller caller, contract::StreamRead request) {
    if (request.last_event && !has_fault(Fault::kLastEventIgnored)) {
        if (!read_cursor(checked(request.last_event))) {
            co_return fail_field("#header/last-event-id", "a cursor is expected");
        }
        request.start = checked(request.last_event);
    }
    contract::StreamWish of_all_doors = static_cast<const contract::StreamWish&>(request);
    auto asked = co_await read_wish(world, caller, std::move(of_all_doors), std::string{"#query"});
    if (!asked) co_return pass(asked);
    if (caller.accept == contract::Encoding::kEventStream) {
        co_return co_await send_events(world, std::move(caller), std::move(*asked));
    }
    co_return co_await read_page(world, std::move(caller), std::move(request), std::move(*asked));
}

constexpr std::array kHandlers{
    bind<contract::kStreamRead, read>(),
};

}  // namespace

std::span<const Bound> stream_read_handlers() {
    return kHandlers;
}

}  // namespace tandem::api
