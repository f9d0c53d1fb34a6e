#pragma once

#include <cstddef>

namespace tandem::store {

/// What a chunk holds at most. The store seals at 512 rows and splits at 768; the rest is room.
constexpr std::size_t kChunkRowsMax = 4'096;
constexpr std::size_t kChunkColumnsMax = 1'024;
/// In all columns together: 768 rows of as many columns as there may be, and some.
constexpr std::size_t kChunkValuesMax = std::size_t{1} << 20U;
/// Of all strings and documents together: 768 rows with the longest string, 64 KiB, and some.
constexpr std::size_t kChunkTextBytesMax = std::size_t{64} << 20U;
/// Of the body before compression: the texts as they are, and at most ten bytes, a varint, of each
/// value and as much again for what is told of it.
constexpr std::size_t kChunkBodyBytesMax = kChunkTextBytesMax + 20 * kChunkValuesMax;

}  // namespace tandem::store
