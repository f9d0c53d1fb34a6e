#include "net/http_grammar.h"

#include "base/ascii.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

namespace tandem::net {
namespace {

using Table = std::array<bool, 256>;

constexpr bool is_alphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr Table table_of(std::string_view others) {
    Table table{};
    for (unsigned c = 0; c < 128; ++c)
        table[c] = is_alphanumeric(static_cast<char>(c));
    for (const char c : others)
        table[static_cast<std::uint8_t>(c)] = true;
    return table;
}

constexpr Table kToken = table_of("!#$%&'*+-.^_`|~");
// unreserved, sub-delims but for the comma, and percent-encoding; and what is between brackets.
constexpr Table kRegName = table_of("-._~!$&'()*+;=%");
constexpr Table kLiteral = table_of("-._~!$&'()*+;=:");

constexpr Table field_value_table() {
    Table table{};
    for (unsigned c = 0x20; c < 256; ++c)
        table[c] = c != 0x7f;
    table['\t'] = true;
    return table;
}
constexpr Table kFieldValue = field_value_table();

bool all_in(const Table& table, std::string_view text) {
    return std::ranges::all_of(text, [&](char c) { return table[static_cast<std::uint8_t>(c)]; });
}

std::optional<std::uint64_t> read_number(std::string_view digits, int base) {
    std::uint64_t number = 0;
    const char* end = digits.data() + digits.size();
    const auto [at, error] = std::from_chars(digits.data(), end, number, base);
    if (error != std::errc{} || at != end || digits.empty()) return std::nullopt;
    return number;
}

std::string_view as_text(std::span<const std::uint8_t> bytes) {
    // The one place where received bytes become characters.
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool is_hexadecimal(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_percent_encoded(std::string_view text) {
    for (auto at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
        if (at + 2 >= text.size()) return false;
        if (!is_hexadecimal(text[at + 1]) || !is_hexadecimal(text[at + 2])) return false;
    }
    return true;
}

// RFC 3986 section 3.2.3: any number of digits, none at all too.
bool is_port(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

bool is_token(std::string_view text) {
    return !text.empty() && all_in(kToken, text);
}

bool is_field_value(std::string_view text) {
    return all_in(kFieldValue, text);
}

bool is_authority(std::string_view text) {
    std::string_view host = text.substr(0, text.find(':'));
    bool good = !host.empty() && all_in(kRegName, host) && is_percent_encoded(host);
    if (text.starts_with('[')) {
        host = text.substr(0, std::min(text.find(']'), text.size() - 1) + 1);
        good = host.size() > 2 && host.ends_with(']') &&
               all_in(kLiteral, host.substr(1, host.size() - 2));
    }
    const std::string_view port = text.substr(host.size());
    return good && (port.empty() || (port.starts_with(':') && is_port(port.substr(1))));
}

std::vector<std::string_view> list_elements(std::string_view value) {
    std::vector<std::string_view> elements;
    while (!value.empty()) {
        const auto comma = std::min(value.find(','), value.size());
        const std::string_view element = trimmed(value.substr(0, comma));
        if (!element.empty()) elements.push_back(element);
        value.remove_prefix(std::min(comma + 1, value.size()));
    }
    return elements;
}

bool lists(const Headers& headers, std::string_view name, std::string_view element) {
    return std::ranges::any_of(headers, [&](const auto& field) {
        return field.first == name &&
               std::ranges::any_of(list_elements(field.second), [&](std::string_view one) {
                   return equal_ignoring_case(one, element);
               });
    });
}

std::size_t count_fields(const Headers& headers, std::string_view name) {
    return static_cast<std::size_t>(
        std::ranges::count_if(headers, [&](const auto& field) { return field.first == name; }));
}

std::optional<std::uint64_t> read_decimal(std::string_view digits) {
    // from_chars takes no sign for an unsigned number, no space and no prefix.
    const auto number = digits.size() <= 19 ? read_number(digits, 10) : std::nullopt;
    return number && *number >> 63U == 0 ? number : std::nullopt;
}

std::optional<std::uint64_t> read_hexadecimal(std::string_view digits) {
    return digits.size() <= 16 ? read_number(digits, 16) : std::nullopt;
}

Result<void> read_field(std::string_view line, Headers& headers) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) {
        return fail(ErrorCode::kBadRequest, "A header line has no colon.");
    }
    // A folded line starts with a space and a careless one has it before the colon: no token.
    if (!is_token(line.substr(0, colon))) {
        return fail(ErrorCode::kBadRequest, "A header field's name is not a token.");
    }
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (!is_field_value(value)) {
        return fail(ErrorCode::kBadRequest, "A header field has a control character.");
    }
    headers.emplace_back(lower_case(line.substr(0, colon)), value);
    return {};
}

std::unexpected<Error> fail_limit(ErrorCode code, std::string_view limit) {
    return std::unexpected(Error{.code = code,
                                 .detail = "More than " + std::string{limit} + " allows.",
                                 .limit = std::string{limit}});
}

// A string that grows doubles: once it is long it gets all the room that a line may take, and no
// more.
void LineReader::append(std::string_view text, std::size_t max) {
    if (partial_.size() + text.size() > std::max(partial_.capacity(), max / 4)) {
        std::string roomy;
        roomy.reserve(max);
        roomy += partial_;
        partial_ = std::move(roomy);
    }
    partial_ += text;
}

LineReader::Found LineReader::next(std::span<const std::uint8_t>& bytes, std::size_t max) {
    if (whole_) partial_.clear();
    whole_ = false;
    const std::string_view text = as_text(bytes);
    const auto end = text.find('\n');
    const std::size_t taken = end == std::string_view::npos ? text.size() : end + 1;
    if (partial_.size() + taken > max) {
        append(text.substr(0, max - std::min(max, partial_.size())), max);
        line_ = partial_;
        return Found::kTooLong;
    }
    bytes = bytes.subspan(taken);
    if (end == std::string_view::npos || !partial_.empty()) {
        append(text.substr(0, taken), max);
        line_ = partial_;
    } else {
        line_ = text.substr(0, taken);
    }
    if (end == std::string_view::npos) return Found::kPartial;
    whole_ = true;
    if (!line_.ends_with("\r\n")) return Found::kBroken;
    line_.remove_suffix(2);
    return Found::kWhole;
}

}  // namespace tandem::net
