#pragma once

#include "base/clock.h"
#include "base/value.h"
#include "domain/event.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace tandem {

/// How much of what a subscription wants it is sent, and when.
struct Flow {
    enum class Policy : std::uint8_t {
        kAll,     ///< every event
        kLatest,  ///< of readings that have to wait, the newest of each series
        kEvery,   ///< the newest of each series, at most one each `every`
        kChange,  ///< readings that differ from the last that was sent, numbers by `delta` or more
    };
    Policy policy = Policy::kAll;
    Duration every{0};
    double delta = 0;
    bool operator==(const Flow&) const = default;

    /// Whether a newer reading takes the place of one that waits.
    [[nodiscard]] bool conflates() const {
        return policy == Policy::kLatest || policy == Policy::kEvery;
    }
};

/// How many bytes may be kept for one client beyond what is on its way to it.
class PendingRoom {
public:
    explicit PendingRoom(std::size_t most) : most_{most} {}
    PendingRoom(const PendingRoom&) = delete;
    PendingRoom& operator=(const PendingRoom&) = delete;
    ~PendingRoom() = default;

    [[nodiscard]] bool take(std::size_t bytes) {
        if (bytes > most_ - used_) return false;
        used_ += bytes;
        return true;
    }
    void give_back(std::size_t bytes) { used_ -= bytes; }
    [[nodiscard]] std::size_t used() const { return used_; }

private:
    std::size_t most_;
    std::size_t used_ = 0;
};

/// What an event takes while it is kept, about.
[[nodiscard]] std::size_t weight_of(const Event& event);

/// Events that wait: of readings the newest of each series by its own time, of everything else all.
/// Gives its room back when it is destroyed; `room` outlives it.
class PendingEvents {
public:
    explicit PendingEvents(PendingRoom& room) : room_{&room} {}
    PendingEvents(const PendingEvents&) = delete;
    PendingEvents& operator=(const PendingEvents&) = delete;
    ~PendingEvents() { clear(); }

    /// Events that will not be sent since this one was put in.
    struct Lost {
        std::uint64_t conflated = 0;  ///< another of the same series is newer
        std::uint64_t refused = 0;    ///< there was no room
    };
    Lost put(const Event& event);

    /// Takes all of them out, in the order of the log.
    [[nodiscard]] std::vector<Event> take();
    [[nodiscard]] bool empty() const { return newest_.empty(); }

private:
    // The sequence is 0 for readings: one of each series.
    using Key = std::tuple<std::string, std::string, Sequence>;

    void clear();

    PendingRoom* room_;
    std::map<Key, Event> newest_;
};

/// Lets a reading through when it has moved since the last one of its series that came through.
/// What is no reading always passes.
class ChangeFilter {
public:
    ChangeFilter(double delta, PendingRoom& room) : delta_{delta}, room_{&room} {}
    ChangeFilter(const ChangeFilter&) = delete;
    ChangeFilter& operator=(const ChangeFilter&) = delete;
    ~ChangeFilter();

    /// A series that there is no room to remember passes as it is.
    [[nodiscard]] bool admit(const Event& event);

private:
    [[nodiscard]] bool moved(const Value& from, const Value& to) const;

    double delta_;
    PendingRoom* room_;
    std::map<std::pair<std::string, std::string>, Value> last_;
};

}  // namespace tandem
