#include "codec/csv.h"

#include "base/ascii.h"
#include "base/check.h"
#include "codec/field_list.h"
#include "codec/json.h"
#include "codec/utf8.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tandem::codec {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kSeparators = ",;\t|";

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string_view skip_digits(std::string_view text) {
    const auto end = std::ranges::find_if_not(text, is_digit);
    return text.substr(static_cast<std::size_t>(end - text.begin()));
}

/// Whether `text` is written as JSON writes numbers (RFC 8259 section 6), however large it is.
bool is_number(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    const std::string_view after_whole = skip_digits(text);
    const std::size_t whole = text.size() - after_whole.size();
    if (whole == 0 || (whole > 1 && text.front() == '0')) return false;
    text = after_whole;
    if (text.starts_with('.')) {
        const std::string_view rest = skip_digits(text.substr(1));
        if (rest.size() + 1 == text.size()) return false;
        text = rest;
    }
    if (text.empty()) return true;
    if (text.front() != 'e' && text.front() != 'E') return false;
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    return !text.empty() && skip_digits(text).empty();
}

bool is_not_finite(std::string_view text) {
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    constexpr std::array<std::string_view, 3> kNames{"nan", "inf", "infinity"};
    return std::ranges::any_of(kNames,
                               [text](auto name) { return equal_ignoring_case(text, name); });
}

Result<std::optional<Value>> read_number(std::string_view text) {
    JsonReader reader{text};
    if (reader.next()) {
        auto value = read_value(reader);
        if (!value) return pass(value);
        return std::optional{std::move(*value)};
    }
    return fail(ErrorCode::kInvalidField, text.find_first_of(".eE") == std::string_view::npos
                                              ? "the whole number does not fit 64 bits"
                                              : "the number is too large");
}

/// The values that are words; the text of a cell without its blanks.
std::optional<Value> read_word(std::string_view text) {
    if (text == "true" || text == "TRUE" || text == "True") return Value{true};
    if (text == "false" || text == "FALSE" || text == "False") return Value{false};
    if (text == "null") return Value{};
    return {};
}

/// Text that a spreadsheet may run as a formula when it opens the file, and that a user of the hub
/// can have put there through a device. The wide forms are read as formulas by East Asian editions.
bool is_like_formula(std::string_view text) {
    constexpr std::array<std::string_view, 11> kBegins{
        "=", "+", "-", "@", "\t", "\r", "\n", "\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"};
    return std::ranges::any_of(kBegins, [text](auto begin) { return text.starts_with(begin); });
}

/// What a cell may not begin or hold, whatever is in the rest of it.
bool is_awkward(std::string_view text) {
    return is_like_formula(text) || text.starts_with(kByteOrderMark) || text.contains('\0');
}

/// Whether a cell of `text` is read as that text.
bool reads_as_itself(std::string_view text) {
    // Other programs trim blanks.
    if (is_awkward(text) || trimmed(text) != text) return false;
    const auto same = [text](bool decimal_comma) {
        const auto read = read_cell(text, decimal_comma);
        if (!read || !read->has_value()) return false;
        const auto* back = (**read).get<std::string>();
        return back != nullptr && *back == text;
    };
    return same(false) && same(true);
}

}  // namespace

CsvReader::CsvReader(std::string_view input, char separator)
    : input_{input}, separator_{separator} {
    check(separator != '"' && separator != '\r' && separator != '\n');
    if (input_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
}

const CsvRecord* CsvReader::next() {
    while (take_line_end()) {
    }
    if (!more()) return nullptr;
    record_.line = line_;
    record_.cells.clear();
    record_.error.reset();
    scratch_.clear();
    unescaped_.clear();
    cell_ = 0;

    const std::size_t begin = at_;
    read_cells();
    const std::string_view raw = input_.substr(begin, at_ - begin);
    cell_ = 0;
    if (!record_.error && raw.contains('\0')) wrong("a NUL");
    if (!record_.error && !is_utf8(raw)) wrong("not UTF-8");
    if (record_.error) {
        record_.cells.clear();
        return &record_;
    }
    for (const Unescaped& each : unescaped_) {
        record_.cells[each.cell].text = std::string_view{scratch_}.substr(each.begin, each.length);
    }
    return &record_;
}

void CsvReader::read_cells() {
    while (true) {
        ++cell_;
        const bool good = more() && input_[at_] == '"' ? read_quoted() : read_plain();
        if (!good) return skip_line();
        if (!more() || take_line_end()) return;
        ++at_;  // The separator.
    }
}

bool CsvReader::read_plain() {
    const std::size_t begin = at_;
    while (more() && input_[at_] != separator_ && input_[at_] != '\n' && input_[at_] != '\r' &&
           input_[at_] != '"')
        ++at_;
    if (!at_cell_end()) {
        wrong(input_[at_] == '"' ? "a quote in a cell that does not begin with one"
                                 : "a CR without an LF; lines end in CRLF or LF");
        return false;
    }
    add(input_.substr(begin, at_ - begin), 0, false);
    return true;
}

bool CsvReader::read_quoted() {
    const std::size_t begin = ++at_;
    std::size_t doubled = 0;
    while (true) {
        const std::size_t from = at_;
        at_ = std::min(input_.find('"', from), input_.size());
        line_ +=
            static_cast<std::size_t>(std::ranges::count(input_.substr(from, at_ - from), '\n'));
        if (!more()) {
            wrong("a quote is never closed; it takes the rest of the file");
            return false;
        }
        ++at_;
        if (!input_.substr(at_).starts_with('"')) break;
        ++at_;
        ++doubled;
    }
    if (!at_cell_end()) {
        wrong("text after a closing quote");
        return false;
    }
    add(input_.substr(begin, at_ - 1 - begin), doubled, true);
    return true;
}

bool CsvReader::at_cell_end() const {
    if (!more() || input_[at_] == separator_ || input_[at_] == '\n') return true;
    return input_.substr(at_, 2) == "\r\n";
}

bool CsvReader::take_line_end() {
    const std::string_view ahead = input_.substr(at_, 2);
    if (!ahead.starts_with('\n') && ahead != "\r\n") return false;
    at_ += ahead.front() == '\n' ? 1 : 2;
    ++line_;
    return true;
}

// After a mistake nobody knows which quotes open and which close: the next line is as good a place
// to go on as any, and for most files the right one.
void CsvReader::skip_line() {
    at_ = std::min(input_.find('\n', at_), input_.size());
    if (more()) {
        ++at_;
        ++line_;
    }
}

// What is too much is not kept, but reading goes on: where the record ends is known.
void CsvReader::add(std::string_view raw, std::size_t doubled, bool quoted) {
    if (cell_ > kCsvCellsMax) return wrong("more than 1,024 cells in a record");
    if (raw.size() - doubled > kCsvCellBytesMax) return wrong("longer than 64 KiB");
    if (record_.error) return;
    record_.cells.push_back({.text = raw, .quoted = quoted});
    if (doubled == 0) return;
    const std::size_t begin = scratch_.size();
    for (std::size_t at = 0; at < raw.size(); ++at) {
        scratch_ += raw[at];
        if (raw[at] == '"') ++at;
    }
    unescaped_.push_back(
        {.cell = record_.cells.size() - 1, .begin = begin, .length = scratch_.size() - begin});
}

// What is wrong first is told.
void CsvReader::wrong(std::string_view why) {
    if (record_.error) return;
    std::string where = "CSV, line " + std::to_string(record_.line);
    if (cell_ != 0) where += ", cell " + std::to_string(cell_);
    record_.error =
        Error{.code = ErrorCode::kMalformedBody, .detail = where + ": " + std::string{why}};
}

char sniff_separator(std::string_view header_line) {
    std::array<std::size_t, kSeparators.size()> counts{};
    bool quoted = false;
    for (const char c : header_line) {
        if (c == '"') quoted = !quoted;
        const std::size_t at = kSeparators.find(c);
        if (!quoted && at != std::string_view::npos) ++counts.at(at);
    }
    return kSeparators[static_cast<std::size_t>(std::ranges::max_element(counts) - counts.begin())];
}

Result<std::optional<Value>> read_cell(std::string_view cell, bool decimal_comma) {
    const std::string_view text = trimmed(cell);
    if (text.empty()) return std::nullopt;
    if (auto word = read_word(text)) return word;
    if (is_number(text)) return read_number(text);
    if (is_not_finite(text)) {
        return fail(ErrorCode::kInvalidField, "NaN and infinity are not accepted");
    }
    if (decimal_comma && std::ranges::count(text, ',') == 1 && !text.contains('.')) {
        std::string with_point{text};
        std::ranges::replace(with_point, ',', '.');
        if (is_number(with_point)) return read_number(with_point);
    }
    if (text.front() == '{' || text.front() == '[' || text.front() == '"') {
        if (auto value = parse_json(text)) return std::optional{std::move(*value)};
    }
    return std::optional<Value>{cell};
}

std::string read_name(std::string_view cell) {
    const std::string_view text = trimmed(cell);
    if (text.starts_with('"')) {
        const auto value = parse_json(text);
        if (value && value->get<std::string>() != nullptr) return *value->get<std::string>();
    }
    return std::string{text};
}

void CsvWriter::write_name(std::string_view name) {
    const bool as_itself = !is_awkward(name) && read_name(name) == name;
    append(as_itself ? std::string{name} : to_json(name));
}

void CsvWriter::write_cell(const Value& value) {
    const auto* text = value.get<std::string>();
    append(text != nullptr && reads_as_itself(*text) ? *text : to_json(value));
}

void CsvWriter::write_nothing() {
    append({});
}

void CsvWriter::end_row() {
    // A line with nothing on it is no record.
    if (cells_ == 1 && out_.size() == row_start_) out_ += "\"\"";
    out_ += "\r\n";
    row_start_ = out_.size();
    cells_ = 0;
}

void CsvWriter::append(std::string_view text) {
    if (cells_ == 0) row_start_ = out_.size();
    if (cells_ != 0) out_ += separator_;
    ++cells_;
    // Any separator, so that a program that guesses another one still sees one cell.
    const bool plain =
        text.find_first_of(",;\t|\"\r\n") == std::string_view::npos && !text.contains(separator_);
    if (plain) {
        out_ += text;
        return;
    }
    out_ += '"';
    for (const char c : text) {
        if (c == '"') out_ += '"';
        out_ += c;
    }
    out_ += '"';
}

}  // namespace tandem::codec
