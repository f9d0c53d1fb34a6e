#include "measure/relay.h"

#include "base/metric.h"
#include "net/client.h"

#include <array>
#include <unordered_map>
#include <utility>

namespace tandem::measure {
namespace {

constexpr std::size_t kClient = 0;
constexpr std::size_t kServer = 1;

std::string_view text_of(std::span<const std::uint8_t> bytes) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are characters here
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// One connection from its client to the server: an end to each, and what is on its way to it.
class Pair : public std::enable_shared_from_this<Pair> {
public:
    Pair(net::Loop& loop, DelayLine to_client, DelayLine to_server)
        : loop_{loop},
          ends_{End{.line = std::move(to_client)}, End{.line = std::move(to_server)}} {}
    Pair(const Pair&) = delete;
    Pair& operator=(const Pair&) = delete;
    ~Pair() {
        for (const End& end : ends_)
            loop_.cancel(end.timer);
    }

    void keep(std::unique_ptr<net::Transport> server) { server_ = std::move(server); }
    void leave_from(Monotonic time) { ends_[kServer].line.leave_from(time); }

    void open(std::size_t at, net::Transport& transport) {
        ends_.at(at).transport = &transport;
        deliver(at);
    }
    // What came at one end is for the other.
    void come(std::size_t at, std::string_view bytes) {
        ends_.at(1 - at).line.push(bytes, loop_.clock().monotonic());
        deliver(1 - at);
    }
    void end(std::size_t at) {
        ends_.at(1 - at).over = true;
        deliver(1 - at);
    }
    /// Whether both ends are.
    bool closed(std::size_t at) {
        ends_.at(at).transport = nullptr;
        ends_.at(at).gone = true;
        // Without its FIN before: it was reset, and so is the other.
        ends_.at(1 - at).reset = !ends_.at(1 - at).over;
        end(at);
        return ends_[0].gone && ends_[1].gone;
    }

private:
    struct End {
        net::Transport* transport = nullptr;
        DelayLine line;
        TimerId timer = 0;
        bool over = false;   // The other end has said its last,
        bool reset = false;  // and went without a word.
        bool gone = false;
    };

    void deliver(std::size_t at) {
        End& end = ends_.at(at);
        if (end.transport == nullptr) return;
        const Monotonic now = loop_.clock().monotonic();
        if (const std::string arrived = end.line.take(now); !arrived.empty()) {
            end.transport->write(arrived);
        }
        loop_.cancel(std::exchange(end.timer, 0));
        const auto next = end.line.next();
        if (!next) {
            if (end.reset) return end.transport->abort();
            if (end.over) end.transport->close();
            return;
        }
        const auto wait = std::chrono::duration_cast<Duration>(*next - now);
        end.timer = loop_.call_after(wait, [self = weak_from_this(), at] {
            if (const auto pair = self.lock()) pair->deliver(at);
        });
    }

    net::Loop& loop_;
    std::array<End, 2> ends_;
    std::unique_ptr<net::Transport> server_;
};

using Closed = std::function<void(const Pair*)>;

class EndOfPair final : public net::Protocol {
public:
    EndOfPair(std::weak_ptr<Pair> pair, std::size_t at, Closed closed)
        : pair_{std::move(pair)}, at_{at}, closed_{std::move(closed)} {}

    void on_open(net::Transport& transport) override {
        if (const auto pair = pair_.lock()) pair->open(at_, transport);
    }
    void on_bytes(std::span<const std::uint8_t> bytes) override {
        if (const auto pair = pair_.lock()) pair->come(at_, text_of(bytes));
    }
    void on_end() override {
        if (const auto pair = pair_.lock()) pair->end(at_);
    }
    void on_drained() override {}
    void on_closed() override {
        const auto pair = pair_.lock();
        if (pair && pair->closed(at_)) closed_(pair.get());
    }

private:
    std::weak_ptr<Pair> pair_;
    std::size_t at_;
    Closed closed_;
};

}  // namespace

struct Relay::State {
    State(net::Loop& on, Random& by, net::Endpoint to, const Link& upwards, const Link& downwards)
        : loop{on}, random{by}, server{std::move(to)}, up{upwards}, down{downwards} {}

    std::unique_ptr<net::Protocol> accept() {
        const auto pair =
            std::make_shared<Pair>(loop, DelayLine{down, random}, DelayLine{up, random});
        pairs.emplace(pair.get(), pair);
        // The SYN and its answer.
        pair->leave_from(loop.clock().monotonic() + up.delay + down.delay);
        // From inside one of its ends: it goes in a turn of its own.
        const Closed closed = [this](const Pair* gone) {
            loop.post([held = pairs.extract(gone)] {});
        };
        pair->keep(net::connect_tcp(loop, server.host, server.port, nullptr,
                                    std::make_unique<EndOfPair>(pair, kServer, closed)));
        return std::make_unique<EndOfPair>(pair, kClient, closed);
    }

    net::Loop& loop;
    Random& random;
    net::Endpoint server;
    Link up;
    Link down;
    net::Limits limits;
    Metrics metrics;
    std::unordered_map<const Pair*, std::shared_ptr<Pair>> pairs;
    std::unique_ptr<net::Listener> listener;
};

Relay::Relay(std::unique_ptr<State> state) : state_{std::move(state)} {}

Relay::~Relay() {
    state_->listener = nullptr;
    state_->pairs.clear();
}

Result<std::unique_ptr<Relay>> Relay::open(net::Loop& loop,
                                           Random& random,
                                           net::Endpoint server,
                                           const Link& up,
                                           const Link& down) {
    auto state = std::make_unique<State>(loop, random, std::move(server), up, down);
    auto listener =
        net::Listener::open(loop, {.host = "127.0.0.1", .port = 0}, nullptr, state->limits,
                            state->metrics, [at = state.get()] { return at->accept(); });
    if (!listener) return pass(listener);
    state->listener = *std::move(listener);
    return std::unique_ptr<Relay>{new Relay{std::move(state)}};
}

std::uint16_t Relay::port() const {
    return state_->listener->endpoint().port;
}

}  // namespace tandem::measure
