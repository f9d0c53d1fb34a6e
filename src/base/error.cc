#include "base/error.h"

#include "base/check.h"

#include <array>

namespace tandem {
namespace {

using enum ErrorCode;

// RFC 9110 section 15 and RFC 6585 for the statuses.
constexpr std::array kErrors{
    ErrorRow{kMalformedBody, "malformed-body", 400, false, "The body cannot be read."},
    ErrorRow{kInvalidField, "invalid-field", 400, false, "A field is not as it must be."},
    ErrorRow{kBadRequest, "bad-request", 400, false, "The request is not well formed."},
    ErrorRow{kSecretInUrl, "secret-in-url", 400, false, "Secrets do not belong in a URL."},
    ErrorRow{kUnauthenticated, "unauthenticated", 401, false, "Valid credentials are needed."},
    ErrorRow{kForbidden, "forbidden", 403, false, "The caller may not do this."},
    ErrorRow{kOriginRefused, "origin-refused", 403, false, "This origin is not allowed."},
    ErrorRow{kNotFound, "not-found", 404, false, "There is no such thing."},
    ErrorRow{kUnknownOperation, "unknown-operation", 404, false, "There is no such operation."},
    ErrorRow{kMethodNotAllowed, "method-not-allowed", 405, false, "Not with this method."},
    ErrorRow{kNotAcceptable, "not-acceptable", 406, false, "No acceptable media type."},
    ErrorRow{kRequestTimeout, "request-timeout", 408, true, "The request took too long."},
    ErrorRow{kAlreadyExists, "already-exists", 409, false, "It exists already."},
    ErrorRow{kConflict, "conflict", 409, false, "Not possible in the present state."},
    ErrorRow{kPreconditionFailed, "precondition-failed", 412, false, "The version is another."},
    ErrorRow{kBodyTooLarge, "body-too-large", 413, false, "The body is too large."},
    ErrorRow{kTargetTooLong, "target-too-long", 414, false, "The request target is too long."},
    ErrorRow{kUnsupportedMediaType, "unsupported-media-type", 415, false,
             "The media type of the body is not supported."},
    ErrorRow{kUnsupportedEncoding, "unsupported-encoding", 415, false,
             "The content coding of the body is not supported."},
    ErrorRow{kExpectationFailed, "expectation-failed", 417, false, "Unknown expectation."},
    ErrorRow{kMisdirected, "misdirected", 421, false, "This hub does not serve that host."},
    ErrorRow{kUnprocessable, "unprocessable", 422, false, "Readable, but cannot be carried out."},
    ErrorRow{kUpgradeRequired, "upgrade-required", 426, false, "A WebSocket upgrade is needed."},
    ErrorRow{kPreconditionRequired, "precondition-required", 428, false, "If-Match is needed."},
    ErrorRow{kRateLimited, "rate-limited", 429, true, "Too much in too short a time."},
    ErrorRow{kQueueFull, "queue-full", 429, true, "As many wait as may wait."},
    ErrorRow{kTooManySubscriptions, "too-many-subscriptions", 429, false,
             "As many subscriptions as a connection may have."},
    ErrorRow{kHeadTooLarge, "head-too-large", 431, false, "The request head is too large."},
    ErrorRow{kInternal, "internal", 500, true, "The hub failed."},
    ErrorRow{kNotImplemented, "not-implemented", 501, false, "The hub does not do that."},
    ErrorRow{kUnavailable, "unavailable", 503, true, "The hub cannot do this now."},
    ErrorRow{kStorageFailed, "storage-failed", 503, true, "The store has failed."},
    ErrorRow{kVersionNotSupported, "version-not-supported", 505, false, "HTTP/1.1 is spoken here."},
    ErrorRow{kStorageFull, "storage-full", 507, true, "The disk is full."},
};

constexpr bool in_order() {
    for (std::size_t at = 0; at < kErrors.size(); ++at) {
        if (kErrors[at].code != static_cast<ErrorCode>(at)) return false;
    }
    return true;
}
static_assert(in_order());
static_assert(kErrors.back().code == kStorageFull);

}  // namespace

std::span<const ErrorRow> errors() {
    return kErrors;
}

const ErrorRow& row(ErrorCode code) {
    check(static_cast<std::size_t>(code) < kErrors.size());
    return kErrors[static_cast<std::size_t>(code)];
}

std::unexpected<Error> fail(ErrorCode code, std::string detail) {
    return std::unexpected(Error{.code = code,
                                 .detail = std::move(detail),
                                 .fields = {},
                                 .retry_after = {},
                                 .limit = {},
                                 .door_hint = {}});
}

std::unexpected<Error> fail_field(std::string pointer, std::string detail) {
    auto failed = fail(ErrorCode::kInvalidField, detail);
    failed.error().fields.push_back({std::move(pointer), std::move(detail)});
    return failed;
}

}  // namespace tandem
