#pragma once

#include "base/error.h"
#include "base/value.h"

#include <string>
#include <string_view>
#include <vector>

namespace tandem::simulate {

/// One row of a recording.
struct RecordedRow {
    Instant time;
    Value::Object values;  ///< by series; never empty
    bool operator==(const RecordedRow&) const = default;
};

/// Reads a CSV file (RFC 4180, without line breaks inside fields): a header whose first column is
/// the time and whose others name series, then one row per moment, in any order of time. Numbers,
/// `true` and `false` are read as such, an empty field is no reading, anything else is text.
///
/// Times are RFC 3339, the same with a space for the "T", or milliseconds since 1970; those without
/// an offset are taken as `zone`: `Z` or `+01:00`. A series named `value` takes the name `renamed`
/// where that is not empty.
///
/// Fails with kMalformedBody that names the line and what is expected there.
[[nodiscard]] Result<std::vector<RecordedRow>> read_recording(std::string_view csv,
                                                              std::string_view zone,
                                                              std::string_view renamed = {});

}  // namespace tandem::simulate
