#pragma once

#include "base/error.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct z_stream_s;   // zlib's. NOLINT(readability-identifier-naming)
struct ZSTD_CCtx_s;  // libzstd's

namespace tandem::codec {

/// How a body is made smaller on the wire: content codings, RFC 9110 section 8.4.1.
enum class Coding : std::uint8_t {
    kGzip,  ///< RFC 1952
    kZstd,  ///< RFC 8878
};

/// The coding of a name in Content-Encoding, in any case; `x-gzip` is gzip. Nothing for others.
[[nodiscard]] std::optional<Coding> coding_named(std::string_view name);
[[nodiscard]] std::string_view name_of(Coding coding);

/// The coding for the answer to a request with this Accept-Encoding field, RFC 9110 section 12.5.3;
/// nothing when the answer is sent as it is: an absent field, a coding that is not known here, or
/// the answer as it is preferred. Among equals zstd, then gzip. Where `identity;q=0` rules out the
/// answer as it is and there is no other way, it is sent nevertheless, as section 12.5.3 lets us.
[[nodiscard]] std::optional<Coding> choose_coding(std::string_view accept_encoding);
/// Whether such a field accepts `coding`, however gladly.
[[nodiscard]] bool accepts_coding(std::string_view accept_encoding, Coding coding);

/// What inflate() did, for who watches it.
struct InflateWork {
    std::size_t bytes_read = 0;  ///< of the compressed ones
    std::size_t bytes_made = 0;  ///< inflated so far; one more than the bound at most
};

/// The whole of a compressed body. Several gzip members or zstd frames one after the other are one
/// body (RFC 1952 section 2.2, RFC 8878 section 3.1), up to 10,000; skippable frames are skipped.
///
/// Stops as soon as there would be more than `bytes_max` bytes: `kBodyTooLarge` with the limit
/// `body_bytes`. What it holds follows what came out of the body so far, whatever sizes the body
/// claims to have; besides that a window of 32 KiB for gzip and of 8 MiB at most for zstd, which is
/// what RFC 8878 section 3.1.1.1.2 recommends. The time it takes is linear in what it reads and
/// makes.
///
/// Fails with `kMalformedBody` and the byte offset in the detail on what is damaged, cut off or
/// followed by anything else, on more members or frames, and on a zstd frame that needs a
/// dictionary or a larger window.
[[nodiscard]] Result<std::string> inflate(Coding coding,
                                          std::string_view bytes,
                                          std::size_t bytes_max,
                                          InflateWork* work = nullptr);

/// Makes a stream of bytes smaller, for answers that are written piece by piece. Holds about
/// 256 KiB for gzip and 1 MiB for zstd.
class Deflater {
public:
    explicit Deflater(Coding coding);

    /// Takes `bytes` in; some of what becomes of them is appended to `out`, now or later.
    void append(std::string_view bytes, std::string& out);
    /// Appends what it takes for the receiver to decode everything so far.
    void flush(std::string& out);
    /// Appends the end. Nothing follows.
    void finish(std::string& out);

private:
    struct GzipEnd {
        void operator()(z_stream_s* stream) const;
    };
    struct ZstdEnd {
        void operator()(ZSTD_CCtx_s* stream) const;
    };
    enum class Until : std::uint8_t { kTaken, kFlushed, kFinished };

    void run(std::string_view bytes, Until until, std::string& out);
    void run_gzip(std::string_view bytes, Until until, std::string& out);
    void run_zstd(std::string_view bytes, Until until, std::string& out);

    // One of the two.
    std::unique_ptr<z_stream_s, GzipEnd> gzip_;
    std::unique_ptr<ZSTD_CCtx_s, ZstdEnd> zstd_;
    bool finished_ = false;
};

/// Inflates a stream of gzip, RFC 1952, that arrives in pieces, for files of any length. Members
/// one after the other are one stream. Holds a window of 32 KiB.
class GzipReader {
public:
    GzipReader();

    /// Takes `bytes` in and appends what becomes of them, up to about 1,000 times as many. Fails
    /// with kMalformedBody on what is damaged or no gzip; it is done then.
    [[nodiscard]] Result<void> append(std::string_view bytes, std::string& out);
    /// Fails with kMalformedBody when the stream ends early.
    [[nodiscard]] Result<void> finish() const;

private:
    struct End {
        void operator()(z_stream_s* stream) const;
    };
    std::unique_ptr<z_stream_s, End> stream_;
    std::uint64_t read_ = 0;
    bool in_member_ = true;  // An empty stream is none.
};

}  // namespace tandem::codec
