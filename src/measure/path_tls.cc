#include "measure/path_tls.h"

#include "base/check.h"
#include "net/socket_address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <memory>

namespace tandem::measure {
namespace {

constexpr time_t kSecondsAtMost = 10;
constexpr std::int64_t kSecondsOfDay = 86'400;

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Connection = std::unique_ptr<SSL, decltype(&SSL_free)>;
using Session = std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)>;

net::FileDescriptor connect_to(const client::HubUrl& url) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    net::FileDescriptor made;
    if (::getaddrinfo(url.host.c_str(), std::to_string(url.port).c_str(), &wanted, &found) != 0) {
        return made;
    }
    const timeval patience{.tv_sec = kSecondsAtMost, .tv_usec = 0};
    for (const addrinfo* at = found; at != nullptr && made.get() < 0; at = at->ai_next) {
        net::FileDescriptor fd{::socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        if (fd.get() < 0) continue;
        ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        if (::connect(fd.get(), at->ai_addr, at->ai_addrlen) == 0) made = std::move(fd);
    }
    ::freeaddrinfo(found);
    return made;
}

Context make_context(const std::string& ca_file) {
    Context context{SSL_CTX_new(TLS_client_method()), &SSL_CTX_free};
    check(context != nullptr);
    // What is wrong with a certificate is told, not refused.
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
    if (ca_file.empty()) {
        SSL_CTX_set_default_verify_paths(context.get());
    } else {
        SSL_CTX_load_verify_file(context.get(), ca_file.c_str());
    }
    constexpr std::array<unsigned char, 9> http{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    SSL_CTX_set_alpn_protos(context.get(), http.data(), http.size());
    return context;
}

void name_host(SSL* ssl, const std::string& host) {
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1) return;
    SSL_set1_host(ssl, host.c_str());
    SSL_set_tlsext_host_name(ssl, host.c_str());
}

std::string text_of(const X509_NAME* name) {
    std::array<char, 256> text{};
    if (X509_NAME_get_text_by_NID(name, NID_commonName, text.data(), text.size()) > 0) {
        return text.data();
    }
    X509_NAME_oneline(name, text.data(), text.size());
    return text.data();
}

void read_certificate(const SSL* ssl, TlsFinding& into) {
    const X509* certificate = SSL_get0_peer_certificate(ssl);
    if (certificate == nullptr) return;
    into.subject = text_of(X509_get_subject_name(certificate));
    into.issuer = text_of(X509_get_issuer_name(certificate));
    int days = 0;
    int seconds = 0;
    if (ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(certificate)) == 1) {
        into.days_left = days + seconds / kSecondsOfDay;
    }
    const long result = SSL_get_verify_result(ssl);
    if (result != X509_V_OK) into.distrust = X509_verify_cert_error_string(result);
}

/// The session of `ssl` once an answer has come: with TLS 1.3 tickets come after the handshake.
Session session_of(SSL* ssl, const client::HubUrl& url) {
    const std::string ask =
        "GET /healthz HTTP/1.1\r\nHost: " + url.authority() + "\r\nConnection: close\r\n\r\n";
    std::array<char, 4'096> heard{};
    if (SSL_write(ssl, ask.data(), static_cast<int>(ask.size())) > 0) {
        while (SSL_read(ssl, heard.data(), heard.size()) > 0) {
        }
    }
    SSL_shutdown(ssl);
    return Session{SSL_get1_session(ssl), &SSL_SESSION_free};
}

struct Opened {
    net::FileDescriptor fd;
    Connection ssl{nullptr, &SSL_free};
};

Result<Opened> open(SSL_CTX* context, const client::HubUrl& url, SSL_SESSION* session) {
    Opened made{.fd = connect_to(url)};
    if (made.fd.get() < 0) return fail(ErrorCode::kUnavailable, "no connection to " + url.text());
    made.ssl.reset(SSL_new(context));
    SSL* ssl = made.ssl.get();
    check(ssl != nullptr);
    SSL_set_fd(ssl, made.fd.get());
    name_host(ssl, url.host);
    if (session != nullptr) SSL_set_session(ssl, session);
    ERR_clear_error();
    if (SSL_connect(ssl) == 1) return made;
    const unsigned long reason = ERR_get_error();
    const char* text = reason == 0 ? nullptr : ERR_reason_error_string(reason);
    return fail(ErrorCode::kUnavailable,
                "no TLS: " + std::string{text == nullptr ? "the connection ended" : text});
}

}  // namespace

Result<TlsFinding> look_at_tls(const client::HubUrl& url, const std::string& ca_file) {
    const Context context = make_context(ca_file);
    auto first = open(context.get(), url, nullptr);
    if (!first) return pass(first);
    SSL* ssl = first->ssl.get();
    TlsFinding found{.version = SSL_get_version(ssl), .cipher = SSL_get_cipher_name(ssl)};
    const unsigned char* protocol = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(ssl, &protocol, &length);
    if (protocol != nullptr) found.protocol.assign(reinterpret_cast<const char*>(protocol), length);
    read_certificate(ssl, found);
    const Session session = session_of(ssl, url);
    auto second = open(context.get(), url, session.get());
    found.resumes = second.has_value() && SSL_session_reused(second->ssl.get()) == 1;
    return found;
}

}  // namespace tandem::measure
