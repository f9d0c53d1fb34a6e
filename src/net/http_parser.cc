#include "net/http_parser.h"

#include "base/ascii.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace tandem::net {
namespace {

constexpr std::size_t kCrlfBytes = 2;
// What most clients send, so that the list grows once.
constexpr std::size_t kUsualFields = 8;

std::unexpected<Error> bad(std::string_view detail) {
    return fail(ErrorCode::kBadRequest, std::string{detail});
}

// Visible ASCII without what no client may send unencoded. RFC 3986 section 2.
bool is_target(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return c > ' ' && c < 0x7f && c != '"' && c != '#' && c != '<' && c != '>' && c != '\\';
    });
}

bool is_method(std::string_view text) {
    // A method is case-sensitive, and none that is registered has a small letter.
    return is_token(text) &&
           std::ranges::none_of(text, [](char c) { return c >= 'a' && c <= 'z'; });
}

// The CR that ends an unfinished line is no part of what stands in it.
std::string_view without_line_end(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

bool is_version(std::string_view text) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return text.size() == 8 && text.starts_with("HTTP/") && is_digit(text[5]) && text[6] == '.' &&
           is_digit(text[7]);
}

}  // namespace

Result<HeadReader::Step> HeadReader::read(std::span<const std::uint8_t>& bytes, Headers& headers) {
    while (!bytes.empty()) {
        const auto found = lines_.next(bytes, limits_->head_bytes - used_);
        if (found == LineReader::Found::kPartial) return Step::kMore;
        if (found == LineReader::Found::kTooLong) {
            return fail_limit(ErrorCode::kHeadTooLarge, "http.head_bytes");
        }
        if (found == LineReader::Found::kBroken) return bad("A line does not end in CRLF.");
        used_ += lines_.line().size() + kCrlfBytes;
        auto step = take_line(headers);
        if (!step || *step != Step::kMore) return step;
    }
    return Step::kMore;
}

Result<HeadReader::Step> HeadReader::take_line(Headers& headers) {
    if (in_start_line_) {
        // RFC 9112 section 2.2: empty lines before a request are passed over.
        if (line().empty()) return Step::kMore;
        in_start_line_ = false;
        return Step::kStartLine;
    }
    if (line().empty()) return Step::kEnd;
    if (headers.size() == limits_->header_fields) {
        return fail_limit(ErrorCode::kHeadTooLarge, "http.header_fields");
    }
    if (auto good = read_field(line(), headers); !good) return pass(good);
    return Step::kMore;
}

Result<HttpRequestParser::Step> HttpRequestParser::read(std::span<const std::uint8_t>& bytes) {
    if (!in_body_) return read_head(bytes);
    auto whole = body_.read(bytes, request_.body);
    if (!whole) return pass(whole);
    return *whole ? Step::kRequest : Step::kMore;
}

Result<HttpRequestParser::Step> HttpRequestParser::read_head(std::span<const std::uint8_t>& bytes) {
    for (;;) {
        auto step = head_.read(bytes, request_.headers);
        if (head_.in_start_line() && target_too_long(without_line_end(head_.line()))) {
            return fail_limit(ErrorCode::kTargetTooLong, "http.target_bytes");
        }
        if (!step) return pass(step);
        if (*step == HeadReader::Step::kMore) return Step::kMore;
        auto good = *step == HeadReader::Step::kEnd ? finish_head() : read_start_line(head_.line());
        if (!good) return pass(good);
        if (*step == HeadReader::Step::kEnd) break;
    }
    in_body_ = framing_.kind != Framing::Kind::kNone;
    return in_body_ ? Step::kHead : Step::kRequest;
}

// Looks at unfinished lines too, so that a long target is refused when it has become too long.
bool HttpRequestParser::target_too_long(std::string_view line) const {
    const auto begin = line.find(' ');
    if (begin == std::string_view::npos) return false;
    const auto end = std::min(line.find(' ', begin + 1), line.size());
    return end - begin - 1 > limits_->target_bytes;
}

Result<void> HttpRequestParser::read_start_line(std::string_view line) {
    if (target_too_long(line)) return fail_limit(ErrorCode::kTargetTooLong, "http.target_bytes");
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == last) return bad("The request line is not method, target and version.");
    const std::string_view method = line.substr(0, first);
    if (!is_method(method)) return bad("The method is not a token in capital letters.");
    request_.headers.reserve(kUsualFields);
    request_.method = method;
    if (auto good = read_version(line.substr(last + 1)); !good) return good;
    return read_target(line.substr(first + 1, last - first - 1));
}

Result<void> HttpRequestParser::read_version(std::string_view version) {
    if (!is_version(version)) return bad("The request line has no HTTP version.");
    if (version != "HTTP/1.1" && version != "HTTP/1.0") {
        return fail(ErrorCode::kVersionNotSupported, "HTTP/1.1 and HTTP/1.0 are spoken here.");
    }
    version_ = version == "HTTP/1.1" ? HttpVersion::k11 : HttpVersion::k10;
    return {};
}

// RFC 9112 section 3.2. The authority of an absolute target wins over Host (section 3.2.2).
Result<void> HttpRequestParser::read_target(std::string_view target) {
    if (request_.method == "CONNECT") {
        return fail(ErrorCode::kNotImplemented, "This is not a proxy.");
    }
    if (!is_target(target)) return bad("The request target has a character that needs encoding.");
    if (target.starts_with('/') || (target == "*" && request_.method == "OPTIONS")) {
        request_.target = target;
        return {};
    }
    const auto scheme_end = target.find("://");
    if (scheme_end == std::string_view::npos) return bad("The request target is no path.");
    const std::string_view scheme = target.substr(0, scheme_end);
    if (!equal_ignoring_case(scheme, "http") && !equal_ignoring_case(scheme, "https")) {
        return bad("The request target has another scheme than http.");
    }
    const std::string_view rest = target.substr(scheme_end + 3);
    const auto path = std::min(rest.find_first_of("/?"), rest.size());
    if (!is_authority(rest.substr(0, path))) return bad("The target's authority is malformed.");
    request_.host = rest.substr(0, path);
    request_.target = rest.substr(path).starts_with('/') ? "" : "/";
    request_.target += rest.substr(path);
    return {};
}

Result<void> HttpRequestParser::finish_head() {
    if (auto good = read_host(); !good) return good;
    auto framing = read_framing(request_.headers, version_);
    if (!framing) return pass(framing);
    framing_ = *framing;
    // Until somebody says how much it may be, no body is taken.
    if (auto good = body_.start({}, 0); !good) return good;
    request_.chunks = version_ == HttpVersion::k11;
    request_.keep_alive =
        version_ == HttpVersion::k11 && !lists(request_.headers, "connection", "close");
    if (version_ == HttpVersion::k10) {
        // RFC 9110 section 7.8: an HTTP/1.0 client cannot upgrade.
        std::erase_if(request_.headers, [](const auto& field) { return field.first == "upgrade"; });
    }
    return read_expectation();
}

Result<void> HttpRequestParser::read_host() {
    const std::size_t hosts = count_fields(request_.headers, "host");
    if (hosts == 0 && version_ == HttpVersion::k10) return {};
    if (hosts != 1) return bad("A request has exactly one Host.");
    const std::string& host = *find_header(request_.headers, "host");
    if (!is_authority(host)) return bad("Host is malformed.");
    if (request_.host.empty()) request_.host = host;
    return {};
}

Result<void> HttpRequestParser::read_expectation() {
    const std::string* expectation = find_header(request_.headers, "expect");
    if (expectation == nullptr || version_ == HttpVersion::k10) return {};
    if (count_fields(request_.headers, "expect") != 1 ||
        !equal_ignoring_case(*expectation, "100-continue")) {
        return fail(ErrorCode::kExpectationFailed, "100-continue is the only expectation known.");
    }
    expects_continue_ = framing_.kind != Framing::Kind::kNone;
    return {};
}

HttpRequest HttpRequestParser::take() {
    HttpRequest whole = std::exchange(request_, {});
    head_ = HeadReader{*limits_};
    framing_ = {};
    expects_continue_ = false;
    in_body_ = false;
    return whole;
}

Result<bool> HttpResponseParser::read(std::span<const std::uint8_t>& bytes, Asked asked) {
    while (!in_body_) {
        auto whole = read_head(bytes, asked);
        if (!whole) return pass(whole);
        if (!*whole) return false;
        const bool interim = response_.status < 200 && response_.status != 101;
        if (interim) static_cast<void>(take());
    }
    return body_.read(bytes, response_.body);
}

Result<bool> HttpResponseParser::read_head(std::span<const std::uint8_t>& bytes, Asked asked) {
    for (;;) {
        auto step = head_.read(bytes, response_.headers);
        if (!step) return pass(step);
        if (*step == HeadReader::Step::kMore) return false;
        auto good =
            *step == HeadReader::Step::kEnd ? finish_head(asked) : read_status_line(head_.line());
        if (!good) return pass(good);
        if (*step == HeadReader::Step::kEnd) return true;
    }
}

// RFC 9112 section 4; the space before an empty reason may be missing.
Result<void> HttpResponseParser::read_status_line(std::string_view line) {
    if (line.size() < 12 || !is_version(line.substr(0, 8)) || line[8] != ' ') {
        return bad("The answer has no status line.");
    }
    if (!line.starts_with("HTTP/1.")) {
        return fail(ErrorCode::kVersionNotSupported, "The answer is not HTTP/1.1.");
    }
    version_ = line.starts_with("HTTP/1.0") ? HttpVersion::k10 : HttpVersion::k11;
    const auto status = read_decimal(line.substr(9, 3));
    if (!status || *status < 100 || *status > 599) return bad("The answer has no status.");
    if (line.size() > 12 && (line[12] != ' ' || !is_field_value(line.substr(13)))) {
        return bad("The answer's reason is malformed.");
    }
    response_.status = static_cast<int>(*status);
    return {};
}

// RFC 9112 section 6.3.
Result<void> HttpResponseParser::finish_head(Asked asked) {
    auto framing = read_framing(response_.headers, version_);
    if (!framing) return pass(framing);
    const int status = response_.status;
    const bool no_body = asked.to_head || status < 200 || status == 204 || status == 304;
    const bool measured = find_header(response_.headers, "content-length") != nullptr;
    if (no_body) {
        *framing = {};
    } else if (framing->kind == Framing::Kind::kNone && !measured) {
        framing->kind = Framing::Kind::kUntilClose;
    }
    response_.close = version_ == HttpVersion::k10 || framing->kind == Framing::Kind::kUntilClose ||
                      lists(response_.headers, "connection", "close");
    in_body_ = true;
    in_pieces_ = asked.in_pieces && status >= 200 && status < 300;
    constexpr auto any = std::numeric_limits<std::size_t>::max();
    return body_.start(*framing, in_pieces_ ? any : limits_->body_bytes);
}

std::string HttpResponseParser::take_piece() {
    return in_body_ && in_pieces_ ? std::exchange(response_.body, {}) : std::string{};
}

HttpResponse HttpResponseParser::take() {
    HttpResponse whole = std::exchange(response_, {});
    head_ = HeadReader{*limits_};
    in_body_ = false;
    return whole;
}

}  // namespace tandem::net
