#pragma once

#include "base/error.h"
#include "net/http.h"
#include "net/websocket_extension.h"

#include <string>
#include <string_view>
#include <vector>

namespace tandem::net {

/// What a client's opening handshake says. RFC 6455 section 4.2.1.
struct Handshake {
    std::string key;
    std::vector<std::string> protocols;  ///< Subprotocols on offer, the client's favourite first.
    std::vector<Extension> extensions;   ///< Likewise.
};

/// Whether the request asks to go on with WebSocket, well or badly.
[[nodiscard]] bool wants_websocket(const HttpRequest& request);

/// Fails with kUpgradeRequired when no upgrade or another version than 13 is asked for (the answer
/// then carries `Sec-WebSocket-Version: 13`), with kBadRequest for a handshake that is malformed.
[[nodiscard]] Result<Handshake> read_handshake(const HttpRequest& request);

/// The Sec-WebSocket-Accept for a Sec-WebSocket-Key. RFC 6455 section 4.2.2.
[[nodiscard]] std::string accept_key(std::string_view key);

/// `bytes` in base64, RFC 4648 section 4: a client's Sec-WebSocket-Key of 16 random bytes.
[[nodiscard]] std::string encode_key(std::string_view bytes);

}  // namespace tandem::net
