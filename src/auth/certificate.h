#pragma once

#include "base/clock.h"
#include "base/error.h"

#include <string>
#include <string_view>

namespace tandem::auth {

/// What the hub keeps of a device's certificate.
struct DeviceCertificate {
    std::string fingerprint;  ///< SHA-256 of its DER form, 64 hexadecimal digits in lower case
    Instant ends;             ///< RFC 5280 section 4.1.2.5
};

/// Reads the one certificate of a PEM text. Fails with kInvalidField where there is none, or more
/// than one, or what is none.
[[nodiscard]] Result<DeviceCertificate> read_certificate(std::string_view pem);

/// A fingerprint that is written in hexadecimal, as its 32 bytes; "" for what is none.
[[nodiscard]] std::string fingerprint_bytes(std::string_view hexadecimal);

}  // namespace tandem::auth
