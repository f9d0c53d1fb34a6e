#pragma once

#include "api/load.h"
#include "domain/store_figures.h"

#include <string>
#include <string_view>
#include <vector>

namespace tandem::api {

/// What an operator should know, in words: what is wrong, and what to do.
struct Warning {
    std::string_view name;  ///< `disk-full`
    std::string says;
};

/// Why a hub with a store in this state cannot do its work, in a sentence for anybody; "" when it
/// can.
[[nodiscard]] std::string_view why_unready(StoreState state);

/// What is wrong with a hub, the worst first; nothing with a healthy one.
[[nodiscard]] std::vector<Warning> warnings_of(const StoreFigures& store, Pressure pressure);

}  // namespace tandem::api
