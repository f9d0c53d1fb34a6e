#pragma once

#include "base/mutex.h"

#include <string>
#include <unordered_set>
#include <utility>

namespace tandem::api {

/// The names of what is being carried out and may not be begun twice. Any thread.
class Ongoing {
public:
    /// Holds a name while it lives; false when another one had it already.
    class Place {
    public:
        Place(Ongoing* of, std::string name) : of_{of}, name_{std::move(name)} {}
        Place(Place&& other) noexcept
            : of_{std::exchange(other.of_, nullptr)}, name_{std::move(other.name_)} {}
        Place& operator=(Place&&) = delete;
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        ~Place() {
            if (of_ != nullptr) of_->leave(name_);
        }
        explicit operator bool() const { return of_ != nullptr; }

    private:
        Ongoing* of_;
        std::string name_;
    };

    [[nodiscard]] Place enter(std::string name) {
        const Lock held{mutex_};
        const bool first = names_.insert(name).second;
        return {first ? this : nullptr, std::move(name)};
    }

private:
    void leave(const std::string& name) {
        const Lock held{mutex_};
        names_.erase(name);
    }

    Mutex mutex_;
    // As many as there are requests in flight, which their doors limit.
    std::unordered_set<std::string> names_ TANDEM_GUARDED_BY(mutex_);
};

}  // namespace tandem::api
