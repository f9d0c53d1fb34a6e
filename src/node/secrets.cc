#include "node/secrets.h"

#include "codec/base64.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

namespace tandem::node {
namespace {

constexpr std::string_view kName = "pepper=";
constexpr std::size_t kPepperBytes = 32;

std::unexpected<Error> failed(const std::filesystem::path& file, std::string_view what) {
    return fail(ErrorCode::kStorageFailed, file.string() + ": " + std::string{what});
}

std::string reason() {
    return std::generic_category().message(errno);
}

Result<void> write_new(const std::filesystem::path& file, const std::string& text) {
    // O_EXCL: two hubs that start at once must not make two peppers.
    const int out = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (out < 0) return failed(file, reason());
    const bool written = ::write(out, text.data(), text.size()) == std::ssize(text);
    const bool synced = written && ::fsync(out) == 0;
    ::close(out);
    if (!synced) return failed(file, "cannot be written");
    return {};
}

Result<std::string> read_existing(const std::filesystem::path& file) {
    struct stat about{};
    if (::stat(file.c_str(), &about) != 0) return failed(file, reason());
    if ((about.st_mode & 077U) != 0) return failed(file, "others may read it: chmod 600");
    std::ifstream in{file};
    std::string line;
    if (!std::getline(in, line) || !line.starts_with(kName)) return failed(file, "is damaged");
    auto pepper = codec::base64url_decode(std::string_view{line}.substr(kName.size()));
    if (!pepper || pepper->size() != kPepperBytes) return failed(file, "is damaged");
    return std::move(*pepper);
}

Result<void> make_directory(const std::filesystem::path& data) {
    std::error_code failed;
    std::filesystem::create_directories(data, failed);
    if (failed) return fail(ErrorCode::kStorageFailed, data.string() + ": " + failed.message());
    std::filesystem::permissions(data, std::filesystem::perms::owner_all, failed);
    if (failed) return fail(ErrorCode::kStorageFailed, data.string() + ": " + failed.message());
    return {};
}

}  // namespace

Result<std::string> load_pepper(const std::filesystem::path& data, Random& random) {
    if (auto made = make_directory(data); !made) return pass(made);
    const std::filesystem::path file = data / "secrets";
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored)) return read_existing(file);
    if (std::filesystem::exists(data / "registry.db", ignored)) {
        return failed(file, "is missing beside existing data; restore it from a backup");
    }
    std::string pepper = random.bytes(kPepperBytes);
    auto written = write_new(file, std::string{kName} + codec::base64url_encode(pepper) + "\n");
    if (!written) return pass(written);
    return pepper;
}

}  // namespace tandem::node
