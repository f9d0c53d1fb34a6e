#pragma once

#include "base/error.h"
#include "base/value.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::codec {

/// More cells in a record are refused: a series is a column, and no device has so many.
inline constexpr std::size_t kCsvCellsMax = 1'024;
/// A longer cell is refused. As `string_bytes` of ReaderLimits.
inline constexpr std::size_t kCsvCellBytesMax = 64 * std::size_t{1'024};

struct CsvCell {
    std::string_view text;  ///< without the quotes around it, "" undone
    bool quoted = false;
};

/// One record of a file: its cells, or why they could not be read.
struct CsvRecord {
    std::size_t line = 0;  ///< where it began, counted from 1
    std::vector<CsvCell> cells;
    std::optional<Error> error;  ///< `kMalformedBody`; there are no cells then.
};

/// Pulls the records of a CSV file, RFC 4180, with any one-character separator. Lines end in CRLF
/// or LF, the last one need not; empty lines are skipped, and so is a byte order mark at the start.
///
/// A record that is wrong costs itself alone: a quote in a cell that does not begin with one, text
/// after a closing quote, a CR without an LF outside quotes, more cells or a longer cell than the
/// limits, a NUL, bytes that are not UTF-8. Reading goes on at the next line. A quote that is never
/// closed takes the rest of the file with it.
///
/// Reads each byte once. Copies only cells that hold a doubled quote.
class CsvReader {
public:
    /// `input` has to outlive the reader.
    CsvReader(std::string_view input, char separator);

    /// The next record, or nullptr at the end. Good until the next call; the cells are views into
    /// the input or into the reader.
    [[nodiscard]] const CsvRecord* next();
    /// Where in the input reading will go on. At its end, the last record may be one that was cut.
    [[nodiscard]] std::size_t position() const { return at_; }

private:
    // A cell whose text is in scratch_, which may still move.
    struct Unescaped {
        std::size_t cell = 0;
        std::size_t begin = 0;
        std::size_t length = 0;
    };

    void read_cells();
    [[nodiscard]] bool read_plain();
    [[nodiscard]] bool read_quoted();
    [[nodiscard]] bool at_cell_end() const;
    [[nodiscard]] bool take_line_end();
    void skip_line();
    void add(std::string_view raw, std::size_t doubled, bool quoted);
    void wrong(std::string_view why);
    [[nodiscard]] bool more() const { return at_ < input_.size(); }

    std::string_view input_;
    char separator_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
    std::size_t cell_ = 0;  // The one being read, counted from 1.
    CsvRecord record_;
    std::string scratch_;               // No longer than one record.
    std::vector<Unescaped> unescaped_;  // No longer than the record's cells.
};

/// Which of `,` `;` tab and `|` separates the cells of `header_line`: the one that is there most
/// often outside quotes, the first of them among equals, and the comma when there is none.
[[nodiscard]] char sniff_separator(std::string_view header_line);

/// What a cell says; nothing when it is empty or blank.
///
/// A number as JSON writes it, true, false, null, an array, an object and a string in double
/// quotes are what they are in JSON, and TRUE, FALSE, True and False are booleans, as spreadsheets
/// write them; blanks around any of these do not count. Everything else is text, as it is, a date
/// and `007` too. Whether the cell was quoted does not matter: programs differ in what they quote.
///
/// With `decimal_comma`, for files whose separator is not the comma, `21,5` is 21.5 as well.
///
/// Fails with `kInvalidField` on a number that does not fit (see Reader), and on NaN and infinity
/// in any spelling.
[[nodiscard]] Result<std::optional<Value>> read_cell(std::string_view cell, bool decimal_comma);

/// The text of a cell of the header: what CsvWriter::write_name made of it, or the cell as it is
/// without the blanks around it.
[[nodiscard]] std::string read_name(std::string_view cell);

/// Appends CSV to a text: cells from left to right, then end_row(). Lines end in CRLF.
///
/// What read_cell() makes of a written cell is the value that was written, whatever `decimal_comma`
/// is, if the cell is no longer than kCsvCellBytesMax and a value no deeper than JSON may be.
///
/// A text that a spreadsheet would take for a formula is written as a JSON string: see
/// https://owasp.org/www-community/attacks/CSV_Injection.
class CsvWriter {
public:
    /// `out` has to outlive the writer.
    explicit CsvWriter(std::string& out, char separator = ',') : out_{out}, separator_{separator} {}

    /// A cell of the header, for read_name().
    void write_name(std::string_view name);
    /// Numbers, booleans, null, arrays and objects as JSON. Text as itself, or as a JSON string
    /// where it would be read as something else.
    void write_cell(const Value& value);
    /// A cell without a value.
    void write_nothing();
    void end_row();

private:
    void append(std::string_view text);

    std::string& out_;
    char separator_;
    std::size_t row_start_ = 0;  // Where in out_ the present row began.
    std::size_t cells_ = 0;      // Of the present row.
};

}  // namespace tandem::codec
