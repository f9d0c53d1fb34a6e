#include "api/waiting_room.h"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

namespace tandem::api {

struct WaitingRoom::State {
    struct Waiting {
        std::uint64_t number = 0;
        std::string principal;
        Completion<bool> called;
        TimerId patience = 0;
    };

    Executor& executor;
    Rules rules;
    std::size_t taken = 0;
    std::uint64_t last_number = 0;
    // Ordered: principals are named by clients. Those without a place or a wait are not in it.
    std::map<std::string, std::size_t> seated;
    std::deque<Waiting> line;

    [[nodiscard]] bool has_place(const std::string& principal) const {
        const auto found = seated.find(principal);
        return taken < rules.places && (found == seated.end() || found->second < rules.of_one);
    }
    void seat(const std::string& principal) {
        ++taken;
        ++seated[principal];
    }
    void leave(const std::string& principal) {
        --taken;
        const auto found = seated.find(principal);
        if (--found->second == 0) seated.erase(found);
        call_next();
    }
    void lose_patience(std::uint64_t number) {
        const auto found = std::ranges::find(line, number, &Waiting::number);
        if (found == line.end()) return;
        Completion<bool> called = found->called;
        line.erase(found);
        called.complete(false);
    }
    [[nodiscard]] std::unexpected<Error> refusal() const {
        auto refused = fail(ErrorCode::kRateLimited, "as many of these wait as may wait");
        refused.error().retry_after = 1s;
        refused.error().limit = rules.limit;
        return refused;
    }
    void call_next() {
        const auto next =
            std::ranges::find_if(line, [this](const Waiting& w) { return has_place(w.principal); });
        if (next == line.end()) return;
        seat(next->principal);
        executor.cancel(next->patience);
        Completion<bool> called = next->called;
        line.erase(next);
        called.complete(true);
    }
};

class WaitingRoom::Seat {
public:
    Seat(std::shared_ptr<State> state, std::string principal)
        : state_{std::move(state)}, principal_{std::move(principal)} {}
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;
    // On the room's loop, and in a turn of its own: whoever lets go may be in the middle of
    // something, and on another loop, where the answer leaves.
    ~Seat() {
        state_->executor.post(
            [state = state_, principal = std::move(principal_)] { state->leave(principal); });
    }

private:
    std::shared_ptr<State> state_;
    std::string principal_;
};

WaitingRoom::WaitingRoom(Executor& executor, Rules rules)
    : state_{std::make_shared<State>(
          State{.executor = executor, .rules = rules, .seated = {}, .line = {}})} {}

std::size_t WaitingRoom::taken() const {
    return state_->taken;
}

Task<Result<WaitingRoom::Place>> WaitingRoom::enter(std::string principal) {
    const std::shared_ptr<State> state = state_;
    if (state->has_place(principal)) {
        state->seat(principal);
        co_return std::make_shared<Seat>(state, std::move(principal));
    }
    const auto waiting = std::ranges::count(state->line, principal, &State::Waiting::principal);
    if (static_cast<std::size_t>(waiting) >= state->rules.waiting) co_return state->refusal();
    const Completion<bool> called;
    const std::uint64_t number = ++state->last_number;
    const TimerId patience = state->executor.call_after(
        state->rules.patience, [state, number] { state->lose_patience(number); });
    state->line.push_back(
        {.number = number, .principal = principal, .called = called, .patience = patience});
    if (!co_await called) co_return state->refusal();
    co_return std::make_shared<Seat>(state, std::move(principal));
}

}  // namespace tandem::api
