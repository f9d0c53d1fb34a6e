#pragma once

#include "base/error.h"

#include <string>
#include <string_view>
#include <vector>

namespace tandem::net {

/// Bytes that no strict reader of RFC 9112 takes for a request, and why.
struct RefusedRequest {
    std::string_view why;
    std::string bytes;
    ErrorCode code = ErrorCode::kBadRequest;
};

/// A POST with these header lines between Host and the body.
inline std::string post_with(std::string_view lines, std::string_view body) {
    return "POST / HTTP/1.1\r\nHost: a\r\n" + std::string{lines} + "\r\n" + std::string{body};
}
inline std::string chunked(std::string_view body) {
    return post_with("Transfer-Encoding: chunked\r\n", body);
}

inline std::vector<RefusedRequest> refused_requests() {
    using enum ErrorCode;
    using namespace std::string_literals;
    const std::string rest = " HTTP/1.1\r\nHost: a\r\n\r\n";
    return {
        // The request line.
        {"no target", "GET HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"no version", "GET /\r\nHost: a\r\n\r\n"},
        {"two spaces", "GET  /" + rest},
        {"a tab for a space", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"a space before the method", " GET /" + rest},
        {"a small method", "get /" + rest},
        {"a method that is no token", "GE(T /" + rest},
        {"a target with a space", "GET /a b" + rest},
        {"a target with a fragment", "GET /a#b" + rest},
        {"a target with a control", "GET /a\x01" + rest},
        {"a target beyond ASCII", "GET /\xc3\xa4" + rest},
        {"a target that is no path", "GET a" + rest},
        {"an asterisk for GET", "GET *" + rest},
        {"another scheme", "GET ftp://a/" + rest},
        {"an absolute target with user information", "GET http://u@a/" + rest},
        {"a tunnel", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", kNotImplemented},
        {"HTTP/0.9", "GET /\r\n\r\n"},
        {"HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", kVersionNotSupported},
        {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", kVersionNotSupported},
        {"a small http", "GET / http/1.1\r\nHost: a\r\n\r\n"},
        {"a version of two digits", "GET / HTTP/1.11\r\nHost: a\r\n\r\n"},
        // Lines.
        {"LF alone after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n"},
        {"LF alone after a field", "GET / HTTP/1.1\r\nHost: a\n\r\n"},
        {"LF alone for the empty line", "GET / HTTP/1.1\r\nHost: a\r\n\n"},
        {"CR alone inside a field", "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n"},
        {"CR CR LF", "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n"},
        {"NUL in a field", "GET / HTTP/1.1\r\nHost: a\r\nX: b\0c\r\n\r\n"s},
        {"a folded field", "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n"},
        {"a space before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"},
        {"a space before the colon", post_with("Content-Length : 1\r\n", "x")},
        {"a tab before the colon", post_with("Content-Length\t: 1\r\n", "x")},
        {"a field without a name", post_with(": 1\r\n", "")},
        {"a field without a colon", post_with("Content-Length\r\n", "")},
        {"a name beyond ASCII", post_with("X\xc3\xa4: 1\r\n", "")},
        {"a control in a value", post_with("X: \x02\r\n", "")},
        // Host.
        {"no Host", "GET / HTTP/1.1\r\n\r\n"},
        {"an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
        {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
        {"a Host with user information", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"},
        {"a Host with a space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"},
        // Content-Length.
        {"no digits", post_with("Content-Length:\r\n", "")},
        {"a plus sign", post_with("Content-Length: +1\r\n", "x")},
        {"a minus sign", post_with("Content-Length: -1\r\n", "x")},
        {"a hexadecimal length", post_with("Content-Length: 0x1\r\n", "x")},
        {"a fraction", post_with("Content-Length: 1.0\r\n", "x")},
        {"a list of lengths", post_with("Content-Length: 1, 1\r\n", "x")},
        {"the same length twice", post_with("Content-Length: 1\r\nContent-Length: 1\r\n", "x")},
        {"two lengths", post_with("Content-Length: 1\r\nContent-Length: 2\r\n", "xx")},
        {"2^63", post_with("Content-Length: 9223372036854775808\r\n", "x")},
        {"2^64 + 1", post_with("Content-Length: 18446744073709551617\r\n", "x")},
        {"more than a body may have", post_with("Content-Length: 1000000000\r\n", "x"),
         kBodyTooLarge},
        // Transfer-Encoding.
        {"length and coding",
         post_with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
        {"coding and length",
         post_with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n")},
        {"two codings fields",
         post_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
        {"chunked twice", post_with("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n")},
        {"chunked is not last", post_with("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n")},
        {"an unknown coding", post_with("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")},
        {"identity", post_with("Transfer-Encoding: identity\r\n", "")},
        {"an empty coding", post_with("Transfer-Encoding:\r\n", "0\r\n\r\n")},
        {"quotes", post_with("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n")},
        {"a vertical tab", post_with("Transfer-Encoding: \x0b"
                                     "chunked\r\n",
                                     "0\r\n\r\n")},
        {"gzip before chunked", post_with("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"),
         kNotImplemented},
        {"a coding in HTTP/1.0",
         "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        // Chunks.
        {"no size", chunked("\r\nx\r\n0\r\n\r\n")},
        {"a negative size", chunked("-1\r\nx\r\n0\r\n\r\n")},
        {"a size with a prefix", chunked("0x1\r\nx\r\n0\r\n\r\n")},
        {"a size with an underscore", chunked("1_0\r\nx\r\n0\r\n\r\n")},
        {"a space before the size", chunked(" 1\r\nx\r\n0\r\n\r\n")},
        {"a space after the size", chunked("1 \r\nx\r\n0\r\n\r\n")},
        {"a size of 17 digits", chunked("00000000000000001\r\nx\r\n0\r\n\r\n")},
        {"a size above any body", chunked("ffffffffffffffff\r\nx\r\n0\r\n\r\n"), kBodyTooLarge},
        {"LF alone after the size", chunked("1\nx\r\n0\r\n\r\n")},
        {"a chunk longer than it says", chunked("1\r\nxy\r\n0\r\n\r\n")},
        {"LF alone after a chunk", chunked("1\r\nx\n0\r\n\r\n")},
        {"no line end after a chunk", chunked("1\r\nx0\r\n\r\n")},
        {"an extension without a name", chunked("1;\r\nx\r\n0\r\n\r\n")},
        {"an extension with a control", chunked("1;a=\x01\r\nx\r\n0\r\n\r\n")},
        {"CR inside an extension", chunked("1;a\rb\r\nx\r\n0\r\n\r\n")},
        {"a trailer that is no field", chunked("0\r\nx\r\n\r\n")},
        {"a folded trailer", chunked("0\r\nX: a\r\n b\r\n\r\n")},
        // Expectations.
        {"an unknown expectation", post_with("Expect: 200-ok\r\nContent-Length: 1\r\n", "x"),
         kExpectationFailed},
        {"two expectations",
         post_with("Expect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: 1\r\n", "x"),
         kExpectationFailed},
    };
}

/// A request that is one, with what there is to see of it.
struct GoodRequest {
    std::string_view what;
    std::string bytes;
    std::string_view method;
    std::string_view target;
    std::string_view host = "a";
    std::string_view body;
    bool keep_alive = true;
};

inline std::vector<GoodRequest> good_requests() {
    return {
        {"the smallest", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET", "/"},
        {"empty lines first", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET", "/"},
        {"a query", "GET /a?b=c&d HTTP/1.1\r\nHost: a\r\n\r\n", "GET", "/a?b=c&d"},
        {"OPTIONS for everything", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS", "*"},
        {"an absolute target, which wins over Host",
         "GET http://b:1/c?d HTTP/1.1\r\nHost: a\r\n\r\n", "GET", "/c?d", "b:1"},
        {"an absolute target without a path", "GET HTTPS://b?d HTTP/1.1\r\nHost: a\r\n\r\n", "GET",
         "/?d", "b"},
        {"an IPv6 Host", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "GET", "/", "[::1]:80"},
        {"spaces around a value", "GET / HTTP/1.1\r\nHost: \t a \t\r\n\r\n", "GET", "/"},
        {"a length", post_with("Content-Length: 3\r\n", "abc"), "POST", "/", "a", "abc"},
        {"a length with zeros in front", post_with("Content-Length: 0003\r\n", "abc"), "POST", "/",
         "a", "abc"},
        {"a length of 0", post_with("Content-Length: 0\r\n", ""), "POST", "/"},
        {"chunks", chunked("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), "POST", "/", "a", "abcde"},
        {"chunks with small and capital digits",
         chunked("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n"), "POST", "/", "a",
         "01234567890123456789"},
        {"CHUNKED", post_with("Transfer-Encoding: CHUNKED\r\n", "1\r\nx\r\n0\r\n\r\n"), "POST", "/",
         "a", "x"},
        {"extensions", chunked("1;a;b=c;d=\"e f\"\r\nx\r\n0;g\r\n\r\n"), "POST", "/", "a", "x"},
        {"a last size of many zeros", chunked("1\r\nx\r\n000\r\n\r\n"), "POST", "/", "a", "x"},
        {"a trailer, which is dropped", chunked("1\r\nx\r\n0\r\nContent-Length: 9\r\n\r\n"), "POST",
         "/", "a", "x"},
        {"a body of line ends", post_with("Content-Length: 4\r\n", "\r\n\r\n"), "POST", "/", "a",
         "\r\n\r\n"},
        {"HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", "GET", "/", "", "", false},
        {"Connection: close", "GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n", "GET",
         "/", "a", "", false},
        {"100-continue", post_with("Expect: 100-continue\r\nContent-Length: 2\r\n", "ab"), "POST",
         "/", "a", "ab"},
    };
}

}  // namespace tandem::net
