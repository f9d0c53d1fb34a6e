#pragma once

#include <string>
#include <string_view>

namespace tandem::codec {

/// `<?xml … ?>`, as every document begins that is written here.
inline constexpr std::string_view kXmlDeclaration = R"(<?xml version="1.0" encoding="UTF-8"?>)";

/// White space as XML 1.0 section 2.3 has it.
inline constexpr std::string_view kXmlSpace = " \t\r\n";

/// Without the white space at both ends.
[[nodiscard]] std::string_view trim_xml_space(std::string_view text);

/// Whether XML 1.0 can carry each character of `text`, which is UTF-8 (section 2.2): all but
/// U+0000 to U+001F without tab, line feed and carriage return, U+FFFE and U+FFFF.
[[nodiscard]] bool xml_carries(std::string_view text);

/// `text` with U+FFFD for each character that XML cannot carry.
[[nodiscard]] std::string xml_replaced(std::string_view text);

/// `text` with JSON's escapes for each character that XML cannot carry, and for the backslash.
[[nodiscard]] std::string xml_json_escaped(std::string_view text);

/// Adds `text` so that it is read back as it is, between tags or in an attribute's quotes. XML
/// carries each of its characters.
void append_xml_text(std::string& out, std::string_view text);

/// Adds ` name="text"`, as above.
void append_xml_attribute(std::string& out, std::string_view name, std::string_view text);

/// Whether `name` is an XML name of ASCII letters, digits, `_`, `-` and `.`, without a colon.
[[nodiscard]] bool is_xml_name(std::string_view name);

}  // namespace tandem::codec
