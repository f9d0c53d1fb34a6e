#include "codec/time_zone.h"

#include "base/check.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <type_traits>

namespace tandem::codec {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

// RFC 9636 section 3.2: an offset should be more than −25 hours and less than 26.
constexpr seconds kOffsetMin = std::chrono::hours{-25};
constexpr seconds kOffsetMax = std::chrono::hours{26};

constexpr std::size_t kHeaderBytes = 44;
constexpr std::size_t kTypeBytes = 6;
constexpr std::size_t kTypesMax = 256;  // An index of one byte.

/// A big-endian number at the start of `bytes`, which are long enough.
template <typename Integer>
Integer number(std::string_view bytes) {
    std::make_unsigned_t<Integer> out = 0;
    for (const char c : bytes.substr(0, sizeof out))
        out = static_cast<decltype(out)>(out << 8U) | static_cast<unsigned char>(c);
    return static_cast<Integer>(out);
}

/// RFC 9636 section 3.1.
struct Header {
    char version = '\0';
    std::uint64_t ut_flags = 0;
    std::uint64_t standard_flags = 0;
    std::uint64_t leap_seconds = 0;
    std::uint64_t times = 0;
    std::uint64_t types = 0;
    std::uint64_t name_bytes = 0;

    /// Of the data that follows, whose times have `width` bytes. The counts have 32 bits: no
    /// overflow.
    [[nodiscard]] std::uint64_t data_bytes(std::size_t width) const {
        return times * (width + 1) + types * kTypeBytes + name_bytes + leap_seconds * (width + 4) +
               standard_flags + ut_flags;
    }
};

}  // namespace

class TzifReader {
public:
    explicit TzifReader(std::string_view bytes) : bytes_{bytes} {}

    Result<TimeZone> read() {
        auto header = read_header();
        if (!header) return pass(header);
        if (header->version == '\0') {
            if (auto good = read_data(*header, 4); !good) return pass(good);
        } else if (auto good = read_second(*header); !good) {
            return pass(good);
        }
        if (at_ != bytes_.size()) return wrong("nothing is expected after the zone");
        return std::move(zone_);
    }

private:
    [[nodiscard]] std::unexpected<Error> wrong(std::string_view why) const {
        return fail(ErrorCode::kMalformedBody,
                    "TZif, byte " + std::to_string(at_) + ": " + std::string{why});
    }
    [[nodiscard]] std::string_view rest() const { return bytes_.substr(at_); }

    // Since version 2 all is there twice: with times of 32 bits for old readers, then with 64.
    Result<void> read_second(const Header& old) {
        if (rest().size() < old.data_bytes(4)) return wrong("the data end early");
        at_ += old.data_bytes(4);
        auto header = read_header();
        if (!header) return pass(header);
        if (header->version != old.version) return wrong("the two headers differ in their version");
        if (auto good = read_data(*header, 8); !good) return good;
        return read_footer();
    }

    Result<Header> read_header() {
        const std::string_view header = rest().substr(0, kHeaderBytes);
        if (header.size() < kHeaderBytes || !header.starts_with("TZif")) {
            return wrong("a header is expected");
        }
        const char version = header[4];
        if (version != '\0' && (version < '2' || version > '4')) {
            return wrong("only the versions 1 to 4 are known");
        }
        const auto count = [header](std::size_t index) {
            return std::uint64_t{number<std::uint32_t>(header.substr(20 + index * 4))};
        };
        at_ += kHeaderBytes;
        return Header{.version = version,
                      .ut_flags = count(0),
                      .standard_flags = count(1),
                      .leap_seconds = count(2),
                      .times = count(3),
                      .types = count(4),
                      .name_bytes = count(5)};
    }

    // The names of the types, and the flags after them, serve no purpose here.
    Result<void> read_data(const Header& header, std::size_t width) {
        if (rest().size() < header.data_bytes(width)) return wrong("the data end early");
        if (header.leap_seconds != 0) return wrong("times that count leap seconds are not read");
        if (header.types == 0 || header.types > kTypesMax)
            return wrong("1 to 256 types are expected");
        const std::size_t types_at = at_ + header.times * (width + 1);
        if (auto good = read_types(types_at, header.types); !good) return good;
        if (auto good = read_changes(header.times, width); !good) return good;
        at_ += header.data_bytes(width);
        return {};
    }

    Result<void> read_types(std::size_t types_at, std::size_t count) {
        offsets_.clear();
        for (std::size_t index = 0; index < count; ++index) {
            const seconds offset{
                number<std::int32_t>(bytes_.substr(types_at + index * kTypeBytes))};
            if (offset <= kOffsetMin || offset >= kOffsetMax) {
                return wrong("an offset of 25 hours west or 26 east, or more");
            }
            offsets_.push_back(offset);
        }
        zone_.first_ = offsets_.front();
        return {};
    }

    Result<void> read_changes(std::size_t count, std::size_t width) {
        zone_.changes_.reserve(count);
        for (std::size_t index = 0; index < count; ++index) {
            const std::string_view at = rest().substr(index * width);
            const sys_seconds time{
                seconds{width == 4 ? number<std::int32_t>(at) : number<std::int64_t>(at)}};
            const auto type = static_cast<unsigned char>(rest()[count * width + index]);
            if (type >= offsets_.size()) return wrong("a change to a type that is not there");
            if (index != 0 && time <= zone_.changes_.back().at) {
                return wrong("the changes are not in the order of their times");
            }
            zone_.changes_.push_back({.at = time, .offset = offsets_[type]});
        }
        return {};
    }

    Result<void> read_footer() {
        const std::size_t end = rest().find('\n', 1);
        if (!rest().starts_with('\n') || end == std::string_view::npos) {
            return wrong("a footer between two newlines is expected");
        }
        const std::string_view text = rest().substr(1, end - 1);
        if (!text.empty()) {
            auto rule = parse_zone_rule(text);
            if (!rule) return wrong(rule.error().detail);
            zone_.rule_ = *rule;
        }
        at_ += end + 1;
        return {};
    }

    std::string_view bytes_;
    std::size_t at_ = 0;
    std::vector<seconds> offsets_;  // Of the types; kTypesMax at most.
    TimeZone zone_;
};

TimeZone TimeZone::fixed(Duration offset) {
    check(offset % 1s == Duration::zero());
    check(offset > -kOffsetMax && offset < kOffsetMax);
    TimeZone zone;
    zone.first_ = std::chrono::duration_cast<seconds>(offset);
    return zone;
}

ZoneSpan TimeZone::span_at(sys_seconds time) const {
    const auto next = std::ranges::upper_bound(changes_, time, {}, &Change::at);
    if (next == changes_.end()) {
        if (rule_) return rule_->at(time);
        return {.offset = changes_.empty() ? first_ : changes_.back().offset};
    }
    return {.offset = next == changes_.begin() ? first_ : std::prev(next)->offset, .end = next->at};
}

Duration TimeZone::offset_at(Instant utc) const {
    return span_at(std::chrono::floor<seconds>(utc)).offset;
}

Instant TimeZone::from_local(LocalTime local) const {
    const auto whole = std::chrono::floor<seconds>(local);
    const Duration fraction = local - whole;
    const sys_seconds wall{whole.time_since_epoch()};
    // Span by span, from one that is surely over before the clocks on the wall show this.
    sys_seconds begin = wall - kOffsetMax;
    seconds before = kOffsetMax;
    while (true) {
        const ZoneSpan span = span_at(begin);
        const sys_seconds time = wall - span.offset;
        // Before the span: the clocks jumped over this time when it began.
        if (time < begin) return wall - before + fraction;
        if (time < span.end) return time + fraction;
        before = span.offset;
        begin = span.end;
    }
}

Result<TimeZone> parse_tzif(std::string_view bytes) {
    return TzifReader{bytes}.read();
}

}  // namespace tandem::codec
