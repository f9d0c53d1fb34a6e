#include "store/embedded/reserve.h"

#include "store/embedded/test_store.h"

#include <doctest/doctest.h>

using namespace tandem::store;

TEST_CASE("a reserve holds room until it is given up, once, and can hold it again") {
    const TemporaryDirectory directory;
    std::filesystem::create_directory(directory.path());
    const auto file = directory.path() / "reserve";
    Reserve reserve{file, 100'000};
    CHECK_FALSE(reserve.give_up());
    CHECK(reserve.keep());
    CHECK(std::filesystem::file_size(file) == 100'000);
    CHECK(Reserve{file, 100'000}.keep());

    CHECK(reserve.give_up());
    CHECK(std::filesystem::file_size(file) == 0);
    CHECK_FALSE(reserve.give_up());
    CHECK(reserve.keep());
}

TEST_CASE("whoever opens a reserve sees that it was given up before") {
    const TemporaryDirectory directory;
    std::filesystem::create_directory(directory.path());
    const auto file = directory.path() / "reserve";
    CHECK_FALSE(Reserve{file, 100'000}.is_given_up());
    {
        Reserve reserve{file, 100'000};
        REQUIRE(reserve.keep());
        CHECK_FALSE(reserve.is_given_up());
        REQUIRE(reserve.give_up());
        CHECK(reserve.is_given_up());
    }
    Reserve reserve{file, 100'000};
    CHECK(reserve.is_given_up());
    REQUIRE(reserve.keep());
    CHECK_FALSE(reserve.is_given_up());
    CHECK_FALSE(Reserve{file, 0}.is_given_up());
}

TEST_CASE("a reserve takes no room that is not there twice") {
    const TemporaryDirectory directory;
    std::filesystem::create_directory(directory.path());
    const auto there = std::filesystem::space(directory.path()).available;
    Reserve reserve{directory.path() / "reserve", there - there / 4};
    CHECK_FALSE(reserve.keep());
    CHECK_FALSE(std::filesystem::exists(directory.path() / "reserve"));
}
