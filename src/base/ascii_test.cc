#include "base/ascii.h"

#include <doctest/doctest.h>

namespace tandem {

TEST_CASE("case is that of the letters A to Z alone") {
    CHECK(equal_ignoring_case("GZip", "gzIP"));
    CHECK(equal_ignoring_case("", ""));
    CHECK_FALSE(equal_ignoring_case("gzip", "gzi"));
    CHECK_FALSE(equal_ignoring_case("\u00c9", "\u00e9"));
    // What lies beside the letters differs from them by the same bit.
    CHECK_FALSE(equal_ignoring_case("[", "{"));
    CHECK_FALSE(equal_ignoring_case("@", "`"));
    CHECK(lower_case("X-Tandem_1 \u00c9[") == "x-tandem_1 \u00c9[");
}

TEST_CASE("blanks are spaces and tabs, at both ends") {
    CHECK(trimmed(" \t a b\t ") == "a b");
    CHECK(trimmed("\na\r") == "\na\r");
    CHECK(trimmed(" \t").empty());
}

}  // namespace tandem
