#pragma once

#include "base/reader.h"
#include "codec/nesting.h"
#include "codec/order.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tandem::codec {

/// JSON, RFC 8259, strict: see Reader for what is refused. Whole numbers are exact 64-bit
/// integers; `-0` is the double −0. A string without escapes is a view into the input.
class JsonReader final : public RawReader {
public:
    explicit JsonReader(std::string_view input, const ReaderLimits& limits = {})
        : input_{input}, nesting_{limits} {}

    Result<Token> next() override;
    Result<std::string_view> raw() override;

private:
    enum class Expect : std::uint8_t { kValue, kFirstItem, kFirstKey, kKey, kAfterValue, kEnd };

    Result<Token> step();
    Result<Token> value();
    Result<Token> open(bool object);
    Result<Token> close(bool object);
    Result<Token> after_value();
    Result<Token> key();
    Result<Token> string(Token as);
    Result<Token> number();
    Result<Token> word(std::string_view text, Token token);
    Result<void> plain();
    Result<void> escaped();
    Result<void> escape();
    void skip_space();
    [[nodiscard]] std::unexpected<Error> wrong(std::string_view why);
    [[nodiscard]] char peek() const { return at_ < input_.size() ? input_[at_] : '\0'; }
    [[nodiscard]] bool more() const { return at_ < input_.size(); }

    std::string_view input_;
    std::size_t at_ = 0;
    std::size_t start_ = 0;  // Where the present token began.
    Expect expect_ = Expect::kValue;
    Nesting nesting_;
    std::string scratch_;  // A string with escapes, decoded.
};

/// Compact JSON. A double that is whole is written with a fraction or an exponent, so that it is
/// read back as a double.
class JsonWriter final : public RawWriter {
public:
    void null() override;
    void boolean(bool value) override;
    void integer(std::int64_t value) override;
    void unsigned_integer(std::uint64_t value) override;
    void number(double value) override;
    void text(std::string_view value) override;
    void begin_array() override;
    void end_array() override;
    void begin_object() override;
    void key(std::string_view key) override;
    void end_object() override;
    void raw(std::string_view encoded) override;
    [[nodiscard]] std::string take() override;

private:
    void begin_value();
    void quote(std::string_view text);

    std::string out_;
    Order order_;
};

[[nodiscard]] Result<Value> parse_json(std::string_view text, const ReaderLimits& limits = {});
[[nodiscard]] std::string to_json(const Value& value);

}  // namespace tandem::codec
