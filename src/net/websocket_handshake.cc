#include "net/websocket_handshake.h"

#include "base/check.h"
#include "net/http_grammar.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>

namespace tandem::net {
namespace {

// RFC 6455 section 1.3.
constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
// 16 bytes in base64: 22 characters and the padding.
constexpr std::size_t kKeyCharacters = 24;

const unsigned char* as_bytes(std::string_view text) {
    // OpenSSL takes bytes.
    return reinterpret_cast<const unsigned char*>(text.data());
}

bool is_key(std::string_view key) {
    const auto in_alphabet = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '+' || c == '/';
    };
    return key.size() == kKeyCharacters && key.ends_with("==") &&
           std::ranges::all_of(key.substr(0, kKeyCharacters - 2), in_alphabet);
}

Result<void> check_version(const Headers& headers) {
    const std::string* version = find_header(headers, "sec-websocket-version");
    if (version == nullptr || *version != "13" ||
        count_fields(headers, "sec-websocket-version") != 1) {
        return fail(ErrorCode::kUpgradeRequired, "WebSocket version 13 is spoken here.");
    }
    return {};
}

Result<std::vector<std::string>> read_protocols(const Headers& headers) {
    std::vector<std::string> protocols;
    for (const auto& [name, value] : headers) {
        if (name != "sec-websocket-protocol") continue;
        const auto named = list_elements(value);
        if (!std::ranges::all_of(named, is_token)) {
            return fail(ErrorCode::kBadRequest, "A WebSocket subprotocol is not a token.");
        }
        protocols.insert(protocols.end(), named.begin(), named.end());
    }
    return protocols;
}

}  // namespace

bool wants_websocket(const HttpRequest& request) {
    return lists(request.headers, "upgrade", "websocket");
}

Result<Handshake> read_handshake(const HttpRequest& request) {
    const Headers& headers = request.headers;
    if (!wants_websocket(request)) {
        return fail(ErrorCode::kUpgradeRequired, "This address speaks WebSocket.");
    }
    if (request.method != "GET" || !request.body.empty()) {
        return fail(ErrorCode::kBadRequest, "A WebSocket handshake is a GET without a body.");
    }
    if (!lists(headers, "connection", "upgrade")) {
        return fail(ErrorCode::kBadRequest, "Connection does not list upgrade.");
    }
    if (auto good = check_version(headers); !good) return pass(good);
    const std::string* key = find_header(headers, "sec-websocket-key");
    if (key == nullptr || count_fields(headers, "sec-websocket-key") != 1 || !is_key(*key)) {
        return fail(ErrorCode::kBadRequest, "Sec-WebSocket-Key is not 16 bytes in base64.");
    }
    auto protocols = read_protocols(headers);
    if (!protocols) return pass(protocols);
    auto extensions = read_extensions(headers);
    if (!extensions) return pass(extensions);
    return Handshake{
        .key = *key, .protocols = std::move(*protocols), .extensions = std::move(*extensions)};
}

std::string accept_key(std::string_view key) {
    const std::string text = std::string{key} + std::string{kGuid};
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
    ::SHA1(as_bytes(text), text.size(), digest.data());
    return encode_key({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string encode_key(std::string_view bytes) {
    std::array<unsigned char, 64> encoded{};  // 4 characters for 3 bytes, and a NUL.
    check(bytes.size() <= 45);
    const int written =
        ::EVP_EncodeBlock(encoded.data(), as_bytes(bytes), static_cast<int>(bytes.size()));
    return {encoded.begin(), encoded.begin() + written};
}

}  // namespace tandem::net
