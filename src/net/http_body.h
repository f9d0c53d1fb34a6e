#pragma once

#include "base/error.h"
#include "net/http_grammar.h"
#include "net/limits.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace tandem::net {

/// How a message says where its body ends. RFC 9112 section 6.3.
struct Framing {
    enum class Kind : std::uint8_t { kNone, kLength, kChunked, kUntilClose };
    Kind kind = Kind::kNone;
    std::uint64_t length = 0;  ///< kLength: above 0
};

enum class HttpVersion : std::uint8_t { k10, k11 };

/// What the fields of a message say. Whatever two readers could understand differently is refused:
/// Content-Length beside Transfer-Encoding, either of them twice, a coding before `chunked`,
/// Transfer-Encoding in HTTP/1.0. Without either the kind is kNone.
/// Fails with kBadRequest, or with kNotImplemented for a coding that is not known.
[[nodiscard]] Result<Framing> read_framing(const Headers& headers, HttpVersion version);

/// Takes a body out of bytes that arrive in pieces. Memory follows what has been received.
class BodyReader {
public:
    explicit BodyReader(const Limits& limits) : limits_{&limits} {}

    /// A new body of at most `max` bytes. Fails with kBodyTooLarge when its declared length alone
    /// is more.
    [[nodiscard]] Result<void> start(const Framing& framing, std::size_t max);
    /// Appends to `body` what it takes from the front of `bytes`. True: the body is whole.
    /// Fails with kBodyTooLarge, or with kBadRequest for what is no chunk. Trailer fields are
    /// checked and dropped.
    [[nodiscard]] Result<bool> read(std::span<const std::uint8_t>& bytes, std::string& body);
    [[nodiscard]] bool until_close() const { return state_ == State::kUntilClose; }

private:
    enum class State : std::uint8_t {
        kDone,
        kLength,
        kUntilClose,
        kChunkSize,
        kChunkData,
        kChunkEnd,
        kTrailer,
    };

    [[nodiscard]] Result<bool> step(std::span<const std::uint8_t>& bytes, std::string& body);
    void take(std::span<const std::uint8_t>& bytes, std::string& body);
    [[nodiscard]] Result<bool> read_until_close(std::span<const std::uint8_t>& bytes,
                                                std::string& body);
    [[nodiscard]] Result<bool> read_size(std::span<const std::uint8_t>& bytes,
                                         const std::string& body);
    [[nodiscard]] Result<bool> read_chunk_end(std::span<const std::uint8_t>& bytes);
    [[nodiscard]] Result<bool> read_trailer(std::span<const std::uint8_t>& bytes);

    const Limits* limits_;
    State state_ = State::kDone;
    std::size_t max_ = 0;
    std::uint64_t left_ = 0;  // Of the body or of the chunk.
    std::size_t extension_left_ = 0;
    std::size_t trailer_left_ = 0;
    LineReader lines_;
};

}  // namespace tandem::net
