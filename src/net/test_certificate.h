#pragma once

#include "base/clock.h"
#include "net/test_sockets.h"
#include "net/tls.h"

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

namespace tandem::net {

/// The file with what it holds.
inline Pem pem_of(const std::string& file) {
    std::ifstream in{file};
    return {.name = file, .text = {std::istreambuf_iterator<char>{in}, {}}};
}

/// A certificate that signs itself, for localhost and 127.0.0.1, with its key, in a folder of its
/// own: made anew for each run.
class TestCertificate {
public:
    struct Options {
        std::string names = "DNS:localhost,IP:127.0.0.1";
        long valid_s = 3'600;  ///< From now; below 0 it has expired.
    };
    TestCertificate() : TestCertificate{Options{}} {}
    explicit TestCertificate(const Options& options) {
        const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{EVP_EC_gen("P-256"),
                                                                      &EVP_PKEY_free};
        const std::unique_ptr<X509, decltype(&X509_free)> made{X509_new(), &X509_free};
        X509_set_version(made.get(), X509_VERSION_3);
        ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
        X509_gmtime_adj(X509_getm_notBefore(made.get()), -86'400);
        X509_gmtime_adj(X509_getm_notAfter(made.get()), options.valid_s);
        X509_set_pubkey(made.get(), key.get());
        const std::string name = "tandem test";
        std::array<unsigned char, 16> common_name{};
        std::ranges::copy(name, common_name.begin());
        X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_ASC,
                                   common_name.data(), static_cast<int>(name.size()), -1, 0);
        X509_set_issuer_name(made.get(), X509_get_subject_name(made.get()));
        add_names(*made, options.names);
        REQUIRE(X509_sign(made.get(), key.get(), EVP_sha256()) > 0);
        const File certificate_to{std::fopen(certificate_file().c_str(), "w"), &std::fclose};
        REQUIRE(PEM_write_X509(certificate_to.get(), made.get()) == 1);
        const File key_to{std::fopen(key_file().c_str(), "w"), &std::fclose};
        REQUIRE(PEM_write_PrivateKey(key_to.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                     nullptr) == 1);
    }

    [[nodiscard]] std::string certificate_file() const {
        return (folder_.path() / "certificate.pem").string();
    }
    [[nodiscard]] std::string key_file() const { return (folder_.path() / "key.pem").string(); }
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }

    [[nodiscard]] std::shared_ptr<TlsContext> server() const {
        auto made = TlsContext::server(pem_of(certificate_file()), pem_of(key_file()));
        REQUIRE(made);
        return *made;
    }
    /// Trusts this certificate and no other.
    [[nodiscard]] std::shared_ptr<TlsContext> client() const {
        auto made = TlsContext::client(certificate_file());
        REQUIRE(made);
        return *made;
    }

private:
    using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

    static void add_names(X509& to, const std::string& names) {
        X509_EXTENSION* extension =
            X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
        REQUIRE(extension != nullptr);
        X509_add_ext(&to, extension, -1);
        X509_EXTENSION_free(extension);
    }

    TemporaryFolder folder_;
};

}  // namespace tandem::net
