#pragma once

#include "contract/encoding.h"
#include "contract/shape.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tandem::contract {

/// A body of readings as it came, in whatever format: converted, not judged. One validation follows
/// for all of them, in api/telemetry.cc.
///
/// In JSON, CBOR and XML: `{"temperature":21.5,"door_open":false}` (readings of now), the exact
/// object `{"t":…,"v":{…}}` (device time), or a list of either. Beside these SenML packs and files:
/// senml.h and telemetry_file.h.
struct TelemetryBody {
    using Values = std::vector<std::pair<std::string, Value>>;  ///< series and value

    struct Item {
        std::string device;           ///< whose they are; empty: the device of the path
        std::optional<Instant> time;  ///< none: now
        Duration since_now{0};        ///< SenML's relative times; without `time` only
        Values values;
        std::string unit;  ///< of all of them; empty: not said
        /// In its list, pack or file; none: the body is this one object.
        std::optional<std::uint32_t> index;
        std::uint32_t line = 0;              ///< of the file, from 1
        std::shared_ptr<const Error> error;  ///< this item alone cannot be read
    };
    /// How pointers into it are made.
    enum class Form : std::uint8_t { kValue, kPack, kLines };

    std::vector<Item> items;
    Form form = Form::kValue;
    /// A file whose lines have not been read: that takes a time zone, see read_file(). Then there
    /// are no items.
    Encoded file;
    std::size_t counted = 0;   ///< items that check_readings() has seen
    std::size_t readings = 0;  ///< and what they hold
    std::size_t refused = 0;   ///< items of a file that are nothing but an error
};

/// The most readings that one body may have; more is kBodyTooLarge, before anything is stored.
inline constexpr std::size_t kReadingsMax = 100'000;
[[nodiscard]] std::unexpected<Error> too_many_readings();
/// Fails where `body` has more than that. Cheap; asked after each item.
[[nodiscard]] Result<void> check_readings(TelemetryBody& body);

/// Where in the body a reading of `item` is: `/3/v/power`, `#line/17/power`.
[[nodiscard]] std::string pointer_to(const TelemetryBody& body,
                                     const TelemetryBody::Item& item,
                                     std::string_view series);

template <>
struct Codec<TelemetryBody> {
    static Result<void> read(Reader& reader, TelemetryBody& out, const Field& field);
    static Result<void> read_body(const Encoded& body,
                                  const ReaderLimits& limits,
                                  TelemetryBody& out,
                                  const Field& field);
    static void write(Writer& writer, const TelemetryBody& value);
    static Value schema(const Field& field);
};

/// The same of several devices: `{"lamp-1":<a body>,"lamp-2":<a body>}`; in a SenML pack the device
/// is the name up to its last "/".
struct ManyBody : TelemetryBody {};
template <>
struct Codec<ManyBody> {
    static Result<void> read(Reader& reader, ManyBody& out, const Field& field);
    static Result<void> read_body(const Encoded& body,
                                  const ReaderLimits& limits,
                                  ManyBody& out,
                                  const Field& field);
    static void write(Writer& writer, const ManyBody& value);
    static Value schema(const Field& field);
};

/// Reads one body of one device, standing on its first token, and adds its items.
[[nodiscard]] Result<void> read_items_of_device(Reader& reader,
                                                const Field& field,
                                                TelemetryBody& out);
/// The same of several devices.
[[nodiscard]] Result<void> read_items_by_device(Reader& reader,
                                                const Field& field,
                                                TelemetryBody& out);

}  // namespace tandem::contract
