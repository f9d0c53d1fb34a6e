#include "store/embedded/reader_pool.h"

#include <algorithm>

namespace tandem::store {
namespace {

constexpr Duration kRetryAfter = 1s;

Error busy() {
    Error error =
        fail(ErrorCode::kUnavailable, "as many reads as may wait for the disk do").error();
    error.limit = "store.read_queue";
    error.retry_after = kRetryAfter;
    return error;
}

Error closing() {
    return fail(ErrorCode::kUnavailable, "the store is closing").error();
}

}  // namespace

Result<std::unique_ptr<ReaderPool>> ReaderPool::open(const DataDirectory& directory,
                                                     const EmbeddedSettings& settings) {
    std::unique_ptr<ReaderPool> pool{new ReaderPool{settings}};
    for (std::size_t at = 0; at < std::max<std::size_t>(1, settings.readers); ++at) {
        if (auto added = pool->add_reader(directory); !added) return pass(added);
    }
    return pool;
}

Result<void> ReaderPool::add_reader(const DataDirectory& directory) {
    auto registry = Connection::open(directory.registry(), Connection::Role::kReader);
    if (!registry) return pass(registry);
    auto telemetry = Connection::open(directory.telemetry(), Connection::Role::kReader);
    if (!telemetry) return pass(telemetry);
    (*registry)->stop_when(stop_);
    (*telemetry)->stop_when(stop_);
    Reader& reader = *readers_.emplace_back(
        std::make_unique<Reader>(std::move(*registry), std::move(*telemetry), Thread{}));
    reader.thread = Thread{settings_.turns, [this, &reader] { run(reader); }};
    return {};
}

ReaderPool::~ReaderPool() {
    {
        const Lock lock{mutex_};
        stop_ = true;
    }
    wake_.notify_all();
    for (const auto& reader : readers_)
        reader->thread.join();
    const Lock lock{mutex_};
    for (const auto& job : queue_)
        job->refuse(closing());
}

void ReaderPool::submit(std::unique_ptr<ReadJob> job) {
    {
        const Lock lock{mutex_};
        if (queue_.size() < settings_.read_queue) {
            queue_.push_back(std::move(job));
        } else {
            ++refused_;
        }
    }
    // NOLINTNEXTLINE(bugprone-use-after-move): what has found room is null now
    if (job != nullptr) return job->refuse(busy());
    wake_.notify_one();
}

void ReaderPool::run(Reader& reader) {
    while (const auto job = next_job()) {
        job->ask(job->file == File::kRegistry ? *reader.registry : *reader.telemetry);
        const Lock lock{mutex_};
        --busy_;
    }
}

// Nothing when the store closes.
std::unique_ptr<ReadJob> ReaderPool::next_job() {
    const Lock lock{mutex_};
    while (queue_.empty() && !stop_)
        wake_.wait(mutex_);
    if (stop_) return {};
    auto job = std::move(queue_.front());
    queue_.pop_front();
    ++busy_;
    return job;
}

ReaderPool::Figures ReaderPool::figures() const {
    const Lock lock{mutex_};
    return {.waiting = queue_.size(), .busy = busy_, .refused = refused_};
}

}  // namespace tandem::store
