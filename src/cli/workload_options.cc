#include "cli/workload_options.h"

#include "cli/file.h"

#include <fmt/format.h>

namespace tandem::cli {
namespace {

std::unexpected<Error> in_file(const std::string& file, Error error) {
    error.code = ErrorCode::kInvalidField;
    const std::string why = error.detail.empty() && !error.fields.empty()
                                ? error.fields[0].pointer + ": " + error.fields[0].detail
                                : error.detail;
    error.detail = file + ": " + why;
    return std::unexpected(std::move(error));
}

}  // namespace

void add_workload_options(Subcommand sub, WorkloadOptions& options) {
    std::string names;
    for (const auto& [name, says] : advise::presets())
        names += (names.empty() ? "" : ", ") + std::string{name};
    const Option preset = sub.option("--preset", options.preset, "Begin with one of: " + names);
    sub.option("--workload", options.file, "Begin with a workload in a TOML file").excludes(preset);
    sub.flag("--battery", options.battery, "The same as --power battery");
    for (const advise::WorkloadField& field : advise::workload_fields()) {
        std::string& into = options.fields[std::string{field.key}];
        const std::string flag = "--" + std::string{field.flag};
        const std::string says = fmt::format("{}: {}", field.says, field.accepts);
        if (!field.is_switch) {
            sub.option(flag, into, says).group("Workload");
            continue;
        }
        const auto on = [&into] { into = "true"; };
        const auto off = [&into] { into = "false"; };
        sub.flag(flag, on, std::string{field.says}).group("Workload");
        sub.flag("--no-" + std::string{field.flag}, off, "Not so").group("Workload");
    }
}

Result<advise::Workload> workload_of(const WorkloadOptions& options) {
    advise::Workload workload;
    if (!options.preset.empty()) {
        auto made = advise::preset(options.preset);
        if (!made) return made;
        workload = *std::move(made);
    }
    if (!options.file.empty()) {
        auto text = read_file(options.file);
        if (!text) return pass(text);
        auto made = advise::read_workload(*text);
        if (!made) return in_file(options.file, std::move(made).error());
        workload = *std::move(made);
    }
    if (options.battery) workload.power = advise::Power::kBattery;
    for (const auto& [key, text] : options.fields) {
        if (text.empty()) continue;
        if (auto good = advise::set_field(workload, key, text); !good) return pass(good);
    }
    if (auto good = advise::validate(workload); !good) return pass(good);
    return workload;
}

Result<advise::Constants> constants_of(const std::string& file) {
    if (file.empty()) return advise::Constants{};
    auto text = read_file(file);
    if (!text) return pass(text);
    auto made = advise::read_calibration(*text);
    if (!made) return in_file(file, std::move(made).error());
    return made;
}

}  // namespace tandem::cli
