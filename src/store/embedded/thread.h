#pragma once

#include "base/mutex.h"
#include "store/embedded/turns.h"

#include <pthread.h>

#include <csignal>
#include <thread>
#include <utility>

namespace tandem::store {

/// A thread of the store, to be joined. No signal is delivered to it: those are the loops'.
class Thread {
public:
    Thread() = default;
    /// One of `turns`, which outlives this, where it is not null.
    template <typename Body>
    Thread(Turns* turns, Body body) : turns_{turns} {
        if (turns_ != nullptr) {
            in_turns_ = turns_->start(std::move(body));
        } else {
            start(std::move(body));
        }
    }

    void join() {
        if (turns_ != nullptr) return turns_->join(in_turns_);
        system_.join();
    }

private:
    template <typename Body>
    void start(Body body) {
        sigset_t all{};
        sigset_t before{};
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        system_ = std::thread{std::move(body)};
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
    }

    Turns* turns_ = nullptr;
    Turns::ThreadId in_turns_ = 0;
    std::thread system_;
};

/// Where these threads wait for each other: a Condition.
class ThreadCondition {
public:
    /// Of threads of `turns`, which outlives this, where it is not null.
    explicit ThreadCondition(Turns* turns) : turns_{turns} {}

    void wait(Mutex& mutex) TANDEM_REQUIRES(mutex) {
        if (turns_ != nullptr) return wait_for_turn(mutex, {});
        woken_.wait(mutex);
    }
    /// Waits for `longest` at most.
    void wait_for(Mutex& mutex, Duration longest) TANDEM_REQUIRES(mutex) {
        if (turns_ != nullptr) return wait_for_turn(mutex, longest);
        woken_.wait_for(mutex, longest);
    }
    void notify_one() {
        if (turns_ != nullptr) return turns_->wake(this, false);
        woken_.notify_one();
    }
    void notify_all() {
        if (turns_ != nullptr) return turns_->wake(this, true);
        woken_.notify_all();
    }

private:
    // Nobody else runs between the unlocking and the waiting.
    void wait_for_turn(Mutex& mutex, std::optional<Duration> longest) TANDEM_REQUIRES(mutex) {
        mutex.unlock();
        turns_->wait(this, longest);
        mutex.lock();
    }

    Turns* turns_;
    Condition woken_;
};

}  // namespace tandem::store
