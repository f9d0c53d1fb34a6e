#include "measure/doctor.h"

#include "base/ascii.h"
#include "client/connection.h"
#include "client/problem.h"
#include "client/rest_client.h"
#include "client/websocket_client.h"
#include "measure/path_tls.h"
#include "measure/waiting.h"
#include "net/http_grammar.h"

#include <algorithm>
#include <memory>
#include <vector>

namespace tandem::measure {
namespace {

constexpr Duration kPatience = 10s;
constexpr int kRequests = 5;
constexpr Duration kLook = 20ms;  // How often a connection is looked at.
constexpr Duration kBeatLeast = 200ms;
constexpr Duration kBeatenLeast = 2s;
constexpr std::int64_t kPollMost = 60;  // Of a hub: docs/reference/stream.md.
// Of a series that nobody has, so that nothing but the hub's own signs of life comes.
constexpr std::string_view kNothing = "/v1/stream?series=tandem-doctor-nothing";

/// Everything of one look at a path.
class Doctor {
public:
    Doctor(net::Loop& loop, Random& random, DoctorPlan plan, DoctorProgress progress)
        : loop_{loop},
          random_{random},
          plan_{std::move(plan)},
          progress_{std::move(progress)},
          connect_{client::connect_to(loop, plan_.hub)} {}

    Task<Result<PathFindings>> run();

private:
    using Answer = Result<net::HttpResponse>;
    using Piece = std::function<void()>;
    using Connection = std::shared_ptr<client::Connection>;

    [[nodiscard]] Duration since(Monotonic when) const {
        return std::chrono::duration_cast<Duration>(loop_.clock().monotonic() - when);
    }
    [[nodiscard]] net::HttpRequest get(std::string target, net::Headers headers = {}) const;
    [[nodiscard]] Connection open() const { return std::make_shared<client::Connection>(connect_); }
    Task<Answer> ask(Connection over, net::HttpRequest request, Duration patience, Piece piece);

    Task<Result<void>> check_key();
    Task<bool> look_at_requests();
    Task<void> look_at_upgrade();
    Task<void> hold_all();
    Task<void> hold_connection();
    Task<void> hold_sockets();
    Task<void> hold_socket(Held* into, Duration watch, Duration beat);
    Task<void> hold_events();
    Task<void> hold_poll();
    void note_answerer(const net::HttpResponse& answer);

    net::Loop& loop_;
    Random& random_;
    DoctorPlan plan_;
    DoctorProgress progress_;
    client::Connect connect_;
    PathFindings found_;
    Connection kept_;  // The one that requests went over.
};

std::string words_of(const net::HttpResponse& answer) {
    return "the answer is " + std::to_string(answer.status);
}

net::HttpRequest Doctor::get(std::string target, net::Headers headers) const {
    net::HttpRequest request{.method = "GET",
                             .target = std::move(target),
                             .host = plan_.hub.url.authority(),
                             .headers = std::move(headers),
                             .body = {}};
    if (!plan_.hub.key.empty()) {
        request.headers.emplace_back("Authorization", "Bearer " + plan_.hub.key);
    }
    return request;
}

Task<Doctor::Answer> Doctor::ask(Connection over,
                                 net::HttpRequest request,
                                 Duration patience,
                                 Piece piece) {
    if (over->http() == nullptr) co_return fail(ErrorCode::kUnavailable, "the connection ended");
    auto awaited = std::make_shared<Awaited<net::HttpResponse>>(loop_);
    auto completion = awaited->begin(patience);
    auto answered = [awaited](Answer answer) { awaited->tell(std::move(answer)); };
    awaited.reset();  // The connection alone holds on to it.
    if (piece) {
        over->http()->request(
            request, [heard = std::move(piece)](std::string_view /*bytes*/) { heard(); },
            std::move(answered));
    } else {
        over->http()->request(request, std::move(answered));
    }
    co_return co_await told(std::move(completion));
}

void Doctor::note_answerer(const net::HttpResponse& answer) {
    const auto text = [&answer](std::string_view name) {
        for (const auto& [header, value] : answer.headers)
            if (equal_ignoring_case(header, name)) return value;
        return std::string{};
    };
    found_.server = text("server");
    found_.via = text("via");
}

// Several on one connection: the first also opens it.
Task<bool> Doctor::look_at_requests() {
    kept_ = open();
    std::vector<Duration> took;
    Duration first{0};
    for (int at = 0; at < kRequests; ++at) {
        if (kept_->http() == nullptr) kept_ = open();
        const bool again = at > 0 && kept_->answers() > 0;
        const Monotonic began = loop_.clock().monotonic();
        net::HttpRequest request = get("/healthz");
        Piece none;
        auto answer = co_await ask(kept_, std::move(request), kPatience, std::move(none));
        if (!answer && at == 0) {
            found_.unreachable = "nothing answers: " + answer.error().detail;
            co_return false;
        }
        if (!answer) continue;
        kept_->count_answer();
        if (at == 0) note_answerer(*answer);
        (at == 0 ? first : took.emplace_back()) = since(began);
        if (again) found_.kept = true;
    }
    std::ranges::sort(took);
    found_.round_trip = took.empty() ? first : took[took.size() / 2];
    // Where each request opens a connection, all of them have paid for it.
    found_.opening = found_.kept ? std::max(first - found_.round_trip, Duration{0}) : first;
    co_return true;
}

Task<Result<void>> Doctor::check_key() {
    client::RestClient client{loop_, plan_.hub};
    client::Call call{.operation = "me.get"};
    auto reply = co_await client.call(std::move(call));
    if (!reply) co_return pass(reply);
    co_return Result<void>{};
}

/// A socket that is only opened.
class Nobody final : public net::WebSocketHandler {
public:
    void on_message(net::MessageKind /*kind*/, std::string_view /*payload*/) override {}
    void on_drained() override {}
    void on_closed(std::uint16_t /*code*/, std::string_view /*reason*/) override {}
};

// Without a key a hub says no hello: whether it switches protocols is all there is to see.
Task<void> Doctor::look_at_upgrade() {
    found_.silent.tried = true;
    const auto over = open();
    auto awaited = std::make_shared<Awaited<bool>>(loop_);
    auto completion = awaited->begin(kPatience);
    if (over->http() != nullptr) {
        over->http()->upgrade(get("/v1/stream"), random_, std::make_unique<Nobody>(),
                              [awaited](Result<net::WebSocketStream*> opened) {
                                  awaited->tell(opened ? Result<bool>{true} : pass(opened));
                              });
    }
    awaited.reset();  // The connection alone holds on to it.
    auto opened = co_await told(std::move(completion));
    found_.silent.works = opened.has_value();
    if (!opened) found_.silent.why = opened.error().detail;
}

Task<void> Doctor::hold_connection() {
    if (!found_.kept || kept_->http() == nullptr) co_return;
    found_.idle = {.tried = true, .works = true};
    const Monotonic began = loop_.clock().monotonic();
    while (since(began) < plan_.watch && kept_->http() != nullptr)
        co_await pause(&loop_, kLook);
    found_.idle.watched = since(began);
    if (kept_->http() == nullptr) found_.idle.cut = found_.idle.watched;
}

Task<void> Doctor::hold_socket(Held* into, Duration watch, Duration beat) {
    into->tried = true;
    client::WebSocketClient socket{loop_, random_, plan_.hub};
    auto hello = co_await socket.open();
    if (!hello) {
        into->why = hello.error().detail;
        co_return;
    }
    into->works = true;
    found_.ping = Duration{static_cast<std::int64_t>(client::number_at(*hello, "ping_ms")) * 1'000};
    const Monotonic began = loop_.clock().monotonic();
    Monotonic said = began;
    while (since(began) < watch && socket.is_open()) {
        co_await pause(&loop_, kLook);
        if (beat == Duration{0} || since(said) < beat) continue;
        said = loop_.clock().monotonic();
        client::Call call{.operation = "me.get"};
        auto reply = co_await socket.call(std::move(call));
        static_cast<void>(reply.has_value());  // Whether it is open tells all.
    }
    into->watched = since(began);
    if (!socket.is_open()) into->cut = into->watched;
    socket.close();
}

// One after the other: a device has one socket.
Task<void> Doctor::hold_sockets() {
    co_await hold_socket(&found_.silent, plan_.watch, Duration{0});
    if (!found_.silent.cut) co_return;
    const Duration cut = *found_.silent.cut;
    found_.beat = std::max(cut / 2, kBeatLeast);
    const Duration watch = std::max(std::min(3 * cut, plan_.watch), kBeatenLeast);
    co_await hold_socket(&found_.beating, watch, found_.beat);
}

Task<void> Doctor::hold_events() {
    Held& events = found_.events;
    events.tried = true;
    const Monotonic began = loop_.clock().monotonic();
    Piece piece = [this, began] {
        if (!found_.first_event) found_.first_event = since(began);
    };
    net::Headers headers{{"Accept", "text/event-stream"}};
    net::HttpRequest request = get(std::string{kNothing}, std::move(headers));
    const auto over = open();
    auto answer = co_await ask(over, std::move(request), plan_.watch, std::move(piece));
    events.watched = since(began);
    const bool stayed = !answer && answer.error().code == ErrorCode::kRequestTimeout;
    const bool began_well = answer ? answer->status == 200 : found_.first_event.has_value();
    const bool ended = !stayed && began_well;
    events.works = stayed || ended;
    if (ended) events.cut = events.watched;
    if (!events.works) events.why = answer ? words_of(*answer) : answer.error().detail;
}

Task<void> Doctor::hold_poll() {
    Held& poll = found_.poll;
    poll.tried = true;
    const std::int64_t wait = std::clamp<std::int64_t>(plan_.watch / 1s, 1, kPollMost);
    net::Headers headers{{"Prefer", "wait=" + std::to_string(wait)}};
    const Monotonic began = loop_.clock().monotonic();
    net::HttpRequest request = get(std::string{kNothing}, std::move(headers));
    const auto over = open();
    const Duration patience = Duration{wait * 1'000'000} + kPatience;
    Piece none;
    auto answer = co_await ask(over, std::move(request), patience, std::move(none));
    poll.watched = since(began);
    const bool whole = answer && answer->status == 200;
    // What a proxy answers in the hub's place, or a connection that ends, after some waiting.
    const bool waited = poll.watched > kPrompt / 4 && (!answer || answer->status >= 500);
    poll.works = whole || waited;
    if (poll.works && !whole) poll.cut = poll.watched;
    if (!poll.works) poll.why = answer ? words_of(*answer) : answer.error().detail;
}

struct Left {
    std::size_t tasks = 0;
    Completion<bool> none;
};

Task<void> count_down(std::shared_ptr<Left> left, Task<void> task) {
    co_await std::move(task);
    if (--left->tasks == 0) left->none.complete(true);
}

Task<void> Doctor::hold_all() {
    std::vector<Task<void>> tasks;
    tasks.push_back(hold_connection());
    tasks.push_back(hold_sockets());
    tasks.push_back(hold_events());
    tasks.push_back(hold_poll());
    const auto left = std::make_shared<Left>();
    left->tasks = tasks.size();
    for (Task<void>& task : tasks)
        spawn(count_down(left, std::move(task)));
    co_await left->none;
}

Task<Result<PathFindings>> Doctor::run() {
    found_.url = plan_.hub.url.text();
    found_.tls = plan_.hub.url.tls;
    found_.with_key = !plan_.hub.key.empty();
    if (found_.tls) {
        auto tls = look_at_tls(plan_.hub.url, plan_.ca_file);
        if (!tls) {
            found_.unreachable = tls.error().detail;
            co_return std::move(found_);
        }
        found_.certificate = *std::move(tls);
    }
    progress_("requests");
    const bool reached = co_await look_at_requests();
    if (!reached) co_return std::move(found_);
    if (!found_.with_key) {
        progress_("upgrade");
        co_await look_at_upgrade();
        co_await hold_connection();
        co_return std::move(found_);
    }
    auto known = co_await check_key();
    if (!known) co_return pass(known);
    progress_("what stays open");
    co_await hold_all();
    co_return std::move(found_);
}

}  // namespace

Task<Result<PathFindings>> look_at_path(net::Loop* loop,
                                        Random* random,
                                        DoctorPlan plan,
                                        DoctorProgress progress) {
    Doctor doctor{*loop, *random, std::move(plan), std::move(progress)};
    auto found = co_await doctor.run();
    co_return found;
}

}  // namespace tandem::measure
