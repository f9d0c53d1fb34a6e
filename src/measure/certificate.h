#pragma once

#include "base/error.h"

#include <filesystem>

namespace tandem::measure {

/// Where a certificate and its key are, PEM.
struct CertificateFiles {
    std::filesystem::path certificate;
    std::filesystem::path key;
};

/// Makes a certificate of P-256 that signs itself, for localhost and 127.0.0.1, good for a day, in
/// a folder that is there. Fails with kInternal and OpenSSL's reason.
[[nodiscard]] Result<CertificateFiles> make_certificate(const std::filesystem::path& folder);

}  // namespace tandem::measure
