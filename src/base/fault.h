#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace tandem {

/// Deliberate faults, each in one place of the code, to show that the simulator sees them: a test
/// builds the hub once more with them and switches on one at a time. docs/internals/simulator.md
enum class Fault : std::uint8_t {
    kNone,
    kLogNotSynced,
    kLogSyncFailureIgnored,
    kLogNameNotSynced,
    kRegistryNotSynced,
    kAckBeforeSync,
    kReadOnlyForgotten,
    kFullDiskIsFinal,
    kOutboxNotTold,
    kFlushedTooMuch,
    kToldOutOfOrder,
    kRecoveryLeavesOut,
    kReplayOffByOne,
    kReceiptDropped,
    kHeldEventsLost,
    kSeriesNotFiltered,
    kDevicesNotFiltered,
    kCursorAhead,
    kExpiredDelivered,
    kRedeliveryLost,
    kLeaseForever,
    kAttemptNotCounted,
    kCommandsReversed,
    kAckNotStored,
    kKeyForgotten,
    kTakeoverForgotten,
    kOfflineForgotten,
    kRestGoneForgotten,
    kSilenceIgnored,
    kPreconditionIgnored,
    kIdsByClock,
    kLastEventIgnored,
    kPageCursorAhead,
};

constexpr std::array kFaults{
    std::pair{Fault::kLogNotSynced, std::string_view{"the log is not synced"}},
    std::pair{Fault::kLogSyncFailureIgnored, std::string_view{"a failed sync of the log counts"}},
    std::pair{Fault::kLogNameNotSynced, std::string_view{"a new segment's name is not synced"}},
    std::pair{Fault::kRegistryNotSynced, std::string_view{"the registry is not synced"}},
    std::pair{Fault::kAckBeforeSync, std::string_view{"readings are acknowledged before the sync"}},
    std::pair{Fault::kReadOnlyForgotten, std::string_view{"writes go on after one has failed"}},
    std::pair{Fault::kFullDiskIsFinal, std::string_view{"a full disk makes the hub read-only"}},
    std::pair{Fault::kOutboxNotTold, std::string_view{"the outbox is not told to the log"}},
    std::pair{Fault::kFlushedTooMuch, std::string_view{"more counts as flushed than is"}},
    std::pair{Fault::kToldOutOfOrder, std::string_view{"events of a commit change places"}},
    std::pair{Fault::kRecoveryLeavesOut, std::string_view{"recovery leaves out a frame's end"}},
    std::pair{Fault::kReplayOffByOne, std::string_view{"a replay begins one event late"}},
    std::pair{Fault::kReceiptDropped, std::string_view{"a gap gets no receipt"}},
    std::pair{Fault::kHeldEventsLost, std::string_view{"what came during a replay is lost"}},
    std::pair{Fault::kSeriesNotFiltered, std::string_view{"a filter of series is ignored"}},
    std::pair{Fault::kDevicesNotFiltered, std::string_view{"a filter of devices is ignored"}},
    std::pair{Fault::kCursorAhead, std::string_view{"a cursor is one event ahead"}},
    std::pair{Fault::kExpiredDelivered, std::string_view{"a command is given out after its end"}},
    std::pair{Fault::kRedeliveryLost, std::string_view{"a dead socket's commands stay with it"}},
    std::pair{Fault::kLeaseForever, std::string_view{"a lease never passes"}},
    std::pair{Fault::kAttemptNotCounted, std::string_view{"an attempt is not counted"}},
    std::pair{Fault::kCommandsReversed, std::string_view{"commands are given out backwards"}},
    std::pair{Fault::kAckNotStored, std::string_view{"a command's ack is not stored"}},
    std::pair{Fault::kKeyForgotten, std::string_view{"an idempotency key is forgotten"}},
    std::pair{Fault::kTakeoverForgotten,
              std::string_view{"an old socket's end counts for the new"}},
    std::pair{Fault::kOfflineForgotten, std::string_view{"a socket's end leaves it online"}},
    std::pair{Fault::kRestGoneForgotten, std::string_view{"a device on REST is online for ever"}},
    std::pair{Fault::kSilenceIgnored, std::string_view{"a silent peer is never given up"}},
    std::pair{Fault::kPreconditionIgnored, std::string_view{"If-Match is ignored"}},
    std::pair{Fault::kIdsByClock, std::string_view{"a command's id is by the clock alone"}},
    std::pair{Fault::kLastEventIgnored, std::string_view{"Last-Event-ID is ignored"}},
    std::pair{Fault::kPageCursorAhead, std::string_view{"a page's cursor is the log's head"}},
};

#if defined(TANDEM_FAULTS)
inline namespace with_faults {
/// The one that is switched on. Before any thread but the caller's.
inline Fault present_fault = Fault::kNone;
[[nodiscard]] inline bool has_fault(Fault fault) {
    return present_fault == fault;
}
}  // namespace with_faults
#else
/// In all that is shipped: false, and the compiler drops what depends on it.
[[nodiscard]] constexpr bool has_fault(Fault /*fault*/) {
    return false;
}
#endif

}  // namespace tandem
