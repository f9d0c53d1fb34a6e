#include "simulation/network.h"

#include "base/check.h"

#include <algorithm>
#include <utility>

namespace tandem::simulation {
namespace detail {

/// One end of a connection. The other end is known weakly: it may be gone at any time.
class End final : public std::enable_shared_from_this<End> {
public:
    End(Network& network, Machine& machine, std::unique_ptr<net::Protocol> protocol)
        : network_{network}, machine_{&machine}, protocol_{std::move(protocol)} {}

    void meet(const std::shared_ptr<End>& other) { other_ = other; }
    void open(net::Transport& as);
    void write(std::string_view bytes);
    void close();
    void abort();
    void pause(bool paused);
    /// The machine has crashed, or the owner lets go; the other end hears of it.
    void vanish();

    [[nodiscard]] std::size_t queued_bytes() const { return out_.size(); }
    [[nodiscard]] Machine& machine() { return *machine_; }
    [[nodiscard]] bool over() const { return over_; }
    [[nodiscard]] std::shared_ptr<End> other() const { return other_.lock(); }
    void fall_silent() { silent_ = true; }
    void read_on() { hand_over(); }

private:
    void flush_later();
    void flush();
    void arrive(std::string bytes);
    void hand_over();
    void end_of_bytes();
    void finish();
    void send_on(Work work);

    Network& network_;
    Machine* machine_;
    std::unique_ptr<net::Protocol> protocol_;
    net::Transport* as_ = nullptr;
    std::weak_ptr<End> other_;
    std::string out_;  // Written, not yet under way.
    std::string in_;   // Arrived, not yet read.
    std::size_t under_way_ = 0;
    Duration last_arrival_{0};
    bool flushing_ = false;
    bool was_full_ = false;
    bool paused_ = false;
    bool closing_ = false;  // No more writes; FIN follows what is written.
    bool fin_sent_ = false;
    bool fin_came_ = false;
    bool silent_ = false;  // Half open: nothing leaves and nothing arrives.
    bool over_ = false;
};

// Does `work` at the other machine once the network has carried it there, in order.
void End::send_on(Work work) {
    World& world = network_.world_;
    const Duration now = world.monotonic().time_since_epoch();
    last_arrival_ = std::max(last_arrival_, now + world.between(network_.weather_.latency_min,
                                                                network_.weather_.latency_max));
    const auto other = other_.lock();
    if (other == nullptr) return;
    other->machine_->call_after(last_arrival_ - now, std::move(work));
}

void End::open(net::Transport& as) {
    as_ = &as;
    machine_->post([self = shared_from_this()] {
        if (!self->over_) self->protocol_->on_open(*self->as_);
    });
}

void End::write(std::string_view bytes) {
    if (closing_ || over_) return;
    out_ += bytes;
    flush_later();
}

void End::flush_later() {
    if (std::exchange(flushing_, true)) return;
    machine_->post([self = shared_from_this()] {
        self->flushing_ = false;
        if (!self->over_) self->flush();
    });
}

void End::flush() {
    const auto other = other_.lock();
    if (other == nullptr) return;
    World& world = network_.world_;
    while (!out_.empty() && under_way_ < network_.weather_.under_way) {
        if (network_.weather_.cut_one_in != 0 && world.one_in(network_.weather_.cut_one_in)) {
            ++network_.cuts_;
            if (network_.weather_.silent_one_in == 0 ||
                !world.one_in(network_.weather_.silent_one_in)) {
                return abort();
            }
            fall_silent();
            other->fall_silent();
        }
        if (silent_) return;
        std::size_t size = std::min(out_.size(), network_.weather_.under_way - under_way_);
        if (network_.weather_.pieces) size = 1 + world.random().next() % size;
        std::string piece = out_.substr(0, size);
        out_.erase(0, size);
        under_way_ += size;
        send_on([other, piece = std::move(piece)]() mutable { other->arrive(std::move(piece)); });
    }
    if (!out_.empty()) {
        was_full_ = true;
        return;
    }
    if (closing_ && !silent_ && !std::exchange(fin_sent_, true)) {
        send_on([other] { other->end_of_bytes(); });
    }
    if (std::exchange(was_full_, false)) protocol_->on_drained();
}

void End::arrive(std::string bytes) {
    if (over_ || silent_) return;
    in_ += bytes;
    hand_over();
}

void End::hand_over() {
    if (paused_ || over_ || in_.empty() || network_.held_.contains(machine_)) return;
    const std::string bytes = std::exchange(in_, {});
    if (const auto other = other_.lock(); other != nullptr && !other->over_) {
        other->under_way_ -= std::min(other->under_way_, bytes.size());
        if (!other->out_.empty()) other->flush_later();
    }
    // Closing means that nobody reads what still comes.
    if (!closing_) {
        protocol_->on_bytes({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    }
}

void End::end_of_bytes() {
    fin_came_ = true;
    if (over_) return;
    if (!in_.empty()) {  // Paused: the bytes come first.
        paused_ = false;
        hand_over();
        if (over_) return;
    }
    protocol_->on_end();
    if (closing_ && fin_sent_) return finish();
    // Nobody keeps a half-closed connection for long.
    machine_->call_after(1s, [self = shared_from_this()] { self->finish(); });
}

void End::close() {
    if (std::exchange(closing_, true) || over_) return;
    flush_later();
    // A peer that never closes its half is not waited for.
    machine_->call_after(fin_came_ ? 10ms : 2s, [self = shared_from_this()] { self->finish(); });
}

void End::abort() {
    if (over_) return;
    closing_ = true;
    out_.clear();
    if (const auto other = other_.lock(); other != nullptr && !silent_) {
        send_on([other] { other->finish(); });
    }
    machine_->post([self = shared_from_this()] { self->finish(); });
}

void End::pause(bool paused) {
    paused_ = paused;
    if (paused || in_.empty()) return;
    machine_->post([self = shared_from_this()] { self->hand_over(); });
}

void End::finish() {
    if (std::exchange(over_, true)) return;
    const auto self = shared_from_this();
    protocol_->on_closed();
    // What the hub's machine accepted owns its handle and with it this end.
    protocol_.reset();
    std::erase(network_.accepted_, self);
}

void End::vanish() {
    if (over_) return;
    if (const auto other = other_.lock(); other != nullptr && !silent_) {
        send_on([other] { other->finish(); });
    }
    finish();
}

/// The transport that a protocol sees, and that a client owns.
class Handle final : public net::Transport {
public:
    explicit Handle(std::shared_ptr<End> end) : end_{std::move(end)} {
        peer_.address = "192.0.2.1";  // RFC 5737: a documentation address.
    }
    ~Handle() override {
        const auto end = end_;
        end->vanish();
    }

    void write(std::string_view bytes) override { end_->write(bytes); }
    void write_shared(const net::SharedBytes& bytes, Duration /*within*/) override {
        end_->write(bytes.bytes());
    }
    void close() override { end_->close(); }
    void abort() override { end_->abort(); }
    void pause_reading(bool paused) override { end_->pause(paused); }
    [[nodiscard]] std::size_t queued_bytes() const override { return end_->queued_bytes(); }
    [[nodiscard]] const net::Peer& peer() const override { return peer_; }
    [[nodiscard]] Executor& executor() override { return end_->machine(); }

private:
    std::shared_ptr<End> end_;
    net::Peer peer_;
};

}  // namespace detail

namespace {

// What the hub's side of a connection is made of, kept until it closes.
struct Accepted final : net::Protocol {
    std::unique_ptr<net::Protocol> inner;
    std::unique_ptr<detail::Handle> handle;

    void on_open(net::Transport& transport) override { inner->on_open(transport); }
    void on_bytes(std::span<const std::uint8_t> bytes) override { inner->on_bytes(bytes); }
    void on_end() override { inner->on_end(); }
    void on_drained() override { inner->on_drained(); }
    void on_closed() override { inner->on_closed(); }
};

// A connection that nobody took.
struct Refused final : net::Protocol {
    void on_open(net::Transport& transport) override { transport.abort(); }
    void on_bytes(std::span<const std::uint8_t> /*bytes*/) override {}
    void on_end() override {}
    void on_drained() override {}
    void on_closed() override {}
};

}  // namespace

Network::~Network() {
    for (const auto& end : std::vector{accepted_})
        end->vanish();
}

void Network::listen(Machine& machine, MakeProtocol make_protocol) {
    listening_.emplace_back(&machine, std::move(make_protocol));
}

void Network::crash(Machine& machine) {
    std::erase_if(listening_, [&](const auto& each) { return each.first == &machine; });
    for (const auto& end : std::vector{accepted_}) {
        if (&end->machine() == &machine) end->vanish();
    }
}

void Network::hold(Machine& machine, bool held) {
    if (held) return void(held_.insert(&machine));
    held_.erase(&machine);
    for (const auto& end : std::vector{accepted_}) {
        const auto near = end->other();
        if (near != nullptr && &near->machine() == &machine) near->read_on();
    }
}

void Network::unplug(Machine& machine) {
    for (const auto& end : std::vector{accepted_}) {
        const auto near = end->other();
        if (near == nullptr || &near->machine() != &machine) continue;
        near->fall_silent();
        end->fall_silent();
    }
}

std::unique_ptr<net::Transport> Network::connect(Machine& machine,
                                                 std::unique_ptr<net::Protocol> protocol) {
    auto wrapped = std::make_unique<Accepted>();
    Accepted& accepted = *wrapped;
    Machine* there = &machine;
    if (listening_.empty()) {
        accepted.inner = std::make_unique<Refused>();
    } else {
        const auto& [listener, make] = listening_[world_.random().next() % listening_.size()];
        there = listener;
        accepted.inner = make();
    }
    auto near = std::make_shared<detail::End>(*this, machine, std::move(protocol));
    auto far = std::make_shared<detail::End>(*this, *there, std::move(wrapped));
    near->meet(far);
    far->meet(near);
    accepted.handle = std::make_unique<detail::Handle>(far);
    accepted_.push_back(far);
    auto handle = std::make_unique<detail::Handle>(near);
    far->open(*accepted.handle);
    near->open(*handle);
    return handle;
}

}  // namespace tandem::simulation
