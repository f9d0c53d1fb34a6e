#pragma once

#include "base/reader.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tandem::codec {

/// A number as text, read or refused. One meaning for all formats that write numbers as JSON does.
struct NumberText {
    Token token = Token::kInt;  ///< kInt, kUint or kDouble: which of the three below holds
    std::int64_t integer = 0;
    std::uint64_t unsigned_integer = 0;
    double number = 0;
    std::size_t end = 0;            ///< where the number ends, or is refused
    const char* refused = nullptr;  ///< why, or nullptr
    bool too_large = false;         ///< refused for its size alone: the grammar is kept
};

/// Reads the number that `text` begins with, RFC 8259 section 6; what follows it is left alone.
/// Whole numbers are exact 64-bit integers, `-0` is the double −0, every other a finite double,
/// correctly rounded.
[[nodiscard]] NumberText read_number(std::string_view text);

/// The shortest text that reads back as `number`, which is finite. One that is whole has a
/// fraction or an exponent, so that it reads back as a double.
[[nodiscard]] std::string number_text(double number);

}  // namespace tandem::codec
