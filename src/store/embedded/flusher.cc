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

std::optional<Error> Flusher::failure() const {
    const Lock held{mutex_};
    return failure_;
}

void Flusher::run() {
    while (true) {
        {
            const Lock held{mutex_};
            while (!wanted_ && !closing_)
                wake_.wait(mutex_);
            if (!wanted_) return;
            wanted_ = false;
        }
        auto done = engine_.flush();
        {
            const Lock held{mutex_};
            if (!done && !failure_) {
                log(LogLevel::kError, "store_flush_failed", {{"why", done.error().detail}});
            }
            failure_ = done ? std::nullopt : std::optional{done.error()};
        }
        done_();
        if (done) continue;
        const Lock held{mutex_};
        if (!closing_) wake_.wait_for(mutex_, kRetry);
        wanted_ = !closing_;
    }
}

}  // namespace tandem::store
