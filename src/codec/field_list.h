#pragma once

#include <optional>
#include <string_view>

namespace tandem::codec {

/// One element of a header field such as Accept: `text/html;q=0.5`.
struct FieldElement {
    std::string_view name;  ///< what comes before the first ";"
    int weight = 1'000;     ///< in thousandths; 0 means not acceptable
};

/// The elements of a comma-separated header field with their weights, RFC 9110 sections 5.6.1 and
/// 12.4.2. Empty elements are skipped; a weight that cannot be read is 0; parameters other than `q`
/// are ignored. The views are into the field.
class FieldList {
public:
    explicit FieldList(std::string_view field) : rest_{field} {}

    /// The next element; nothing at the end.
    [[nodiscard]] std::optional<FieldElement> next();

private:
    std::string_view rest_;
};

}  // namespace tandem::codec
