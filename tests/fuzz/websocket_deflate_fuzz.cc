// Whatever the payload of a compressed message holds: a refusal, or a message within the bound. The
// first byte chooses the bound and the window. The same bytes, compressed, come back as they were.
#include "base/check.h"
#include "net/websocket_deflate.h"

#include <cstddef>
#include <cstdint>

using namespace tandem;
using namespace tandem::net;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string input{reinterpret_cast<const char*>(data) + 1, size - 1};
    const std::size_t bytes_max = std::size_t{data[0]} * 256;
    MessageDeflate& deflate = MessageDeflate::of_this_thread();
    if (const auto message = deflate.inflate(input, bytes_max)) {
        check(message->size() <= bytes_max);
    } else {
        check(message.error().code == ErrorCode::kMalformedBody ||
              message.error().code == ErrorCode::kBodyTooLarge);
    }
    const int window_bits = 9 + data[0] % 7;
    const std::string smaller{deflate.compress(input, window_bits)};
    const auto again = deflate.inflate(smaller, input.size());
    check(again.has_value());
    check(*again == input);
    return 0;
}
