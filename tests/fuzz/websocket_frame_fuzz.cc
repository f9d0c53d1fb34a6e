// Whatever bytes come, in whatever pieces: the same messages, answers and end, within limits. The
// first byte says how long the pieces are and at which end they arrive.
#include "base/check.h"
#include "net/test_websocket.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

using namespace tandem;
using namespace tandem::net;

namespace {

constexpr std::size_t kMessageBytes = 64;

struct Heard {
    std::vector<std::string> messages;
    std::vector<std::string> closed;
    std::string out;
    bool transport_closed = false;
    bool operator==(const Heard&) const = default;
};

struct End {
    bool client = false;
    bool deflate = false;
};

Heard hear(std::span<const std::uint8_t> bytes, std::size_t piece, End end) {
    OpenSocket socket;
    // Small, so that short inputs reach them.
    socket.limits.message_bytes = kMessageBytes;
    socket.limits.message_fragments = 4;
    socket.limits.control_burst = 6;
    SeededRandom random{1};
    socket.open(end.client ? &random : nullptr, end.deflate ? std::optional{15} : std::nullopt);
    while (!bytes.empty()) {
        const auto part = bytes.first(std::min(piece, bytes.size()));
        bytes = bytes.subspan(part.size());
        socket.connection->on_bytes(part);
    }
    const bool closed = socket.transport.closed;
    socket.connection->on_closed();
    check(socket.told.closed.size() == 1);
    check(socket.loop.timers() == 0);
    for (const std::string& message : socket.told.messages) {
        check(message.size() <= kMessageBytes + std::string_view{"binary "}.size());
    }
    return {.messages = socket.told.messages,
            .closed = socket.told.closed,
            .out = socket.transport.out,
            .transport_closed = closed};
}

// What we send must please the strict reader that we have ourselves.
void check_frames(std::string_view out, bool client) {
    const FrameFrom from = client ? FrameFrom::kClient : FrameFrom::kServer;
    while (!out.empty()) {
        const auto header = read_frame_header(bytes_of(out), from);
        check(header.has_value());
        check(header->has_value());
        check(out.size() >= (*header)->header_bytes + (*header)->payload_bytes);
        out.remove_prefix((*header)->header_bytes + (*header)->payload_bytes);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::span bytes{data + 1, size - 1};
    const End end{.client = (data[0] & 0x80U) != 0, .deflate = (data[0] & 0x40U) != 0};
    const Heard whole = hear(bytes, std::max<std::size_t>(bytes.size(), 1), end);
    check(whole == hear(bytes, (data[0] & 0x3fU) + std::size_t{1}, end));
    check(whole == hear(bytes, 1, end));
    check_frames(whole.out, end.client);
    return 0;
}
