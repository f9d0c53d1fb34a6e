#include "api/load.h"

#include "base/mutex.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace tandem::api {
namespace {

constexpr Duration kLateAfter = 50ms;
constexpr Duration kLateFor = 1s;
constexpr Duration kRetryAfter = 5s;

Pressure of_memory(const LoadSeen& seen) {
    const auto above = [&seen](std::size_t percent) {
        return seen.memory > seen.memory_max / 100 * percent;
    };
    if (above(95)) return Pressure::kHighest;
    if (above(92)) return Pressure::kHigher;
    return above(85) ? Pressure::kHigh : Pressure::kNone;
}

std::unexpected<Error> refusal(ErrorCode code, std::string detail, std::string limit, Duration in) {
    auto refused = fail(code, std::move(detail));
    refused.error().limit = std::move(limit);
    refused.error().retry_after = in;
    return refused;
}

// The least pressure under which it is not served any more; nothing: it always is.
std::optional<Pressure> ends_at(contract::Urgency urgency) {
    switch (urgency) {
        case contract::Urgency::kLasting:
            return Pressure::kHigher;
        case contract::Urgency::kUsual:
            return Pressure::kHighest;
        case contract::Urgency::kVital:
            break;
    }
    return std::nullopt;
}

}  // namespace

LoadWatch::Judged LoadWatch::look(const LoadSeen& seen, Monotonic now) {
    if (seen.lag <= kLateAfter) {
        late_since_.reset();
    } else if (!late_since_) {
        // One look that comes late, however much, may be a machine that stood still.
        late_since_ = now;
    }
    return {.memory = of_memory(seen), .late = late_since_ && now - *late_since_ >= kLateFor};
}

void Load::set(const LoadWatch::Judged& judged) {
    memory_ = judged.memory;
    late_ = judged.late;
}

Pressure Load::pressure() const {
    return std::max(memory_.load(), late_ ? Pressure::kHigher : Pressure::kNone);
}

Result<void> Load::admit(contract::Urgency urgency) const {
    const auto end = ends_at(urgency);
    if (!end) return {};
    return admit_below(*end);
}

Result<void> Load::admit_below(Pressure most) const {
    if (pressure() < most) return {};
    if (memory_.load() >= most) {
        return refusal(ErrorCode::kUnavailable, "the hub has hardly any memory left",
                       "memory.bytes", kRetryAfter);
    }
    return refusal(ErrorCode::kUnavailable, "the hub has more to do than it can", "loop.lag",
                   kRetryAfter);
}

// ---------------------------------------------------------------- requests under way

struct InFlight::State {
    Rules rules;
    Mutex mutex;
    std::size_t all TANDEM_GUARDED_BY(mutex) = 0;
    // Only of principals that have some.
    std::unordered_map<std::string, std::size_t> of TANDEM_GUARDED_BY(mutex);

    Result<void> enter(const std::string& principal) TANDEM_REQUIRES(mutex) {
        if (all >= rules.all) {
            return refusal(ErrorCode::kUnavailable, "too many requests are not answered yet",
                           "requests.in_flight_all", 1s);
        }
        if (!principal.empty()) {
            std::size_t& mine = of[principal];
            if (mine >= rules.of_one) {
                return refusal(ErrorCode::kRateLimited,
                               "too many requests of yours are not answered yet",
                               "requests.in_flight", 1s);
            }
            ++mine;
        }
        ++all;
        return {};
    }
};

void InFlight::Leave::operator()(State* state) const {
    const Lock held{state->mutex};
    --state->all;
    if (principal.empty()) return;
    const auto found = state->of.find(principal);
    if (--found->second == 0) state->of.erase(found);
}

InFlight::InFlight(const Rules& rules) : state_{std::make_shared<State>()} {
    state_->rules = rules;
}

Result<InFlight::Place> InFlight::enter(std::string principal) {
    const Lock held{state_->mutex};
    if (auto entered = state_->enter(principal); !entered) return pass(entered);
    return Place{state_.get(), {.keeps = state_, .principal = std::move(principal)}};
}

std::size_t InFlight::count() const {
    const Lock held{state_->mutex};
    return state_->all;
}

}  // namespace tandem::api
