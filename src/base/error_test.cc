#include "base/error.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace tandem;

namespace {

Result<int> half(int number) {
    if (number % 2 != 0) return fail(ErrorCode::kUnprocessable, "odd");
    return number / 2;
}

Result<std::string> half_as_text(int number) {
    auto result = half(number);
    if (!result) return pass(result);
    return std::to_string(*result);
}

}  // namespace

TEST_CASE("the error table") {
    SUBCASE("has one row for each code, found by it") {
        for (const ErrorRow& entry : errors()) {
            CHECK(row(entry.code).name == entry.name);
        }
        CHECK(row(ErrorCode::kStorageFull).name == "storage-full");
    }

    SUBCASE("gives every error a name of its own, of small letters and hyphens") {
        std::set<std::string_view> names;
        for (const ErrorRow& entry : errors()) {
            CAPTURE(entry.name);
            CHECK(names.insert(entry.name).second);
            CHECK(std::ranges::all_of(entry.name,
                                      [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; }));
        }
    }

    SUBCASE("has a status that says failure, and a sentence") {
        for (const ErrorRow& entry : errors()) {
            CAPTURE(entry.name);
            CHECK(entry.status >= 400);
            CHECK(entry.status < 600);
            CHECK(entry.title.ends_with('.'));
        }
    }

    SUBCASE("calls nothing retryable that the caller has to change first") {
        for (const ErrorRow& entry : errors()) {
            CAPTURE(entry.name);
            const bool may = entry.status == 408 || entry.status == 429 || entry.status >= 500;
            CHECK((may || !entry.retryable));
        }
    }
}

TEST_CASE("results") {
    SUBCASE("a value or why there is none") {
        CHECK(half(4).value() == 2);
        REQUIRE_FALSE(half(3));
        CHECK(half(3).error().code == ErrorCode::kUnprocessable);
        CHECK(half(3).error().detail == "odd");
    }

    SUBCASE("a failure is passed on whole, into a result of another type") {
        CHECK(half_as_text(4).value() == "2");
        REQUIRE_FALSE(half_as_text(3));
        CHECK(half_as_text(3).error().code == ErrorCode::kUnprocessable);
        CHECK(half_as_text(3).error().detail == "odd");
    }

    SUBCASE("a failure says nothing that it was not told") {
        const Error error = fail(ErrorCode::kNotFound).error();
        CHECK(error.detail.empty());
        CHECK(error.fields.empty());
        CHECK_FALSE(error.retry_after);
        CHECK(error.limit.empty());
        CHECK(error.door_hint.empty());
    }

    SUBCASE("a wrong field is named in the list and told in the detail") {
        const Error error = fail_field("/ttl_ms", "at least 1").error();
        CHECK(error.code == ErrorCode::kInvalidField);
        CHECK(error.detail == "at least 1");
        REQUIRE(error.fields.size() == 1);
        CHECK(error.fields[0] == FieldError{.pointer = "/ttl_ms", .detail = "at least 1"});
    }
}
