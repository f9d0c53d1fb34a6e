#pragma once

#include "base/error.h"

#include <memory>
#include <string>

struct ssl_ctx_st;

namespace tandem::net {

/// A certificate with its key (server) or the authorities to trust (client). TLS 1.2 and 1.3,
/// Mozilla's intermediate suites, no renegotiation, ALPN http/1.1. Any thread.
class TlsContext {
public:
    /// Reads PEM files and checks that the key fits and the certificate has not expired.
    /// Fails with kInvalidField naming the file.
    static Result<std::shared_ptr<TlsContext>> server(const std::string& certificate_file,
                                                      const std::string& key_file);
    /// Trusts the system's authorities, or only those of `ca_file` when it is not empty. Verifies
    /// the host name.
    static Result<std::shared_ptr<TlsContext>> client(const std::string& ca_file);

    explicit TlsContext(ssl_ctx_st* context) : context_{context} {}
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;
    ~TlsContext();
    [[nodiscard]] ssl_ctx_st* get() const { return context_; }

private:
    ssl_ctx_st* context_;
};

}  // namespace tandem::net
