#pragma once

#include "base/error.h"
#include "net/http.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::net {

/// One offer of a Sec-WebSocket-Extensions field. RFC 6455 section 9.1.
struct Extension {
    struct Parameter {
        std::string name;
        std::optional<std::string> value;  ///< Without the quotes, if it had some.
    };
    std::string name;
    std::vector<Parameter> parameters;
};

/// What all Sec-WebSocket-Extensions fields offer, the client's favourite first. Fails with
/// kBadRequest where the grammar of RFC 6455 section 9.1 is broken.
[[nodiscard]] Result<std::vector<Extension>> read_extensions(const Headers& headers);

/// permessage-deflate as two ends have agreed on it. Neither keeps a window from one message to
/// the next, so that an idle connection needs no memory for it. RFC 7692 section 7.1.
struct DeflateTerms {
    int window_bits = 15;  ///< of what the server compresses: 9 to 15
    std::string answer;    ///< the Sec-WebSocket-Extensions of the answer
};

/// The first offer that can be taken as it stands. Window bits are accepted as offered, but for a
/// server's window of 8 bits, which zlib does not have; an offer with a parameter that is unknown,
/// given twice or out of range is declined. RFC 7692 section 7.1.
[[nodiscard]] std::optional<DeflateTerms> accept_deflate(const std::vector<Extension>& offers);

/// What our clients offer: at both ends each message stands by itself. RFC 7692 section 7.1.1.
inline constexpr std::string_view kDeflateOffer =
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

/// Whether a server that was offered kDeflateOffer, or nothing when not `offered`, has agreed on
/// it. Fails with kBadRequest where a client has to end the connection: RFC 6455 section 4.1, an
/// extension that was not offered; RFC 7692 section 7.1, a parameter that is unknown, given twice,
/// out of range or not offered, or a server that keeps its window all the same.
[[nodiscard]] Result<bool> deflate_agreed(const Headers& answer, bool offered);

}  // namespace tandem::net
