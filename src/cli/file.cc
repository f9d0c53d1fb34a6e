#include "cli/file.h"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace tandem::cli {

Result<std::string> read_file(const std::string& path) {
    // A directory opens, and throws when it is read.
    std::error_code unknown;
    std::ifstream in{path, std::ios::binary};
    if (!in || std::filesystem::is_directory(path, unknown)) {
        return fail(ErrorCode::kInvalidField, path + ": cannot be read");
    }
    return std::string{std::istreambuf_iterator<char>{in}, {}};
}

}  // namespace tandem::cli
