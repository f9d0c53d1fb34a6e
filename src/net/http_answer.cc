#include "net/http_answer.h"

#include "net/http_grammar.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace tandem::net {
namespace {

constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// What two of would make an answer ambiguous.
constexpr std::array<std::string_view, 5> kOwn{"connection", "content-length", "date", "server",
                                               "transfer-encoding"};

bool is_own(std::string_view name) {
    return std::ranges::any_of(
        kOwn, [name](std::string_view own) { return equal_ignoring_case(own, name); });
}

}  // namespace

std::string http_date(Instant at) {
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{std::chrono::floor<std::chrono::seconds>(at - day)};
    return fmt::format(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
        kDays.at(std::chrono::weekday{day}.c_encoding()), static_cast<unsigned>(date.day()),
        kMonths.at(static_cast<unsigned>(date.month()) - 1), static_cast<int>(date.year()),
        time.hours().count(), time.minutes().count(), time.seconds().count());
}

std::string_view DateKeeper::at(Instant now) {
    const auto second = std::chrono::floor<std::chrono::seconds>(now);
    if (text_.empty() || second != second_) {
        second_ = second;
        text_ = http_date(now);
    }
    return text_;
}

std::string write_head(const AnswerHead& head, const Headers& headers) {
    std::string out;
    out.reserve(256);
    auto to = std::back_inserter(out);
    fmt::format_to(to, "HTTP/1.1 {} {}\r\nServer: tandem\r\nDate: {}\r\n", head.status,
                   reason_phrase(head.status), head.date);
    if (!head.accept.empty()) {
        fmt::format_to(to,
                       "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n",
                       head.accept);
    }
    if (head.content_length) fmt::format_to(to, "Content-Length: {}\r\n", *head.content_length);
    if (head.chunked) out += "Transfer-Encoding: chunked\r\n";
    if (head.close) out += "Connection: close\r\n";
    for (const auto& [name, value] : headers) {
        if (!is_token(name) || !is_field_value(value) || is_own(name)) continue;
        out += name;
        out += ": ";
        out += value;
        out += "\r\n";
    }
    out += "\r\n";
    return out;
}

}  // namespace tandem::net
