#include "cli/terminal.h"

#include "cli/command.h"
#include "cli/text.h"
#include "client/problem.h"
#include "codec/json.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace tandem::cli {
namespace {

// https://no-color.org: set and not empty.
bool wants_colour() {
    static const bool wanted = [] {
        const char* no_color =
            std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe): one thread
        const bool declined = no_color != nullptr && *no_color != '\0';
        return !declined && ::isatty(STDOUT_FILENO) == 1;
    }();
    return wanted;
}

std::string_view escape(Tone tone) {
    switch (tone) {
        case Tone::kFaint:
            return "\x1b[2m";
        case Tone::kGood:
            return "\x1b[32m";
        case Tone::kBad:
            return "\x1b[31m";
        case Tone::kPlain:
            break;
    }
    return {};
}

}  // namespace

void print_line(std::string_view line) {
    fmt::print(stdout, "{}\n", line);
    std::fflush(stdout);
}

Result<void> put_out(std::string_view bytes) {
    const bool good = std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size() &&
                      std::fflush(stdout) == 0;
    if (good) return {};
    return fail(ErrorCode::kStorageFailed,
                "standard output cannot be written: " + std::generic_category().message(errno));
}

void print_json(const Value& value) {
    print_line(codec::to_json(value));
}

void complain(std::string_view line) {
    fmt::print(stderr, "tandem: {}\n", printable(line));
}

namespace {

// What whoever typed a command can do about it; the hub speaks of requests.
std::string_view advice_for(const Error& error) {
    const std::string_view detail = error.detail;
    if (error.code == ErrorCode::kUnauthenticated)
        return " (the key: --key-file FILE; the hub: --url)";
    if (detail.starts_with("no connection to http")) return " (the hub: --url, or here --data)";
    if (detail.find("Address already in use") != std::string_view::npos)
        return " (another: --listen ADDRESS:PORT)";
    return "";
}

}  // namespace

int complain(const Error& error) {
    complain(client::describe(error) + std::string{advice_for(error)});
    switch (error.code) {
        case ErrorCode::kUnavailable:
        case ErrorCode::kRequestTimeout:
            return kUnreachable;
        default:
            return kRefused;
    }
}

std::string toned(Tone tone, std::string_view text) {
    if (tone == Tone::kPlain || !wants_colour()) return std::string{text};
    return fmt::format("{}{}\x1b[0m", escape(tone), text);
}

Progress::Progress() : terminal_{::isatty(STDERR_FILENO) == 1} {}

void Progress::show(std::string_view line) {
    if (!terminal_) return;
    fmt::print(stderr, "\r\x1b[K{}", line);
    std::fflush(stderr);
    shown_ = true;
}

void Progress::clear() {
    if (!shown_) return;
    fmt::print(stderr, "\r\x1b[K");
    std::fflush(stderr);
    shown_ = false;
}

}  // namespace tandem::cli
