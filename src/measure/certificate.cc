#include "measure/certificate.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <array>
#include <cstdio>
#include <memory>

namespace tandem::measure {
namespace {

constexpr long kDay = 86'400;

std::unexpected<Error> broken() {
    std::array<char, 256> text{};
    ERR_error_string_n(ERR_get_error(), text.data(), text.size());
    return fail(ErrorCode::kInternal, std::string{"no certificate: "} + text.data());
}

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

bool add_names(X509& certificate) {
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> names{
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1"),
        &X509_EXTENSION_free};
    return names != nullptr && X509_add_ext(&certificate, names.get(), -1) == 1;
}

bool fill(X509& certificate, EVP_PKEY& key) {
    const std::array<unsigned char, 12> name{'t', 'a', 'n', 'd', 'e', 'm',
                                             ' ', 'b', 'e', 'n', 'c', 'h'};
    X509_set_version(&certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(&certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(&certificate), -kDay);
    X509_gmtime_adj(X509_getm_notAfter(&certificate), kDay);
    X509_set_pubkey(&certificate, &key);
    X509_NAME* subject = X509_get_subject_name(&certificate);
    return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, name.data(),
                                      static_cast<int>(name.size()), -1, 0) == 1 &&
           X509_set_issuer_name(&certificate, subject) == 1 && add_names(certificate) &&
           X509_sign(&certificate, &key, EVP_sha256()) > 0;
}

}  // namespace

Result<CertificateFiles> make_certificate(const std::filesystem::path& folder) {
    const Key key{EVP_EC_gen("P-256"), &EVP_PKEY_free};
    const Certificate made{X509_new(), &X509_free};
    if (key == nullptr || made == nullptr || !fill(*made, *key)) return broken();
    CertificateFiles files{.certificate = folder / "certificate.pem", .key = folder / "key.pem"};
    const mode_t before = ::umask(077);  // The hub reads no key that others could have read.
    const File certificate{std::fopen(files.certificate.c_str(), "w"), &std::fclose};
    const File secret{std::fopen(files.key.c_str(), "w"), &std::fclose};
    ::umask(before);
    if (certificate == nullptr || secret == nullptr ||
        PEM_write_X509(certificate.get(), made.get()) != 1 ||
        PEM_write_PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
        return broken();
    }
    return files;
}

}  // namespace tandem::measure
