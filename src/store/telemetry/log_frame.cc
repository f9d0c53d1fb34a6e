#include "store/telemetry/log_frame.h"

#include "base/check.h"
#include "codec/crc32.h"
#include "store/telemetry/byte_reader.h"
#include "store/telemetry/byte_writer.h"

#include <limits>

namespace tandem::store {
namespace {

constexpr std::uint64_t kSectorBytes = 512;
// The last letter is the format's version.
constexpr std::string_view kSegmentMagic = "tdmlog-1";
constexpr std::string_view kSealMagic = "tdmseal1";

// The CRC of what has been put into `out`, after it; the rest of the sector is zeros.
std::string sealed(std::string out) {
    put_fixed(out, codec::crc32(out));
    out.resize(kSectorBytes);
    return out;
}

// Whether the CRC that follows is that of the bytes which `in` has taken from `bytes`.
bool is_sound(ByteReader& in, std::string_view bytes) {
    const std::uint32_t crc = codec::crc32(bytes.substr(0, in.offset()));
    return in.fixed<std::uint32_t>() == crc && !in.failed();
}

std::uint32_t head_crc(std::uint64_t number, std::string_view head) {
    std::string covered;
    put_fixed(covered, number);
    covered += head;
    return codec::crc32(covered);
}

Instant instant(std::int64_t microseconds) {
    return Instant{Duration{microseconds}};
}

}  // namespace

FrameHead head_of(const Frame& frame) {
    check(frame.payload.size() <= kPayloadBytesMax);
    check(frame.count <= std::numeric_limits<std::uint32_t>::max());
    return {.length = static_cast<std::uint32_t>(frame.payload.size()),
            .count = static_cast<std::uint32_t>(frame.count),
            .first = frame.first,
            .time = frame.time,
            .payload_crc = codec::crc32(frame.payload)};
}

void put_head(std::string& out, const FrameHead& head, std::uint64_t number) {
    const std::size_t begin = out.size();
    put_fixed(out, head.mark);
    put_fixed(out, head.length);
    put_fixed(out, head.count);
    put_fixed(out, head.unsynced);
    put_fixed(out, head.first);
    put_fixed(out, head.time.time_since_epoch().count());
    put_fixed(out, head.payload_crc);
    put_fixed(out, head_crc(number, std::string_view{out}.substr(begin)));
}

std::optional<FrameHead> read_head(std::string_view bytes, SegmentKey key) {
    ByteReader in{bytes};
    FrameHead head;
    head.mark = in.fixed<std::uint32_t>();
    if (head.mark == 0 || (key.mark != 0 && head.mark != key.mark)) return {};
    head.length = in.fixed<std::uint32_t>();
    head.count = in.fixed<std::uint32_t>();
    head.unsynced = in.fixed<std::uint32_t>();
    head.first = in.fixed<Sequence>();
    head.time = instant(in.fixed<std::int64_t>());
    head.payload_crc = in.fixed<std::uint32_t>();
    if (in.failed()) return {};
    const std::uint32_t crc = head_crc(key.number, bytes.substr(0, in.offset()));
    if (in.fixed<std::uint32_t>() != crc || in.failed()) return {};
    const bool possible = head.length <= kPayloadBytesMax &&
                          head.first <= std::numeric_limits<Sequence>::max() - head.count;
    if (!possible) return {};
    return head;
}

std::string to_bytes(const SegmentHead& head) {
    std::string out{kSegmentMagic};
    put_fixed(out, head.key.number);
    put_fixed(out, head.key.mark);
    put_fixed(out, head.first);
    return sealed(std::move(out));
}

std::optional<SegmentHead> read_segment_head(std::string_view bytes, std::uint64_t number) {
    ByteReader in{bytes};
    if (in.take(kSegmentMagic.size()) != kSegmentMagic) return {};
    SegmentHead head;
    head.key.number = in.fixed<std::uint64_t>();
    head.key.mark = in.fixed<std::uint32_t>();
    head.first = in.fixed<Sequence>();
    if (!is_sound(in, bytes) || head.key.number != number || head.key.mark == 0) return {};
    return head;
}

std::string to_bytes(const Seal& seal, SegmentKey key) {
    std::string out{kSealMagic};
    put_fixed(out, key.number);
    put_fixed(out, key.mark);
    put_fixed(out, seal.end);
    put_fixed(out, seal.next);
    put_fixed(out, seal.newest.time_since_epoch().count());
    return sealed(std::move(out));
}

std::optional<Seal> read_seal(std::string_view bytes, SegmentKey key) {
    ByteReader in{bytes};
    if (in.take(kSealMagic.size()) != kSealMagic) return {};
    const auto number = in.fixed<std::uint64_t>();
    const auto mark = in.fixed<std::uint32_t>();
    Seal seal;
    seal.end = in.fixed<std::uint64_t>();
    seal.next = in.fixed<Sequence>();
    seal.newest = instant(in.fixed<std::int64_t>());
    const bool ours = number == key.number && (key.mark == 0 || mark == key.mark);
    if (!is_sound(in, bytes) || !ours || seal.end < kFramesAt) return {};
    return seal;
}

}  // namespace tandem::store
