#pragma once

#include "base/mutex.h"
#include "base/random.h"
#include "store/telemetry/disk.h"

#include <map>
#include <optional>

namespace tandem::store {

/// A directory in memory that can be torn as a real one can: what was written and not synced, and
/// what was renamed and not synced, may or may not be there after a crash. For tests and the
/// simulator. Any thread.
class MemoryDisk final : public Disk {
public:
    MemoryDisk();
    ~MemoryDisk() override;

    Result<std::unique_ptr<DiskFile>> open(std::string_view name, Open how) override;
    Result<void> rename(std::string_view from, std::string_view to) override;
    Result<void> remove(std::string_view name) override;
    Result<std::vector<std::string>> list() override;
    Result<void> sync() override;

    /// The power fails and returns. Of each write that was not synced all, nothing, or some sectors
    /// of 512 bytes are kept, a last one of them perhaps in part; of each change of the directory
    /// that was not synced all or nothing. Files that were open fail from now on,
    /// and nothing else that was told to.
    void crash(Random& random);

    /// The `nth` sync from now, of a file or of the directory, fails; 1 is the next. As on a real
    /// disk, what it should have written is lost, still reads as if it were there, and the sync
    /// after it succeeds.
    void fail_sync(std::uint64_t nth);
    /// How many syncs there were, of files and of the directory.
    [[nodiscard]] std::uint64_t syncs() const;
    /// The `nth` write from now fails with kStorageFailed, half of it done.
    void fail_write(std::uint64_t nth);
    /// How many bytes all files may have together. A write that does not fit is done as far as it
    /// does.
    void limit(std::uint64_t bytes);
    /// How many they have.
    [[nodiscard]] std::uint64_t used() const;
    /// Makes a file shorter, or longer by zeros. As durable as a write.
    Result<void> resize(std::string_view name, std::uint64_t bytes);
    /// Changes one bit of a file, as a disk does that forgets. `at` is inside the file.
    void flip(std::string_view name, std::uint64_t at, unsigned bit);

private:
    struct Content;
    struct Change;
    class File;
    using Names = std::map<std::string, std::shared_ptr<Content>, std::less<>>;

    [[nodiscard]] std::uint64_t used_bytes() const TANDEM_REQUIRES(mutex_);
    Result<void> write(Content& content, std::uint64_t offset, std::string_view bytes)
        TANDEM_REQUIRES(mutex_);
    [[nodiscard]] std::uint64_t room_for(const Content& content, std::uint64_t end) const
        TANDEM_REQUIRES(mutex_);
    Result<void> count_sync() TANDEM_REQUIRES(mutex_);

    mutable Mutex mutex_;
    Names names_ TANDEM_GUARDED_BY(mutex_);          // As programs see them.
    Names durable_names_ TANDEM_GUARDED_BY(mutex_);  // As of the last sync.
    std::vector<Change> changes_ TANDEM_GUARDED_BY(mutex_);
    std::uint64_t syncs_ TANDEM_GUARDED_BY(mutex_) = 0;
    std::uint64_t syncs_left_ TANDEM_GUARDED_BY(mutex_) = 0;   // Until one fails; 0: none does.
    std::uint64_t writes_left_ TANDEM_GUARDED_BY(mutex_) = 0;  // Likewise.
    std::optional<std::uint64_t> limit_ TANDEM_GUARDED_BY(mutex_);
    std::uint64_t crashes_ TANDEM_GUARDED_BY(mutex_) = 0;
};

}  // namespace tandem::store
