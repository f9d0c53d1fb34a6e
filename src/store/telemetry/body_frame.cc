#include "store/telemetry/body_frame.h"

#include "base/check.h"

#include <zstd.h>

#include <memory>

namespace tandem::store {
namespace {

// Measured on readings of sensors: level 3 takes off 0.4 % more, level 9 1 %, at twice the time.
constexpr int kLevel = 1;

struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// What can fail here fails for want of memory only, as any allocation may.
ZSTD_CCtx& compressor() {
    thread_local const std::unique_ptr<ZSTD_CCtx, Free> context{ZSTD_createCCtx()};
    check(context != nullptr);
    return *context;
}

ZSTD_DCtx& decompressor() {
    thread_local const std::unique_ptr<ZSTD_DCtx, Free> context{ZSTD_createDCtx()};
    check(context != nullptr);
    return *context;
}

/// Whether `frame` is one frame of a body of `size` bytes, nothing behind it. The library would
/// also take several, those to skip, and formats older than RFC 8878.
bool promises(std::string_view frame, std::size_t size) {
    constexpr std::string_view kMagic{"\x28\xB5\x2F\xFD", 4};
    // RFC 8878 section 3.1.1.2: a block has at least four bytes, and gives at most 128 KiB.
    constexpr std::size_t kBlockBytesMin = 4;
    constexpr std::size_t kBlockGivesMax = std::size_t{128} << 10U;
    return frame.starts_with(kMagic) && size / kBlockGivesMax <= frame.size() / kBlockBytesMin &&
           ZSTD_getFrameContentSize(frame.data(), frame.size()) == size &&
           ZSTD_findFrameCompressedSize(frame.data(), frame.size()) == frame.size();
}

}  // namespace

bool put_compressed(std::string& out, std::string_view body) {
    if (body.empty()) return false;
    const std::size_t before = out.size();
    bool smaller = false;
    // With room for the worst case zstd need not look at every step whether there is some.
    out.resize_and_overwrite(before + ZSTD_compressBound(body.size()), [&](char* to, std::size_t) {
        const std::size_t size =
            ZSTD_compressCCtx(&compressor(), to + before, ZSTD_compressBound(body.size()),
                              body.data(), body.size(), kLevel);
        smaller = ZSTD_isError(size) == 0 && size < body.size();
        return smaller ? before + size : before;
    });
    return smaller;
}

std::optional<std::string> decompress(std::string_view frame, std::size_t size) {
    if (!promises(frame, size)) return {};
    std::string body;
    bool good = false;
    body.resize_and_overwrite(size, [&](char* to, std::size_t) {
        good = ZSTD_decompressDCtx(&decompressor(), to, size, frame.data(), frame.size()) == size;
        return good ? size : 0;
    });
    if (!good) return {};
    return body;
}

}  // namespace tandem::store
