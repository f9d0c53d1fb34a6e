#include "base/check.h"

#include <unistd.h>

#include <cstdlib>
#include <string>

namespace tandem {

void check_failed(const std::source_location& where) noexcept {
    const std::string line = std::string{"check failed: "} + where.file_name() + ":" +
                             std::to_string(where.line()) + " in " + where.function_name() + "\n";
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
    std::abort();
}

}  // namespace tandem
