#include "node/check.h"

#include "base/log.h"

namespace tandem::node {
namespace {

/// As long as it lives, nothing is logged.
class Silence {
public:
    Silence() { set_log_level(LogLevel::kNone); }
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;
    ~Silence() { set_log_level(LogLevel::kInfo); }
};

}  // namespace

Result<store::Checked> check(const std::filesystem::path& data, const store::Findings& found) {
    const Silence silence;
    return store::check_directory(data, found);
}

Result<void> salvage(const std::filesystem::path& data,
                     const std::function<void(const store::SalvageAct&)>& told) {
    const Silence silence;
    const SystemClock clock;
    return store::salvage_directory(data, clock.now(), told);
}

}  // namespace tandem::node
