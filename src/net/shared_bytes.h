#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace tandem::net {

/// Bytes that many queues hold by reference and nobody changes any more. Any thread.
class SharedBytes {
public:
    SharedBytes() = default;
    /// `bytes` stays as long as `owner`.
    SharedBytes(std::shared_ptr<const void> owner, std::string_view bytes)
        : owner_{std::move(owner)}, bytes_{bytes} {}
    explicit SharedBytes(const std::shared_ptr<const std::string>& block)
        : owner_{block}, bytes_{*block} {}

    [[nodiscard]] std::string_view bytes() const { return bytes_; }
    [[nodiscard]] bool empty() const { return bytes_.empty(); }
    /// Takes `next` in when it lies right behind in the same memory.
    [[nodiscard]] bool join(const SharedBytes& next) {
        const bool behind = bytes_.data() + bytes_.size() == next.bytes_.data();
        // Two owners may have memory that touches.
        if (!behind || owner_ != next.owner_) return false;
        bytes_ = {bytes_.data(), bytes_.size() + next.bytes_.size()};
        return true;
    }

private:
    std::shared_ptr<const void> owner_;
    std::string_view bytes_;
};

/// Where a thread writes what many get, one after the other: what is written in one turn lies side
/// by side, and a connection that gets all of it sends one piece. Nothing is moved once written.
class SharedLog {
public:
    /// The calling thread's own.
    [[nodiscard]] static SharedLog& of_this_thread();

    /// Room for `size` bytes, to be filled before the next call.
    [[nodiscard]] char* make_room(std::size_t size);
    /// The room that was made last.
    [[nodiscard]] SharedBytes written() const { return {block_, {last_, last_bytes_}}; }

private:
    std::shared_ptr<char[]> block_;  // NOLINT(*-avoid-c-arrays): shared, of a size of its own
    std::size_t used_ = 0;
    char* last_ = nullptr;
    std::size_t last_bytes_ = 0;
};

}  // namespace tandem::net
