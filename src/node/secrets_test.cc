#include "node/secrets.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

using namespace tandem;
using namespace tandem::node;

namespace {

namespace fs = std::filesystem;

/// A directory that is not there yet and goes with the test.
class Data {
public:
    Data()
        : path_{fs::temp_directory_path() /
                ("tandem-secrets-" + std::to_string(::getpid()) + "-" + std::to_string(++count))} {}
    Data(const Data&) = delete;
    Data& operator=(const Data&) = delete;
    ~Data() { fs::remove_all(path_); }

    [[nodiscard]] const fs::path& path() const { return path_; }
    [[nodiscard]] fs::path file() const { return path_ / "secrets"; }
    void write(std::string_view text, fs::perms mode = fs::perms{0600}) const {
        std::ofstream{file()} << text;
        fs::permissions(file(), mode);
    }
    [[nodiscard]] std::string read() const {
        std::ifstream in{file()};
        return {std::istreambuf_iterator<char>{in}, {}};
    }

private:
    static inline int count = 0;
    fs::path path_;
};

unsigned mode_of(const fs::path& path) {
    return static_cast<unsigned>(fs::status(path).permissions());
}

}  // namespace

TEST_CASE("the first start makes a pepper that only its owner may read") {
    const Data data;
    SeededRandom random{1};
    const auto pepper = load_pepper(data.path(), random);
    REQUIRE(pepper.has_value());
    CHECK(pepper->size() == 32);
    CHECK(mode_of(data.path()) == 0700);
    CHECK(mode_of(data.file()) == 0600);
}

TEST_CASE("the pepper stays the same") {
    const Data data;
    SeededRandom random{1};
    const auto first = load_pepper(data.path(), random);
    const std::string file = data.read();
    const auto second = load_pepper(data.path(), random);
    REQUIRE(second.has_value());
    CHECK(*first == *second);
    CHECK(data.read() == file);
    // The file does not hold it raw, and no other hub has the same.
    CHECK(file.starts_with("pepper="));
    const Data other;
    CHECK(*load_pepper(other.path(), random) != *first);
}

TEST_CASE("directories on the way are made") {
    const Data data;
    SeededRandom random{1};
    CHECK(load_pepper(data.path() / "a" / "b", random).has_value());
    CHECK(mode_of(data.path() / "a" / "b") == 0700);
}

TEST_CASE("a pepper that others may read is refused") {
    for (const unsigned mode : {0640U, 0604U, 0644U, 0620U, 0602U, 0610U, 0601U}) {
        CAPTURE(mode);
        const Data data;
        SeededRandom random{1};
        REQUIRE(load_pepper(data.path(), random).has_value());
        fs::permissions(data.file(), fs::perms{mode});
        const auto refused = load_pepper(data.path(), random);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().code == ErrorCode::kStorageFailed);
        CHECK(refused.error().detail == data.file().string() + ": others may read it: chmod 600");
    }
}

TEST_CASE("a pepper is never made anew beside existing data") {
    const Data data;
    SeededRandom random{1};
    REQUIRE(load_pepper(data.path(), random).has_value());
    std::ofstream{data.path() / "registry.db"} << "data";
    fs::remove(data.file());
    const auto refused = load_pepper(data.path(), random);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::kStorageFailed);
    CHECK(refused.error().detail ==
          data.file().string() + ": is missing beside existing data; restore it from a backup");
    CHECK_FALSE(fs::exists(data.file()));
}

TEST_CASE("a damaged file is refused and left as it is") {
    const std::string good = "pepper=" + std::string(43, 'A') + "\n";
    struct Row {
        std::string text;
        bool accepted;
        std::string_view why;
    };
    for (const Row& row : std::initializer_list<Row>{
             {good, true, "as it is written"},
             {good.substr(0, good.size() - 1), true, "without the line's end"},
             {good + "# a note\n", true, "with something after the line"},
             {"", false, "empty"},
             {"\n", false, "an empty line"},
             {"pepper=", false, "no pepper"},
             {"pepper=\n", false, "no pepper"},
             {good.substr(0, 30), false, "cut short"},
             {"pepper=" + std::string(42, 'A') + "\n", false, "a character too few"},
             {"pepper=" + std::string(44, 'A') + "\n", false, "a character too many"},
             {"pepper=" + std::string(42, 'A') + "=\n", false, "no base 64"},
             {"pepper=" + std::string(43, '!') + "\n", false, "no base 64"},
             {"Pepper=" + std::string(43, 'A') + "\n", false, "another name"},
             {std::string(43, 'A') + "\n", false, "no name"},
             {std::string(50, '\0'), false, "zeros, as after a crash"}}) {
        CAPTURE(row.why);
        const Data data;
        fs::create_directories(data.path());
        data.write(row.text);
        SeededRandom random{1};
        const auto pepper = load_pepper(data.path(), random);
        CHECK(pepper.has_value() == row.accepted);
        CHECK(data.read() == row.text);
        if (!pepper)
            CHECK(pepper.error().detail ==
                  data.file().string() + ": is damaged; restore it from a backup");
    }
}

TEST_CASE("what is in the way is told") {
    const Data data;
    SeededRandom random{1};
    std::ofstream{data.path()} << "a file";
    const auto refused = load_pepper(data.path(), random);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::kStorageFailed);
    CHECK(refused.error().detail.find(data.path().string()) != std::string::npos);
}
