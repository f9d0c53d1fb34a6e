#include "store/embedded/check.h"

#include "store/embedded/check_parts.h"
#include "store/embedded/directory.h"
#include "store/embedded/registry_schema.h"
#include "store/embedded/telemetry_schema.h"

#include <memory>
#include <system_error>

namespace tandem::store {
namespace {

class DirectoryCheck {
public:
    DirectoryCheck(const DataDirectory& directory, const Findings& found)
        : directory_{directory}, tell_{[this, &found](const Finding& each) {
              ++(row(each.kind).is_damage ? checked_.damages : checked_.notes);
              found(each);
          }} {}

    Checked run() {
        registry();
        telemetry();
        log();
        secrets();
        return std::move(checked_);
    }

private:
    // Opens a database and lets SQLite look at it; null when there is nothing more to look at.
    std::unique_ptr<Connection> open(const std::filesystem::path& path, std::int64_t known) {
        const std::string name = path.filename().string();
        std::error_code missing;
        const auto bytes = std::filesystem::file_size(path, missing);
        if (missing) {
            tell_({.kind = FindingKind::kFileMissing, .file = name, .what = "it is missing"});
            return {};
        }
        checked_.files.push_back({.name = name, .bytes = bytes, .counts = {}});
        auto opened = Connection::open_untouched(path);
        if (!opened) {
            unreadable(name, opened.error());
            return {};
        }
        const Soundness sound = check_pages(**opened, name, known, tell_);
        return sound.current ? std::move(*opened) : nullptr;
    }

    void unreadable(const std::string& name, const Error& error) {
        tell_({.kind = FindingKind::kFileUnreadable, .file = name, .what = error.detail});
    }

    void registry() {
        registry_ = open(directory_.registry(), std::ssize(kRegistrySteps));
        if (!registry_) return;
        auto done = check_registry(*registry_, checked_.files.back(), tell_);
        if (!done) unreadable("registry.db", done.error());
    }

    void telemetry() {
        telemetry_ = open(directory_.telemetry(), std::ssize(kTelemetrySteps));
        if (!telemetry_) return;
        auto done = check_telemetry(*telemetry_, registry_.get(), checked_.files.back(), tell_);
        if (!done) unreadable("telemetry.db", done.error());
    }

    void log() {
        checked_.files.push_back({.name = "log", .bytes = 0, .counts = {}});
        auto done = check_log(directory_.log(), telemetry_.get(), checked_.files.back(), tell_);
        if (done) return;
        tell_(
            {.kind = FindingKind::kSegmentUnreadable, .file = "log", .what = done.error().detail});
    }

    // What is in it is for those who use it to know.
    void secrets() {
        std::error_code missing;
        const auto bytes = std::filesystem::file_size(directory_.path() / "secrets", missing);
        if (!missing && bytes > 0) return;
        tell_({.kind = FindingKind::kSecretsMissing,
               .file = "secrets",
               .what = missing ? "it is missing" : "it is empty"});
    }

    const DataDirectory& directory_;
    Findings tell_;
    Checked checked_;
    std::unique_ptr<Connection> registry_;
    std::unique_ptr<Connection> telemetry_;
};

}  // namespace

Result<Checked> check_directory(const std::filesystem::path& directory, const Findings& found) {
    auto held = DataDirectory::hold(directory);
    if (!held && held.error().code == ErrorCode::kUnavailable) {
        held.error().detail +=
            ", or look at a copy, made by tandem backup and tandem restore into "
            "another directory";
    }
    if (!held) return pass(held);
    return DirectoryCheck{**held, found}.run();
}

}  // namespace tandem::store
