// Whatever bytes come as a backup: files that a data directory may have, each once and no more of
// it than there is, and an error; or an archive that agrees with its manifest. The first byte says
// what the others are: an archive, one whose headers' checksums are set right first, so that
// what stands behind them is reached, or what files hold that are written and read again.
#include "base/check.h"
#include "store/embedded/archive.h"
#include "store/embedded/test_archive.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

using namespace tandem;
using namespace tandem::store;

namespace {

constexpr std::size_t kBlock = 512;

class Files final : public ArchiveSink {
public:
    Result<void> begin(const std::string& name) override {
        check(!open_);
        check(!name.starts_with('/'));
        check(!name.contains(".."));
        check(std::ranges::count(name, '/') <= 1);
        check(all.emplace(name, "").second);
        name_ = name;
        open_ = true;
        return {};
    }
    Result<void> add(std::string_view bytes) override {
        check(open_);
        all[name_] += bytes;
        return {};
    }
    Result<void> end() override {
        check(open_);
        open_ = false;
        return {};
    }

    std::map<std::string, std::string> all;

private:
    std::string name_;
    bool open_ = false;
};

void read(const std::string& bytes) {
    Files files;
    std::istringstream in{bytes};
    const auto manifest = read_archive(in, files);
    std::size_t sum = 0;
    for (const auto& [name, text] : files.all)
        sum += text.size();
    check(sum <= bytes.size());
    if (!manifest) {
        check(manifest.error().code == ErrorCode::kUnprocessable);
        check(!manifest.error().detail.empty());
        return;
    }
    check(manifest->files.size() == files.all.size());
    for (const ArchivedFile& file : manifest->files)
        check(files.all.at(file.name).size() == file.bytes);
}

void seal_all(std::string& bytes) {
    std::size_t at = 0;
    while (bytes.size() - at >= kBlock) {
        seal_header(bytes, at);
        const auto header = read_archive_header(std::string_view{bytes}.substr(at, kBlock));
        if (!header) return;
        const std::uint64_t left = bytes.size() - at - kBlock;
        if (header->bytes > left) return;
        at += kBlock + header->bytes + (kBlock - header->bytes % kBlock) % kBlock;
        if (at > bytes.size()) return;
    }
}

// Cuts the input into files, each as long as its first byte says.
void write_back(std::string_view input) {
    constexpr std::string_view names[] = {"registry.db", "telemetry.db", "secrets",
                                          "log/0000000000000001.log", "log/0000000000000002.log"};
    ArchiveWriter writer{Instant{Duration{1'790'000'000'000'000}}};
    std::map<std::string, std::string> written;
    std::string bytes;
    for (const std::string_view name : names) {
        const std::size_t wanted = input.empty() ? 0 : static_cast<unsigned char>(input[0]) * 16U;
        if (!input.empty()) input.remove_prefix(1);
        const std::string_view text = input.substr(0, wanted);
        input.remove_prefix(text.size());
        bytes += writer.begin(std::string{name}, text.size());
        writer.add(text);
        bytes += text;
        bytes += writer.end();
        written.emplace(name, text);
    }
    bytes += writer.finish();
    Files files;
    std::istringstream in{bytes};
    check(read_archive(in, files).has_value());
    check(files.all == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    std::string input{reinterpret_cast<const char*>(data) + 1, size - 1};
    switch (data[0] % 3) {
        case 0:
            read(input);
            break;
        case 1:
            seal_all(input);
            read(input);
            break;
        default:
            write_back(input);
    }
    return 0;
}
