#include "node/secrets.h"

#include "codec/base64.h"
#include "node/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
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

// A descriptor that closes itself.
class OpenFile {
public:
    explicit OpenFile(int file) : file_{file} {}
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    ~OpenFile() {
        if (file_ >= 0) ::close(file_);
    }
    [[nodiscard]] int get() const { return file_; }

private:
    int file_;
};

// No further than a pepper and a note: whatever lies there, it is not read into memory.
std::string first_bytes(int file) {
    std::array<char, 4'096> bytes{};
    const auto got = ::read(file, bytes.data(), bytes.size());
    return {bytes.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
}

Result<std::string> read_existing(const std::filesystem::path& path) {
    const OpenFile file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (file.get() < 0) return failed(path, reason());
    auto mine = check_private(file.get(), path, Others::kNothing, Owner::kThisUser);
    if (!mine) return pass(mine);
    const std::string text = first_bytes(file.get());
    const std::string_view line = std::string_view{text}.substr(0, text.find('\n'));
    const auto damaged = [&] { return failed(path, "is damaged; restore it from a backup"); };
    if (!line.starts_with(kName)) return damaged();
    auto pepper = codec::base64url_decode(line.substr(kName.size()));
    if (!pepper || pepper->size() != kPepperBytes) return damaged();
    return std::move(*pepper);
}

Result<void> make_directory(const std::filesystem::path& data) {
    std::error_code failed;
    std::filesystem::create_directories(data, failed);
    if (failed) return fail(ErrorCode::kStorageFailed, data.string() + ": " + failed.message());
    auto mine = check_private(data, Others::kAnything, Owner::kThisUser);
    if (!mine) return mine;
    std::filesystem::permissions(data, std::filesystem::perms::owner_all, failed);
    if (failed) return fail(ErrorCode::kStorageFailed, data.string() + ": " + failed.message());
    return {};
}

}  // namespace

Result<std::string> load_pepper(const std::filesystem::path& data, Random& random) {
    if (auto mine = make_directory(data); !mine) return pass(mine);
    const std::filesystem::path file = data / "secrets";
    const auto is_there = [&](const char* name) -> Result<bool> {
        std::error_code unknown;
        const bool there = std::filesystem::exists(data / name, unknown);
        if (unknown) return failed(data / name, unknown.message());
        return there;
    };
    auto made = is_there("secrets");
    if (!made) return pass(made);
    if (*made) return read_existing(file);
    auto used = is_there("registry.db");
    if (!used) return pass(used);
    if (*used) return failed(file, "is missing beside existing data; restore it from a backup");
    std::string pepper = random.bytes(kPepperBytes);
    auto written = write_new(file, std::string{kName} + codec::base64url_encode(pepper) + "\n");
    if (!written) return pass(written);
    return pepper;
}

}  // namespace tandem::node
