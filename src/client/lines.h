#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::client {

/// Cuts text that arrives in pieces into lines. Memory follows the longest line, up to the bound.
class Lines {
public:
    explicit Lines(std::size_t longest) : longest_{longest} {}

    /// More of the text. What next() gave before is no longer good.
    void add(std::string_view bytes);
    /// Nothing more will come: the last line need not end.
    void end() { ended_ = true; }

    /// The next line that is whole, without its LF or CRLF; nothing: more is needed, or it was the
    /// last one. Good until the next call.
    [[nodiscard]] std::optional<std::string_view> next();
    /// Whether there is a line longer than the bound. No line comes after that.
    [[nodiscard]] bool too_long() const { return too_long_; }
    /// Whether bytes of a line are there that next() has not given.
    [[nodiscard]] bool started() const { return at_ < text_.size(); }

private:
    std::size_t longest_;
    std::string text_;
    std::size_t at_ = 0;        // Where the next line begins.
    std::size_t searched_ = 0;  // There is no line end from at_ to here.
    bool ended_ = false;
    bool too_long_ = false;
};

}  // namespace tandem::client
