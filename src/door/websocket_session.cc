#include "door/websocket_session.h"

#include "api/audit.h"
#include "api/command_life.h"
#include "api/dispatch.h"
#include "api/outside.h"
#include "auth/outside.h"
#include "base/check.h"
#include "contract/catalogue.h"
#include "contract/shape.h"
#include "contract/stream.h"
#include "door/notice.h"
#include "net/address_limits.h"

#include <algorithm>
#include <iterator>

namespace tandem::door {
namespace {

constexpr Duration kWarnBefore = 60s;  // Before a credential runs out.

// At most 123 bytes: RFC 6455 section 5.5.
std::string too_many_reason(const Error& error) {
    const Duration wait = error.retry_after.value_or(60s);
    return R"({"retry_ms":)" + std::to_string((wait + 1ms - 1us) / 1ms) + R"(,"why":")" +
           error.limit + R"("})";
}

class Handler final : public net::WebSocketHandler {
public:
    explicit Handler(std::shared_ptr<WebSocketSession> session) : session_{std::move(session)} {}
    void on_message(net::MessageKind kind, std::string_view payload) override {
        session_->on_message(kind, payload);
    }
    void on_drained() override { session_->on_drained(); }
    void on_closed(std::uint16_t /*code*/, std::string_view /*reason*/) override {
        session_->on_closed();
    }

private:
    std::shared_ptr<WebSocketSession> session_;
};

net::MessageKind kind_of(contract::Encoding encoding) {
    return encoding == contract::Encoding::kJson ? net::MessageKind::kText
                                                 : net::MessageKind::kBinary;
}

std::string header(const contract::Input& input, std::string_view name) {
    const auto found =
        std::ranges::find(input.headers, name, &std::pair<std::string, std::string>::first);
    return found == input.headers.end() ? std::string{} : found->second;
}

// A pack of SenML is announced as over REST; what a message says of itself must fit its socket.
Result<void> name_encodings(contract::Encoding syntax, api::Call& call) {
    const contract::Operation& operation = *call.operation;
    const std::string type = header(call.input, "content-type");
    const contract::Among taken{.bodies = operation.takes, .syntax = syntax};
    const bool merge_patch = operation.method == contract::Method::kPatch &&
                             syntax == contract::Encoding::kJson &&
                             type == "application/merge-patch+json";
    if (!type.empty() && !merge_patch) {
        const auto encoding = contract::encoding_of(type, taken);
        if (!encoding) {
            return fail(ErrorCode::kUnsupportedMediaType,
                        "accepted on this socket are: " + contract::media_types(taken));
        }
        call.input.body.encoding = *encoding;
    }
    const contract::Among given{.bodies = operation.gives, .syntax = syntax};
    const auto accept = contract::choose_encoding(header(call.input, "accept"), given);
    if (!accept) {
        return fail(ErrorCode::kNotAcceptable,
                    "on this socket there are: " + contract::media_types(given));
    }
    call.accept = *accept;
    return {};
}

}  // namespace

WebSocketSession::WebSocketSession(Doorway doorway,
                                   contract::Encoding encoding,
                                   std::optional<Actor> actor,
                                   std::string origin)
    : Subscriber{doorway.world.rules().streams.pending_bytes},
      doorway_{doorway},
      encoding_{encoding},
      actor_{std::move(actor)},
      origin_{std::move(origin)},
      ping_{doorway_.settings.limits.connection.ping_interval} {}

WebSocketSession::~WebSocketSession() {
    check(stream_ == nullptr);
}

std::unique_ptr<net::WebSocketHandler> WebSocketSession::handler(
    std::shared_ptr<WebSocketSession> session) {
    return std::make_unique<Handler>(std::move(session));
}

const std::string& WebSocketSession::credential() const {
    static const std::string none;
    return actor_ ? actor_->credential : none;
}

api::Proof WebSocketSession::proof() const {
    return {.bearer = {},
            .cookie = {},
            .certificate = certificate(),
            .actor = actor_,
            .grace = doorway_.settings.limits.auth_grace};
}

std::string WebSocketSession::certificate() const {
    return stream_ == nullptr ? std::string{} : stream_->peer().certificate;
}

void WebSocketSession::open(net::WebSocketStream& stream) {
    stream_ = &stream;
    doorway_.sockets.add(*this);
    if (actor_) return begin();
    stranger_ = doorway_.sockets.note_stranger(net::address_group(stream.peer()),
                                               doorway_.settings.pending);
    stream.set_message_limit(doorway_.settings.limits.auth_bytes, "ws.auth_bytes");
    auth_timer_ =
        executor().call_after(doorway_.settings.limits.auth_time, [self = shared_from_this()] {
            self->auth_timer_ = 0;
            if (self->greeted_ || self->closing_) return;
            self->doorway_.world.hub().count_limit("ws.auth_time");
            self->end(Close::kPolicy, "no credentials in time");
        });
}

// From here on the socket is somebody's.
void WebSocketSession::begin() {
    const auto device = actor().device();
    if (!device) account_ = nullptr;
    if (device && account_ != nullptr) {
        account_->belong(*device, advise::Door::kSocket);
        account_->note({.upgrades = 1});
    }
    greet();
    if (device) {
        spawn(api::attach_link(doorway_.world, *device, shared_from_this()));
    }
}

void WebSocketSession::greet() {
    greeted_ = true;
    const Actor& who = actor();
    const net::Limits& limits = doorway_.settings.limits.connection;
    stream_->set_message_limit(limits.message_bytes, "ws.message_bytes");
    if (ping_ != limits.ping_interval) stream_->set_ping_interval(ping_);
    const auto writer = contract::make_writer(encoding_);
    writer->begin_object();
    writer->key("hello");
    writer->begin_object();
    writer->key("protocol");
    writer->text("tandem.v1");
    writer->key("principal");
    writer->begin_object();
    writer->key("kind");
    writer->text(name_of(who.kind));
    writer->key("id");
    writer->text(who.id);
    writer->end_object();
    writer->key("ping_ms");
    writer->integer(ping_ / 1ms);
    writer->key("message_bytes");
    writer->integer(static_cast<std::int64_t>(limits.message_bytes));
    write_advice(*writer);
    writer->end_object();
    writer->end_object();
    send_control(writer->take());
}

// For a device that would do better without a socket.
void WebSocketSession::write_advice(Writer& writer) const {
    const api::Hint* hint = account_ == nullptr ? nullptr : account_->hint();
    if (hint == nullptr || hint->door == advise::Door::kSocket) return;
    writer.key("advice");
    writer.begin_object();
    writer.key("door");
    writer.text(name_of(hint->door));
    writer.key("says");
    writer.text(hint->says);
    writer.key("saving_bytes_a_day");
    writer.integer(hint->saving);
    writer.end_object();
}

void WebSocketSession::on_message(net::MessageKind kind, std::string_view payload) {
    if (closing_) return;
    if (kind != kind_of(encoding_)) {
        return refuse_frame(
            fail(ErrorCode::kMalformedBody, encoding_ == contract::Encoding::kJson
                                                ? "text frames are expected with tandem.v1.json"
                                                : "binary frames are expected with tandem.v1.cbor")
                .error());
    }
    auto envelopes = read_frame(encoding_, payload);
    if (!envelopes) return refuse_frame(envelopes.error());
    if (waiting_.empty()) {
        waiting_ = std::move(*envelopes);
    } else {
        std::ranges::move(*envelopes, std::back_inserter(waiting_));
    }
    work_off();
}

// It counts like a message, and a stranger's first one is the last.
void WebSocketSession::refuse_frame(const Error& error) {
    slow_down();
    refuse({}, error);
    if (!greeted_) end(Close::kPolicy, "the first message is auth");
}

// What came in one frame is held to the same limits as what came in many.
void WebSocketSession::work_off() {
    while (begun_ < waiting_.size() && !paused_ && !closing_) {
        Envelope next = std::move(waiting_[begun_++]);
        handle(std::move(next));
    }
    if (begun_ < waiting_.size()) return;
    waiting_ = std::vector<Envelope>{};
    begun_ = 0;
}

void WebSocketSession::pause() {
    paused_ = true;
    stream_->pause_reading(true);
}

void WebSocketSession::resume() {
    if (stream_ == nullptr) return;
    paused_ = false;
    stream_->pause_reading(false);
    work_off();
}

void WebSocketSession::handle(Envelope envelope) {
    slow_down();
    if (!greeted_) return authenticate(envelope);
    if (envelope.error) return refuse(envelope, *envelope.error);
    const contract::Operation* operation = contract::find_operation(envelope.op);
    if (operation == nullptr || operation->doors == contract::Doors::kRestOnly) {
        return refuse(
            envelope,
            fail(ErrorCode::kUnknownOperation, "this door has no operation of that name").error());
    }
    api::Call call{.operation = operation,
                   .input = envelope.input,
                   .accept = encoding_,
                   .proof = proof(),
                   .door = Door::kWs,
                   .address = stream_->peer().address,
                   .origin = origin_,
                   .base = base_,
                   .idempotency_key = header(envelope.input, "idempotency-key"),
                   .subscriber = shared_from_this(),
                   .gone = gone_};
    if (envelope.batched) {
        if (!contract::may_be_batched(*operation)) {
            return refuse(envelope, fail_field("/ack",
                                               "only writes of readings are acknowledged "
                                               "in batches")
                                        .error());
        }
        // What nobody reads need not be written.
        if (header(call.input, "prefer").empty()) {
            call.input.headers.emplace_back("prefer", "return=minimal");
        }
    }
    if (auto good = name_encodings(encoding_, call); !good) return refuse(envelope, good.error());
    if (++in_flight_ >= doorway_.settings.limits.in_flight && !paused_) {
        doorway_.world.hub().count_limit("ws.in_flight");
        pause();
    }
    spawn(serve(shared_from_this(), std::move(envelope), std::move(call)));
}

Task<void> WebSocketSession::serve(std::shared_ptr<WebSocketSession> self,
                                   Envelope envelope,
                                   api::Call call) {
    const contract::Operation* operation = call.operation;
    const bool renewing = operation->name == contract::kAuth.name;
    api::Proof proof;
    if (renewing) {
        contract::AuthRequest request;
        if (contract::read_request(*operation, call.input, &request)) {
            proof.bearer = request.token;
            proof.certificate = self->certificate();
        }
    }
    const api::Reply reply = co_await api::dispatch(self->doorway_.world, std::move(call));
    if (renewing && reply.status == 200) {
        if (auto actor = api::identify(self->doorway_.world, proof)) self->actor_ = *actor;
    }
    --self->in_flight_;
    if (self->stream_ == nullptr) co_return;
    if (self->account_ != nullptr) {
        self->account_->note(noted_message(*operation, envelope.input.body.bytes.size(), reply));
    }
    if (envelope.batched) {
        self->settle(envelope, reply);
    } else {
        self->answer(envelope, reply);
    }
    if (reply.budget) self->tell_limits(*reply.budget);
    if (self->paused_ && self->timer_ == 0 &&
        self->in_flight_ <= self->doorway_.settings.limits.in_flight / 2) {
        self->resume();
    }
}

// The first message of a socket that has not said who it is.
void WebSocketSession::authenticate(const Envelope& envelope) {
    contract::AuthRequest request;
    if (verifying_) return end(Close::kPolicy, "`auth` is not answered yet");
    if (envelope.error) {
        refuse(envelope, *envelope.error);
        return end(Close::kPolicy, "the first message is auth");
    }
    if (envelope.op != contract::kAuth.name) {
        refuse(envelope, fail(ErrorCode::kUnauthenticated, "the first message is `auth`").error());
        return end(Close::kPolicy, "the first message is auth");
    }
    auto read = contract::read_request(contract::kAuth, envelope.input, &request);
    if (!read) {
        refuse(envelope, read.error());
        return end(Close::kPolicy, "the first message is auth");
    }
    if (auth::looks_outside(request.token)) {
        verifying_ = true;
        spawn(verify(shared_from_this(), envelope, std::move(request.token)));
    } else {
        identify(envelope, request.token);
    }
}

Task<void> WebSocketSession::verify(std::shared_ptr<WebSocketSession> self,
                                    Envelope envelope,
                                    std::string token) {
    auto good = co_await api::admit_outside(self->doorway_.world, token, self->certificate());
    self->verifying_ = false;
    if (self->stream_ == nullptr) co_return;
    if (!good && good.error().code == ErrorCode::kUnavailable) {
        self->refuse(envelope, good.error());
        co_return self->end(Close::kOverloaded, "the token cannot be verified now");
    }
    self->identify(envelope, token);
}

void WebSocketSession::identify(const Envelope& envelope, const std::string& token) {
    auto actor = api::identify(
        doorway_.world, {.bearer = token, .cookie = {}, .certificate = certificate(), .actor = {}});
    if (!actor) {
        api::audit(doorway_.world, {.time = doorway_.world.now(),
                                    .tenant = doorway_.settings.owner.tenant,
                                    .actor = "anonymous",
                                    .credential = {},
                                    .address = stream_->peer().address,
                                    .door = Door::kWs,
                                    .action = "auth",
                                    .resource = {},
                                    .result = std::string{row(actor.error().code).name}});
        refuse(envelope, actor.error());
        return end(Close::kUnauthenticated, "the key is not valid");
    }
    auto place = take_socket(doorway_, *actor);
    if (!place) {
        doorway_.world.hub().count_limit(place.error().limit);
        refuse(envelope, place.error());
        return end(Close::kTooFast, too_many_reason(place.error()));
    }
    place_ = std::move(*place);
    stranger_ = nullptr;
    stream_->trust();
    actor_ = std::move(*actor);
    executor().cancel(std::exchange(auth_timer_, 0));
    const contract::MeView view = contract::view_of(*actor_);
    answer(envelope, {.status = 200,
                      .headers = {},
                      .body = contract::write_response(*contract::kAuth.response, &view, encoding_),
                      .encoding = encoding_});
    begin();
}

void WebSocketSession::answer(const Envelope& about, const api::Reply& reply) {
    if (!about.id && !reply.problem) return;
    send_control(write_reply(encoding_, about, reply));
}

// What was refused, or in part, has an answer of its own; all that one commit has settled comes to
// its end in the same turn, and one acknowledgement follows it.
void WebSocketSession::settle(const Envelope& about, const api::Reply& reply) {
    if (settled_++ == 0) {
        executor().post([self = shared_from_this()] { self->acknowledge(); });
    }
    if (!reply.problem && reply.status != 207) return;
    ++refused_;
    send_control(write_reply(encoding_, about, reply));
}

void WebSocketSession::acknowledge() {
    const auto writer = contract::make_writer(encoding_);
    writer->begin_object();
    writer->key("ack");
    writer->begin_object();
    writer->key("n");
    writer->integer(std::exchange(settled_, 0));
    writer->key("refused");
    writer->integer(std::exchange(refused_, 0));
    writer->key("durability");
    writer->text(doorway_.world.hub().durability);
    writer->end_object();
    writer->end_object();
    send_control(writer->take());
}

void WebSocketSession::refuse(const Envelope& about, const Error& error) {
    answer(about, api::problem_reply(error, encoding_));
}

bool WebSocketSession::full() const {
    if (stream_ == nullptr) return true;
    const bool calm = doorway_.world.hub().load.pressure() < api::Pressure::kHigh;
    const std::size_t most = doorway_.settings.limits.connection.queue_bytes;
    return stream_->queued_bytes() >= (calm ? most : most / 2);
}

std::size_t WebSocketSession::queued() const {
    return stream_ == nullptr ? 0 : stream_->queued_bytes();
}

void WebSocketSession::send(const std::shared_ptr<const api::Rendered>& message, Duration within) {
    if (stream_ == nullptr || closing_) return;
    if (message->frame == nullptr) {
        message->frame = net::make_frame(kind_of(encoding_), message->payload);
    }
    const auto frame = std::static_pointer_cast<const net::Frame>(message->frame);
    stream_->send_within(within, {&frame, 1});
    if (account_ != nullptr) account_->note_event(message->payload.size());
}

// Replies, commands and receipts are never dropped: a socket that does not take them is closed.
void WebSocketSession::send_control(const std::string& payload) {
    if (stream_ == nullptr || closing_) return;
    const net::Limits& limits = doorway_.settings.limits.connection;
    // One reply may be long (a page of history); a second one behind it may not.
    if (stream_->queued_bytes() > limits.queue_bytes + limits.control_reserve_bytes) {
        doorway_.world.hub().count_limit("ws.queue_bytes");
        return end(Close::kOverloaded, R"({"retry_ms":1000,"why":"too slow"})");
    }
    stream_->send(kind_of(encoding_), payload);
    if (account_ != nullptr) account_->note_down();
}

// Above the message rate the socket is not read for a while: nothing is lost, TCP slows the sender.
void WebSocketSession::slow_down() {
    const api::Rules& rules = doorway_.world.rules();
    const auth::Rate rate{.per_second = rules.ws_messages_per_second,
                          .burst = rules.ws_messages_burst};
    if (messages_.take(1, rate, doorway_.world.monotonic()) || timer_ != 0) return;
    doorway_.world.hub().count_limit("ws.messages_per_second");
    if (actor_) tell_slowed(rate);
    pause();
    timer_ = executor().call_after(messages_.wait_for(rate.per_second / 10, rate),
                                   [self = shared_from_this()] {
                                       self->timer_ = 0;
                                       self->resume();
                                   });
}

// Told when a budget gets scarce, which is a quarter, and when it is empty; anew once it has been
// half full again.
void WebSocketSession::tell_limits(const auth::BudgetLeft& left) {
    const auto most = static_cast<std::int64_t>(left.rate.burst);
    Scarcity& told = scarcity_.at(static_cast<std::size_t>(left.budget));
    if (left.remaining >= most / 2) told = Scarcity::kNone;
    Scarcity now = Scarcity::kNone;
    if (left.remaining < most / 4) now = Scarcity::kScarce;
    if (left.remaining == 0) now = Scarcity::kEmpty;
    if (now <= told) return;
    told = now;
    send_control(limits_message(encoding_, name_of(left.budget), left));
}

// The socket is not read for a moment. Nothing was refused, but somebody may ask why it is slow.
void WebSocketSession::tell_slowed(const auth::Rate& rate) {
    const api::World& world = doorway_.world;
    const Duration wait = messages_.wait_for(rate.per_second / 10, rate);
    const auth::BudgetLeft none{
        .remaining = 0, .reset_seconds = auth::window_of(rate), .rate = rate};
    send_control(limits_message(encoding_, "messages", none));
    world.hub().limit_log.note(auth::principal_key(actor()),
                               {.time = world.now(),
                                .limit = "ws.messages_per_second",
                                .operation = {},
                                .door = Door::kWs,
                                .detail = "the socket was not read for a moment",
                                .retry_after = wait});
}

void WebSocketSession::deliver(const Command& command) {
    const std::string message = command_message(encoding_, command);
    if (account_ != nullptr) {
        account_->note(noted_command(doorway_.world.hub().constants, message.size()));
    }
    send_control(message);
}

void WebSocketSession::configure(const ConfigDelta& change) {
    send_control(config_message(encoding_, change));
}

void WebSocketSession::warn(Duration left) {
    if (left > kWarnBefore || warned_ == credential()) return;
    warned_ = credential();
    send_control(notice(encoding_, "auth",
                        {{"expires_in", std::max<std::int64_t>(0, (left + 1s - 1us) / 1s)}}));
}

void WebSocketSession::leave(const Leaving& how, Duration until) {
    send_control(notice(encoding_, "goaway",
                        {{"after_ms", how.after / 1ms}, {"spread_ms", how.spread / 1ms}}));
    leave_timer_ = executor().call_after(until, [self = shared_from_this()] {
        self->leave_timer_ = 0;
        self->end(Close::kRestart, kRestartReason);
    });
}

void WebSocketSession::superseded() {
    end(Close::kSuperseded, "another socket of the same device has taken over");
}

void WebSocketSession::end(Close code, std::string_view reason) {
    if (stream_ == nullptr || closing_) return;
    closing_ = true;
    stream_->close(static_cast<std::uint16_t>(code), reason);
}

void WebSocketSession::on_drained() {
    doorway_.world.streams().drained(*this);
}

void WebSocketSession::on_closed() {
    stream_ = nullptr;
    gone_->store(true);
    executor().cancel(std::exchange(timer_, 0));
    executor().cancel(std::exchange(auth_timer_, 0));
    executor().cancel(std::exchange(leave_timer_, 0));
    stranger_ = nullptr;
    doorway_.sockets.remove(*this);
    doorway_.world.streams().remove_all(*this);
    place_ = {};
    account_ = nullptr;
    if (greeted_) {
        if (const auto device = actor().device()) {
            spawn(api::detach_link(doorway_.world, *device, shared_from_this()));
        }
    }
}

}  // namespace tandem::door
