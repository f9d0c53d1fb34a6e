// Whatever bytes come, in whatever pieces: the same requests and the same refusal, within limits.
// The first byte says how long the pieces are.
#include "base/check.h"
#include "net/http_parser.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

using namespace tandem;
using namespace tandem::net;

namespace {

// Small, so that short inputs reach them.
const Limits kLimits{.head_bytes = 256,
                     .target_bytes = 32,
                     .header_fields = 6,
                     .body_bytes = 64,
                     .chunk_extension_bytes = 16,
                     .trailer_bytes = 32};

struct Read {
    std::vector<HttpRequest> requests;
    std::optional<Error> error;
};

void check_limits(const HttpRequest& request) {
    check(!request.method.empty());
    check(request.target.size() <= kLimits.target_bytes + 1);  // "/" before a query alone.
    check(request.headers.size() <= kLimits.header_fields);
    check(request.body.size() <= kLimits.body_bytes);
    for (const auto& [name, value] : request.headers) {
        check(is_token(name));
        check(is_field_value(value));
    }
}

void feed(HttpRequestParser& parser, std::span<const std::uint8_t> bytes, Read& read) {
    while (!bytes.empty() && !read.error) {
        auto step = parser.read(bytes);
        if (!step) {
            read.error = step.error();
        } else if (*step == HttpRequestParser::Step::kMore) {
            check(bytes.empty());
        } else if (*step == HttpRequestParser::Step::kHead) {
            if (auto good = parser.accept_body(kLimits.body_bytes); !good)
                read.error = good.error();
        } else {
            read.requests.push_back(parser.take());
            check_limits(read.requests.back());
        }
    }
}

Read read_pieces(std::span<const std::uint8_t> bytes, std::size_t piece) {
    HttpRequestParser parser{kLimits};
    Read read;
    while (!bytes.empty() && !read.error) {
        const auto part = bytes.first(std::min(piece, bytes.size()));
        bytes = bytes.subspan(part.size());
        feed(parser, part, read);
    }
    return read;
}

void check_same(const Read& left, const Read& right) {
    check(left.requests.size() == right.requests.size());
    for (std::size_t at = 0; at < left.requests.size(); ++at) {
        check(left.requests[at].method == right.requests[at].method);
        check(left.requests[at].target == right.requests[at].target);
        check(left.requests[at].host == right.requests[at].host);
        check(left.requests[at].headers == right.requests[at].headers);
        check(left.requests[at].body == right.requests[at].body);
        check(left.requests[at].keep_alive == right.requests[at].keep_alive);
    }
    check(left.error.has_value() == right.error.has_value());
    if (!left.error) return;
    check(left.error->code == right.error->code);
    check(left.error->limit == right.error->limit);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::span bytes{data + 1, size - 1};
    const Read whole = read_pieces(bytes, std::max<std::size_t>(bytes.size(), 1));
    check_same(whole, read_pieces(bytes, std::size_t{data[0]} + 1));
    check_same(whole, read_pieces(bytes, 1));
    return 0;
}
