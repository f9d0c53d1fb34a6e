#include "auth/setup_token.h"

#include "auth/key.h"

namespace tandem::auth {
namespace {

// Without letters and digits that are taken for each other: people copy it by hand.
constexpr std::string_view kAlphabet = "abcdefghijkmnpqrstuvwxyz23456789";
constexpr std::size_t kLength = 26;
static_assert(kAlphabet.size() == 32, "five bits each");

}  // namespace

SetupToken::SetupToken(Random& random, Monotonic now, std::string& text) : began_{now} {
    text = random.text(kLength, kAlphabet);
    digest_ = digest(text);
}

// Digests are compared: how far they agree tells nothing of the token.
Result<void> SetupToken::take(std::string_view token, Monotonic now) {
    const bool good = digest(token) == digest_;
    if (!good || is_used_ || now - began_ > kLife) {
        return fail(ErrorCode::kUnauthenticated,
                    "the setup token is not valid: it works once, for 10 minutes after the hub "
                    "has started");
    }
    is_used_ = true;
    return {};
}

}  // namespace tandem::auth
