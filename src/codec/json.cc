#include "codec/json.h"

#include "base/check.h"
#include "codec/json_escape.h"
#include "codec/number.h"
#include "codec/utf8.h"

#include <algorithm>
#include <utility>

namespace tandem::codec {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

}  // namespace

std::unexpected<Error> JsonReader::wrong(std::string_view why) {
    expect_ = Expect::kEnd;
    token_ = Token::kEnd;
    at_ = std::min(at_, input_.size());
    return fail(ErrorCode::kMalformedBody,
                "JSON, byte " + std::to_string(at_) + ": " + std::string{why});
}

void JsonReader::skip_space() {
    while (more()) {
        const char c = input_[at_];
        if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return;
        ++at_;
    }
}

Result<Token> JsonReader::next() {
    auto token = step();
    if (token) token_ = *token;
    return token;
}

Result<Token> JsonReader::step() {
    skip_space();
    start_ = at_;
    switch (expect_) {
        case Expect::kValue:
            return value();
        case Expect::kFirstItem:
            return peek() == ']' ? close(false) : value();
        case Expect::kFirstKey:
            return peek() == '}' ? close(true) : key();
        case Expect::kKey:
            return key();
        case Expect::kAfterValue:
            return after_value();
        case Expect::kEnd:
            break;
    }
    if (more()) return wrong("nothing is expected after the value");
    return Token::kEnd;
}

Result<Token> JsonReader::after_value() {
    const bool object = nesting_.in_object();
    if (peek() == (object ? '}' : ']')) return close(object);
    if (peek() != ',')
        return wrong(object ? "a comma or } is expected" : "a comma or ] is expected");
    ++at_;
    skip_space();
    start_ = at_;
    return object ? key() : value();
}

Result<Token> JsonReader::value() {
    if (const char* why = nesting_.add_value()) return wrong(why);
    expect_ = nesting_.empty() ? Expect::kEnd : Expect::kAfterValue;
    switch (peek()) {
        case '{':
            return open(true);
        case '[':
            return open(false);
        case '"':
            return string(Token::kString);
        case 't':
            boolean_ = true;
            return word("true", Token::kBool);
        case 'f':
            boolean_ = false;
            return word("false", Token::kBool);
        case 'n':
            return word("null", Token::kNull);
        default:
            break;
    }
    if (peek() == '-' || is_digit(peek())) return number();
    return wrong("a value is expected");
}

Result<Token> JsonReader::open(bool object) {
    if (const char* why = nesting_.enter(object)) return wrong(why);
    ++at_;
    expect_ = object ? Expect::kFirstKey : Expect::kFirstItem;
    return object ? Token::kObjectBegin : Token::kArrayBegin;
}

Result<Token> JsonReader::close(bool object) {
    nesting_.leave();
    ++at_;
    expect_ = nesting_.empty() ? Expect::kEnd : Expect::kAfterValue;
    return object ? Token::kObjectEnd : Token::kArrayEnd;
}

Result<Token> JsonReader::word(std::string_view text, Token token) {
    if (!input_.substr(at_).starts_with(text)) return wrong("a value is expected");
    at_ += text.size();
    return token;
}

Result<Token> JsonReader::key() {
    if (peek() != '"') return wrong("a key in quotes is expected");
    auto token = string(Token::kKey);
    if (!token) return token;
    if (const char* why = nesting_.add_key(text_)) return wrong(why);
    skip_space();
    if (peek() != ':') return wrong("a colon is expected");
    ++at_;
    expect_ = Expect::kValue;
    return token;
}

Result<Token> JsonReader::string(Token as) {
    const std::size_t begin = ++at_;
    if (auto good = plain(); !good) return pass(good);
    text_ = input_.substr(begin, at_ - begin);
    if (peek() == '\\') {
        scratch_.assign(text_);
        if (auto good = escaped(); !good) return pass(good);
        text_ = scratch_;
    }
    if (!is_utf8(text_)) return wrong("the string is not UTF-8");
    if (const char* why = nesting_.check_string(text_.size())) return wrong(why);
    ++at_;
    return as;
}

// Steps to the quote or the backslash that comes next.
Result<void> JsonReader::plain() {
    while (more()) {
        const char c = input_[at_];
        if (c == '"' || c == '\\') return {};
        if (static_cast<unsigned char>(c) < 0x20) {
            return wrong("a control character is to be escaped");
        }
        ++at_;
    }
    return wrong("the string does not end");
}

// From a backslash to the string's end; what it stands for is added to scratch_.
Result<void> JsonReader::escaped() {
    while (peek() == '\\') {
        if (auto good = escape(); !good) return good;
        const std::size_t begin = at_;
        if (auto good = plain(); !good) return good;
        scratch_ += input_.substr(begin, at_ - begin);
    }
    return {};
}

Result<void> JsonReader::escape() {
    const JsonEscape escape = read_json_escape(input_.substr(at_), scratch_);
    at_ += escape.end;
    if (escape.refused != nullptr) return wrong(escape.refused);
    return {};
}

Result<Token> JsonReader::number() {
    const NumberText read = read_number(input_.substr(at_));
    at_ += read.end;
    if (read.refused != nullptr) return wrong(read.refused);
    integer_ = read.integer;
    unsigned_ = read.unsigned_integer;
    number_ = read.number;
    return read.token;
}

Result<std::string_view> JsonReader::raw() {
    const std::size_t begin = start_;
    if (token_ != Token::kArrayBegin && token_ != Token::kObjectBegin) {
        return input_.substr(begin, at_ - begin);
    }
    const std::size_t outside = nesting_.depth() - 1;
    while (nesting_.depth() > outside) {
        if (auto token = next(); !token) return pass(token);
    }
    return input_.substr(begin, at_ - begin);
}

void JsonWriter::begin_value() {
    if (!order_.in_object() && !order_.first()) out_ += ',';
    order_.value();
}

void JsonWriter::quote(std::string_view text) {
    constexpr std::string_view kHex = "0123456789abcdef";
    out_ += '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out_ += {'\\', c};
        } else if (c == '\n') {
            out_ += "\\n";
        } else if (byte < 0x20) {
            out_ += {'\\', 'u', '0', '0', kHex[byte >> 4U], kHex[byte & 15U]};
        } else {
            out_ += c;
        }
    }
    out_ += '"';
}

void JsonWriter::null() {
    begin_value();
    out_ += "null";
}
void JsonWriter::boolean(bool value) {
    begin_value();
    out_ += value ? "true" : "false";
}
void JsonWriter::integer(std::int64_t value) {
    begin_value();
    out_ += std::to_string(value);
}
void JsonWriter::unsigned_integer(std::uint64_t value) {
    begin_value();
    out_ += std::to_string(value);
}
void JsonWriter::number(double value) {
    begin_value();
    out_ += number_text(value);
}
void JsonWriter::text(std::string_view value) {
    begin_value();
    quote(value);
}
void JsonWriter::begin_array() {
    begin_value();
    order_.begin(false, out_.size());
    out_ += '[';
}
void JsonWriter::end_array() {
    order_.end(false);
    out_ += ']';
}
void JsonWriter::begin_object() {
    begin_value();
    order_.begin(true, out_.size());
    out_ += '{';
}
void JsonWriter::key(std::string_view key) {
    if (!order_.first()) out_ += ',';
    order_.key();
    quote(key);
    out_ += ':';
}
void JsonWriter::end_object() {
    order_.end(true);
    out_ += '}';
}
void JsonWriter::raw(std::string_view encoded) {
    check(!encoded.empty());
    begin_value();
    out_ += encoded;
}
std::string JsonWriter::take() {
    order_.finish();
    return std::exchange(out_, {});
}

Result<Value> parse_json(std::string_view text, const ReaderLimits& limits) {
    JsonReader reader{text, limits};
    if (auto token = reader.next(); !token) return pass(token);
    auto value = read_value(reader);
    if (!value) return value;
    if (auto end = reader.next(); !end) return pass(end);
    return value;
}

std::string to_json(const Value& value) {
    JsonWriter writer;
    write_value(writer, value);
    return writer.take();
}

}  // namespace tandem::codec
