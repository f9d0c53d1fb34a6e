#pragma once

#include "base/clock.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>

// What clang's thread-safety analysis reads (-Wthread-safety); nothing to other compilers.
#if defined(__clang__)
#define TANDEM_THREAD_SAFETY(attribute) __attribute__((attribute))
#else
#define TANDEM_THREAD_SAFETY(attribute)
#endif
/// Says of a member which mutex must be held to touch it.
#define TANDEM_GUARDED_BY(mutex) TANDEM_THREAD_SAFETY(guarded_by(mutex))
/// Says of a function which mutex its caller holds.
#define TANDEM_REQUIRES(mutex) TANDEM_THREAD_SAFETY(requires_capability(mutex))

namespace tandem {

/// A mutex that the compiler watches.
class TANDEM_THREAD_SAFETY(capability("mutex")) Mutex {
public:
    void lock() TANDEM_THREAD_SAFETY(acquire_capability()) { mutex_.lock(); }
    void unlock() TANDEM_THREAD_SAFETY(release_capability()) { mutex_.unlock(); }

private:
    friend class Condition;
    std::mutex mutex_;
};

/// A mutex that threads get in the order in which they asked (a ticket lock). Other mutexes go to
/// whoever is running: a thread that takes one again and again keeps out those that have to be
/// woken.
class TANDEM_THREAD_SAFETY(capability("mutex")) FairMutex {
public:
    void lock() TANDEM_THREAD_SAFETY(acquire_capability()) {
        const std::uint32_t mine = next_.fetch_add(1, std::memory_order_relaxed);
        for (;;) {
            const std::uint32_t served = served_.load(std::memory_order_acquire);
            if (served == mine) return;
            served_.wait(served, std::memory_order_acquire);
        }
    }
    void unlock() TANDEM_THREAD_SAFETY(release_capability()) {
        served_.fetch_add(1, std::memory_order_release);
        served_.notify_all();
    }

private:
    std::atomic<std::uint32_t> next_ = 0;
    std::atomic<std::uint32_t> served_ = 0;
};

/// Holds a mutex for a scope.
template <typename M>
class TANDEM_THREAD_SAFETY(scoped_lockable) Lock {
public:
    explicit Lock(M& mutex) TANDEM_THREAD_SAFETY(acquire_capability(mutex)) : mutex_{mutex} {
        mutex_.lock();
    }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    ~Lock() TANDEM_THREAD_SAFETY(release_capability()) { mutex_.unlock(); }

private:
    M& mutex_;
};

/// Where threads that have no loop wait for each other. Wakes without a reason at times: look
/// again at what was waited for.
class Condition {
public:
    void wait(Mutex& mutex) TANDEM_REQUIRES(mutex) {
        std::unique_lock held{mutex.mutex_, std::adopt_lock};
        woken_.wait(held);
        held.release();
    }
    /// Waits for `longest` at most.
    void wait_for(Mutex& mutex, Duration longest) TANDEM_REQUIRES(mutex) {
        std::unique_lock held{mutex.mutex_, std::adopt_lock};
        woken_.wait_for(held, longest);
        held.release();
    }
    void notify_one() { woken_.notify_one(); }
    void notify_all() { woken_.notify_all(); }

private:
    std::condition_variable woken_;
};

}  // namespace tandem
