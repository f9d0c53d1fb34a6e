#include "auth/setup_token.h"

#include <doctest/doctest.h>

namespace tandem::auth {
namespace {

constexpr Monotonic kBegan{100s};

struct Made {
    SeededRandom random{7};
    std::string text;
    SetupToken token{random, kBegan, text};
};

}  // namespace

TEST_CASE("a setup token works once, and again only when it came to nothing") {
    Made made;
    CHECK(made.token.take(made.text, kBegan + 1s).has_value());
    CHECK(made.token.take(made.text, kBegan + 2s).error().code == ErrorCode::kUnauthenticated);
    made.token.give_back();
    CHECK(made.token.take(made.text, kBegan + 3s).has_value());
}

TEST_CASE("a setup token lasts for ten minutes") {
    Made made;
    CHECK_FALSE(made.token.take(made.text, kBegan + 10min + 1us).has_value());
    CHECK(made.token.take(made.text, kBegan + 10min).has_value());
}

TEST_CASE("what is nearly the token is refused, and does not use it up") {
    Made made;
    std::string other = made.text;
    other.back() = other.back() == 'a' ? 'b' : 'a';
    for (const std::string& wrong :
         {std::string{}, other, made.text + "a", made.text.substr(1), " " + made.text}) {
        CAPTURE(wrong);
        CHECK_FALSE(made.token.take(wrong, kBegan).has_value());
    }
    CHECK(made.token.take(made.text, kBegan).has_value());
}

TEST_CASE("a setup token has 26 characters of 32, and the next hub has another") {
    Made made;
    CHECK(made.text.size() == 26);
    CHECK(made.text.find_first_not_of("abcdefghijkmnpqrstuvwxyz23456789") == std::string::npos);
    std::string second;
    const SetupToken next{made.random, kBegan, second};
    CHECK(second != made.text);
}

}  // namespace tandem::auth
