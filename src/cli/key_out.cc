#include "cli/key_out.h"

#include "cli/command.h"
#include "cli/terminal.h"

#include <filesystem>
#include <system_error>
#include <utility>

namespace tandem::cli {

void add_save_key(Subcommand sub, std::string& file) {
    sub.option("--save-key", file,
               "Put the key into this file, which only you can read, instead of printing it");
}

Result<void> KeyOut::open() {
    if (name_.empty()) return {};
    if (std::error_code unknown; std::filesystem::exists(name_, unknown)) {
        return fail(ErrorCode::kAlreadyExists,
                    name_ +
                        " is there, and may hold the only copy of another key: name another "
                        "file, or remove it");
    }
    file_.emplace(name_);
    return file_->open();
}

Result<void> KeyOut::keep(const std::string& key) {
    if (auto written = file_->write(key + "\n"); !written) return written;
    if (auto synced = file_->sync(); !synced) return synced;
    return file_->keep_as(name_);
}

int KeyOut::give(Value said, const std::string& member, const std::string& key) {
    const Result<void> kept = file_ ? keep(key) : Result<void>{};
    // A key that a full disk did not take is not lost.
    const bool filed = file_ && kept;
    if (filed) {
        said.set(member + "_file", name_);
    } else {
        said.set(member, key);
    }
    print_json(said);
    return kept ? static_cast<int>(kOk) : complain(kept.error());
}

}  // namespace tandem::cli
