#include "codec/nesting.h"

#include <algorithm>

namespace tandem::codec {

const char* Nesting::enter(bool object) {
    if (levels_.size() >= limits_.depth) return "nested deeper than the limit `depth`";
    levels_.push_back(Level{.object = object, .count = 0, .few = {}, .many = {}});
    return nullptr;
}

const char* Nesting::add_value() {
    if (++nodes_ > limits_.nodes) return "more values than the limit `nodes`";
    if (levels_.empty() || levels_.back().object) return nullptr;
    if (++levels_.back().count > limits_.array_items)
        return "more items than the limit `array_items`";
    return nullptr;
}

const char* Nesting::add_key(std::string_view key) {
    Level& level = levels_.back();
    // A key is a string first: readers see that before they know that it is a key.
    if (const char* why = check_string(key.size())) return why;
    if (key.size() > limits_.key_bytes) return "a key is longer than the limit `key_bytes`";
    if (++level.count > limits_.object_keys) return "more keys than the limit `object_keys`";
    const bool known =
        std::ranges::find(level.few, key) != level.few.end() || level.many.contains(key);
    if (known) return "the key was there before";
    if (level.few.size() < kFew) {
        level.few.emplace_back(key);
    } else {
        level.many.emplace(key);
    }
    return nullptr;
}

const char* Nesting::check_string(std::size_t bytes) const {
    return bytes > limits_.string_bytes ? "a string is longer than the limit `string_bytes`"
                                        : nullptr;
}

}  // namespace tandem::codec
