#include "base/log.h"

#include "base/log_pace.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <optional>

namespace tandem {
namespace {

spdlog::logger& logger() {
    // UTC and ISO 8601, so that lines of several machines sort together.
    static const auto made = [] {
        auto fresh = spdlog::stderr_color_mt("tandem");
        fresh->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", spdlog::pattern_time_type::utc);
        fresh->flush_on(spdlog::level::info);
        return fresh;
    }();
    return *made;
}

// Writes to the same place, and knows no level but "off".
spdlog::logger& unlevelled() {
    static const auto made = logger().clone("tandem");
    return *made;
}

spdlog::level::level_enum level_of(LogLevel level) {
    switch (level) {
        case LogLevel::kDebug:
            return spdlog::level::debug;
        case LogLevel::kInfo:
            return spdlog::level::info;
        case LogLevel::kWarning:
            return spdlog::level::warn;
        case LogLevel::kNone:
            return spdlog::level::off;
        case LogLevel::kError:
            break;
    }
    return spdlog::level::err;
}

bool plain(char c) {
    return c > ' ' && c < 0x7F && c != '"' && c != '\\' && c != '=';
}

using Fields = std::initializer_list<std::pair<std::string_view, std::string>>;

std::string line_of(std::string_view event, Fields fields) {
    std::string line{event};
    for (const auto& [key, value] : fields) {
        line += ' ';
        line += key;
        line += '=';
        line += log_word(value);
    }
    return line;
}

std::optional<std::uint64_t> take_turn(std::string_view event) {
    static std::mutex mutex;
    static LogPace pace;
    const auto now = std::chrono::steady_clock::now();
    const std::scoped_lock lock{mutex};
    return pace.take(event, std::chrono::time_point_cast<Duration>(now));
}

}  // namespace

std::string log_word(std::string_view text) {
    if (!text.empty() && std::ranges::all_of(text, plain)) return std::string{text};
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += {'\\', c};
        } else if (c >= ' ' && c < 0x7F) {
            out += c;
        } else {
            out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
        }
    }
    return out + "\"";
}

void log(LogLevel level, std::string_view event, Fields fields) {
    if (!logger().should_log(level_of(level))) return;
    const auto left_out = take_turn(event);
    if (!left_out) return;
    std::string line = line_of(event, fields);
    if (*left_out > 0) line += fmt::format(" left_out={}", *left_out);
    logger().log(level_of(level), line);
}

void log_always(std::string_view event, Fields fields) {
    unlevelled().log(spdlog::level::info, line_of(event, fields));
}

void set_log_level(LogLevel level) {
    logger().set_level(level_of(level));
    unlevelled().set_level(level == LogLevel::kNone ? spdlog::level::off : spdlog::level::info);
}

}  // namespace tandem
