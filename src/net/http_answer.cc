#include "net/http_answer.h"

#include "base/ascii.h"
#include "net/http_grammar.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace tandem::net {
namespace {

constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// What two of would make an answer ambiguous.
constexpr std::array<std::string_view, 5> kOwn{"connection", "content-length", "date", "server",
                                               "transfer-encoding"};

// Every answer has some: fmt's parsing of a pattern is a tenth of what an empty answer costs.
void append_number(std::string& out, std::size_t number) {
    std::array<char, 20> digits{};
    const auto [end, error] = std::to_chars(digits.begin(), digits.end(), number);
    out.append(digits.begin(), end);
}

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
    out += "HTTP/1.1 ";
    append_number(out, static_cast<std::size_t>(head.status));
    out += ' ';
    out += reason_phrase(head.status);
    out += "\r\nServer: tandem\r\nDate: ";
    out += head.date;
    out += "\r\n";
    if (!head.accept.empty()) {
        out += "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ";
        out += head.accept;
        out += "\r\n";
    }
    if (head.content_length) {
        out += "Content-Length: ";
        append_number(out, *head.content_length);
        out += "\r\n";
    }
    if (head.chunked) out += "Transfer-Encoding: chunked\r\n";
    // Whoever sends Upgrade says that it is for the next hop alone: RFC 9110 section 7.8.
    constexpr int upgrade_required = 426;
    if (head.status == upgrade_required) {
        out += head.close ? "Connection: close, Upgrade\r\n" : "Connection: Upgrade\r\n";
    } else if (head.close) {
        out += "Connection: close\r\n";
    }
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

void write_body(Transport& transport, std::string body) {
    constexpr std::size_t copied_max = std::size_t{4} * 1'024;
    if (body.size() <= copied_max) {
        transport.write(body);
    } else {
        transport.write(std::make_shared<const std::string>(std::move(body)));
    }
}

}  // namespace tandem::net
