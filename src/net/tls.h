#pragma once

#include "base/error.h"

#include <memory>
#include <optional>
#include <string>

struct ssl_ctx_st;

namespace tandem::net {

/// What a PEM file holds. `name` is for whoever reads what is wrong with it.
struct Pem {
    std::string name;
    std::string text;
};

/// A certificate with its key (server) or the authorities to trust (client). TLS 1.2 and 1.3,
/// Mozilla's intermediate suites, no renegotiation, ALPN http/1.1. Any thread.
class TlsContext {
public:
    /// Of a certificate with its chain: checks that the key fits and that it has not expired. With
    /// `client_ca` clients are asked for a certificate: one that those authorities have not
    /// signed ends the handshake, none does not (RFC 8446 section 4.3.2). Sessions are resumed by
    /// tickets, which are good for this context alone.
    /// Fails with kInvalidField naming the file.
    static Result<std::shared_ptr<TlsContext>> server(
        const Pem& certificate,
        const Pem& key,
        const std::optional<Pem>& client_ca = std::nullopt);
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
