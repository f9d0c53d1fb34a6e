#include "node/compact.h"

#include "cli/command.h"
#include "cli/terminal.h"

namespace tandem::cli {
namespace {

struct CompactOptions {
    std::string data;
};

void describe(Subcommand sub, CompactOptions& options) {
    sub.option("--data", options.data, "The data directory of a hub that does not run")
        .from_environment("TANDEM_DATA")
        .required();
}

Value::Object before_and_after(std::uint64_t before, std::uint64_t after) {
    return {{"before", static_cast<std::int64_t>(before)},
            {"after", static_cast<std::int64_t>(after)}};
}

// One line of JSON, for scripts and people alike.
int act(const CompactOptions& options) {
    const SystemClock clock;
    const Monotonic begun = clock.monotonic();
    const auto compacted = node::compact(options.data);
    if (!compacted) return complain(compacted.error());
    Value::Object files;
    for (const auto& file : compacted->files)
        files.emplace_back(file.name, before_and_after(file.before, file.after));
    print_json(Value::Object{
        {"data", options.data},
        {"took_ms", std::int64_t{(clock.monotonic() - begun) / 1ms}},
        {"files", std::move(files)},
        {"chunks", before_and_after(compacted->chunks_before, compacted->chunks_after)}});
    return kOk;
}

}  // namespace

void add_compact(Commands commands) {
    add_subcommand<CompactOptions>(
        commands, "compact",
        "Makes the databases of a stopped hub as small as they can be, and tells their bytes "
        "before and after.",
        "tandem compact --data data", describe, act);
}

}  // namespace tandem::cli
