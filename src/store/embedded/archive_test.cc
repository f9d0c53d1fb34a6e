#include "store/embedded/archive.h"

#include "store/embedded/test_archive.h"

#include <doctest/doctest.h>

#include <map>
#include <sstream>

using namespace tandem;
using namespace tandem::store;

namespace {

constexpr Instant kMade{Duration{1'790'000'000'123'000}};
constexpr std::size_t kBlock = 512;
constexpr std::uint64_t kEightGib = std::uint64_t{8} << 30U;

class Files final : public ArchiveSink {
public:
    Result<void> begin(const std::string& name) override {
        name_ = name;
        all[name] = "";
        return {};
    }
    Result<void> add(std::string_view bytes) override {
        all[name_] += bytes;
        return {};
    }
    Result<void> end() override { return {}; }

    std::map<std::string, std::string> all;

private:
    std::string name_;
};

std::string entry(ArchiveWriter& writer, std::string name, std::string_view bytes) {
    std::string out = writer.begin(std::move(name), bytes.size());
    writer.add(bytes);
    out += bytes;
    return out + writer.end();
}

std::string archive() {
    ArchiveWriter writer{kMade};
    std::string out = entry(writer, "registry.db", "registry");
    out += entry(writer, "telemetry.db", std::string(1'000, 't'));
    out += entry(writer, "log/0000000000000001.log", "");
    out += entry(writer, "secrets", "pepper=x\n");
    return out + writer.finish();
}

Result<Manifest> read(const std::string& bytes, Files& files) {
    std::istringstream in{bytes};
    return read_archive(in, files);
}
std::string refusal(const std::string& bytes) {
    Files files;
    const auto manifest = read(bytes, files);
    REQUIRE_FALSE(manifest);
    CHECK(manifest.error().code == ErrorCode::kUnprocessable);
    return manifest.error().detail;
}

std::string with_field(std::size_t at, std::size_t length, const std::string& text) {
    std::string header = ArchiveWriter{kMade}.begin("secrets", 5);
    header.replace(at, length, text + std::string(length - text.size(), '\0'));
    seal_header(header, 0);
    return header;
}

}  // namespace

TEST_CASE("what is written comes back, with its manifest") {
    Files files;
    const auto manifest = read(archive(), files);
    REQUIRE(manifest);
    CHECK(manifest->made == kMade);
    CHECK(manifest->files.size() == 4);
    CHECK(files.all.at("registry.db") == "registry");
    CHECK(files.all.at("telemetry.db") == std::string(1'000, 't'));
    CHECK(files.all.at("log/0000000000000001.log").empty());
}

TEST_CASE("sizes on both sides of 8 GiB and up to the largest are read as they were written") {
    for (const std::uint64_t bytes :
         {std::uint64_t{0}, kEightGib - 1, kEightGib, kEightGib + 1, std::uint64_t{1} << 40U,
          ~std::uint64_t{0} >> 1U, ~std::uint64_t{0}}) {
        CAPTURE(bytes);
        const std::string header = ArchiveWriter{kMade}.begin("telemetry.db", bytes);
        REQUIRE(header.size() == kBlock);
        const auto read = read_archive_header(header);
        REQUIRE(read);
        CHECK(*read == ArchiveHeader{.name = "telemetry.db", .bytes = bytes});
        // As other programs read it: octal digits, or from 8 GiB on a number after 0x80.
        CHECK((header[124] == static_cast<char>(0x80)) == (bytes >= kEightGib));
    }
}

TEST_CASE("a size that no number holds is refused") {
    CHECK(read_archive_header(with_field(124, 12, "00000000005"))->bytes == 5);
    for (const std::string& size :
         {std::string{"\x80\x01", 2} + std::string(10, '\0'),  // 2^80
          std::string{"\xff"} + std::string(11, '\xff'),       // -1 of GNU tar
          std::string{"0000000000x"}, std::string{"-0000000001"}, std::string{},
          std::string(12, ' '), std::string{"00000000008"}}) {
        CAPTURE(size);
        const auto read = read_archive_header(with_field(124, 12, size));
        REQUIRE_FALSE(read);
        CHECK(read.error().detail.contains("size of secrets"));
    }
}

TEST_CASE("a size that promises more than there is ends at the end of what there is") {
    std::string bytes = archive();
    bytes.replace(0, kBlock, ArchiveWriter{kMade}.begin("registry.db", ~std::uint64_t{0}));
    Files files;
    std::istringstream in{bytes};
    const auto manifest = read_archive(in, files);
    REQUIRE_FALSE(manifest);
    CHECK(manifest.error().detail.contains("its end is missing"));
    CHECK(files.all.at("registry.db").size() <= bytes.size());
}

TEST_CASE("no name leads out of the data directory, nor to anything that it does not have") {
    for (const std::string name :
         {"../secrets", "/etc/passwd", "log/../secrets", "log/", "log/1.log", "log", "", ".",
          "./registry.db", "registry.db/", "log/0000000000000001.log/x", "hub.lock", "admin.sock",
          "log/000000000000000g.log", "registry.db-wal", "Registry.db"}) {
        CAPTURE(name);
        const auto read = read_archive_header(with_field(0, 100, name));
        REQUIRE_FALSE(read);
        CHECK(read.error().detail.contains("no backup has"));
    }
    // Neither is a link or a directory what it seems to be.
    for (const char type : {'1', '2', '5', 'x', 'L', '\0'}) {
        CAPTURE(type);
        CHECK_FALSE(read_archive_header(with_field(156, 1, std::string(1, type))));
    }
}

TEST_CASE("an archive that ends anywhere before its manifest does is torn") {
    const std::string whole = archive();
    const std::size_t end = whole.size() - 2 * kBlock;
    const std::size_t text_end = whole.find_last_not_of('\0') + 1;
    REQUIRE(text_end <= end);
    for (std::size_t size = 0; size < text_end; size += size < text_end - 64 ? 61 : 1)
        CHECK(refusal(whole.substr(0, size)).contains("its end is missing"));
}

TEST_CASE("a changed byte of a file or a header is noticed") {
    const std::string whole = archive();
    for (std::size_t at = 0; at < whole.find("manifest.json"); at += 7) {
        CAPTURE(at);
        std::string changed = whole;
        changed[at] = static_cast<char>(changed[at] ^ 0x20);
        Files files;
        const auto manifest = read(changed, files);
        // Behind the end of a file nothing counts, nor what ends a field.
        if (manifest) CHECK((whole[at] == '\0' || whole[at] == ' '));
    }
}

TEST_CASE("a file that comes twice is refused") {
    ArchiveWriter writer{kMade};
    std::string bytes = entry(writer, "secrets", "a");
    bytes += entry(writer, "secrets", "b");
    CHECK(refusal(bytes).contains("secrets comes twice"));
}

TEST_CASE("an archive without one of the three files is none") {
    ArchiveWriter writer{kMade};
    std::string bytes = entry(writer, "registry.db", "a");
    bytes += entry(writer, "telemetry.db", "b");
    CHECK(refusal(bytes + writer.finish()).contains("secrets is missing"));
}

TEST_CASE("a manifest says what a manifest says, in numbers that can be") {
    const auto with_manifest = [](const std::string& text) {
        std::string bytes = ArchiveWriter{kMade}.begin("manifest.json", text.size()) + text;
        return bytes + std::string(2 * kBlock, '\0');
    };
    for (const std::string text :
         {"", "{}", "[]", "null", "{\"format\":\"tandem-backup\"}",
          R"({"format":"tandem-backup","version":1,"made":9223372036854775807,"files":[]})",
          R"({"format":"tandem-backup","version":1,"made":-9223372036854775808,"files":[]})",
          R"({"format":"tandem-backup","version":1,"made":1e300,"files":[]})",
          R"({"format":"tandem-backup","version":0,"made":1,"files":[]})",
          R"({"format":"tandem-backup","version":1,"made":1,"files":[{"name":"a"}]})",
          R"({"format":"tandem-backup","version":1,"made":1,"files":{"a":1}})"}) {
        CAPTURE(text);
        CHECK(refusal(with_manifest(text)).contains("manifest"));
    }
    CHECK(refusal(with_manifest(R"({"format":"tandem-backup","version":2,"made":1,"files":[]})"))
              .contains("a newer tandem"));
    CHECK(refusal(ArchiveWriter{kMade}.begin("manifest.json", std::uint64_t{1} << 50U))
              .contains("manifest is too long"));
}
