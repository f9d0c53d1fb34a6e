#include "base/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>

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

void write(spdlog::logger& to,
           spdlog::level::level_enum level,
           std::string_view event,
           Fields fields) {
    if (!to.should_log(level)) return;
    std::string line{event};
    for (const auto& [key, value] : fields) {
        line += ' ';
        line += key;
        line += '=';
        line += log_word(value);
    }
    to.log(level, line);
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
    write(logger(), level_of(level), event, fields);
}

void log_always(std::string_view event, Fields fields) {
    write(unlevelled(), spdlog::level::info, event, fields);
}

void set_log_level(LogLevel level) {
    logger().set_level(level_of(level));
    unlevelled().set_level(level == LogLevel::kNone ? spdlog::level::off : spdlog::level::info);
}

}  // namespace tandem
