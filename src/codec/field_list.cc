#include "codec/field_list.h"

#include "base/ascii.h"

#include <cstddef>

namespace tandem::codec {
namespace {

int read_weight(std::string_view text) {
    if (text.starts_with("1")) return 1'000;
    if (!text.starts_with("0.")) return 0;
    int weight = 0;
    int unit = 100;
    for (const char c : text.substr(2, 3)) {
        if (c < '0' || c > '9') break;
        weight += (c - '0') * unit;
        unit /= 10;
    }
    return weight;
}

FieldElement read_element(std::string_view text) {
    FieldElement element{.name = trimmed(text.substr(0, text.find(';')))};
    for (std::size_t at = text.find(';'); at != std::string_view::npos;
         at = text.find(';', at + 1)) {
        const std::string_view parameter = trimmed(text.substr(at + 1));
        if (parameter.starts_with("q=") || parameter.starts_with("Q=")) {
            element.weight = read_weight(parameter.substr(2));
        }
    }
    return element;
}

}  // namespace

std::optional<FieldElement> FieldList::next() {
    while (!rest_.empty()) {
        const std::size_t comma = rest_.find(',');
        const FieldElement element = read_element(rest_.substr(0, comma));
        rest_.remove_prefix(comma == std::string_view::npos ? rest_.size() : comma + 1);
        if (!element.name.empty()) return element;
    }
    return {};
}

}  // namespace tandem::codec
