#pragma once

#include "base/executor.h"

#include <cstdint>
#include <memory>
#include <span>

namespace tandem::net {

class RingSender;

/// Whoever waits for a file descriptor. Level-triggered.
class EventHandler {
public:
    EventHandler() = default;
    EventHandler(const EventHandler&) = delete;
    EventHandler& operator=(const EventHandler&) = delete;
    virtual ~EventHandler() = default;
    /// `events`: EPOLLIN, EPOLLOUT, EPOLLHUP, EPOLLERR as epoll_wait(2) gives them.
    virtual void on_events(std::uint32_t events) = 0;
};

/// How a loop sends: each socket by itself, or all of a turn in one system call (send_ring.h) where
/// the kernel allows it.
enum class Sending : bool { kEach, kTogether };

/// One thread's event loop on epoll(7): sockets, posted work (eventfd), signals, one timer wheel.
///
/// A turn: epoll_wait, the ready handlers, posted work, due timers, then the end-of-turn work:
/// flushing the corked output of every connection that wrote, and deferred destruction.
/// Only post(), stop() and run() may be called from another thread.
///
/// Work that has not run when the loop is destroyed is destroyed with it, unrun.
class Loop final : public Executor {
public:
    explicit Loop(const Clock& clock, Sending sending = Sending::kEach);
    ~Loop() override;

    /// Runs until stop(). The calling thread becomes the loop's.
    void run();
    void stop();
    /// One turn that waits up to `wait` for something to happen: tests.
    void turn(Duration wait);

    void post(Work work) override;
    TimerId call_after(Duration after, Work work) override;
    void cancel(TimerId timer) override;

    /// Runs `work` at the end of this turn, once. This loop only.
    void at_end_of_turn(Work work);
    /// Lets `sender` send at the end of this turn. False when the loop does not send for others.
    [[nodiscard]] bool send_at_end_of_turn(const std::shared_ptr<RingSender>& sender);
    /// Whether sends of a turn go together: from the first turn on.
    [[nodiscard]] bool sends_together() const;
    /// Runs `work` once within `within`, together with what else was given for the same time: one
    /// timer for many connections. This loop only.
    void gather(Duration within, Work work);
    /// Whether something for a newcomer that costs about `cost` may still be done in this turn, so
    /// that a crowd of them does not keep those waiting who are there. What may not is told again
    /// in the next turn: level-triggered descriptors stay ready.
    [[nodiscard]] bool take_costly(Duration cost);

    void watch(int fd, std::uint32_t events, EventHandler& handler);
    void rewatch(int fd, std::uint32_t events, EventHandler& handler);
    /// Forgets `fd`; events of this turn that have not been told yet are dropped. Before close(2).
    void unwatch(int fd);

    /// Calls `called(signal)` on this loop for each of `signals`, which must be blocked in every
    /// thread (block_signals()) before any thread starts. Once per loop.
    void on_signals(std::initializer_list<int> signals, std::move_only_function<void(int)> called);

    /// Room that every connection of this loop reads into, good until its handler returns; an idle
    /// connection then needs no buffer of its own.
    [[nodiscard]] std::span<std::uint8_t> read_buffer();

    [[nodiscard]] const Clock& clock() const { return clock_; }

private:
    struct State;
    const Clock& clock_;
    std::unique_ptr<State> state_;
};

/// Blocks `signals` in this thread and those that it starts, for Loop::on_signals().
void block_signals(std::initializer_list<int> signals);

}  // namespace tandem::net
