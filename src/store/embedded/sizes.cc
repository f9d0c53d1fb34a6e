#include "store/embedded/sizes.h"

#include <system_error>

namespace tandem::store {
namespace {

std::uint64_t size_of(const std::filesystem::path& file) {
    std::error_code failed;
    const auto size = std::filesystem::file_size(file, failed);
    return failed ? 0 : size;
}

}  // namespace

StoreFiles sizes_in(const std::filesystem::path& directory) {
    std::error_code failed;
    const auto space = std::filesystem::space(directory, failed);
    return {.registry = size_of(directory / "registry.db"),
            .registry_wal = size_of(directory / "registry.db-wal"),
            .telemetry = size_of(directory / "telemetry.db"),
            .telemetry_wal = size_of(directory / "telemetry.db-wal"),
            .reserve = size_of(directory / "reserve"),
            .disk_free = failed ? 0 : space.available};
}

std::uint64_t log_size_in(const std::filesystem::path& directory) {
    std::error_code failed;
    std::uint64_t bytes = 0;
    for (std::filesystem::directory_iterator at{directory / "log", failed}, end;
         !failed && at != end; at.increment(failed)) {
        bytes += size_of(at->path());
    }
    return bytes;
}

}  // namespace tandem::store
