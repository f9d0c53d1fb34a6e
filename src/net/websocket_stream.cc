#include "net/websocket_stream.h"

#include "net/websocket_deflate.h"
#include "net/websocket_frame.h"

#include <algorithm>
#include <array>

namespace tandem::net {
namespace {

constexpr int kWindowBits = 15;

FrameHeader header_of(MessageKind kind, std::string_view payload) {
    return {.opcode = kind == MessageKind::kText ? Opcode::kText : Opcode::kBinary,
            .mask = {},
            .payload_bytes = payload.size()};
}

SharedBytes write_in_log(const FrameHeader& header, std::string_view payload) {
    std::array<std::uint8_t, kFrameHeaderBytesMax> head{};
    const std::size_t size = write_frame_header(header, head);
    SharedLog& log = SharedLog::of_this_thread();
    char* to = log.make_room(size + payload.size());
    to = std::copy_n(head.begin(), size, to);
    std::ranges::copy(payload, to);
    return log.written();
}

}  // namespace

Frame::Frame(MessageKind kind, std::string_view payload)
    : kind_{kind}, plain_{write_in_log(header_of(kind, payload), payload)} {
    payload_ = plain_.bytes().substr(plain_.bytes().size() - payload.size());
}

const SharedBytes& Frame::compressed() const {
    std::call_once(once_, [this] {
        const auto small = MessageDeflate::of_this_thread().compress(payload_, kWindowBits);
        if (small.size() >= payload_.size()) return;
        FrameHeader header = header_of(kind_, small);
        header.compressed = true;
        compressed_ = write_in_log(header, small);
    });
    return compressed_.empty() ? plain_ : compressed_;
}

}  // namespace tandem::net
