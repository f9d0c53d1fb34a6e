#pragma once

#include "contract/encoding.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::client {

/// Lines of a file that go to the hub in one body, and where in the file they stood. What is not
/// sent of the file's lines between them is an empty line in the body, so that both count alike.
class ReadingsBatch {
public:
    /// `head` stands before the lines of every body: a CSV header with its line end, or nothing.
    ReadingsBatch(contract::Encoding encoding, std::string head);

    /// Adds a record, which begins on this line of the file and has at most so many readings. It
    /// may have several lines and need not end with one.
    void add(std::string_view record, std::uint64_t line, std::size_t readings);

    [[nodiscard]] bool empty() const { return records_.empty(); }
    [[nodiscard]] contract::Encoding encoding() const { return encoding_; }
    [[nodiscard]] std::size_t records() const { return records_.size(); }
    [[nodiscard]] std::size_t readings() const { return readings_; }
    [[nodiscard]] std::size_t bytes() const { return text_.size(); }
    [[nodiscard]] std::string body() const { return head_ + text_; }
    /// How many lines of the file would stand empty before a record of this line.
    [[nodiscard]] std::uint64_t gap_before(std::uint64_t line) const;

    /// The line of the file that is line `line` of the body, from 1; nothing where it is the head.
    [[nodiscard]] std::optional<std::uint64_t> line_in_file(std::uint64_t line) const;
    [[nodiscard]] std::uint64_t first_line() const;

    /// The same in two batches, each with about half of the records. There is more than one.
    [[nodiscard]] std::pair<ReadingsBatch, ReadingsBatch> halves() const;
    /// Without records.
    void clear();

private:
    struct Record {
        std::size_t at = 0;  // In text_.
        std::size_t length = 0;
        std::uint64_t line = 0;
        std::size_t readings = 0;
    };

    contract::Encoding encoding_;
    std::string head_;
    std::uint64_t head_lines_ = 0;
    std::string text_;
    std::vector<Record> records_;  // As many as readings fit in one body.
    std::uint64_t next_line_ = 0;  // Of the file, where text_ goes on.
    std::size_t readings_ = 0;
};

}  // namespace tandem::client
