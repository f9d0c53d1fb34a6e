#include "node/memory.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace tandem::node;

TEST_CASE("the memory of this process grows with what it uses, and fits into what is there") {
    const std::size_t before = own_memory();
    CHECK(before > 0);
    CHECK(before < memory_there());
    constexpr std::size_t more = std::size_t{64} << 20U;
    const std::vector<char> used(more, 'x');
    CHECK(used.back() == 'x');
    CHECK(own_memory() >= before + more / 2);
}

TEST_CASE("a control group without a limit, or none at all, limits nothing") {
    std::string folder = (std::filesystem::temp_directory_path() / "tandem-XXXXXX").string();
    REQUIRE(::mkdtemp(folder.data()) != nullptr);
    const std::filesystem::path file = std::filesystem::path{folder} / "memory.max";
    CHECK_FALSE(memory_limit(file));
    std::ofstream{file} << "max\n";
    CHECK_FALSE(memory_limit(file));
    std::ofstream{file} << "268435456\n";
    CHECK(memory_limit(file) == 268'435'456);
    std::filesystem::remove_all(folder);
}
