#pragma once

#include "base/error.h"
#include "base/value.h"

namespace tandem::client {

/// The error that RFC 9457 problem details tell of: its code by the last segment of `type`, or by
/// the status when a newer hub uses a name that this client does not know.
[[nodiscard]] Error read_problem(const Value& problem, int status);

/// The first row of the error table with this status; kInternal when there is none.
[[nodiscard]] ErrorCode code_of_status(int status);

/// An error as one line for people: `not-found: there is no device lamp-9 (/device: …)`.
[[nodiscard]] std::string describe(const Error& error);

}  // namespace tandem::client
