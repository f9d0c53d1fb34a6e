#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace tandem {

enum class LogLevel { kDebug, kInfo, kWarning, kError, kNone };

/// One line per event on standard error: time, level, event, `key=value`…. Values are quoted and
/// escaped as JSON strings where they hold anything but plain characters, so that no name can
/// forge a line. No secret and no payload belongs here. Of an event that comes too often so many
/// lines a second, the next with `left_out=N`: LogPace. Any thread.
void log(LogLevel level,
         std::string_view event,
         std::initializer_list<std::pair<std::string_view, std::string>> fields = {});

/// The same at any level but kNone: what whoever keeps the log cannot do without.
void log_always(std::string_view event,
                std::initializer_list<std::pair<std::string_view, std::string>> fields = {});

/// Lines below `level` are dropped, all with kNone. kInfo at start.
void set_log_level(LogLevel level);

/// `text` as one word of a log line: as it is, or quoted.
[[nodiscard]] std::string log_word(std::string_view text);

}  // namespace tandem
