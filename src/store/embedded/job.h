#pragma once

#include "base/checked.h"
#include "base/executor.h"
#include "base/task.h"
#include "domain/ports.h"
#include "store/embedded/sqlite.h"
#include "store/telemetry/engine.h"

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace tandem::store {

/// The files of the store.
enum class File : std::uint8_t { kRegistry, kTelemetry };

/// What a write is made with.
struct Places {
    Connection& registry;
    TelemetryEngine& telemetry;
};

/// One write on its way from a loop to the writer and back.
class WriteJob {
public:
    enum class Kind : std::uint8_t {
        kRegistry,  ///< changes registry.db; its events get their sequences from the writer
        kReadings,  ///< adds to the telemetry
        kErasure,   ///< erases telemetry; between commits, and durable when it returns
        kLook,      ///< changes nothing: between commits, sees what was committed
    };
    WriteJob(Kind of, std::size_t weighs, bool is_vital)
        : kind{of}, weight{weighs}, vital{is_vital} {}
    WriteJob(const WriteJob&) = delete;
    WriteJob& operator=(const WriteJob&) = delete;
    virtual ~WriteJob() = default;

    /// Makes the changes. Those of the registry add the events that tell of them; what a failing
    /// job has done to it is rolled back. The writer's thread.
    virtual Result<void> apply(Places places, std::vector<Event>& events) = 0;
    /// Sends the loop its answer. Once, and only after the commit or its failure. Any thread.
    virtual void answer(Result<Committed> outcome) = 0;
    /// Appends the events of readings that were committed with sequences from `first` on. Once, and
    /// only if somebody listens. The writer's thread.
    virtual void tell(Sequence /*first*/, std::vector<Event>& /*events*/) {}

    const Kind kind;
    const std::size_t weight;  ///< bytes, about
    /// Goes on when the disk is full, from the reserve; it may be applied twice then.
    const bool vital;
};

/// One question on its way from a loop to a reader and back.
class ReadJob {
public:
    explicit ReadJob(File of) : file{of} {}
    ReadJob(const ReadJob&) = delete;
    ReadJob& operator=(const ReadJob&) = delete;
    virtual ~ReadJob() = default;

    /// Asks, in a read transaction, and sends the loop its answer. A reader's thread.
    virtual void ask(Connection& connection) = 0;
    /// Sends the loop a failure. Any thread.
    virtual void refuse(Error error) = 0;

    const File file;
};

/// Where an answer goes: to the coroutine that waits on its loop.
template <typename T>
class Reply {
public:
    Reply(Executor& loop, Completion<Result<T>> waiting)
        : loop_{&loop}, waiting_{std::move(waiting)} {}

    void send(Result<T> result) {
        loop_->post([waiting = std::move(waiting_), result = std::move(result)]() mutable {
            waiting.complete(std::move(result));
        });
    }

private:
    Executor* loop_;
    Completion<Result<T>> waiting_;
};

/// A write that answers with a `T`.
template <typename T>
class WriteJobFor final : public WriteJob {
public:
    using Apply = std::move_only_function<Result<T>(Places, std::vector<Event>&)>;
    /// Notes in the answer where its events stand.
    using Stamp = void (*)(T&, const Committed&);

    WriteJobFor(Kind of,
                std::size_t weighs,
                bool is_vital,
                Apply apply,
                Stamp stamp,
                Reply<T> reply)
        : WriteJob{of, weighs, is_vital},
          apply_{std::move(apply)},
          stamp_{stamp},
          reply_{std::move(reply)} {}

    Result<void> apply(Places places, std::vector<Event>& events) override {
        auto done = apply_(places, events);
        if (!done) return pass(done);
        answer_ = std::move(*done);
        return {};
    }
    void answer(Result<Committed> outcome) override {
        if (!outcome) return reply_.send(pass(outcome));
        T& answer = checked(answer_);
        stamp_(answer, *outcome);
        reply_.send(std::move(answer));
    }

private:
    Apply apply_;
    Stamp stamp_;
    Reply<T> reply_;
    std::optional<T> answer_;
};

/// A question that is answered with a `T`.
template <typename T>
class ReadJobFor final : public ReadJob {
public:
    using Ask = std::move_only_function<Result<T>(Connection&)>;

    ReadJobFor(File of, Ask ask, Reply<T> reply)
        : ReadJob{of}, ask_{std::move(ask)}, reply_{std::move(reply)} {}

    void ask(Connection& connection) override {
        auto begun = connection.prepare("BEGIN").run();
        if (!begun) return reply_.send(pass(begun));
        auto answer = ask_(connection);
        auto ended = connection.prepare("COMMIT").run();
        if (answer && !ended) return reply_.send(pass(ended));
        reply_.send(std::move(answer));
    }
    void refuse(Error error) override { reply_.send(std::unexpected(std::move(error))); }

private:
    Ask ask_;
    Reply<T> reply_;
};

}  // namespace tandem::store
