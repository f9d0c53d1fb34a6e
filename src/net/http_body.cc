#include "net/http_body.h"

#include "base/ascii.h"

#include <algorithm>

namespace tandem::net {
namespace {

constexpr std::size_t kSizeDigits = 16;
constexpr std::string_view kCrlf = "\r\n";

// RFC 9112 section 6.1: a server answers 501 to a coding that it does not know, and 400 when
// `chunked` is not the last, because then nobody can tell where the body ends.
Result<Framing> read_codings(std::string_view value) {
    if (equal_ignoring_case(value, "chunked")) return Framing{.kind = Framing::Kind::kChunked};
    const auto codings = list_elements(value);
    const auto is_chunked = [](std::string_view one) {
        return equal_ignoring_case(one, "chunked");
    };
    if (std::ranges::count_if(codings, is_chunked) != 1 || !is_chunked(codings.back())) {
        return fail(ErrorCode::kBadRequest, "Transfer-Encoding must be chunked, once.");
    }
    return fail(ErrorCode::kNotImplemented, "No transfer coding but chunked is known.");
}

bool is_quoted(std::string_view text) {
    if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
    text = text.substr(1, text.size() - 2);
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '"') return false;
        if (text[at] != '\\') continue;
        ++at;
        if (at == text.size()) return false;
    }
    return is_field_value(text);
}

// RFC 9112 section 7.1.1, without the optional white space. A quoted value holds no semicolon:
// nobody sends one, and looking for it is where readers begin to differ.
bool is_chunk_extension(std::string_view text) {
    while (!text.empty()) {
        if (text.front() != ';') return false;
        const auto end = std::min(text.find(';', 1), text.size());
        const std::string_view one = text.substr(1, end - 1);
        const auto equals = std::min(one.find('='), one.size());
        if (!is_token(one.substr(0, equals))) return false;
        if (equals < one.size()) {
            const std::string_view value = one.substr(equals + 1);
            if (!is_token(value) && !is_quoted(value)) return false;
        }
        text.remove_prefix(end);
    }
    return true;
}

}  // namespace

Result<Framing> read_framing(const Headers& headers, HttpVersion version) {
    const std::size_t lengths = count_fields(headers, "content-length");
    const std::size_t codings = count_fields(headers, "transfer-encoding");
    if (lengths + codings > 1) {
        return fail(ErrorCode::kBadRequest, "The body's length is stated more than once.");
    }
    if (codings == 1) {
        if (version == HttpVersion::k10) {
            return fail(ErrorCode::kBadRequest, "HTTP/1.0 has no Transfer-Encoding.");
        }
        return read_codings(*find_header(headers, "transfer-encoding"));
    }
    if (lengths == 0) return Framing{};
    const auto length = read_decimal(*find_header(headers, "content-length"));
    if (!length) return fail(ErrorCode::kBadRequest, "Content-Length is not a number.");
    if (*length == 0) return Framing{};
    return Framing{.kind = Framing::Kind::kLength, .length = *length};
}

Result<void> BodyReader::start(const Framing& framing, std::size_t max) {
    max_ = max;
    left_ = framing.length;
    extension_left_ = limits_->chunk_extension_bytes;
    trailer_left_ = limits_->trailer_bytes;
    lines_ = {};
    switch (framing.kind) {
        case Framing::Kind::kNone:
            state_ = State::kDone;
            break;
        case Framing::Kind::kLength:
            state_ = State::kLength;
            break;
        case Framing::Kind::kChunked:
            state_ = State::kChunkSize;
            break;
        case Framing::Kind::kUntilClose:
            state_ = State::kUntilClose;
            break;
    }
    if (framing.length > max) return fail_limit(ErrorCode::kBodyTooLarge, "http.body_bytes");
    return {};
}

Result<bool> BodyReader::read(std::span<const std::uint8_t>& bytes, std::string& body) {
    for (;;) {
        if (state_ == State::kDone) return true;
        if (bytes.empty()) return false;
        auto going = step(bytes, body);
        if (!going) return pass(going);
        if (!*going) return false;
    }
}

// True while there may be more to do with the bytes that are left.
Result<bool> BodyReader::step(std::span<const std::uint8_t>& bytes, std::string& body) {
    switch (state_) {
        case State::kDone:
            return true;
        case State::kLength:
            take(bytes, body);
            if (left_ == 0) state_ = State::kDone;
            return left_ == 0;
        case State::kUntilClose:
            return read_until_close(bytes, body);
        case State::kChunkSize:
            return read_size(bytes, body);
        case State::kChunkData:
            take(bytes, body);
            if (left_ == 0) state_ = State::kChunkEnd;
            return left_ == 0;
        case State::kChunkEnd:
            return read_chunk_end(bytes);
        case State::kTrailer:
            return read_trailer(bytes);
    }
    return true;
}

void BodyReader::take(std::span<const std::uint8_t>& bytes, std::string& body) {
    const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    const auto part = bytes.first(taken);
    body.append(part.begin(), part.end());
    bytes = bytes.subspan(taken);
    left_ -= taken;
}

Result<bool> BodyReader::read_until_close(std::span<const std::uint8_t>& bytes, std::string& body) {
    if (bytes.size() > max_ - body.size()) {
        return fail_limit(ErrorCode::kBodyTooLarge, "http.body_bytes");
    }
    left_ = bytes.size();
    take(bytes, body);
    return false;
}

Result<bool> BodyReader::read_size(std::span<const std::uint8_t>& bytes, const std::string& body) {
    const auto found = lines_.next(bytes, kSizeDigits + extension_left_ + kCrlf.size());
    if (found == LineReader::Found::kPartial) return false;
    if (found == LineReader::Found::kTooLong) {
        return fail_limit(ErrorCode::kBadRequest, "http.chunk_extension_bytes");
    }
    const std::string_view line = lines_.line();
    const auto digits = std::min(line.find(';'), line.size());
    const auto size = read_hexadecimal(line.substr(0, digits));
    const std::size_t extension = line.size() - digits;
    if (found == LineReader::Found::kBroken || !size || !is_chunk_extension(line.substr(digits))) {
        return fail(ErrorCode::kBadRequest, "A chunk's size line is malformed.");
    }
    if (extension > extension_left_) {
        return fail_limit(ErrorCode::kBadRequest, "http.chunk_extension_bytes");
    }
    if (*size > max_ - body.size()) {
        return fail_limit(ErrorCode::kBodyTooLarge, "http.body_bytes");
    }
    extension_left_ -= extension;
    left_ = *size;
    state_ = *size == 0 ? State::kTrailer : State::kChunkData;
    return true;
}

Result<bool> BodyReader::read_chunk_end(std::span<const std::uint8_t>& bytes) {
    const auto found = lines_.next(bytes, kCrlf.size());
    if (found == LineReader::Found::kPartial) return false;
    if (found != LineReader::Found::kWhole) {
        return fail(ErrorCode::kBadRequest, "A chunk does not end where it says.");
    }
    state_ = State::kChunkSize;
    return true;
}

Result<bool> BodyReader::read_trailer(std::span<const std::uint8_t>& bytes) {
    const auto found = lines_.next(bytes, trailer_left_ + kCrlf.size());
    if (found == LineReader::Found::kPartial) return false;
    if (found == LineReader::Found::kTooLong) {
        return fail_limit(ErrorCode::kBadRequest, "http.trailer_bytes");
    }
    if (found == LineReader::Found::kBroken) {
        return fail(ErrorCode::kBadRequest, "A trailer line does not end in CRLF.");
    }
    if (lines_.line().empty()) {
        state_ = State::kDone;
        return true;
    }
    // Checked and forgotten: a trailer must never change what the head said.
    trailer_left_ -= std::min(trailer_left_, lines_.line().size() + kCrlf.size());
    Headers dropped;
    if (auto good = read_field(lines_.line(), dropped); !good) return pass(good);
    return true;
}

}  // namespace tandem::net
