#pragma once

#include "base/error.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tandem::advise {

/// Every number that the cost model takes from outside. One row of constant_rows() each, in this
/// order.
enum class Constant : std::uint8_t {
    // What our encoders write around a payload, in bytes.
    kPostUp,
    kPostDown,
    kGetUp,
    kGetDown,
    kNotModifiedDown,
    kNextUp,
    kNextDown,
    kNextEmptyDown,
    kFinishUp,
    kFinishDown,
    kPollUp,
    kPollDown,
    kPollEmptyDown,
    kSseUp,
    kSseDown,
    kSseEvent,
    kSseComment,
    kUpgradeUp,
    kUpgradeDown,
    kSocketWriteUp,
    kSocketReplyDown,
    kSocketTellUp,
    kSocketAckDown,
    kSocketEvent,
    kSocketCommandDown,
    kSocketFinishUp,
    kSocketFinishDown,
    kSocketPing,
    kTimedItem,
    kEventItem,
    kCborBody,
    kCborEnvelope,
    kDeflateBatch,
    // The layers below.
    kIpHeader,
    kTcpHeader,
    kTcpSyn,
    kTcpSegment,
    kTcpRetry,
    kTlsRecord,
    kTlsFullUp,
    kTlsFullDown,
    kTlsChain,
    kTlsResumedUp,
    kTlsResumedDown,
    kTlsTicket,
    // What the hub does of itself.
    kRestIdle,
    kSseEvery,
    kPollWait,
    kPingLeast,
    kPingMost,
    kDeflateFrom,
    // Processor time, microseconds.
    kCpuRest,
    kCpuSocket,
    kCpuRestReading,
    kCpuSocketReading,
    kCpuCborReading,
    kCpuConnect,
    kCpuTlsFull,
    kCpuTlsResumed,
    kCpuTlsRecord,
    kCpuDeflate,
    kCpuPing,
    kCpuEventSocket,
    kCpuEventSse,
    kCpuCommand,
    kClientRest,
    kClientSocket,
    // Memory of the hub for a connection, bytes.
    kMemoryHttp,
    kMemorySocket,
    kMemorySubscription,
    kMemoryTls,
    kMemoryKernel,
    // Radios.
    kWifiSleep,
    kWifiJoin,
    kWifiJoinTime,
    kWifiListen,
    kWifiListenShort,
    kWifiBeacon,
    kWifiBeaconShort,
    kWifiActive,
    kWifiStay,
    kCellSleep,
    kCellPaged,
    kCellReceive,
    kCellSend,
    kCellTail,
    kCellTailTime,
    kCellPaging,
    kLteWake,
    kLteWakeTime,
    kLteUp,
    kNbWake,
    kNbWakeTime,
    kNbUp,
    // Prices, in US dollars.
    kPriceCpuHour,
    kPriceMemoryHour,
    kPriceGigabyte,
    kPriceCellularGigabyte,
    kPriceBatteryWh,
};

/// Where a number comes from.
enum class Origin : std::uint8_t {
    kStandard,   ///< written in a standard: exact
    kCounted,    ///< counted by a test of ours in what the hub writes: exact
    kSetting,    ///< a default of the hub
    kMeasured,   ///< measured by us
    kPublished,  ///< measured or given by somebody else
    kAssumed,    ///< a guess that is written down: replace it by yours
};
[[nodiscard]] std::string_view name_of(Origin origin);

struct ConstantRow {
    Constant id;
    std::string_view name;  ///< as in a calibration file: `cpu.rest`
    double value;
    std::string_view unit;
    double spread;  ///< how far off it may be, as a share: 0.3 is 30 % up or down; 0: it is exact
    Origin origin;
    std::string_view source;
};
[[nodiscard]] std::span<const ConstantRow> constant_rows();
[[nodiscard]] const ConstantRow& row(Constant id);

inline constexpr std::size_t kConstants = static_cast<std::size_t>(Constant::kPriceBatteryWh) + 1;

/// A set of values for all of them: the table's, some of them replaced.
class Constants {
public:
    Constants();

    [[nodiscard]] double operator[](Constant id) const {
        return values_[static_cast<std::size_t>(id)];
    }
    /// For variations; the name of set() is for users.
    void put(Constant id, double value) { values_[static_cast<std::size_t>(id)] = value; }
    /// Fails with kInvalidField when there is no such constant, or for what is negative or no
    /// number.
    [[nodiscard]] Result<void> set(std::string_view name, double value);
    /// Whether `id` is not the table's any more.
    [[nodiscard]] bool replaced(Constant id) const;

private:
    std::array<double, kConstants> values_{};
};

/// Reads a calibration: `{"constants":{"cpu.rest":81.2}}`, where a value may also be an object with
/// the member `value`. Other members of the outer object are for people. Fails with kInvalidField
/// or kMalformedBody, naming the constant.
[[nodiscard]] Result<Constants> read_calibration(std::string_view json);

}  // namespace tandem::advise
