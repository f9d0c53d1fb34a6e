#pragma once

#include "api/call.h"
#include "base/error.h"
#include "contract/encoding.h"
#include "door/door.h"
#include "net/http.h"
#include "net/http_connection.h"
#include "net/transport.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::door {

// How HTTP answers are made and requests are read, whatever they are about.

/// An error as an answer with problem details, and with the header fields that its status asks for:
/// WWW-Authenticate on 401, Upgrade on 426, Retry-After where it is known.
[[nodiscard]] net::HttpResponse problem_answer(const Error& error, contract::Encoding encoding);

/// A reply of the dispatcher as an answer. `target` is the request's, for the link to the next
/// page.
[[nodiscard]] net::HttpResponse reply_answer(api::Reply reply, std::string_view target);

/// 405 with `Allow`, or 501 for a method that no resource knows.
[[nodiscard]] net::HttpResponse method_refused(std::string_view method,
                                               std::string_view allow,
                                               contract::Encoding encoding);

/// The encoding that problems of this request are told in: what it accepts, else JSON.
[[nodiscard]] contract::Encoding problem_encoding(const net::HttpRequest& request);

/// Continues when the exchange may write more, or is gone.
Task<void> room(std::shared_ptr<net::Exchange> exchange);

/// A field of the request with its repetitions joined by commas (RFC 9110 section 5.3); "" without.
[[nodiscard]] std::string joined_header(const net::HttpRequest& request, std::string_view name);

/// Who is calling: the bearer key, else the session's cookie, else the device of the TLS client
/// certificate. A cookie that would change something
/// counts only from a page of our own. Fails with kUnauthenticated for another scheme than Bearer,
/// with kOriginRefused for a cookie without its Origin.
[[nodiscard]] Result<api::Proof> read_proof(const net::HttpRequest& request,
                                            const net::Peer& peer,
                                            const DoorSettings& settings);

/// Refuses a URL that carries a key or a token: it would end up in logs and histories.
[[nodiscard]] Result<void> refuse_secrets(const net::HttpRequest& request);

/// A cookie of the request; "" without it.
[[nodiscard]] std::string cookie_of(const net::HttpRequest& request, std::string_view name);

/// The session cookie's name: `__Host-` keeps other hosts from setting it, and needs TLS.
[[nodiscard]] std::string_view cookie_name(bool tls);

}  // namespace tandem::door
