#pragma once

#include "api/world.h"
#include "contract/limits.h"

#include <string_view>
#include <vector>

namespace tandem::api {

/// What a tenant has of what it may have.
[[nodiscard]] Task<Result<std::vector<contract::LimitView>>> quotas_of(World world,
                                                                       TenantId tenant);

/// How to stay below a limit.
[[nodiscard]] std::string_view advice_on(std::string_view limit);

/// What each limit says of a workload.
[[nodiscard]] contract::LimitsFit fit(const Rules& rules, const contract::LimitsCheck& workload);

}  // namespace tandem::api
