#include "net/tls.h"

#include "base/check.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <span>
#include <string_view>
#include <utility>

namespace tandem::net {
namespace {

// Mozilla's "intermediate" configuration, version 5.7, without the DHE suites: what only they can
// reach is older than any device that the hub is meant for.
constexpr auto kSuites12 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr auto kSuites13 =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr auto kGroups = "X25519:prime256v1:secp384r1";
constexpr std::string_view kAlpn = "\x08http/1.1";  // As in RFC 7301: each name with its length.

std::unexpected<Error> fail_file(const std::string& file, std::string_view what) {
    std::array<char, 256> reason{};
    const auto code = ERR_get_error();
    ERR_clear_error();
    if (code == 0) return fail(ErrorCode::kInvalidField, fmt::format("{}: {}", file, what));
    ERR_error_string_n(code, reason.data(), reason.size());
    return fail(ErrorCode::kInvalidField, fmt::format("{}: {} ({})", file, what, reason.data()));
}

const unsigned char* as_bytes(std::string_view text) {
    // OpenSSL takes bytes.
    return reinterpret_cast<const unsigned char*>(text.data());
}

// A key with a pass phrase is refused: the default would ask for it on the terminal.
int no_pass_phrase(char* /*to*/, int /*size*/, int /*writing*/, void* /*data*/) {
    return -1;
}

// NOLINTNEXTLINE(readability-function-size): OpenSSL's callback has six parameters
int choose_alpn(SSL* /*ssl*/,
                const unsigned char** chosen,
                unsigned char* chosen_size,
                const unsigned char* offered,
                unsigned int offered_size,
                void* /*data*/) {
    std::span<const unsigned char> left{offered, offered_size};
    while (!left.empty()) {
        const std::size_t size = left.front();
        if (size + 1 > left.size()) break;
        const auto name = left.subspan(1, size);
        left = left.subspan(1 + size);
        if (!std::ranges::equal(name, kAlpn.substr(1))) continue;
        *chosen = name.data();
        *chosen_size = static_cast<unsigned char>(size);
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;  // no_application_protocol, RFC 7301 section 3.2
}

std::shared_ptr<TlsContext> make_context(const SSL_METHOD* method) {
    SSL_CTX* context = SSL_CTX_new(method);
    check(context != nullptr);
    auto made = std::make_shared<TlsContext>(context);
    check(SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1);
    check(SSL_CTX_set_cipher_list(context, kSuites12) == 1);
    check(SSL_CTX_set_ciphersuites(context, kSuites13) == 1);
    check(SSL_CTX_set1_groups_list(context, kGroups) == 1);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    // An idle connection gives its record buffers back: 34 KiB.
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_default_passwd_cb(context, &no_pass_phrase);
    return made;
}

// ---------------------------------------------------------------- what PEM files hold

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

Bio bytes_of(const Pem& file) {
    Bio made{BIO_new_mem_buf(file.text.data(), static_cast<int>(file.text.size())), &BIO_free};
    check(made != nullptr);
    return made;
}

// The next one; none at the end, or where no certificate is.
Certificate next_certificate(BIO* from) {
    return {PEM_read_bio_X509(from, nullptr, &no_pass_phrase, nullptr), &X509_free};
}

// Whether the last one was read, and nothing that cannot be.
bool at_end() {
    const auto code = ERR_peek_last_error();
    const bool end =
        ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
    if (end) ERR_clear_error();
    return end;
}

Result<void> use_chain(SSL_CTX* context, const Pem& file) {
    const Bio bytes = bytes_of(file);
    const Certificate own = next_certificate(bytes.get());
    bool good = own != nullptr && SSL_CTX_use_certificate(context, own.get()) == 1;
    while (good) {
        Certificate above = next_certificate(bytes.get());
        if (above == nullptr) break;
        good = SSL_CTX_add0_chain_cert(context, above.get()) == 1;
        if (good) static_cast<void>(above.release());  // It is the context's now.
    }
    if (!good || !at_end()) return fail_file(file.name, "is no certificate in PEM");
    return {};
}

Result<void> use_key(SSL_CTX* context, const Pem& file) {
    const Bio bytes = bytes_of(file);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{
        PEM_read_bio_PrivateKey(bytes.get(), nullptr, &no_pass_phrase, nullptr), &EVP_PKEY_free};
    if (key == nullptr) {
        return fail_file(file.name, "is no private key in PEM, unencrypted");
    }
    const bool fits =
        SSL_CTX_use_PrivateKey(context, key.get()) == 1 && SSL_CTX_check_private_key(context) == 1;
    if (!fits) {
        return fail_file(file.name, "is not the key of the certificate");
    }
    return {};
}

// The names tell a client with several certificates which one is meant.
Result<void> ask_for_certificates(SSL_CTX* context, const Pem& file) {
    const Bio bytes = bytes_of(file);
    bool good = false;
    while (const Certificate authority = next_certificate(bytes.get())) {
        good = SSL_CTX_add_client_CA(context, authority.get()) == 1 &&
               X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.get()) == 1;
        if (!good) break;
    }
    if (!good || !at_end()) return fail_file(file.name, "holds no certificates in PEM");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    return {};
}

}  // namespace

TlsContext::~TlsContext() {
    SSL_CTX_free(context_);
}

Result<std::shared_ptr<TlsContext>> TlsContext::server(const Pem& certificate,
                                                       const Pem& key,
                                                       const std::optional<Pem>& client_ca) {
    ERR_clear_error();
    auto made = make_context(TLS_server_method());
    SSL_CTX* context = made->get();
    if (auto used = use_chain(context, certificate); !used) return pass(used);
    if (auto used = use_key(context, key); !used) return pass(used);
    const X509* own = SSL_CTX_get0_certificate(context);
    if (X509_cmp_current_time(X509_get0_notAfter(own)) <= 0) {
        return fail_file(certificate.name, "has expired");
    }
    // Sessions are resumed by tickets alone: a cache would grow with the number of devices.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    check(SSL_CTX_set_num_tickets(context, 1) == 1);
    SSL_CTX_set_alpn_select_cb(context, &choose_alpn, nullptr);
    // Without it a session of a client with a certificate could not be resumed.
    constexpr std::string_view id = "tandem";
    check(SSL_CTX_set_session_id_context(context, as_bytes(id), id.size()) == 1);
    if (!client_ca) return made;
    if (auto asked = ask_for_certificates(context, *client_ca); !asked) return pass(asked);
    return made;
}

Result<std::shared_ptr<TlsContext>> TlsContext::client(const std::string& ca_file) {
    ERR_clear_error();
    auto made = make_context(TLS_client_method());
    SSL_CTX* context = made->get();
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    if (ca_file.empty()) {
        check(SSL_CTX_set_default_verify_paths(context) == 1);
    } else if (SSL_CTX_load_verify_file(context, ca_file.c_str()) != 1) {
        return fail_file(ca_file, "holds no certificates in PEM");
    }
    std::array<unsigned char, kAlpn.size()> offered{};
    std::ranges::copy(kAlpn, offered.begin());
    // Unlike the rest of the library this one gives 0 when it has worked.
    check(SSL_CTX_set_alpn_protos(context, offered.data(), offered.size()) == 0);
    return made;
}

}  // namespace tandem::net
