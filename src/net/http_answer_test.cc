#include "net/http_answer.h"

#include <doctest/doctest.h>

namespace tandem::net {
namespace {

TEST_CASE("a date is told as RFC 9110 section 5.6.7 shows it") {
    CHECK(http_date(Instant{784'111'777s}) == "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK(http_date(Instant{0s}) == "Thu, 01 Jan 1970 00:00:00 GMT");
    CHECK(http_date(Instant{951'782'399s + 999'999us}) == "Mon, 28 Feb 2000 23:59:59 GMT");
    CHECK(http_date(Instant{951'782'400s}) == "Tue, 29 Feb 2000 00:00:00 GMT");
}

TEST_CASE("a date that is kept is made anew when the second changes") {
    DateKeeper date;
    CHECK(date.at(Instant{0s}) == "Thu, 01 Jan 1970 00:00:00 GMT");
    CHECK(date.at(Instant{999'999us}) == "Thu, 01 Jan 1970 00:00:00 GMT");
    CHECK(date.at(Instant{1s}) == "Thu, 01 Jan 1970 00:00:01 GMT");
    CHECK(date.at(Instant{0s}) == "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST_CASE("a status without a reason keeps the space before it") {
    const std::string head = write_head({.status = 299, .date = "d", .content_length = {}}, {});
    CHECK(head.starts_with("HTTP/1.1 299 \r\n"));
}

}  // namespace
}  // namespace tandem::net
