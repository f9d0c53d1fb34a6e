// Whatever bytes come: records within limits, and what was read is read again from what we write.
// The first byte chooses the separator.
#include "base/check.h"
#include "codec/csv.h"
#include "codec/utf8.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

using namespace tandem;
using namespace tandem::codec;

namespace {

constexpr std::string_view kSeparators = ",;\t|";

using Rows = std::vector<std::vector<std::optional<Value>>>;

/// The rows without a mistake in them.
Rows read(std::string_view input, char separator) {
    Rows rows;
    CsvReader reader{input, separator};
    std::size_t line = 0;
    while (const CsvRecord* record = reader.next()) {
        check(record->line > line);
        line = record->line;
        check(record->error.has_value() == record->cells.empty());
        check(record->cells.size() <= kCsvCellsMax);
        if (record->error) check(record->error->detail.starts_with("CSV, line "));
        auto& row = rows.emplace_back();
        for (const CsvCell& cell : record->cells) {
            check(cell.text.size() <= kCsvCellBytesMax);
            check(is_utf8(cell.text));
            auto value = read_cell(cell.text, separator != ',');
            if (!value) check(value.error().code == ErrorCode::kInvalidField);
            row.push_back(value ? std::move(*value) : std::nullopt);
        }
        if (row.empty()) rows.pop_back();
    }
    return rows;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input{reinterpret_cast<const char*>(data) + 1, size - 1};
    static_cast<void>(sniff_separator(input));
    const char separator = kSeparators[data[0] % kSeparators.size()];
    const Rows rows = read(input, separator);
    std::string out;
    CsvWriter writer{out, separator};
    for (const auto& row : rows) {
        for (const auto& cell : row)
            cell ? writer.write_cell(*cell) : writer.write_nothing();
        writer.end_row();
    }
    // Quotes and escapes can make a cell longer than may be read.
    if (out.size() <= kCsvCellBytesMax) check(read(out, separator) == rows);
    return 0;
}
