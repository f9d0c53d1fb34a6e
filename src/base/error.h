#pragma once

#include "base/clock.h"

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// What a device, a user, a disk or a network can cause. One row of `errors()` each.
enum class ErrorCode : std::uint8_t {
    kMalformedBody,
    kInvalidField,
    kBadRequest,
    kSecretInUrl,
    kUnauthenticated,
    kForbidden,
    kOriginRefused,
    kNotFound,
    kUnknownOperation,
    kMethodNotAllowed,
    kNotAcceptable,
    kRequestTimeout,
    kAlreadyExists,
    kConflict,
    kPreconditionFailed,
    kBodyTooLarge,
    kTargetTooLong,
    kUnsupportedMediaType,
    kUnsupportedEncoding,
    kExpectationFailed,
    kMisdirected,
    kUnprocessable,
    kUpgradeRequired,
    kPreconditionRequired,
    kRateLimited,
    kQueueFull,
    kTooManySubscriptions,
    kHeadTooLarge,
    kInternal,
    kNotImplemented,
    kUnavailable,
    kStorageFailed,
    kVersionNotSupported,
    kStorageFull,
};

/// A row of the error table. `name` is the last segment of the problem type's URI and never
/// changes its meaning; clients match on it.
struct ErrorRow {
    ErrorCode code;
    std::string_view name;
    int status;      ///< HTTP status; the WebSocket reply carries the same.
    bool retryable;  ///< Whether the same request can succeed later, unchanged.
    std::string_view title;
};

/// The table, in the order of `ErrorCode`.
[[nodiscard]] std::span<const ErrorRow> errors();
[[nodiscard]] const ErrorRow& row(ErrorCode code);

/// What is wrong with one field of a request.
struct FieldError {
    std::string
        pointer;  ///< RFC 6901 into the body, or `#query/limit`, `#path/device`, `#header/…`.
    std::string detail;  ///< What would be accepted.
    bool operator==(const FieldError&) const = default;
};

/// A failure that its receiver may read: becomes RFC 9457 problem details at every door.
struct Error {
    ErrorCode code = ErrorCode::kInternal;
    std::string detail;
    std::vector<FieldError> fields;
    std::optional<Duration> retry_after;
    std::string limit;      ///< Name of the limit that was hit, where one was.
    std::string door_hint;  ///< What to use instead, where another door fits better.
};

/// A value, or why there is none. Dropping one does not compile.
template <typename T>
class [[nodiscard]] Result : public std::expected<T, Error> {
public:
    using std::expected<T, Error>::expected;
};

[[nodiscard]] std::unexpected<Error> fail(ErrorCode code, std::string detail = {});
/// One field is wrong: `kInvalidField`.
[[nodiscard]] std::unexpected<Error> fail_field(std::string pointer, std::string detail);
/// Passes the failure of `result` on.
template <typename T>
[[nodiscard]] std::unexpected<Error> pass(Result<T>& result) {
    return std::unexpected(std::move(result).error());
}

}  // namespace tandem
