#include "client/lines.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace tandem::client {
namespace {

std::vector<std::string> lines_of(std::string_view text, std::size_t piece) {
    Lines lines{10};
    std::vector<std::string> out;
    const auto take = [&] {
        while (const auto line = lines.next())
            out.emplace_back(*line);
    };
    for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) {
        lines.add(text.substr(0, piece));
        take();
    }
    lines.end();
    take();
    if (lines.too_long()) out.emplace_back("(too long)");
    return out;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("lines are the same, however the text is cut") {
    for (std::size_t piece = 1; piece < 12; ++piece) {
        CAPTURE(piece);
        CHECK(lines_of("a\r\n\nbc\n", piece) == Texts{"a", "", "bc"});
        CHECK(lines_of("a\nb", piece) == Texts{"a", "b"});
        CHECK(lines_of("", piece).empty());
        CHECK(lines_of("1234567890\n12345678901\nb\n", piece) == Texts{"1234567890", "(too long)"});
        CHECK(lines_of("12345678901", piece) == Texts{"(too long)"});
    }
}

TEST_CASE("a line whose end has not come is not given, and told of") {
    Lines lines{10};
    lines.add("a\nb");
    CHECK(lines.next() == "a");
    CHECK_FALSE(lines.next());
    CHECK(lines.started());
    lines.add("c\n");
    CHECK(lines.next() == "bc");
    CHECK_FALSE(lines.started());
}

}  // namespace tandem::client
