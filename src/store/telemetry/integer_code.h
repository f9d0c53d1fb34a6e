#pragma once

#include "store/telemetry/byte_reader.h"

#include <cstdint>
#include <span>
#include <string>

namespace tandem::store {

/// Writes `values`, at least one, whatever 64 bits each has, in one of four forms, the one that
/// promises to be the smallest:
/// - a line: the first value and a step (a constant is a line whose step is zero);
/// - the distance of each from the smallest;
/// - the first, and how much more than the smallest step each step is;
/// - the first, the first step, and how each step differs from the one before.
/// Steps are taken modulo 2^64, so that there is no value they cannot reach. How many values there
/// are is not written.
void put_integers(std::string& out, std::span<const std::uint64_t> values);

/// Reads as many values as `values` has room for; refuses in `from` what is not such a form.
void read_integers(ByteReader& from, std::span<std::uint64_t> values);

}  // namespace tandem::store
