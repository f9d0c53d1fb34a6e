#pragma once

#include "base/error.h"
#include "base/id.h"
#include "base/mutex.h"

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace tandem::api {

/// How many of something each tenant has, and that it gets no more than it may. In memory: who
/// keeps what is counted says at start how many there are. Any thread.
class Quota {
    struct State;

public:
    /// One more, for as long as this is kept; or for good, see keep().
    class Place {
    public:
        Place() = default;
        Place(std::shared_ptr<State> state, TenantId tenant)
            : state_{std::move(state)}, tenant_{std::move(tenant)} {}
        Place(Place&& other) noexcept = default;
        Place& operator=(Place&& other) noexcept {
            if (this != &other) {
                give_back();
                state_ = std::move(other.state_);
                tenant_ = std::move(other.tenant_);
            }
            return *this;
        }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        ~Place() { give_back(); }

        /// It is there now: counted until drop().
        void keep() { state_.reset(); }

    private:
        void give_back();

        std::shared_ptr<State> state_;
        TenantId tenant_;
    };

    /// `limit`: its name in problems and metrics. `what`: of what there are as many as there may
    /// be.
    Quota(std::string limit, std::string what, ErrorCode code, std::size_t most);

    /// Fails, naming the limit, where the tenant has as many as it may.
    [[nodiscard]] Result<Place> take(const TenantId& tenant);
    /// One less of those that were kept.
    void drop(const TenantId& tenant);
    /// As many as there are, at start.
    void set(const TenantId& tenant, std::size_t count);
    [[nodiscard]] std::size_t count(const TenantId& tenant) const;
    [[nodiscard]] const std::string& limit() const { return limit_; }
    [[nodiscard]] std::size_t most() const { return most_; }

private:
    struct State {
        mutable Mutex mutex;
        std::map<TenantId, std::size_t> counts TANDEM_GUARDED_BY(mutex);  // Of those with some.
        void drop(const TenantId& tenant);
    };

    std::string limit_;
    std::string what_;
    ErrorCode code_;
    std::size_t most_;
    std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace tandem::api
