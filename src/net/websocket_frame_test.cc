#include "net/websocket_frame.h"

#include "net/test_transport.h"

#include <doctest/doctest.h>

namespace tandem::net {
namespace {

using namespace std::string_literals;

constexpr Mask kMask{0x37, 0xfa, 0x21, 0x3d};

std::string encoded(Opcode opcode, std::string_view payload, std::optional<Mask> mask = {}) {
    return encode_frame({.opcode = opcode, .mask = mask, .payload_bytes = payload.size()}, payload);
}

TEST_CASE("frames are written as RFC 6455 section 5.7 shows them") {
    CHECK(encoded(Opcode::kText, "Hello") == "\x81\x05Hello");
    CHECK(encoded(Opcode::kText, "Hello", kMask) ==
          "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"s);
    CHECK(encoded(Opcode::kPing, "Hello") == "\x89\x05Hello");
    CHECK(encoded(Opcode::kBinary, std::string(256, 'x')).starts_with("\x82\x7e\x01\x00x"s));
    CHECK(encoded(Opcode::kBinary, std::string(65'536, 'x'))
              .starts_with("\x82\x7f\0\0\0\0\0\x01\0\0x"s));
}

TEST_CASE("a header is read as it was written, and not before it is whole") {
    for (const FrameFrom from : {FrameFrom::kClient, FrameFrom::kServer}) {
        for (const std::size_t length : {0U, 1U, 125U, 126U, 127U, 65'535U, 65'536U, 1'000'000U}) {
            FrameHeader header{.final = false, .opcode = Opcode::kBinary, .mask = {}};
            header.payload_bytes = length;
            if (from == FrameFrom::kClient) header.mask = kMask;
            std::array<std::uint8_t, kFrameHeaderBytesMax> room{};
            const std::size_t size = write_frame_header(header, room);
            for (std::size_t part = 0; part < size; ++part) {
                const auto read = read_frame_header(std::span{room}.first(part), from);
                REQUIRE(read.has_value());
                CHECK_FALSE(read->has_value());
            }
            const auto read = read_frame_header(room, from);
            REQUIRE(read.has_value());
            REQUIRE(read->has_value());
            CHECK((*read)->final == header.final);
            CHECK((*read)->opcode == header.opcode);
            CHECK((*read)->mask == header.mask);
            CHECK((*read)->payload_bytes == length);
            CHECK((*read)->header_bytes == size);
        }
    }
}

TEST_CASE("a header that section 5 forbids is refused at the byte that shows it") {
    struct Row {
        std::string_view why;
        std::string bytes;
    };
    const Row rows[] = {
        {"reserved bit 1", "\xc1"},
        {"reserved bit 2", "\xa1"},
        {"reserved bit 3", "\x91"},
        {"reserved opcode 3", "\x83"},
        {"reserved opcode 7", "\x87"},
        {"reserved opcode 11", "\x8b"},
        {"reserved opcode 15", "\x8f"},
        {"a ping in fragments", "\x09"},
        {"a close in fragments", "\x08"},
        {"no mask", "\x81\x05"s},
        {"a ping of 126 bytes", "\x89\xfe"s},
        {"a close of 64 bits", "\x88\xff"s},
        {"125 in 16 bits", "\x81\xfe\0\x7d"s},
        {"65535 in 64 bits", "\x81\xff\0\0\0\0\0\0\xff\xff"s},
        {"2^63", "\x81\xff\x80\0\0\0\0\0\0\0"s},
        {"2^64 - 1", "\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff"s},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto bytes = bytes_of(row.bytes);
        const auto refused = read_frame_header(bytes, FrameFrom::kClient);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().code == ErrorCode::kBadRequest);
        CHECK(read_frame_header(bytes.first(bytes.size() - 1), FrameFrom::kClient).has_value());
    }
    CHECK_FALSE(read_frame_header(bytes_of("\x81\x85"), FrameFrom::kServer).has_value());
}

TEST_CASE("a mask goes on where it stopped") {
    const std::string text = "The quick brown fox jumps over the lazy dog";
    std::string whole(text.size(), '\0');
    apply_mask(kMask, 0, bytes_of(text), reinterpret_cast<std::uint8_t*>(whole.data()));
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto key = static_cast<unsigned char>(kMask[at % 4]);
        CHECK(static_cast<unsigned char>(whole[at]) ==
              (static_cast<unsigned char>(text[at]) ^ key));
    }
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        std::string parts(text.size(), '\0');
        auto* to = reinterpret_cast<std::uint8_t*>(parts.data());
        apply_mask(kMask, 0, bytes_of(text).first(cut), to);
        apply_mask(kMask, cut, bytes_of(text).subspan(cut), to + cut);
        CHECK(parts == whole);
    }
}

struct Utf8Row {
    std::string_view what;
    std::string bytes;
    std::size_t wrong_at;  ///< The first byte that shows it; the length: valid.
};

TEST_CASE("UTF-8 is refused at its first wrong byte, however it is cut") {
    const auto whole = [](std::string_view what, const std::string& bytes) {
        return Utf8Row{what, bytes, bytes.size()};
    };
    const Utf8Row rows[] = {
        whole("nothing", ""),
        whole("ASCII", "0123456789abcdef\x7f"),
        whole("two bytes", "\xc2\x80\xdf\xbf"),
        whole("three bytes", "\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"),
        whole("four bytes", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"),
        whole("NUL", "a\0b"s),
        {"a continuation alone", "a\x80", 1},
        {"overlong in two bytes", "\xc0\x80", 0},
        {"overlong in two bytes, last", "\xc1\xbf", 0},
        {"overlong in three bytes", "\xe0\x9f\xbf", 1},
        {"overlong in four bytes", "\xf0\x8f\xbf\xbf", 1},
        {"the first surrogate", "\xed\xa0\x80", 1},
        {"the last surrogate", "\xed\xbf\xbf", 1},
        {"above U+10FFFF", "\xf4\x90\x80\x80", 1},
        {"a lead of five bytes", "\xf8\x88\x80\x80\x80", 0},
        {"0xff", "\xff", 0},
        {"ASCII inside a character",
         "\xe2\x82"
         "a",
         2},
        {"far behind ASCII",
         "0123456789abcdef\xc2"
         "0123456789",
         17},
    };
    for (const Utf8Row& row : rows) {
        CAPTURE(row.what);
        Utf8Validator bytewise;
        std::size_t good = 0;
        while (good < row.bytes.size() && bytewise.add(bytes_of(row.bytes).subspan(good, 1)))
            ++good;
        CHECK(good == row.wrong_at);
        for (std::size_t cut = 0; cut <= row.bytes.size(); ++cut) {
            Utf8Validator split;
            const auto bytes = bytes_of(row.bytes);
            const bool valid = split.add(bytes.first(cut)) && split.add(bytes.subspan(cut));
            CHECK(valid == (row.wrong_at == row.bytes.size()));
            if (valid) CHECK(split.complete());
        }
    }
    Utf8Validator unfinished;
    CHECK(unfinished.add(bytes_of("\xe2\x82")));
    CHECK_FALSE(unfinished.complete());
    unfinished.reset();
    CHECK(unfinished.complete());
}

TEST_CASE("close codes are those that may be sent") {
    for (std::uint32_t code = 0; code <= 0xffff; ++code) {
        const bool good = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
                          (code >= 3000 && code <= 4999);
        REQUIRE(is_close_code(static_cast<std::uint16_t>(code)) == good);
    }
}

TEST_CASE("a close frame is read as it was written") {
    const auto read = read_close(write_close(4401, "who are you"));
    REQUIRE(read.has_value());
    CHECK(read->code == 4401);
    CHECK(read->reason == "who are you");
    CHECK(write_close(1005, "dropped").empty());
    CHECK(read_close("")->code == 1005);
}

TEST_CASE("a long reason is cut between characters") {
    std::string reason(122, 'x');
    reason += "\xc3\xa4";
    CHECK(write_close(1000, reason).size() == 2 + 122);
    reason.erase(0, 1);
    CHECK(write_close(1000, reason).size() == 2 + 123);
}

TEST_CASE("a close frame that section 5.5.1 forbids is refused") {
    CHECK(read_close("\x03").error().code == ErrorCode::kBadRequest);
    CHECK(read_close("\x03\xed").error().code == ErrorCode::kBadRequest);  // 1005
    CHECK(read_close("\x03\xee").error().code == ErrorCode::kBadRequest);  // 1006
    CHECK(read_close("\x03\xe8\xff").error().code == ErrorCode::kMalformedBody);
    CHECK(read_close("\x03\xe8\xc3").error().code == ErrorCode::kMalformedBody);
}

}  // namespace
}  // namespace tandem::net
