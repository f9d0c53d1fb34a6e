#pragma once

#include "base/error.h"
#include "store/telemetry/byte_writer.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tandem::store {

/// Reads what byte_writer.h writes, and never past the end of the bytes. The first thing that is
/// wrong stays: all that is read after it is zero or empty, so that whoever reads need not look at
/// every step, only before believing the whole, or before allocating by it.
class ByteReader {
public:
    /// `place` names the bytes in failures, such as "chunk, byte "; the offset comes behind it.
    /// Both views outlive the reader.
    explicit ByteReader(std::string_view bytes,
                        std::string_view place = "byte ",
                        std::size_t first_offset = 0)
        : begin_{bytes.data()},
          at_{begin_},
          item_{begin_},
          end_{begin_ + bytes.size()},
          first_offset_{first_offset},
          place_{place} {}

    std::uint8_t byte() {
        item_ = at_;
        if (at_ == end_) {
            refuse(kCutOff);
            return 0;
        }
        return static_cast<std::uint8_t>(*at_++);
    }

    std::uint64_t varint() {
        item_ = at_;
        // Nearly all are of one byte.
        if (at_ != end_ && (static_cast<std::uint8_t>(*at_) & 0x80U) == 0) {
            return static_cast<std::uint8_t>(*at_++);
        }
        return long_varint();
    }

    /// Fills `numbers`; what was refused leaves the rest as it was.
    void varints(std::span<std::uint64_t> numbers);

    std::int64_t signed_varint() { return static_cast<std::int64_t>(unzigzag(varint())); }

    template <typename Number>
    Number fixed() {
        std::uint64_t number = 0;
        unsigned shift = 0;
        for (const char c : take(sizeof(Number))) {
            number |= std::uint64_t{static_cast<std::uint8_t>(c)} << shift;
            shift += 8;
        }
        return static_cast<Number>(number);
    }

    /// What put_text() writes; a view into what is read.
    std::string_view text() { return take(varint()); }

    /// The next `count` bytes; a view into what is read.
    std::string_view take(std::uint64_t count) {
        item_ = at_;
        if (count > left()) {
            refuse(kCutOff);
            return {};
        }
        at_ += count;
        return {item_, static_cast<std::size_t>(count)};
    }

    /// Says what is wrong with what was read last.
    void refuse(std::string_view why) {
        if (failed()) return;
        why_ = why;
        failed_at_ = offset_of(item_);
        at_ = end_;
    }
    /// The same, when `holds` is false.
    void require(bool holds, std::string_view why) {
        if (!holds) refuse(why);
    }

    [[nodiscard]] bool failed() const { return !why_.empty(); }
    [[nodiscard]] bool at_end() const { return at_ == end_; }
    [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
    /// Of the next byte.
    [[nodiscard]] std::size_t offset() const { return offset_of(at_); }
    /// Fails with kStorageFailed, saying what was refused first and at which byte.
    [[nodiscard]] Result<void> outcome() const;

private:
    static constexpr std::string_view kCutOff = "the bytes end early";

    std::uint64_t long_varint();
    [[nodiscard]] std::size_t offset_of(const char* at) const {
        return first_offset_ + static_cast<std::size_t>(at - begin_);
    }

    const char* begin_;
    const char* at_;
    const char* item_;  // Where what was read last begins.
    const char* end_;
    std::size_t first_offset_;
    std::size_t failed_at_ = 0;
    std::string_view place_;
    std::string_view why_;
};

}  // namespace tandem::store
