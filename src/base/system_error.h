#pragma once

#include "base/error.h"

#include <cerrno>
#include <filesystem>
#include <string_view>

namespace tandem {

/// Why a call of the system has failed that was to do `what` ("open", "sync") with `path`, from
/// errno: kStorageFull where there is no room, else kStorageFailed.
[[nodiscard]] std::unexpected<Error> fail_with_errno(std::string_view what,
                                                     const std::filesystem::path& path,
                                                     int error = errno);

}  // namespace tandem
