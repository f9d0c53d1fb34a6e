#pragma once

#include "base/reader.h"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::codec {

/// Where a reader stands in arrays and objects, and what of its limits is used up. Shared by the
/// readers of all formats, so that they refuse the same.
class Nesting {
public:
    struct Level {
        bool object = false;
        std::size_t count = 0;                    ///< members or items so far
        std::vector<std::string> few;             ///< keys, searched one by one
        std::set<std::string, std::less<>> many;  ///< keys beyond kFew: ordered, so that chosen
                                                  ///< keys cannot make it slow
    };

    explicit Nesting(const ReaderLimits& limits) : limits_{limits} {}

    [[nodiscard]] bool empty() const { return levels_.empty(); }
    [[nodiscard]] std::size_t depth() const { return levels_.size(); }
    [[nodiscard]] bool in_object() const { return !levels_.empty() && levels_.back().object; }
    [[nodiscard]] std::size_t count() const { return levels_.back().count; }

    // Each gives why not, or nullptr.
    [[nodiscard]] const char* enter(bool object);
    void leave() { levels_.pop_back(); }
    /// A value begins: an item where the innermost level is an array.
    [[nodiscard]] const char* add_value();
    [[nodiscard]] const char* add_key(std::string_view key);
    [[nodiscard]] const char* check_string(std::size_t bytes) const;

private:
    static constexpr std::size_t kFew = 16;
    ReaderLimits limits_;
    std::vector<Level> levels_;  // Never longer than limits_.depth.
    std::size_t nodes_ = 0;
};

}  // namespace tandem::codec
