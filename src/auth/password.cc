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

bool verify_password(std::string_view password, const std::string& phc) {
    return ::argon2id_verify(phc.c_str(), password.data(), password.size()) == ARGON2_OK;
}

PasswordVerifier::PasswordVerifier() : thread_{[this] { work(); }} {}

PasswordVerifier::~PasswordVerifier() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void PasswordVerifier::work() {
    SystemRandom random;
    const std::string nobody = hash_password("", random);
    std::unique_lock lock{mutex_};
    nobody_ = nobody;
    while (true) {
        changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        if (stopping_) return;
        Work next = std::move(queue_.front());
        queue_.pop_front();
        lock.unlock();
        next();
        lock.lock();
    }
}

Task<Result<bool>> PasswordVerifier::verify(Executor* executor,
                                            std::string password,
                                            std::string phc) {
    Completion<bool> done;
    Work work = [this, executor, password, phc, done]() mutable {
        const bool known = !phc.empty();
        const bool good = verify_password(password, known ? phc : nobody_) && known;
        executor->post([done, good]() mutable { done.complete(good); });
    };
    {
        const std::lock_guard lock{mutex_};
        if (queue_.size() >= kQueueMax) {
            auto full = fail(ErrorCode::kRateLimited, "too many are logging in");
            full.error().limit = "auth.password_queue";
            full.error().retry_after = 1s;
            co_return full;
        }
        queue_.push_back(std::move(work));
    }
    changed_.notify_one();
    co_return co_await done;
}

}  // namespace tandem::auth
