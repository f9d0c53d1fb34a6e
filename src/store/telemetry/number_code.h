#pragma once

#include "store/telemetry/byte_reader.h"

#include <cstdint>
#include <span>
#include <string>

namespace tandem::store {

/// Writes doubles, at least one, as their 64 bits, every one of which comes back: NaN payloads,
/// infinities and −0 too. Takes the smaller of two forms:
/// - decimal: integers that divided by one power of ten, 10^0 to 10^9, give the doubles; those for
///   which that is not so exactly stand apart, with where they are;
/// - planes: each is XORed with the one before, then the lowest bytes of all, the next lowest, and
///   so on; a plane of zeros is left out.
/// How many doubles there are is not written.
void put_numbers(std::string& out, std::span<const std::uint64_t> doubles);

/// Reads as many doubles as `doubles` has room for; refuses in `from` what is not such a form.
void read_numbers(ByteReader& from, std::span<std::uint64_t> doubles);

/// One double, in 2 to 9 bytes, decimal where that is exact.
void put_number(std::string& out, double number);
[[nodiscard]] double read_number(ByteReader& from);

}  // namespace tandem::store
