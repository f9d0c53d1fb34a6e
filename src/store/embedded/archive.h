#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/sha256.h"

#include <cstdint>
#include <filesystem>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::store {

// A backup is one POSIX ustar file that `tar` can list. Its last entry, `manifest.json`, has size
// and SHA-256 of each file before it: without it the archive is torn.

struct ArchivedFile {
    std::string name;  ///< `registry.db`, `log/0000000000000001.log`
    std::uint64_t bytes = 0;
    std::string sha256;  ///< hexadecimal
    bool operator==(const ArchivedFile&) const = default;
};

struct Manifest {
    Instant made;  ///< what was acknowledged before is in it
    std::vector<ArchivedFile> files;
};

/// Makes the bytes of an archive around those of its files.
class ArchiveWriter {
public:
    explicit ArchiveWriter(Instant made) : manifest_{.made = made, .files = {}} {}

    /// What comes before the bytes of a file, which has exactly `bytes` of them. `name` is shorter
    /// than 100 bytes.
    [[nodiscard]] std::string begin(std::string name, std::uint64_t bytes);
    /// Counts bytes of the file; they go into the archive as they are.
    void add(std::string_view bytes);
    /// What comes behind the bytes of a file; may be empty.
    [[nodiscard]] std::string end();
    /// The manifest and the end of the archive.
    [[nodiscard]] std::string finish();

private:
    Manifest manifest_;
    Sha256 hash_;
};

/// What the block before a file says of it.
struct ArchiveHeader {
    std::string name;  ///< one that a data directory has, or `manifest.json`
    std::uint64_t bytes = 0;
    bool operator==(const ArchiveHeader&) const = default;
};
/// Reads such a block, 512 bytes; believes nothing. Sizes are octal or, from 8 GiB on, binary, as
/// GNU tar writes them. Fails with kUnprocessable.
[[nodiscard]] Result<ArchiveHeader> read_archive_header(std::string_view block);

/// Takes the files of an archive. What it was given counts only when read_archive() has succeeded.
class ArchiveSink {
public:
    ArchiveSink() = default;
    ArchiveSink(const ArchiveSink&) = delete;
    ArchiveSink& operator=(const ArchiveSink&) = delete;
    virtual ~ArchiveSink() = default;

    /// A file begins. `name` is one that a data directory has, each comes once.
    virtual Result<void> begin(const std::string& name) = 0;
    virtual Result<void> add(std::string_view bytes) = 0;
    virtual Result<void> end() = 0;
};

/// Reads all of `file` and gives `sink` its files; believes nothing before the manifest has agreed.
/// Memory does not grow with the archive. Fails with kUnprocessable, saying what is wrong, when it
/// is no whole backup; with kStorageFailed when it cannot be read; and as `sink` does.
[[nodiscard]] Result<Manifest> read_archive(const std::filesystem::path& file, ArchiveSink& sink);
/// The same from any bytes.
[[nodiscard]] Result<Manifest> read_archive(std::istream& in, ArchiveSink& sink);

/// The same, to see whether it is whole.
[[nodiscard]] Result<Manifest> verify_archive(const std::filesystem::path& file);

}  // namespace tandem::store
