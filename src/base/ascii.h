#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace tandem {

/// Letters A to Z alone, whatever the locale: names of header fields, media types and schemes have
/// no others that count (RFC 9110 section 5.1).
[[nodiscard]] constexpr char lower_case(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] inline std::string lower_case(std::string_view text) {
    std::string out{text};
    std::ranges::transform(out, out.begin(), [](char c) { return lower_case(c); });
    return out;
}

[[nodiscard]] constexpr bool equal_ignoring_case(std::string_view left, std::string_view right) {
    constexpr auto lower = [](char c) { return lower_case(c); };
    return std::ranges::equal(left, right, {}, lower, lower);
}

/// Without the spaces and tabs at both ends: OWS, RFC 9110 section 5.6.3.
[[nodiscard]] constexpr std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace tandem
