#include "codec/field_list.h"

#include <doctest/doctest.h>

#include <string>

using namespace tandem::codec;

namespace {

/// `name=weight` of each element, each followed by a space.
std::string elements(std::string_view field) {
    std::string out;
    FieldList list{field};
    while (const auto element = list.next())
        out += std::string{element->name} + "=" + std::to_string(element->weight) + " ";
    return out;
}

}  // namespace

TEST_CASE("the elements of a header field come with their weights") {
    struct Row {
        std::string_view field;
        std::string_view elements;
        std::string_view why;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"", "", "an empty field has none"},
             {" ,\t, ,", "", "empty elements are skipped"},
             {"gzip", "gzip=1000 ", "no weight means 1"},
             {"gzip, zstd", "gzip=1000 zstd=1000 ", "in their order"},
             {" gzip\t;\tq=0.25 ,zstd ; Q=0.5", "gzip=250 zstd=500 ", "with blanks, in any case"},
             {"gzip;q=1.0, zstd;q=1", "gzip=1000 zstd=1000 ", "1 is 1.0"},
             {"gzip;q=0, zstd;q=0.000, br;q=0.001", "gzip=0 zstd=0 br=1 ", "in thousandths"},
             {"gzip;q=0.12349", "gzip=123 ", "what is finer is cut off"},
             {"gzip;q=high, zstd;q=, br;q=-1", "gzip=0 zstd=0 br=0 ", "no weight: not acceptable"},
             {"text/html;level=1;q=0.5;x=y", "text/html=500 ", "other parameters are ignored"},
             {";q=1,gzip", "gzip=1000 ", "a weight of nothing is nothing"}}) {
        CAPTURE(row.field);
        CHECK_MESSAGE(elements(row.field) == row.elements, row.why);
    }
}
