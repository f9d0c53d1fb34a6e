#pragma once

#include "client/backoff.h"
#include "simulate/link.h"
#include "simulate/model.h"

#include <deque>
#include <optional>
#include <string>

namespace tandem::simulate {

/// What a device, or a fleet of them, has done so far.
struct Tally {
    std::uint64_t measured = 0;  ///< readings taken by the models
    std::uint64_t accepted = 0;  ///< readings that the hub has acknowledged
    std::uint64_t refused = 0;   ///< readings that the hub has turned away for good
    std::uint64_t dropped = 0;   ///< readings lost to a full buffer, oldest first
    std::uint64_t commands = 0;  ///< carried out
    std::uint64_t arrivals = 0;  ///< times it came in, the first one included
    std::uint64_t failures = 0;  ///< calls and connections that failed
    std::string last_failure;    ///< as a line for people

    void add(const Tally& other);
};

/// The time and chance that simulated devices live in.
struct Surroundings {
    Executor& executor;
    const Clock& clock;
    Random& random;  ///< for the network; what is measured has a seed of its own
};

/// How a device measures.
struct Rhythm {
    Duration interval{0};  ///< between measurements; 0: the model's own
    /// Measures from then on first, as fast as the hub takes it: with the times when it should have
    /// been, and not more often than every ten seconds unless `interval` says so.
    std::optional<Instant> since = {};
    bool ends_now = false;  ///< stops when it has come to the present
};

/// One device that runs: measures on time, sends, answers commands, reports its state, and comes
/// back with backoff when it has lost the hub. What it could not send it keeps and sends late, with
/// the times of measuring.
class Device {
public:
    Device(Surroundings around,
           std::unique_ptr<Model> model,
           std::unique_ptr<Link> link,
           Rhythm rhythm);

    /// Runs until stop() and until what was measured has left, a few seconds at most.
    Task<void> run();
    void stop();

    [[nodiscard]] const Tally& tally() const { return tally_; }
    [[nodiscard]] const Model& model() const { return *model_; }

private:
    void hear(const Value& message);
    Task<void> come_in();
    Task<void> serve();
    Task<void> drain();
    Task<void> poll(Completion<bool> over);
    Task<void> apply_config();
    Task<void> report_state();
    Task<void> obey(Value command);
    Task<void> settle();
    Outcome carry_out(const Value& command);
    Task<void> write(std::vector<Value> batch);

    void measure_what_is_due();
    void measure_past(Instant now);
    void measure();
    [[nodiscard]] Duration interval() const;
    [[nodiscard]] std::size_t writes_max() const;
    void send_what_waits();
    void keep_again(std::vector<Value> batch);
    void note(const Error& error);
    [[nodiscard]] Duration until_next() const;

    Surroundings around_;
    std::unique_ptr<Model> model_;
    std::unique_ptr<Link> link_;
    const Rhythm rhythm_;
    bool in_past_;

    client::Backoff backoff_;
    client::Pause pause_;
    client::Pause poll_pause_;
    bool stopping_ = false;
    bool down_ = true;
    bool refused_for_good_ = false;
    bool config_changed_ = false;

    std::optional<Instant> next_;  // When the next measurement is due.
    std::deque<Value> unsent_;     // Readings with their times. kUnsentMax at most, oldest go.
    std::size_t writes_ = 0;       // On their way.
    Monotonic hold_until_{};       // The hub has asked to slow down.

    std::deque<Value> inbox_;  // Commands to carry out. kInboxMax at most: the hub leases no more.
    struct Done {
        std::string id;
        Outcome outcome;
    };
    std::deque<Done> owed_;  // Done, the hub not yet told. As short as the inbox.
    std::deque<Done> done_;  // The last kDoneMax: a command that comes again is not done again.

    Tally tally_;
};

}  // namespace tandem::simulate
