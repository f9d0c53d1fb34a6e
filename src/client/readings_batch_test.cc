#include "client/readings_batch.h"

#include <doctest/doctest.h>

namespace tandem::client {

using contract::Encoding;

TEST_CASE("a line of the body is found in the file, whatever was left out between") {
    ReadingsBatch batch{Encoding::kNdjson, {}};
    batch.add("{a}", 7, 2);
    batch.add("{b}", 8, 1);
    CHECK(batch.gap_before(11) == 2);
    batch.add("{c}", 11, 1);
    CHECK(batch.body() == "{a}\n{b}\n\n\n{c}\n");
    CHECK(batch.readings() == 4);
    CHECK(batch.line_in_file(1) == 7);
    CHECK(batch.line_in_file(5) == 11);
}

TEST_CASE("a record of several lines is counted by its lines, and the head is not of the file") {
    ReadingsBatch batch{Encoding::kCsv, "time,device,series,value\r\n"};
    batch.add("1,a,b,\"x\ny\"\r\n", 2, 1);
    batch.add("2,a,b,3", 4, 1);
    CHECK(batch.body() == "time,device,series,value\r\n1,a,b,\"x\ny\"\r\n2,a,b,3\n");
    CHECK_FALSE(batch.line_in_file(1));
    CHECK(batch.line_in_file(2) == 2);
    CHECK(batch.line_in_file(4) == 4);
}

TEST_CASE("halves have the same records on the same lines") {
    ReadingsBatch batch{Encoding::kCsv, "h\n"};
    batch.add("a\n", 3, 5);
    batch.add("b\n", 6, 6);
    batch.add("c\n", 7, 7);
    const auto [first, second] = batch.halves();
    CHECK(first.body() == "h\na\n");
    CHECK(first.readings() == 5);
    CHECK(first.line_in_file(2) == 3);
    CHECK(second.body() == "h\nb\nc\n");
    CHECK(second.readings() == 13);
    CHECK(second.line_in_file(3) == 7);
}

TEST_CASE("a batch that was cleared begins anew") {
    ReadingsBatch batch{Encoding::kNdjson, {}};
    batch.add("{a}", 7, 2);
    batch.clear();
    CHECK(batch.empty());
    batch.add("{b}", 3, 1);
    CHECK(batch.body() == "{b}\n");
    CHECK(batch.line_in_file(1) == 3);
}

}  // namespace tandem::client
