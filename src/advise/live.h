#pragma once

#include "advise/ledger.h"

#include <optional>
#include <string>

namespace tandem::advise {

/// What is known of a device beside what was observed.
struct Circumstances {
    Door door = Door::kRest;  ///< that it used last
    bool tls = false;
    Duration round_trip{0};           ///< as the kernel has measured it; 0: it has not
    std::optional<NetworkKind> kind;  ///< none: nothing is said of its radio
    Power power = Power::kMains;
    bool was_worth = false;  ///< what was found last: a change of mind takes more than a trifle
};

/// What passed, as it would have passed through one door.
struct Passage {
    Door door = Door::kRest;
    Plan plan;
    Cost cost;  ///< in the time that was observed
    bool meets = true;
};

/// A span of time through both doors.
struct Comparison {
    double seconds = 0;
    Passage here;   ///< as it was counted
    Passage other;  ///< as the model has it
};

/// Why a change is worth it or not.
enum class Reason : std::uint8_t {
    kWorth,
    kFits,   ///< it is on the right door
    kSmall,  ///< the difference is not worth a change
    kYoung,  ///< too little was observed
};
/// `worth`, `fits`, `small`, `young`.
[[nodiscard]] std::string_view name_of(Reason reason);

/// What is advised to one device, from its own traffic.
struct Verdict {
    Door door = Door::kRest;  ///< that it uses
    Plan plan;
    Door advised = Door::kRest;
    Plan advised_plan;
    Reason reason = Reason::kYoung;
    Cost saving;       ///< of the other door, a day; below 0: it costs more
    double share = 0;  ///< of the bytes
    double sure = 0;   ///< from 0 to 1, by time and messages observed
    std::string says;
    [[nodiscard]] bool worth() const { return reason == Reason::kWorth; }
};

/// From so little nothing is concluded.
inline constexpr Duration kYoung = 10min;
inline constexpr double kYoungMessages = 3;
/// So much of the price the other door has to save before a change is advised, and so little before
/// it is not any more.
inline constexpr double kWorthFrom = 0.25;
inline constexpr double kWorthUntil = 0.15;
/// And so many bytes a day, or what costs as much where traffic or energy is dearer.
inline constexpr double kWorthBytes = 100'000;
/// After so much time and so many messages it is as sure as it gets.
inline constexpr Duration kSureAfter = 1h;
inline constexpr double kSureMessages = 20;

/// What a workload would be that asks of a door what the device has asked.
[[nodiscard]] Workload workload_of(const Observed& observed, const Circumstances& circumstances);

/// What was observed through the door that the device uses, and through the other one.
[[nodiscard]] Comparison compare(const Constants& constants,
                                 const Observed& observed,
                                 const Circumstances& circumstances);

/// The hub's processor time for what was observed, by the constants, in seconds.
[[nodiscard]] double cpu_of(const Constants& constants, Door door, const Flow& flow);

/// From the last hour, or, where it says too little, from the last day.
[[nodiscard]] Verdict judge(const Constants& constants,
                            const Observed& hour,
                            const Observed& day,
                            const Circumstances& circumstances);

}  // namespace tandem::advise
