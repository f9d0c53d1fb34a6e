#pragma once

#include "base/error.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace tandem::net {

/// Compresses and inflates the messages of permessage-deflate (RFC 7692 section 7.2), each by
/// itself. One serves all connections of a thread, so that none needs a window of its own: 300 KiB
/// once instead of each.
class MessageDeflate {
public:
    /// The calling thread's own, made when it is first needed.
    [[nodiscard]] static MessageDeflate& of_this_thread();

    MessageDeflate();
    MessageDeflate(const MessageDeflate&) = delete;
    MessageDeflate& operator=(const MessageDeflate&) = delete;
    ~MessageDeflate();

    /// `message` compressed with a window of 2^`window_bits` bytes, 9 to 15, without the four bytes
    /// that section 7.2.1 takes off. Good until the next call.
    [[nodiscard]] std::string_view compress(std::string_view message, int window_bits);

    /// What the payload of a compressed message says, `max` bytes at most; no more than that is
    /// ever made. Good until the next call. Fails with kBodyTooLarge and `Error::limit`, or with
    /// kMalformedBody when the payload is not what DEFLATE makes (RFC 1951).
    [[nodiscard]] Result<std::string_view> inflate(std::string_view payload, std::size_t max);

private:
    struct Streams;
    // How far a message has been inflated: what zlib said last, and the bytes in out_.
    struct Inflated {
        int said = 0;
        std::size_t made = 0;
    };
    Result<void> inflate_some(Inflated& inflated, std::size_t max);

    std::unique_ptr<Streams> streams_;
    std::string out_;
};

}  // namespace tandem::net
