#include "domain/anchor_check.h"

#include <fmt/format.h>

namespace tandem {

std::optional<std::string> AnchorCheck::add(const ChainCheck::Link& link) {
    if (link.tenant != tenant_) return {};
    if (!first_) first_ = link;
    last_ = link.number;
    if (link.number != anchor_.number || link.hash == anchor_.hash) return {};
    return fmt::format("line {} is not the one of the anchor", link.number);
}

std::optional<std::string> AnchorCheck::end() const {
    if (!first_ || last_ < anchor_.number) {
        return fmt::format("lines after {} are missing: the anchor is of line {}", last_,
                           anchor_.number);
    }
    if (first_->number <= anchor_.number) return {};
    if (first_->number > anchor_.number + 1) {
        return fmt::format("line {} of the anchor is not there: the oldest is line {}",
                           anchor_.number, first_->number);
    }
    if (first_->previous == anchor_.hash) return {};
    return fmt::format("line {} was not written behind the one of the anchor", first_->number);
}

std::optional<std::string> missing_around(const ChainCheck::Chain& chain,
                                          std::int64_t kept,
                                          bool noted) {
    if (chain.first > 1 && chain.lines < kept) {
        return fmt::format("lines before {} are missing: they make room only where {} are there",
                           chain.first, kept);
    }
    // Lines that are older than the chain were never noted.
    if (chain.chained && !noted) return "the hub's note of the newest line is missing";
    return {};
}

}  // namespace tandem
