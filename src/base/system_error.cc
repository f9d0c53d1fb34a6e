#include "base/system_error.h"

#include <string>
#include <system_error>

namespace tandem {

std::unexpected<Error> fail_with_errno(std::string_view what,
                                       const std::filesystem::path& path,
                                       int error) {
    const bool full = error == ENOSPC || error == EDQUOT;
    return fail(full ? ErrorCode::kStorageFull : ErrorCode::kStorageFailed,
                "cannot " + std::string{what} + " " + path.string() + ": " +
                    std::generic_category().message(error));
}

}  // namespace tandem
