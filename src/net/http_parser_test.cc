#include "net/http_parser.h"

#include "net/test_requests.h"
#include "net/test_transport.h"

#include <doctest/doctest.h>

#include <optional>

namespace tandem::net {
namespace {

/// Everything that a parser makes of bytes that arrive in pieces.
struct Read {
    std::vector<HttpRequest> requests;
    std::optional<Error> error;
};

class Reading {
public:
    explicit Reading(const Limits& limits) : parser_{limits}, body_max_{limits.body_bytes} {}

    void feed(std::string_view text) {
        auto bytes = bytes_of(text);
        while (!bytes.empty() && !read_.error) {
            auto step = parser_.read(bytes);
            if (!step) {
                read_.error = step.error();
            } else if (*step == HttpRequestParser::Step::kHead) {
                auto good = parser_.accept_body(body_max_);
                if (!good) read_.error = good.error();
            } else if (*step == HttpRequestParser::Step::kRequest) {
                read_.requests.push_back(parser_.take());
            }
        }
    }
    [[nodiscard]] const Read& result() const { return read_; }
    [[nodiscard]] const HttpRequestParser& parser() const { return parser_; }

private:
    HttpRequestParser parser_;
    std::size_t body_max_;
    Read read_;
};

Read read_whole(std::string_view text, const Limits& limits = {}) {
    Reading reading{limits};
    reading.feed(text);
    return reading.result();
}

Read read_split(std::string_view text, std::size_t at) {
    const Limits limits;
    Reading reading{limits};
    reading.feed(text.substr(0, at));
    reading.feed(text.substr(at));
    return reading.result();
}

Read read_bytewise(std::string_view text) {
    const Limits limits;
    Reading reading{limits};
    for (std::size_t at = 0; at < text.size(); ++at)
        reading.feed(text.substr(at, 1));
    return reading.result();
}

TEST_CASE("what is no request is refused, however it is cut into pieces") {
    for (const auto& [why, bytes, code] : refused_requests()) {
        CAPTURE(why);
        const Read whole = read_whole(bytes);
        CHECK(whole.requests.empty());
        REQUIRE(whole.error.has_value());
        CHECK(whole.error->code == code);
        const Read bytewise = read_bytewise(bytes);
        CHECK(bytewise.requests.empty());
        REQUIRE(bytewise.error.has_value());
        CHECK(bytewise.error->code == code);
        for (std::size_t at = 1; at < bytes.size(); ++at) {
            const Read split = read_split(bytes, at);
            REQUIRE_MESSAGE(split.error.has_value(), "split at " << at);
            REQUIRE_MESSAGE(split.error->code == code, "split at " << at);
        }
    }
}

void check_is(const Read& read, const GoodRequest& expected) {
    REQUIRE_MESSAGE(!read.error.has_value(), read.error->detail);
    REQUIRE(read.requests.size() == 1);
    const HttpRequest& request = read.requests.front();
    CHECK(request.method == expected.method);
    CHECK(request.target == expected.target);
    CHECK(request.host == expected.host);
    CHECK(request.body == expected.body);
    CHECK(request.keep_alive == expected.keep_alive);
}

TEST_CASE("a request is read the same, however it is cut into pieces") {
    for (const GoodRequest& expected : good_requests()) {
        CAPTURE(expected.what);
        check_is(read_whole(expected.bytes), expected);
        check_is(read_bytewise(expected.bytes), expected);
        for (std::size_t at = 1; at < expected.bytes.size(); ++at) {
            CAPTURE(at);
            check_is(read_split(expected.bytes, at), expected);
        }
    }
}

TEST_CASE("requests that follow each other in one piece are read one by one") {
    std::string all;
    for (const GoodRequest& one : good_requests())
        all += one.bytes;
    const Read read = read_whole(all);
    CHECK_FALSE(read.error.has_value());
    CHECK(read.requests.size() == good_requests().size());
}

TEST_CASE("nothing is read after what is no request") {
    const Read read = read_whole(
        "GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n"
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(read.requests.empty());
    CHECK(read.error.has_value());
}

TEST_CASE("header names are told in lower case, values as they were sent") {
    const Read read =
        read_whole("GET / HTTP/1.1\r\nHost: a\r\nX-Some: One  Two\r\nX-Some:\r\n\r\n");
    REQUIRE(read.requests.size() == 1);
    const Headers expected{{"host", "a"}, {"x-some", "One  Two"}, {"x-some", ""}};
    CHECK(read.requests.front().headers == expected);
}

TEST_CASE("an HTTP/1.0 request cannot upgrade") {
    const Read read = read_whole("GET / HTTP/1.0\r\nUpgrade: websocket\r\n\r\n");
    REQUIRE(read.requests.size() == 1);
    CHECK(find_header(read.requests.front().headers, "upgrade") == nullptr);
}

TEST_CASE("a limit is reached exactly, and one more is refused by its name") {
    const Limits limits{.head_bytes = 200,
                        .target_bytes = 10,
                        .header_fields = 3,
                        .body_bytes = 20,
                        .chunk_extension_bytes = 8,
                        .trailer_bytes = 12};
    const auto head = [](std::size_t bytes) {
        std::string text = "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n";
        return text.insert(text.size() - 4, bytes - text.size(), 'x');
    };
    struct Row {
        std::string_view limit;
        std::string good;
        std::string bad;
        ErrorCode code;
    };
    const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n";
    const Row rows[] = {
        {"http.head_bytes", head(200), head(201), ErrorCode::kHeadTooLarge},
        {"http.target_bytes", "GET /234567890 HTTP/1.1\r\nHost: a\r\n\r\n",
         "GET /2345678901 HTTP/1.1\r\nHost: a\r\n\r\n", ErrorCode::kTargetTooLong},
        {"http.header_fields", get + "A: 1\r\nB: 2\r\n\r\n", get + "A: 1\r\nB: 2\r\nC: 3\r\n\r\n",
         ErrorCode::kHeadTooLarge},
        {"http.body_bytes", post_with("Content-Length: 20\r\n", std::string(20, 'x')),
         post_with("Content-Length: 21\r\n", std::string(21, 'x')), ErrorCode::kBodyTooLarge},
        {"http.body_bytes", chunked("a\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n"),
         chunked("a\r\n0123456789\r\nb\r\n01234567890\r\n0\r\n\r\n"), ErrorCode::kBodyTooLarge},
        {"http.chunk_extension_bytes", chunked("1;a\r\nx\r\n1;abcd\r\nx\r\n0\r\n\r\n"),
         chunked("1;a\r\nx\r\n1;abcdefg\r\nx\r\n0\r\n\r\n"), ErrorCode::kBadRequest},
        {"http.trailer_bytes", chunked("0\r\nA: 1\r\nB: 2\r\n\r\n"),
         chunked("0\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n"), ErrorCode::kBadRequest},
    };
    for (const Row& row : rows) {
        CAPTURE(row.limit);
        const Read good = read_whole(row.good, limits);
        CHECK_FALSE(good.error.has_value());
        CHECK(good.requests.size() == 1);
        const Read bad = read_whole(row.bad, limits);
        CHECK(bad.requests.empty());
        REQUIRE(bad.error.has_value());
        CHECK(bad.error->code == row.code);
        CHECK(bad.error->limit == row.limit);
    }
}

TEST_CASE("a head that never ends is refused when it has become too long") {
    const Limits limits{.head_bytes = 1'000};
    Reading reading{limits};
    reading.feed("GET / HTTP/1.1\r\nX: ");
    int fed = 0;
    while (!reading.result().error && fed < 2'000) {
        reading.feed("x");
        ++fed;
    }
    CHECK(fed < 1'000);
    CHECK(reading.result().error->limit == "http.head_bytes");
}

TEST_CASE("the parser knows how far it is") {
    const Limits limits;
    Reading reading{limits};
    CHECK_FALSE(reading.parser().started());
    reading.feed("P");
    CHECK(reading.parser().started());
    CHECK_FALSE(reading.parser().in_body());
    reading.feed("OST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n");
    CHECK(reading.parser().in_body());
    CHECK(reading.parser().request().target == "/");
    reading.feed("ab");
    CHECK_FALSE(reading.parser().started());
}

TEST_CASE("100-continue is expected only before a body") {
    const Limits limits;
    Reading with_body{limits};
    with_body.feed(post_with("Expect: 100-Continue\r\nContent-Length: 2\r\n", ""));
    CHECK(with_body.parser().expects_continue());
    HttpRequestParser without{limits};
    const std::string text = post_with("Expect: 100-continue\r\n", "");
    auto bytes = bytes_of(text);
    REQUIRE(without.read(bytes).has_value());
    CHECK_FALSE(without.expects_continue());
}

struct Answers {
    std::vector<HttpResponse> answers;
    std::optional<Error> error;
    bool whole_at_end = false;
};

Answers read_answers(std::string_view text, std::size_t piece, bool to_head = false) {
    const Limits limits{.body_bytes = 1'000};
    HttpResponseParser parser{limits};
    Answers read;
    while (!text.empty() && !read.error) {
        auto bytes = bytes_of(text.substr(0, piece));
        text.remove_prefix(bytes.size());
        while (!bytes.empty() && !read.error) {
            auto whole = parser.read(bytes, {.to_head = to_head});
            if (!whole) {
                read.error = whole.error();
            } else if (*whole) {
                read.answers.push_back(parser.take());
            }
        }
    }
    read.whole_at_end = parser.end();
    if (read.whole_at_end) read.answers.push_back(parser.take());
    return read;
}

TEST_CASE("an answer is read the same, however it is cut into pieces") {
    struct Row {  // NOLINT(clang-analyzer-optin.performance.Padding): in the order of an answer
        std::string_view what;
        std::string_view bytes;
        int status;
        std::string_view body;
        bool close;
    };
    const Row rows[] = {
        {"a length", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", 200, "ab", false},
        {"no reason", "HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n", 404, "", false},
        {"no space either", "HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", 404, "", false},
        {"chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", 200,
         "a", false},
        {"interim answers first",
         "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\n"
         "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
         200, "a", false},
        {"no content", "HTTP/1.1 204 No Content\r\n\r\n", 204, "", false},
        {"not modified, with a length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
         304, "", false},
        {"until the end", "HTTP/1.1 200 OK\r\n\r\nabc", 200, "abc", true},
        {"Connection: close", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na",
         200, "a", true},
        {"HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", 200, "a", true},
    };
    for (const Row& row : rows) {
        for (std::size_t piece = 1; piece <= row.bytes.size(); ++piece) {
            CAPTURE(row.what);
            CAPTURE(piece);
            const Answers read = read_answers(row.bytes, piece);
            REQUIRE(read.answers.size() == 1);
            CHECK(read.answers.front().status == row.status);
            CHECK(read.answers.front().body == row.body);
            CHECK(read.answers.front().close == row.close);
        }
    }
}

TEST_CASE("the answer to HEAD has no body, whatever length it tells") {
    const Answers read = read_answers(
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n",
        1'000, true);
    CHECK(read.answers.size() == 2);
}

TEST_CASE("what is no answer is refused") {
    struct Row {
        std::string_view why;
        std::string bytes;
    };
    const Row rows[] = {
        {"a request", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"HTTP/2", "HTTP/2.0 200 OK\r\n\r\n"},
        {"no status", "HTTP/1.1 OK\r\n\r\nxxxx"},
        {"a status of two digits", "HTTP/1.1 20 OK\r\n\r\n"},
        {"a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n"},
        {"a status above 599", "HTTP/1.1 600 OK\r\n\r\n"},
        {"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na"},
        {"too much", "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n"},
        {"too much until the end", "HTTP/1.1 200 OK\r\n\r\n" + std::string(1'001, 'x')},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(read_answers(row.bytes, 1'000).error.has_value());
        CHECK(read_answers(row.bytes, 1).error.has_value());
    }
}

}  // namespace
}  // namespace tandem::net
