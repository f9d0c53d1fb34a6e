#include "codec/cbor.h"

#include "base/check.h"
#include "codec/base64.h"
#include "codec/number.h"
#include "codec/utf8.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

namespace tandem::codec {
namespace {

// Major types, RFC 8949 section 3.1.
constexpr unsigned kUnsigned = 0;
constexpr unsigned kNegative = 1;
constexpr unsigned kBytes = 2;
constexpr unsigned kText = 3;
constexpr unsigned kArray = 4;
constexpr unsigned kMap = 5;
constexpr unsigned kTag = 6;
constexpr unsigned kSimple = 7;

constexpr unsigned kIndefinite = 31;
constexpr std::uint64_t kDecimalFraction = 4;  // A tag, section 3.4.4.
constexpr char kBreak = '\xFF';

// Of major type 7, section 3.3.
constexpr unsigned kFalse = 20;
constexpr unsigned kTrue = 21;
constexpr unsigned kNull = 22;
constexpr unsigned kHalf = 25;
constexpr unsigned kFloat = 26;
constexpr unsigned kDouble = 27;

constexpr const char* kDecimalExpected = "two whole numbers are expected in a decimal fraction";

constexpr auto kIntMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

/// Why a tag cannot be skipped, or nullptr. Sections 3.4.3 and 3.4.4.
const char* tag_refused(std::uint64_t tag) {
    switch (tag) {
        case 2:
        case 3:
            return "bignums (tags 2 and 3) are not read";
        case kDecimalFraction:
            return "decimal fractions (tag 4) are not read";
        case 5:
            return "bigfloats (tag 5) are not read";
        default:
            return nullptr;
    }
}

/// Half precision, section 3.3 and appendix D.
double half_to_double(std::uint64_t bits) {
    const auto exponent = static_cast<int>((bits >> 10U) & 31U);
    const auto fraction = static_cast<int>(bits & 1023U);
    double out = std::numeric_limits<double>::infinity();
    if (exponent == 0) {
        out = std::ldexp(fraction, -24);
    } else if (exponent < 31) {
        out = std::ldexp(fraction + 1024, exponent - 25);
    }
    return (bits & 0x8000U) != 0 ? -out : out;
}

/// The half of the same value, where there is one.
std::optional<std::uint64_t> exact_half(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t sign = (bits >> 16U) & 0x8000U;
    const std::uint32_t fraction = bits & 0x7FFFFFU;
    const auto exponent = static_cast<int>((bits >> 23U) & 255U) - 127;
    if (value == 0) return sign;
    if (exponent >= -14 && exponent <= 15) {
        if ((fraction & 0x1FFFU) != 0) return {};
        return sign | (static_cast<std::uint32_t>(exponent + 15) << 10U) | (fraction >> 13U);
    }
    if (exponent < -24 || exponent > 15) return {};
    // Too small for a normal half: a whole multiple of 2^-24, or none at all.
    const float multiple = std::ldexp(std::abs(value), 24);
    if (multiple != std::floor(multiple)) return {};
    return sign | static_cast<std::uint32_t>(multiple);
}

void append_big_endian(std::string& out, std::uint64_t value, unsigned bytes) {
    for (unsigned shift = bytes * 8; shift > 0; shift -= 8) {
        out += static_cast<char>((value >> (shift - 8)) & 255U);
    }
}

/// An item's head with its argument in the shortest form.
std::string head_text(unsigned major, std::uint64_t value) {
    const unsigned first = major << 5U;
    std::string out;
    const auto wide = [&](unsigned info, unsigned bytes) {
        out += static_cast<char>(first | info);
        append_big_endian(out, value, bytes);
    };
    if (value < 24) {
        out += static_cast<char>(first | static_cast<unsigned>(value));
    } else if (value <= 0xFFU) {
        wide(24, 1);
    } else if (value <= 0xFFFFU) {
        wide(25, 2);
    } else if (value <= 0xFFFFFFFFU) {
        wide(26, 4);
    } else {
        wide(27, 8);
    }
    return out;
}

}  // namespace

std::unexpected<Error> CborReader::wrong(std::size_t at, std::string_view why) {
    ended_ = true;
    declared_.clear();
    token_ = Token::kEnd;
    return fail(ErrorCode::kMalformedBody,
                "CBOR, byte " + std::to_string(at) + ": " + std::string{why});
}

bool CborReader::at_break() const {
    return left() > 0 && input_[at_] == kBreak;
}

Result<Token> CborReader::next() {
    auto token = step();
    if (token) token_ = *token;
    return token;
}

Result<Token> CborReader::step() {
    start_ = at_;
    if (ended_) {
        if (left() > 0) return wrong(at_, "nothing is expected after the value");
        return Token::kEnd;
    }
    if (declared_.empty() || value_due_) return value();
    const auto& declared = declared_.back();
    const bool full = declared ? nesting_.count() == *declared : at_break();
    if (full) return close();
    return nesting_.in_object() ? key() : value();
}

Result<CborReader::Head> CborReader::head() {
    const std::size_t at = at_;
    if (left() == 0) return wrong(at, "the input ends where an item is expected");
    const unsigned first = static_cast<unsigned char>(input_[at_++]);
    Head out{.at = at, .major = first >> 5U, .info = first & 31U, .value = first & 31U};
    if (out.info < 24) return out;
    out.value = 0;
    if (out.info == kIndefinite) return out;
    if (out.info > 27) return wrong(at, "a reserved length of the argument");
    const std::size_t width = std::size_t{1} << (out.info - 24);
    if (left() < width) return wrong(at, "the item's head does not end");
    for (const char c : input_.substr(at_, width)) {
        out.value = (out.value << 8U) | static_cast<unsigned char>(c);
    }
    at_ += width;
    return out;
}

Result<CborReader::Head> CborReader::head_after_tags() {
    bool decimal = false;
    while (true) {
        auto out = head();
        if (!out) return out;
        if (out->major != kTag) {
            out->decimal = decimal;
            return out;
        }
        if (decimal) return wrong(out->at, kDecimalExpected);
        if (out->info == kIndefinite) return wrong(out->at, "a tag has no indefinite length");
        decimal = out->value == kDecimalFraction && !labels_.empty();
        if (decimal) continue;
        if (const char* why = tag_refused(out->value)) return wrong(out->at, why);
    }
}

Result<Token> CborReader::value() {
    auto head = head_after_tags();
    if (!head) return pass(head);
    if (const char* why = nesting_.add_value()) return wrong(head->at, why);
    value_due_ = false;
    ended_ = nesting_.empty();  // A container opens it again.
    if (head->decimal) return decimal_fraction(*head);
    switch (head->major) {
        case kUnsigned:
            return unsigned_number(*head);
        case kNegative:
            return negative_number(*head);
        case kBytes:
            return byte_string(*head);
        case kText:
            return string(*head, Token::kString);
        case kArray:
        case kMap:
            return open(*head);
        default:
            return simple(*head);
    }
}

Result<Token> CborReader::key() {
    auto head = head_after_tags();
    if (!head) return pass(head);
    if (is_whole(*head) && !head->decimal && !labels_.empty()) {
        if (auto good = label(*head); !good) return pass(good);
    } else {
        if (head->major != kText || head->decimal) return wrong(head->at, "a key that is not text");
        if (auto token = string(*head, Token::kKey); !token) return token;
    }
    if (const char* why = nesting_.add_key(text_)) return wrong(head->at, why);
    value_due_ = true;
    return Token::kKey;
}

Result<Token> CborReader::unsigned_number(const Head& head) {
    if (head.info == kIndefinite) return wrong(head.at, "a number has no indefinite length");
    if (head.value > kIntMax) {
        unsigned_ = head.value;
        return Token::kUint;
    }
    integer_ = static_cast<std::int64_t>(head.value);
    return Token::kInt;
}

Result<Token> CborReader::negative_number(const Head& head) {
    if (head.info == kIndefinite) return wrong(head.at, "a number has no indefinite length");
    if (head.value > kIntMax) return wrong(head.at, "the whole number does not fit 64 bits");
    integer_ = -1 - static_cast<std::int64_t>(head.value);
    return Token::kInt;
}

Result<std::string_view> CborReader::bytes(const Head& head) {
    if (head.value > left()) return wrong(head.at, "the string's length goes beyond the input");
    const auto length = static_cast<std::size_t>(head.value);
    const std::string_view out = input_.substr(at_, length);
    if (head.major == kText && !is_utf8(out)) return wrong(head.at, "the string is not UTF-8");
    at_ += length;
    return out;
}

Result<Token> CborReader::string(const Head& head, Token as) {
    if (head.info == kIndefinite) {
        if (auto good = chunks(head); !good) return pass(good);
        text_ = scratch_;
    } else {
        auto whole = bytes(head);
        if (!whole) return pass(whole);
        text_ = *whole;
    }
    if (const char* why = nesting_.check_string(text_.size())) return wrong(head.at, why);
    return as;
}

Result<Token> CborReader::byte_string(const Head& head) {
    if (labels_.empty()) {
        return wrong(head.at, "byte strings are not read: send text, base 64 say");
    }
    if (auto token = string(head, Token::kString); !token) return token;
    std::string text = base64url_encode(text_);
    scratch_ = std::move(text);
    text_ = scratch_;
    if (const char* why = nesting_.check_string(text_.size())) return wrong(head.at, why);
    return Token::kString;
}

Result<Token> CborReader::whole(const Head& head) {
    return head.major == kUnsigned ? unsigned_number(head) : negative_number(head);
}

// A key that is a number becomes the text of its label.
Result<void> CborReader::label(const Head& head) {
    auto token = whole(head);
    if (!token) return pass(token);
    if (*token == Token::kInt) {
        const auto known = std::ranges::find(labels_, integer_, &CborLabel::number);
        if (known != labels_.end()) {
            text_ = known->text;
            return {};
        }
    }
    scratch_ = *token == Token::kInt ? std::to_string(integer_) : std::to_string(unsigned_);
    text_ = scratch_;
    return {};
}

// Section 3.4.4: an exponent of ten and a mantissa. Their decimal text is read as any other number
// is, so that it is rounded once and correctly.
Result<Token> CborReader::decimal_fraction(const Head& head) {
    if (head.major != kArray || head.info == kIndefinite || head.value != 2) {
        return wrong(head.at, kDecimalExpected);
    }
    std::string parts[2];
    for (std::string& part : parts) {
        auto number = this->head();
        if (!number) return pass(number);
        if (!is_whole(*number)) return wrong(head.at, kDecimalExpected);
        auto token = whole(*number);
        if (!token) return pass(token);
        part = *token == Token::kInt ? std::to_string(integer_) : std::to_string(unsigned_);
    }
    const NumberText read = read_number(parts[1] + "e" + parts[0]);
    if (read.refused != nullptr) return wrong(head.at, read.refused);
    number_ = read.number;
    return Token::kDouble;
}

// Section 3.2.3: pieces of definite length and of the same kind up to a break. Each piece of a text
// is UTF-8 by itself.
Result<void> CborReader::chunks(const Head& head) {
    scratch_.clear();
    while (!at_break()) {
        auto piece = this->head();
        if (!piece) return pass(piece);
        if (piece->major != head.major || piece->info == kIndefinite) {
            return wrong(piece->at, head.major == kText
                                        ? "a piece of text or a break is expected"
                                        : "a piece of the byte string or a break is expected");
        }
        auto text = bytes(*piece);
        if (!text) return pass(text);
        // Before the piece is kept, not after: what is put together stays within the limit.
        if (text->size() > string_bytes_max_ - scratch_.size()) {
            return wrong(head.at, "a string is longer than the limit `string_bytes`");
        }
        scratch_ += *text;
    }
    ++at_;
    return {};
}

Result<Token> CborReader::open(const Head& head) {
    const bool object = head.major == kMap;
    std::optional<std::uint64_t> declared;
    if (head.info != kIndefinite) {
        // An item takes a byte at least, a member two.
        if (head.value > left() / (object ? 2 : 1)) {
            return wrong(head.at, "the number of items goes beyond the input");
        }
        declared = head.value;
    }
    if (const char* why = nesting_.enter(object)) return wrong(head.at, why);
    declared_.push_back(declared);
    ended_ = false;
    return object ? Token::kObjectBegin : Token::kArrayBegin;
}

Result<Token> CborReader::close() {
    const bool object = nesting_.in_object();
    if (!declared_.back()) ++at_;  // the break
    nesting_.leave();
    declared_.pop_back();
    ended_ = nesting_.empty();
    return object ? Token::kObjectEnd : Token::kArrayEnd;
}

Result<Token> CborReader::simple(const Head& head) {
    switch (head.info) {
        case kFalse:
            boolean_ = false;
            return Token::kBool;
        case kTrue:
            boolean_ = true;
            return Token::kBool;
        case kNull:
            return Token::kNull;
        case kHalf:
            return floating(head, half_to_double(head.value));
        case kFloat:
            return floating(head, std::bit_cast<float>(static_cast<std::uint32_t>(head.value)));
        case kDouble:
            return floating(head, std::bit_cast<double>(head.value));
        case kIndefinite:
            return wrong(head.at, "a break where a value is expected");
        default:
            return wrong(head.at, "undefined and other simple values are not read");
    }
}

Result<Token> CborReader::floating(const Head& head, double number) {
    if (!std::isfinite(number)) return wrong(head.at, "the number is not finite");
    number_ = number;
    return Token::kDouble;
}

Result<std::string_view> CborReader::raw() {
    const std::size_t begin = start_;
    if (token_ == Token::kArrayBegin || token_ == Token::kObjectBegin) {
        const std::size_t outside = nesting_.depth() - 1;
        while (nesting_.depth() > outside) {
            if (auto token = next(); !token) return pass(token);
        }
    }
    return input_.substr(begin, at_ - begin);
}

void CborWriter::null() {
    order_.value();
    out_ += static_cast<char>((kSimple << 5U) | kNull);
}

void CborWriter::boolean(bool value) {
    order_.value();
    out_ += static_cast<char>((kSimple << 5U) | (value ? kTrue : kFalse));
}

void CborWriter::integer(std::int64_t value) {
    order_.value();
    whole_number(value);
}

void CborWriter::whole_number(std::int64_t value) {
    out_ += value < 0 ? head_text(kNegative, static_cast<std::uint64_t>(-1 - value))
                      : head_text(kUnsigned, static_cast<std::uint64_t>(value));
}

void CborWriter::unsigned_integer(std::uint64_t value) {
    order_.value();
    out_ += head_text(kUnsigned, value);
}

void CborWriter::number(double value) {
    check(std::isfinite(value));
    order_.value();
    // Looked at before it is narrowed: what is too large for a float has no defined outcome.
    const bool in_range = std::abs(value) <= double{std::numeric_limits<float>::max()};
    const float narrow = in_range ? static_cast<float>(value) : 0;
    if (!in_range || double{narrow} != value) {
        out_ += static_cast<char>((kSimple << 5U) | kDouble);
        append_big_endian(out_, std::bit_cast<std::uint64_t>(value), 8);
    } else if (const auto half = exact_half(narrow)) {
        out_ += static_cast<char>((kSimple << 5U) | kHalf);
        append_big_endian(out_, *half, 2);
    } else {
        out_ += static_cast<char>((kSimple << 5U) | kFloat);
        append_big_endian(out_, std::bit_cast<std::uint32_t>(narrow), 4);
    }
}

void CborWriter::text(std::string_view value) {
    order_.value();
    out_ += head_text(kText, value.size());
    out_ += value;
}

void CborWriter::begin(bool object) {
    order_.value();
    order_.begin(object, out_.size());
}

void CborWriter::end(bool object) {
    const Order::Level level = order_.end(object);
    // The head goes in front of what it counts, once that is known. Containers that lie further
    // out begin before it, so their places stay true.
    out_.insert(level.start, head_text(object ? kMap : kArray, level.count));
}

void CborWriter::begin_array() {
    begin(false);
}
void CborWriter::end_array() {
    end(false);
}
void CborWriter::begin_object() {
    begin(true);
}
void CborWriter::end_object() {
    end(true);
}

void CborWriter::key(std::string_view key) {
    order_.key();
    const auto label = std::ranges::find(labels_, key, &CborLabel::text);
    if (label != labels_.end()) return whole_number(label->number);
    out_ += head_text(kText, key.size());
    out_ += key;
}

void CborWriter::raw(std::string_view encoded) {
    check(!encoded.empty());
    order_.value();
    out_ += encoded;
}

std::string CborWriter::take() {
    order_.finish();
    return std::exchange(out_, {});
}

Result<Value> parse_cbor(std::string_view bytes, const ReaderLimits& limits) {
    CborReader reader{bytes, limits};
    if (auto token = reader.next(); !token) return pass(token);
    auto value = read_value(reader);
    if (!value) return value;
    if (auto end = reader.next(); !end) return pass(end);
    return value;
}

std::string to_cbor(const Value& value) {
    CborWriter writer;
    write_value(writer, value);
    return writer.take();
}

}  // namespace tandem::codec
