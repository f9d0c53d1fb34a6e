#pragma once

#include "base/check.h"

#include <cstddef>
#include <vector>

namespace tandem::codec {

/// Sees to it that the calls of a writer put one value together: a key before each member's value,
/// as many ends as begins, each of its kind. Anything else is a programming mistake. Shared by the
/// writers of all formats.
class Order {
public:
    struct Level {
        bool object = false;
        bool key = false;       ///< A key is written, its value is not.
        std::size_t count = 0;  ///< values or keys begun so far
        std::size_t start = 0;  ///< where in the output the container's first byte is
    };

    /// A value begins.
    void value() {
        if (levels_.empty()) {
            check(!written_);
            written_ = true;
            return;
        }
        Level& level = levels_.back();
        check(level.key == level.object);
        if (!level.object) ++level.count;
        level.key = false;
    }

    void key() {
        check(in_object() && !levels_.back().key);
        levels_.back().key = true;
        ++levels_.back().count;
    }

    /// A container begins, at `start` of the output; value() was called for it.
    void begin(bool object, std::size_t start) {
        levels_.push_back(Level{.object = object, .start = start});
    }

    /// The innermost container ends. Gives what it was.
    Level end(bool object) {
        check(!levels_.empty());
        const Level level = levels_.back();
        check(level.object == object);
        check(!level.key);
        levels_.pop_back();
        return level;
    }

    /// The output is taken out: what comes next is another value.
    void finish() {
        check(levels_.empty());
        written_ = false;
    }

    [[nodiscard]] bool in_object() const { return !levels_.empty() && levels_.back().object; }
    /// Whether nothing was begun in the innermost container yet.
    [[nodiscard]] bool first() const { return levels_.empty() || levels_.back().count == 0; }

private:
    std::vector<Level> levels_;  // As deep as the caller nests.
    bool written_ = false;       // A value outside of any container was begun.
};

}  // namespace tandem::codec
