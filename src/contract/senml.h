#pragma once

#include "contract/readings.h"
#include "domain/telemetry.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::contract {

// Sensor Measurement Lists, RFC 8428, whatever the syntax: make_reader() and make_writer() give a
// pack of JSON, CBOR or XML as the same tokens, an array of objects with the labels of JSON.

/// A record with a sum (`s`) is a reading of a series of its own: the record's name and this.
inline constexpr std::string_view kSumSuffix = ":sum";

/// Reads a pack, standing on its first token, and resolves its base fields (section 4.6). Each
/// record becomes one item, or two where it has a value and a sum. Times before 2^28 s are relative
/// to now; update times (`ut`) are not kept.
///
/// `many`: the device is the name up to its last "/"; without it a name may have that part all the
/// same, and then the item says whose it is. Fails where the pack as a whole is wrong: no array of
/// objects, a base field of the wrong type, a version above 10, a field that must be
/// understood (its label ends with "_"). What is wrong with one record is that item's error: no
/// value or more than one, a name that section 4.5.1 does not allow, a data value (`vd`,
/// kUnprocessable).
[[nodiscard]] Result<void> read_senml(Reader& reader, bool many, TelemetryBody& out);

/// Readings of devices as records of a pack, each under its base name, `lamp-1/`. Fails with
/// kNotAcceptable where a value is an array or an object, which SenML cannot say, or a time lies
/// before 2^28 s (July 1978), which it would take for relative.
struct SenmlRow {
    std::string_view series;
    std::string_view unit;
    Instant time;
    const Value* value = nullptr;
};
struct SenmlDevice {
    std::string_view device;
    std::vector<SenmlRow> rows;
};
[[nodiscard]] Result<void> write_senml(Writer& writer, std::span<const SenmlDevice> devices);
[[nodiscard]] Result<void> write_senml(Writer& writer,
                                       std::string_view device,
                                       std::span<const SenmlRow> rows);

}  // namespace tandem::contract
