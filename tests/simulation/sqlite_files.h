#pragma once

#include "simulation/simulated_disk.h"

#include <filesystem>
#include <memory>

namespace tandem::simulation {

// What SQLite reads and writes on a SimulatedDisk: a VFS that is the default one of this program.
// Of other directories it opens the real files. https://www.sqlite.org/vfs.html

/// From now on the databases of `directory` are on `disk`.
void keep_databases_of(const std::filesystem::path& directory, SimulatedDisk& disk);
void forget_databases_of(const std::filesystem::path& directory);

[[nodiscard]] std::shared_ptr<DatabaseNode> make_database_node();

}  // namespace tandem::simulation
