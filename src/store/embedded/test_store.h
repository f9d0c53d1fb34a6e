#pragma once

#include "store/embedded/store.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>

namespace tandem::store {

// What the tests of this folder share.

/// A directory that goes with this object.
class TemporaryDirectory {
public:
    TemporaryDirectory() {
        std::string name = (std::filesystem::temp_directory_path() / "tandem-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    /// Not made yet.
    [[nodiscard]] std::filesystem::path path() const { return path_ / "data"; }

private:
    std::filesystem::path path_;
};

inline Result<std::unique_ptr<EmbeddedStore>> try_open(const std::filesystem::path& path,
                                                       const EmbeddedSettings& settings = {}) {
    static const SystemClock clock;
    static SystemRandom random;
    return EmbeddedStore::open(path, settings, clock, random);
}

inline std::unique_ptr<EmbeddedStore> open_store(const std::filesystem::path& path,
                                                 const EmbeddedSettings& settings = {}) {
    auto opened = try_open(path, settings);
    if (!opened) FAIL("cannot open: " << opened.error().detail);
    return std::move(*opened);
}

/// Opens the store in `path` whenever it is called: what a Fixture is made with.
inline auto opening(const std::filesystem::path& path, const EmbeddedSettings& settings = {}) {
    return [path, settings] { return open_store(path, settings); };
}

}  // namespace tandem::store
