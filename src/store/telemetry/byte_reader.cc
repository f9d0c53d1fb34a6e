#include "store/telemetry/byte_reader.h"

#include <cstring>

namespace tandem::store {

std::uint64_t ByteReader::long_varint() {
    std::uint64_t number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (at_ == end_) {
            refuse(kCutOff);
            return 0;
        }
        const auto byte = static_cast<std::uint8_t>(*at_++);
        // Of the tenth byte only one bit is left to give.
        if (shift == 63 && byte > 1) break;
        number |= std::uint64_t{byte & 0x7FU} << shift;
        if ((byte & 0x80U) == 0) return number;
    }
    refuse("a number has more than 64 bits");
    return 0;
}

void ByteReader::varints(std::span<std::uint64_t> numbers) {
    constexpr std::size_t kEight = 8;
    constexpr std::uint64_t kHighBits = 0x8080'8080'8080'8080U;
    std::size_t done = 0;
    while (done < numbers.size() && left() >= kEight) {
        std::uint64_t word = 0;
        std::memcpy(&word, at_, kEight);
        if ((word & kHighBits) == 0 && numbers.size() - done >= kEight) {
            for (std::size_t ahead = 0; ahead < kEight; ++ahead)
                numbers[done + ahead] = static_cast<std::uint8_t>(at_[ahead]);
            at_ += kEight;
            done += kEight;
            continue;
        }
        const auto first = static_cast<std::uint8_t>(at_[0]);
        const auto second = static_cast<std::uint8_t>(at_[1]);
        const unsigned two = first >> 7U;
        if ((second & (two << 7U)) != 0) {  // Three bytes or more.
            numbers[done++] = varint();
            continue;
        }
        // Which of one and two it is changes from number to number: no branch on that.
        numbers[done++] = (first & 0x7FU) | (two * second) << 7U;
        at_ += 1 + two;
    }
    while (done < numbers.size() && !failed())
        numbers[done++] = varint();
}

Result<void> ByteReader::outcome() const {
    if (!failed()) return {};
    return fail(ErrorCode::kStorageFailed,
                std::string{place_} + std::to_string(failed_at_) + ": " + std::string{why_});
}

}  // namespace tandem::store
