// Whatever bytes come: a refusal that says where, or a body within the bound. The first byte
// chooses the coding and the bound. The same bytes, made smaller, come back as they were.
#include "base/check.h"
#include "codec/compress.h"

#include <cstddef>
#include <cstdint>

using namespace tandem;
using namespace tandem::codec;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input{reinterpret_cast<const char*>(data) + 1, size - 1};
    const Coding coding = data[0] % 2 == 0 ? Coding::kGzip : Coding::kZstd;
    const std::size_t bytes_max = std::size_t{data[0]} * 128;
    InflateWork work;
    const auto body = inflate(coding, input, bytes_max, &work);
    check(work.bytes_read <= input.size());
    if (body) {
        check(work.bytes_read == input.size());
        check(work.bytes_made == body->size());
        check(body->size() <= bytes_max);
    } else if (body.error().code == ErrorCode::kBodyTooLarge) {
        check(work.bytes_made == bytes_max + 1);
    } else {
        check(body.error().code == ErrorCode::kMalformedBody);
        check(body.error().detail.starts_with(name_of(coding)));
        check(work.bytes_made <= bytes_max);
    }

    std::string smaller;
    Deflater deflater{coding};
    deflater.append(input.substr(0, input.size() / 2), smaller);
    deflater.flush(smaller);
    deflater.append(input.substr(input.size() / 2), smaller);
    deflater.finish(smaller);
    const auto again = inflate(coding, smaller, input.size());
    check(again.has_value());
    check(*again == input);
    return 0;
}
