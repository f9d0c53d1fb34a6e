#include "store/telemetry/log_frame.h"

#include "base/random.h"
#include "store/telemetry/log_scanner.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::store;

namespace {

constexpr SegmentKey kKey{.number = 3, .mark = 0xA1B2C3D4};
constexpr Instant kNoon{Duration{1'790'000'000'000'000}};

// A segment as a log writes it: each frame with one sequence unless said otherwise.
class Written {
public:
    explicit Written(SegmentKey key = kKey) : key_{key}, bytes_(kFramesAt, '\0') {}

    // Gives where the frame begins.
    std::uint64_t add(std::string_view payload, std::uint64_t unsynced = 0) {
        FrameHead head = head_of({.first = next_++, .count = 1, .time = kNoon, .payload = payload});
        head.mark = key_.mark;
        head.unsynced = static_cast<std::uint32_t>(unsynced);
        const std::uint64_t at = bytes_.size();
        put_head(bytes_, head, key_.number);
        bytes_ += payload;
        bytes_.resize(at + head.stride());
        return at;
    }
    std::string& bytes() { return bytes_; }

private:
    SegmentKey key_;
    Sequence next_ = 1;
    std::string bytes_;
};

struct Found {
    std::vector<std::string> payloads;
    std::vector<Damage> damage;
    ScanEnd end;
};

Found scan(std::string_view bytes, ScanRange range = {}, SegmentKey key = kKey) {
    if (range.end == 0) range.end = bytes.size();
    SegmentInMemory segment{bytes};
    FrameScanner scanner{segment, key, range};
    Found out;
    while (true) {
        const auto scanned = scanner.next();
        REQUIRE(scanned);
        if (const auto* frame = std::get_if<ScannedFrame>(&*scanned)) {
            out.payloads.emplace_back(frame->frame.payload);
        } else if (const auto* damage = std::get_if<Damage>(&*scanned)) {
            out.damage.push_back(*damage);
        } else {
            out.end = std::get<ScanEnd>(*scanned);
            return out;
        }
    }
}

// The newest segment after a crash: nobody knows what has reached the disk.
constexpr ScanRange kNewest{.first = 1, .synced = false};
// A segment that ended after four frames.
constexpr ScanRange kComplete{.first = 1, .complete = 5};

using Payloads = std::vector<std::string>;

void flip(std::string& bytes, std::size_t at, std::size_t bit = 0) {
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << (bit % 8)));
}

}  // namespace

TEST_CASE("frames are found in order, and where the next one belongs") {
    Written written;
    written.add("one");
    written.add("");
    written.add(std::string(100'000, 'x'));
    const auto end = written.bytes().size();
    written.bytes().resize(end + 5'000);
    const auto found = scan(written.bytes(), kNewest);
    CHECK(found.payloads == Payloads{"one", "", std::string(100'000, 'x')});
    CHECK(found.damage.empty());
    CHECK(found.end.offset == end);
    CHECK(found.end.remains == end);
}

TEST_CASE("no prefix of a frame and no frame with a changed bit is taken for one") {
    Written written;
    written.add("twenty-one degrees");
    const std::string whole = written.bytes();
    constexpr std::size_t length = kFrameHeadBytes + 18;
    for (std::size_t size = 0; size < length; ++size) {
        CHECK(scan(std::string_view{whole}.substr(0, kFramesAt + size), kNewest).payloads.empty());
        std::string torn = whole.substr(0, kFramesAt + size);
        torn.resize(whole.size());
        CHECK(scan(torn, kNewest).payloads.empty());
    }
    for (std::size_t bit = 0; bit < length * 8; ++bit) {
        std::string flipped = whole;
        flip(flipped, kFramesAt + bit / 8, bit);
        const auto found = scan(flipped, kNewest);
        CHECK(found.payloads.empty());
        CHECK(found.end.offset == kFramesAt);
    }
}

TEST_CASE("frames of another life of the file are not seen") {
    SUBCASE("under another number, though the mark is the same") {
        Written written{{.number = 2, .mark = kKey.mark}};
        written.add("old");
        const auto found = scan(written.bytes(), kNewest);
        CHECK(found.payloads.empty());
        CHECK(found.end.remains == kFramesAt);
        CHECK(scan(written.bytes(), kNewest, {.number = 3}).payloads.empty());
    }
    SUBCASE("under another mark, though the number is the same") {
        Written written{{.number = 3, .mark = 1}};
        written.add("old");
        CHECK(scan(written.bytes(), kNewest).payloads.empty());
    }
    SUBCASE("behind newer ones") {
        Written old{{.number = 2, .mark = 1}};
        for (int count = 0; count < 9; ++count)
            old.add("old");
        Written written;
        written.add("new");
        old.bytes().replace(0, written.bytes().size(), written.bytes());
        const auto found = scan(old.bytes(), kNewest);
        CHECK(found.payloads == Payloads{"new"});
        CHECK(found.end.offset == written.bytes().size());
        CHECK(found.end.remains == found.end.offset);
    }
}

TEST_CASE("a text that looks like a frame is never taken for one") {
    Written forged{{.number = 3, .mark = 0x11223344}};
    forged.add("forged");
    const std::string text = forged.bytes().substr(kFramesAt);
    Written written;
    const auto at = written.add(text);
    written.add("next");
    flip(written.bytes(), at + 5);
    const auto found = scan(written.bytes(), {.first = 1, .complete = 3});
    CHECK(found.payloads == Payloads{"next"});
    CHECK(found.damage.size() == 1);
}

TEST_CASE("damage costs one frame and tells which sequences may be missing") {
    Written written;
    written.add("one");
    const auto second = written.add("two");
    const auto third = written.add("three");
    written.add("four");
    std::string& bytes = written.bytes();
    const auto length = third - second;
    SUBCASE("in the payload") {
        flip(bytes, second + kFrameHeadBytes);
    }
    SUBCASE("in the length") {
        flip(bytes, second + 4);
    }
    SUBCASE("in the mark") {
        flip(bytes, second);
    }
    SUBCASE("in the CRC") {
        flip(bytes, second + kFrameHeadBytes - 1);
    }
    for (const ScanRange& range : {kComplete, kNewest}) {
        const auto found = scan(bytes, range);
        CHECK(found.payloads == Payloads{"one", "three", "four"});
        CHECK(found.damage ==
              std::vector{Damage{.offset = second, .length = length, .first = 2, .next = 3}});
        CHECK(found.end.offset == bytes.size());
    }
}

TEST_CASE("damage at either end of a complete segment is damage") {
    Written written;
    const auto first = written.add("one");
    const auto second = written.add("two");
    written.add("three");
    const auto last = written.add("four");
    std::string& bytes = written.bytes();
    flip(bytes, first);
    flip(bytes, last);
    const auto found = scan(bytes, kComplete);
    CHECK(found.payloads == Payloads{"two", "three"});
    CHECK(
        found.damage ==
        std::vector{Damage{.offset = first, .length = second - first, .first = 1, .next = 2},
                    Damage{.offset = last, .length = bytes.size() - last, .first = 4, .next = 5}});
}

TEST_CASE("when the mark is lost with the segment's head, the first frame tells it") {
    Written written;
    written.add("one");
    written.add("two");
    CHECK(scan(written.bytes(), kNewest, {.number = 3}).payloads == Payloads{"one", "two"});
    flip(written.bytes(), kFramesAt);
    CHECK(scan(written.bytes(), kNewest, {.number = 3}).payloads == Payloads{"two"});
}

TEST_CASE("a frame that a crash has lost is the end, though one of the same sync came through") {
    Written written;
    written.add("one");
    const auto second = written.add("two");
    const auto third = written.add("three", written.bytes().size() - second);
    const auto end = written.bytes().size();
    std::string lost = written.bytes();
    flip(lost, second + kFrameHeadBytes);
    auto found = scan(lost, kNewest);
    CHECK(found.payloads == Payloads{"one"});
    CHECK(found.damage.empty());
    CHECK(found.end.offset == second);
    CHECK(found.end.remains == end);

    SUBCASE("unless a later frame knows that it had been on the disk") {
        written.add("four");
        lost = written.bytes();
        flip(lost, second + kFrameHeadBytes);
        found = scan(lost, kNewest);
        CHECK(found.payloads == Payloads{"one", "three", "four"});
        CHECK(
            found.damage ==
            std::vector{Damage{.offset = second, .length = third - second, .first = 2, .next = 3}});
    }
}

TEST_CASE("a scan passes over frames that end before the sequence that is wanted") {
    Written written;
    for (const char* payload : {"one", "two", "three", "four"})
        written.add(payload);
    flip(written.bytes(), kFramesAt + kFrameHeadBytes);  // Nobody looks at that one's payload.
    SegmentInMemory segment{written.bytes()};
    FrameScanner scanner{segment, kKey, {.end = written.bytes().size(), .complete = 5}};
    scanner.skip_to(3);
    const auto scanned = scanner.next();
    REQUIRE(scanned);
    const auto* frame = std::get_if<ScannedFrame>(&*scanned);
    REQUIRE(frame != nullptr);
    CHECK(frame->frame.payload == "three");
    CHECK(frame->frame.first == 3);
    const SegmentPlace place = scanner.place();
    CHECK(place.sequence == 4);
    CHECK(scan(written.bytes(), {.begin = place.offset, .first = place.sequence, .complete = 5})
              .payloads == Payloads{"four"});
}

TEST_CASE("a segment's head and seal come back, and no changed bit is let through") {
    const SegmentHead head{.key = kKey, .first = 77};
    const Seal seal{.end = 4'096, .next = 99, .newest = kNoon};
    const std::string head_bytes = to_bytes(head);
    const std::string seal_bytes = to_bytes(seal, kKey);
    CHECK(read_segment_head(head_bytes, 3) == head);
    CHECK(read_seal(seal_bytes, kKey) == seal);
    CHECK(read_seal(seal_bytes, {.number = 3}) == seal);
    CHECK(!read_segment_head(head_bytes, 4));
    CHECK(!read_seal(seal_bytes, {.number = 4, .mark = kKey.mark}));
    CHECK(!read_seal(seal_bytes, {.number = 3, .mark = 1}));
    for (std::size_t bit = 0; bit < 32 * 8; ++bit) {
        std::string changed = head_bytes;
        flip(changed, bit / 8, bit);
        CHECK(!read_segment_head(changed, 3));
        changed = seal_bytes;
        flip(changed, bit / 8, bit);
        CHECK(!read_seal(changed, kKey));
    }
}
