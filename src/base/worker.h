#pragma once

#include "base/executor.h"
#include "base/mutex.h"
#include "base/task.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>

namespace tandem {

/// One thread for what would hold a loop for long. It gives way to the loops where both want the
/// same core.
class Worker {
public:
    enum class Pace : std::uint8_t {
        kSteady,
        kHalf,  ///< it rests as long as it has worked: half of a core, whatever is asked of it
    };
    /// So many may wait for the one that is being done.
    explicit Worker(std::size_t waiting_max, Pace pace = Pace::kSteady);
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    /// Finishes what is being done, forgets what waits.
    ~Worker();

    /// Does `work` on the thread, after what was posted before it. False, and nothing is done, when
    /// as many wait as may. Any thread.
    [[nodiscard]] bool post(Work work);

    /// What `work` gives; continues on `executor`. Nothing when as many wait as may. `work` owns
    /// what it uses: whoever waits may go before it is done.
    template <typename F>
    Task<std::optional<std::invoke_result_t<F>>> run(Executor* executor, F work) {
        using Given = std::invoke_result_t<F>;
        const Completion<Given> done;
        const bool posted = post([executor, done = done, work = std::move(work)]() mutable {
            executor->post([done, given = work()]() mutable { done.complete(std::move(given)); });
        });
        if (!posted) co_return std::nullopt;
        co_return std::optional<Given>{co_await done};
    }

private:
    using Clock = std::chrono::steady_clock;

    void work();
    Work take(Clock::time_point rests_until);

    const std::size_t waiting_max_;
    const Pace pace_;
    Mutex mutex_;
    Condition changed_;
    std::deque<Work> queue_ TANDEM_GUARDED_BY(mutex_);  // waiting_max_ at most
    bool stopping_ TANDEM_GUARDED_BY(mutex_) = false;
    std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace tandem
