#pragma once

#include "net/shared_bytes.h"

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tandem::net {

/// Bytes on their way out, in pieces: owned ones, gathered as they come, and blocks that many
/// queues share. Holds no memory while it is empty: what it had goes to the next queue of the
/// thread that needs some, so that a busy thread allocates nothing for it.
class OutputQueue {
public:
    OutputQueue() = default;
    OutputQueue(const OutputQueue&) = delete;
    OutputQueue& operator=(const OutputQueue&) = delete;
    ~OutputQueue() = default;

    void append(std::string_view bytes);
    void append(const SharedBytes& bytes);
    void append(const std::shared_ptr<const std::string>& block) { append(SharedBytes{block}); }
    /// While `on`, short shared pieces are copied, those that are there too: they keep more in
    /// memory than themselves, which a queue that does not leave should not.
    void own_small(bool on);

    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    [[nodiscard]] bool empty() const { return bytes_ == 0; }
    [[nodiscard]] std::size_t pieces() const { return pieces_.size() - first_; }

    /// Describes bytes from the front for writev(2); gives the part of `vectors` that it used.
    /// Good until the queue changes.
    [[nodiscard]] std::span<iovec> describe(std::span<iovec> vectors) const;
    /// Copies from the front as much as there is and fits; gives how much.
    // NOLINTNEXTLINE(modernize-use-nodiscard): bytes() has told whoever made `to` as big
    std::size_t copy(std::span<std::uint8_t> to) const;
    /// Forgets `count` bytes at the front: bytes() at most.
    void drop(std::size_t count);
    void clear();

private:
    using Piece = std::variant<std::string, SharedBytes>;
    static std::string_view text_of(const Piece& piece);
    static std::string take_string();

    struct Spare;
    static Spare& spare();
    void make_room();

    std::vector<Piece> pieces_;
    bool owns_small_ = false;
    std::size_t first_ = 0;   // The pieces before it are empty.
    std::size_t offset_ = 0;  // Bytes of the first piece that have gone.
    std::size_t bytes_ = 0;
};

}  // namespace tandem::net
