#pragma once

#include "base/error.h"
#include "base/value.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tandem {

/// What a reader stands on.
enum class Token : std::uint8_t {
    kNull,
    kBool,
    kInt,     ///< fits std::int64_t
    kUint,    ///< above 2^63-1, fits std::uint64_t
    kDouble,  ///< finite
    kString,
    kArrayBegin,
    kArrayEnd,
    kObjectBegin,
    kKey,
    kObjectEnd,
    kEnd,  ///< the whole input has been read, nothing trails
};

/// What a reader refuses to go past; all are `kMalformedBody` with the limit's name.
struct ReaderLimits {
    std::size_t depth = 32;  ///< CBOR readers are made with 16.
    std::size_t object_keys = 1'024;
    std::size_t array_items = 10'000;
    std::size_t nodes = 20'000;
    std::size_t string_bytes = 64 * 1'024;
    std::size_t key_bytes = 128;
};

/// Pulls one encoded value, token by token, without building a tree. One per format, in `codec/`.
///
/// Every reader refuses, with `kMalformedBody` and the byte offset in the detail: bytes that are
/// not the format, invalid UTF-8, a repeated key, a number that is not finite or does not fit,
/// whatever passes the limits, and anything after the value. After a failure the reader is done.
class Reader {
public:
    Reader() = default;
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    virtual ~Reader() = default;

    /// Steps to the next token. `kEnd` after the value, for ever.
    virtual Result<Token> next() = 0;

    [[nodiscard]] Token token() const { return token_; }
    [[nodiscard]] bool boolean() const { return boolean_; }                     ///< kBool
    [[nodiscard]] std::int64_t integer() const { return integer_; }             ///< kInt
    [[nodiscard]] std::uint64_t unsigned_integer() const { return unsigned_; }  ///< kUint
    [[nodiscard]] double number() const { return number_; }                     ///< kDouble
    /// kString, kKey; valid until the next step.
    [[nodiscard]] std::string_view text() const { return text_; }

protected:
    Token token_ = Token::kEnd;
    bool boolean_ = false;
    std::int64_t integer_ = 0;
    std::uint64_t unsigned_ = 0;
    double number_ = 0;
    std::string_view text_;
};

/// A reader of a format whose values can be cut out of their surroundings and stand alone.
class RawReader : public Reader {
public:
    /// Standing on the first token of a value: steps to its last token and gives the bytes of the
    /// whole value, checked. The view is into the input.
    virtual Result<std::string_view> raw() = 0;
};

/// Standing on the first token of a value: steps to its last and gives it as a tree.
[[nodiscard]] Result<Value> read_value(Reader& reader);

/// Puts one value together, token by token. Whoever calls keeps the order legal (a key before each
/// member's value, as many ends as begins); check() sees to it.
class Writer {
public:
    Writer() = default;
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    virtual ~Writer() = default;

    virtual void null() = 0;
    virtual void boolean(bool value) = 0;
    virtual void integer(std::int64_t value) = 0;
    virtual void unsigned_integer(std::uint64_t value) = 0;
    virtual void number(double value) = 0;          ///< finite
    virtual void text(std::string_view value) = 0;  ///< valid UTF-8
    virtual void begin_array() = 0;
    virtual void end_array() = 0;
    virtual void begin_object() = 0;
    virtual void key(std::string_view key) = 0;
    virtual void end_object() = 0;

    /// The bytes written so far, taken out; the writer is as new.
    [[nodiscard]] virtual std::string take() = 0;
};

/// A writer of a format whose values can be put among others as they are.
class RawWriter : public Writer {
public:
    /// A whole value, already in this writer's encoding.
    virtual void raw(std::string_view encoded) = 0;
};

void write_value(Writer& writer, const Value& value);

}  // namespace tandem
