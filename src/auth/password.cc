#include "auth/password.h"

#include "base/check.h"

#include <argon2.h>

#include <array>

namespace tandem::auth {
namespace {

constexpr std::uint32_t kMemoryKib = 19'456;
constexpr std::uint32_t kPasses = 2;
constexpr std::uint32_t kLanes = 1;
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHashBytes = 32;

}  // namespace

std::string hash_password(std::string_view password, Random& random) {
    const std::string salt = random.bytes(kSaltBytes);
    std::array<char, 256> phc{};
    const int status =
        ::argon2id_hash_encoded(kPasses, kMemoryKib, kLanes, password.data(), password.size(),
                                salt.data(), salt.size(), kHashBytes, phc.data(), phc.size());
    check(status == ARGON2_OK);
    return phc.data();
}

namespace {

std::unexpected<Error> too_many() {
    auto full = fail(ErrorCode::kRateLimited, "too many are logging in");
    full.error().limit = "auth.password_queue";
    full.error().retry_after = 1s;
    return full;
}

}  // namespace

bool verify_password(std::string_view password, const std::string& phc) {
    return ::argon2id_verify(phc.c_str(), password.data(), password.size()) == ARGON2_OK;
}

Task<Result<bool>> PasswordVerifier::verify(Executor* executor,
                                            std::string password,
                                            std::string phc) {
    // Named: see aside().
    auto verify = [this, password = std::move(password), phc = std::move(phc)] {
        if (nobody_.empty()) {
            SystemRandom random;
            nobody_ = hash_password("", random);
        }
        const bool known = !phc.empty();
        return verify_password(password, known ? phc : nobody_) && known;
    };
    const auto good = co_await worker_.run(executor, std::move(verify));
    if (good) co_return *good;
    co_return too_many();
}

Task<Result<std::string>> PasswordVerifier::hash(Executor* executor, std::string password) {
    // Named: see aside().
    auto make = [password = std::move(password)] {
        SystemRandom random;
        return hash_password(password, random);
    };
    auto made = co_await worker_.run(executor, std::move(make));
    if (made) co_return std::move(*made);
    co_return too_many();
}

}  // namespace tandem::auth
