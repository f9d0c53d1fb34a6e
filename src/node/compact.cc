#include "node/compact.h"

#include "base/log.h"

namespace tandem::node {

Result<store::Compacted> compact(const std::filesystem::path& data) {
    set_log_level(LogLevel::kWarning);
    return store::compact_directory(data);
}

}  // namespace tandem::node
