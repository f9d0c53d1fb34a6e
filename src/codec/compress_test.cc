#include "codec/compress.h"

#include "base/random.h"

#include <doctest/doctest.h>
#include <zlib.h>

#include <vector>

using namespace tandem;
using namespace tandem::codec;

namespace {

constexpr Coding kCodings[] = {Coding::kGzip, Coding::kZstd};
constexpr std::size_t kPlenty = 1'024 * std::size_t{1'024};

std::string deflated(Coding coding, std::string_view text) {
    std::string out;
    Deflater deflater{coding};
    deflater.append(text, out);
    deflater.finish(out);
    return out;
}

/// The body, or why it is refused.
std::string inflated(Coding coding, std::string_view bytes, std::size_t bytes_max = kPlenty) {
    auto body = inflate(coding, bytes, bytes_max);
    if (body) return *body;
    CHECK(body.error().code == ErrorCode::kMalformedBody);
    return body.error().detail;
}

std::string rows_of_text(std::size_t count) {
    std::string out;
    for (std::size_t at = 0; at < count; ++at)
        out += R"({"t":)" + std::to_string(at * 250) + R"(,"v":)" + std::to_string(at % 17) + "}\n";
    return out;
}

std::string hex(std::string_view digits) {
    std::string out;
    for (std::size_t at = 0; at + 1 < digits.size(); at += 2)
        out += static_cast<char>(std::stoi(std::string{digits.substr(at, 2)}, nullptr, 16));
    return out;
}

/// A zstd frame of nothing: single segment, its size given as 0, one last raw block of 0 bytes.
const std::string kEmptyFrame = hex("28b52ffd2000010000");
/// A skippable frame of three bytes, RFC 8878 section 3.1.2.
const std::string kSkippable = hex("5d2a4d1803000000") + "abc";

/// A gzip member of `text` whose header has `flags` and, after the ten fixed bytes, `fields`.
std::string member(std::string_view text, unsigned flags, const std::string& fields) {
    std::string header = hex("1f8b08") + static_cast<char>(flags) + hex("000000000003") + fields;
    if ((flags & 2U) != 0) {
        const auto crc = ::crc32(0, reinterpret_cast<const Bytef*>(header.data()),
                                 static_cast<uInt>(header.size()));
        header += {static_cast<char>(crc), static_cast<char>(crc >> 8U)};
    }
    return header + deflated(Coding::kGzip, text).substr(10);
}

}  // namespace

TEST_CASE("what is made smaller comes back as it was") {
    SeededRandom random{5};
    std::vector<std::string> texts{"", "a", rows_of_text(5'000), std::string(300'000, '\0')};
    for (const std::size_t size : {1UL, 100UL, 16'384UL, 200'000UL})
        texts.push_back(random.bytes(size));
    for (const Coding coding : kCodings) {
        for (const std::string& text : texts) {
            CAPTURE(text.size());
            CHECK(inflated(coding, deflated(coding, text), text.size()) == text);
        }
        CHECK(deflated(coding, texts[2]).size() < texts[2].size() / 5);
    }
}

TEST_CASE("what was flushed can be decoded before the end comes") {
    for (const Coding coding : kCodings) {
        CAPTURE(name_of(coding));
        Deflater deflater{coding};
        std::string out;
        std::string text;
        SeededRandom random{6};
        for (int round = 0; round < 20; ++round) {
            const std::string piece = random.bytes(random.next() % 40'000);
            text += piece;
            deflater.append(piece, out);
            deflater.flush(out);
            // All there is so far, and then the end is missing.
            InflateWork work;
            const auto body = inflate(coding, out, 2 * kPlenty, &work);
            REQUIRE_FALSE(body);
            REQUIRE(body.error().detail.ends_with("the body ends early"));
            REQUIRE(work.bytes_made == text.size());
            REQUIRE(work.bytes_read == out.size());
        }
        deflater.finish(out);
        CHECK(inflated(coding, out, 2 * kPlenty) == text);
    }
}

TEST_CASE("several members or frames are one body") {
    for (const Coding coding : kCodings) {
        CAPTURE(name_of(coding));
        const std::string two = deflated(coding, "ab") + deflated(coding, "cd");
        CHECK(inflated(coding, two) == "abcd");
        CHECK(inflated(coding, deflated(coding, "") + two + deflated(coding, ""), 4) == "abcd");
        // The bound is one for all of them.
        const auto over = inflate(coding, two, 3);
        REQUIRE_FALSE(over);
        CHECK(over.error().code == ErrorCode::kBodyTooLarge);
    }
    CHECK(inflated(Coding::kZstd, kSkippable + deflated(Coding::kZstd, "ab") + kSkippable +
                                      kEmptyFrame + deflated(Coding::kZstd, "cd")) == "abcd");
    CHECK(inflated(Coding::kZstd, kSkippable).empty());
}

TEST_CASE("a gzip header may have all its fields") {
    const std::string extra = hex("0400") + "RAID";
    const std::string name = "rows.json" + std::string(1, '\0');
    const std::string comment = "of today" + std::string(1, '\0');
    struct Row {
        unsigned flags;
        std::string fields;
    };
    const Row rows[] = {{0x00, ""},
                        {0x01, ""},
                        {0x02, ""},
                        {0x04, extra},
                        {0x08, name},
                        {0x10, comment},
                        {0x1f, extra + name + comment}};
    for (const auto& [flags, fields] : rows) {
        CAPTURE(flags);
        CHECK(inflated(Coding::kGzip, member("text", flags, fields)) == "text");
    }
    std::string damaged = member("text", 0x02, "");
    damaged[4] = 'x';
    CHECK(inflated(Coding::kGzip, damaged) == "gzip, byte 12: header crc mismatch");
}

TEST_CASE("a body that is wrong is refused, with the place") {
    const std::string gzip = deflated(Coding::kGzip, "some text");
    const std::string zstd = deflated(Coding::kZstd, "some text");
    const std::string gzip_end = std::to_string(gzip.size());
    const std::string zstd_end = std::to_string(zstd.size());
    std::string gzip_sum = gzip;
    ++gzip_sum[gzip.size() - 8];
    std::string gzip_length = gzip;
    ++gzip_length[gzip.size() - 4];
    struct Row {
        Coding coding;
        std::string bytes;
        std::string why;
    };
    const Row rows[] = {
        {Coding::kGzip, "", "gzip, byte 0: the body ends early"},
        {Coding::kGzip, "some text", "gzip, byte 0: a member is expected"},
        {Coding::kGzip, zstd, "gzip, byte 0: a member is expected"},
        {Coding::kGzip, hex("1f8c08"), "gzip, byte 2: incorrect header check"},
        {Coding::kGzip, hex("1f8b0900000000000003"), "gzip, byte 4: unknown compression method"},
        {Coding::kGzip, hex("1f8b08e0000000000003"), "gzip, byte 4: unknown header flags set"},
        {Coding::kGzip, hex("1f8b080000000000000307"), "gzip, byte 11: invalid block type"},
        {Coding::kGzip, gzip + "x", "gzip, byte " + gzip_end + ": a member is expected"},
        {Coding::kGzip, gzip + std::string(1, '\0'),
         "gzip, byte " + gzip_end + ": a member is expected"},
        {Coding::kGzip, gzip + gzip.substr(0, 5),
         "gzip, byte " + std::to_string(gzip.size() + 5) + ": the body ends early"},
        {Coding::kGzip, gzip_sum,
         "gzip, byte " + std::to_string(gzip.size() - 4) + ": incorrect data check"},
        {Coding::kGzip, gzip_length, "gzip, byte " + gzip_end + ": incorrect length check"},
        {Coding::kZstd, "", "zstd, byte 0: the body ends early"},
        {Coding::kZstd, "some text", "zstd, byte 0: a frame is expected"},
        {Coding::kZstd, gzip, "zstd, byte 0: a frame is expected"},
        {Coding::kZstd, hex("27b52ffd2000010000"), "zstd, byte 0: a frame is expected"},
        {Coding::kZstd, zstd + "x", "zstd, byte " + zstd_end + ": the body ends early"},
        {Coding::kZstd, zstd + "some", "zstd, byte " + zstd_end + ": a frame is expected"},
        {Coding::kZstd, kSkippable.substr(0, 10), "zstd, byte 10: the body ends early"},
        {Coding::kZstd, hex("502a4d18ffffffff"), "zstd, byte 8: the body ends early"},
    };
    for (const auto& [coding, bytes, why] : rows) {
        CAPTURE(why);
        CHECK(inflated(coding, bytes) == why);
    }
}

TEST_CASE("a zstd frame may ask for a window of 8 MiB and for no dictionary") {
    // No single segment: a descriptor, the window's byte (exponent << 3), one last raw block.
    const auto frame = [](std::string_view header) {
        return hex("28b52ffd") + hex(header) + hex("090000") + "a";
    };
    CHECK(inflated(Coding::kZstd, frame("0068")) == "a");  // 1 KiB << 13.
    CHECK(inflated(Coding::kZstd, frame("0069")).ends_with("a window of more than 8 MiB"));
    CHECK(inflated(Coding::kZstd, frame("00ff")).ends_with("a window of more than 8 MiB"));
    CHECK(inflated(Coding::kZstd, frame("016807")).ends_with("the frame needs a dictionary"));
    CHECK(inflated(Coding::kZstd, frame("016800")) == "a");  // Dictionary 0 is none.
    // What a frame claims to hold, four exbibytes, is not believed.
    CHECK(inflated(Coding::kZstd, frame("c0680000000000000040")).starts_with("zstd, byte "));
}

TEST_CASE("no piece of a body is a body, and a changed byte is no harm") {
    SeededRandom random{8};
    const std::string text = rows_of_text(40);
    for (const Coding coding : kCodings) {
        CAPTURE(name_of(coding));
        const std::string bytes = deflated(coding, text);
        for (std::size_t length = 0; length < bytes.size(); ++length) {
            CAPTURE(length);
            REQUIRE(inflated(coding, bytes.substr(0, length)).ends_with("the body ends early"));
        }
        for (std::size_t at = 0; at < bytes.size(); ++at) {
            std::string changed = bytes;
            changed[at] = static_cast<char>(random.next());
            const auto body = inflate(coding, changed, 10'000);
            if (body) REQUIRE(body->size() <= 10'000);
        }
    }
}

TEST_CASE("a bomb is refused as soon as it passes the bound") {
    constexpr std::size_t kBound = 64 * 1'024;
    for (const Coding coding : kCodings) {
        CAPTURE(name_of(coding));
        const std::string bomb = deflated(coding, std::string(10 * kPlenty, '\0'));
        REQUIRE(bomb.size() < 80'000);
        InflateWork work;
        const auto body = inflate(coding, bomb, kBound, &work);
        REQUIRE_FALSE(body);
        CHECK(body.error().code == ErrorCode::kBodyTooLarge);
        CHECK(body.error().limit == "body_bytes");
        CHECK(body.error().detail == "inflated, the body has more than 65536 bytes");
        CHECK(work.bytes_made == kBound + 1);
        CHECK(work.bytes_read < bomb.size());
        // The bound itself is not passed by reaching it.
        CHECK(inflated(coding, deflated(coding, std::string(kBound, 'a')), kBound).size() ==
              kBound);
        CHECK(inflate(coding, deflated(coding, ""), 0).has_value());
        CHECK_FALSE(inflate(coding, deflated(coding, "a"), 0).has_value());
    }
}

TEST_CASE("members and frames of nothing are read once each, and 10,001 of them are refused") {
    for (const std::string& empty : {deflated(Coding::kGzip, ""), kEmptyFrame, kSkippable}) {
        std::string many;
        for (int at = 0; at < 10'000; ++at)
            many += empty;
        const Coding coding = empty.starts_with('\x1f') ? Coding::kGzip : Coding::kZstd;
        InflateWork work;
        const auto body = inflate(coding, many, 0, &work);
        REQUIRE(body);
        CHECK(body->empty());
        CHECK(work.bytes_read == many.size());
        CHECK(inflated(coding, many + empty).ends_with("more than 10,000 members or frames"));
    }
}

TEST_CASE("a stream of gzip is inflated, however it is cut, with all its members") {
    std::string packed;
    for (const std::string_view part : {"one, ", "", "two"}) {
        Deflater deflater{Coding::kGzip};
        deflater.append(part, packed);
        deflater.finish(packed);
    }
    for (std::size_t piece = 1; piece <= packed.size(); ++piece) {
        CAPTURE(piece);
        GzipReader reader;
        std::string out;
        for (std::size_t at = 0; at < packed.size(); at += piece)
            REQUIRE(reader.append(std::string_view{packed}.substr(at, piece), out).has_value());
        CHECK(reader.finish().has_value());
        CHECK(out == "one, two");
    }
}

TEST_CASE("a stream of gzip that makes much of little is inflated whole") {
    std::string packed;
    Deflater deflater{Coding::kGzip};
    deflater.append(std::string(1'000'000, 'a'), packed);
    deflater.finish(packed);
    GzipReader reader;
    std::string out;
    REQUIRE(reader.append(packed, out).has_value());
    CHECK(reader.finish().has_value());
    CHECK(out == std::string(1'000'000, 'a'));
}

TEST_CASE("a stream of gzip that ends early or is damaged is refused, with the place") {
    std::string packed;
    Deflater deflater{Coding::kGzip};
    deflater.append("one, two, three", packed);
    deflater.finish(packed);
    for (std::size_t end = 0; end < packed.size(); ++end) {
        CAPTURE(end);
        GzipReader reader;
        std::string out;
        REQUIRE(reader.append(packed.substr(0, end), out).has_value());
        const auto whole = reader.finish();
        REQUIRE_FALSE(whole.has_value());
        CHECK(whole.error().detail.contains("ends early"));
    }
    GzipReader reader;
    std::string out;
    const auto wrong = reader.append(packed + "garbage", out);
    REQUIRE_FALSE(wrong.has_value());
    CHECK(wrong.error().code == ErrorCode::kMalformedBody);
    CHECK(wrong.error().detail.starts_with("gzip, byte "));
}

TEST_CASE("codings have names without a case") {
    CHECK(coding_named("gzip") == Coding::kGzip);
    CHECK(coding_named("X-GZip") == Coding::kGzip);
    CHECK(coding_named("ZSTD") == Coding::kZstd);
    for (const std::string_view name : {"", "identity", "deflate", "br", "gzip ", "zst"}) {
        CAPTURE(name);
        CHECK_FALSE(coding_named(name));
    }
    for (const Coding coding : kCodings)
        CHECK(coding_named(name_of(coding)) == coding);
}

TEST_CASE("an Accept-Encoding field chooses the coding of the answer") {
    struct Row {
        std::string_view accept;
        std::optional<Coding> coding;
        std::string_view why;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"", {}, "an absent field asks for nothing"},
             {"identity", {}, "as it is"},
             {"gzip", Coding::kGzip, "asked for"},
             {"x-gzip", Coding::kGzip, "its old name"},
             {"ZSTD", Coding::kZstd, "codings have no case"},
             {"gzip, deflate, br, zstd", Coding::kZstd, "what a browser sends; zstd is better"},
             {"gzip, deflate", Coding::kGzip, "what older ones send"},
             {"gzip;q=1.0, zstd;q=0.5", Coding::kGzip, "the greater weight"},
             {"gzip;q=0.5, zstd;q=0.50", Coding::kZstd, "equal weights"},
             {"*", Coding::kZstd, "anything"},
             {"*;q=0.1", Coding::kZstd, "anything, if need be"},
             {"zstd;q=0, *", Coding::kGzip, "anything but this"},
             {"gzip;q=0.5, *", Coding::kZstd, "what is not named has the weight of *"},
             {"*;q=0, gzip", Coding::kGzip, "nothing but this"},
             {"identity;q=0", {}, "nothing is accepted: sent as it is"},
             {"*;q=0", {}, "nothing is accepted: sent as it is"},
             {"identity;q=0, gzip;q=0.1", Coding::kGzip, "not as it is"},
             {"identity, gzip;q=0.5", {}, "as it is is preferred"},
             {"identity;q=0.5, gzip;q=0.5", Coding::kGzip, "equal: the smaller one"},
             {"gzip;q=0", {}, "not accepted"},
             {"gzip;q=0, zstd;q=0", {}, "not accepted"},
             {"br, deflate", {}, "not spoken here"},
             {"gzip;q=high", {}, "no weight: taken as 0"}}) {
        CAPTURE(row.accept);
        CHECK_MESSAGE(choose_coding(row.accept) == row.coding, row.why);
    }
}
