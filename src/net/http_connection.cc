#include "base/check.h"
#include "base/checked.h"
#include "net/http_protocol.h"
#include "net/limit_hits.h"
#include "net/websocket_handshake.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

namespace tandem::net {
namespace {

// Requests that one connection runs before others have their turn: a read of 128 KiB may hold a
// thousand of them.
constexpr std::size_t kRunInTurn = 16;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

Exchange::Exchange(HttpRequest request,
                   std::weak_ptr<HttpConnection*> connection,
                   std::uint64_t number)
    : request_{std::move(request)}, connection_{std::move(connection)}, number_{number} {}

Exchange::~Exchange() {
    const auto connection = connection_.lock();
    if (connection == nullptr) return;
    if (!answered_) (*connection)->abandon(number_);
    if (streaming_) (*connection)->reset();
}

bool Exchange::gone() const {
    return connection_.expired();
}

void Exchange::trust() {
    if (const auto connection = connection_.lock()) (*connection)->trust();
}

Transport* Exchange::transport() const {
    const auto connection = connection_.lock();
    return connection == nullptr ? nullptr : &(*connection)->transport();
}

void Exchange::respond(HttpResponse response) {
    check(!std::exchange(answered_, true));
    std::ranges::move(also_, std::back_inserter(response.headers));
    if (const auto to = connection_.lock()) (*to)->answer(number_, std::move(response));
}

void Exchange::begin(HttpResponse response) {
    check(!std::exchange(answered_, true));
    streaming_ = true;
    on_gone_ = nullptr;
    std::ranges::move(also_, std::back_inserter(response.headers));
    if (const auto to = connection_.lock()) (*to)->begin(number_, std::move(response));
}

void Exchange::write(std::string_view piece) {
    check(streaming_);
    if (const auto connection = connection_.lock()) (*connection)->write(number_, piece);
}

void Exchange::end() {
    check(std::exchange(streaming_, false));
    if (const auto connection = connection_.lock()) (*connection)->finish(number_);
}

bool Exchange::has_room() const {
    const auto connection = connection_.lock();
    return connection == nullptr || (*connection)->has_room(number_);
}

void Exchange::on_room(std::move_only_function<void()> called) {
    check(streaming_);
    on_room_ = std::move(called);
    if (const auto connection = connection_.lock()) {
        (*connection)->watch_room(number_);
    } else if (auto now = std::exchange(on_room_, nullptr)) {
        now();
    }
}

WebSocketStream* Exchange::accept_websocket(Headers headers,
                                            std::unique_ptr<WebSocketHandler> handler,
                                            const std::optional<DeflateTerms>& deflate) {
    check(!std::exchange(answered_, true));
    const auto connection = connection_.lock();
    if (connection == nullptr) return nullptr;
    std::optional<int> deflate_bits;
    if (deflate) {
        headers.emplace_back("sec-websocket-extensions", deflate->answer);
        deflate_bits = deflate->window_bits;
    }
    return (*connection)->accept(*this, headers, std::move(handler), deflate_bits);
}

HttpConnection::HttpConnection(const Setup& setup)
    : handler_{setup.handler},
      limits_{setup.limits},
      metrics_{setup.metrics},
      clock_{setup.clock},
      parser_{std::make_unique<HttpRequestParser>(setup.limits)} {}

void HttpConnection::on_open(Transport& transport) {
    transport_ = &transport;
    self_ = std::make_shared<HttpConnection*>(this);
    timer_.emplace(
        transport.executor(), clock_, limits_,
        [this](RequestTimer::Wait wait, std::string_view limit) { on_expired(wait, limit); });
    settle();
}

void HttpConnection::on_bytes(std::span<const std::uint8_t> bytes) {
    if (!held_.empty() || paused_) {
        held_.append(bytes);
        return go_on();
    }
    if (websocket_ == nullptr) {
        bytes = read(bytes);
        if (websocket_ == nullptr) {
            held_.append(bytes);
            return settle();
        }
    }
    websocket_->on_bytes(bytes);
}

// Requests that have not been run wait in the parser and in `held_` while this is false.
bool HttpConnection::may_read() const {
    if (reading_over_ || upgrading_ || websocket_ != nullptr) return false;
    // An upgrade is run alone: what its answer turns the connection into must not come between
    // other answers.
    if (whole_ && upgrade_asked_ && !due_.empty()) return false;
    return due_.size() < limits_.pipelined_requests &&
           transport_->queued_bytes() <= limits_.queue_bytes;
}

// Gives what it may not read yet.
std::span<const std::uint8_t> HttpConnection::read(std::span<const std::uint8_t> bytes) {
    reading_ = true;
    std::size_t run_now = 0;
    while (may_read()) {
        if (whole_ && run_now++ == kRunInTurn) {
            go_on_later();
            break;
        }
        if (std::exchange(whole_, false)) {
            run(parser_->take());
            continue;
        }
        if (bytes.empty()) break;
        const bool in_body = parser_->in_body();
        const std::size_t before = bytes.size();
        auto step = parser_->read(bytes);
        if (in_body) {
            checked(timer_).body_came(before - bytes.size());
        } else {
            checked(timer_).body_over();
        }
        if (step) {
            take(*step, !bytes.empty());
        } else {
            refuse(step.error());
        }
    }
    reading_ = false;
    return reading_over_ ? bytes.last(0) : bytes;
}

void HttpConnection::take(HttpRequestParser::Step step, bool body_has_come) {
    switch (step) {
        case HttpRequestParser::Step::kMore:
            break;
        case HttpRequestParser::Step::kHead:
            accept_body(body_has_come);
            break;
        case HttpRequestParser::Step::kRequest:
            whole_ = true;
            continue_due_ = false;
            upgrade_asked_ = wants_websocket(parser_->request());
            break;
    }
}

void HttpConnection::accept_body(bool body_has_come) {
    const std::size_t max = std::min(
        handler_.body_bytes_max(parser_->request(), transport_->peer()), limits_.body_bytes);
    if (auto good = parser_->accept_body(max); !good) return refuse(good.error());
    if (!parser_->expects_continue() || body_has_come) return;
    if (auto early = handler_.answer_early(parser_->request(), transport_->peer())) {
        return end_with(std::move(*early));
    }
    continue_due_ = true;
    send_answers();
}

void HttpConnection::run(HttpRequest request) {
    const std::uint64_t number = first_ + due_.size();
    upgrading_ = upgrade_asked_;
    const bool spent = number + 1 >= limits_.requests_per_connection;
    if (spent) count_limit_hit(&metrics_, "http.requests_per_connection");
    const bool last = spent || !request.keep_alive;
    reading_over_ = last && !upgrading_;
    const bool head_only = request.method == "HEAD";
    auto exchange = std::make_shared<Exchange>(std::move(request), self_, number);
    exchange->peer_ = transport_->peer();
    due_.push_back({.exchange = exchange,
                    .response = {},
                    .head_only = head_only,
                    .last = last,
                    .chunks = exchange->request_.chunks});
    handler_.on_request(std::move(exchange));
}

void HttpConnection::refuse(const Error& error) {
    count_limit_hit(&metrics_, error.limit);
    end_with(handler_.refusal(error));
}

// It waits for the answers before it, like any other.
void HttpConnection::end_with(HttpResponse response) {
    reading_over_ = true;
    due_.push_back({.exchange = {},
                    .response = std::move(response),
                    .head_only = parser_->request().method == "HEAD",
                    .last = true});
    send_answers();
}

void HttpConnection::answer(std::uint64_t number, HttpResponse response) {
    check(response.status >= 200);
    if (over_) return;
    check(number >= first_);
    check(number < first_ + due_.size());
    due_[number - first_].response = std::move(response);
    send_answers();
    if (reading_) return;
    // In a turn of its own: whoever answers is not called back while it does.
    if (paused_) go_on_later();
    settle();
}

void HttpConnection::abandon(std::uint64_t number) {
    if (over_) return;
    answer(number,
           handler_.refusal(fail(ErrorCode::kInternal, "The request was not answered.").error()));
}

void HttpConnection::begin(std::uint64_t number, HttpResponse response) {
    if (over_) return;
    check(!is_bodiless(response.status));
    check(number >= first_);
    due_[number - first_].streaming = true;
    answer(number, std::move(response));
}

void HttpConnection::write(std::uint64_t number, std::string_view piece) {
    if (over_ || piece.empty()) return;
    checked(due_[number - first_].response).body += piece;
    send_answers();
}

void HttpConnection::finish(std::uint64_t number) {
    if (over_) return;
    due_[number - first_].ended = true;
    send_answers();
    if (reading_) return;
    if (paused_) go_on_later();
    settle();
}

void HttpConnection::reset() {
    if (std::exchange(over_, true)) return;
    reading_over_ = true;
    transport_->abort();
}

bool HttpConnection::has_room(std::uint64_t number) const {
    return over_ || (number == first_ && transport_->queued_bytes() <= limits_.queue_bytes);
}

// Whoever is not the next is told when it becomes the next: send_answers().
void HttpConnection::watch_room(std::uint64_t number) {
    if (number != first_ || over_) return;
    room_ = std::make_unique<QueueWatch>(*transport_, limits_.queue_bytes / 2,
                                         [this] { tell_of_room(); });
}

void HttpConnection::tell_of_room() {
    room_ = nullptr;
    if (due_.empty()) return;
    const auto exchange = due_.front().exchange.lock();
    if (exchange == nullptr) return;
    if (auto called = std::exchange(exchange->on_room_, nullptr)) called();
}

void HttpConnection::send_answers() {
    while (!over_ && !due_.empty() && due_.front().response) {
        if (due_.front().streaming) {
            if (!send_pieces(due_.front())) return;
        }
        Due due = std::move(due_.front());
        due_.erase(due_.begin());
        ++first_;
        upgrading_ = false;
        send(due);
        // Whoever writes the next one may have waited for its turn.
        if (!over_ && !due_.empty() && due_.front().streaming) watch_room(first_);
    }
    if (over_ || !due_.empty() || reading_over_) return;
    if (std::exchange(continue_due_, false)) transport_->write(kContinue);
}

bool HttpConnection::closes_with(const Due& due) const {
    return due.last || checked(due.response).close || (handler_.draining() && due_.size() <= 1);
}

// What there is of an answer in pieces; whether that was all.
bool HttpConnection::send_pieces(Due& due) {
    HttpResponse& response = checked(due.response);
    const bool chunked = due.chunks;
    if (!std::exchange(due.begun, true)) {
        if (!chunked || closes_with(due)) due.last = true;
        reading_over_ = reading_over_ || due.last;
        transport_->write(write_head({.status = response.status,
                                      .date = date_.at(clock_.now()),
                                      .content_length = {},
                                      .chunked = chunked,
                                      .close = due.last},
                                     response.headers));
    }
    if (!response.body.empty() && !due.head_only) {
        if (chunked) transport_->write(fmt::format("{:x}\r\n", response.body.size()));
        transport_->write(std::make_shared<const std::string>(std::move(response.body)));
        if (chunked) transport_->write("\r\n");
    }
    response.body = {};
    if (due.ended && chunked && !due.head_only) transport_->write("0\r\n\r\n");
    return due.ended;
}

void HttpConnection::send(Due& due) {
    if (due.streaming) {
        if (due.last) end();
        return;
    }
    HttpResponse& response = checked(due.response);
    const bool close = due.last || response.close || (handler_.draining() && due_.empty());
    AnswerHead head{.status = response.status, .date = date_.at(clock_.now()), .close = close};
    if (!is_bodiless(response.status)) head.content_length = response.body.size();
    transport_->write(write_head(head, response.headers));
    if (!due.head_only && !is_bodiless(response.status) && !response.body.empty()) {
        write_body(*transport_, std::move(response.body));
    }
    if (response.holds) kept_.keep(*transport_, limits_.queue_bytes / 2, response.holds);
    if (close) end();
}

void HttpConnection::end() {
    reading_over_ = true;
    over_ = true;
    transport_->close();
}

WebSocketStream* HttpConnection::accept(const Exchange& exchange,
                                        const Headers& headers,
                                        std::unique_ptr<WebSocketHandler> handler,
                                        std::optional<int> deflate_bits) {
    if (over_) return nullptr;
    check(upgrading_);
    check(due_.size() == 1);
    check(exchange.number_ == first_);
    const std::string* key = find_header(exchange.request_.headers, "sec-websocket-key");
    check(key != nullptr);
    const std::string accepted = accept_key(*key);
    transport_->write(write_head(
        {.status = 101, .date = date_.at(clock_.now()), .content_length = {}, .accept = accepted},
        headers));
    websocket_ = std::make_unique<WebSocketConnection>(
        WebSocketConnection::Setup{.transport = *transport_,
                                   .limits = limits_,
                                   .clock = clock_,
                                   .metrics = &metrics_,
                                   .deflate_bits = deflate_bits},
        std::move(handler));
    due_.clear();
    parser_ = nullptr;
    crowded_ = nullptr;
    checked(timer_).stop();
    if (std::exchange(paused_, false)) transport_->pause_reading(false);
    if (!reading_) go_on_later();
    return websocket_.get();
}

void HttpConnection::go_on_later() {
    if (std::exchange(posted_, true)) return;
    transport_->executor().post([this, alive = std::weak_ptr{self_}] {
        if (alive.expired()) return;
        posted_ = false;
        go_on();
    });
}

void HttpConnection::go_on() {
    if (websocket_ == nullptr) held_.keep(read(held_.rest()).size());
    if (websocket_ != nullptr) return hand_over();
    settle();
}

// What came behind the request for the upgrade is WebSocket already.
void HttpConnection::hand_over() {
    const HeldBytes held = std::exchange(held_, {});
    if (!held.empty()) websocket_->on_bytes(held.rest());
    if (std::exchange(peer_ended_, false)) websocket_->on_end();
}

std::unique_ptr<WebSocketConnection> HttpConnection::take_websocket() {
    const bool done = held_.empty() && !peer_ended_ && kept_.empty();
    return done ? std::move(websocket_) : nullptr;
}

void HttpConnection::settle() {
    update_reading();
    update_timer();
    const bool done = due_.empty() && !whole_ && held_.empty();
    if (peer_ended_ && done && !over_) end();
}

void HttpConnection::update_reading() {
    // What has been read is used before more is: else each answer would let in a buffer full.
    const bool pause = !reading_over_ && (!may_read() || !held_.empty());
    if (pause && crowded_ == nullptr && transport_->queued_bytes() > limits_.queue_bytes) {
        crowded_ = std::make_unique<QueueWatch>(*transport_, limits_.queue_bytes / 2,
                                                [this] { on_drained(); });
    }
    if (pause == paused_) return;
    paused_ = pause;
    if (pause && due_.size() >= limits_.pipelined_requests) {
        count_limit_hit(&metrics_, "http.pipelined_requests");
    }
    transport_->pause_reading(pause);
}

RequestTimer::Wait HttpConnection::waits_for() const {
    using Wait = RequestTimer::Wait;
    // While reading is paused it is the peer that waits.
    if (reading_over_ || paused_) return Wait::kNothing;
    if (parser_->started()) return parser_->in_body() ? Wait::kBody : Wait::kHead;
    return due_.empty() ? Wait::kRequest : Wait::kNothing;
}

void HttpConnection::on_expired(RequestTimer::Wait wait, std::string_view limit) {
    if (wait == RequestTimer::Wait::kRequest) {
        // Whoever reads a long answer slowly is not idle; the transport watches its progress.
        if (transport_->queued_bytes() > 0) return update_timer();
        count_limit_hit(&metrics_, limit);
        return end();
    }
    refuse(fail_limit(ErrorCode::kRequestTimeout, limit).error());
    settle();
}

void HttpConnection::update_timer() {
    checked(timer_).wait_for(waits_for(), first_ + due_.size());
}

void HttpConnection::on_end() {
    if (websocket_ != nullptr && held_.empty()) return websocket_->on_end();
    peer_ended_ = true;
    if (websocket_ == nullptr) settle();
}

void HttpConnection::on_drained() {
    if (websocket_ != nullptr) return websocket_->on_drained();
    if (room_ != nullptr) tell_of_room();
    if (std::exchange(crowded_, nullptr) != nullptr) go_on();
}

void HttpConnection::on_closed() {
    // Before anybody is told: who is told sees that the connection has gone.
    self_ = nullptr;
    reading_over_ = true;
    over_ = true;
    crowded_ = nullptr;
    room_ = nullptr;
    kept_.clear();
    if (timer_) timer_->stop();
    if (websocket_ != nullptr) return websocket_->on_closed();
    for (const Due& due : std::exchange(due_, {})) {
        const auto exchange = due.exchange.lock();
        if (exchange == nullptr) continue;
        if (auto called = std::exchange(exchange->on_room_, nullptr)) called();
        if (due.response && (!due.streaming || due.ended)) continue;
        if (auto called = std::exchange(exchange->on_gone_, nullptr)) called();
    }
}

}  // namespace tandem::net
