#pragma once

#include "base/clock.h"

#include <condition_variable>
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

/// Holds a mutex for a scope.
class TANDEM_THREAD_SAFETY(scoped_lockable) Lock {
public:
    explicit Lock(Mutex& mutex) TANDEM_THREAD_SAFETY(acquire_capability(mutex)) : mutex_{mutex} {
        mutex_.lock();
    }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    ~Lock() TANDEM_THREAD_SAFETY(release_capability()) { mutex_.unlock(); }

private:
    Mutex& mutex_;
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
