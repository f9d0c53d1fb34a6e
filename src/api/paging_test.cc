#include "api/paging.h"

#include "api/ongoing.h"
#include "base/id.h"

#include <doctest/doctest.h>

#include <cctype>

using namespace tandem;
using namespace tandem::api;

TEST_CASE("a cursor is read as it was made, whatever the position is") {
    for (const std::string_view position :
         {std::string_view{"lamp-1"}, std::string_view{""}, std::string_view{"a/b?c&d=e"},
          std::string_view{"\0\xff", 2}}) {
        const std::string cursor = page_cursor('d', position);
        CAPTURE(cursor);
        const auto read = read_page_cursor('d', cursor);
        REQUIRE(read.has_value());
        CHECK(*read == position);
        for (const char c : cursor) {
            const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
            CHECK((plain || c == '-' || c == '_'));  // Goes into a URL as it is.
        }
    }
}

TEST_CASE("a cursor of another list, or none, is refused") {
    struct Row {
        std::string text;
        std::string_view why;
    };
    for (const Row& row :
         {Row{"", "nothing"}, Row{"=", "no base 64"}, Row{"lamp 1", "no base 64"},
          Row{page_cursor('c', "lamp-1"), "of another list"},
          Row{page_cursor('d', "lamp-1") + "=", "padding"}, Row{"A", "half a byte"}}) {
        CAPTURE(row.text);
        const auto read = read_page_cursor('d', row.text);
        REQUIRE_MESSAGE(!read.has_value(), row.why);
        CHECK(read.error().code == ErrorCode::kInvalidField);
        CHECK(read.error().fields.at(0).pointer == "#query/cursor");
    }
}

TEST_CASE("what is under way is not begun twice") {
    Ongoing ongoing;
    {
        const auto first = ongoing.enter("a");
        CHECK(static_cast<bool>(first));
        CHECK_FALSE(static_cast<bool>(ongoing.enter("a")));
        CHECK(static_cast<bool>(ongoing.enter("b")));
        // The one that was turned away has not ended the first.
        CHECK_FALSE(static_cast<bool>(ongoing.enter("a")));
    }
    CHECK(static_cast<bool>(ongoing.enter("a")));
}

TEST_CASE("a place that is moved holds its name until its last owner goes") {
    Ongoing ongoing;
    {
        auto first = ongoing.enter("a");
        const auto moved = std::move(first);
        CHECK(static_cast<bool>(moved));
        CHECK_FALSE(static_cast<bool>(ongoing.enter("a")));
    }
    CHECK(static_cast<bool>(ongoing.enter("a")));
}
