#include "store/embedded/flusher.h"

#include "base/log.h"

#include <utility>

namespace tandem::store {
namespace {

// A full disk may have room again, another program may let go of its lock.
constexpr Duration kRetry = 1s;
// About 5 MB a second are given back.
constexpr Duration kBetweenBits = 20ms;

}  // namespace

Flusher::Flusher(TelemetryEngine& engine, Turns* turns, std::function<void()> done)
    : engine_{engine}, done_{std::move(done)}, wake_{turns}, thread_{turns, [this] { run(); }} {}

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

void Flusher::tidy() {
    {
        const Lock held{mutex_};
        tidy_ = true;
    }
    wake_.notify_all();
}

void Flusher::run() {
    while (true) {
        switch (next_work()) {
            case Work::kFlush:
                flush();
                break;
            case Work::kTidy:
                give_back();
                break;
            case Work::kNothing:
                return;
        }
    }
}

Flusher::Work Flusher::next_work() {
    const Lock held{mutex_};
    while ((held_ || (!wanted_ && !tidy_)) && !closing_)
        wake_.wait(mutex_);
    if (held_ || (closing_ && !wanted_)) return Work::kNothing;
    return std::exchange(wanted_, false) ? Work::kFlush : Work::kTidy;
}

void Flusher::flush() {
    const auto done = engine_.flush();
    note(done);
    done_();
    if (!done) wait_for_another_try();
}

void Flusher::give_back() {
    const auto more = engine_.give_back();
    const Lock held{mutex_};
    // What cannot be given back now is when something is erased the next time.
    tidy_ = more && *more;
    // Others want the disk too.
    if (tidy_ && !wanted_ && !closing_) wake_.wait_for(mutex_, kBetweenBits);
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
