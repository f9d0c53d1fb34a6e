#pragma once

#include "client/call.h"
#include "contract/operation.h"
#include "net/http.h"

namespace tandem::client {

/// One value in an encoding.
[[nodiscard]] std::string encode(contract::Encoding encoding, const Value& value);
/// Reads one value, with the limits of bulk bodies: the hub is believed.
[[nodiscard]] Result<Value> decode(contract::Encoding encoding, std::string_view bytes);

/// What a call is as an HTTP request: method and target from the catalogue, the body encoded.
/// `Authorization` is the caller's to add. Fails with kUnknownOperation, with kBadRequest when the
/// operation has no REST route, and with kInvalidField when a parameter of the path is missing.
[[nodiscard]] Result<net::HttpRequest> http_request(const Call& call, contract::Encoding encoding);

/// What an HTTP response means: the reply, or the problem as an error.
[[nodiscard]] Result<Reply> http_reply(const net::HttpResponse& response);

/// Whether the same call twice is as good as once, so that one whose connection broke may be
/// repeated unasked.
[[nodiscard]] bool repeatable(const Call& call);

}  // namespace tandem::client
