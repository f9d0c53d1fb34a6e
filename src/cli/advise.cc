#include "advise/advice.h"
#include "cli/command.h"
#include "cli/terminal.h"
#include "cli/workload_options.h"

#include <fmt/format.h>

namespace tandem::cli {
namespace {

struct AdviseOptions {
    WorkloadOptions workload;
    std::string constants;
    bool json = false;
    bool print_workload = false;
    bool print_constants = false;
};

void describe(Subcommand sub, AdviseOptions& options) {
    add_workload_options(sub, options.workload);
    sub.option("--constants", options.constants,
               "A file of constants that were measured elsewhere, JSON");
    sub.flag("--json", options.json, "Print one object");
    sub.flag("--print-workload", options.print_workload,
             "Print the workload as a file, and nothing else");
    sub.flag("--print-constants", options.print_constants,
             "Print every constant with its source, and nothing else");
}

void print_constants(const advise::Constants& constants) {
    for (const advise::ConstantRow& row : advise::constant_rows()) {
        print_line(fmt::format("{:<24} {:>10.6g} {:<8} {:<10} {}", row.name, constants[row.id],
                               row.unit, advise::name_of(row.origin), row.source));
    }
}

int misused(const Error& why) {
    static_cast<void>(complain(why));
    return kUsage;
}

int give_advice(const AdviseOptions& options) {
    auto constants = constants_of(options.constants);
    if (!constants) return misused(constants.error());
    if (options.print_constants) {
        print_constants(*constants);
        return kOk;
    }
    auto workload = workload_of(options.workload);
    if (!workload) return misused(workload.error());
    if (options.print_workload) {
        fmt::print("{}", advise::write_workload(*workload));
        return kOk;
    }
    const advise::Advice advice = advise::advise(*constants, *workload);
    if (options.json) {
        print_json(advise::value_of(advice, *constants));
    } else {
        fmt::print("{}", advise::text_of(advice, *constants));
    }
    return kOk;
}

}  // namespace

void add_advise(Commands commands) {
    add_subcommand<AdviseOptions>(
        commands, "advise", "Says which door fits a workload, and what each would cost",
        "tandem advise --every 5s --payload 120 --commands-per-day 20 --latency 200ms --rtt 80ms "
        "--battery\n  tandem advise --preset home\n  tandem advise --workload fleet.toml --json",
        describe, give_advice);
}

}  // namespace tandem::cli
