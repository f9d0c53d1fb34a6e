// Who waits for 100 before it sends a body: RFC 9110 section 10.1.1.
#include "net/test_http.h"
#include "net/test_requests.h"

#include <doctest/doctest.h>

namespace tandem::net {
namespace {

const std::string kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

TEST_CASE("100-continue") {
    ServedConnection server;
    server.open();
    const std::string continues = "HTTP/1.1 100 Continue\r\n\r\n";
    const std::string head = post_with("Expect: 100-continue\r\nContent-Length: 2\r\n", "");

    SUBCASE("is told to a peer that waits for it") {
        server.feed(head);
        CHECK(server.transport.take() == continues);
        server.feed("ab");
        CHECK(server.handler.requests == 1);
        CHECK(server.transport.out.empty());
    }
    SUBCASE("is not told when the body has come with the head") {
        server.feed(head + "a");
        CHECK(server.transport.out.empty());
    }
    SUBCASE("waits for the answers before it") {
        server.feed(kGet + head);
        CHECK(server.transport.out.empty());
        server.answer(0, "first");
        CHECK(server.transport.out == answer_text("200 OK", "first") + continues);
    }
    const std::string secret =
        "POST /secret HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    SUBCASE("is not told where the head decides: the answer ends the connection") {
        server.feed(secret);
        CHECK(server.transport.take() == answer_text("401 Unauthorized", "early", true));
        CHECK(server.transport.closed);
        server.feed("ab");
        CHECK(server.handler.requests == 0);
    }
    SUBCASE("that answer waits for those before it") {
        server.feed(kGet + secret);
        CHECK(server.transport.out.empty());
        server.answer(0, "first");
        CHECK(server.transport.out ==
              answer_text("200 OK", "first") + answer_text("401 Unauthorized", "early", true));
    }
    SUBCASE("where the body has come with the head the request is run") {
        server.feed(secret + "ab");
        CHECK(server.handler.requests == 1);
    }
    SUBCASE("is not told for a body that is too long") {
        server.feed(
            "POST /small HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
            "Content-Length: 4\r\n\r\n");
        CHECK(server.transport.out == answer_text("413 Content Too Large", "refused", true));
        CHECK(server.transport.closed);
        CHECK(server.hits("http.body_bytes") == 1);
    }
}

}  // namespace
}  // namespace tandem::net
