#include "codec/xml_text.h"

#include <algorithm>
#include <cstddef>

namespace tandem::codec {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kNonCharacters = "\xEF\xBF";  // How U+FFFE and U+FFFF begin in UTF-8.

/// The bytes of the character at `at`, when XML cannot carry it, otherwise 0.
std::size_t uncarried(std::string_view text, std::size_t at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x20) return byte == '\t' || byte == '\n' || byte == '\r' ? 0 : 1;
    if (byte != 0xEF || !text.substr(at).starts_with(kNonCharacters)) return 0;
    const auto last = static_cast<unsigned char>(text[at + 2]);
    return last == 0xBE || last == 0xBF ? 3 : 0;
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

}  // namespace

std::string_view trim_xml_space(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(kXmlSpace);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kXmlSpace) - begin + 1);
}

bool xml_carries(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (uncarried(text, at) > 0) return false;
    }
    return true;
}

std::string xml_replaced(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t bytes = uncarried(text, at);
        if (bytes > 0) {
            out += "\uFFFD";
            at += bytes;
        } else {
            out += text[at++];
        }
    }
    return out;
}

std::string xml_json_escaped(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t bytes = uncarried(text, at);
        if (bytes == 1) {
            const auto byte = static_cast<unsigned char>(text[at]);
            out += {'\\', 'u', '0', '0', kHex[byte >> 4U], kHex[byte & 15U]};
        } else if (bytes == 3) {
            out += text[at + 2] == '\xBE' ? "\\ufffe" : "\\uffff";
        } else {
            if (text[at] == '\\') out += '\\';
            out += text[at];
        }
        at += std::max<std::size_t>(bytes, 1);
    }
    return out;
}

void append_xml_text(std::string& out, std::string_view text) {
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':  // "]]>" may not stand in a text.
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\r':  // As itself it would be read as a line feed, section 2.11.
                out += "&#13;";
                break;
            default:
                out += c;
        }
    }
}

void append_xml_attribute(std::string& out, std::string_view name, std::string_view text) {
    out += ' ';
    out += name;
    out += "=\"";
    // As themselves they would be read as spaces, section 3.3.3.
    while (true) {
        const std::size_t end = text.find_first_of("\t\n");
        append_xml_text(out, text.substr(0, end));
        if (end == std::string_view::npos) break;
        out += text[end] == '\t' ? "&#9;" : "&#10;";
        text.remove_prefix(end + 1);
    }
    out += '"';
}

bool is_xml_name(std::string_view name) {
    if (name.empty() || !is_letter(name.front())) return false;
    return std::ranges::all_of(name, [](char c) {
        return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
    });
}

}  // namespace tandem::codec
