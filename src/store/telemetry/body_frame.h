#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::store {

/// Appends `body` to `out` as one zstd frame (RFC 8878) that says how long the body is; or nothing,
/// and gives false, when that would not be smaller. Any thread: each has a compressor of its own,
/// since making one takes longer than compressing a few kilobytes.
[[nodiscard]] bool put_compressed(std::string& out, std::string_view body);

/// The body of `size` bytes that `frame` holds; nothing when `frame` is not exactly one frame of a
/// body of that size. Allocates only when the frame tells the same size and is long enough to hold
/// it.
[[nodiscard]] std::optional<std::string> decompress(std::string_view frame, std::size_t size);

}  // namespace tandem::store
