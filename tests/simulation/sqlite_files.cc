#include "simulation/sqlite_files.h"

#include "base/check.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace tandem::simulation {

class OpenFile;

struct DatabaseNode {
    // Locks of the file.
    int shared = 0;
    const OpenFile* reserved = nullptr;
    const OpenFile* exclusive = nullptr;
    // What would be the -shm, and its locks.
    struct Slot {
        int shared = 0;
        const OpenFile* exclusive = nullptr;
    };
    std::vector<std::unique_ptr<char[]>> regions;
    std::array<Slot, SQLITE_SHM_NLOCK> slots;
    int mapped = 0;  // connections that have it
};

std::shared_ptr<DatabaseNode> make_database_node() {
    return std::make_shared<DatabaseNode>();
}

namespace {

std::map<std::string, SimulatedDisk*, std::less<>>& disks() {
    static std::map<std::string, SimulatedDisk*, std::less<>> all;
    return all;
}

SimulatedDisk* disk_of(const char* file) {
    if (file == nullptr) return nullptr;
    const auto found = disks().find(std::filesystem::path{file}.parent_path().string());
    return found == disks().end() ? nullptr : found->second;
}

std::string name_in_disk(const char* file) {
    return std::filesystem::path{file}.filename().string();
}

int status_of(const Error& error, int otherwise) {
    return error.code == ErrorCode::kStorageFull ? SQLITE_FULL : otherwise;
}

}  // namespace

/// One connection's hold on one file.
class OpenFile {
public:
    struct Kind {
        bool is_database = false;
        bool has_new_name = false;  // which is durable only after the directory's sync
    };
    OpenFile(SimulatedDisk& disk,
             std::string name,
             std::unique_ptr<store::DiskFile> file,
             const Kind& kind)
        : disk_{disk},
          name_{std::move(name)},
          file_{std::move(file)},
          kind_{kind},
          node_{kind.is_database ? disk.node(name_) : make_database_node()} {}
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    ~OpenFile() {
        if (mapped_) static_cast<void>(unmap());
        static_cast<void>(unlock(SQLITE_LOCK_NONE));
    }

    int read(void* into, int count, sqlite3_int64 offset) {
        const std::span<char> bytes{static_cast<char*>(into), static_cast<std::size_t>(count)};
        auto got = file_->read(static_cast<std::uint64_t>(offset), bytes);
        if (!got) return SQLITE_IOERR_READ;
        if (*got == bytes.size()) return SQLITE_OK;
        std::ranges::fill(bytes.subspan(*got), '\0');
        return SQLITE_IOERR_SHORT_READ;
    }

    int write(const void* from, int count, sqlite3_int64 offset) {
        const std::string_view bytes{static_cast<const char*>(from),
                                     static_cast<std::size_t>(count)};
        auto done = file_->write(static_cast<std::uint64_t>(offset), bytes);
        if (!disk_.count_operation()) return SQLITE_IOERR_WRITE;
        return done ? SQLITE_OK : status_of(done.error(), SQLITE_IOERR_WRITE);
    }

    int truncate(sqlite3_int64 size) {
        auto done = disk_.databases().resize(name_, static_cast<std::uint64_t>(size));
        if (!disk_.count_operation()) return SQLITE_IOERR_TRUNCATE;
        return done ? SQLITE_OK : status_of(done.error(), SQLITE_IOERR_TRUNCATE);
    }

    int sync() {
        // Whoever flushes holds what an erasure may wait for, and here nobody can wait for that.
        if (!name_.starts_with("telemetry")) disk_.pass_sync();
        if (!disk_.count_operation() || !file_->sync()) return SQLITE_IOERR_FSYNC;
        if (std::exchange(kind_.has_new_name, false) && !disk_.databases().sync()) {
            return SQLITE_IOERR_DIR_FSYNC;
        }
        return SQLITE_OK;
    }

    int size(sqlite3_int64* out) {
        auto size = file_->size();
        if (!size) return SQLITE_IOERR_FSTAT;
        *out = static_cast<sqlite3_int64>(*size);
        return SQLITE_OK;
    }

    int lock(int level) {
        if (level <= level_) return SQLITE_OK;
        DatabaseNode& node = *node_;
        const auto others = [this](const OpenFile* holder) {
            return holder != nullptr && holder != this;
        };
        if (others(node.exclusive)) return SQLITE_BUSY;
        if (level == SQLITE_LOCK_SHARED) {
            ++node.shared;
        } else {
            if (others(node.reserved)) return SQLITE_BUSY;
            node.reserved = this;
            if (level == SQLITE_LOCK_EXCLUSIVE) {
                if (node.shared > 1) return SQLITE_BUSY;
                node.exclusive = this;
            }
        }
        level_ = level;
        return SQLITE_OK;
    }

    int unlock(int level) {
        if (level >= level_) return SQLITE_OK;
        DatabaseNode& node = *node_;
        if (node.exclusive == this) node.exclusive = nullptr;
        if (node.reserved == this) node.reserved = nullptr;
        if (level == SQLITE_LOCK_NONE) --node.shared;
        level_ = level;
        return SQLITE_OK;
    }

    [[nodiscard]] bool is_reserved() const { return node_->reserved != nullptr; }

    int map(int region, int bytes, int extend, void volatile** out) {
        DatabaseNode& node = *node_;
        if (!std::exchange(mapped_, true)) ++node.mapped;
        *out = nullptr;
        const auto at = static_cast<std::size_t>(region);
        while (extend != 0 && node.regions.size() <= at) {
            // Zeros.
            node.regions.push_back(std::make_unique<char[]>(static_cast<std::size_t>(bytes)));
        }
        if (at < node.regions.size()) *out = node.regions[at].get();
        return SQLITE_OK;
    }

    int lock_shm(int offset, int count, int flags) {
        const bool shared = (flags & SQLITE_SHM_SHARED) != 0;
        const std::span<DatabaseNode::Slot> slots = std::span{node_->slots}.subspan(
            static_cast<std::size_t>(offset), static_cast<std::size_t>(count));
        if ((flags & SQLITE_SHM_UNLOCK) != 0) {
            for (int at = 0; at < count; ++at)
                free_slot(slots[static_cast<std::size_t>(at)], offset + at, shared);
            return SQLITE_OK;
        }
        for (int at = 0; at < count; ++at) {
            const auto& slot = slots[static_cast<std::size_t>(at)];
            const int own = holds_shared(offset + at) ? 1 : 0;
            if (slot.exclusive != nullptr && slot.exclusive != this) return SQLITE_BUSY;
            if (!shared && slot.shared > own) return SQLITE_BUSY;
        }
        for (int at = 0; at < count; ++at)
            take_slot(slots[static_cast<std::size_t>(at)], offset + at, shared);
        return SQLITE_OK;
    }

    int unmap() {
        mapped_ = false;
        for (int at = 0; at < SQLITE_SHM_NLOCK; ++at) {
            auto& slot = node_->slots[static_cast<std::size_t>(at)];
            free_slot(slot, at, true);
            free_slot(slot, at, false);
        }
        if (--node_->mapped == 0) node_->regions.clear();
        return SQLITE_OK;
    }

private:
    [[nodiscard]] bool holds_shared(int slot) const { return (shared_slots_ & (1U << slot)) != 0; }

    void take_slot(DatabaseNode::Slot& slot, int at, bool shared) {
        if (!shared) {
            slot.exclusive = this;
        } else if (!holds_shared(at)) {
            shared_slots_ |= 1U << at;
            ++slot.shared;
        }
    }

    void free_slot(DatabaseNode::Slot& slot, int at, bool shared) {
        if (!shared) {
            if (slot.exclusive == this) slot.exclusive = nullptr;
        } else if (holds_shared(at)) {
            shared_slots_ &= ~(1U << at);
            --slot.shared;
        }
    }

    SimulatedDisk& disk_;
    std::string name_;
    std::unique_ptr<store::DiskFile> file_;
    Kind kind_;
    // One that has outlived a crash keeps what it knew.
    std::shared_ptr<DatabaseNode> node_;
    int level_ = SQLITE_LOCK_NONE;
    bool mapped_ = false;
    unsigned shared_slots_ = 0;
};

namespace {

// What SQLite makes room for; it begins with what SQLite looks at.
struct FileHandle {
    sqlite3_file base;
    OpenFile* open;
};

OpenFile& opened(sqlite3_file* file) {
    return *reinterpret_cast<FileHandle*>(file)->open;
}

int close_file(sqlite3_file* file) {
    delete &opened(file);  // NOLINT(cppcoreguidelines-owning-memory): the C API keeps it
    return SQLITE_OK;
}

const sqlite3_io_methods& methods() {
    static const sqlite3_io_methods all{
        .iVersion = 2,  // without memory maps
        .xClose = close_file,
        .xRead = [](sqlite3_file* file, void* into, int count,
                    sqlite3_int64 at) { return opened(file).read(into, count, at); },
        .xWrite = [](sqlite3_file* file, const void* from, int count,
                     sqlite3_int64 at) { return opened(file).write(from, count, at); },
        .xTruncate = [](sqlite3_file* file,
                        sqlite3_int64 size) { return opened(file).truncate(size); },
        .xSync = [](sqlite3_file* file, int /*flags*/) { return opened(file).sync(); },
        .xFileSize = [](sqlite3_file* file,
                        sqlite3_int64* size) { return opened(file).size(size); },
        .xLock = [](sqlite3_file* file, int level) { return opened(file).lock(level); },
        .xUnlock = [](sqlite3_file* file, int level) { return opened(file).unlock(level); },
        .xCheckReservedLock =
            [](sqlite3_file* file, int* out) {
                *out = opened(file).is_reserved() ? 1 : 0;
                return SQLITE_OK;
            },
        .xFileControl = [](sqlite3_file* /*file*/, int /*what*/,
                           void* /*value*/) { return SQLITE_NOTFOUND; },
        .xSectorSize = [](sqlite3_file* /*file*/) { return 4'096; },
        // As real files have it: what is beside the bytes that are written stays as it is.
        .xDeviceCharacteristics =
            [](sqlite3_file* /*file*/) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; },
        .xShmMap = [](sqlite3_file* file, int region, int bytes, int extend,
                      void volatile** out) { return opened(file).map(region, bytes, extend, out); },
        .xShmLock = [](sqlite3_file* file, int offset, int count,
                       int flags) { return opened(file).lock_shm(offset, count, flags); },
        .xShmBarrier = [](sqlite3_file* /*file*/) {},
        .xShmUnmap = [](sqlite3_file* file, int /*remove*/) { return opened(file).unmap(); },
        .xFetch = nullptr,
        .xUnfetch = nullptr,
    };
    return all;
}

sqlite3_vfs* real() {
    static sqlite3_vfs* found = sqlite3_vfs_find("unix");
    return found;
}

bool has_file(SimulatedDisk& disk, const std::string& name) {
    const auto names = disk.databases().list();
    return names && std::ranges::find(*names, name) != names->end();
}

int open_file(sqlite3_vfs* /*vfs*/,
              sqlite3_filename path,
              sqlite3_file* file,
              int flags,
              int* out) {
    SimulatedDisk* disk = disk_of(path);
    if (disk == nullptr) return real()->xOpen(real(), path, file, flags, out);
    file->pMethods = nullptr;
    if (disk->is_gone()) return SQLITE_CANTOPEN;
    const std::string name = name_in_disk(path);
    const bool is_database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
    const bool makes = (flags & SQLITE_OPEN_READWRITE) != 0;
    const bool is_new = !has_file(*disk, name);
    if (is_new && !makes) return SQLITE_CANTOPEN;
    auto inner = disk->databases().open(name, store::Disk::Open::kOrCreate);
    if (!inner) return SQLITE_CANTOPEN;
    // The store makes a database's file itself and syncs the directory, which is a real one.
    if (is_new && is_database && !disk->databases().sync()) return SQLITE_CANTOPEN;
    auto* handle = reinterpret_cast<FileHandle*>(file);
    // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): the C API keeps it
    handle->open =
        new OpenFile{*disk,
                     name,
                     std::move(*inner),
                     {.is_database = is_database, .has_new_name = is_new && !is_database}};
    handle->base.pMethods = &methods();
    if (out != nullptr) *out = flags;
    return SQLITE_OK;
}

int delete_file(sqlite3_vfs* /*vfs*/, const char* path, int sync) {
    SimulatedDisk* disk = disk_of(path);
    if (disk == nullptr) return real()->xDelete(real(), path, sync);
    const std::string name = name_in_disk(path);
    if (!has_file(*disk, name)) return SQLITE_IOERR_DELETE_NOENT;
    if (!disk->count_operation()) return SQLITE_IOERR_DELETE;
    if (!disk->databases().remove(name)) return SQLITE_IOERR_DELETE;
    if (sync != 0 && !disk->databases().sync()) return SQLITE_IOERR_DIR_FSYNC;
    return SQLITE_OK;
}

int has_access(sqlite3_vfs* /*vfs*/, const char* path, int flags, int* out) {
    SimulatedDisk* disk = disk_of(path);
    if (disk == nullptr) return real()->xAccess(real(), path, flags, out);
    *out = has_file(*disk, name_in_disk(path)) ? 1 : 0;
    return SQLITE_OK;
}

int full_path(sqlite3_vfs* /*vfs*/, const char* path, int size, char* out) {
    if (disk_of(path) == nullptr) return real()->xFullPathname(real(), path, size, out);
    sqlite3_snprintf(size, out, "%s", path);
    return SQLITE_OK;
}

// Salts and the like: nothing follows from them but which bytes are written.
int random_bytes(sqlite3_vfs* /*vfs*/, int count, char* out) {
    std::memset(out, 7, static_cast<std::size_t>(count));
    return count;
}

int sleep_for(sqlite3_vfs* /*vfs*/, int microseconds) {
    if (!disks().empty()) disks().begin()->second->threads().pass(Duration{microseconds});
    return microseconds;
}

void register_once() {
    static sqlite3_vfs vfs = *real();
    static const bool registered = [] {
        vfs.szOsFile = std::max(vfs.szOsFile, static_cast<int>(sizeof(FileHandle)));
        vfs.zName = "simulated";
        vfs.pNext = nullptr;
        vfs.xOpen = open_file;
        vfs.xDelete = delete_file;
        vfs.xAccess = has_access;
        vfs.xFullPathname = full_path;
        vfs.xRandomness = random_bytes;
        vfs.xSleep = sleep_for;
        return sqlite3_vfs_register(&vfs, 1) == SQLITE_OK;
    }();
    check(registered);
}

}  // namespace

void keep_databases_of(const std::filesystem::path& directory, SimulatedDisk& disk) {
    check(sqlite3_initialize() == SQLITE_OK);
    register_once();
    sqlite3_randomness(0, nullptr);  // What an earlier world has drawn is forgotten.
    check(disks().emplace(directory.string(), &disk).second);
}

void forget_databases_of(const std::filesystem::path& directory) {
    check(disks().erase(directory.string()) == 1);
}

}  // namespace tandem::simulation
