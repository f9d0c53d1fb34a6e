#include "codec/senml_xml.h"

#include "base/check.h"
#include "codec/number.h"
#include "codec/xml_text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tandem::codec {
namespace {

constexpr std::string_view kNamespace = "urn:ietf:params:xml:ns:senml";
constexpr std::string_view kPack = "sensml";
constexpr std::string_view kRecord = "senml";
constexpr std::array<std::string_view, 8> kNumbers{"bver", "bt", "bv", "bs", "v", "s", "t", "ut"};
constexpr std::string_view kDigits = "0123456789";

// All texts of a record stand in its tag, where a character may take six bytes (`&quot;`).
constexpr std::size_t kTagBytesPerStringByte = 8;
// How far is_senml_xml looks.
constexpr std::size_t kStartBytes = 64 * 1'024;

std::string_view take_digits(std::string_view& text) {
    const std::string_view digits =
        text.substr(0, std::min(text.find_first_not_of(kDigits), text.size()));
    text.remove_prefix(digits.size());
    return digits;
}

/// XML Schema's double as JSON would write it; empty where it has no digits.
std::string json_number(std::string_view text) {
    std::string out;
    if (text.starts_with('-')) out = "-";
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    std::string_view whole = take_digits(text);
    std::string_view fraction;
    const bool dot = text.starts_with('.');
    if (dot) {
        text.remove_prefix(1);
        fraction = take_digits(text);
    }
    if (whole.empty() && fraction.empty()) return {};
    whole.remove_prefix(std::min(whole.find_first_not_of('0'), whole.size()));
    out += whole.empty() ? "0" : whole;
    if (!fraction.empty()) {
        out += '.';
        out += fraction;
    }
    out += text;
    return out;
}

bool is_infinite_or_nan(std::string_view text) {
    return text == "INF" || text == "+INF" || text == "-INF" || text == "NaN";
}

}  // namespace

SenmlXmlReader::SenmlXmlReader(std::string_view input,
                               const ReaderLimits& limits,
                               std::size_t piece_bytes)
    : events_{input,
              {.tag_bytes_max = limits.string_bytes * kTagBytesPerStringByte,
               .piece_bytes = piece_bytes}},
      nesting_{limits} {}

Result<Token> SenmlXmlReader::next() {
    auto token = step();
    token_ = token ? *token : Token::kEnd;
    if (!token) record_ = nullptr;  // Nothing more comes of it.
    return token;
}

Result<Token> SenmlXmlReader::step() {
    if (record_ != nullptr) return member();
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
            return events_.foreign((*event)->at, "no text is accepted in SenML's elements");
        }
    }
}

Result<Token> SenmlXmlReader::close() {
    const bool object = nesting_.in_object();
    nesting_.leave();
    return object ? Token::kObjectEnd : Token::kArrayEnd;
}

Result<Token> SenmlXmlReader::begin(const XmlEvent& event) {
    const bool record = !nesting_.empty();
    const bool expected = event.space == kNamespace && !nesting_.in_object() &&
                          event.name == (record ? kRecord : kPack);
    if (!expected) {
        return events_.foreign(event.at,
                               "an element sensml with elements senml in it, of the "
                               "namespace urn:ietf:params:xml:ns:senml, is accepted");
    }
    const bool foreign_attribute = std::ranges::any_of(
        event.attributes, [](const XmlAttribute& one) { return !one.space.empty(); });
    if (foreign_attribute || (!record && !event.attributes.empty())) {
        return events_.foreign(event.at, "attributes of senml without a prefix are accepted");
    }
    if (const char* why = nesting_.add_value()) return events_.malformed(event.at, why);
    if (const char* why = nesting_.enter(record)) return events_.malformed(event.at, why);
    record_ = event.attributes.empty() ? nullptr : &event;
    attribute_ = 0;
    return record ? Token::kObjectBegin : Token::kArrayBegin;
}

Result<Token> SenmlXmlReader::member() {
    const XmlAttribute& attribute = record_->attributes[attribute_];
    value_due_ = !value_due_;
    if (value_due_) {
        if (const char* why = nesting_.add_key(attribute.name)) {
            return events_.malformed(record_->at, why);
        }
        text_ = attribute.name;
        return Token::kKey;
    }
    auto token = member_value(attribute);
    if (!token) return token;
    if (++attribute_ == record_->attributes.size()) record_ = nullptr;
    return token;
}

Result<Token> SenmlXmlReader::member_value(const XmlAttribute& attribute) {
    if (const char* why = nesting_.add_value()) return events_.malformed(record_->at, why);
    if (const char* why = nesting_.check_string(attribute.value.size())) {
        return events_.malformed(record_->at, why);
    }
    if (attribute.name == "vb") {
        const std::string_view word = trim_xml_space(attribute.value);
        boolean_ = word == "true" || word == "1";
        if (boolean_ || word == "false" || word == "0") return Token::kBool;
        return events_.foreign(record_->at, "true, false, 1 and 0 are accepted in vb");
    }
    if (std::ranges::find(kNumbers, attribute.name) != kNumbers.end()) {
        return number(trim_xml_space(attribute.value));
    }
    text_ = attribute.value;
    return Token::kString;
}

Result<Token> SenmlXmlReader::number(std::string_view text) {
    if (is_infinite_or_nan(text)) {
        return events_.malformed(record_->at, "the number is not finite");
    }
    const std::string json = json_number(text);
    const NumberText read = read_number(json);
    const bool whole_text = read.end == json.size();
    if (read.too_large && whole_text) return events_.malformed(record_->at, read.refused);
    if (read.refused != nullptr || !whole_text) {
        return events_.foreign(record_->at,
                               "numbers are accepted in bver, bt, bv, bs, v, s, t and ut");
    }
    integer_ = read.integer;
    unsigned_ = read.unsigned_integer;
    number_ = read.number;
    return read.token;
}

void SenmlXmlWriter::attribute(std::string_view value) {
    check(order_.in_object());
    order_.value();
    append_xml_attribute(out_, key_, value);
}

void SenmlXmlWriter::null() {
    check(false);  // SenML has none.
}
void SenmlXmlWriter::boolean(bool value) {
    attribute(value ? "true" : "false");
}
void SenmlXmlWriter::integer(std::int64_t value) {
    attribute(std::to_string(value));
}
void SenmlXmlWriter::unsigned_integer(std::uint64_t value) {
    attribute(std::to_string(value));
}
void SenmlXmlWriter::number(double value) {
    attribute(number_text(value));
}
void SenmlXmlWriter::text(std::string_view value) {
    attribute(xml_replaced(value));
}
void SenmlXmlWriter::begin_array() {
    check(out_.empty());  // The pack is the only list.
    order_.value();
    out_ = kXmlDeclaration;
    out_ += "<sensml";
    append_xml_attribute(out_, "xmlns", kNamespace);
    order_.begin(false, out_.size());
    out_ += '>';
}
void SenmlXmlWriter::end_array() {
    order_.end(false);
    out_ += "</sensml>";
}
void SenmlXmlWriter::begin_object() {
    check(!out_.empty() && !order_.in_object());  // Records stand in the pack.
    order_.value();
    order_.begin(true, out_.size());
    out_ += "<senml";
}
void SenmlXmlWriter::key(std::string_view key) {
    check(is_xml_name(key));
    order_.key();
    key_ = key;
}
void SenmlXmlWriter::end_object() {
    order_.end(true);
    out_ += "/>";
}
std::string SenmlXmlWriter::take() {
    order_.finish();
    return std::exchange(out_, {});
}

bool is_senml_xml(std::string_view document) {
    XmlEvents events{document.substr(0, kStartBytes)};
    auto first = events.next();
    return first && (*first)->kind == XmlEvent::Kind::kStart && (*first)->name == kPack &&
           (*first)->space == kNamespace;
}

}  // namespace tandem::codec
