#pragma once

#include "base/value.h"
#include "cli/options.h"
#include "node/new_file.h"

#include <optional>
#include <string>

namespace tandem::cli {

/// Binds `--save-key FILE`.
void add_save_key(Subcommand sub, std::string& file);

/// Where a fresh key goes: into the line of JSON that is printed, or, alone, into a new file that
/// only its owner may read.
class KeyOut {
public:
    /// `file` may be empty: the key is printed.
    explicit KeyOut(std::string file) : name_{std::move(file)} {}

    /// Before a key is made: one that could not be kept would be lost. Fails with kAlreadyExists
    /// where there is such a file, with kStorageFailed or kStorageFull, naming the file.
    [[nodiscard]] Result<void> open();
    /// After open(). `said` is the object to print, and `member` what the key is called in it;
    /// where it has gone to a file that member is `member_file`. Gives the exit code.
    [[nodiscard]] int give(Value said, const std::string& member, const std::string& key);

private:
    [[nodiscard]] Result<void> keep(const std::string& key);

    std::string name_;
    std::optional<node::NewFile> file_;
};

}  // namespace tandem::cli
