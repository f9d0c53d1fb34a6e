#include "auth/password.h"

#include "conformance/manual_executor.h"

#include <doctest/doctest.h>

#include <ctime>

using namespace tandem;
using namespace tandem::auth;
using conformance::ManualExecutor;
using conformance::start;

namespace {

const std::string& hash_of_hello() {
    static const std::string phc = [] {
        SeededRandom random{1};
        return hash_password("hello", random);
    }();
    return phc;
}

Result<bool> run(ManualExecutor& loop, Task<Result<bool>> task) {
    const auto result = start(std::move(task));
    REQUIRE(loop.run_until([&] { return result->has_value(); }));
    return **result;
}

}  // namespace

TEST_CASE("a password is hashed with argon2id, 19 MiB, two passes, one lane") {
    CHECK(hash_of_hello().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    CHECK(hash_of_hello().find("hello") == std::string::npos);
}

TEST_CASE("the same password hashes differently each time") {
    SeededRandom random{2};
    const std::string first = hash_password("hello", random);
    CHECK(first != hash_password("hello", random));
    CHECK(verify_password("hello", first));
}

TEST_CASE("only the password itself is verified") {
    CHECK(verify_password("hello", hash_of_hello()));
    for (const std::string_view wrong :
         {std::string_view{""}, std::string_view{"Hello"}, std::string_view{"hello "},
          std::string_view{"hello\0", 6}}) {
        CAPTURE(wrong);
        CHECK_FALSE(verify_password(wrong, hash_of_hello()));
    }
}

TEST_CASE("what is no hash verifies nothing") {
    for (const std::string phc : {"", "hello", "$argon2id$", "$argon2id$v=19$m=19456,t=2,p=1$$"}) {
        CAPTURE(phc);
        CHECK_FALSE(verify_password("hello", phc));
        CHECK_FALSE(verify_password("", phc));
    }
}

TEST_CASE("hashes of other programs' settings are verified too") {
    // The test vector of the reference implementation: argon2id, 256 KiB, t=2, p=1.
    CHECK(verify_password("password",
                          "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$"
                          "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"));
}

TEST_CASE("the verifier answers on the caller's loop") {
    ManualExecutor loop;
    PasswordVerifier verifier;
    CHECK(run(loop, verifier.verify(&loop, "hello", hash_of_hello())).value());
    CHECK_FALSE(run(loop, verifier.verify(&loop, "hullo", hash_of_hello())).value());
}

TEST_CASE("a user that does not exist is refused, with any password") {
    ManualExecutor loop;
    PasswordVerifier verifier;
    for (const char* password : {"", "hello"}) {
        const auto good = run(loop, verifier.verify(&loop, password, ""));
        REQUIRE(good.has_value());
        CHECK_FALSE(*good);
    }
}

TEST_CASE("a user that does not exist costs the work of one that does") {
    ManualExecutor loop;
    PasswordVerifier verifier;
    // The first waits for the verifier to be ready.
    REQUIRE(run(loop, verifier.verify(&loop, "hullo", hash_of_hello())).has_value());
    // The processor's time, which other programs on the machine cannot take.
    const auto work = [&](const std::string& phc) {
        const std::clock_t begin = std::clock();
        REQUIRE(run(loop, verifier.verify(&loop, "hullo", phc)).has_value());
        return std::clock() - begin;
    };
    const std::clock_t known = work(hash_of_hello());
    CHECK(work("") > known / 3);
}

TEST_CASE("when too many wait, the next is told to come back") {
    ManualExecutor loop;
    PasswordVerifier verifier;
    std::vector<std::shared_ptr<std::optional<Result<bool>>>> asked;
    // Asking takes far less than verifying, so the queue fills, however often the verifier's thread
    // gets the processor in between.
    do
        asked.push_back(start(verifier.verify(&loop, "hello", hash_of_hello())));
    while (!asked.back()->has_value());
    CHECK(asked.size() > PasswordVerifier::kQueueMax);
    const Result<bool> last = **asked.back();
    REQUIRE_FALSE(last.has_value());
    CHECK(last.error().code == ErrorCode::kRateLimited);
    CHECK(last.error().limit == "auth.password_queue");
    CHECK(last.error().retry_after == 1s);
    asked.pop_back();
    for (const auto& each : asked) {
        REQUIRE(loop.run_until([&] { return each->has_value(); }));
        REQUIRE((*each)->has_value());
        CHECK((*each)->value());
    }
}
