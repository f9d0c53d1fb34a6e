#pragma once

#include "store/telemetry/varint.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tandem::store {

// Numbers as the files of the telemetry store hold them: little-endian where their size is fixed,
// else varints, seven bits a byte and the lowest first. Signed ones are zigzag coded.

inline void put_signed(std::string& out, std::int64_t number) {
    put_varint(out, zigzag(static_cast<std::uint64_t>(number)));
}

inline void put_text(std::string& out, std::string_view text) {
    put_varint(out, text.size());
    out += text;
}

/// Takes numbers and texts off the front of `bytes`, never past their end. What is not there reads
/// as 0 or as an empty text and is remembered, so that a whole record is read straight and looked
/// at once.
class LogBytes {
public:
    explicit LogBytes(std::string_view bytes) : bytes_{bytes} {}

    [[nodiscard]] bool at_end() const { return at_ == bytes_.size(); }
    [[nodiscard]] std::size_t left() const { return bytes_.size() - at_; }
    [[nodiscard]] std::size_t offset() const { return at_; }
    /// Whether anything was missing or malformed.
    [[nodiscard]] bool failed() const { return failed_; }
    void fail() {
        failed_ = true;
        at_ = bytes_.size();
    }

    [[nodiscard]] std::uint8_t byte() {
        if (at_end()) {
            fail();
            return 0;
        }
        return static_cast<std::uint8_t>(bytes_[at_++]);
    }

    template <typename Number>
    [[nodiscard]] Number fixed() {
        const std::string_view raw = take(sizeof(Number));
        std::uint64_t number = 0;
        for (std::size_t at = 0; at < raw.size(); ++at)
            number |= std::uint64_t{static_cast<unsigned char>(raw[at])} << (8 * at);
        return static_cast<Number>(number);
    }

    /// Fails on more than 64 bits.
    [[nodiscard]] std::uint64_t varint() {
        std::uint64_t number = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const std::uint64_t piece = byte();
            // The tenth byte has room for one bit.
            if (shift == 63 && piece > 1) break;
            number |= (piece & 127U) << shift;
            if (piece < 128) return number;
        }
        fail();
        return 0;
    }

    [[nodiscard]] std::int64_t signed_varint() {
        return static_cast<std::int64_t>(unzigzag(varint()));
    }

    /// A view into the bytes.
    [[nodiscard]] std::string_view text() { return take(varint()); }

    [[nodiscard]] std::string_view take(std::uint64_t count) {
        if (count > left()) {
            fail();
            return {};
        }
        const std::string_view taken = bytes_.substr(at_, count);
        at_ += count;
        return taken;
    }

private:
    std::string_view bytes_;
    std::size_t at_ = 0;
    bool failed_ = false;
};

}  // namespace tandem::store
