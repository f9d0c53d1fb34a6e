#include "door/file_answer.h"

#include "base/ascii.h"
#include "codec/compress.h"
#include "door/answer.h"
#include "net/http_grammar.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace tandem::door {
namespace {

// Scripts, styles, fonts and sockets of the hub itself and nothing else; no page may frame it.
constexpr std::string_view kContentPolicy =
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'";

/// The file in the coding that is sent.
struct Variant {
    std::string_view bytes;
    std::string etag;
    bool gzip = false;
};

Variant plain_variant(const ConsoleFile& file) {
    return {.bytes = file.bytes, .etag = std::string{file.etag}};
}

// Other bytes have another strong tag: RFC 9110 section 8.8.3.
Variant gzip_variant(const ConsoleFile& file) {
    std::string tag{file.etag};
    tag.insert(tag.size() - 1, "-gzip");
    return {.bytes = file.gzip, .etag = std::move(tag), .gzip = true};
}

Variant choose(const ConsoleFile& file, const net::HttpRequest& request) {
    if (file.gzip.empty() || net::find_header(request.headers, "range") != nullptr) {
        return plain_variant(file);
    }
    const std::string accepted = joined_header(request, "accept-encoding");
    return codec::accepts_coding(accepted, codec::Coding::kGzip) ? gzip_variant(file)
                                                                 : plain_variant(file);
}

/// Whether a list of entity tags names `etag`. Weakly, `W/` makes no difference; strongly, a weak
/// tag names nothing.
enum class Compare : bool { kStrongly, kWeakly };
bool names(const std::string& list, const std::string& etag, Compare how) {
    return std::ranges::any_of(net::list_elements(list), [&](std::string_view tag) {
        if (tag == "*") return true;
        if (how == Compare::kWeakly && tag.starts_with("W/")) tag.remove_prefix(2);
        return tag == etag;
    });
}

struct Range {
    std::size_t first = 0;
    std::size_t size = 0;  ///< 0: nothing of the file
};

/// Nothing when the field is to be passed over.
std::optional<Range> read_range(std::string_view field, std::size_t size) {
    constexpr std::string_view unit = "bytes=";
    if (!field.starts_with(unit)) return std::nullopt;
    const std::string_view spec = trimmed(field.substr(unit.size()));
    const auto dash = spec.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto first = net::read_decimal(spec.substr(0, dash));
    const auto last = net::read_decimal(spec.substr(dash + 1));
    if (dash == 0 && last) {  // So many from the end.
        const std::size_t count = std::min<std::size_t>(*last, size);
        return Range{.first = size - count, .size = count};
    }
    const bool open = dash + 1 == spec.size();
    if (!first || (!last && !open) || (last && *last < *first)) return std::nullopt;
    if (*first >= size) return Range{};
    const std::size_t end = open ? size : std::min<std::size_t>(*last, size - 1) + 1;
    return Range{.first = *first, .size = end - *first};
}

std::optional<Range> wanted_range(const net::HttpRequest& request, const Variant& variant) {
    if (request.method != "GET" || net::count_fields(request.headers, "range") != 1) {
        return std::nullopt;
    }
    const std::string* version = net::find_header(request.headers, "if-range");
    if (version != nullptr && *version != variant.etag) return std::nullopt;
    return read_range(*net::find_header(request.headers, "range"), variant.bytes.size());
}

}  // namespace

net::HttpResponse file_answer(const ConsoleFile& file, const net::HttpRequest& request) {
    const Variant variant = choose(file, request);
    net::HttpResponse answer{
        .status = 200,
        .headers = {
            {"etag", variant.etag},
            {"vary", "accept-encoding"},
            {"cache-control", file.immutable ? "public, max-age=31536000, immutable" : "no-cache"},
            {"x-content-type-options", "nosniff"},
            {"content-security-policy", std::string{kContentPolicy}},
            {"referrer-policy", "no-referrer"},
            {"x-frame-options", "DENY"}}};
    const std::string match = joined_header(request, "if-match");
    if (!match.empty() && !names(match, variant.etag, Compare::kStrongly)) {
        answer.status = 412;
        return answer;
    }
    if (names(joined_header(request, "if-none-match"), variant.etag, Compare::kWeakly)) {
        answer.status = 304;
        return answer;
    }
    const auto range = wanted_range(request, variant);
    const std::size_t size = variant.bytes.size();
    if (range && range->size == 0) {
        answer.status = 416;
        answer.headers.emplace_back("content-range", fmt::format("bytes */{}", size));
        return answer;
    }
    answer.headers.emplace_back("content-type", std::string{file.media_type});
    answer.headers.emplace_back("accept-ranges", "bytes");
    if (variant.gzip) answer.headers.emplace_back("content-encoding", "gzip");
    if (range) {
        answer.status = 206;
        answer.headers.emplace_back(
            "content-range",
            fmt::format("bytes {}-{}/{}", range->first, range->first + range->size - 1, size));
    }
    answer.body = range ? variant.bytes.substr(range->first, range->size) : variant.bytes;
    return answer;
}

}  // namespace tandem::door
