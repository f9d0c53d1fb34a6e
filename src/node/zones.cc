#include "node/zones.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>

namespace tandem::node {
namespace {

constexpr std::size_t kFileBytes = 64 * std::size_t{1'024};  // The largest zone takes 4 KiB.

// Names come from requests: no way out of the folder, and nothing in it that is no zone.
bool is_zone_name(const std::string& name) {
    const auto good = [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '/' || c == '_' || c == '-' || c == '+';
    };
    return !name.empty() && name.size() <= 64 &&
           std::isupper(static_cast<unsigned char>(name.front())) != 0 &&
           std::ranges::all_of(name, good) && name.find("//") == std::string::npos &&
           name.back() != '/';
}

std::string read_file(const std::filesystem::path& path) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) return {};
    if (std::filesystem::file_size(path, error) > kFileBytes || error) return {};
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace

Result<codec::TimeZone> Zones::named(const std::string& name) {
    if (!is_zone_name(name)) return fail(ErrorCode::kNotFound, "no such time zone");
    const Lock held{mutex_};
    if (const auto found = known_.find(name); found != known_.end()) return found->second;
    const std::string bytes = read_file(folder_ / name);
    if (bytes.empty()) return fail(ErrorCode::kNotFound, "no such time zone");
    auto zone = codec::parse_tzif(bytes);
    if (zone) known_.emplace(name, *zone);
    return zone;
}

}  // namespace tandem::node
