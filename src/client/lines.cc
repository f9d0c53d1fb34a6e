#include "client/lines.h"

#include <algorithm>

namespace tandem::client {

void Lines::add(std::string_view bytes) {
    text_.erase(0, at_);
    searched_ -= at_;
    at_ = 0;
    text_ += bytes;
}

std::optional<std::string_view> Lines::next() {
    if (too_long_) return {};
    const std::size_t found = text_.find('\n', searched_);
    const std::size_t end = std::min(found, text_.size());
    searched_ = end;
    if (end - at_ > longest_) {
        too_long_ = true;
        return {};
    }
    if (found == std::string::npos && (!ended_ || at_ == text_.size())) return {};
    std::string_view line = std::string_view{text_}.substr(at_, end - at_);
    at_ = std::min(end + 1, text_.size());
    searched_ = at_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

}  // namespace tandem::client
