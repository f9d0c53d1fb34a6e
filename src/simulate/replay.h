#pragma once

#include "client/backoff.h"
#include "simulate/device.h"
#include "simulate/recording.h"

#include <functional>
#include <optional>

namespace tandem::simulate {

/// How a recording is played.
struct Playing {
    /// Seconds of the recording in one second; nothing: as fast as the hub takes it.
    std::optional<double> speed;
    /// Moves all times so that the first reading is of now, and the others are as far apart as they
    /// are played; else they keep the times of the recording.
    bool as_of_now = false;
};

/// Plays a recording as the device whose key the link has, in the order of the file. One loop.
class Replay {
public:
    using OnProgress = std::function<void(std::size_t rows)>;

    Replay(Surroundings around, std::vector<RecordedRow> rows, Playing playing);

    /// Sends all of it and waits for the answers. Fails with the first refusal that trying again
    /// cannot mend; comes back with backoff when the hub is lost.
    Task<Result<Tally>> run(Link* link, OnProgress on_progress);
    void stop();

private:
    [[nodiscard]] Duration due(std::size_t row) const;
    std::vector<Value> take_due(Duration since_start);
    Task<Result<client::Reply>> attempt(Link* link, client::Call write);
    Task<Result<void>> send(Link* link, std::vector<Value> batch);

    Surroundings around_;
    std::vector<RecordedRow> rows_;
    Playing playing_;
    Instant started_{};
    std::size_t next_ = 0;
    bool stopping_ = false;
    bool open_ = false;
    client::Backoff backoff_;
    client::Pause pause_;
    Tally tally_;
};

}  // namespace tandem::simulate
