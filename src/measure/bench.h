#pragma once

#include "advise/workload.h"
#include "client/hub_client.h"
#include "measure/hub_process.h"
#include "measure/peer.h"
#include "measure/statistics.h"
#include "measure/ways.h"
#include "measure/wire_count.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace tandem::measure {

/// What a reading may have, and the readings of a batch together: what is around them included, a
/// WebSocket's message has 128 KiB at most (limit `ws.message_bytes`).
inline constexpr std::int64_t kMeasuredBytesMost = 120'000;

/// How much is measured, and against what.
struct BenchPlan {
    advise::Workload workload;
    client::Access hub;  ///< with a key that may make devices, send commands and follow everything
    int pid = 0;         ///< of the hub, where it runs here; 0: its processor time is not known
    /// Of a Relay, which devices reach the hub through; 0: they reach it as `hub` says.
    std::uint16_t relay_port = 0;
    Duration round_trip{0};           ///< of the relay
    std::string network;              ///< what the relay does, in words
    std::optional<Peer> peer_rest;    ///< measured beside the hub
    std::optional<Peer> peer_socket;  ///< the same
    int rounds = 6;                   ///< after one to warm up; fewer leave no difference real
    Duration slot = 1s;               ///< of one way in one round
    Duration flat_out = 500ms;
    std::size_t devices = 0;  ///< that send; 0: those of the workload, 32 at most
    double per_second = 0;    ///< messages; 0: as the workload, within bounds
    std::size_t crowd = 200;  ///< connections whose memory is looked at
    std::uint64_t seed = 1;
    Wiring wiring;
    bool rig_no_keep_alive = false;  ///< the kept ways open a connection each time
};

/// One way in one part. `rounds` has a value of each figure for each round.
struct WayResult {
    Part part = Part::kUp;
    std::string way;
    bool peer = false;  ///< of a server that is no hub
    advise::Door door = advise::Door::kRest;
    std::map<std::string, std::vector<double>> rounds;
    std::vector<double> latencies;  ///< µs, of all rounds
    std::vector<double> lateness;
    std::uint64_t answered = 0;
    std::uint64_t lost = 0;  ///< failed, or not heard within five seconds
    std::string first_failure;

    [[nodiscard]] double mean(const std::string& figure) const;
};

/// A condition without which the figures would not mean what they say.
struct Check {
    std::string name;
    bool good = true;
    std::string says;
};

struct BenchResult {
    BenchPlan plan;
    double per_second = 0;
    std::size_t devices = 0;
    std::int64_t batch = 1;
    std::vector<WayResult> ways;
    std::map<std::string, double> memory;  ///< of the hub for a connection of each kind, bytes
    WireCount wire;  ///< of every connection of the run, those that nothing is measured of too
    std::vector<Check> checks;
    bool deflate = true;  ///< the hub agrees on permessage-deflate
    double seconds = 0;
    double clock_drift = 0;  ///< seconds that the world's clock was moved meanwhile

    [[nodiscard]] bool sound() const;
};

/// Told what is being done and how much of it all is done, 0 to 1.
using BenchProgress = std::function<void(const std::string& doing, double share)>;

/// Runs all of it. Fails with what the hub refuses with when there is nothing to measure.
[[nodiscard]] Task<Result<BenchResult>> run_bench(net::Loop* loop,
                                                  Random* random,
                                                  BenchPlan plan,
                                                  BenchProgress progress);

/// Looks at what was measured for signs that it was not the doors: Nagle's algorithm, connections
/// that were not kept, handshakes where none belong, a generator at its limit, rounds that drift,
/// messages that were lost.
[[nodiscard]] std::vector<Check> check_result(const BenchResult& result, bool all_no_delay);

/// A body of telemetry.write of about so many bytes in JSON; `count` readings, each with its time,
/// when there are several.
[[nodiscard]] Value make_body(const advise::Workload& workload,
                              std::int64_t count,
                              std::uint64_t number,
                              Instant now);

}  // namespace tandem::measure
