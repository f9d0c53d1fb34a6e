// Whatever bytes come as a chunk: a refusal that says where, or rows that make a chunk again. The
// CRC would let hardly any input through, so each is tried as it is and with one that fits.
#include "base/check.h"
#include "codec/crc32.h"
#include "store/telemetry/chunk.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

using namespace tandem;
using namespace tandem::store;

namespace {

void check_refusal(const Error& error) {
    check(error.code == ErrorCode::kStorageFailed);
    check(error.detail.starts_with("chunk, byte "));
}

void check_same_summary(const ColumnSummary& told, const ColumnSummary& made) {
    check(told.slot == made.slot);
    check(told.type == made.type);
    check(told.count == made.count);
    check(told.first == made.first);
    check(told.last == made.last);
}

// Each series alone holds what it holds among the others.
void read_alone(const Chunk& chunk, const Rows& rows) {
    for (const Column& column : rows.columns) {
        const auto alone = chunk.rows(std::vector{column.slot});
        check(alone.has_value());
        std::size_t found = 0;
        for (const Column& other : alone->columns) {
            if (other.type != column.type) continue;
            ++found;
            check(other.bits == column.bits);
            check(other.texts == column.texts);
            for (std::size_t at = 0; at < column.at.size(); ++at)
                check(alone->times[other.at[at]] == rows.times[column.at[at]]);
        }
        check(found == 1);
    }
}

void read(std::string_view bytes) {
    const auto chunk = Chunk::open(bytes);
    if (!chunk) return check_refusal(chunk.error());
    const auto rows = chunk->rows();
    if (!rows) return check_refusal(rows.error());
    check(fits_chunk(*rows));
    if (rows->columns.size() <= 8) read_alone(*chunk, *rows);

    const std::string made = encode_chunk(*rows);
    const auto again = Chunk::open(made);
    check(again.has_value());
    check(again->columns().size() == chunk->columns().size());
    for (std::size_t at = 0; at < chunk->columns().size(); ++at)
        check_same_summary(chunk->columns()[at], again->columns()[at]);
    const auto same = again->rows();
    check(same.has_value());
    check(*same == *rows);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string bytes{reinterpret_cast<const char*>(data), size};
    read(bytes);
    if (size < 4) return 0;
    bytes.resize(size - 4);
    const std::uint32_t crc = codec::crc32(bytes);
    for (unsigned shift = 0; shift < 32; shift += 8)
        bytes += static_cast<char>(crc >> shift);
    read(bytes);
    return 0;
}
