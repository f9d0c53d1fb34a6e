#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace tandem {

/// A figure that only grows, or a level that goes up and down. Any thread.
class Metric {
public:
    void add(std::int64_t count = 1) { value_.fetch_add(count, std::memory_order_relaxed); }
    void set(std::int64_t level) { value_.store(level, std::memory_order_relaxed); }
    [[nodiscard]] std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::int64_t> value_{0};
};

/// Every figure of one hub, by name and labels, in Prometheus' text format (0.0.4).
class Metrics {
public:
    enum class Type { kCounter, kGauge };

    /// The figure `name{labels}`; made at its first mention. `labels` is written as it will be
    /// shown, `door="ws",op="telemetry.write"`, from a closed set: never a client's text. The
    /// reference stays good as long as this object. Any thread.
    Metric& get(Type type, std::string_view name, std::string_view labels = {});
    Metric& counter(std::string_view name, std::string_view labels = {}) {
        return get(Type::kCounter, name, labels);
    }
    Metric& gauge(std::string_view name, std::string_view labels = {}) {
        return get(Type::kGauge, name, labels);
    }

    /// One sentence for `# HELP`.
    void describe(std::string_view name, std::string_view says);
    [[nodiscard]] std::string text() const;

private:
    struct Family {
        Type type = Type::kCounter;
        std::string says;
        std::map<std::string, Metric*, std::less<>> by_labels;
    };
    mutable std::mutex mutex_;
    std::map<std::string, Family, std::less<>> families_;  // Guarded by mutex_.
    std::deque<Metric> metrics_;  // Guarded by mutex_; a deque so that references stay good.
};

}  // namespace tandem
