#include "net/loop.h"

#include "base/check.h"
#include "net/epoll_wait.h"
#include "net/send_ring.h"
#include "net/timer_wheel.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <map>
#include <utility>
#include <vector>

namespace tandem::net {
namespace {

// Fine enough that a timer is late by no more than what a wake-up costs anyway.
constexpr Duration kTick = 250us;
// Without timers and events a loop wakes once in a while for nothing.
constexpr Duration kWaitMax = 60s;
// The end-of-turn work of one turn may ask for more this many times; the rest waits a turn.
constexpr int kEndRounds = 16;
// What newcomers may cost in a turn: who is connected already waits no longer.
constexpr Duration kCostlyPerTurn = 4ms;
constexpr std::size_t kReadBytes = std::size_t{128} * 1'024;

/// A stack that any thread pushes to and the loop takes as a whole.
class PostedWork {
public:
    PostedWork() = default;
    PostedWork(const PostedWork&) = delete;
    PostedWork& operator=(const PostedWork&) = delete;
    ~PostedWork() { clear(); }

    /// True when it was empty before: somebody has to wake the loop.
    bool push(Work work) {
        Node* before = first_.load(std::memory_order_relaxed);
        auto* node = new Node{std::move(work), before};
        // Once it is in, the node is the loop's, which may have run and deleted it already.
        while (!first_.compare_exchange_weak(before, node, std::memory_order_release,
                                             std::memory_order_relaxed)) {
            node->next = before;
        }
        return before == nullptr;
    }
    [[nodiscard]] bool empty() const { return first_.load(std::memory_order_relaxed) == nullptr; }

    /// Runs what is there, in the order of posting; what that posts waits for the next call.
    void run() {
        Node* node = reversed(first_.exchange(nullptr, std::memory_order_acquire));
        while (node != nullptr) {
            const std::unique_ptr<Node> done{std::exchange(node, node->next)};
            done->work();
        }
    }

    /// Destroys what is there, unrun, and what that posts.
    void clear() {
        while (!empty()) {
            Node* node = first_.exchange(nullptr, std::memory_order_acquire);
            while (node != nullptr) {
                const std::unique_ptr<Node> done{std::exchange(node, node->next)};
            }
        }
    }

private:
    struct Node {
        Work work;
        Node* next = nullptr;
    };
    static Node* reversed(Node* node) {
        Node* before = nullptr;
        while (node != nullptr)
            before = std::exchange(node, std::exchange(node->next, before));
        return before;
    }
    std::atomic<Node*> first_ = nullptr;
};

class SignalHandler final : public EventHandler {
public:
    SignalHandler(int fd, std::move_only_function<void(int)> called)
        : fd_{fd}, called_{std::move(called)} {}
    ~SignalHandler() override { ::close(fd_); }
    [[nodiscard]] int fd() const { return fd_; }
    void on_events(std::uint32_t /*events*/) override {
        signalfd_siginfo info{};
        while (::read(fd_, &info, sizeof info) == sizeof info) {
            called_(static_cast<int>(info.ssi_signo));
        }
    }

private:
    int fd_;
    std::move_only_function<void(int)> called_;
};

// Swallows the wake-up itself: it is edge-triggered, so nothing has to be read.
class WakeHandler final : public EventHandler {
public:
    void on_events(std::uint32_t /*events*/) override {}
};

sigset_t signal_set(std::initializer_list<int> signals) {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : signals)
        sigaddset(&set, signal);
    return set;
}

}  // namespace

struct Loop::State {
    /// Who waits for a descriptor. An event names the generation it was registered with, so one
    /// that was under way when the descriptor changed hands reaches nobody.
    struct Watch {
        EventHandler* handler = nullptr;
        std::uint32_t generation = 0;
    };

    EpollWait epoll_wait;
    int epoll_fd = -1;
    int wake_fd = -1;
    std::atomic<bool> stopping = false;
    std::atomic<pthread_t> thread{};  // Whose turn() was called last.
    Monotonic started;
    std::vector<Watch> watches;  // By descriptor.
    WakeHandler wake_handler;
    std::unique_ptr<SignalHandler> signal_handler;
    PostedWork posted;
    TimerWheel timers;
    std::vector<Work> end_of_turn;
    std::map<Duration, std::vector<Work>> gathered;  // By how long they may wait: few.
    Duration costly_left = kCostlyPerTurn;
    Sending sending = Sending::kEach;  // What was asked for, until the first turn.
    std::unique_ptr<SendRing> ring;
    std::vector<std::shared_ptr<RingSender>> senders;
    std::array<epoll_event, 512> events{};
    std::vector<std::uint8_t> read_buffer;

    void control(int operation, int fd, std::uint32_t wanted) {
        const auto at = static_cast<std::size_t>(fd);
        epoll_event event{.events = wanted, .data = {}};
        event.data.u64 = (std::uint64_t{watches[at].generation} << 32U) | at;
        check(::epoll_ctl(epoll_fd, operation, fd, &event) == 0);
    }
    void watch(int fd, std::uint32_t wanted, EventHandler& handler) {
        const auto at = static_cast<std::size_t>(fd);
        if (at >= watches.size()) watches.resize(at + 1);
        watches[at].handler = &handler;
        control(EPOLL_CTL_ADD, fd, wanted);
    }
    void wake() const {
        const std::uint64_t one = 1;
        check(::write(wake_fd, &one, sizeof one) == sizeof one);
    }
    [[nodiscard]] Duration wait_for(Monotonic now, Duration wait) const {
        if (!posted.empty() || !end_of_turn.empty()) return 0us;
        const auto tick = timers.next();
        if (!tick) return wait;
        const Duration until = started + static_cast<Duration::rep>(*tick) * kTick - now;
        return std::clamp(until, Duration{0us}, wait);
    }
    void tell(const epoll_event& event) const {
        const Watch& watched = watches[event.data.u64 & 0xffff'ffffU];
        if (watched.handler == nullptr) return;
        if (watched.generation != event.data.u64 >> 32U) return;
        watched.handler->on_events(event.events);
    }
    // The ring belongs to the thread that makes it.
    void make_ring() {
        if (std::exchange(sending, Sending::kEach) == Sending::kTogether) ring = SendRing::make();
    }
    void send_together() {
        if (senders.empty()) return;
        std::vector<std::shared_ptr<RingSender>> now = std::exchange(senders, {});
        ring->send(now);
        now.clear();
        if (senders.empty()) senders = std::move(now);
    }
    void run_end_of_turn() {
        for (int round = 0; round < kEndRounds && !end_of_turn.empty(); ++round) {
            std::vector<Work> now = std::exchange(end_of_turn, {});
            for (Work& work : now)
                work();
            now.clear();
            send_together();
            // The buffer goes round, so that a busy loop allocates nothing here.
            if (end_of_turn.empty()) end_of_turn = std::move(now);
        }
    }
};

Loop::Loop(const Clock& clock, Sending sending) : clock_{clock}, state_{std::make_unique<State>()} {
    state_->sending = sending;
    state_->epoll_fd = ::epoll_create1(EPOLL_CLOEXEC);
    state_->wake_fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    check(state_->epoll_fd >= 0);
    check(state_->wake_fd >= 0);
    state_->started = clock.monotonic();
    state_->read_buffer.resize(kReadBytes);
    state_->watch(state_->wake_fd, EPOLLIN | EPOLLET, state_->wake_handler);
}

Loop::~Loop() {
    // What is destroyed here may hold sockets and timers of this loop, so its parts stay until
    // nothing is left.
    while (!state_->posted.empty() || !state_->end_of_turn.empty() || state_->timers.size() > 0) {
        std::exchange(state_->end_of_turn, {}).clear();
        std::exchange(state_->senders, {}).clear();
        std::exchange(state_->gathered, {}).clear();
        state_->posted.clear();
        state_->timers.clear();
    }
    ::close(state_->wake_fd);
    ::close(state_->epoll_fd);
}

void Loop::run() {
    while (!state_->stopping.exchange(false))
        turn(kWaitMax);
}

void Loop::stop() {
    state_->stopping.store(true);
    state_->wake();
}

void Loop::turn(Duration wait) {
    state_->thread.store(::pthread_self(), std::memory_order_relaxed);
    state_->make_ring();
    const Duration left = state_->wait_for(clock_.monotonic(), wait);
    const int ready = state_->epoll_wait.wait(state_->epoll_fd, state_->events, left);
    state_->costly_left = kCostlyPerTurn;
    for (int at = 0; at < ready; ++at) {
        state_->tell(state_->events[static_cast<std::size_t>(at)]);
    }
    state_->posted.run();
    const Duration since = clock_.monotonic() - state_->started;
    state_->timers.run_due(static_cast<std::uint64_t>(since / kTick));
    state_->run_end_of_turn();
}

void Loop::post(Work work) {
    const bool was_empty = state_->posted.push(std::move(work));
    // The loop's own thread looks before it waits, and a batch that is there has woken it already.
    const pthread_t loop_thread = state_->thread.load(std::memory_order_relaxed);
    if (was_empty && ::pthread_equal(::pthread_self(), loop_thread) == 0) state_->wake();
}

TimerId Loop::call_after(Duration after, Work work) {
    const Duration due = clock_.monotonic() - state_->started + std::max(after, Duration{0us});
    // Rounded up: late is allowed, early is not.
    const auto ticks = static_cast<std::uint64_t>((due + kTick - 1us) / kTick);
    return state_->timers.add(after <= 0us ? 0 : ticks, std::move(work));
}

void Loop::cancel(TimerId timer) {
    state_->timers.cancel(timer);
}

void Loop::at_end_of_turn(Work work) {
    state_->end_of_turn.push_back(std::move(work));
}

bool Loop::send_at_end_of_turn(const std::shared_ptr<RingSender>& sender) {
    if (state_->ring == nullptr) return false;
    state_->senders.push_back(sender);
    return true;
}

bool Loop::sends_together() const {
    return state_->ring != nullptr;
}

void Loop::gather(Duration within, Work work) {
    std::vector<Work>& waiting = state_->gathered[within];
    waiting.push_back(std::move(work));
    if (waiting.size() > 1) return;
    call_after(within, [this, within] {
        for (Work& each : std::exchange(state_->gathered[within], {}))
            each();
    });
}

bool Loop::take_costly(Duration cost) {
    if (state_->costly_left < cost) return false;
    state_->costly_left -= cost;
    return true;
}

void Loop::watch(int fd, std::uint32_t events, EventHandler& handler) {
    state_->watch(fd, events, handler);
}

void Loop::rewatch(int fd, std::uint32_t events, EventHandler& handler) {
    state_->watches[static_cast<std::size_t>(fd)].handler = &handler;
    state_->control(EPOLL_CTL_MOD, fd, events);
}

void Loop::unwatch(int fd) {
    State::Watch& watched = state_->watches[static_cast<std::size_t>(fd)];
    state_->control(EPOLL_CTL_DEL, fd, 0);
    watched.handler = nullptr;
    ++watched.generation;
}

void Loop::on_signals(std::initializer_list<int> signals,
                      std::move_only_function<void(int)> called) {
    check(state_->signal_handler == nullptr);
    const sigset_t set = signal_set(signals);
    const int fd = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    check(fd >= 0);
    state_->signal_handler = std::make_unique<SignalHandler>(fd, std::move(called));
    watch(fd, EPOLLIN, *state_->signal_handler);
}

std::span<std::uint8_t> Loop::read_buffer() {
    return state_->read_buffer;
}

void block_signals(std::initializer_list<int> signals) {
    const sigset_t set = signal_set(signals);
    check(::pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
}

}  // namespace tandem::net
