#include "net/websocket_stream.h"

#include "net/websocket_deflate.h"
#include "net/websocket_frame.h"

namespace tandem::net {
namespace {

constexpr int kWindowBits = 15;

FrameHeader header_of(MessageKind kind, std::string_view payload) {
    return {.opcode = kind == MessageKind::kText ? Opcode::kText : Opcode::kBinary,
            .mask = {},
            .payload_bytes = payload.size()};
}

}  // namespace

Frame::Frame(MessageKind kind, std::string_view payload)
    : kind_{kind}, header_bytes_{0}, plain_{encode_frame(header_of(kind, payload), payload)} {
    header_bytes_ = plain_.size() - payload.size();
}

const std::string& Frame::compressed() const {
    std::call_once(once_, [this] {
        const auto small = MessageDeflate::of_this_thread().compress(payload(), kWindowBits);
        if (small.size() >= payload().size()) return;
        FrameHeader header = header_of(kind_, small);
        header.compressed = true;
        compressed_ = encode_frame(header, small);
    });
    return compressed_.empty() ? plain_ : compressed_;
}

}  // namespace tandem::net
