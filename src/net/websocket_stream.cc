#include "net/websocket_stream.h"

#include "net/websocket_frame.h"

namespace tandem::net {

SharedFrame make_frame(MessageKind kind, std::string_view payload) {
    const FrameHeader header{.opcode = kind == MessageKind::kText ? Opcode::kText : Opcode::kBinary,
                             .mask = {},
                             .payload_bytes = payload.size()};
    return std::make_shared<const std::string>(encode_frame(header, payload));
}

}  // namespace tandem::net
