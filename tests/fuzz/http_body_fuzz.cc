// Whatever bytes follow a head that says `chunked`, in whatever pieces: the same body or the same
// refusal, within the limits. The first byte says how long the pieces are.
#include "base/check.h"
#include "net/http_body.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

using namespace tandem;
using namespace tandem::net;

namespace {

constexpr std::size_t kBodyBytes = 512;

struct Outcome {
    std::string body;
    std::string refused;
    bool whole = false;
    std::size_t left = 0;
    bool operator==(const Outcome&) const = default;
};

Outcome read(std::span<const std::uint8_t> bytes, std::size_t piece) {
    Limits limits;
    limits.chunk_extension_bytes = 16;
    limits.trailer_bytes = 64;
    BodyReader reader{limits};
    check(reader.start({.kind = Framing::Kind::kChunked}, kBodyBytes).has_value());
    Outcome outcome;
    while (!bytes.empty() && !outcome.whole) {
        auto part = bytes.first(std::min(piece, bytes.size()));
        const std::size_t given = part.size();
        const auto whole = reader.read(part, outcome.body);
        check(outcome.body.size() <= kBodyBytes);
        if (!whole) {
            check(whole.error().code == ErrorCode::kBadRequest ||
                  whole.error().code == ErrorCode::kBodyTooLarge);
            outcome.refused = whole.error().detail + whole.error().limit;
            return outcome;
        }
        outcome.whole = *whole;
        bytes = bytes.subspan(given - part.size());
    }
    outcome.left = bytes.size();
    return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::span bytes{data + 1, size - 1};
    const Outcome whole = read(bytes, bytes.size());
    const Outcome pieces = read(bytes, 1 + data[0] % 16);
    // What had come of a chunk that is refused depends on the pieces; the verdict does not.
    check(pieces.refused == whole.refused);
    check(pieces.whole == whole.whole);
    if (whole.refused.empty()) check(pieces == whole);
    return 0;
}
