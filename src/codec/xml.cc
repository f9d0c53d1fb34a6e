#include "codec/xml.h"

#include "base/check.h"
#include "codec/json_escape.h"
#include "codec/number.h"
#include "codec/xml_text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tandem::codec {
namespace {

constexpr std::string_view kNamespace = "http://www.w3.org/2005/xpath-functions";
// In the order of XmlReader::Kind.
constexpr std::array<std::string_view, 6> kElements{"map",    "array",   "string",
                                                    "number", "boolean", "null"};

/// What a word of XML Schema's booleans means; nothing for other words.
std::optional<bool> boolean_of(std::string_view text) {
    const std::string_view word = trim_xml_space(text);
    if (word == "true" || word == "1") return true;
    if (word == "false" || word == "0") return false;
    return {};
}

}  // namespace

Result<Token> XmlReader::next() {
    auto token = step();
    token_ = token ? *token : Token::kEnd;
    return token;
}

Result<Token> XmlReader::step() {
    if (value_due_) return value();
    while (true) {
        auto event = events_.next();
        if (!event) return pass(event);
        switch ((*event)->kind) {
            case XmlEvent::Kind::kStart:
                return begin(**event);
            case XmlEvent::Kind::kEnd:
                return close();
            case XmlEvent::Kind::kDone:
                return Token::kEnd;
            case XmlEvent::Kind::kText:
                break;
        }
        if (!trim_xml_space((*event)->text).empty()) {
            return events_.foreign((*event)->at,
                                   "text is accepted in string, number and boolean only");
        }
    }
}

Result<Token> XmlReader::begin(const XmlEvent& event) {
    if (const char* why = read_element(event)) return events_.foreign(event.at, why);
    return element_.has_key ? key() : value();
}

// Takes what is needed of the event over into element_; gives why not, or nullptr.
const char* XmlReader::read_element(const XmlEvent& event) {
    if (!space_ && (event.space.empty() || event.space == kNamespace)) space_ = event.space;
    if (space_ != event.space) {
        return "elements of the namespace http://www.w3.org/2005/xpath-functions, or all of "
               "none, are accepted";
    }
    const auto* const known = std::ranges::find(kElements, event.name);
    if (known == kElements.end()) {
        return "the elements map, array, string, number, boolean and null are accepted";
    }
    element_ = {.kind = static_cast<Kind>(known - kElements.begin()), .at = event.at, .key = {}};
    for (const XmlAttribute& attribute : event.attributes) {
        if (const char* why = read_attribute(attribute)) return why;
    }
    if (element_.has_key && !nesting_.in_object()) return "`key` is accepted inside of a map only";
    if (!element_.has_key && nesting_.in_object()) return "inside of a map, `key` is needed";
    return nullptr;
}

const char* XmlReader::read_attribute(const XmlAttribute& attribute) {
    constexpr const char* kAccepted =
        "the attributes key and escaped-key inside of a map, and escaped of a string are accepted";
    if (!attribute.space.empty()) return kAccepted;
    if (attribute.name == "key") {
        element_.has_key = true;
        element_.key = attribute.value;
        return nullptr;
    }
    const bool for_key = attribute.name == "escaped-key" && nesting_.in_object();
    const bool for_text = attribute.name == "escaped" && element_.kind == Kind::kString;
    if (!for_key && !for_text) return kAccepted;
    const auto yes = boolean_of(attribute.value);
    if (!yes) return "true, false, 1 and 0 are accepted in escaped and escaped-key";
    (for_key ? element_.key_escaped : element_.escaped) = *yes;
    return nullptr;
}

Result<Token> XmlReader::key() {
    std::string& key = element_.key;
    if (element_.key_escaped) {
        if (auto good = unescape(key); !good) return pass(good);
    }
    if (const char* why = nesting_.add_key(key)) return events_.malformed(element_.at, why);
    text_ = key;
    value_due_ = true;
    return Token::kKey;
}

Result<Token> XmlReader::value() {
    value_due_ = false;
    if (const char* why = nesting_.add_value()) return events_.malformed(element_.at, why);
    switch (element_.kind) {
        case Kind::kString:
            return string();
        case Kind::kNumber:
            return number();
        case Kind::kBoolean:
            return boolean_word();
        case Kind::kNull:
            return null();
        default:
            break;
    }
    const bool object = element_.kind == Kind::kMap;
    if (const char* why = nesting_.enter(object)) return events_.malformed(element_.at, why);
    return object ? Token::kObjectBegin : Token::kArrayBegin;
}

Result<Token> XmlReader::close() {
    const bool object = nesting_.in_object();
    nesting_.leave();
    return object ? Token::kObjectEnd : Token::kArrayEnd;
}

// Steps to the end of an element that has no elements in it.
Result<void> XmlReader::content(std::size_t bytes_max) {
    content_.clear();
    while (true) {
        auto event = events_.next();
        if (!event) return pass(event);
        if ((*event)->kind == XmlEvent::Kind::kEnd) return {};
        if ((*event)->kind == XmlEvent::Kind::kStart) {
            return events_.foreign((*event)->at, "elements are accepted in map and array only");
        }
        // Before the text is kept, not after: what is put together stays within the limit.
        if ((*event)->text.size() > bytes_max - content_.size()) {
            return events_.malformed(element_.at,
                                     "a string is longer than the limit `string_bytes`");
        }
        content_ += (*event)->text;
    }
}

Result<void> XmlReader::unescape(std::string& text) {
    std::string out;
    std::string_view rest = text;
    while (true) {
        const std::size_t plain = rest.find('\\');
        out += rest.substr(0, plain);
        if (plain == std::string_view::npos) break;
        rest.remove_prefix(plain);
        const JsonEscape escape = read_json_escape(rest, out);
        if (escape.refused != nullptr) {
            return events_.foreign(element_.at,
                                   "after a backslash, the rest of an escape of JSON is accepted");
        }
        rest.remove_prefix(escape.end);
    }
    text = std::move(out);
    return {};
}

Result<Token> XmlReader::string() {
    constexpr std::size_t kEscapeBytes = 6;  // One byte may be written as \u0001.
    const std::size_t times = element_.escaped ? kEscapeBytes : 1;
    if (auto good = content(string_bytes_max_ * times); !good) return pass(good);
    if (element_.escaped) {
        if (auto good = unescape(content_); !good) return pass(good);
    }
    if (const char* why = nesting_.check_string(content_.size())) {
        return events_.malformed(element_.at, why);
    }
    text_ = content_;
    return Token::kString;
}

Result<Token> XmlReader::number() {
    if (auto good = content(string_bytes_max_); !good) return pass(good);
    const std::string_view text = trim_xml_space(content_);
    const NumberText read = read_number(text);
    if (read.too_large && read.end == text.size()) {
        return events_.malformed(element_.at, read.refused);
    }
    if (read.refused != nullptr || read.end != text.size()) {
        return events_.foreign(element_.at, "a number as JSON writes it is accepted");
    }
    integer_ = read.integer;
    unsigned_ = read.unsigned_integer;
    number_ = read.number;
    return read.token;
}

Result<Token> XmlReader::boolean_word() {
    if (auto good = content(string_bytes_max_); !good) return pass(good);
    const auto value = boolean_of(content_);
    if (!value) return events_.foreign(element_.at, "true, false, 1 and 0 are accepted");
    boolean_ = *value;
    return Token::kBool;
}

Result<Token> XmlReader::null() {
    if (auto good = content(string_bytes_max_); !good) return pass(good);
    if (!trim_xml_space(content_).empty()) {
        return events_.foreign(element_.at, "null is accepted without content only");
    }
    return Token::kNull;
}

void XmlWriter::open(std::string_view element) {
    const bool outermost = out_.empty();
    order_.value();
    if (outermost) out_ = kXmlDeclaration;
    out_ += '<';
    out_ += element;
    if (outermost) append_xml_attribute(out_, "xmlns", kNamespace);
    out_ += std::exchange(key_, {});
}

void XmlWriter::scalar(std::string_view element, std::string_view text) {
    open(element);
    out_ += '>';
    append_xml_text(out_, text);
    out_ += "</";
    out_ += element;
    out_ += '>';
}

void XmlWriter::begin(std::string_view element, bool object) {
    open(element);
    order_.begin(object, out_.size());
    out_ += '>';
}

void XmlWriter::null() {
    open("null");
    out_ += "/>";
}
void XmlWriter::boolean(bool value) {
    scalar("boolean", value ? "true" : "false");
}
void XmlWriter::integer(std::int64_t value) {
    scalar("number", std::to_string(value));
}
void XmlWriter::unsigned_integer(std::uint64_t value) {
    scalar("number", std::to_string(value));
}
void XmlWriter::number(double value) {
    scalar("number", number_text(value));
}
void XmlWriter::text(std::string_view value) {
    if (xml_carries(value)) return scalar("string", value);
    append_xml_attribute(key_, "escaped", "true");
    scalar("string", xml_json_escaped(value));
}
void XmlWriter::begin_array() {
    begin("array", false);
}
void XmlWriter::end_array() {
    order_.end(false);
    out_ += "</array>";
}
void XmlWriter::begin_object() {
    begin("map", true);
}
void XmlWriter::key(std::string_view key) {
    order_.key();
    if (xml_carries(key)) return append_xml_attribute(key_, "key", key);
    append_xml_attribute(key_, "escaped-key", "true");
    append_xml_attribute(key_, "key", xml_json_escaped(key));
}
void XmlWriter::end_object() {
    order_.end(true);
    out_ += "</map>";
}
std::string XmlWriter::take() {
    order_.finish();
    return std::exchange(out_, {});
}

Result<Value> parse_xml(std::string_view text, const ReaderLimits& limits) {
    XmlReader reader{text, limits};
    if (auto token = reader.next(); !token) return pass(token);
    auto value = read_value(reader);
    if (!value) return value;
    if (auto end = reader.next(); !end) return pass(end);
    return value;
}

std::string to_xml(const Value& value) {
    XmlWriter writer;
    write_value(writer, value);
    return writer.take();
}

}  // namespace tandem::codec
