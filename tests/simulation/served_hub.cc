#include "simulation/served_hub.h"

#include "api/dispatch.h"
#include "base/check.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace tandem::simulation {
namespace {

constexpr std::string_view kPepper = "a pepper of tests only";

std::string lower(std::string_view text) {
    std::string out{text};
    std::ranges::transform(out, out.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

std::span<const std::uint8_t> bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

template <typename T>
T run(ServedHub& hub, Task<Result<T>> task) {
    const auto result = conformance::start(std::move(task));
    REQUIRE(hub.loop.run_until([&] { return result->has_value(); }));
    REQUIRE((*result)->has_value());
    return std::move(***result);
}

bool is_chunked(const std::string& text) {
    const std::size_t head = text.find("\r\n\r\n");
    return text.substr(0, head).find("Transfer-Encoding: chunked") != std::string::npos;
}

/// The chunks at the front of `text`, which is cut. RFC 9112 section 7.1.
std::string take_chunks(std::string& text) {
    std::string out;
    while (true) {
        std::size_t length = 0;
        const auto [end, error] =
            std::from_chars(text.data(), text.data() + text.size(), length, 16);
        REQUIRE(error == std::errc{});
        text.erase(0, static_cast<std::size_t>(end - text.data()) + 2);
        REQUIRE(text.size() >= length + 2);
        out += text.substr(0, length);
        text.erase(0, length + 2);
        if (length == 0) return out;
    }
}

/// The answer at the front of `text`, which is cut.
Answer take_answer(std::string& text) {
    Answer answer;
    const std::size_t head = text.find("\r\n\r\n");
    REQUIRE_MESSAGE(head != std::string::npos, text);
    std::from_chars(text.data() + 9, text.data() + 12, answer.status);
    std::size_t at = text.find("\r\n") + 2;
    while (at < head) {
        const std::size_t end = text.find("\r\n", at);
        const std::string line = text.substr(at, end - at);
        const std::size_t colon = line.find(": ");
        answer.headers.emplace_back(lower(line.substr(0, colon)), line.substr(colon + 2));
        at = end + 2;
    }
    text.erase(0, head + 4);
    if (answer.field("transfer-encoding") == "chunked") {
        answer.body = take_chunks(text);
        return answer;
    }
    std::size_t length = 0;
    const std::string sent = answer.field("content-length");
    std::from_chars(sent.data(), sent.data() + sent.size(), length);
    answer.body = text.substr(0, length);
    text.erase(0, answer.body.size());
    return answer;
}

std::string request_text(const Ask& asked) {
    std::string out =
        asked.method + " " + asked.target + " HTTP/1.1\r\nHost: " + asked.host + "\r\n";
    for (const auto& [name, value] : asked.headers)
        out += name + ": " + value + "\r\n";
    if (!asked.body.empty()) out += "Content-Length: " + std::to_string(asked.body.size()) + "\r\n";
    return out + "\r\n" + asked.body;
}

}  // namespace

// ---------------------------------------------------------------- the hub

ServedHub::ServedHub(HubSettings settings) {
    const auto attached = store.attach(loop);
    admin = run(*this, node::make_administrator(attached->ports().registry, &clock, &random,
                                                std::string{kPepper}));
    hub = std::make_unique<api::Hub>(clock, random, settings.rules, std::string{kPepper});
    hub->home = node::home_tenant();
    hub->durability = "memory";
    hub->store = &store;
    if (settings.verifies_passwords) hub->passwords = &passwords.emplace();
    doors.origins = std::move(settings.origins);
    doors.public_hosts = std::move(settings.public_hosts);
    doors.console = settings.console;
    doors.limits.pending = settings.pending_max;
    local_doors.local = true;
    for (door::DoorSettings* each : {&doors, &local_doors}) {
        each->owner = node::owner_of_data();
        each->unready = [] { return std::string{}; };
        each->ended = [this](const std::string& credential) { parts.end(credential); };
    }
    part = std::make_unique<node::Part>(*hub, loop, store, doors, local_doors);
    hub->shards.push_back(&part->shard);
    parts.add(*part);
    parts.listen_to(*hub);
    const auto started = conformance::start(api::start(world()));
    REQUIRE(loop.run_until([&] { return started->has_value(); }));
    REQUIRE((*started)->has_value());
}

ServedHub::~ServedHub() {
    loop.run_posted();
}

void ServedHub::pass(Duration span) {
    // Timers see the time that they were set for, give or take a step.
    const Duration step = std::max<Duration>(span / 1'000, 1ms);
    for (Duration done{0}; done < span; done += step) {
        clock.passed += std::min(step, span - done);
        loop.advance(std::min(step, span - done));
        loop.run_posted();
    }
}

std::string ServedHub::make_device(const std::string& id, const Labels& labels) {
    Value body = Value::Object{{"id", id}};
    Value told = Value::Object{};
    for (const auto& [name, value] : labels)
        told.set(name, value);
    body.set("labels", told);
    const Answer made = ask(*this, {.method = "POST",
                                    .target = "/v1/devices",
                                    .headers = bearer(admin.admin_key),
                                    .body = codec::to_json(body)});
    REQUIRE_MESSAGE(made.status == 201, made.body);
    const Answer key = ask(*this, {.method = "POST",
                                   .target = "/v1/devices/" + id + "/keys",
                                   .headers = bearer(admin.admin_key)});
    REQUIRE_MESSAGE(key.status == 201, key.body);
    return *key.json().find("key")->get<std::string>();
}

std::vector<std::string> ServedHub::audit() {
    std::vector<std::string> out;
    const AuditQuery query{.tenant = node::home_tenant(), .after = {}, .limit = 1'000};
    for (const AuditLine& line : run(*this, world().registry().audit(query)))
        out.push_back(line.actor + " " + line.action + " " + line.result);
    return out;
}

std::string many_readings(int count) {
    std::string out = "[";
    for (int at = 0; at < count; ++at) {
        out += (at == 0 ? "" : ",") + std::string{R"({"t":)"} +
               std::to_string(1'600'000'000'000 + at) + R"(,"v":{"power":)" + std::to_string(at) +
               "}}";
    }
    return out + "]";
}

// ---------------------------------------------------------------- connections

class Connection::Wire final : public net::Transport {
public:
    Wire(Executor& executor, net::Peer peer) : executor_{executor}, peer_{std::move(peer)} {}

    void write(std::string_view bytes) override {
        if (closed) return;
        out += bytes;
        if (held) queued += bytes.size();
        passed_.plain_down += bytes.size();
        if (std::exchange(said_, true)) return;
        ++checked(passed_.tcp).segments_sent;
        ++checked(passed_.tcp).segments_received;  // It is acknowledged.
    }
    void write_shared(const net::SharedBytes& bytes, Duration /*within*/) override {
        write(bytes.bytes());
    }
    void close() override { closed = true; }
    void abort() override { closed = true; }
    void pause_reading(bool pause) override { paused = pause; }
    [[nodiscard]] std::size_t queued_bytes() const override { return queued; }
    [[nodiscard]] const net::Peer& peer() const override { return peer_; }
    [[nodiscard]] Executor& executor() override { return executor_; }
    /// As a kernel would count it: what answers something is one segment.
    [[nodiscard]] net::Traffic traffic() const override {
        net::Traffic all = passed_;
        checked(all.tcp).bytes_received = all.plain_up;
        checked(all.tcp).bytes_sent = all.plain_down;
        return all;
    }
    [[nodiscard]] std::uint64_t plain_up() const override { return passed_.plain_up; }
    void came(std::string_view bytes) {
        passed_.plain_up += bytes.size();
        said_ = false;
        ++checked(passed_.tcp).segments_received;
    }
    void over() { tell_watcher(traffic()); }

    std::string out;
    std::size_t queued = 0;
    bool held = false;
    bool closed = false;
    bool paused = false;

private:
    Executor& executor_;
    net::Peer peer_;
    net::Traffic passed_{.tcp = net::TcpCount{}};
    bool said_ = false;  // Something, since something came.
};

Connection::Connection(ServedHub& hub, net::Peer peer)
    : hub_{hub}, wire_{std::make_unique<Wire>(hub.loop, peer)} {
    door::Front& front = peer.local ? hub.part->local_front : hub.part->front;
    protocol_ = net::serve_http(front, hub.limits, hub.hub->metrics, hub.clock);
    protocol_->on_open(*wire_);
}

Connection::~Connection() {
    drop();
}

void Connection::feed(std::string_view bytes) {
    if (wire_->closed) return;
    wire_->came(bytes);
    protocol_->on_bytes(bytes_of(bytes));
    hub_.settle();
}

std::string Connection::take() {
    return std::exchange(wire_->out, {});
}

void Connection::hold(bool held) {
    wire_->held = held;
    if (held) return;
    wire_->queued = 0;
    protocol_->on_drained();
    hub_.settle();
}

bool Connection::closed() const {
    return wire_->closed;
}

bool Connection::paused() const {
    return wire_->paused;
}

void Connection::drop() {
    if (protocol_ == nullptr) return;
    wire_->closed = true;
    wire_->over();
    protocol_->on_closed();
    protocol_.reset();
    hub_.settle();
}

// ---------------------------------------------------------------- asking

std::string Answer::field(std::string_view name) const {
    const std::string* found = net::find_header(headers, name);
    return found == nullptr ? "" : *found;
}

Value Answer::json() const {
    auto value = codec::parse_json(body);
    REQUIRE_MESSAGE(value.has_value(), body);
    return *value;
}

std::string Answer::problem() const {
    if (field("content-type") != "application/problem+json") return "";
    const std::string type = *json().find("type")->get<std::string>();
    return type.substr(type.rfind('/') + 1);
}

net::Headers bearer(const std::string& key) {
    return {{"Authorization", "Bearer " + key}};
}

Answer ask(ServedHub& hub, const Ask& asked) {
    Connection connection{hub,
                          {.address = "192.0.2.7",
                           .loopback = false,
                           .tls = asked.tls || !asked.certificate.empty(),
                           .certificate = asked.certificate,
                           .certificate_subject = asked.subject,
                           .local = asked.local}};
    connection.feed(request_text(asked));
    std::string out;
    // A password is verified by another thread, which posts what it found.
    REQUIRE(hub.loop.run_until([&] {
        out += connection.take();
        return is_chunked(out) ? out.ends_with("\r\n0\r\n\r\n") : !out.empty();
    }));
    Answer answer = take_answer(out);
    CHECK(out.empty());
    return answer;
}

// ---------------------------------------------------------------- sockets

Socket::Socket(ServedHub& hub, net::Headers headers, bool tls)
    : Socket{hub, std::move(headers), net::Peer{.address = "192.0.2.7", .tls = tls}} {}

Socket::Socket(ServedHub& hub, net::Headers headers, net::Peer peer, std::string target)
    : connection_{hub, std::move(peer)} {
    Ask asked{.target = std::move(target),
              .headers = {{"Upgrade", "websocket"},
                          {"Connection", "Upgrade"},
                          {"Sec-WebSocket-Version", "13"},
                          {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}}};
    asked.headers.insert(asked.headers.end(), headers.begin(), headers.end());
    connection_.feed(request_text(asked));
    unread_ = connection_.take();
    answer_ = take_answer(unread_);
}

void Socket::send(std::string_view message) {
    connection_.feed(net::encode_frame({.final = true,
                                        .opcode = net::Opcode::kText,
                                        .mask = net::Mask{1, 2, 3, 4},
                                        .payload_bytes = message.size()},
                                       message));
}

void Socket::read() {
    unread_ += connection_.take();
    while (true) {
        const auto header = net::read_frame_header(bytes_of(unread_), net::FrameFrom::kServer);
        REQUIRE(header.has_value());
        if (!*header) return;
        const std::size_t size = (*header)->header_bytes + (*header)->payload_bytes;
        REQUIRE(size <= unread_.size());
        const std::string payload =
            unread_.substr((*header)->header_bytes, (*header)->payload_bytes);
        unread_.erase(0, size);
        if ((*header)->opcode == net::Opcode::kClose) {
            const int code = static_cast<unsigned char>(payload.at(0)) * 256 +
                             static_cast<unsigned char>(payload.at(1));
            closed_ = std::to_string(code) + " " + payload.substr(2);
        } else if ((*header)->opcode == net::Opcode::kText) {
            auto value = codec::parse_json(payload);
            REQUIRE(value.has_value());
            messages_.push_back(std::move(*value));
        }
    }
}

std::vector<Value> Socket::messages() {
    read();
    return std::exchange(messages_, {});
}

Value Socket::request(std::string_view message) {
    static_cast<void>(messages());
    send(message);
    const auto all = messages();
    const auto reply =
        std::ranges::find_if(all, [](const Value& each) { return each.find("status") != nullptr; });
    REQUIRE(reply != all.end());
    return *reply;
}

std::string Socket::closed() {
    read();
    return closed_;
}

}  // namespace tandem::simulation
