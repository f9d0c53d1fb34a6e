#pragma once

#include "base/clock.h"
#include "base/error.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::advise {

enum class Power : std::uint8_t { kMains, kBattery };
enum class Format : std::uint8_t { kJson, kCbor };
enum class NetworkKind : std::uint8_t { kEthernet, kWifi, kLteM, kNbIot };

[[nodiscard]] std::string_view name_of(Power power);
[[nodiscard]] std::string_view name_of(Format format);
[[nodiscard]] std::string_view name_of(NetworkKind kind);

/// What a fleet does, and over which network. A value: what advice and measurements are made from.
struct Workload {
    struct Readings {
        Duration every = 60s;
        double jitter = 0.1;        ///< share of `every` by which a reading may come early or late
        std::int64_t series = 1;    ///< values in one reading
        std::int64_t payload = 60;  ///< bytes of one reading's body, in JSON
        Format format = Format::kJson;
        std::int64_t batch = 0;  ///< readings in a message; 0: as many as may_wait allows
        Duration may_wait{0};    ///< how long a reading may wait for others
        Duration latency{0};     ///< from the reading until the hub has it; 0: not said
        bool operator==(const Readings&) const = default;
    };
    struct Commands {
        double per_day = 0;
        Duration latency{0};  ///< from the caller until the device has it; 0: not said
        std::int64_t payload = 40;
        bool operator==(const Commands&) const = default;
    };
    struct Configuration {
        double reads_per_day = 1;
        double changes_per_day = 0.1;
        std::int64_t payload = 300;
        bool operator==(const Configuration&) const = default;
    };
    struct Dashboards {
        std::int64_t watching = 1;
        double hours_per_day = 2;
        Duration latency = 1s;
        std::int64_t devices = 0;    ///< that one of them shows; 0: all
        double clicks_per_hour = 0;  ///< commands that are given on one
        bool operator==(const Dashboards&) const = default;
    };
    struct Network {
        NetworkKind kind = NetworkKind::kWifi;
        Duration rtt = 50ms;
        double kbit_per_second = 0;  ///< upwards; 0: what is usual for the kind
        double loss = 0;             ///< share of packets
        Duration idle_cut = 5min;    ///< after such a silence the path forgets a connection
        bool tls = true;
        bool resumption = true;  ///< the device keeps TLS tickets
        Duration connection_life = 24h;
        bool operator==(const Network&) const = default;
    };

    std::string name = "workload";
    std::int64_t devices = 100;
    Power power = Power::kMains;
    double battery_wh = 9;  ///< what can be used of the battery
    Readings readings;
    Commands commands;
    Configuration configuration;
    Dashboards dashboards;
    Network network;
    bool operator==(const Workload&) const = default;

    [[nodiscard]] double readings_per_day() const;
};

/// One field of a workload as users say it.
struct WorkloadField {
    std::string_view key;   ///< in a file: `readings.every`
    std::string_view flag;  ///< on the command line: `every`
    std::string_view accepts;
    std::string_view says;
    bool is_switch = false;  ///< true or false: the flag alone means true
    bool (*set)(Workload& workload, std::string_view text);  ///< false: not accepted
    std::string (*get)(const Workload& workload);
};
[[nodiscard]] std::span<const WorkloadField> workload_fields();

/// What a workload says that it must not: the field, and why.
[[nodiscard]] std::unexpected<Error> wrong(std::string_view key, const std::string& why);
/// Sets the field with this key. Fails with kInvalidField, naming the field and what is accepted.
[[nodiscard]] Result<void> set_field(Workload& workload,
                                     std::string_view key,
                                     std::string_view text);
/// What only several fields together tell. Fails with kInvalidField, naming one of them.
[[nodiscard]] Result<void> validate(const Workload& workload);

/// `home`, `factory`, `environment` (also `weather`), `vehicle`, `metering`. Fails with
/// kInvalidField, naming them.
[[nodiscard]] Result<Workload> preset(std::string_view name);
[[nodiscard]] std::vector<std::pair<std::string_view, std::string_view>> presets();

/// Reads a workload from TOML; what it does not say is as in `base`. With `preset = "home"` it
/// begins with that one. Fails with kInvalidField, naming the field or the line.
[[nodiscard]] Result<Workload> read_workload(std::string_view toml, const Workload& base = {});
/// The same as TOML, every field said.
[[nodiscard]] std::string write_workload(const Workload& workload);

/// `500ms`, `30s`, `5m`, `2h`, `1d`; a bare number is seconds. False for anything else, and for
/// what is longer than a year.
[[nodiscard]] bool parse_span(std::string_view text, Duration& span);
/// The shortest of these that is exact: `90s`, `5m`, `0s`.
[[nodiscard]] std::string span_text(Duration span);

}  // namespace tandem::advise
