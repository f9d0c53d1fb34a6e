#include "auth/certificate.h"

#include "base/check.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <charconv>
#include <ctime>
#include <memory>
#include <optional>

namespace tandem::auth {
namespace {

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

std::unexpected<Error> refused(std::string_view what) {
    ERR_clear_error();
    return fail_field("/certificate", std::string{what});
}

Certificate next(BIO* from) {
    return {PEM_read_bio_X509(from, nullptr, nullptr, nullptr), &X509_free};
}

std::optional<Instant> instant_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
    const std::time_t seconds = ::timegm(&parts);
    return Instant{std::chrono::seconds{seconds}};
}

std::string fingerprint_of(const X509* certificate) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned int size = 0;
    check(X509_digest(certificate, EVP_sha256(), bytes.data(), &size) == 1 && size == 32);
    std::string out;
    for (unsigned int at = 0; at < size; ++at)
        out += fmt::format("{:02x}", bytes.at(at));
    return out;
}

}  // namespace

Result<DeviceCertificate> read_certificate(std::string_view pem) {
    ERR_clear_error();
    const std::unique_ptr<BIO, decltype(&BIO_free)> bytes{
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free};
    check(bytes != nullptr);
    const Certificate read = next(bytes.get());
    if (read == nullptr) return refused("a certificate in PEM is expected");
    if (next(bytes.get()) != nullptr) {
        return refused("one certificate is expected: the device's own, without those above it");
    }
    const auto ends = instant_of(X509_get0_notAfter(read.get()));
    if (!ends) return refused("the certificate does not say when it ends");
    ERR_clear_error();
    return DeviceCertificate{.fingerprint = fingerprint_of(read.get()), .ends = *ends};
}

std::string fingerprint_bytes(std::string_view hexadecimal) {
    std::string out;
    for (std::size_t at = 0; at + 2 <= hexadecimal.size(); at += 2) {
        const char* digits = hexadecimal.data() + at;
        unsigned char byte = 0;
        if (std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2) return {};
        out += static_cast<char>(byte);
    }
    return out.size() == 32 && hexadecimal.size() == 64 ? out : std::string{};
}

}  // namespace tandem::auth
