#include "node/backup.h"

#include "cli/command.h"
#include "cli/terminal.h"

#include <numeric>

namespace tandem::cli {
namespace {

struct BackupOptions {
    std::string data;
    std::string file;
    bool force = false;
};

void describe(Subcommand sub, BackupOptions& options) {
    sub.option("file", options.file, "The archive, a tar file").required();
    sub.option("--data", options.data, "The data directory of the hub")
        .from_environment("TANDEM_DATA")
        .required();
}

void describe_backup(Subcommand sub, BackupOptions& options) {
    describe(sub, options);
    sub.flag("--force", options.force, "Replace the file if it exists");
}

// One line of JSON, for scripts and people alike.
int print_archive(const BackupOptions& options, const Result<node::Archive>& archive) {
    if (!archive) return complain(archive.error());
    const auto add = [](std::uint64_t sum, const node::Archive::File& file) {
        return sum + file.bytes;
    };
    const auto bytes =
        std::accumulate(archive->files.begin(), archive->files.end(), std::uint64_t{0}, add);
    Value::Object files;
    for (const auto& file : archive->files)
        files.emplace_back(file.name, static_cast<std::int64_t>(file.bytes));
    print_json(Value::Object{{"file", options.file},
                             {"data", options.data},
                             {"made", std::int64_t{archive->made.time_since_epoch() / 1ms}},
                             {"bytes", static_cast<std::int64_t>(bytes)},
                             {"files", std::move(files)}});
    return kOk;
}

int act_backup(const BackupOptions& options) {
    return print_archive(options, node::back_up(options.data, options.file, options.force));
}

int act_restore(const BackupOptions& options) {
    return print_archive(options, node::restore(options.file, options.data));
}

}  // namespace

void add_backup(Commands commands) {
    add_subcommand<BackupOptions>(
        commands, "backup",
        "Writes all that a hub keeps to one file, while the hub runs or not. Keep the file as "
        "secret as the data directory.",
        "tandem backup hub.tar --data data", describe_backup, act_backup);
}

void add_restore(Commands commands) {
    add_subcommand<BackupOptions>(commands, "restore",
                                  "Makes a data directory of a backup; it must not be there yet.",
                                  "tandem restore hub.tar --data data", describe, act_restore);
}

}  // namespace tandem::cli
