#include "codec/compress.h"

#include "base/ascii.h"
#include "base/check.h"
#include "codec/field_list.h"

#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <array>
#include <utility>

namespace tandem::codec {
namespace {

constexpr std::size_t kPiece = 16 * std::size_t{1'024};
// zlib counts in 32 bits.
constexpr std::size_t kInputPiece = std::size_t{1} << 30U;
// Added to the size of the window, this makes zlib read and write gzip instead of its own format.
constexpr int kGzipWindowBits = 15 + 16;
constexpr int kWindowLogMax = 23;  // 8 MiB, RFC 8878 section 3.1.1.1.2.
// Nearly a microsecond is spent on each, and one of nothing takes 9 bytes: 16 MiB of them would
// hold a loop for 1.6 s. Whoever cuts a body into pieces makes larger ones.
constexpr std::size_t kPartsMax = 10'000;
constexpr std::uint32_t kZstdMagic = 0xFD2FB528;
constexpr std::uint32_t kSkippableMagic = 0x184D2A50;  // The last half byte is free.

// 1.07 MB of readings as rows of JSON, one core: gzip 1 makes 23.1 % at 51 MB/s, 4 makes 21.4 % at
// 27 MB/s, 6 makes 20.0 % at 16 MB/s; zstd 1 makes 19.4 % at 355 MB/s, 3 makes 21.8 % at 74 MB/s.
constexpr int kGzipLevel = 1;
constexpr int kZstdLevel = 1;

const Bytef* zlib_bytes(std::string_view bytes) {
    return reinterpret_cast<const Bytef*>(bytes.data());
}

/// Takes what comes out, up to a bound.
class Sink {
public:
    explicit Sink(std::size_t bytes_max) : bytes_max_{bytes_max} {}

    /// Where the next bytes go: one byte more than may come, so that it shows when they would.
    [[nodiscard]] char* piece() { return piece_.data(); }
    [[nodiscard]] std::size_t piece_size() const {
        return std::min(piece_.size() - 1, bytes_max_ - out_.size()) + 1;
    }

    /// Keeps the first `count` bytes of the piece; false when that is more than the bound.
    [[nodiscard]] bool keep(std::size_t count) {
        made_ += count;
        if (count > bytes_max_ - out_.size()) return false;
        if (out_.size() + count > out_.capacity()) grow(out_.size() + count);
        out_.append(piece_.data(), count);
        return true;
    }

    [[nodiscard]] std::size_t made() const { return made_; }
    [[nodiscard]] std::string take() { return std::move(out_); }

private:
    // By doubling, but not beyond the bound, which a string would do by itself.
    void grow(std::size_t size) {
        std::string larger;
        larger.reserve(std::max(size, std::min(out_.capacity() * 2, bytes_max_)));
        larger += out_;
        out_ = std::move(larger);
    }

    std::array<char, kPiece> piece_{};
    std::size_t bytes_max_;
    std::size_t made_ = 0;
    std::string out_;  // No longer than bytes_max_.
};

std::unexpected<Error> too_large(std::size_t bytes_max) {
    return std::unexpected(
        Error{.code = ErrorCode::kBodyTooLarge,
              .detail = "inflated, the body has more than " + std::to_string(bytes_max) + " bytes",
              .limit = "body_bytes"});
}

/// The compressed bytes, and how far they are read.
struct Source {
    std::string_view bytes;
    std::size_t at = 0;

    [[nodiscard]] std::string_view rest() const { return bytes.substr(at); }
    [[nodiscard]] bool more() const { return at < bytes.size(); }
    [[nodiscard]] std::unexpected<Error> wrong(Coding coding, std::string_view why) const {
        return fail(ErrorCode::kMalformedBody, std::string{name_of(coding)} + ", byte " +
                                                   std::to_string(at) + ": " + std::string{why});
    }
};

constexpr std::string_view kCutOff = "the body ends early";

constexpr std::string_view kTooManyParts = "more than 10,000 members or frames";

class GzipInflater {
public:
    explicit GzipInflater(Source& source) : source_{source} {
        // Fails for want of memory only, as any allocation may.
        check(inflateInit2(&stream_, kGzipWindowBits) == Z_OK);
    }
    ~GzipInflater() { inflateEnd(&stream_); }
    GzipInflater(const GzipInflater&) = delete;
    GzipInflater& operator=(const GzipInflater&) = delete;

    Result<void> run(Sink& sink, std::size_t bytes_max) {
        std::size_t members = 0;
        do {
            if (++members > kPartsMax) return source_.wrong(Coding::kGzip, kTooManyParts);
            if (auto good = member(sink, bytes_max); !good) return good;
        } while (source_.more());
        return {};
    }

private:
    Result<void> member(Sink& sink, std::size_t bytes_max) {
        // zlib would say the same in the words of its own format.
        if (source_.more() && !source_.rest().starts_with('\x1f')) {
            return source_.wrong(Coding::kGzip, "a member is expected");
        }
        check(inflateReset(&stream_) == Z_OK);
        while (true) {
            const std::string_view rest = source_.rest().substr(0, kInputPiece);
            const std::size_t room = sink.piece_size();
            // zlib does not write there; its interface is older than const.
            stream_.next_in = const_cast<Bytef*>(zlib_bytes(rest));  // NOLINT
            stream_.avail_in = static_cast<uInt>(rest.size());
            stream_.next_out = reinterpret_cast<Bytef*>(sink.piece());
            stream_.avail_out = static_cast<uInt>(room);
            const int outcome = ::inflate(&stream_, Z_NO_FLUSH);
            source_.at += rest.size() - stream_.avail_in;
            if (!sink.keep(room - stream_.avail_out)) return too_large(bytes_max);
            if (outcome == Z_STREAM_END) return {};
            check(outcome != Z_MEM_ERROR);
            const bool starved =
                outcome == Z_BUF_ERROR || (outcome == Z_OK && stream_.avail_out != 0);
            if (starved && !source_.more()) return source_.wrong(Coding::kGzip, kCutOff);
            check(outcome != Z_BUF_ERROR);  // There were bytes to read and room to write.
            if (outcome != Z_OK) return source_.wrong(Coding::kGzip, reason());
        }
    }

    [[nodiscard]] std::string_view reason() const {
        return stream_.msg != nullptr ? stream_.msg : "damaged";
    }

    Source& source_;
    z_stream stream_{};
};

std::uint32_t little_endian(std::string_view four) {
    std::uint32_t out = 0;
    for (const char c : {four[3], four[2], four[1], four[0]})
        out = out << 8U | static_cast<unsigned char>(c);
    return out;
}

class ZstdInflater {
public:
    explicit ZstdInflater(Source& source) : source_{source}, context_{ZSTD_createDCtx()} {
        check(context_ != nullptr);
        const auto set = ZSTD_DCtx_setParameter(context_, ZSTD_d_windowLogMax, kWindowLogMax);
        check(ZSTD_isError(set) == 0);
    }
    ~ZstdInflater() { ZSTD_freeDCtx(context_); }
    ZstdInflater(const ZstdInflater&) = delete;
    ZstdInflater& operator=(const ZstdInflater&) = delete;

    Result<void> run(Sink& sink, std::size_t bytes_max) {
        std::size_t frames = 0;
        do {
            if (++frames > kPartsMax) return source_.wrong(Coding::kZstd, kTooManyParts);
            const std::string_view rest = source_.rest();
            if (rest.size() < 4) return source_.wrong(Coding::kZstd, kCutOff);
            const std::uint32_t magic = little_endian(rest);
            // The library would also read formats older than RFC 8878, which nobody sends.
            auto good = magic == kZstdMagic ? frame(sink, bytes_max)
                        : (magic & ~0xFU) == kSkippableMagic
                            ? skip()
                            : source_.wrong(Coding::kZstd, "a frame is expected");
            if (!good) return good;
        } while (source_.more());
        return {};
    }

private:
    Result<void> frame(Sink& sink, std::size_t bytes_max) {
        while (true) {
            const std::string_view rest = source_.rest();
            ZSTD_inBuffer in{.src = rest.data(), .size = rest.size(), .pos = 0};
            ZSTD_outBuffer out{.dst = sink.piece(), .size = sink.piece_size(), .pos = 0};
            const std::size_t outcome = ZSTD_decompressStream(context_, &out, &in);
            source_.at += in.pos;
            if (ZSTD_isError(outcome) != 0) return source_.wrong(Coding::kZstd, reason(outcome));
            if (!sink.keep(out.pos)) return too_large(bytes_max);
            if (outcome == 0) return {};
            if (!source_.more() && out.pos < out.size) {
                return source_.wrong(Coding::kZstd, kCutOff);
            }
        }
    }

    Result<void> skip() {
        const std::string_view rest = source_.rest();
        if (rest.size() < 8 || rest.size() - 8 < little_endian(rest.substr(4))) {
            source_.at = source_.bytes.size();
            return source_.wrong(Coding::kZstd, kCutOff);
        }
        source_.at += 8 + std::size_t{little_endian(rest.substr(4))};
        return {};
    }

    static std::string_view reason(std::size_t outcome) {
        switch (ZSTD_getErrorCode(outcome)) {
            case ZSTD_error_memory_allocation:
                check(false);
                break;
            case ZSTD_error_dictionary_wrong:
                return "the frame needs a dictionary";
            case ZSTD_error_frameParameter_windowTooLarge:
                return "the frame needs a window of more than 8 MiB";
            default:
                break;
        }
        return ZSTD_getErrorName(outcome);
    }

    Source& source_;
    ZSTD_DCtx* context_;
};

/// The weights that an Accept-Encoding field gives; nothing where it says nothing.
struct Weights {
    std::optional<int> gzip;
    std::optional<int> zstd;
    std::optional<int> identity;
    std::optional<int> others;
};

Weights read_weights(std::string_view accept_encoding) {
    Weights weights;
    FieldList elements{accept_encoding};
    while (const auto element = elements.next()) {
        const auto coding = coding_named(element->name);
        if (coding == Coding::kGzip) weights.gzip = element->weight;
        if (coding == Coding::kZstd) weights.zstd = element->weight;
        if (equal_ignoring_case(element->name, "identity")) weights.identity = element->weight;
        if (element->name == "*") weights.others = element->weight;
    }
    return weights;
}

}  // namespace

std::optional<Coding> coding_named(std::string_view name) {
    if (equal_ignoring_case(name, "gzip") || equal_ignoring_case(name, "x-gzip"))
        return Coding::kGzip;
    if (equal_ignoring_case(name, "zstd")) return Coding::kZstd;
    return {};
}

std::string_view name_of(Coding coding) {
    return coding == Coding::kGzip ? "gzip" : "zstd";
}

std::optional<Coding> choose_coding(std::string_view accept_encoding) {
    const Weights weights = read_weights(accept_encoding);
    const int others = weights.others.value_or(0);
    const int zstd = weights.zstd.value_or(others);
    const int gzip = weights.gzip.value_or(others);
    const int best = std::max(zstd, gzip);
    // Who names it wants it; whoever does not accepts it, but has asked for something smaller.
    const int identity = weights.identity.value_or(0);
    if (best == 0 || best < identity) return {};
    return zstd == best ? Coding::kZstd : Coding::kGzip;
}

bool accepts_coding(std::string_view accept_encoding, Coding coding) {
    const Weights weights = read_weights(accept_encoding);
    const auto& named = coding == Coding::kGzip ? weights.gzip : weights.zstd;
    return named.value_or(weights.others.value_or(0)) > 0;
}

Result<std::string> inflate(Coding coding,
                            std::string_view bytes,
                            std::size_t bytes_max,
                            InflateWork* work) {
    Source source{.bytes = bytes};
    Sink sink{bytes_max};
    auto good = coding == Coding::kGzip ? GzipInflater{source}.run(sink, bytes_max)
                                        : ZstdInflater{source}.run(sink, bytes_max);
    if (work != nullptr) *work = {.bytes_read = source.at, .bytes_made = sink.made()};
    if (!good) return pass(good);
    return sink.take();
}

void Deflater::GzipEnd::operator()(z_stream_s* stream) const {
    deflateEnd(stream);
    delete stream;  // NOLINT(cppcoreguidelines-owning-memory): the deleter itself
}

void Deflater::ZstdEnd::operator()(ZSTD_CCtx_s* stream) const {
    ZSTD_freeCCtx(stream);
}

// What can fail here fails for want of memory only, as any allocation may.
Deflater::Deflater(Coding coding) {
    if (coding == Coding::kGzip) {
        gzip_.reset(new z_stream{});
        check(deflateInit2(gzip_.get(), kGzipLevel, Z_DEFLATED, kGzipWindowBits, 8,
                           Z_DEFAULT_STRATEGY) == Z_OK);
        return;
    }
    zstd_.reset(ZSTD_createCCtx());
    check(zstd_ != nullptr);
    check(ZSTD_isError(ZSTD_CCtx_setParameter(zstd_.get(), ZSTD_c_compressionLevel, kZstdLevel)) ==
          0);
}

void Deflater::append(std::string_view bytes, std::string& out) {
    if (!bytes.empty()) run(bytes, Until::kTaken, out);
}

void Deflater::flush(std::string& out) {
    run({}, Until::kFlushed, out);
}

void Deflater::finish(std::string& out) {
    run({}, Until::kFinished, out);
    finished_ = true;
}

void Deflater::run(std::string_view bytes, Until until, std::string& out) {
    check(!finished_);
    gzip_ ? run_gzip(bytes, until, out) : run_zstd(bytes, until, out);
}

void Deflater::run_gzip(std::string_view bytes, Until until, std::string& out) {
    const int flush = until == Until::kTaken     ? Z_NO_FLUSH
                      : until == Until::kFlushed ? Z_SYNC_FLUSH
                                                 : Z_FINISH;
    std::array<char, kPiece> piece;  // NOLINT(*-member-init): written before it is read
    z_stream& stream = *gzip_;
    do {
        const std::string_view now = bytes.substr(0, kInputPiece);
        stream.next_in = const_cast<Bytef*>(zlib_bytes(now));  // NOLINT: as above
        stream.avail_in = static_cast<uInt>(now.size());
        stream.next_out = reinterpret_cast<Bytef*>(piece.data());
        stream.avail_out = static_cast<uInt>(piece.size());
        // Z_BUF_ERROR says that there was nothing to do.
        check(deflate(&stream, flush) != Z_STREAM_ERROR);
        bytes.remove_prefix(now.size() - stream.avail_in);
        out.append(piece.data(), piece.size() - stream.avail_out);
    } while (!bytes.empty() || stream.avail_out == 0);
}

void Deflater::run_zstd(std::string_view bytes, Until until, std::string& out) {
    const ZSTD_EndDirective end = until == Until::kTaken     ? ZSTD_e_continue
                                  : until == Until::kFlushed ? ZSTD_e_flush
                                                             : ZSTD_e_end;
    std::array<char, kPiece> piece;  // NOLINT(*-member-init): written before it is read
    ZSTD_inBuffer in{.src = bytes.data(), .size = bytes.size(), .pos = 0};
    bool done = false;
    while (!done) {
        ZSTD_outBuffer to{.dst = piece.data(), .size = piece.size(), .pos = 0};
        const std::size_t left = ZSTD_compressStream2(zstd_.get(), &to, &in, end);
        check(ZSTD_isError(left) == 0);
        out.append(piece.data(), to.pos);
        done = until == Until::kTaken ? in.pos == in.size : left == 0;
    }
}

void GzipReader::End::operator()(z_stream_s* stream) const {
    inflateEnd(stream);
    delete stream;  // NOLINT(cppcoreguidelines-owning-memory): the deleter itself
}

GzipReader::GzipReader() : stream_{new z_stream{}} {
    check(inflateInit2(stream_.get(), kGzipWindowBits) == Z_OK);
}

Result<void> GzipReader::append(std::string_view bytes, std::string& out) {
    const auto wrong = [&](std::string_view why) {
        return fail(ErrorCode::kMalformedBody,
                    "gzip, byte " + std::to_string(read_) + ": " + std::string{why});
    };
    std::array<char, kPiece> piece{};
    bool more = true;
    while (!bytes.empty() || more) {
        if (!in_member_) {
            if (bytes.empty()) return {};
            check(inflateReset(stream_.get()) == Z_OK);
            in_member_ = true;
        }
        const std::string_view part = bytes.substr(0, kInputPiece);
        stream_->next_in = const_cast<Bytef*>(zlib_bytes(part));  // NOLINT: as above
        stream_->avail_in = static_cast<uInt>(part.size());
        stream_->next_out = reinterpret_cast<Bytef*>(piece.data());
        stream_->avail_out = static_cast<uInt>(piece.size());
        const int outcome = ::inflate(stream_.get(), Z_NO_FLUSH);
        const std::size_t used = part.size() - stream_->avail_in;
        bytes.remove_prefix(used);
        read_ += used;
        out.append(piece.data(), piece.size() - stream_->avail_out);
        check(outcome != Z_MEM_ERROR);
        if (outcome == Z_STREAM_END) {
            in_member_ = false;
        } else if (outcome != Z_OK && outcome != Z_BUF_ERROR) {
            return wrong(stream_->msg != nullptr ? stream_->msg : "damaged");
        }
        // A full piece may have had more behind it.
        more = stream_->avail_out == 0;
    }
    return {};
}

Result<void> GzipReader::finish() const {
    if (!in_member_) return {};
    return fail(ErrorCode::kMalformedBody,
                "gzip, byte " + std::to_string(read_) + ": the stream ends early");
}

}  // namespace tandem::codec
