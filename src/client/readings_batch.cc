#include "client/readings_batch.h"

#include "base/check.h"

#include <algorithm>

namespace tandem::client {
namespace {

std::uint64_t line_ends(std::string_view text) {
    return static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
}

}  // namespace

ReadingsBatch::ReadingsBatch(contract::Encoding encoding, std::string head)
    : encoding_{encoding}, head_{std::move(head)}, head_lines_{line_ends(head_)} {}

void ReadingsBatch::add(std::string_view record, std::uint64_t line, std::size_t readings) {
    if (records_.empty()) next_line_ = line;
    check(line >= next_line_);
    text_.append(line - next_line_, '\n');
    records_.push_back(
        {.at = text_.size(), .length = record.size(), .line = line, .readings = readings});
    text_ += record;
    if (!text_.ends_with('\n')) text_ += '\n';
    next_line_ = line + line_ends(std::string_view{text_}.substr(records_.back().at));
    readings_ += readings;
}

std::uint64_t ReadingsBatch::gap_before(std::uint64_t line) const {
    return records_.empty() ? 0 : line - next_line_;
}

std::optional<std::uint64_t> ReadingsBatch::line_in_file(std::uint64_t line) const {
    if (line <= head_lines_) return {};
    return first_line() + (line - head_lines_ - 1);
}

std::uint64_t ReadingsBatch::first_line() const {
    return records_.empty() ? 0 : records_.front().line;
}

std::pair<ReadingsBatch, ReadingsBatch> ReadingsBatch::halves() const {
    check(records_.size() > 1);
    std::pair<ReadingsBatch, ReadingsBatch> out{{encoding_, head_}, {encoding_, head_}};
    for (std::size_t at = 0; at < records_.size(); ++at) {
        const Record& record = records_[at];
        ReadingsBatch& into = at < records_.size() / 2 ? out.first : out.second;
        into.add(std::string_view{text_}.substr(record.at, record.length), record.line,
                 record.readings);
    }
    return out;
}

void ReadingsBatch::clear() {
    text_.clear();
    records_.clear();
    readings_ = 0;
}

}  // namespace tandem::client
