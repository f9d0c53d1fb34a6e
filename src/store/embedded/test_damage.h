#pragma once

#include "base/random.h"
#include "conformance/fixture.h"
#include "store/embedded/check.h"
#include "store/embedded/salvage.h"
#include "store/embedded/sqlite.h"
#include "store/embedded/test_store.h"
#include "store/telemetry/log_opening.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <vector>

namespace tandem::store {

// What the tests of checking and salvaging share.

using namespace conformance;  // NOLINT(google-build-using-namespace): for tests alone
namespace fs = std::filesystem;

inline const std::vector<std::string> kDevices{"lamp-1", "lamp-2", "lamp-3"};
inline constexpr int kInChunks = 1'600;  // Rows of each device: four chunks.
inline constexpr int kInLog = 400;       // More of them, in no chunk yet.

inline EmbeddedSettings small_segments() {
    EmbeddedSettings settings;
    settings.log.segment_bytes = 8'192;
    return settings;
}

inline Value power_at(int second) {
    return second / 7.0;
}
// Digits that do not compress well, so that chunks fill several pages.
inline Value note_at(int second) {
    SeededRandom random{static_cast<std::uint64_t>(second)};
    return std::to_string(random.next()) + std::to_string(random.next());
}

inline void write(Fixture& at, const std::string& device, int from, int to) {
    for (int second = from; second < to; second += 50) {
        std::vector<Reading> readings;
        for (int each = second; each < std::min(second + 50, to); ++each) {
            readings.push_back(reading(kNoon + each * 1s, power_at(each), "power"));
            readings.push_back(reading(kNoon + each * 1s, note_at(each), "note"));
        }
        REQUIRE(at.get(at.write(ref(device), std::move(readings))).stored > 0);
    }
}

/// The data of a hub that was killed: most readings are in chunks, the last are in its log.
class Killed {
public:
    Killed() {
        const TemporaryDirectory busy;
        {
            Fixture at{[&] { return open_store(busy.path(), small_segments()); }};
            for (const std::string& each : kDevices) {
                at.get(at.commit({made(ref(each))}, {event(ref(each), "made")}));
                write(at, each, 0, kInChunks);
            }
        }
        Fixture at{[&] { return open_store(busy.path(), small_segments()); }};
        for (const std::string& each : kDevices)
            write(at, each, kInChunks, kInChunks + kInLog);
        std::ofstream{busy.path() / "secrets"} << "pepper";
        fs::copy(busy.path(), path(), fs::copy_options::recursive);
    }
    [[nodiscard]] fs::path path() const { return directory_.path(); }

    [[nodiscard]] std::unique_ptr<Connection> open(const char* file) const {
        auto opened = Connection::open(path() / file, Connection::Role::kWriter);
        REQUIRE(opened);
        return std::move(*opened);
    }
    void change(const char* file, const std::string& sql) const {
        const auto opened = open(file);
        REQUIRE(opened->execute("PRAGMA foreign_keys=OFF"));
        REQUIRE(opened->execute(sql));
    }

    /// Files of segments, oldest first, without those that no frame has reached.
    [[nodiscard]] std::vector<fs::path> segments() const {
        std::vector<fs::path> out;
        for (const auto& each : fs::directory_iterator{path() / "log"}) {
            if (!segment_number(each.path().filename().string())) continue;
            if (bytes_at(each.path(), 0, 8) == "tdmlog-1") out.push_back(each.path());
        }
        std::ranges::sort(out);
        return out;
    }
    static std::string bytes_at(const fs::path& file, std::uint64_t offset, std::size_t count) {
        std::ifstream in{file, std::ios::binary};
        in.seekg(static_cast<std::streamoff>(offset));
        std::string bytes(count, '\0');
        in.read(bytes.data(), static_cast<std::streamsize>(count));
        return bytes;
    }
    static void put(const fs::path& file, std::uint64_t offset, const std::string& bytes) {
        std::fstream out{file, std::ios::binary | std::ios::in | std::ios::out};
        out.seekp(static_cast<std::streamoff>(offset));
        out << bytes;
        REQUIRE(out.good());
    }
    static void flip(const fs::path& file, std::uint64_t offset) {
        std::string byte = bytes_at(file, offset, 1);
        byte[0] = static_cast<char>(byte[0] ^ 0x10);
        put(file, offset, byte);
    }

private:
    TemporaryDirectory directory_;
};

/// Every file of a directory with all of its bytes.
inline std::map<std::string, std::string> snapshot(const fs::path& directory) {
    std::map<std::string, std::string> out;
    for (const auto& each : fs::recursive_directory_iterator{directory}) {
        if (!each.is_regular_file()) continue;
        std::ifstream in{each.path(), std::ios::binary};
        out[each.path().string()] = std::string{std::istreambuf_iterator<char>{in}, {}};
    }
    return out;
}

struct Looked {
    Checked checked;
    std::vector<Finding> findings;

    [[nodiscard]] const Finding* find(FindingKind kind) const {
        const auto found = std::ranges::find(findings, kind, &Finding::kind);
        return found == findings.end() ? nullptr : &*found;
    }
    [[nodiscard]] std::uint64_t count(const std::string& file, const std::string& what) const {
        for (const CheckedFile& each : checked.files) {
            for (const auto& [name, count] : each.counts) {
                if (each.name == file && name == what) return count;
            }
        }
        FAIL("no count of " << what);
        return 0;
    }
};

inline Looked look(const fs::path& directory) {
    Looked out;
    auto checked =
        check_directory(directory, [&](const Finding& each) { out.findings.push_back(each); });
    if (!checked) FAIL("cannot check: " << checked.error().detail);
    out.checked = std::move(*checked);
    return out;
}

inline void expect_whole(const fs::path& directory) {
    const Looked now = look(directory);
    for (const Finding& each : now.findings) {
        CAPTURE(each.file);
        CAPTURE(each.what);
        CHECK(!row(each.kind).is_damage);
    }
    CHECK(now.checked.damages == 0);
}

/// Compares all that is there with all that was written: what is there is right, value by value,
/// and what is not there is said to be lost. Gives how many readings that are.
using IsLost = std::function<bool(const std::string& device, int second)>;
inline std::uint64_t compare(const fs::path& directory, const IsLost& may_be_lost) {
    Fixture at{[&] { return open_store(directory); }};
    std::uint64_t lost = 0;
    for (const std::string& device : kDevices) {
        CAPTURE(device);
        for (const char* series : {"power", "note"}) {
            std::map<Instant, Value> found;
            for (Reading& each : at.get(at.telemetry().read(
                     {.device = ref(device), .series = series, .range = {}, .limit = 100'000})))
                found.emplace(each.time, std::move(each.value));
            for (int second = 0; second < kInChunks + kInLog; ++second) {
                const auto value = found.find(kNoon + second * 1s);
                const bool there = value != found.end();
                lost += there ? 0 : 1;
                if (!there && may_be_lost(device, second)) continue;
                CAPTURE(second);
                REQUIRE(there);
                REQUIRE(value->second ==
                        (series == std::string{"power"} ? power_at(second) : note_at(second)));
            }
            CHECK(found.size() <= kInChunks + kInLog);
        }
    }
    return lost;
}

inline std::vector<std::string> salvage(const fs::path& directory) {
    std::vector<std::string> acts;
    const auto done = salvage_directory(directory, kNoon, [&](const SalvageAct& act) {
        acts.push_back(act.file + ": " + act.what);
    });
    if (!done) FAIL("cannot salvage: " << done.error().detail);
    return acts;
}

inline const IsLost kNothing = [](const std::string&, int) { return false; };
inline const IsLost kOfLog = [](const std::string&, int second) { return second >= kInChunks; };

}  // namespace tandem::store
