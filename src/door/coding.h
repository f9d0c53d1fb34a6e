#pragma once

#include "base/error.h"
#include "codec/compress.h"
#include "net/http.h"

#include <cstddef>
#include <optional>

namespace tandem::door {

// Content codings, RFC 9110 section 8.4: gzip and zstd, whatever is in the body.

/// A smaller answer is sent as it is: the head would outweigh what is saved.
inline constexpr std::size_t kCodedBytesMin = 1'024;

/// The coding that the request's body has; nothing for none. Fails with kUnsupportedEncoding for
/// one that is not known, or several.
[[nodiscard]] Result<std::optional<codec::Coding>> coding_of_body(const net::HttpRequest& request);

/// The coding that an answer gets: one that the request accepts, unless the answer has an entity
/// tag, which names the bytes as they are (section 8.8.3), or a coding already.
[[nodiscard]] std::optional<codec::Coding> coding_for(const net::HttpRequest& request,
                                                      const net::HttpResponse& answer);

/// `answer` in the coding that coding_for() gives, where that pays.
[[nodiscard]] net::HttpResponse coded(const net::HttpRequest& request, net::HttpResponse answer);

}  // namespace tandem::door
