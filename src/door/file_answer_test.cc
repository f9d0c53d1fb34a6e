#include "door/file_answer.h"

#include <doctest/doctest.h>

namespace tandem::door {
namespace {

constexpr ConsoleFile kFile{.path = "/a.txt",
                            .media_type = "text/plain; charset=utf-8",
                            .bytes = "0123456789",
                            .gzip = "squeezed",
                            .etag = "\"v1\""};

net::HttpResponse get(net::Headers headers, const std::string& method = "GET") {
    return file_answer(kFile,
                       {.method = method, .target = "/a.txt", .headers = std::move(headers)});
}

std::string field(const net::HttpResponse& answer, std::string_view name) {
    const std::string* found = net::find_header(answer.headers, name);
    return found == nullptr ? "" : *found;
}

}  // namespace

TEST_CASE("a file is answered whole, with its tag and that ranges are taken") {
    const auto answer = get({});
    CHECK(answer.status == 200);
    CHECK(answer.body == "0123456789");
    CHECK(field(answer, "etag") == "\"v1\"");
    CHECK(field(answer, "accept-ranges") == "bytes");
    CHECK(field(answer, "content-encoding").empty());
    CHECK(get({}, "HEAD").status == 200);
}

TEST_CASE("who accepts gzip gets it, with a tag of its own") {
    const auto answer = get({{"accept-encoding", "gzip"}});
    CHECK(answer.body == "squeezed");
    CHECK(field(answer, "content-encoding") == "gzip");
    CHECK(field(answer, "etag") == "\"v1-gzip\"");
    CHECK(field(answer, "vary") == "accept-encoding");
    CHECK(get({{"accept-encoding", "br, zstd, gzip;q=0.1"}}).body == "squeezed");
    CHECK(get({{"accept-encoding", "*"}}).body == "squeezed");
    CHECK(get({{"accept-encoding", "gzip;q=0"}}).body == "0123456789");
    CHECK(get({{"accept-encoding", "br"}}).body == "0123456789");
}

TEST_CASE("one range of bytes") {
    struct Row {
        std::string range;
        int status;
        std::string body;
        std::string told;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"bytes=0-0", 206, "0", "bytes 0-0/10"},
             {"bytes=2-5", 206, "2345", "bytes 2-5/10"},
             {"bytes=7-", 206, "789", "bytes 7-9/10"},
             {"bytes=-3", 206, "789", "bytes 7-9/10"},
             {"bytes=-99", 206, "0123456789", "bytes 0-9/10"},
             {"bytes=5-99", 206, "56789", "bytes 5-9/10"},
             {"bytes=10-", 416, "", "bytes */10"},
             {"bytes=10-12", 416, "", "bytes */10"},
             {"bytes=-0", 416, "", "bytes */10"},
             // What is no range, or more than one, gets the whole: section 14.2.
             {"bytes=5-2", 200, "0123456789", ""},
             {"bytes=a-b", 200, "0123456789", ""},
             {"bytes=", 200, "0123456789", ""},
             {"bytes=-", 200, "0123456789", ""},
             {"bytes=1-2,4-5", 200, "0123456789", ""},
             {"bytes=99999999999999999999-", 200, "0123456789", ""},
             {"lines=1-2", 200, "0123456789", ""}}) {
        CAPTURE(row.range);
        const auto answer = get({{"range", row.range}, {"accept-encoding", "gzip"}});
        CHECK(answer.status == row.status);
        CHECK(answer.body == row.body);
        CHECK(field(answer, "content-range") == row.told);
    }
    CHECK(get({{"range", "bytes=0-0"}}, "HEAD").status == 200);
    CHECK(get({{"range", "bytes=0-0"}, {"range", "bytes=1-1"}}).status == 200);
}

TEST_CASE("a range of another version gets the whole of this one") {
    CHECK(get({{"range", "bytes=1-2"}, {"if-range", "\"v1\""}}).status == 206);
    CHECK(get({{"range", "bytes=1-2"}, {"if-range", "\"v0\""}}).status == 200);
    CHECK(get({{"range", "bytes=1-2"}, {"if-range", "W/\"v1\""}}).status == 200);
}

TEST_CASE("preconditions") {
    const auto unchanged = [](const std::string& tags) {
        return get({{"if-none-match", tags}}).status == 304;
    };
    CHECK(unchanged("\"v1\""));
    CHECK(unchanged("W/\"v1\""));
    CHECK(unchanged("\"v0\", \"v1\""));
    CHECK(unchanged("*"));
    CHECK_FALSE(unchanged("\"v\""));
    CHECK_FALSE(unchanged("v1"));
    CHECK(get({{"if-none-match", "\"v1\""}}).body.empty());
    CHECK(get({{"if-none-match", "\"v1\""}, {"accept-encoding", "gzip"}}).status == 200);
    CHECK(get({{"if-none-match", "\"v1-gzip\""}, {"accept-encoding", "gzip"}}).status == 304);

    CHECK(get({{"if-match", "\"v1\""}}).status == 200);
    CHECK(get({{"if-match", "*"}}).status == 200);
    CHECK(get({{"if-match", "\"v0\""}}).status == 412);
    CHECK(get({{"if-match", "W/\"v1\""}}).status == 412);
    CHECK(get({{"if-match", "\"v0\""}, {"if-none-match", "\"v1\""}}).status == 412);
    // There is no time of change to compare with.
    CHECK(get({{"if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT"}}).status == 200);
}

}  // namespace tandem::door
