// main() of a fuzz target where libFuzzer is not: runs it over every file of the folders given.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

/// Runs the target over the files of `folder`. Gives how many there were.
int replay(const std::filesystem::path& folder) {
    int files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{folder}) {
        if (!entry.is_regular_file()) continue;
        // Before the run, so that the last line names the input of a crash.
        std::printf("%s\n", entry.path().filename().c_str());
        std::fflush(stdout);
        std::ifstream file{entry.path(), std::ios::binary};
        const std::string bytes{std::istreambuf_iterator<char>{file}, {}};
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
        ++files;
    }
    return files;
}

}  // namespace

int main(int count, char** arguments) {
    int files = 0;
    for (int at = 1; at < count; ++at)
        files += replay(arguments[at]);
    std::printf("%d inputs\n", files);
    return files > 0 ? 0 : 1;  // An empty folder would prove nothing.
}
