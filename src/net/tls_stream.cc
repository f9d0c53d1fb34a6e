#include "net/tls_stream.h"

#include "base/check.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <utility>

namespace tandem::net {
namespace {

// What a client may send before it has proved that it speaks TLS. A ClientHello
// has a few hundred bytes, some thousand with post-quantum key shares.
constexpr std::size_t kHandshakeBytesMax = std::size_t{16} * 1'024;

/// The oldest reason that OpenSSL gives; forgets the others.
std::string take_reason() {
    std::array<char, 256> text{};
    const auto code = ERR_get_error();
    ERR_clear_error();
    if (code == 0) return "the connection ended inside a TLS message";
    ERR_error_string_n(code, text.data(), text.size());
    return text.data();
}

bool is_address(const std::string& host) {
    std::array<std::uint8_t, sizeof(in6_addr)> address{};
    return ::inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

}  // namespace

/// The ends of a TlsStream as OpenSSL sees them.
struct TlsStream::WireBio {
    static TlsStream& stream(BIO* bio) { return *static_cast<TlsStream*>(BIO_get_data(bio)); }

    static int read(BIO* bio, char* to, int size) {
        BIO_clear_retry_flags(bio);
        auto& from = stream(bio).received_;
        const auto count = std::min(from.size(), static_cast<std::size_t>(size));
        if (count == 0) {
            BIO_set_retry_read(bio);
            return -1;
        }
        std::memcpy(to, from.data(), count);
        from = from.subspan(count);
        return static_cast<int>(count);
    }
    static int write(BIO* bio, const char* from, int size) {
        BIO_clear_retry_flags(bio);
        stream(bio).wire_.append(std::string_view{from, static_cast<std::size_t>(size)});
        return size;
    }
    static long control(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
        return command == BIO_CTRL_FLUSH ? 1 : 0;
    }

    static BIO_METHOD* make_method() {
        BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "tandem");
        check(method != nullptr);
        check(BIO_meth_set_read(method, &WireBio::read) == 1);
        check(BIO_meth_set_write(method, &WireBio::write) == 1);
        check(BIO_meth_set_ctrl(method, &WireBio::control) == 1);
        return method;
    }
    static BIO* make(TlsStream& stream) {
        static BIO_METHOD* const method = make_method();
        BIO* bio = BIO_new(method);
        check(bio != nullptr);
        BIO_set_data(bio, &stream);
        BIO_set_init(bio, 1);
        return bio;
    }
};

TlsStream::TlsStream(std::shared_ptr<TlsContext> context)
    : context_{std::move(context)}, ssl_{SSL_new(context_->get())} {
    check(ssl_ != nullptr);
    BIO* bio = WireBio::make(*this);
    SSL_set_bio(ssl_, bio, bio);
}

TlsTicket::~TlsTicket() {
    SSL_SESSION_free(session_);
}

TlsStream::~TlsStream() {
    if (ticket_ != nullptr) {
        const SSL_SESSION* last = SSL_get0_session(ssl_);
        if (last != nullptr && SSL_SESSION_is_resumable(last) == 1) {
            // A copy: SSL_free() spoils that of a connection that did not end with close_notify.
            SSL_SESSION_free(std::exchange(ticket_->session_, SSL_SESSION_dup(last)));
        }
    }
    SSL_free(ssl_);
}

std::unique_ptr<TlsStream> TlsStream::server(std::shared_ptr<TlsContext> context) {
    std::unique_ptr<TlsStream> stream{new TlsStream{std::move(context)}};
    stream->server_ = true;
    SSL_set_accept_state(stream->ssl_);
    return stream;
}

std::unique_ptr<TlsStream> TlsStream::client(std::shared_ptr<TlsContext> context,
                                             const std::string& host,
                                             std::shared_ptr<TlsTicket> ticket) {
    std::unique_ptr<TlsStream> stream{new TlsStream{std::move(context)}};
    SSL_set_connect_state(stream->ssl_);
    stream->ticket_ = std::move(ticket);
    if (stream->ticket_ != nullptr && stream->ticket_->session_ != nullptr) {
        check(SSL_set_session(stream->ssl_, stream->ticket_->session_) == 1);
    }
    if (is_address(host)) {
        X509_VERIFY_PARAM* wanted = SSL_get0_param(stream->ssl_);
        check(X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1);
        return stream;
    }
    SSL_set_hostflags(stream->ssl_, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    check(SSL_set1_host(stream->ssl_, host.c_str()) == 1);
    // RFC 6066 section 3: names only. One that is too long for SNI fails at verification.
    SSL_set_tlsext_host_name(stream->ssl_, host.c_str());
    return stream;
}

bool TlsStream::ready() const {
    return SSL_is_init_finished(ssl_) == 1;
}

bool TlsStream::resumed() const {
    return SSL_session_reused(ssl_) == 1;
}

std::string TlsStream::peer_certificate() const {
    const X509* certificate = SSL_get0_peer_certificate(ssl_);
    if (certificate == nullptr || SSL_get_verify_result(ssl_) != X509_V_OK) return {};
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    check(X509_digest(certificate, EVP_sha256(), digest.data(), &size) == 1);
    std::string text;
    for (const unsigned char byte : std::span{digest}.first(size))
        text += fmt::format("{:02x}", byte);
    return text;
}

std::string TlsStream::peer_subject() const {
    const X509* certificate = SSL_get0_peer_certificate(ssl_);
    if (certificate == nullptr || SSL_get_verify_result(ssl_) != X509_V_OK) return {};
    const std::unique_ptr<BIO, decltype(&BIO_free)> text{BIO_new(BIO_s_mem()), &BIO_free};
    check(text != nullptr);
    // Not with the bytes of letters that are not ASCII escaped: they are UTF-8 in RFC 4514.
    constexpr unsigned long how = XN_FLAG_RFC2253 & ~std::uint64_t{ASN1_STRFLGS_ESC_MSB};
    if (X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate), 0, how) < 0) return {};
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(text.get(), &bytes);
    return size > 0 ? std::string{bytes, static_cast<std::size_t>(size)} : std::string{};
}

void TlsStream::start() {
    ERR_clear_error();
    SSL_do_handshake(ssl_);
}

Result<void> TlsStream::shake_hands(std::size_t received) {
    handshake_bytes_ += received;
    if (server_ && handshake_bytes_ > kHandshakeBytesMax) {
        return fail(ErrorCode::kBadRequest, "the handshake is too long");
    }
    const int done = SSL_do_handshake(ssl_);
    if (done != 1 && SSL_get_error(ssl_, done) != SSL_ERROR_WANT_READ) {
        return fail(ErrorCode::kBadRequest, take_reason());
    }
    return {};
}

Result<TlsStream::Received> TlsStream::receive(std::span<const std::uint8_t> wire,
                                               std::span<std::uint8_t> plain) {
    check(plain.size() >= wire.size() + kRecordBytes);
    received_ = wire;
    ERR_clear_error();
    if (!ready()) {
        auto shaken = shake_hands(wire.size());
        if (!shaken) return pass(shaken);
        if (!ready()) return Received{};
    }
    Received result;
    while (result.plain_bytes < plain.size()) {
        const auto room = plain.subspan(result.plain_bytes);
        std::size_t count = 0;
        const int done = SSL_read_ex(ssl_, room.data(), room.size(), &count);
        result.plain_bytes += count;
        if (done == 1) continue;
        const int reason = SSL_get_error(ssl_, done);
        if (reason == SSL_ERROR_WANT_READ) return result;
        if (reason != SSL_ERROR_ZERO_RETURN) return fail(ErrorCode::kBadRequest, take_reason());
        result.end = true;
        return result;
    }
    return result;
}

void TlsStream::send(std::span<const std::uint8_t> plain) {
    check(plain.size() <= kRecordBytes);
    ERR_clear_error();
    std::size_t taken = 0;
    check(SSL_write_ex(ssl_, plain.data(), plain.size(), &taken) == 1);
    check(taken == plain.size());
}

void TlsStream::send_end() {
    ERR_clear_error();
    SSL_shutdown(ssl_);
    // Whatever it says, what it could say is in wire(); the errors are of no use to anybody.
    ERR_clear_error();
}

}  // namespace tandem::net
