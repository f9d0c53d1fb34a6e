#include "net/websocket_deflate.h"

#include "base/check.h"
#include "net/http_grammar.h"

#include <zlib.h>

#include <algorithm>

namespace tandem::net {
namespace {

// What a sender takes off and a receiver puts back: an empty block without compression.
constexpr std::string_view kTail{"\0\0\xff\xff", 4};
// Telemetry repeats itself so much that more effort gains little: RFC 7692 leaves it open.
constexpr int kLevel = 3;
constexpr int kMemoryLevel = 8;
constexpr int kLargestWindow = 15;
// Room that the thread keeps between two messages.
constexpr std::size_t kKeptBytes = std::size_t{64} * 1'024;

Bytef* as_input(std::string_view text) {
    // zlib reads it only; the field is not const for old compilers' sake.
    return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));  // NOLINT(*-const-cast)
}

// Whether DEFLATE could go on with another block, or has ended: bits of zlib's `data_type`.
bool between_blocks(const z_stream& stream) {
    constexpr int kUnusedBits = 31;
    constexpr int kAtBlock = 128;
    return (stream.data_type & kUnusedBits) == 0 && (stream.data_type & kAtBlock) != 0;
}

}  // namespace

struct MessageDeflate::Streams {
    z_stream deflate{};
    z_stream inflate{};
    int window_bits = kLargestWindow;

    Streams() {
        begin(kLargestWindow);
        check(::inflateInit2(&inflate, -kLargestWindow) == Z_OK);
    }
    Streams(const Streams&) = delete;
    Streams& operator=(const Streams&) = delete;
    ~Streams() {
        ::deflateEnd(&deflate);
        ::inflateEnd(&inflate);
    }
    void begin(int bits) {
        check(::deflateInit2(&deflate, kLevel, Z_DEFLATED, -bits, kMemoryLevel,
                             Z_DEFAULT_STRATEGY) == Z_OK);
        window_bits = bits;
    }
    void restart(int bits) {
        if (bits == window_bits) {
            check(::deflateReset(&deflate) == Z_OK);
            return;
        }
        // Who asks for a smaller window than everybody else waits for a new one.
        ::deflateEnd(&deflate);
        begin(bits);
    }
};

MessageDeflate::MessageDeflate() : streams_{std::make_unique<Streams>()} {}

MessageDeflate::~MessageDeflate() = default;

MessageDeflate& MessageDeflate::of_this_thread() {
    thread_local MessageDeflate own;  // NOLINT(misc-use-internal-linkage): of this function
    return own;
}

std::string_view MessageDeflate::compress(std::string_view message, int window_bits) {
    check(window_bits >= 9 && window_bits <= kLargestWindow);
    streams_->restart(window_bits);
    z_stream& stream = streams_->deflate;
    // The bound is for one stream without a flush; a flush adds an empty block.
    out_.resize(::deflateBound(&stream, message.size()) + 2 * kTail.size());
    stream.next_in = as_input(message);
    stream.avail_in = static_cast<uInt>(message.size());
    stream.next_out = reinterpret_cast<Bytef*>(out_.data());
    stream.avail_out = static_cast<uInt>(out_.size());
    check(::deflate(&stream, Z_SYNC_FLUSH) == Z_OK);
    check(stream.avail_in == 0 && stream.avail_out > 0);
    const std::string_view made{out_.data(), out_.size() - stream.avail_out};
    check(made.ends_with(kTail));
    return made.substr(0, made.size() - kTail.size());
}

Result<std::string_view> MessageDeflate::inflate(std::string_view payload, std::size_t max) {
    z_stream& stream = streams_->inflate;
    check(::inflateReset(&stream) == Z_OK);
    if (out_.size() > std::max(max + 1, kKeptBytes)) out_ = std::string{};
    Inflated inflated;
    for (const std::string_view part : {payload, kTail}) {
        // Section 7.2.3.5: a block that calls itself the last one ends the message too.
        if (inflated.said == Z_STREAM_END) break;
        stream.next_in = as_input(part);
        stream.avail_in = static_cast<uInt>(part.size());
        do {
            if (auto good = inflate_some(inflated, max); !good) return pass(good);
        } while (stream.avail_in > 0 || (stream.avail_out == 0 && inflated.said == Z_OK));
    }
    if (inflated.said != Z_STREAM_END && !between_blocks(stream)) {
        return fail(ErrorCode::kMalformedBody, "The message ends inside a block of DEFLATE.");
    }
    return std::string_view{out_.data(), inflated.made};
}

// As much as out_ has room for.
Result<void> MessageDeflate::inflate_some(Inflated& inflated, std::size_t max) {
    z_stream& stream = streams_->inflate;
    // What called itself the last block may be followed by others all the same.
    if (inflated.said == Z_STREAM_END) check(::inflateReset(&stream) == Z_OK);
    // One byte more than is allowed shows that there is more.
    if (inflated.made == out_.size()) {
        out_.resize(std::min(std::max(2 * inflated.made, std::size_t{4'096}), max + 1));
    }
    stream.next_out = reinterpret_cast<Bytef*>(out_.data() + inflated.made);
    stream.avail_out = static_cast<uInt>(out_.size() - inflated.made);
    inflated.said = ::inflate(&stream, Z_SYNC_FLUSH);
    inflated.made = out_.size() - stream.avail_out;
    if (inflated.made > max) return fail_limit(ErrorCode::kBodyTooLarge, "ws.message_bytes");
    const bool good =
        inflated.said == Z_OK || inflated.said == Z_STREAM_END || inflated.said == Z_BUF_ERROR;
    if (!good) return fail(ErrorCode::kMalformedBody, "The message is not what DEFLATE makes.");
    return {};
}

}  // namespace tandem::net
