#include "simulate/replay.h"

#include "client/problem.h"

#include <algorithm>
#include <cmath>

namespace tandem::simulate {
namespace {

// Large enough that the round trip and the commit do not count, below a message's 128 KiB.
constexpr std::size_t kBatchMax = 500;

bool worth_another_try(const Error& error) {
    return error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kRequestTimeout ||
           error.code == ErrorCode::kRateLimited;
}

}  // namespace

Replay::Replay(Surroundings around, std::vector<RecordedRow> rows, Playing playing)
    : around_{around}, rows_{std::move(rows)}, playing_{playing}, pause_{around.executor} {}

void Replay::stop() {
    stopping_ = true;
    pause_.wake();
}

// How long after the start a row is played. A row out of order is played when its turn comes.
Duration Replay::due(std::size_t row) const {
    if (!playing_.speed) return 0us;
    const Duration into = rows_[row].time - rows_.front().time;
    return Duration{std::llround(static_cast<double>(into.count()) / *playing_.speed)};
}

std::vector<Value> Replay::take_due(Duration since_start) {
    std::vector<Value> batch;
    while (next_ < rows_.size() && batch.size() < kBatchMax && due(next_) <= since_start) {
        const RecordedRow& row = rows_[next_];
        const Duration into = playing_.speed ? due(next_) : row.time - rows_.front().time;
        const Instant time = playing_.as_of_now ? started_ + into : row.time;
        batch.push_back(reading_at(time, row.values));
        tally_.measured += row.values.size();
        ++next_;
    }
    return batch;
}

Task<Result<Tally>> Replay::run(Link* link, OnProgress on_progress) {
    started_ = around_.clock.now();
    const Monotonic start = around_.clock.monotonic();
    link->listen({}, [this](const client::Closing&) { open_ = false; });
    while (!stopping_ && next_ < rows_.size()) {
        const Duration since_start = around_.clock.monotonic() - start;
        auto batch = take_due(since_start);
        if (batch.empty()) {
            co_await pause_.wait(due(next_) - since_start);
            continue;
        }
        auto sent = co_await send(link, std::move(batch));
        if (!sent) co_return pass(sent);
        if (on_progress) on_progress(next_);
    }
    co_return tally_;
}

Task<Result<client::Reply>> Replay::attempt(Link* link, client::Call write) {
    if (!open_) {
        auto opened = co_await link->open();
        if (!opened) co_return pass(opened);
        open_ = true;
    }
    co_return co_await link->client().call(std::move(write));
}

Task<Result<void>> Replay::send(Link* link, std::vector<Value> batch) {
    const client::Call write{.operation = "telemetry.write",
                             .path = Value::Object{{"device", "me"}},
                             .body = Value{std::move(batch)}};
    while (!stopping_) {
        auto reply = co_await attempt(link, write);
        if (reply) {
            backoff_.reset();
            tally_.accepted +=
                static_cast<std::uint64_t>(client::number_at(reply->body, "accepted"));
            tally_.refused += client::items_at(reply->body, "refused").size();
            co_return Result<void>{};
        }
        const Error& error = reply.error();
        if (!worth_another_try(error)) co_return std::unexpected(error);
        // Slowing down when it is asked to is how a recording is played as fast as can be.
        if (error.code != ErrorCode::kRateLimited) {
            open_ = false;
            ++tally_.failures;
            tally_.last_failure = client::describe(error);
        }
        co_await pause_.wait(error.retry_after.value_or(backoff_.next(around_.random)));
    }
    co_return Result<void>{};
}

}  // namespace tandem::simulate
