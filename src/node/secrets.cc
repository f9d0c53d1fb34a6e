#include "node/secrets.h"

#include "base/descriptor.h"
#include "codec/base64.h"
#include "node/private_file.h"
#include "store/embedded/directory.h"

#include <fcntl.h>
#include <unistd.h>

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
    const Descriptor out{::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (out.is_none()) return failed(file, reason());
    const bool written = ::write(out.get(), text.data(), text.size()) == std::ssize(text);
    if (!written || ::fsync(out.get()) != 0) return failed(file, "cannot be written");
    return {};
}

Result<std::string> read_existing(const std::filesystem::path& path) {
    auto text = read_private(path, Others::kNothing, Owner::kThisUser);
    if (!text) return pass(text);
    const std::string_view line = std::string_view{*text}.substr(0, text->find('\n'));
    const auto damaged = [&] { return failed(path, "is damaged; restore it from a backup"); };
    if (!line.starts_with(kName)) return damaged();
    auto pepper = codec::base64url_decode(line.substr(kName.size()));
    if (!pepper || pepper->size() != kPepperBytes) return damaged();
    return std::move(*pepper);
}

// One that was there is closed to others too.
Result<void> see_to_directory(const std::filesystem::path& data) {
    if (auto made = store::make_data_directory(data); !made) return made;
    auto mine = check_private(data, Others::kAnything, Owner::kThisUser);
    if (!mine) return mine;
    std::error_code wrong;
    std::filesystem::permissions(data, std::filesystem::perms::owner_all, wrong);
    if (wrong) return failed(data, wrong.message());
    return {};
}

}  // namespace

Result<std::string> load_pepper(const std::filesystem::path& data, Random& random) {
    if (auto mine = see_to_directory(data); !mine) return pass(mine);
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
