#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tandem::net {

/// Bytes that have been received and cannot be used yet. Whoever holds some reads no more until
/// they have been used, so there are never more than had been read by then.
class HeldBytes {
public:
    [[nodiscard]] bool empty() const { return used_ == bytes_.size(); }
    /// Good until the next append() or keep().
    [[nodiscard]] std::span<const std::uint8_t> rest() const {
        return std::span{bytes_}.subspan(used_);
    }
    void append(std::span<const std::uint8_t> bytes) {
        if (bytes.empty()) return;
        // Moved to the front only when that makes room for what comes: each byte once or twice.
        if (used_ >= bytes_.size() - used_) {
            bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(used_));
            used_ = 0;
        }
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    }
    /// Forgets all but the last `count` bytes.
    void keep(std::size_t count) {
        used_ = bytes_.size() - count;
        if (count == 0) clear();
    }
    void clear() {
        bytes_ = {};  // Held bytes are rare: an idle connection keeps no room for them.
        used_ = 0;
    }

private:
    std::vector<std::uint8_t> bytes_;
    std::size_t used_ = 0;
};

}  // namespace tandem::net
