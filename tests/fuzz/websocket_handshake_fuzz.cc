// Whatever a request for an upgrade says: a refusal with a reason, or a handshake that can be
// answered. The bytes are header fields, a line each; what stands after the colon is the value.
#include "base/check.h"
#include "net/http_grammar.h"
#include "net/websocket_handshake.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

using namespace tandem;
using namespace tandem::net;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text{reinterpret_cast<const char*>(data), size};
    HttpRequest request{.method = "GET", .target = "/v1/stream", .host = "a", .headers = {}};
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        // What is no field does not come past the parser.
        static_cast<void>(read_field(line, request.headers));
    }
    const auto handshake = read_handshake(request);
    if (!handshake) {
        check(handshake.error().code == ErrorCode::kBadRequest ||
              handshake.error().code == ErrorCode::kUpgradeRequired);
        check(!handshake.error().detail.empty());
        return 0;
    }
    check(handshake->key.size() == 24);
    check(accept_key(handshake->key).size() == 28);
    for (const std::string& protocol : handshake->protocols)
        check(is_token(protocol));
    for (const Extension& extension : handshake->extensions) {
        check(is_token(extension.name));
        for (const auto& parameter : extension.parameters)
            check(is_token(parameter.name) && (!parameter.value || is_token(*parameter.value)));
    }
    const auto terms = accept_deflate(handshake->extensions);
    if (!terms) return 0;
    check(terms->window_bits >= 9 && terms->window_bits <= 15);
    check(is_field_value(terms->answer));
    // The answer is itself one that can be read, and nothing else than what was agreed.
    const auto again = read_extensions({{"sec-websocket-extensions", terms->answer}});
    check(again.has_value());
    check(again->size() == 1);
    return 0;
}
