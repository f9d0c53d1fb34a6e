#pragma once

#include "base/error.h"
#include "base/value.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace tandem::cli {

/// `500ms`, `30s`, `5m`, `2h`, `1d`; a bare number is seconds. Fails with kInvalidField.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);

/// `lamp=on`: what is before and after the first `=`. Fails with kInvalidField.
[[nodiscard]] Result<std::pair<std::string, std::string>> parse_pair(std::string_view text);

/// What a user means by a word: JSON where it is JSON (`21.5`, `true`, `{"a":1}`, `"21"`), else the
/// text itself.
[[nodiscard]] Value parse_word(const std::string& word);

/// JSON with indents of two spaces, one member or item a line, and a line break at the end.
[[nodiscard]] std::string pretty_json(const Value& value);

/// `1.5 MiB`, `412 B`: a figure that people read.
[[nodiscard]] std::string bytes_text(double bytes);
/// `1,234,567`
[[nodiscard]] std::string count_text(std::uint64_t count);
/// `3 d 4 h`, `12 min 5 s`, `8 s`: the two largest units.
[[nodiscard]] std::string span_text(Duration span);

/// `12:00:01.250` of UTC for milliseconds since 1970.
[[nodiscard]] std::string time_of_day(double ms);

/// `text` without what would steer a terminal: control characters become `?`. Names and readings
/// come from devices.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace tandem::cli
