#include "codec/json.h"

#include "base/check.h"
#include "codec/utf8.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace tandem::codec {
namespace {

void append_utf8(std::string& out, std::uint32_t point) {
    if (point < 0x80) {
        out += static_cast<char>(point);
    } else if (point < 0x800) {
        out += static_cast<char>(0xC0U | (point >> 6U));
        out += static_cast<char>(0x80U | (point & 63U));
    } else if (point < 0x10000) {
        out += static_cast<char>(0xE0U | (point >> 12U));
        out += static_cast<char>(0x80U | ((point >> 6U) & 63U));
        out += static_cast<char>(0x80U | (point & 63U));
    } else {
        out += static_cast<char>(0xF0U | (point >> 18U));
        out += static_cast<char>(0x80U | ((point >> 12U) & 63U));
        out += static_cast<char>(0x80U | ((point >> 6U) & 63U));
        out += static_cast<char>(0x80U | (point & 63U));
    }
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

char short_escape(char c) {
    switch (c) {
        case '"':
            return '"';
        case '\\':
            return '\\';
        case '/':
            return '/';
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return '\0';
    }
}

/// Whether the whole number that `text` is fits `into`, where it is put.
template <typename Integer>
bool whole_number(std::string_view text, Integer& into) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
    return error == std::errc{};
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
    ++at_;  // the backslash
    if (!more()) return wrong("the string does not end");
    const char c = input_[at_++];
    if (const char plain = short_escape(c)) {
        scratch_ += plain;
        return {};
    }
    if (c != 'u') return wrong("no such escape");
    auto point = hex4();
    if (!point) return pass(point);
    if (*point >= 0xDC00 && *point <= 0xDFFF) return wrong("a lone low surrogate");
    if (*point >= 0xD800 && *point <= 0xDBFF) {
        if (!input_.substr(at_).starts_with("\\u")) return wrong("a lone high surrogate");
        at_ += 2;
        auto low = hex4();
        if (!low) return pass(low);
        if (*low < 0xDC00 || *low > 0xDFFF) return wrong("a lone high surrogate");
        *point = 0x10000 + ((*point - 0xD800) << 10U) + (*low - 0xDC00);
    }
    append_utf8(scratch_, *point);
    return {};
}

Result<std::uint32_t> JsonReader::hex4() {
    std::uint32_t out = 0;
    const std::string_view digits = input_.substr(std::min(at_, input_.size()), 4);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), out, 16);
    const bool good = error == std::errc{} && digits.size() == 4 && end == digits.data() + 4;
    if (!good) return wrong("four hexadecimal digits are expected");
    at_ += 4;
    return out;
}

Result<void> JsonReader::digits() {
    if (!is_digit(peek())) return wrong("a digit is expected");
    while (is_digit(peek()))
        ++at_;
    return {};
}

Result<void> JsonReader::fraction_and_exponent() {
    if (peek() == '.') {
        ++at_;
        if (auto good = digits(); !good) return good;
    }
    if (peek() != 'e' && peek() != 'E') return {};
    ++at_;
    if (peek() == '+' || peek() == '-') ++at_;
    return digits();
}

Result<Token> JsonReader::number() {
    const std::size_t begin = at_;
    if (peek() == '-') ++at_;
    const std::size_t whole = at_;
    if (auto good = digits(); !good) return pass(good);
    if (input_[whole] == '0' && at_ - whole > 1) return wrong("a number has no leading zeros");
    const std::size_t whole_end = at_;
    if (auto good = fraction_and_exponent(); !good) return pass(good);
    const std::string_view text = input_.substr(begin, at_ - begin);
    return at_ == whole_end && text != "-0" ? integer(text) : floating(text);
}

Result<Token> JsonReader::integer(std::string_view text) {
    if (whole_number(text, integer_)) return Token::kInt;
    if (text.front() != '-' && whole_number(text, unsigned_)) return Token::kUint;
    return wrong("the whole number does not fit 64 bits");
}

Result<Token> JsonReader::floating(std::string_view text) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number_);
    if (error == std::errc::result_out_of_range) {
        // from_chars says the same of what is too large and what is too small for a double.
        number_ = std::strtod(std::string{text}.c_str(), nullptr);
        if (!std::isfinite(number_)) return wrong("the number is too large");
    }
    return Token::kDouble;
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
    check(std::isfinite(value));
    begin_value();
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, value).ptr;
    const std::string_view shortest{text, static_cast<std::size_t>(end - text)};
    out_ += shortest;
    if (shortest.find_first_of(".e") == std::string_view::npos) out_ += ".0";
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
