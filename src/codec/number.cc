#include "codec/number.h"

#include "base/check.h"

#include <charconv>
#include <cmath>
#include <cstdlib>

namespace tandem::codec {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Steps over the parts of a number; says why when one is not there.
class Scan {
public:
    explicit Scan(std::string_view text) : text_{text} {}

    [[nodiscard]] std::size_t at() const { return at_; }
    [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    const char* whole() {
        if (peek() == '-') ++at_;
        const std::size_t begin = at_;
        if (const char* why = digits()) return why;
        return text_[begin] == '0' && at_ - begin > 1 ? "a number has no leading zeros" : nullptr;
    }

    const char* fraction_and_exponent() {
        if (peek() == '.') {
            ++at_;
            if (const char* why = digits()) return why;
        }
        if (peek() != 'e' && peek() != 'E') return nullptr;
        ++at_;
        if (peek() == '+' || peek() == '-') ++at_;
        return digits();
    }

private:
    const char* digits() {
        if (!is_digit(peek())) return "a digit is expected";
        while (is_digit(peek()))
            ++at_;
        return nullptr;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

/// Whether the whole number that `text` is fits `into`, where it is put.
template <typename Integer>
bool whole_number(std::string_view text, Integer& into) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
    return error == std::errc{};
}

void refuse_size(NumberText& out, const char* why) {
    out.refused = why;
    out.too_large = true;
}

void integer(std::string_view text, NumberText& out) {
    if (whole_number(text, out.integer)) return;
    out.token = Token::kUint;
    if (text.front() != '-' && whole_number(text, out.unsigned_integer)) return;
    refuse_size(out, "the whole number does not fit 64 bits");
}

void floating(std::string_view text, NumberText& out) {
    out.token = Token::kDouble;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.number);
    if (error != std::errc::result_out_of_range) return;
    // from_chars says the same of what is too large and what is too small for a double.
    out.number = std::strtod(std::string{text}.c_str(), nullptr);
    if (!std::isfinite(out.number)) refuse_size(out, "the number is too large");
}

}  // namespace

NumberText read_number(std::string_view text) {
    NumberText out;
    Scan scan{text};
    out.refused = scan.whole();
    const std::size_t whole_end = scan.at();
    if (out.refused == nullptr) out.refused = scan.fraction_and_exponent();
    out.end = scan.at();
    if (out.refused != nullptr) return out;
    const std::string_view number = text.substr(0, out.end);
    if (out.end == whole_end && number != "-0") {
        integer(number, out);
    } else {
        floating(number, out);
    }
    return out;
}

std::string number_text(double number) {
    check(std::isfinite(number));
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, number).ptr;
    std::string out{text, end};
    if (out.find_first_of(".e") == std::string::npos) out += ".0";
    return out;
}

}  // namespace tandem::codec
