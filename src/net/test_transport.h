#pragma once

#include "base/clock.h"
#include "base/executor.h"
#include "net/transport.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::net {

/// Bytes of a test's text.
inline std::span<const std::uint8_t> bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// A thread of control and a clock that stand still until a test moves them.
class ManualLoop final : public Executor, public Clock {
public:
    void post(Work work) override { posted_.push_back(std::move(work)); }
    TimerId call_after(Duration after, Work work) override {
        timers_.emplace(std::pair{passed_ + after, ++last_timer_}, std::move(work));
        return last_timer_;
    }
    void cancel(TimerId timer) override {
        std::erase_if(timers_, [&](const auto& entry) { return entry.first.second == timer; });
    }
    [[nodiscard]] Instant now() const override { return Instant{passed_}; }
    [[nodiscard]] Monotonic monotonic() const override { return Monotonic{passed_}; }

    /// Runs what is posted, and what that posts.
    void run_posted() {
        while (!posted_.empty()) {
            Work work = std::move(posted_.front());
            posted_.pop_front();
            work();
        }
    }
    /// Runs one piece of what is posted.
    void run_posted_once() {
        Work work = std::move(posted_.front());
        posted_.pop_front();
        work();
    }
    /// Lets time pass: runs the timers that come due, in the order of their times.
    void advance(Duration by) {
        const Duration until = passed_ + by;
        run_posted();
        while (!timers_.empty() && timers_.begin()->first.first <= until) {
            auto first = timers_.extract(timers_.begin());
            passed_ = first.key().first;
            first.mapped()();
            run_posted();
        }
        passed_ = until;
    }
    [[nodiscard]] std::size_t timers() const { return timers_.size(); }

private:
    Duration passed_{1'000'000s};
    TimerId last_timer_ = 0;
    std::deque<Work> posted_;
    std::map<std::pair<Duration, TimerId>, Work> timers_;
};

/// Remembers what a protocol does with its connection.
class TestTransport final : public Transport {
public:
    explicit TestTransport(ManualLoop& loop) : loop_{loop} {}

    void write(std::string_view bytes) override {
        if (closed || aborted) return;
        out += bytes;
        ++writes;
        if (stuck) queued += bytes.size();
    }
    using Transport::write;
    void write_shared(const SharedBytes& bytes, Duration /*within*/) override {
        write(bytes.bytes());
        shared.push_back(bytes.bytes().data());
    }
    void close() override { closed = true; }
    void abort() override { aborted = true; }
    void pause_reading(bool pause) override { paused = pause; }
    [[nodiscard]] std::size_t queued_bytes() const override { return queued; }
    [[nodiscard]] const Peer& peer() const override { return who; }
    [[nodiscard]] Executor& executor() override { return loop_; }

    /// What has been written since the last call.
    [[nodiscard]] std::string take() { return std::exchange(out, {}); }

    std::string out;
    std::vector<const char*> shared;  ///< where what was passed by reference lies
    Peer who{.address = "192.0.2.7"};
    std::size_t queued = 0;
    int writes = 0;
    bool stuck = false;  ///< The peer takes nothing: what is written stays queued.
    bool closed = false;
    bool aborted = false;
    bool paused = false;

private:
    ManualLoop& loop_;
};

}  // namespace tandem::net
