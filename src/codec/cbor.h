#pragma once

#include "base/reader.h"
#include "codec/nesting.h"
#include "codec/order.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::codec {

/// How deep CBOR nests; devices that speak it have little stack.
inline constexpr ReaderLimits kCborLimits{.depth = 16};

/// A key that is written as a whole number instead of its text.
struct CborLabel {
    std::int64_t number = 0;
    std::string_view text;
};
/// None, or all that a format has.
using CborLabels = std::span<const CborLabel>;

/// CBOR, RFC 8949, of what JSON can say too: see Reader for what is refused of every format.
///
/// Definite and indefinite lengths are read, and numbers in any width. Tags are skipped, but for
/// those that would change a number (2 and 3 bignums, 4 decimal fractions, 5 bigfloats), which are
/// refused, as are byte strings, undefined, other simple values and keys that are not text. The
/// offset in a refusal is where the refused item begins. Never allocates by a declared length. A
/// string in one piece is a view into the input.
///
/// With labels, a key may be a whole number: it is presented as the text of its label, or in digits
/// where it has none. A byte string is then presented as text in base64url, and a decimal fraction
/// of 64-bit numbers as the nearest double. The labels outlive the reader.
class CborReader final : public RawReader {
public:
    explicit CborReader(std::string_view input,
                        const ReaderLimits& limits = kCborLimits,
                        CborLabels labels = {})
        : input_{input},
          nesting_{limits},
          string_bytes_max_{limits.string_bytes},
          labels_{labels} {}

    Result<Token> next() override;
    Result<std::string_view> raw() override;

private:
    /// What an item begins with, RFC 8949 section 3.
    struct Head {
        std::size_t at = 0;       ///< where it begins
        unsigned major = 0;       ///< 0 to 7
        unsigned info = 0;        ///< 0 to 31; 31 is indefinite, or a break
        std::uint64_t value = 0;  ///< the argument; 0 for 31
        bool decimal = false;     ///< tagged as a decimal fraction
    };

    [[nodiscard]] static bool is_whole(const Head& head) { return head.major <= 1; }

    Result<Token> step();
    Result<Token> value();
    Result<Token> key();
    Result<Token> unsigned_number(const Head& head);
    Result<Token> negative_number(const Head& head);
    Result<Token> string(const Head& head, Token as);
    Result<Token> byte_string(const Head& head);
    Result<void> chunks(const Head& head);
    Result<Token> decimal_fraction(const Head& head);
    Result<Token> whole(const Head& head);
    Result<void> label(const Head& head);
    Result<Token> open(const Head& head);
    Result<Token> close();
    Result<Token> simple(const Head& head);
    Result<Token> floating(const Head& head, double number);
    Result<Head> head();
    Result<Head> head_after_tags();
    Result<std::string_view> bytes(const Head& head);
    [[nodiscard]] std::unexpected<Error> wrong(std::size_t at, std::string_view why);
    [[nodiscard]] bool at_break() const;
    [[nodiscard]] std::size_t left() const { return input_.size() - at_; }

    std::string_view input_;
    std::size_t at_ = 0;
    std::size_t start_ = 0;   // Where the present token began, its tags included.
    bool ended_ = false;      // The value is complete, or was refused.
    bool value_due_ = false;  // A key was read, its value was not.
    Nesting nesting_;
    std::size_t string_bytes_max_;
    CborLabels labels_;
    // Per level of nesting_: how many items or members it has, nothing for "until the break".
    std::vector<std::optional<std::uint64_t>> declared_;
    std::string scratch_;  // A string that does not stand in the input as it is.
};

/// CBOR with definite lengths and the shortest form of every number; a double becomes a float or a
/// half where that keeps its value. With labels, their keys are written as numbers.
class CborWriter final : public RawWriter {
public:
    explicit CborWriter(CborLabels labels = {}) : labels_{labels} {}

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
    void begin(bool object);
    void end(bool object);
    void whole_number(std::int64_t value);

    CborLabels labels_;
    std::string out_;
    Order order_;
};

[[nodiscard]] Result<Value> parse_cbor(std::string_view bytes,
                                       const ReaderLimits& limits = kCborLimits);
[[nodiscard]] std::string to_cbor(const Value& value);

}  // namespace tandem::codec
