#pragma once

#include "store/telemetry/byte_reader.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace tandem::store {

/// Writes `texts`, at least one, one after the other, or each different one once and then which is
/// where; whichever is smaller. How many there are is not written.
void put_texts(std::string& out, std::span<const std::string> texts);

/// Reads as many texts as `texts` has room for; refuses in `from` what is not such a form, and,
/// before allocating, more than `bytes_left` bytes in all. Takes from `bytes_left` what it gives.
void read_texts(ByteReader& from, std::span<std::string> texts, std::size_t& bytes_left);

}  // namespace tandem::store
