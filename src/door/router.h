#pragma once

#include "base/error.h"
#include "contract/operation.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::door {

/// Where a request of the REST door goes.
struct Route {
    const contract::Operation* operation = nullptr;  ///< null: the path is known, the method not
    contract::Parameters path;
    std::string allow;  ///< the path's methods, for Allow
};

/// Finds the operation of a method and a path. The catalogue is its only source. `/v1/me/…` is
/// `/v1/devices/me/…`. `waiting`: the request prefers to wait, which makes commands.take of
/// commands.list. Fails with kNotFound, or kBadRequest for a path that cannot be decoded.
[[nodiscard]] Result<Route> find_route(std::string_view method,
                                       std::string_view path,
                                       bool waiting);

}  // namespace tandem::door
