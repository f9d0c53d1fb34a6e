#include "store/embedded/flusher.h"

#include "base/log.h"
#include "store/embedded/thread.h"

#include <utility>

namespace tandem::store {
namespace {

// A full disk may have room again, another program may let go of its lock.
constexpr Duration kRetry = 1s;

}  // namespace

Flusher::Flusher(TelemetryEngine& engine, std::function<void()> done)
    : engine_{engine}, done_{std::move(done)}, thread_{start_thread([this] { run(); })} {}

Flusher::~Flusher() {
    {
        const Lock held{mutex_};
        closing_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

void Flusher::wake() {
    {
        const Lock held{mutex_};
        wanted_ = true;
    }
    wake_.notify_all();
}

void Flusher::hold(bool held) {
    {
        const Lock lock{mutex_};
        held_ = held;
    }
    wake_.notify_all();
}

std::optional<Error> Flusher::failure() const {
    const Lock held{mutex_};
    return failure_;
}

void Flusher::run() {
    while (wait_until_wanted()) {
        const auto done = engine_.flush();
        note(done);
        done_();
        if (!done) wait_for_another_try();
    }
}

bool Flusher::wait_until_wanted() {
    const Lock held{mutex_};
    while ((!wanted_ || held_) && !closing_)
        wake_.wait(mutex_);
    return std::exchange(wanted_, false) && !held_;
}

void Flusher::note(const Result<void>& done) {
    const Lock held{mutex_};
    if (done) {
        failure_.reset();
        return;
    }
    if (!failure_) log(LogLevel::kError, "store_flush_failed", {{"why", done.error().detail}});
    failure_ = done.error();
}

void Flusher::wait_for_another_try() {
    const Lock held{mutex_};
    if (!closing_) wake_.wait_for(mutex_, kRetry);
    wanted_ = !closing_;
}

}  // namespace tandem::store
