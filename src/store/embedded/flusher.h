#pragma once

#include "base/mutex.h"
#include "store/embedded/thread.h"
#include "store/telemetry/engine.h"

#include <functional>
#include <optional>

namespace tandem::store {

/// The thread that puts into chunks what the engine has set aside, and that gives room which is
/// free for good back to the file system, a bit at a time.
class Flusher {
public:
    /// `done` is called after each attempt, on this thread, which is one of `turns` where that is
    /// not null. All outlive this.
    Flusher(TelemetryEngine& engine, Turns* turns, std::function<void()> done);
    Flusher(const Flusher&) = delete;
    Flusher& operator=(const Flusher&) = delete;
    /// Ends after the attempt that runs.
    ~Flusher();

    /// There is something to flush. Any thread.
    void wake();
    /// Something was erased: there may be room to give back. Any thread.
    void tidy();
    /// Nothing is tried until this is said again with false: there is no room. Any thread.
    void hold(bool held);
    /// Why the last attempt has failed, while it is tried again. Any thread.
    [[nodiscard]] std::optional<Error> failure() const;

private:
    void run();
    enum class Work : std::uint8_t { kNothing, kFlush, kTidy };
    // kNothing when there will be nothing any more.
    Work next_work();
    void flush();
    void give_back();
    void note(const Result<void>& done);
    void wait_for_another_try();

    TelemetryEngine& engine_;
    std::function<void()> done_;
    mutable Mutex mutex_;
    ThreadCondition wake_;
    bool wanted_ TANDEM_GUARDED_BY(mutex_) = false;
    bool tidy_ TANDEM_GUARDED_BY(mutex_) = true;  // An earlier life may not have come to its end.
    bool held_ TANDEM_GUARDED_BY(mutex_) = false;
    bool closing_ TANDEM_GUARDED_BY(mutex_) = false;
    std::optional<Error> failure_ TANDEM_GUARDED_BY(mutex_);
    Thread thread_;  // Last: it uses all of the above.
};

}  // namespace tandem::store
