#pragma once

#include "advise/constants.h"
#include "advise/workload.h"
#include "cli/options.h"

#include <map>
#include <string>

namespace tandem::cli {

/// A workload as a command line says it: a preset or a file, and flags that count before both.
struct WorkloadOptions {
    std::string preset;
    std::string file;
    bool battery = false;
    std::map<std::string, std::string> fields;  ///< by the key of the field; "": not given
};
void add_workload_options(Subcommand sub, WorkloadOptions& options);

/// Fails with kInvalidField for what is no workload, naming the field and what is accepted.
[[nodiscard]] Result<advise::Workload> workload_of(const WorkloadOptions& options);

/// The constants of the model, some of them from a calibration where a file is given. Fails with
/// kInvalidField.
[[nodiscard]] Result<advise::Constants> constants_of(const std::string& file);

}  // namespace tandem::cli
