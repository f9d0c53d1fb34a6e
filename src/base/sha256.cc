#include "base/sha256.h"

#include "base/check.h"

#include <openssl/evp.h>

#include <array>

namespace tandem {

void Sha256::Free::operator()(evp_md_ctx_st* context) const {
    EVP_MD_CTX_free(context);
}

Sha256::Sha256() : context_{EVP_MD_CTX_new()} {
    check(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
}

void Sha256::add(std::string_view bytes) {
    check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256::finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int length = 0;
    check(EVP_DigestFinal_ex(context_.get(), digest.data(), &length) == 1);
    check(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (unsigned int at = 0; at < length; ++at) {
        out += digits[digest.at(at) >> 4U];
        out += digits[digest.at(at) & 15U];
    }
    return out;
}

}  // namespace tandem
